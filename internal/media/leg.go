package media

import (
	"log/slog"
	"time"
)

// LegConfig describes one party.
type LegConfig struct {
	Transport Transport
	Codec     Codec
	// Events is the party's payload type for telephone-event at the codec's clock; 0: it has none.
	Events uint8
	// Noise says that the party negotiated comfort noise (payload type 13).
	Noise bool
	// OnDigit is told each key once, when its first packet arrives. It is called on the packet path
	// and must not block. Nil: nobody wants to know.
	OnDigit func(Digit)
	// OnDigitEnd is told when the key was released, or when nothing more was heard of it.
	OnDigitEnd func(Digit)
	// Log is for rescued panics only; nil means slog.Default().
	Log *slog.Logger
}

// Digit is a key pressed by the party.
type Digit struct {
	Key byte // 0-9 * # A-D
	// Started is when its first packet arrived.
	Started time.Time
	// Duration is known when it ended; before that it is what the first packet said.
	Duration time.Duration
}

// Leg is one party: its transport, its codec, one outgoing stream for life.
type Leg struct{}

// NewLeg takes over the transport and starts to listen. Close must be called.
func NewLeg(c LegConfig) *Leg { panic("not yet") }

// Close stops what plays, leaves the bridge, closes the transport and waits for the leg's
// goroutines. It must not be called from a callback of the leg.
func (l *Leg) Close() { panic("not yet") }

// Codec is what the party negotiated.
func (l *Leg) Codec() Codec { panic("not yet") }

// Renegotiate changes codec and telephone-event type after a new description.
func (l *Leg) Renegotiate(codec Codec, events uint8, noise bool) { panic("not yet") }

// Bridge joins two legs: each hears the other. Whatever played to them stops; bridges they were in
// before end. An error means that their codecs cannot be joined, and nothing was changed.
func Bridge(a, b *Leg) error { panic("not yet") }

// Unbridge takes the leg out of its bridge; harmless when it is in none.
func (l *Leg) Unbridge() { panic("not yet") }

// Bridged is the leg at the other end of the bridge, or nil.
func (l *Leg) Bridged() *Leg { panic("not yet") }

// Play sends a source to the party, instead of the bridge if there is one, until it ends or is
// stopped. What played before is stopped. onEnd (may be nil) is called exactly once, on the player's
// goroutine, never before Play returned.
func (l *Leg) Play(s Source, onEnd func(End)) *Playing { panic("not yet") }

// StopPlaying stops what plays, if anything.
func (l *Leg) StopPlaying() { panic("not yet") }

// SendDigits presses keys towards the party: as telephone events, or as tones if it has none. It
// returns at once; keys are sent in order. An error names a key that does not exist.
func (l *Leg) SendDigits(keys string) error { panic("not yet") }

// MuteHeard replaces what the party says by silence before it reaches the bridge. Taps and digits
// still get the original.
func (l *Leg) MuteHeard(on bool) { panic("not yet") }

// MuteSent replaces what is sent to the party by silence.
func (l *Leg) MuteSent(on bool) { panic("not yet") }

// ClampDigits keeps the party's keys from the other end of the bridge; OnDigit still gets them.
func (l *Leg) ClampDigits(on bool) { panic("not yet") }

// LastHeard is when the last packet of the party arrived; before the first, when the leg was made.
func (l *Leg) LastHeard() time.Time { panic("not yet") }

// Heard says whether the party was ever heard.
func (l *Leg) Heard() bool { panic("not yet") }

// Stats is a snapshot of the counters.
func (l *Leg) Stats() Stats { panic("not yet") }

// AddTap gives the tap copies of the leg's packets until remove is called.
func (l *Leg) AddTap(t Tap) (remove func()) { panic("not yet") }

// Direction tells the two streams of a leg apart.
type Direction uint8

// The directions, as seen from the party: what we hear from it, what we send to it.
const (
	Heard Direction = iota
	Sent
)

// Packet is a copy of an audio packet for a tap. Payload is valid during the call only.
type Packet struct {
	Codec     Codec
	SSRC      uint32
	Sequence  uint16
	Timestamp uint32
	Arrival   time.Time
	Payload   []byte
}

// Tap sees a leg's audio packets. Packet is called on the packet path, for one leg and direction
// never concurrently, and must neither block nor keep the payload.
type Tap interface {
	Packet(d Direction, p *Packet)
}

// Stats are the counters of a leg.
type Stats struct {
	Heard  StreamStats
	Sent   StreamStats // no Lost, Late, Jitter, Sources
	Digits uint64      // keys heard
	Strays Strays
}

// StreamStats are the counters of one direction.
type StreamStats struct {
	Packets uint64
	Bytes   uint64 // RTP header and payload
	Lost    uint64 // by RFC 3550 A.3 over all sources; never negative
	Late    uint64 // out of order or repeated
	Dropped uint64 // heard or made, but not passed on: muted keys, clamped, codec mismatch, write error
	Sources uint64 // how many different SSRC (restarts included)
	SSRC    uint32 // the present one
	Jitter  time.Duration
}
