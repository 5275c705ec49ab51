package flow

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"linekeeper/internal/media/wav"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// own are a tenant's prompts.
type own map[string]Prompt

func (o own) PromptByKey(_ context.Context, _ tenant.ID, key string) (Prompt, bool, error) {
	if key == "broken" {
		return Prompt{}, false, errors.New("the database is gone")
	}
	p, ok := o[key]
	return p, ok, nil
}

// parrot speaks: one sample for each byte of text.
type parrot struct {
	mu    sync.Mutex
	asked []string
}

func (p *parrot) Voice(who project.ID, _ string) string { return "parrot " + string(who) }

func (p *parrot) Speak(_ context.Context, s Speech) (Spoken, error) {
	p.mu.Lock()
	p.asked = append(p.asked, s.Language+": "+s.Text)
	p.mu.Unlock()
	switch s.Text {
	case "mute":
		return Spoken{}, errors.New("the engine is hoarse")
	case "stand in":
		return Spoken{Voice: "crow", PCM: make([]int16, 3)}, nil
	}
	return Spoken{Voice: p.Voice(s.Project, s.Language), PCM: make([]int16, len(s.Text))}, nil
}

// TestVoicesAreKeptApart: a project's voice is not another's, and who stands in is not taken for who should speak.
func TestVoicesAreKeptApart(t *testing.T) {
	t.Parallel()
	p := &parrot{}
	l := NewLibrary(LibraryConfig{Speaker: p})
	ids := map[string]string{}
	for _, tt := range []struct {
		project project.ID
		text    string
		asked   int
	}{
		{"bank", "hello", 1}, {"bank", "hello", 1}, {"taxi", "hello", 2}, {"", "hello", 3}, {"bank", "hello", 3},
		{"bank", "stand in", 4}, {"bank", "stand in", 5}, {"taxi", "stand in", 6},
	} {
		c, err := l.For(tt.project).Text(t.Context(), tt.text, "en")
		if err != nil || len(p.asked) != tt.asked {
			t.Errorf("%s %q: asked %d times, want %d; %v", tt.project, tt.text, len(p.asked), tt.asked, err)
		}
		ids[c.ID] = string(tt.project)
	}
	if len(ids) != 4 { // three voices of hello, one crow
		t.Errorf("got %d sounds, want 4: %v", len(ids), ids)
	}
}

func wavFile(t *testing.T, f wav.Format, samples []int16) []byte {
	t.Helper()
	file := make([]byte, wav.HeaderSize)
	wav.PutHeader(file, f, int64(2*len(samples)))
	for _, v := range samples {
		file = binary.LittleEndian.AppendUint16(file, uint16(v))
	}
	return file
}

