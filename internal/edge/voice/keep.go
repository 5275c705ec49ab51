package voice

import (
	"encoding/json"
	"net/netip"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/media"
	"linekeeper/internal/trunk"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
)

// Keep holds what the next process needs to go on with the calls of this one, by interaction. What is
// put there must survive the end of the process; kit/slate does. It holds the keys of protected sound.
type Keep interface {
	// Put sets a value; nil forgets it. After an error the next process must find nothing older either: it
	// would use numbers of SRTP packets twice.
	Put(key string, value []byte) error
	// All are the values there are.
	All() map[string][]byte
}

const (
	// keepFirst is how long after a change things are written down again: by then an address behind a
	// translator is learned.
	keepFirst = time.Second
	// keepEvery is how often the numbers of streams are; media bridges 50 s.
	keepEvery = 10 * time.Second
)

// keptLeg is a leg with all its calls. Without the customer's it cannot go on: see Edge.Revived.
type keptLeg struct {
	Customer keptCall                         `json:"customer"`
	Phones   map[access.UserID]keptPhone      `json:"phones,omitempty"` // agents' SIP phones and phones outside, in use
	Outsides map[interaction.PartyID]keptCall `json:"outsides,omitempty"`
	// Holds is whom the interaction was told that an agent's phone puts on hold.
	Holds map[access.UserID]interaction.PartyID `json:"holds,omitempty"`
}

// keptPhone is an agent's phone, with a line beside the first.
type keptPhone struct {
	keptCall
	Second *keptSecond `json:"second,omitempty"`
}

// keptSecond is the second line of a SIP phone.
type keptSecond struct {
	keptCall
	Party  interaction.PartyID `json:"party"`
	Talks  bool                `json:"talks,omitempty"`   // the agent is at this line
	OnHold bool                `json:"on_hold,omitempty"` // at the phone
}

// keptLine is what a call out is charged and counted by.
type keptLine struct {
	Trunk  trunk.ID  `json:"trunk"`
	Called string    `json:"called"` // as number.Dialed gives it
	Since  time.Time `json:"since"`  // the answer
}

// keptCall is one answered call: its dialog, what was agreed, and where its streams are.
type keptCall struct {
	Dialog  sip.State      `json:"dialog"`
	Port    uint16         `json:"port"` // ours for RTP
	Local   sdp.Local      `json:"local"`
	Sent    []byte         `json:"sent"` // our latest description
	Agreed  sdp.Negotiated `json:"agreed"`
	Held    bool           `json:"held,omitempty"`
	NAT     bool           `json:"nat,omitempty"`
	Signal  netip.Addr     `json:"signal"`
	Learned netip.AddrPort `json:"learned"` // where the peer's sound really comes from; zero: not known
	Numbers media.Numbers  `json:"numbers"`
	Noise   bool           `json:"noise,omitempty"`  // the peer takes comfort noise
	Sparse  bool           `json:"sparse,omitempty"` // it suppresses silence
	Secure  *keptSecure    `json:"secure,omitempty"` // nil: the sound is plain
	Line    *keptLine      `json:"line,omitempty"`   // of a call out by a trunk
}

// keepSoon has the leg written down, now and a moment later.
func (l *Leg) keepSoon() { l.keepAt, l.keepAgain = time.Now(), true }

// writeDown writes the leg down if it is time.
func (l *Leg) writeDown(now time.Time) {
	if l.left {
		l.keepAt = time.Time{} // the phones are closed one after the other: they are not to be missing next time
	}
	if l.edge.config.Keep == nil || l.keepAt.IsZero() || now.Before(l.keepAt) {
		return
	}
	l.keepAt = now.Add(keepEvery)
	if l.keepAgain {
		l.keepAt, l.keepAgain = now.Add(keepFirst), false
	}
	var k keptLeg
	var leases []lease
	switch l.state {
	case Answered, Joined:
		customer, ok := l.session.kept(l.call)
		if !ok {
			return
		}
		k.Customer, leases = customer, append(leases, lease{l.session, customer})
	case Calling: // nobody can go on with it, but the phone that hears the ringing must be hung up
	default:
		return
	}
	for user, a := range l.agents {
		if a.holds != "" {
			if k.Holds == nil {
				k.Holds = map[access.UserID]interaction.PartyID{}
			}
			k.Holds[user] = a.holds
		}
		if d := a.device; d != nil && d.sip != nil && !d.gone {
			if line, ok := d.sip.kept(); ok {
				c := keptPhone{keptCall: line}
				if k.Phones == nil {
					k.Phones = map[access.UserID]keptPhone{}
				}
				leases = append(leases, lease{d.sip.session, line})
				if second := d.second; second != nil && second.media != nil && !second.gone {
					if line, ok := second.kept(); ok {
						c.Second = &keptSecond{keptCall: line, Party: second.party, Talks: d.onSecond, OnHold: second.held}
						leases = append(leases, lease{second.session, line})
					}
				}
				k.Phones[user] = c
			}
		}
	}
	if l.state == Calling && k.Phones == nil {
		return
	}
	for id, o := range l.outsides {
		if c, ok := o.call.kept(); ok && o.answered {
			if k.Outsides == nil {
				k.Outsides = map[interaction.PartyID]keptCall{}
			}
			k.Outsides[id] = c
			leases = append(leases, lease{o.call.session, c})
		}
	}
	b, err := json.Marshal(k)
	if err == nil {
		err = l.edge.config.Keep.Put(string(l.id), b)
	}
	if err != nil {
		l.edge.figures.count(func(f *Figures) { f.Unkept++ })
		l.log.Error("a call is not written down; it would not outlive a crash", "err", err)
	}
	for _, lease := range leases {
		lease.give(err == nil, l.news)
	}
}

// forgetKept is called when the leg is over in order.
func (l *Leg) forgetKept() {
	if l.edge.config.Keep == nil || l.edge.leaves.Load() {
		return
	}
	if err := l.edge.config.Keep.Put(string(l.id), nil); err != nil {
		l.log.Error("a call that is over is still written down", "err", err)
	}
}

func (o *outgoing) kept() (keptCall, bool) {
	o.mu.Lock()
	call, closed := o.call, o.closed
	o.mu.Unlock()
	if call == nil || closed {
		return keptCall{}, false
	}
	return o.session.kept(call)
}

// kept is a call as it is now; false: there is nothing to go on with, or no keys yet.
func (s *session) kept(call *sip.Call) (keptCall, bool) {
	k := keptCall{Dialog: call.State()}
	k.Dialog.LocalSDP, k.Dialog.RemoteSDP = nil, nil // what was agreed of them is below
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.media == nil || s.agreed.Codec.Name == "" {
		return k, false
	}
	k.Port, k.Local, k.Sent, k.Agreed, k.Held = s.transport.LocalAddr().Port(), s.local, s.sent, s.agreed, s.held
	k.NAT, k.Signal, k.Numbers = s.nat, s.signal, s.media.Numbers()
	k.Noise, k.Sparse = s.noise, s.media.Sparse()
	if s.nat && s.media.Heard() {
		k.Learned = s.transport.Remote()
	}
	k.Line = s.line
	if s.guard == nil {
		return k, true
	}
	k.Numbers.Exact = true
	secure, ok := s.keptSecure(k.Numbers.Sequence)
	if ok {
		k.Secure, k.Numbers.Sequence = &secure, uint16(secure.Next)
	}
	return k, ok
}
