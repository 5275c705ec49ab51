package flow

import (
	"container/list"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// Languages are those the shipped prompts speak; the first is used when nothing else is known.
func Languages() []string { return []string{"en", "ru", "th"} }

// ErrNoSound means that a prompt has neither audio nor a text an engine could speak.
var ErrNoSound = errors.New("no sound")

// ShippedPrefix marks a prompt's audio that is in the binary.
const ShippedPrefix = "shipped:"

// Prompts finds a tenant's own prompts; Store implements it.
type Prompts interface {
	// PromptByKey gives false when the tenant has none of that key.
	PromptByKey(ctx context.Context, t tenant.ID, key string) (Prompt, bool, error)
}

// LibraryConfig is what a Library needs; everything may be nil: then only shipped prompts sound.
type LibraryConfig struct {
	Prompts Prompts
	Files   fs.FS   // the data folder, for prompts' audio
	Speaker Speaker // nil: no engine
	// MaxBytes of sound kept in memory; 0: 64 MB.
	MaxBytes int
}

// Library finds the sound of prompts and texts and keeps it. It is safe for concurrent use.
type Library struct {
	*shelf
	project project.ID   // whose voices speak; empty: the center's
	stoodIn func(string) // is told as Spoken.StoodIn says; nil: nobody
}

// shelf is what the libraries of all projects share.
type shelf struct {
	cfg LibraryConfig

	mu    sync.Mutex               // guards what follows
	clips map[string]*list.Element // of Clip, by its ID
	order *list.List               // most recently used first
	bytes int
}

// NewLibrary makes a library.
func NewLibrary(c LibraryConfig) *Library {
	if c.MaxBytes == 0 {
		c.MaxBytes = 64 << 20
	}
	return &Library{shelf: &shelf{cfg: c, clips: map[string]*list.Element{}, order: list.New()}}
}

// For is the library as a project hears it: what is spoken, its voices speak. What is kept is shared.
func (l *Library) For(p project.ID) *Library { return &Library{shelf: l.shelf, project: p} }

// Telling is the library for one who wants to know when one engine speaks instead of another; told is called by whoever
// asks for the sound, with what Spoken.StoodIn says.
func (l *Library) Telling(told func(string)) *Library {
	return &Library{shelf: l.shelf, project: l.project, stoodIn: told}
}

//go:embed prompts
var shipped embed.FS

// ShippedPrompts are the keys of the prompts in the binary, sorted. "music" is the same in all
// languages.
func ShippedPrompts() []string {
	files, err := shipped.ReadDir("prompts")
	if err != nil {
		panic(err) // embedded
	}
	var keys []string
	for _, f := range files {
		if key, _, _ := strings.Cut(f.Name(), "."); strings.HasSuffix(f.Name(), ".wav") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// shippedFile is the file of a shipped prompt in the language or the nearest there is.
func shippedFile(key, language string) (file string, ok bool) {
	if strings.ContainsAny(key, "/.\\") {
		return "", false
	}
	have := map[string]string{}
	for _, l := range Languages() {
		have[l] = "prompts/" + key + "." + l + ".wav"
	}
	for _, l := range append([]string{nearest(language, have)}, Languages()...) {
		if _, err := fs.Stat(shipped, have[l]); err == nil {
			return have[l], true
		}
	}
	all := "prompts/" + key + ".wav"
	_, err := fs.Stat(shipped, all)
	return all, err == nil
}

// Prompt gives the prompt's sound. What the tenant made himself goes first, in the language or the
// nearest he has, audio before spoken text; then what is shipped; then his in any language that
// sounds. The error, when nothing does, says why his own in the language could not be used.
func (l *Library) Prompt(ctx context.Context, t tenant.ID, key, language string) (Clip, error) {
	own, ok, err := l.own(ctx, t, key)
	if ok {
		clip, ownErr := l.ownClip(ctx, own, nearest(language, own.languages()))
		if ownErr == nil {
			return clip, nil
		}
		err = ownErr
	}
	if file, ok := shippedFile(key, language); ok {
		return l.shippedClip(file)
	}
	for _, in := range slices.Sorted(maps.Keys(own.languages())) {
		if clip, err := l.ownClip(ctx, own, in); err == nil {
			return clip, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("%w: there is no prompt %q", ErrNoSound, key)
	}
	return Clip{}, err
}

// Own gives a prompt's own sound in exactly this language: its audio, else its text as the engine
// speaks it.
func (l *Library) Own(ctx context.Context, p Prompt, language string) (Clip, error) {
	return l.ownClip(ctx, p, language)
}

// Shipped gives the sound that comes along under a key, in the language or the nearest there is.
func (l *Library) Shipped(key, language string) (Clip, error) {
	return l.file(ShippedPrefix+key, language)
}

// Place gives the sentence that tells the customer he is number n in line. A tenant's own prompt
// "position" with {n} in its text goes first, then the shipped sentences for 1 to 20, then an
// engine, then "more than twenty".
func (l *Library) Place(ctx context.Context, t tenant.ID, n int, language string) (Clip, error) {
	if own, ok, err := l.own(ctx, t, "position"); err == nil && ok {
		if in := nearest(language, own.Texts); in != "" {
			clip, err := l.Text(ctx, strings.ReplaceAll(own.Texts[in], "{n}", strconv.Itoa(n)), in)
			if err == nil {
				return clip, nil
			}
		}
	}
	if file, ok := shippedFile("position_"+strconv.Itoa(n), language); ok {
		return l.shippedClip(file)
	}
	if clip, err := l.Text(ctx, PlaceText(n, language), language); err == nil {
		return clip, nil
	}
	return l.Prompt(ctx, t, "position_many", language)
}

// PlaceText is the sentence Place speaks. In Russian the words are chosen so that the number stays
// in the nominative, which is how engines read figures, whatever it ends in; Thai counts with "the
// order number", so that figures need no classifier.
func PlaceText(n int, language string) string {
	base, _, _ := strings.Cut(language, "-")
	switch base {
	case "ru":
		return "Ваш номер в очереди — " + strconv.Itoa(n) + "."
	case "th":
		return "คุณอยู่ในคิวลำดับที่ " + strconv.Itoa(n)
	}
	return "You are number " + strconv.Itoa(n) + " in line."
}

// Text gives spoken text.
func (l *Library) Text(ctx context.Context, text, language string) (Clip, error) {
	if l.cfg.Speaker == nil {
		return Clip{}, fmt.Errorf("%w: there is no engine to speak the text", ErrNoSound)
	}
	id := func(voice string) string {
		sum := sha256.Sum256([]byte(voice + "\x00" + language + "\x00" + text))
		return "text:" + hex.EncodeToString(sum[:12])
	}
	if clip, ok := l.kept(id(l.cfg.Speaker.Voice(l.project, language))); ok {
		return clip, nil
	}
	s, err := l.cfg.Speaker.Speak(ctx, Speech{Text: text, Language: language, Project: l.project})
	if err != nil {
		return Clip{}, err
	}
	if s.StoodIn != "" && l.stoodIn != nil {
		l.stoodIn(s.StoodIn)
	}
	// Another voice may have stood in: it is kept as its own, so that the right one is heard again when it can.
	return l.keep(id(s.Voice), func() ([]int16, error) { return s.PCM, nil })
}

func (l *Library) own(ctx context.Context, t tenant.ID, key string) (Prompt, bool, error) {
	if l.cfg.Prompts == nil {
		return Prompt{}, false, nil
	}
	return l.cfg.Prompts.PromptByKey(ctx, t, key)
}

// ownClip is a tenant's prompt in one of its languages.
func (l *Library) ownClip(ctx context.Context, p Prompt, in string) (Clip, error) {
	err := fmt.Errorf("%w: prompt %q has neither audio nor text", ErrNoSound, p.Key)
	if file := p.Audio[in]; file != "" {
		var clip Clip
		if clip, err = l.file(file, in); err == nil {
			return clip, nil
		}
	}
	if text := p.Texts[in]; text != "" {
		var clip Clip
		var spoken error
		if clip, spoken = l.Text(ctx, text, in); spoken == nil {
			return clip, nil
		}
		err = spoken
	}
	return Clip{}, err
}

// file is audio below the data folder or in the binary.
func (l *Library) file(name, language string) (Clip, error) {
	if key, ok := strings.CutPrefix(name, ShippedPrefix); ok {
		file, ok := shippedFile(key, language)
		if !ok {
			return Clip{}, fmt.Errorf("%w: nothing is shipped as %q", ErrNoSound, key)
		}
		return l.shippedClip(file)
	}
	if l.cfg.Files == nil {
		return Clip{}, fmt.Errorf("%w: there is no folder for %q", ErrNoSound, name)
	}
	info, err := fs.Stat(l.cfg.Files, name)
	if err != nil {
		return Clip{}, fmt.Errorf("reading a prompt: %w", err)
	}
	// A file that was replaced has another time or size, and so another ID.
	id := fmt.Sprintf("file:%s:%d:%d", name, info.Size(), info.ModTime().UnixNano())
	return l.keep(id, func() ([]int16, error) {
		data, err := fs.ReadFile(l.cfg.Files, name)
		if err != nil {
			return nil, fmt.Errorf("reading a prompt: %w", err)
		}
		return decodePrompt(name, data)
	})
}

func (l *Library) shippedClip(file string) (Clip, error) {
	return l.keep(ShippedPrefix+file, func() ([]int16, error) {
		data, err := shipped.ReadFile(file)
		if err != nil {
			return nil, err
		}
		return decodePrompt(file, data)
	})
}

func decodePrompt(name string, data []byte) ([]int16, error) {
	pcm, err := DecodeWAV(data)
	if err != nil {
		return nil, fmt.Errorf("prompt file %s: %w", name, err)
	}
	return pcm, nil
}

// kept gives the clip of that ID if it is in memory.
func (l *Library) kept(id string) (Clip, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.clips[id]
	if e == nil {
		return Clip{}, false
	}
	l.order.MoveToFront(e)
	return e.Value.(Clip), true
}

// keep gives the clip of that ID from memory or makes it. Two who ask at once may both make it; the
// samples are the same.
func (l *Library) keep(id string, make func() ([]int16, error)) (Clip, error) {
	if clip, ok := l.kept(id); ok {
		return clip, nil
	}
	pcm, err := make()
	if err != nil {
		return Clip{}, err
	}
	if len(pcm) == 0 {
		return Clip{}, fmt.Errorf("%w: %s is empty", ErrNoSound, id)
	}
	clip := Clip{ID: id, PCM: pcm}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.clips[id] == nil {
		l.clips[id] = l.order.PushFront(clip)
		l.bytes += 2 * len(pcm)
	}
	for l.bytes > l.cfg.MaxBytes && l.order.Len() > 1 {
		last := l.order.Back()
		old := l.order.Remove(last).(Clip)
		delete(l.clips, old.ID)
		l.bytes -= 2 * len(old.PCM)
	}
	return clip, nil
}
