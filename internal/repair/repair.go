// Package repair compares what the parts of the product believe of the running interactions: their actors,
// the legs and calls of telephony, seats and places of routing, what screens show, open records. Parts are
// told of each other's changes and may miss one, by a mistake of ours; nobody should have to look for a page
// to reset things then. Compare finds what differs, Watch what differed twice in a row, so that a change on
// its way is not taken for a mistake. Looking and fixing is app's.
package repair

import (
	"slices"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
)

// Kind is what is wrong.
type Kind string

// The kinds of differences, and what is done about each.
const (
	SeatKept    Kind = "seat_kept"    // a seat is reserved for what the agent does not have in hand: released
	LegAstray   Kind = "leg_astray"   // a customer's leg without an interaction that has him: hung up
	CallAstray  Kind = "call_astray"  // a SIP call of an interaction that has no leg: hung up
	LegLost     Kind = "leg_lost"     // an interaction has a customer without a leg: he has left
	PlaceAstray Kind = "place_astray" // a place in line of nobody who waits: withdrawn
	PlaceLost   Kind = "place_lost"   // somebody waits without a place: enqueued, since when he waits
	ShownWrong  Kind = "shown_wrong"  // screens show an agent with what he does not have, or without what he has: shown anew
	RecordOpen  Kind = "record_open"  // a record is open that nobody works on: closed by the system
)

// Kinds are all of them.
func Kinds() []Kind {
	return []Kind{SeatKept, LegAstray, CallAstray, LegLost, PlaceAstray, PlaceLost, ShownWrong, RecordOpen}
}

// Difference is one thing that is wrong. It is comparable: the same trouble gives the same Difference.
type Difference struct {
	Kind        Kind
	Interaction interaction.ID
	Agent       access.UserID       // of SeatKept and ShownWrong
	Party       interaction.PartyID // of PlaceAstray and PlaceLost; empty: the customer
	Call        string              // of CallAstray: its Call-ID
}

// Seat is a reserved one.
type Seat struct {
	Agent       access.UserID
	Interaction interaction.ID
}

// Call is a SIP call that belongs to an interaction and is not over.
type Call struct {
	ID          string
	Interaction interaction.ID
}

// Look is what the parts say at one time.
type Look struct {
	States  map[interaction.ID]interaction.State // open ones, as committed
	Running map[interaction.ID]bool              // those with an actor
	Busy    map[interaction.ID]bool              // of these: those whose actor has inputs to work on
	Legs    []interaction.ID                     // customers'
	Calls   []Call
	Seats   []Seat
	Places  []interaction.Place
	Shown   map[access.UserID][]interaction.ID // what screens show in each agent's hand
	Records []interaction.ID                   // open in the database
}

// running is the state of an interaction that runs.
func (l Look) running(id interaction.ID) (interaction.State, bool) {
	s, ok := l.States[id]
	return s, ok && l.Running[id]
}

// Compare finds what is wrong, in a fixed order of kinds; none is in the list twice. Of an interaction that is busy
// nothing is: it was told already of what the others know, and cannot write it down while the disk stalls.
func Compare(l Look) []Difference {
	var all []Difference
	add := func(d Difference) {
		if !l.Busy[d.Interaction] && !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	for _, seat := range l.Seats {
		if s, ok := l.running(seat.Interaction); !ok || !s.InHand(seat.Agent) {
			add(Difference{Kind: SeatKept, Interaction: seat.Interaction, Agent: seat.Agent})
		}
	}
	l.compareLegs(add)
	l.comparePlaces(add)
	l.compareShown(add)
	for _, id := range l.Records {
		if !l.Running[id] {
			add(Difference{Kind: RecordOpen, Interaction: id})
		}
	}
	return all
}

// compareLegs looks at telephony.
func (l Look) compareLegs(add func(Difference)) {
	legs := make(map[interaction.ID]bool, len(l.Legs))
	for _, id := range l.Legs {
		legs[id] = true
		if s, ok := l.running(id); !ok || !s.HasCustomer() && !s.Promised() {
			add(Difference{Kind: LegAstray, Interaction: id})
		}
	}
	for id, s := range l.States { // told before its call is hung up, which would seem to be the customer's doing
		if l.Running[id] && !legs[id] && s.HasCustomer() && s.Arrival.Channel == interaction.Voice {
			add(Difference{Kind: LegLost, Interaction: id})
		}
	}
	for _, c := range l.Calls {
		if !legs[c.Interaction] {
			add(Difference{Kind: CallAstray, Interaction: c.Interaction, Call: c.ID})
		}
	}
}

// comparePlaces looks at the lines.
func (l Look) comparePlaces(add func(Difference)) {
	type key struct {
		id    interaction.ID
		party interaction.PartyID
	}
	there := make(map[key]bool, len(l.Places))
	for _, p := range l.Places {
		there[key{p.Interaction, p.Party}] = true
		s, ok := l.running(p.Interaction)
		if !ok || !slices.ContainsFunc(s.Places(), func(want interaction.Place) bool { return want.Party == p.Party }) {
			add(Difference{Kind: PlaceAstray, Interaction: p.Interaction, Party: p.Party})
		}
	}
	for id, s := range l.States {
		if !l.Running[id] {
			continue
		}
		for _, want := range s.Places() {
			if !there[key{id, want.Party}] {
				add(Difference{Kind: PlaceLost, Interaction: id, Party: want.Party})
			}
		}
	}
}

// compareShown looks at the screens.
func (l Look) compareShown(add func(Difference)) {
	for user, ids := range l.Shown {
		for _, id := range ids {
			if s, ok := l.running(id); !ok || !s.InHand(user) {
				add(Difference{Kind: ShownWrong, Interaction: id, Agent: user})
			}
		}
	}
	for id, s := range l.States {
		if !l.Running[id] {
			continue
		}
		for _, user := range s.Users() {
			if s.InHand(user) && !slices.Contains(l.Shown[user], id) {
				add(Difference{Kind: ShownWrong, Interaction: id, Agent: user})
			}
		}
	}
}

// Watch knows what differed at the look before. Its zero value has seen nothing. One goroutine uses it.
type Watch struct{ before []Difference }

// Due takes what differs now and gives what differed at the look before too. What was due has to be seen
// twice again.
func (w *Watch) Due(now []Difference) (due []Difference) {
	var rest []Difference
	for _, d := range now {
		if slices.Contains(w.before, d) {
			due = append(due, d)
		} else {
			rest = append(rest, d)
		}
	}
	w.before = rest
	return due
}
