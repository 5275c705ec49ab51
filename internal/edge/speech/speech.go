package speech

import (
	"context"
	"errors"
	"time"
)

// The errors a caller may tell apart.
var (
	// ErrNoEngine means that no engine is configured that speaks the language.
	ErrNoEngine = errors.New("there is no speech engine for this language")
	// ErrLanguage means that the engine cannot speak this language.
	ErrLanguage = errors.New("the speech engine does not speak this language")
	// ErrUnknown means that a project names an engine that is not configured.
	ErrUnknown = errors.New("there is no speech engine of this name")
	// ErrBusy means that the engine had no turn left for the text within its time.
	ErrBusy = errors.New("the speech engine is busy")
	// ErrResting means that the engine failed several times in a row and is left alone for a while.
	ErrResting = errors.New("the speech engine failed and is left alone for a while")
	// ErrClosed means that the speaker was closed.
	ErrClosed = errors.New("the speech engine is stopped")
)

const (
	// maxText is the longest text that is spoken, in bytes.
	maxText = 4000
	// usualTimeout bounds a text at an engine, waiting for its turn included, so that another engine can
	// still stand in before the customer takes the line for dead.
	usualTimeout = 2 * time.Second
	// restAfter failures in a row the engine is left alone for restFor, so that a dead engine does
	// not cost every caller its time limit in silence.
	restAfter = 3
	restFor   = 10 * time.Second
	// usualParallel texts are spoken at once by an engine; others wait.
	usualParallel = 4
)

// Engine speaks. Its samples are 8 kHz mono. It must be safe for concurrent use.
type Engine interface {
	// Identity names what makes its sound what it is, besides voice, language and text: another identity is
	// another sound in the cache. It holds no secret.
	Identity() string
	// Speaks tells whether it can speak a language.
	Speaks(language string) bool
	// Voice is the voice of a language where a project chose none.
	Voice(language string) string
	// Speak must end when ctx ends. Its errors hold no secret.
	Speak(ctx context.Context, text, language, voice string) ([]int16, error)
}

// Named is an engine as the configuration has it.
type Named struct {
	Name     string
	Kind     string // espeak, openai or http, for those who look
	Engine   Engine
	Timeout  time.Duration // of a text; 0: 2 s
	Parallel int           // texts at once; 0: 4
}

// Counts is what happened since New, for metrics.
type Counts struct {
	Spoken      uint64 // by the engine
	FromCache   uint64
	Shared      uint64 // waited for what was being spoken already
	Failed      uint64 // not spoken, for whatever reason
	CacheFailed uint64 // spoken, but could not be kept
	StoodIn     uint64 // spoken instead of another engine
}
