// Package sound keeps how each leg of an interaction sounded: loss, jitter, round trip and score, its bad
// spells, and for the customer's leg who spoke when. Edges measure and tell it when the interaction's last
// leg is over; the Keeper writes the table leg. It also has the word for what an agent is told meanwhile.
// The measuring itself is media's.
package sound

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/media"
)

// Trouble is what an agent is told about the sound of his talk. The zero value: nothing.
type Trouble string

// The troubles, the most urgent last.
const (
	SilentCustomer Trouble = "silent_customer" // nothing, or nothing but silence, comes from the customer
	PoorCustomer   Trouble = "poor_customer"   // the line to the customer, or to a number outside, is poor
	PoorMine       Trouble = "poor_mine"       // the agent's own connection is poor
	SilentMine     Trouble = "silent_mine"     // nothing but silence comes from the agent's microphone
)

// Protection says how far an agent's talk is encrypted on the network. The zero value: the agent's own leg
// is not, or there is none.
type Protection string

// The protections.
const (
	AllEncrypted  Protection = "all"  // every leg of the talk
	MineEncrypted Protection = "mine" // the agent's own leg, and not that of somebody else
)

// SilentAfter is how much silence of a microphone, or of the customer, is a trouble if nobody says other.
const SilentAfter = 20 * time.Second

// Kind is what a leg leads to.
type Kind string

// The kinds of legs.
const (
	Trunk   Kind = "trunk"   // the customer
	Browser Kind = "browser" // an agent's browser
	Phone   Kind = "sip"     // an agent's SIP phone
	Outside Kind = "outside" // a number outside: an agent's phone, or somebody asked to the talk
)

// Leg is how one leg sounded.
type Leg struct {
	Kind      Kind
	User      access.UserID // whose phone it is; empty: the customer's leg, or a number outside
	Address   string        // the customer's number, or that outside; empty: an agent's own phone
	Codec     string
	Encrypted bool
	Began     time.Time
	Ended     time.Time
	// Heard is what we heard of the party, Far what the party said it heard of us; without reports the
	// latter is zero.
	Heard, Far media.Sound
	RoundTrip  time.Duration // 0: not known
	Spells     int           // bad ones that began
	Worst      float64       // the lowest score in them; 0: there were none
	// Levels are who spoke when; only the customer's leg has them.
	Levels Levels
}

// Levels are a byte for each second of each side, as RFC 6464 has it: the level in dB below the loudest
// possible (0 to 127), and media.Spoken if somebody spoke.
type Levels struct {
	From     time.Time // the first second begins; zero: nobody talked with the customer
	Customer []byte
	Others   []byte // whom the customer heard: agents, numbers outside
}

// Score is the worse one of the two directions' scores; 0: too little was heard to judge.
func (l Leg) Score() float64 {
	if l.Heard.MOS == 0 || l.Far.MOS != 0 && l.Far.MOS < l.Heard.MOS {
		return l.Far.MOS
	}
	return l.Heard.MOS
}

// Rating is a score in words.
type Rating string

// The ratings: satisfied, some are dissatisfied, many are (ITU-T G.107, Annex B).
const (
	Good    Rating = "good"
	Fair    Rating = "fair"
	Poor    Rating = "poor"
	Unrated Rating = "" // too little was heard
)

// RatingOf puts a score into words.
func RatingOf(score float64) Rating {
	switch {
	case score <= 0:
		return Unrated
	case score < 3.5:
		return Poor
	case score < 4:
		return Fair
	}
	return Good
}
