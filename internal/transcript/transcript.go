// Package transcript has messages written down: what a customer said is given to a recognizer once it is kept as a
// recording, and its words are kept beside it. Nothing waits for that. Who is to be written down is a row from the
// transaction that keeps the recording on, so that no restart forgets one. Recognizers and recordings are others'.
package transcript

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"linekeeper/internal/interaction"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// State is how far a recording is.
type State string

// The states.
const (
	Waiting State = "waiting" // for its first try or for another one
	Written State = "written" // a text without words means that none were heard
	Failed  State = "failed"  // it is not tried again
)

// Errors of who writes down that count otherwise than a try that failed.
var (
	// ErrNobody means that no recognizer knows the language: another try changes nothing.
	ErrNobody = errors.New("there is no recognizer for this language")
	// ErrBusy means that recognizers have no room now.
	ErrBusy = errors.New("all recognizers are taken")
)

// Transcript is what a recording says, or is to say, in words.
type Transcript struct {
	Tenant      tenant.ID
	Recording   string
	Interaction interaction.ID
	Project     project.ID // whose recognizers
	Language    string     // that is spoken
	State       State
	Wanted      time.Time // since when
	Tries       int       // that failed
	Next        time.Time // when it is tried; of Waiting
	Ended       time.Time // written or failed; zero: neither
	Text        string
	Detail      string // why the last try failed
}

const (
	busyAgain = time.Minute    // when recognizers without room are asked again
	busyMost  = 24 * time.Hour // how long; then each time is a try that failed
	// MostText is how many bytes of a text are kept: half an hour of quick speech has a third of it.
	MostText = 128 << 10
)

// pauses are those between tries: a service that starts again is found within minutes, one that is mended by day
// within hours.
func pauses() []time.Duration {
	return []time.Duration{10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour}
}

// tried is what a transcript is after a try that gave a text or an error.
func (t Transcript) tried(text string, err error, now time.Time) Transcript {
	if err == nil {
		t.State, t.Ended, t.Text, t.Detail = Written, now, clean(text), ""
		return t
	}
	t.Detail = clean(err.Error())
	if errors.Is(err, ErrBusy) && now.Sub(t.Wanted) < busyMost {
		t.Next = now.Add(busyAgain)
		return t
	}
	if t.Tries++; errors.Is(err, ErrNobody) || t.Tries > len(pauses()) {
		t.State, t.Ended = Failed, now
		return t
	}
	t.Next = now.Add(pauses()[t.Tries-1])
	return t
}

// clean is a text as it is kept: valid, with single blanks, without signs that databases or screens stumble over.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > MostText {
		text = strings.ToValidUTF8(text[:MostText], "") // a sign that was cut is not valid
	}
	return text
}

// Fold is a text as it is searched: case and blanks do not matter.
func Fold(text string) string { return strings.ToLower(clean(text)) }
