package interaction

import (
	"slices"
	"strconv"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/entry"
)

// PartyID names somebody in a talk. The customer and the agent who has the interaction in hand have
// fixed names; everybody else is numbered in the order of coming.
type PartyID string

// The fixed parties.
const (
	TheCustomer PartyID = "customer"
	TheAgent    PartyID = "agent"
)

// PartyKind is what a further party is.
type PartyKind string

// The kinds of further parties.
const (
	PartyAgent      PartyKind = "agent"      // another agent
	PartyOutside    PartyKind = "outside"    // a number outside the center
	PartySupervisor PartyKind = "supervisor" // somebody who monitors
)

// PartyState is where a further party stands.
type PartyState string

// The states of a further party, in the order of a life.
const (
	PartySeeking    PartyState = "seeking"    // the router looks for the agent
	PartyRinging    PartyState = "ringing"    // the agent is asked, or the number rings
	PartyConnecting PartyState = "connecting" // the phone is being connected, the first time or again
	PartyUp         PartyState = "up"
)

// MonitorMode is how a supervisor takes part.
type MonitorMode string

// The modes of monitoring.
const (
	Listen  MonitorMode = "listen"  // hears, is heard by nobody
	Whisper MonitorMode = "whisper" // is heard by the agent only
	Barge   MonitorMode = "barge"   // is heard by everybody
)

// Standing is what was done to a party by call control.
type Standing struct {
	Side  bool `json:"side,omitempty"`  // in the private talk beside, not with the customer
	Held  bool `json:"held,omitempty"`  // hears music and is heard by nobody
	Muted bool `json:"muted,omitempty"` // is heard by nobody
}

// Party is somebody in a talk besides the customer and the agent who has it in hand.
type Party struct {
	ID      PartyID       `json:"id"`
	Kind    PartyKind     `json:"kind"`
	User    access.UserID `json:"user,omitempty"`    // an agent or a supervisor; empty: nobody was found yet
	Address string        `json:"address,omitempty"` // a number outside
	Queue   *QueueRules   `json:"queue,omitempty"`   // whoever of this queue is free is wanted
	Mode    MonitorMode   `json:"mode,omitempty"`    // of a supervisor
	By      access.UserID `json:"by,omitempty"`      // who asked for the party
	State   PartyState    `json:"state"`
	Since   time.Time     `json:"since"` // the state began
	// Announced says that the agent is told of a supervisor.
	Announced bool `json:"announced,omitempty"`
	Standing
	Restore []byte `json:"-"` // what the edge needs to find the party's leg again
}

// Ear is what one party hears.
type Ear struct {
	Of    PartyID
	User  access.UserID // of an agent or a supervisor
	Hears []PartyID     // in no order; empty: nobody
	Music bool          // hears music, because there is nobody to hear
	Rings PartyID       // hears how it rings there, in place of music; empty: at nobody's
	Muted bool          // others who name this party hear silence of it
}

// Arrangement is who hears whom. A party that is not in it hears nothing and is heard by nobody.
type Arrangement []Ear

// Ear finds what a party hears.
func (a Arrangement) Ear(of PartyID) (Ear, bool) {
	i := slices.IndexFunc(a, func(e Ear) bool { return e.Of == of })
	if i < 0 {
		return Ear{}, false
	}
	return a[i], true
}

// TargetKind is where a customer is transferred to, or who is asked to a talk.
type TargetKind string

// The kinds of targets.
const (
	ToAgent   TargetKind = "agent"
	ToQueue   TargetKind = "queue"
	ToEntry   TargetKind = "entry"
	ToOutside TargetKind = "outside"
)

// Target is a destination as it stands in the set-up at the moment of asking.
type Target struct {
	Kind    TargetKind    `json:"kind"`
	Agent   access.UserID `json:"agent,omitempty"`
	Queue   *QueueRules   `json:"queue,omitempty"`
	Entry   entry.ID      `json:"entry,omitempty"`
	Flow    string        `json:"flow,omitempty"` // of the entry
	Address string        `json:"address,omitempty"`
}

// MaxParties is how many may be in a talk, the customer and the agent among them; who only monitors
// does not count.
const MaxParties = 6

// awaited is the number outside that rings for a customer whom a flow has sent there; empty: none.
func (s State) awaited() PartyID {
	if s.Phase != Forwarded || !s.Lent.On {
		return ""
	}
	for _, p := range s.Parties {
		if p.Kind == PartyOutside && p.State == PartyRinging {
			return p.ID
		}
	}
	return ""
}

