package flow

import (
	"context"
	"errors"
	"time"

	"linekeeper/internal/customer"
	"linekeeper/internal/interaction"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
	"linekeeper/internal/wait"
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

// Detector is the ability of a channel to find machines by their sound; see Talker.
type Detector interface {
	// Detect looks for fax machines, for the beep of answering machines, or both, until stop is called; what
	// is found is in the time line as well. found must not block. ErrGone when the leg is over.
	Detect(fax, beep bool, found func(interaction.Detection)) (stop func(), err error)
}

// Speaker turns text into speech. Package edge/speech has engines.
type Speaker interface {
	// Voice names the engine and voice a project's texts of this language have, as Speak gives it when
	// nothing is wrong; empty: nobody speaks it. It answers at once.
	Voice(p project.ID, language string) string
	// Speak speaks a text. The error says why nobody could.
	Speak(ctx context.Context, s Speech) (Spoken, error)
}

// Speech is a text to be spoken.
type Speech struct {
	Text     string
	Language string     // en, ru, th, ...
	Project  project.ID // whose voices; empty: the center's
}

// Spoken is a text as sound.
type Spoken struct {
	// Voice names who spoke: the same text, language and voice are the same samples.
	Voice string
	// PCM is 8 kHz mono.
	PCM []int16
	// StoodIn says who spoke instead of an engine that failed, and how that failed; empty: none did.
	StoodIn string
}

// Places knows where an interaction stands in line; routing implements it.
type Places interface {
	// Position is 1 for the next to be served; false: it has no place.
	Position(interaction.ID) (n int, ok bool)
}

// Ear is the optional ability of a Talker to play and listen at once by itself. A rehearsal has it,
// because there time goes on only when nobody thinks.
type Ear interface {
	// Listen plays the clips until a key is pressed, which it gives, or until so long after their end;
	// pressed is false then. The error is as Play's.
	Listen(ctx context.Context, clips []Clip, after time.Duration) (digit rune, pressed bool, err error)
	// PlayFor plays the clips over and over for so long.
	PlayFor(ctx context.Context, clips []Clip, d time.Duration) error
}

// Message is what a customer reads.
type Message struct {
	Text    string   `json:"text"`
	Buttons []Button `json:"buttons,omitempty"`
}

// Button answers for the customer: pressing it is typing its key.
type Button struct {
	Key   string `json:"key"`
	Label string `json:"label"`
}

// Writer is the ability of a channel to let the customer read and type.
type Writer interface {
	// Write shows a message; ErrGone when the customer is no longer there.
	Write(ctx context.Context, m Message) error
	// Read waits for the next thing the customer types, or for the key of the button he presses; given is
	// false when the time is over.
	Read(ctx context.Context, patience time.Duration) (text string, given bool, err error)
}

// Clock is the time flows live in.
type Clock interface {
	Now() time.Time
	// Sleep waits so long; its error is ctx's.
	Sleep(ctx context.Context, d time.Duration) error
}

// wallClock is the machine's time.
type wallClock struct{}

func (wallClock) Now() time.Time                                   { return time.Now() }
func (wallClock) Sleep(ctx context.Context, d time.Duration) error { return pause(ctx, d) }

// Queues finds a queue's rules as they are now by the key a program names it with. A queue that
// does not exist is an error.
type Queues interface {
	Rules(ctx context.Context, t tenant.ID, key string) (interaction.QueueRules, error)
}

// States tells how a queue stands, by its key.
type States interface {
	QueueState(ctx context.Context, t tenant.ID, key string) (QueueState, error)
}

// Waits tells how long a customer still has to expect to wait.
type Waits interface {
	// Wait is for who has this place in the queue's line, 1 being the first. Not ok: nothing can be said.
	Wait(q queue.ID, place int) (wait.Estimate, bool)
}

// Hours tells whether a calendar is open. A calendar that does not exist is an error.
type Hours interface {
	Open(ctx context.Context, t tenant.ID, key string, at time.Time) (bool, error)
}

// Facts are what the set-up says about an interaction.
type Facts struct {
	Entry   string // key
	Project string // key
	// Safety is the project's flow for calls whose own flow failed; empty: the built-in one.
	Safety ID
	// Queue is the key of the queue that takes customers when nothing else is known; empty: none.
	Queue string
	Zone  *time.Location // nil: the machine's
}

// Setup finds facts; Store implements it.
type Setup interface {
	Facts(ctx context.Context, a interaction.Arrival) (Facts, error)
}

// CustomerChange is what a flow changes of a customer; nil and fields that are not named stay.
type CustomerChange struct {
	Name, Language, Segment *string
	Fields                  map[string]string // an empty value takes the field away
}

// Customers knows who the customer is; Store implements it.
type Customers interface {
	Customer(ctx context.Context, t tenant.ID, id customer.ID) (Customer, error)
	// FindCustomers gives those who have a number, or a value in a field if it is named: none, one, or two
	// when the value does not tell who it is.
	FindCustomers(ctx context.Context, t tenant.ID, field, value string) ([]Customer, error)
	// ChangeCustomer changes one in the name of a flow and gives what he is then.
	ChangeCustomer(ctx context.Context, t tenant.ID, by ID, id customer.ID, c CustomerChange) (Customer, error)
}

// Programs finds compiled programs; Store implements it.
type Programs interface {
	// Program gives a version of a flow; 0: the one that is published.
	Program(ctx context.Context, t tenant.ID, id ID, version int64) (*Program, error)
	// ProgramByKey gives what is published under a key.
	ProgramByKey(ctx context.Context, t tenant.ID, key string) (*Program, error)
}
