package flow

import (
	"context"
	"errors"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/tenant"
)

// SampleRate of all sound in this package, in Hz; always one channel of 16 bits.
const SampleRate = 8000

// ErrGone is what Talker.Play returns when the customer's leg is over. The channel tells the
// interaction CustomerLeft itself, before or after; the flow then ends without a word.
var ErrGone = errors.New("the customer's leg is gone")

// Clip is a piece of sound ready to be played.
type Clip struct {
	// ID names the samples: two clips of one ID have the same samples, so what was encoded for one
	// codec may be kept by ID. It is never empty.
	ID string
	// PCM is 8 kHz mono. It is shared: nobody changes it.
	PCM []int16
}

// Duration is how long the clip plays.
func (c Clip) Duration() time.Duration {
	return time.Duration(len(c.PCM)) * time.Second / SampleRate
}

// PlayOptions say how clips are played.
type PlayOptions struct {
	// Loop repeats the whole list until ctx ends.
	Loop bool
}

// Talker is the ability of a channel to let the customer hear sound and press keys. A channel that
// has it implements it beside interaction.Channel; the runner finds it by asking. One goroutine at a
// time plays; Digits is read by the same flow.
type Talker interface {
	// Play plays the clips one after the other without a gap. It returns nil when they were played
	// out, ctx's error as soon as ctx ends (the sound stops at once), ErrGone when the leg is over.
	// While another party is joined it may drop the sound, but must keep the time.
	Play(ctx context.Context, clips []Clip, o PlayOptions) error
	// Digits gives keys as they are pressed: 0-9 * # A-D (RFC 4733). It is buffered (64 or more;
	// further keys are lost) and is always the same channel; it may be closed when the leg is over.
	Digits() <-chan rune
	// FlushDigits forgets keys that were pressed and not read.
	FlushDigits()
}

// Speaker turns text into speech. Package edge/speech has engines.
type Speaker interface {
	// Speak gives 8 kHz mono samples. Language is en, ru, th, ...
	Speak(ctx context.Context, text, language string) ([]int16, error)
}

// Places knows where an interaction stands in line; routing implements it.
type Places interface {
	// Position is 1 for the next to be served; false: it has no place.
	Position(interaction.ID) (n int, ok bool)
}

// Queues finds a queue's rules as they are now by the key a program names it with. A queue that
// does not exist is an error.
type Queues interface {
	Rules(ctx context.Context, t tenant.ID, key string) (interaction.QueueRules, error)
}

// Hours tells whether a calendar is open. A calendar that does not exist is an error.
type Hours interface {
	Open(ctx context.Context, t tenant.ID, key string, at time.Time) (bool, error)
}

// Programs finds compiled programs by a flow's identity; Store implements it.
type Programs interface {
	Program(ctx context.Context, t tenant.ID, id ID) (*Program, error)
}
