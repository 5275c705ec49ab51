package sip

import (
	"fmt"
	"time"

	"linekeeper/internal/wire/sdp"
)

// Phase is where a call is in its life. It only goes forward.
type Phase int

// Phases; DESIGN.md has the diagram.
const (
	Trying    Phase = iota // INVITE received or sent, nothing but 100 so far
	Ringing                // 180 or 183 sent or received
	Answered               // 200 sent, ACK awaited
	Confirmed              // 200 and ACK exchanged
	Ended
)

// Party is who From or To names.
type Party struct {
	User    string // unescaped; for tel URIs the number
	Host    string
	Display string // unquoted
	URI     string // as received, without header parameters
}

// By says which side ended a call.
type By string

// Who ended a call.
const (
	ByPeer      By = "peer"
	ByLocal     By = "local"
	ByTimeout   By = "timeout"
	ByTransport By = "transport" // socket or connection failed
)

// Kind says how a call ended.
type Kind string

// How a call ended.
const (
	EndedCanceled  Kind = "canceled"  // CANCEL before an answer
	EndedBye       Kind = "bye"       // BYE after an answer
	EndedRejected  Kind = "rejected"  // final answer of 300 or above
	EndedNoAnswer  Kind = "no_answer" // nobody answered in time
	EndedNoAck     Kind = "no_ack"    // our 200 was never acknowledged
	EndedLost      Kind = "lost"      // the peer no longer knows the dialog or does not respond
	EndedTransport Kind = "transport" // it could not be sent
	EndedClosed    Kind = "closed"    // the Stack was closed; the peer was told nothing
)

// End is why a call is over. The zero value means that it is not.
type End struct {
	By     By
	Kind   Kind
	Code   int    // SIP status of a rejection; also the cause=... of a SIP Reason header; 0 if none
	Q850   int    // cause=... of a Q.850 Reason header (RFC 3326); 0 if none
	Reason string // text of the status line or of the Reason header
	At     time.Time
	// RetryAfter is when a refused call may be tried again, if the peer said so.
	RetryAfter time.Duration
}

// Err is the end of a call that was not wanted as an error: a *Refusal, or one that wraps ErrTimeout
// or ErrEnded. nil if the call has not ended or ended by BYE.
func (e End) Err() error {
	switch {
	case e.Kind == "" || e.Kind == EndedBye:
		return nil
	case e.Kind == EndedRejected:
		return &Refusal{Code: e.Code, Reason: e.Reason, RetryAfter: e.RetryAfter}
	case e.By == ByTimeout:
		return fmt.Errorf("%w: %s", ErrTimeout, e.Kind)
	}
	return fmt.Errorf("%w: %s by %s", ErrEnded, e.Kind, e.By)
}

// Progress is a provisional answer to an outgoing call.
type Progress struct {
	Code     int // 180, 183 ...
	Reason   string
	Session  *sdp.Session // early media; nil if there was no description
	Dialog   string       // tells the phones of a forked call apart; empty if the peer does not
	Reliable bool         // the peer repeats it until our PRACK (RFC 3262): the description holds
}

// Answer is the 200 to an outgoing call.
type Answer struct {
	Session *sdp.Session // nil if there was no description or it could not be read
	Body    []byte
	Settled bool // Session is the peer's own offer before the answer (UPDATE, RFC 3311), which OnOffer has answered
}

// Digit is a key that the peer sent by INFO (application/dtmf-relay or application/dtmf).
type Digit struct {
	Key      rune // '0' to '9', '*', '#', 'A' to 'D', or '!' for hook flash
	Duration time.Duration
}
