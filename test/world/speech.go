package world

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"linekeeper/internal/edge/speech"
	"linekeeper/internal/flow"
	"linekeeper/internal/media/tone"
)

// Engine is a speech engine that speaks every text, in any language, as two seconds of its own tone.
type Engine struct {
	Name string
	Hz   float64

	down atomic.Bool
}

// IsDown has it fail, or speak again.
func (e *Engine) IsDown(down bool) { e.down.Store(down) }

// Identity implements speech.Engine.
func (e *Engine) Identity() string { return e.Name }

// Speaks implements speech.Engine.
func (e *Engine) Speaks(string) bool { return true }

// Voice implements speech.Engine.
func (e *Engine) Voice(string) string { return "tone" }

// Speak implements speech.Engine.
func (e *Engine) Speak(context.Context, string, string, string) ([]int16, error) {
	if e.down.Load() {
		return nil, errors.New("out of order")
	}
	return tone.Sine(e.Hz, 0.4, 2*time.Second), nil
}

// Speaking plays a story with these speech engines, in the order in which they stand in for each other.
func Speaking(t *testing.T, engines []*Engine, story func(w *World)) {
	t.Parallel()
	run(t, nil, engines, story)
}

// speaks is what the product is told of.
func (w *World) speaks() (flow.Speaker, []speech.Named) {
	if len(w.engines) == 0 {
		return mute{}, nil
	}
	var all []speech.Named
	for _, e := range w.engines {
		all = append(all, speech.Named{Name: e.Name, Kind: "tone", Engine: e})
	}
	return nil, all
}

// HearsEngine waits until the caller hears an engine speak, whoever else speaks.
func (c *Caller) HearsEngine(e *Engine) {
	c.w.T.Helper()
	c.w.Eventually(10*time.Second, "the caller hears the engine "+e.Name, func() bool {
		return tone.Level(c.Call.Heard(span), e.Hz) > audible
	})
}
