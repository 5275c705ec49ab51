package ears

import (
	"context"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/edge/speech"
	"linekeeper/internal/flow"
	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/tone"
)

// sound gives samples once.
type sound struct{ pcm []int16 }

func (s *sound) Next(context.Context) ([]int16, error) {
	pcm := s.pcm
	s.pcm = nil
	if pcm == nil {
		return nil, io.EOF
	}
	return pcm, nil
}

// line is what a telephone line leaves of a sound: half as loud, with noise, in A-law.
func line(pcm []int16) []int16 {
	dice := rand.New(rand.NewPCG(1, 2))
	out := make([]int16, len(pcm))
	for i, v := range pcm {
		out[i] = g711.DecodeAlaw(g711.EncodeAlaw(v/2 + int16(dice.IntN(40)-20)))
	}
	return out
}

// TestEars: every sentence of the demo's callers is told from all others, whatever stands before and behind it, and what
// is none of them is no words.
func TestEars(t *testing.T) {
	t.Parallel()
	e, err := New()
	if err != nil {
		t.Fatal(err)
	}
	hear := func(language string, pcm []int16) flow.Heard {
		t.Helper()
		heard, err := e.Recognize(t.Context(), speech.Utterance{Language: language, Whole: true, Audio: &sound{pcm}})
		if err != nil {
			t.Fatal(err)
		}
		return heard
	}
	for _, language := range flow.Languages() {
		said, err := carrier.Said(language)
		if err != nil || len(said) < 6 {
			t.Fatalf("%s: %d sentences, %v", language, len(said), err)
		}
		var all []int16
		var texts []string
		for i, s := range said {
			if got := hear(language, line(s.PCM)); got.Text != s.Text || got.Confidence < 0.9 {
				t.Errorf("%q was heard as %+v", s.Text, got)
			}
			all = append(append(all, tone.Silence(500*time.Millisecond+time.Duration(i)*time.Millisecond)...), s.PCM...)
			texts = append(texts, s.Text)
		}
		if got := hear(language+"-XX", line(all)); got.Text != strings.Join(texts, " ") {
			t.Errorf("all were heard as %+v", got)
		}
	}
	if got := hear("en", line(tone.Sine(440, 0.5, 5*time.Second))); got.Text != "" {
		t.Errorf("a tone was heard as %+v", got)
	}
	if got := hear("en", nil); got.Text != "" || e.Hears("de") || !e.Hears("th") {
		t.Errorf("silence was heard as %+v", got)
	}
}
