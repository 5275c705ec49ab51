package sip

import (
	"context"
	"net/netip"
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
}

// Progress is a provisional answer to an outgoing call.
type Progress struct {
	Code    int // 180, 183 ...
	Reason  string
	Session *sdp.Session // early media; nil if there was no description
}

// Answer is the 200 to an outgoing call.
type Answer struct {
	Session *sdp.Session // nil if there was no description or it could not be read
	Body    []byte
}

// Digit is a key that the peer sent by INFO (application/dtmf-relay or application/dtmf).
type Digit struct {
	Key      rune // '0' to '9', '*', '#', 'A' to 'D', or '!' for hook flash
	Duration time.Duration
}

// Call is one dialog in either role. Its methods may be called from any goroutine; callbacks are
// called one at a time, each call's in its own goroutine, and may call methods of the Call.
type Call struct{}

// ID is the Call-ID.
func (c *Call) ID() string { return "" }

// Outgoing says whether we made the call.
func (c *Call) Outgoing() bool { return false }

// From is the caller: the peer of an incoming call, us for an outgoing one.
func (c *Call) From() Party { return Party{} }

// To is the called side as in the To header, which need not be the dialed number.
func (c *Call) To() Party { return Party{} }

// RequestUser is the user part of the request URI, unescaped: the dialed number.
func (c *Call) RequestUser() string { return "" }

// Source is where the INVITE came from, or where ours was sent to.
func (c *Call) Source() netip.AddrPort { return netip.AddrPort{} }

// Local is the host and port by which the peer reaches us, as in our Contact.
func (c *Call) Local() netip.AddrPort { return netip.AddrPort{} }

// Transport is what the INVITE travelled on.
func (c *Call) Transport() Transport { return "" }

// Offer is the description in the INVITE of an incoming call; nil if there was none, and then the
// body of Answer is the offer and the peer's answer arrives through OnAnswer.
func (c *Call) Offer() *sdp.Session { return nil }

// Header is the first value of a header of the INVITE (incoming) or of the answer (outgoing);
// empty if there is none. Names are compared without case and in both forms.
func (c *Call) Header(name string) string { return "" }

// Headers are all values of a header, in order.
func (c *Call) Headers(name string) []string { return nil }

// Phase is where the call is now.
func (c *Call) Phase() Phase { return Trying }

// Ring sends 180 Ringing. It repeats harmlessly; ErrState after an answer or on outgoing calls.
func (c *Call) Ring() error { return ErrState }

// EarlyMedia sends 183 Session Progress with a description. ErrState as with Ring.
func (c *Call) EarlyMedia(body []byte) error { return ErrState }

// Answer sends 200 with a description and returns at once. The 200 is repeated after T1, doubling
// up to T2, until the ACK arrives; after 64*T1 without one the call ends with BYE and EndedNoAck.
// It is ErrEnded if the caller has cancelled, ErrState if the call was answered already.
func (c *Call) Answer(ctx context.Context, body []byte) error { return ErrState }

// Reject answers with a final status of 300 to 699 and ends the call. An empty reason takes the
// RFC's phrase. A call that has ended is ErrEnded.
func (c *Call) Reject(code int, reason string, headers ...Header) error { return ErrState }

// Hangup ends the call in the way its phase asks for: CANCEL for an outgoing call not yet
// answered, 480 for an unanswered incoming one, BYE otherwise. reason is the value of a Reason
// header (RFC 3326), empty for none. It returns when the request was sent; repetitions go on in the
// background. It may be called again; then it does nothing.
func (c *Call) Hangup(ctx context.Context, reason string) error { return nil }

// Done is closed when the call is over and End says why.
func (c *Call) Done() <-chan struct{} { return nil }

// End is why the call is over; the zero value before that.
func (c *Call) End() End { return End{} }

// Progress gives the provisional answers of an outgoing call other than 100, in order. It holds
// the last 8; a reader that is too slow loses the oldest. It is closed when the call is answered
// or has ended. nil for incoming calls.
func (c *Call) Progress() <-chan Progress { return nil }

// Answered gives one value when an outgoing call was answered and our ACK was sent; it is closed
// afterwards, or without a value if the call ended unanswered. nil for incoming calls.
func (c *Call) Answered() <-chan Answer { return nil }

// OnOffer sets who answers offers that the peer makes inside the dialog by re-INVITE or UPDATE:
// hold, resume, a new address. It returns the answer with 200, or a code of 300 or above that
// refuses and keeps the session as it was. offer is nil when a re-INVITE carries none; then the
// result is our offer, and the answer arrives through OnAnswer. Without OnOffer, 488.
func (c *Call) OnOffer(f func(offer *sdp.Session) (answer []byte, code int)) {}

// OnAnswer sets who gets the answer that arrives in an ACK, after an INVITE or re-INVITE without
// an offer. answer is nil if the ACK carried none that could be read.
func (c *Call) OnAnswer(f func(answer *sdp.Session)) {}

// OnDigit sets who gets digits sent by INFO.
func (c *Call) OnDigit(f func(Digit)) {}

// OnConfirmed sets who is told that an incoming call's ACK has arrived; at once if it has already.
func (c *Call) OnConfirmed(f func()) {}

// Reoffer sends an offer inside the dialog by re-INVITE (hold, resume, a new address) and waits
// for the answer. Glare (491) is retried after the RFC's random pause. A refusal is a *Refusal and
// leaves the session as it was.
func (c *Call) Reoffer(ctx context.Context, body []byte) (*sdp.Session, error) {
	return nil, ErrState
}

// State is a snapshot of all that Restore needs; valid from phase Answered on.
func (c *Call) State() State { return State{} }
