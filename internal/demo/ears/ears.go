// Package ears is the demo's recognizer. It knows the sentences of the demo's callers and nothing else: it compares how
// loud a sound is from moment to moment with how loud they are. So the demo shows what recognizers are for, without a
// service or a model; who speaks himself needs a real one.
package ears

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/edge/speech"
	"linekeeper/internal/flow"
)

const (
	rate   = 8000
	hop    = rate / 100 // samples between moments
	window = 2 * hop    // samples a moment is made of
	quiet  = 30         // dB of a sample's square; what is below is silence
	alike  = 0.9        // the least correlation of what is the same sentence
	around = 100        // moments of silence a sound is given at its ends, which are cut off messages
)

// Ears is the recognizer. It is safe for concurrent use.
type Ears struct{ known map[string][]sentence }

type sentence struct {
	text  string
	shape []float64
}

var _ speech.Recognizer = (*Ears)(nil)

// New learns what the callers say.
func New() (*Ears, error) {
	e := &Ears{known: map[string][]sentence{}}
	for _, language := range flow.Languages() {
		said, err := carrier.Said(language)
		if err != nil {
			return nil, fmt.Errorf("learning the callers' %s: %w", language, err)
		}
		for _, s := range said {
			e.known[language] = append(e.known[language], sentence{s.Text, shape(s.PCM)})
		}
	}
	return e, nil
}

// Hears implements speech.Recognizer.
func (e *Ears) Hears(language string) bool { return len(e.known[base(language)]) > 0 }

func base(language string) string {
	first, _, _ := strings.Cut(language, "-")
	return first
}

// Streams implements speech.Recognizer.
func (e *Ears) Streams() bool { return false }

// Rate implements speech.Recognizer.
func (e *Ears) Rate() int { return rate }

// Recognize implements speech.Recognizer.
func (e *Ears) Recognize(ctx context.Context, u speech.Utterance) (flow.Heard, error) {
	var pcm []int16
	for {
		more, err := u.Audio.Next(ctx)
		pcm = append(pcm, more...)
		if err == io.EOF {
			break
		}
		if err != nil {
			return flow.Heard{}, err
		}
	}
	return e.hear(base(u.Language), pcm), nil
}

// place is where a sentence may be.
type place struct {
	from, to int // moments
	text     string
	alike    float64
}

func (e *Ears) hear(language string, pcm []int16) flow.Heard {
	silence := slices.Repeat([]float64{quiet}, around)
	sound := slices.Concat(silence, shape(pcm), silence)
	var maybe []place
	for _, s := range e.known[language] {
		for at := 0; at+len(s.shape) <= len(sound); at++ {
			if c := correlation(sound[at:at+len(s.shape)], s.shape); c >= alike {
				maybe = append(maybe, place{at, at + len(s.shape), s.text, c})
			}
		}
	}
	slices.SortStableFunc(maybe, func(a, b place) int { return cmp.Compare(b.alike, a.alike) })
	var found []place
	for _, p := range maybe {
		if !slices.ContainsFunc(found, func(o place) bool { return p.from < o.to && o.from < p.to }) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b place) int { return a.from - b.from })
	h := flow.Heard{}
	var words []string
	for _, p := range found {
		words = append(words, p.text)
		h.Confidence += p.alike / float64(len(found))
	}
	h.Text = strings.Join(words, " ")
	return h
}

// shape is how loud a sound is from moment to moment, in dB.
func shape(pcm []int16) []float64 {
	var all []float64
	for at := 0; at+window <= len(pcm); at += hop {
		sum := 0.0
		for _, v := range pcm[at : at+window] {
			sum += float64(v) * float64(v)
		}
		all = append(all, max(quiet, 10*math.Log10(sum/window+1)))
	}
	return all
}

// correlation is Pearson's of two shapes of the same length; 0 of one without a shape.
func correlation(a, b []float64) float64 {
	n := float64(len(a))
	var sumA, sumB, aa, bb, ab float64
	for i := range a {
		sumA, sumB = sumA+a[i], sumB+b[i]
		aa, bb, ab = aa+a[i]*a[i], bb+b[i]*b[i], ab+a[i]*b[i]
	}
	spread := (aa - sumA*sumA/n) * (bb - sumB*sumB/n)
	if spread <= 1e-9 {
		return 0
	}
	return (ab - sumA*sumB/n) / math.Sqrt(spread)
}
