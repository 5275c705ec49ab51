package voice

import (
	"maps"
	"sync"

	"linekeeper/internal/media"
	"linekeeper/internal/wire/sip"
)

// Reason is why a call was refused at the door.
type Reason string

// The reasons for refusing a call.
const (
	UnknownSource Reason = "unknown_source"   // 403; most are dropped unseen by the stack
	UnknownNumber Reason = "unknown_number"   // 404
	NoCodec       Reason = "no_codec"         // 488
	NoEncryption  Reason = "no_encryption"    // 488: one side insists on encrypted sound, the other has none
	NoPorts       Reason = "no_ports"         // 503, and an alarm: the RTP port range is too small
	TooManyCalls  Reason = "too_many_calls"   // 503: the trunk's or the edge's limit
	TooFast       Reason = "too_fast"         // 503: calls per second of a trunk
	Overloaded    Reason = "overloaded"       // 503: the machine does not keep up
	Draining      Reason = "draining"         // 503
	NotRecorded   Reason = "not_recorded"     // 503: the arrival could not be committed
	BlockedHere   Reason = "blocked_at_entry" // 603 or what the entry says: it does not take this caller
	Blocked       Reason = "blocked"          // 403: the trunk does not take this caller
	CallerGone    Reason = "caller_gone"      // hung up before the arrival was committed
)

// State is where a customer's leg stands.
type State string

// The states of a leg; DESIGN.md draws the moves.
const (
	Calling  State = "calling"  // called by us, and not there yet
	Arriving State = "arriving" // being looked up and recorded
	Ringing  State = "ringing"  // recorded, not answered
	Answered State = "answered" // with a flow, in a queue, or kept for an agent who is gone
	Joined   State = "joined"   // hears an agent
	Over     State = "over"
)

// Figures are a snapshot of what happened so far; app exports them.
type Figures struct {
	Legs        map[State]int     // now; all but Over
	Held        int               // legs whose customer put us on hold now
	Phones      int               // agents' phones that are up now
	Checks      int               // phone checks and visits to mailboxes now
	Arrived     uint64            // calls taken in
	Refused     map[Reason]uint64 // calls refused at the door
	Lost        uint64            // agents' phones lost in mid-call
	Silent      uint64            // customers ended because nothing was heard of them
	Spells      uint64            // bad spells of legs that began
	SpendAlarms uint64            // trunks that came to four fifths or to all of what they may spend
	Listening   int               // customers whose words are listened to now
	EarLost     uint64            // packets that nobody could decode in time for that
	Rescued     uint64            // panics contained; tests fail when this is not 0
	Unkept      uint64            // calls that could not be written down for the next process
	Shed        float64           // share of new calls refused now because the machine does not keep up
	Strays      media.Strays      // packets refused, of ended and running legs
	PortsOpen   int               // RTP ports in use now
	PortsAll    int               // size of the range; 0: unlimited
	SIP         sip.Counters
}

// figures are Figures being counted.
type figures struct {
	mu sync.Mutex // guards f
	f  Figures
}

func newFigures() *figures {
	return &figures{f: Figures{Legs: make(map[State]int), Refused: make(map[Reason]uint64)}}
}

// count changes the figures.
func (c *figures) count(change func(*Figures)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.f)
}

func (c *figures) snapshot() Figures {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.f
	f.Legs, f.Refused = maps.Clone(c.f.Legs), maps.Clone(c.f.Refused)
	return f
}

func addStrays(a, b media.Strays) media.Strays {
	a.Stranger += b.Stranger
	a.Malformed += b.Malformed
	a.RTCP += b.RTCP
	a.STUN += b.STUN
	a.DTLS += b.DTLS
	a.UnknownType += b.UnknownType
	return a
}
