package speech

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/flow"
)

// Espeak is espeak-ng as a process, one for each text.
type Espeak struct {
	Path      string            // of the program
	Voices    map[string]string // language to voice; "": for all others; else the language itself
	Languages []string          // that it is asked for; none: all but Unable
	Unable    []string          // languages it must not be asked for
	WordsRate int               // words a minute; 0: 150
}

var _ Engine = (*Espeak)(nil)

// FindEspeak looks for the program; false: it is not installed.
func FindEspeak() (Named, bool) {
	path, err := exec.LookPath("espeak-ng")
	if err != nil {
		return Named{}, false
	}
	return Named{Name: "espeak-ng", Kind: KindEspeak, Engine: newEspeak(path), Timeout: espeakTimeout}, true
}

// newEspeak is not asked for Thai: the rules of version 1.51 cannot read Thai script, and what comes out is
// no language.
func newEspeak(path string) *Espeak {
	return &Espeak{
		Path:   path,
		Voices: map[string]string{"en": "en-us+f2", "ru": "ru+f2"},
		Unable: []string{"th"},
	}
}

// Identity implements Engine.
func (e *Espeak) Identity() string { return "espeak-ng " + strconv.Itoa(e.rate()) }

// Speaks implements Engine.
func (e *Espeak) Speaks(language string) bool {
	return isVoice(language) && speaks(e.Languages, language) && (len(e.Languages) > 0 || !speaks(e.Unable, language) || len(e.Unable) == 0)
}

// speaks tells whether a language, or what it is without its region, is listed; an empty list has all.
func speaks(list []string, language string) bool {
	base, _, _ := strings.Cut(language, "-")
	return len(list) == 0 || slices.Contains(list, language) || slices.Contains(list, base)
}

// Voice is the voice of a language.
func (e *Espeak) Voice(language string) string {
	return cmp.Or(e.Voices[language], e.Voices[""], language)
}

func (e *Espeak) rate() int {
	if e.WordsRate == 0 {
		return 150
	}
	return e.WordsRate
}

// Speak runs the program. The text goes through its standard input, never through a shell.
func (e *Espeak) Speak(ctx context.Context, text, language, voice string) ([]int16, error) {
	if !e.Speaks(language) || !isVoice(voice) {
		return nil, fmt.Errorf("%w: %s", ErrLanguage, language)
	}
	cmd := exec.CommandContext(ctx, e.Path, "-v", voice, "-s", strconv.Itoa(e.rate()), "-b", "1", "--stdin", "--stdout")
	cmd.Stdin = strings.NewReader(text)
	out, said := &bounded{most: 32 << 20}, &bounded{most: 500}
	cmd.Stdout, cmd.Stderr = out, said
	cmd.WaitDelay = time.Second // for a child of the program that keeps its output open
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("%w %s", err, bytes.TrimSpace(said.Bytes()))
	}
	if out.lost {
		return nil, fmt.Errorf("the sound is longer than %d bytes", out.most)
	}
	return flow.DecodeWAV(out.Bytes())
}

// isVoice keeps what is not a voice's name from being taken for an option.
func isVoice(s string) bool {
	return s != "" && s[0] != '-' && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-+_/", r))
	}) < 0
}

// bounded keeps the first bytes written to it and takes no more.
type bounded struct {
	bytes.Buffer
	most int
	lost bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if room := b.most - b.Len(); len(p) > room {
		b.lost = true
		b.Buffer.Write(p[:max(0, room)])
	} else {
		b.Buffer.Write(p)
	}
	return len(p), nil
}
