package speech

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"linekeeper/internal/flow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is an engine that counts.
type fake struct {
	asked  atomic.Int64
	takes  time.Duration
	fails  atomic.Bool
	panic  bool
	deaf   bool // to the end of its time
	voice  string
	only   []string // languages; none: all
	voices sync.Map // it was asked with
}

func (f *fake) Identity() string            { return "fake" + fmt.Sprint(f.only) }
func (f *fake) Voice(string) string         { return f.voice }
func (f *fake) Speaks(language string) bool { return speaks(f.only, language) }

func (f *fake) Speak(ctx context.Context, text, _, voice string) ([]int16, error) {
	f.asked.Add(1)
	f.voices.Store(voice, true)
	if f.deaf {
		ctx = context.Background()
	}
	if f.panic {
		panic("no voice")
	}
	select {
	case <-time.After(f.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if f.fails.Load() {
		return nil, errors.New("hoarse")
	}
	return make([]int16, len(text)), nil
}

// single is a configuration of one engine that has an hour for each text.
func single(e Engine) Config {
	return Config{Engines: []Named{{Name: "fake", Engine: e, Timeout: time.Hour}}}
}

// speak is a text in no project's name.
func speak(ctx context.Context, s *Speaker, text, language string) ([]int16, error) {
	out, err := s.Speak(ctx, flow.Speech{Text: text, Language: language})
	return out.PCM, err
}

func countsOf(s *Speaker) Counts { return s.Engines()[0].Counts }

func speaker(t *testing.T, c Config) *Speaker {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestIdenticalRequestsAreOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{takes: time.Second}
		s := speaker(t, single(f))
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if pcm, err := speak(t.Context(), s, "hello", "en"); err != nil || len(pcm) != 5 {
					t.Errorf("got %d samples, %v", len(pcm), err)
				}
			})
		}
		// One who loses patience does not take the sound from the others.
		hasty, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := speak(hasty, s, "hello", "en"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the hasty one got %v", err)
		}
		all.Wait()
		if got := countsOf(s); f.asked.Load() != 1 || got.Spoken != 1 || got.Shared != 50 {
			t.Errorf("asked %d times, %+v; want one spoken, 50 shared", f.asked.Load(), got)
		}
	})
}

func TestDeadEngineIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{takes: 5 * time.Second}
		f.fails.Store(true)
		s := speaker(t, single(f))
		for i := range 10 {
			_, err := speak(t.Context(), s, fmt.Sprint("text ", i), "en")
			if want := i >= restAfter; err == nil || errors.Is(err, ErrResting) != want {
				t.Errorf("request %d: got %v, want at rest %v", i, err, want)
			}
		}
		f.fails.Store(false)
		time.Sleep(restFor) // in a bubble
		if _, err := speak(t.Context(), s, "text", "en"); err != nil {
			t.Errorf("after the rest: %v", err)
		}
		if got := countsOf(s); got.Failed != 10 || got.Spoken != 1 {
			t.Errorf("got %+v, want 10 failed and 1 spoken", got)
		}
	})
}

func TestCloseEndsSpeaking(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := speaker(t, single(&fake{takes: time.Hour}))
		done := make(chan error, 10)
		for i := range cap(done) { // more than are spoken at once
			go func() {
				_, err := speak(context.Background(), s, fmt.Sprint(i), "en")
				done <- err
			}()
		}
		synctest.Wait()
		began := time.Now()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		for range cap(done) {
			if err := <-done; err == nil {
				t.Error("got sound after Close")
			}
		}
		if _, err := speak(t.Context(), s, "x", "en"); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: got %v", err)
		}
		if d := time.Since(began); d > 0 {
			t.Errorf("Close took %v", d)
		}
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	if _, err := speak(t.Context(), speaker(t, Config{}), "x", "en"); !errors.Is(err, ErrNoEngine) {
		t.Errorf("no engine: got %v", err)
	}
	f := &fake{}
	s := speaker(t, single(f))
	for _, text := range []string{"", " \n", strings.Repeat("x", maxText+1)} {
		if _, err := speak(t.Context(), s, text, "en"); err == nil {
			t.Errorf("a text of %d bytes was spoken", len(text))
		}
	}
	if f.asked.Load() != 0 {
		t.Error("the engine was asked for what cannot be spoken")
	}
	broken := speaker(t, single(&fake{panic: true}))
	if _, err := speak(t.Context(), broken, "x", "en"); err == nil || !strings.Contains(err.Error(), "no voice") {
		t.Errorf("an engine that panics: got %v", err)
	}
}

func TestCache(t *testing.T) {
	t.Parallel()
	dir, f := t.TempDir(), &fake{}
	say := func(c Config, text, language string) {
		t.Helper()
		s := speaker(t, c)
		if pcm, err := speak(t.Context(), s, text, language); err != nil || len(pcm) != len(text) {
			t.Errorf("%s: got %d samples, %v", text, len(pcm), err)
		}
	}
	asked := func(want int64, when string) {
		t.Helper()
		if got := f.asked.Load(); got != want {
			t.Errorf("%s: the engine was asked %d times, want %d", when, got, want)
		}
	}
	c := single(f)
	c.Dir = dir
	say(c, "hello", "en")
	say(c, "hello", "en")
	asked(1, "the same again, after a restart")
	say(c, "hello", "ru")
	asked(2, "another language")
	f.voice = "bass"
	say(c, "hello", "en")
	asked(3, "another voice")

	files, err := filepath.Glob(filepath.Join(dir, "*.wav"))
	if err != nil || len(files) != 3 {
		t.Fatalf("got files %q, %v; want 3", files, err)
	}
	for _, name := range files { // torn by a full disk
		if err := os.WriteFile(name, []byte("RIFF"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	say(c, "hello", "en")
	asked(4, "a broken file")
	if err := os.WriteFile(filepath.Join(dir, "x.part"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.MaxBytes = 300
	for i := range 10 {
		say(c, fmt.Sprintf("text number %020d", i), "en") // 122 bytes each
	}
	var total int64
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
		if strings.HasSuffix(e.Name(), ".part") {
			t.Error("what a crash left was not removed")
		}
	}
	if total > c.MaxBytes {
		t.Errorf("the cache holds %d bytes, want at most %d", total, c.MaxBytes)
	}
	before := f.asked.Load()
	say(c, fmt.Sprintf("text number %020d", 9), "en")
	asked(before, "the newest")
	say(c, fmt.Sprintf("text number %020d", 0), "en")
	asked(before+1, "the oldest")
}

func TestCacheThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	c := single(&fake{})
	c.Dir = dir
	s := speaker(t, c)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := speak(t.Context(), s, "hello", "en"); err != nil {
		t.Errorf("a full disk silenced the engine: %v", err)
	}
	if got := countsOf(s); got.CacheFailed != 1 {
		t.Errorf("got %+v, want one failure of the cache", got)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Dir: file}); err == nil {
		t.Error("a file was taken for a folder")
	}
}