func TestLibraryOrder(t *testing.T) {
	t.Parallel()
	linear := wav.Format{Encoding: wav.Linear, Channels: 1, Rate: SampleRate, Bits: 16}
	files := fstest.MapFS{
		"prompts/mine.wav":   {Data: wavFile(t, linear, make([]int16, 111)), ModTime: time.Unix(1, 0)},
		"prompts/broken.wav": {Data: []byte("no sound")},
	}
	prompts := own{
		"greeting": {Key: "greeting", Audio: map[string]string{"ru": "prompts/mine.wav"}},
		"menu":     {Key: "menu", Texts: map[string]string{"en": "hello"}},
		"both":     {Key: "both", Texts: map[string]string{"en": "hello"}, Audio: map[string]string{"en": "shipped:goodbye"}},
		"hoarse":   {Key: "hoarse", Texts: map[string]string{"en": "mute"}},
		"lost":     {Key: "lost", Audio: map[string]string{"en": "prompts/lost.wav"}},
		"bad":      {Key: "bad", Audio: map[string]string{"en": "prompts/broken.wav"}, Texts: map[string]string{"en": "spoken"}},
		"closed":   {Key: "closed", Audio: map[string]string{"en": "prompts/lost.wav"}},
		"empty":    {Key: "empty"},
		"some":     {Key: "some", Texts: map[string]string{"en": "hello", "th": "mute"}},
	}
	tests := []struct {
		key, language string
		engine        bool
		id            string // how it begins
		fails         string
	}{
		{"greeting", "ru", false, "file:prompts/mine.wav:", ""},
		{"greeting", "en", false, "file:prompts/mine.wav:", ""}, // his own in another language before ours
		{"menu", "en", true, "text:", ""},
		{"menu", "en", false, "shipped:prompts/menu.en.wav", ""},
		{"menu", "th", false, "shipped:prompts/menu.th.wav", ""},
		{"goodbye", "th", true, "shipped:prompts/goodbye.th.wav", ""},
		{"goodbye", "de", true, "shipped:prompts/goodbye.en.wav", ""},
		{"music", "th", true, "shipped:prompts/music.wav", ""},
		{"both", "en", true, "shipped:prompts/goodbye.en.wav", ""},
		{"bad", "en", true, "text:", ""},
		{"bad", "en", false, "", "there is no engine"},
		{"closed", "en", true, "shipped:prompts/closed.en.wav", ""},
		{"some", "th", true, "text:", ""}, // better in English than a beep
		{"some", "th", false, "", "there is no engine"},
		{"hoarse", "en", true, "", "the engine is hoarse"},
		{"lost", "en", true, "", "file does not exist"},
		{"empty", "en", true, "", "neither audio nor text"},
		{"nothing", "en", true, "", `there is no prompt "nothing"`},
		{"broken", "en", true, "", "the database is gone"},
		{"../library", "en", true, "", "there is no prompt"},
	}
	for _, tt := range tests {
		cfg := LibraryConfig{Prompts: prompts, Files: files}
		if tt.engine {
			cfg.Speaker = &parrot{}
		}
		clip, err := NewLibrary(cfg).Prompt(t.Context(), "t1", tt.key, tt.language)
		switch {
		case tt.fails != "":
			if err == nil || !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("%s %s: got error %v, want %q", tt.key, tt.language, err, tt.fails)
			}
		case err != nil || !strings.HasPrefix(clip.ID, tt.id) || len(clip.PCM) == 0:
			t.Errorf("%s %s: got %q with %d samples, %v; want %q", tt.key, tt.language, clip.ID, len(clip.PCM), err, tt.id)
		}
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	speaker := &parrot{}
	tests := []struct {
		name     string
		cfg      LibraryConfig
		n        int
		language string
		want     string
	}{
		{"shipped", LibraryConfig{Speaker: speaker}, 20, "ru", "shipped:prompts/position_20.ru.wav"},
		{"beyond, no engine", LibraryConfig{}, 21, "th", "shipped:prompts/position_many.th.wav"},
		{"beyond, spoken", LibraryConfig{Speaker: speaker}, 121, "ru", "text:"},
		{"own words", LibraryConfig{Speaker: speaker, Prompts: own{"position": {Texts: map[string]string{"en": "{n} to go"}}}}, 3, "en", "text:"},
		{"own words, no engine", LibraryConfig{Prompts: own{"position": {Texts: map[string]string{"en": "{n} to go"}}}}, 3, "en", "shipped:prompts/position_3.en.wav"},
	}
	for _, tt := range tests {
		clip, err := NewLibrary(tt.cfg).Place(t.Context(), "t1", tt.n, tt.language)
		if err != nil || !strings.HasPrefix(clip.ID, tt.want) {
			t.Errorf("%s: got %q, %v; want %q", tt.name, clip.ID, err, tt.want)
		}
	}
	want := []string{"ru: Ваш номер в очереди — 121.", "en: 3 to go"}
	if fmt.Sprint(speaker.asked) != fmt.Sprint(want) {
		t.Errorf("spoken: got %q, want %q", speaker.asked, want)
	}
}

func TestEveryShippedPromptSounds(t *testing.T) {
	t.Parallel()
	l := NewLibrary(LibraryConfig{})
	for _, key := range ShippedPrompts() {
		for _, language := range Languages() {
			clip, err := l.Prompt(t.Context(), "t1", key, language)
			if err != nil {
				t.Errorf("%s %s: %v", key, language, err)
				continue
			}
			if want := "." + language + ".wav"; key != "music" && !strings.HasSuffix(clip.ID, want) {
				t.Errorf("%s: got %s, want one in %s", key, clip.ID, language)
			}
			var loud int16
			for _, v := range clip.PCM {
				loud = max(loud, v)
			}
			least, most := time.Second, 7*time.Second
			if key == "music" {
				least, most = 30*time.Second, time.Minute
			}
			if d := clip.Duration(); d < least || d > most || loud < 4000 {
				t.Errorf("%s: %v long, %d at its loudest", clip.ID, d, loud)
			}
		}
	}
}

