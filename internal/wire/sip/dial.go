package sip

import (
	"fmt"
	"net/netip"
	"time"

	"linekeeper/internal/wire/sdp"
)

// DialRequest describes an outgoing call.
type DialRequest struct {
	Target string // request URI, such as "sip:+4930123@carrier.example:5060"
	// To is the URI of the To header; empty: Target.
	To string
	// From is the URI of the From header, or only its user part; empty: "sip:anonymous@" and our host.
	From      string
	Display   string         // display name of From; empty: none
	Offer     []byte         // our description; nil makes the call without an offer, see OnOffer
	Headers   []Header       // further headers of the INVITE
	Replaces  *Replaces      // the callee's call whose place this one takes (RFC 3891); nil: none
	Transport Transport      // empty: what the target URI says, else UDP
	Routes    []string       // Route headers, in the order of use, as from a registered Path
	Peer      netip.AddrPort // where to send, if not to the target's host (an outbound proxy)
	Username  string         // answers 401 and 407 with Password; empty: they are refusals
	Password  string
	Timeout   time.Duration // unanswered after this, the call is cancelled; 0: 3 minutes
	// Patience is how long the target may say nothing at all before DialFirst tries the next one; 0: 3.5 s.
	Patience time.Duration
	// OnRedirect decides about a redirection: it returns one of the Contacts, or another URI, to call
	// that instead in the same Call, or nothing to leave the call refused. It may block and may call
	// methods of the Call. nil: no redirection is followed, since whoever answers could let us call
	// any number. A call with Routes goes to its Peer all the same.
	OnRedirect func(Redirect) (target string)
	// Made is told the call before its INVITE is sent, also one that comes to nothing and that
	// DialFirst goes on from; it must be quick. nil: nobody wants to know.
	Made      func(*Call)
	Redirects int // how many are followed; 0: 5
	// OnPending is told what CancelPending needs, should this process not live to end the call itself: before each
	// INVITE is sent, and with the dialog before the answer is acknowledged; nil when nothing is left to be ended. It is
	// told in order, must be quick and must not call the Call. It is not told of the end of the Stack. nil: nobody
	// wants to know.
	OnPending func(callID string, p *Pending)
	// OnOffer answers the offer in the 200 of a call that was made without one; nil: such a call
	// is acknowledged without a description and hung up.
	OnOffer func(offer *sdp.Session) (answer []byte)
}

// Refusal is a final answer of 300 or above; it wraps ErrRefused.
type Refusal struct {
	Code       int
	Reason     string
	RetryAfter time.Duration // what a Retry-After header says, as with 503; 0 if there was none
}

// Error implements error.
func (r *Refusal) Error() string { return fmt.Sprintf("%s: %d %s", ErrRefused, r.Code, r.Reason) }

// Unwrap implements errors.Unwrap.
func (r *Refusal) Unwrap() error { return ErrRefused }
