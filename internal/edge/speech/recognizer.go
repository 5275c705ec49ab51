package speech

import (
	"context"
	"time"

	"linekeeper/internal/flow"
)

const (
	// usualListeners hear at once by a recognizer; each is busy for as long as a customer is asked.
	usualListeners = 20
	// wholeTimeout bounds the writing down of a whole recording.
	wholeTimeout = 5 * time.Minute
)

// Utterance is what a recognizer is to write down.
type Utterance struct {
	Language string
	Phrases  []string // that are likely
	Only     bool     // nothing else is of interest
	// Whole says that Audio is a recording of which every word is wanted, not only the first sentence.
	Whole bool
	// Patience is how long the service may take to be reached, to take a piece, and to answer at the end.
	Patience time.Duration
	Audio    Audio
	// Partial is told the words as far as they are known, if the engine hears while one speaks. It does not block.
	Partial func(words string)
}

// Audio is sound in pieces.
type Audio interface {
	// Next waits for the next samples, at the engine's rate; io.EOF: all were given.
	Next(ctx context.Context) ([]int16, error)
}

// Recognizer writes down what is said. It must be safe for concurrent use.
type Recognizer interface {
	// Hears tells whether it knows a language.
	Hears(language string) bool
	// Streams tells whether it hears while one speaks; others are asked once that is over.
	Streams() bool
	// Rate is the rate of samples it wants, in Hz: 8000 or 16000.
	Rate() int
	// Recognize hears to the end of the audio, or until something was said if the engine knows where that ends.
	// Nothing said is an empty text. It must end when ctx ends; its errors hold no secret.
	Recognize(ctx context.Context, u Utterance) (flow.Heard, error)
}

// NamedRecognizer is a recognizer as the configuration has it.
type NamedRecognizer struct {
	Name     string
	Kind     string // vosk, openai or http, for those who look
	Engine   Recognizer
	Timeout  time.Duration // to be reached, and for an answer after the last word; 0: 2 s
	Parallel int           // listened at once; 0: 20
}