func TestLibraryForgetsWhatIsNotUsed(t *testing.T) {
	t.Parallel()
	speaker := &parrot{}
	l := NewLibrary(LibraryConfig{Speaker: speaker, MaxBytes: 50}) // 25 samples
	for _, text := range []string{"0123456789", "abcdefghij", "0123456789", "ABCDEFGHIJ", "0123456789", "abcdefghij"} {
		if _, err := l.Text(t.Context(), text, "en"); err != nil {
			t.Fatal(err)
		}
	}
	want := "[en: 0123456789 en: abcdefghij en: ABCDEFGHIJ en: abcdefghij]"
	if got := fmt.Sprint(speaker.asked); got != want {
		t.Errorf("spoken: got %s, want %s", got, want)
	}
}

func TestDecodeWAV(t *testing.T) {
	t.Parallel()
	for _, rate := range []int{8000, 11025, 16000, 22050, 44100, 48000} {
		for _, channels := range []int{1, 2} {
			var samples []int16
			for i := range rate { // a second of 1 kHz, and of 6 kHz, which must vanish below 12 kHz
				at := 2 * math.Pi * float64(i) / float64(rate)
				v := 8000 * math.Sin(1000*at)
				if rate > 12000 {
					v += 8000 * math.Sin(6000*at)
				}
				for range channels {
					samples = append(samples, int16(v))
				}
			}
			pcm, err := DecodeWAV(wavFile(t, wav.Format{Encoding: wav.Linear, Channels: channels, Rate: rate, Bits: 16}, samples))
			if err != nil {
				t.Fatal(err)
			}
			if d := len(pcm) - SampleRate; d < -2 || d > 2 {
				t.Errorf("%d Hz: got %d samples, want %d", rate, len(pcm), SampleRate)
			}
			var left float64 // what is not the tone of 1 kHz, in the middle of the sound
			var power float64
			for i := 1000; i < 7000; i++ {
				want := 8000 * math.Sin(2*math.Pi*1000*float64(i)/SampleRate)
				left += (float64(pcm[i]) - want) * (float64(pcm[i]) - want)
				power += want * want
			}
			if db := 10 * math.Log10(left/power); db > -40 {
				t.Errorf("%d Hz, %d channels: what is wrong is at %.0f dB, want below -40", rate, channels, db)
			}
		}
	}
	slow := wavFile(t, wav.Format{Encoding: wav.Linear, Channels: 1, Rate: 1, Bits: 16}, make([]int16, 1000))
	for _, bad := range [][]byte{slow, nil, []byte("RIFF"), bytes.Repeat([]byte{0}, 100)} {
		if _, err := DecodeWAV(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func FuzzDecodeWAV(f *testing.F) {
	for _, encoding := range []uint16{wav.Linear, wav.Mulaw, wav.Alaw} {
		file := make([]byte, wav.HeaderSize+100)
		bits := 8
		if encoding == wav.Linear {
			bits = 16
		}
		wav.PutHeader(file, wav.Format{Encoding: encoding, Channels: 1, Rate: 16000, Bits: bits}, 100)
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		pcm, err := DecodeWAV(file)
		if err == nil && len(pcm) > 2*len(file)+1 {
			t.Errorf("%d bytes became %d samples", len(file), len(pcm))
		}
	})
}

// stead is an engine that speaks in place of another.
type stead struct{ engine }

func (stead) Speak(context.Context, Speech) (Spoken, error) {
	return Spoken{Voice: "spare", PCM: make([]int16, SampleRate), StoodIn: "spare: cloud: gone"}, nil
}

// TestStandInIsNoted: who hears another engine than he should has it in his time line, once for each node.
func TestStandInIsNoted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, l := newCenter(t, map[string]string{"p": program("", "a",
			`"a":{"kind":"say","text":"One.","next":"m"},"m":{"kind":"menu","text":"Two?","tries":2,"timeout":1,"invalid_prompt":"own","no_input_prompt":"own","edges":{"1":"end","invalid":"end","no_input":"end"}}`+end)},
			func(c *RunnerConfig) {
				c.Library = NewLibrary(LibraryConfig{Speaker: stead{}, Prompts: own{"own": {Texts: map[string]string{"en": "Three."}}}})
			}), newLine()
		c.runner.Start(spec(l, "p", "en"))
		passes(time.Minute)
		wantLines(t, "told", c.log(), "a stood_in spare: cloud: gone", "a played One.", "m stood_in spare: cloud: gone", "m played Two?", "m no_input", "m no_input", "ended hung up by the flow at end")
	})
}
