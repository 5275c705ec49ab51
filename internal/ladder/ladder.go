package ladder

import (
	"net/netip"
	"slices"
	"time"
)

// The roles of a leg.
const (
	Trunk   = "trunk"   // the customer's call, in or out; its party is the trunk
	Phone   = "phone"   // an agent's SIP phone; its party is the user
	Outside = "outside" // an outside number; its party is the number
)

// Ladder is what was signalled for an interaction. The zero value: nothing.
type Ladder struct {
	Legs []Leg `json:"legs"`
}

// Leg is one call of an interaction.
type Leg struct {
	Role     string    `json:"role"`
	Party    string    `json:"party"`             // id or number, by role
	CallID   string    `json:"call_id"`           // of the protocol
	Missing  int       `json:"missing,omitempty"` // messages left out after the first ones
	Messages []Message `json:"messages"`
}

// Message is one message, sent or received.
type Message struct {
	At        time.Time      `json:"at"`
	Out       bool           `json:"out,omitempty"` // we sent it
	Transport string         `json:"transport"`     // UDP, TCP, TLS, WS, WSS
	Local     netip.AddrPort `json:"local"`
	Remote    netip.AddrPort `json:"remote"`
	Text      []byte         `json:"text"`
	Repeats   int            `json:"repeats,omitempty"` // how often the same came or went again
	Again     []time.Time    `json:"again,omitempty"`   // when, the first times
}

// LegsMost is how many calls of one interaction are kept; a long conference has fewer.
const LegsMost = 32

// bytesMost bounds a stored ladder, uncompressed; beyond it legs are left out from the 9th on.
const bytesMost = 1 << 20

// Merge joins what is stored with what happened since: a call that went on after a restart.
func Merge(a, b Ladder) Ladder {
	all := Ladder{Legs: slices.Clone(a.Legs)}
	for _, leg := range b.Legs {
		i := slices.IndexFunc(all.Legs, func(l Leg) bool { return l.CallID == leg.CallID && l.Role == leg.Role })
		if i < 0 {
			all.Legs = append(all.Legs, leg)
			continue
		}
		old := &all.Legs[i]
		old.Missing += leg.Missing
		old.Messages = append(slices.Clone(old.Messages), leg.Messages...)
	}
	return all.bounded()
}

// bounded leaves out what is too much.
func (l Ladder) bounded() Ladder {
	if len(l.Legs) > LegsMost {
		l.Legs = l.Legs[:LegsMost]
	}
	size := 0
	for i := range l.Legs {
		leg := &l.Legs[i]
		for j, m := range leg.Messages {
			if size += len(m.Text) + 200; size > bytesMost {
				leg.Missing += len(leg.Messages) - j
				leg.Messages = leg.Messages[:j]
				break
			}
		}
	}
	return l
}

// Count is the number of messages, repeated ones once.
func (l Ladder) Count() int {
	n := 0
	for _, leg := range l.Legs {
		n += len(leg.Messages)
	}
	return n
}
