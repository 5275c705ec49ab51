package speech

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/project"
)

func TestProjectsChooseVoices(t *testing.T) {
	t.Parallel()
	english, thai, all := &fake{only: []string{"en", "ru"}, voice: "e"}, &fake{only: []string{"th"}, voice: "t"}, &fake{voice: "a"}
	voices := map[project.ID][]project.Voice{
		"bank": {{Language: "th", Engine: "all", Voice: "nok"}, {Engine: "english", Voice: "bass"}},
		"taxi": {{Language: "en", Engine: "gone"}, {Language: "ru", Engine: "thai"}},
	}
	c := Config{
		Engines: []Named{{Name: "english", Engine: english}, {Name: "thai", Engine: thai}, {Name: "all", Engine: all}},
		Voices:  func(p project.ID) []project.Voice { return voices[p] },
	}
	for _, tt := range []struct {
		project  project.ID
		language string
		who      *fake
		voice    string
	}{
		{"", "en", english, "e"}, {"", "th", thai, "t"}, {"", "de", all, "a"}, // by the order
		{"bank", "th", all, "nok"}, {"bank", "th-TH", all, "nok"}, {"bank", "en", english, "bass"},
		{"bank", "de", all, "a"},                                   // its engine for all others does not speak it
		{"taxi", "en", english, "e"}, {"taxi", "ru", english, "e"}, // not there, or does not speak it
	} {
		s := speaker(t, c)
		before := tt.who.asked.Load()
		tt.who.voices.Clear()
		out, err := s.Speak(t.Context(), flow.Speech{Text: "x", Language: tt.language, Project: tt.project})
		if _, ok := tt.who.voices.Load(tt.voice); err != nil || tt.who.asked.Load() != before+1 || !ok {
			t.Errorf("%s %s: %v, asked %d times, voice %s: %v", tt.project, tt.language, err, tt.who.asked.Load()-before, tt.voice, ok)
		}
		if out.StoodIn != "" {
			t.Errorf("%s %s: nothing has failed, and %q stood in", tt.project, tt.language, out.StoodIn)
		}
		if out.Voice != s.Voice(tt.project, tt.language) || !strings.HasSuffix(out.Voice, "\x00"+tt.voice) {
			t.Errorf("%s %s: spoken by %q, announced %q", tt.project, tt.language, out.Voice, s.Voice(tt.project, tt.language))
		}
	}
	s := speaker(t, Config{Engines: c.Engines[:2], Voices: c.Voices})
	if _, err := s.Speak(t.Context(), flow.Speech{Text: "x", Language: "de", Project: "bank"}); !errors.Is(err, ErrNoEngine) {
		t.Errorf("a language of nobody: got %v", err)
	}
	if _, err := s.Speak(t.Context(), flow.Speech{Text: "x", Language: "th", Project: "bank"}); err != nil {
		t.Errorf("an engine that is not configured is not stood in for: %v", err)
	}
}

// TestSlowEngineHarmsNobody: hundreds of texts for an engine that never answers take none of another's turns, and
// each of their callers waits for its time and no longer.
func TestSlowEngineHarmsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow, good := &fake{takes: time.Hour}, &fake{takes: 100 * time.Millisecond, only: []string{"en"}}
		s := speaker(t, Config{
			Engines: []Named{{Name: "slow", Engine: slow}, {Name: "good", Engine: good}},
			Voices: func(p project.ID) []project.Voice {
				if p == "bank" {
					return []project.Voice{{Engine: "good"}}
				}
				return nil
			},
		})
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				began := time.Now()
				out, err := s.Speak(t.Context(), flow.Speech{Text: fmt.Sprint("slow ", i%3), Language: "en"})
				if took := time.Since(began); err != nil || took > usualTimeout+100*time.Millisecond {
					t.Errorf("got %d samples, %v after %v; want the other engine after %v", len(out.PCM), err, took, usualTimeout)
				}
			})
			all.Go(func() {
				_, err := s.Speak(t.Context(), flow.Speech{Text: fmt.Sprint("only slow ", i), Language: "th"})
				if err == nil || !strings.Contains(err.Error(), "no answer within 2s") && !errors.Is(err, ErrBusy) {
					t.Errorf("got %v", err)
				}
			})
		}
		synctest.Wait()
		began := time.Now()
		if _, err := s.Speak(t.Context(), flow.Speech{Text: "hello", Language: "en", Project: "bank"}); err != nil || time.Since(began) > 100*time.Millisecond {
			t.Errorf("beside it: %v after %v", err, time.Since(began))
		}
		all.Wait()
		if got := slow.asked.Load(); got > usualParallel {
			t.Errorf("the slow one was asked %d times at once, want %d at most", got, usualParallel)
		}
		// It is left alone now, and nobody waits.
		began = time.Now()
		out, err := s.Speak(t.Context(), flow.Speech{Text: "anew", Language: "en"})
		if err != nil || time.Since(began) > 100*time.Millisecond || out.StoodIn != "good: slow: "+ErrResting.Error() {
			t.Errorf("at rest: %v after %v, stood in: %q", err, time.Since(began), out.StoodIn)
		}
	})
}

func TestErrorTellsOfAll(t *testing.T) {
	t.Parallel()
	broken := &fake{}
	broken.fails.Store(true)
	s := speaker(t, Config{
		Engines: []Named{{Name: "one", Engine: broken}, {Name: "two", Engine: &fake{panic: true}}},
		Voices:  func(project.ID) []project.Voice { return []project.Voice{{Engine: "three"}} },
	})
	_, err := s.Speak(context.Background(), flow.Speech{Text: "x", Language: "en"})
	for _, want := range []string{"no speech engine of this name: three", "one: hoarse", "two: internal error: no voice"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	espeak := Named{Name: "espeak-ng", Engine: newEspeak("espeak-ng")}
	neural := Named{Name: "neural", Engine: &HTTP{Languages: []string{"en", "th"}}}
	for _, tt := range []struct {
		name      string
		engines   []Named
		voices    []project.Voice
		languages []string
		want      string
	}{
		{"Thai with espeak only", []Named{espeak}, nil, []string{"th", "en", "th"}, "[{th  nobody_speaks}]"},
		{"Thai with another", []Named{espeak, neural}, nil, []string{"th", "en"}, "[]"},
		{"Thai with espeak chosen for it", []Named{espeak, neural}, []project.Voice{{Language: "th", Engine: "espeak-ng"}}, []string{"th"}, "[{th espeak-ng other_language}]"},
		{"espeak for all, Thai by another", []Named{espeak, neural}, []project.Voice{{Engine: "espeak-ng"}}, []string{"th"}, "[]"},
		{"not configured", []Named{neural}, []project.Voice{{Language: "en", Engine: "old"}}, nil, "[{en old unknown_engine}]"},
		{"no engine", nil, nil, []string{"ru"}, "[{ru  nobody_speaks}]"},
	} {
		if got := fmt.Sprint(Problems(tt.engines, tt.voices, tt.languages)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}
