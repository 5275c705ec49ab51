package flow

import (
	"context"
	"time"

	"linekeeper/internal/project"
)

// Microphone is the ability of a channel to give what the customer says as samples; see Talker.
type Microphone interface {
	// Sound gives what is heard of the customer and of nobody else, silence too, as it comes, in samples of
	// 16 bits at 8000 or 16000 Hz. give owns the samples; it is called on one goroutine, never after stop has
	// returned, and may block: what is heard meanwhile is lost once some seconds wait. stop ends it and says
	// how many packets were lost so. ErrGone when the leg is over.
	Sound(rate int, give func(pcm []int16)) (stop func() (lost uint64), err error)
}

// Hearing is what a recognizer is to listen for.
type Hearing struct {
	Project  project.ID // whose recognizers; empty: the center's
	Language string     // en, ru, th, ...
	Rate     int        // of the samples, in Hz: 8000 or 16000
	// Phrases are what the customer is likely to say; none: anything.
	Phrases []string
	// Only says that nothing else is of interest. What else is said may be given as Unclear.
	Only bool
	// Told is told when the customer begins to speak, of his words as far as they are known, and when it was
	// nothing after all. It must not block and may be called on any goroutine. Nil: nobody wants to know.
	Told func(speaking bool, words string)
}

// Heard is what a recognizer has made of what was said.
type Heard struct {
	Text string // empty: nothing was said
	// Confidence is how sure the engine is, up to 1; 0: it does not say.
	Confidence float64
}

// Unclear is the text of words that a recognizer heard and could not tell.
const Unclear = "…"

// Recognizer turns speech into text. Package edge/speech has engines.
type Recognizer interface {
	// Rate is the rate of the samples, in Hz, that the engine for a project's language likes best; 0: nobody
	// recognizes it. It answers at once.
	Rate(p project.ID, language string) int
	// Recognize hears samples until something was said and a pause follows, audio is closed, or ctx ends. The
	// error says why nobody could tell.
	Recognize(ctx context.Context, h Hearing, audio <-chan []int16) (Heard, error)
}

const (
	// spokenMost is how long an answer may be, in words.
	spokenMost = 15 * time.Second
	// sureEnough is the least confidence of a choice and of digits: a question more costs less than a wrong answer.
	sureEnough = 0.5
)