// Arrange says who hears whom, by these rules: everybody hears whoever is in the same room, the talk
// with the customer or the private talk beside it; who is held, or alone, hears music; an agent who is
// alone hears nothing; a supervisor hears the agent's room, and is heard by the agent when whispering
// and by all in barge-in. It is empty while nobody talks.
func (s State) Arrange() Arrangement {
	switch s.Phase {
	case Parked:
		return Arrangement{{Of: TheCustomer, Music: true}}
	case Connected, Interrupted, Forwarded:
	default:
		return nil
	}
	room := func(side bool) (all []PartyID) {
		if !side && !s.Customer.Held && !s.Secret {
			all = append(all, TheCustomer)
		}
		if s.Phase == Connected && s.Own.Side == side && !s.Own.Held {
			all = append(all, TheAgent)
		}
		for _, p := range s.Parties {
			if p.State == PartyUp && p.Kind != PartySupervisor && p.Side == side && !p.Held {
				all = append(all, p.ID)
			}
		}
		return all
	}
	rooms := map[bool][]PartyID{false: room(false), true: room(true)}
	listening := func(p Party) bool { return p.Kind == PartySupervisor && p.State == PartyUp }
	for _, p := range s.Parties {
		if listening(p) && p.Mode == Barge && !p.Held {
			rooms[s.Own.Side] = append(rooms[s.Own.Side], p.ID)
		}
	}
	agentRoom := rooms[s.Own.Side]
	ear := func(id PartyID, user access.UserID, st Standing) Ear {
		e := Ear{Of: id, User: user, Muted: st.Muted}
		if all := rooms[st.Side]; slices.Contains(all, id) {
			for _, other := range all {
				if other != id {
					e.Hears = append(e.Hears, other)
				}
			}
		}
		return e
	}
	var all Arrangement
	if !s.Secret { // a flow talks to the customer meanwhile
		customer := ear(TheCustomer, "", s.Customer)
		customer.Music = len(customer.Hears) == 0
		customer.Rings = s.awaited()
		all = append(all, customer)
	}
	if s.Phase == Connected {
		own := ear(TheAgent, s.Agent, s.Own)
		for _, p := range s.Parties {
			if listening(p) && p.Mode == Whisper {
				own.Hears = append(own.Hears, p.ID)
			}
		}
		own.Music = s.Own.Held && len(own.Hears) == 0
		all = append(all, own)
	}
	for _, p := range s.Parties {
		if p.State != PartyUp {
			continue
		}
		st := p.Standing
		if p.Kind == PartySupervisor {
			st.Side = s.Own.Side
		}
		e := ear(p.ID, p.User, st)
		if listening(p) && p.Mode != Barge {
			e.Hears = slices.Clone(agentRoom)
		}
		e.Music = len(e.Hears) == 0 && p.Kind != PartySupervisor
		all = append(all, e)
	}
	return all
}

// party finds a further party.
func (s State) party(id PartyID) (Party, bool) {
	i := slices.IndexFunc(s.Parties, func(p Party) bool { return p.ID == id })
	if i < 0 {
		return Party{}, false
	}
	return s.Parties[i], true
}

// PartyOf finds the further party that is a user.
func (s State) PartyOf(user access.UserID) (Party, bool) {
	i := slices.IndexFunc(s.Parties, func(p Party) bool { return user != "" && p.User == user })
	if i < 0 {
		return Party{}, false
	}
	return s.Parties[i], true
}

// withParty gives a state in which one party is changed; s is left as it is.
func (s State) withParty(id PartyID, change func(*Party)) State {
	s.Parties = slices.Clone(s.Parties)
	for i := range s.Parties {
		if s.Parties[i].ID == id {
			change(&s.Parties[i])
		}
	}
	return s
}

// withoutParty gives a state in which one party is gone.
func (s State) withoutParty(id PartyID) State {
	s.Parties = slices.DeleteFunc(slices.Clone(s.Parties), func(p Party) bool { return p.ID == id })
	if len(s.Parties) == 0 {
		s.Parties = nil
	}
	return s
}

// talkers are the further parties that take part in the talk, not only monitor it.
func (s State) talkers() (all []Party) {
	for _, p := range s.Parties {
		if p.Kind != PartySupervisor {
			all = append(all, p)
		}
	}
	return all
}

// up are the talkers who can be talked to.
func (s State) up() []Party {
	return slices.DeleteFunc(s.talkers(), func(p Party) bool { return p.State != PartyUp })
}

// mayControl says whether a user may act on the talk: the agent who has it in hand, and any other agent in
// it.
func (s State) mayControl(user access.UserID) bool {
	if user == "" {
		return false
	}
	if user == s.Agent {
		return true
	}
	p, ok := s.PartyOf(user)
	return ok && p.Kind == PartyAgent && p.State == PartyUp
}

// nextParty is the name of the next party.
func (s State) nextParty() PartyID { return PartyID("p" + strconv.Itoa(s.PartiesSeen+1)) }

// standing gives where a party stands.
func (s State) standing(id PartyID) (Standing, bool) {
	switch id {
	case TheCustomer:
		return s.Customer, true
	case TheAgent:
		return s.Own, s.Agent != ""
	}
	p, ok := s.party(id)
	return p.Standing, ok
}

// CustomerHeld says whether the customer, who is with an agent, hears nobody.
func (s State) CustomerHeld() bool {
	e, ok := s.Arrange().Ear(TheCustomer)
	return s.Phase == Connected && ok && e.Music
}

// Users are the agents and supervisors who take part, are asked to or wrap up, the one who has it in hand first.
func (s State) Users() (all []access.UserID) {
	if s.Agent != "" {
		all = append(all, s.Agent)
	}
	for _, p := range s.Parties {
		if p.User != "" {
			all = append(all, p.User)
		}
	}
	for _, h := range s.openHandovers() {
		if !slices.Contains(all, h.Agent) {
			all = append(all, h.Agent)
		}
	}
	return all
}
