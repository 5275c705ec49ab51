// Package routing decides who gets the next customer. It owns the places in line, the agents' seats
// and the reservations between them; it asks nobody while deciding and writes nothing down: after a
// restart it is told again. Matcher decides; Router is its owner in a running center.
package routing

import (
	"slices"
	"sort"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

// Matcher brings places and seats together. It has no clock and no goroutine: who owns it tells what happens and
// when. Not safe for concurrent use. Use NewMatcher.
type Matcher struct {
	lines    map[queue.ID][]Place      // of everybody; in the order of Before
	personal map[access.UserID][]Place // for one agent only, likewise
	places   map[placeKey]Place
	seats    map[access.UserID]*seat
	free     Free              // those of seats that are
	queues   map[queue.ID]bool // those there are, and those there were: false
}

// placeKey names a place: an interaction may have one of its customer and one of each party it asks for.
type placeKey struct {
	id    interaction.ID
	party interaction.PartyID
}

func keyOf(p Place) placeKey { return placeKey{p.Interaction, p.Party} }

// seat is an agent's capacity for exclusive work: one interaction, and with a second line another one
// while the first is on hold.
type seat struct {
	agent Agent
	idle  time.Time
	work  map[interaction.ID]bool // what it is reserved for; true: on hold
	gone  bool                    // to be forgotten once it is free
	told  int                     // how often he was made not ready from here
}

func newSeat(a Agent) *seat { return &seat{agent: a, work: make(map[interaction.ID]bool)} }

// free says whether another interaction may be offered.
func (s *seat) free() bool {
	lines := 1
	if s.agent.SecondLine {
		lines = 2
	}
	if !s.agent.Ready || len(s.work) >= lines {
		return false
	}
	for _, held := range s.work {
		if !held {
			return false
		}
	}
	return true
}

// NewMatcher gives one that knows nobody.
func NewMatcher() *Matcher {
	return &Matcher{
		lines:    make(map[queue.ID][]Place),
		personal: make(map[access.UserID][]Place),
		places:   make(map[placeKey]Place),
		seats:    make(map[access.UserID]*seat),
		queues:   make(map[queue.ID]bool),
	}
}

// SetRules changes what holds for all queues.
func (m *Matcher) SetRules(Rules) {}

// SetQueues tells all queues there are. Who waits in one that is no longer there would wait for ever, since nobody
// serves it: his place is taken out and given back.
func (m *Matcher) SetQueues(_ time.Time, all []Queue) (stranded []Place) {
	for id := range m.queues {
		m.queues[id] = false
	}
	for _, q := range all {
		m.queues[q.ID] = true
	}
	for id, line := range m.lines {
		if !m.removed(id) {
			continue
		}
		for _, p := range slices.Clone(line) {
			m.remove(keyOf(p))
			stranded = append(stranded, p)
		}
	}
	return stranded
}

// removed says whether a queue was there and is there no longer. One that nobody told of is just being made.
func (m *Matcher) removed(id queue.ID) bool {
	there, known := m.queues[id]
	return known && !there
}

// Enqueue adds a place. A second one for the same customer or party replaces the first. Not ok: its queue was
// removed, there is no place for it.
func (m *Matcher) Enqueue(_ time.Time, p Place) (ok bool) {
	m.remove(keyOf(p))
	switch {
	case p.Only != "":
		m.personal[p.Only] = inserted(m.personal[p.Only], p)
	case m.removed(p.Queue):
		return false
	default:
		m.lines[p.Queue] = inserted(m.lines[p.Queue], p)
	}
	m.places[keyOf(p)] = p
	return true
}

// inserted puts a place where it belongs.
func inserted(line []Place, p Place) []Place {
	i := sort.Search(len(line), func(i int) bool { return Before(p, line[i]) })
	return slices.Insert(line, i, p)
}

// Waits says whether the customer, or a party, has a place.
func (m *Matcher) Waits(id interaction.ID, party interaction.PartyID) bool {
	_, ok := m.places[placeKey{id, party}]
	return ok
}

// Withdraw removes a place; one that is not there is no mistake.
func (m *Matcher) Withdraw(id interaction.ID, party interaction.PartyID) {
	m.remove(placeKey{id, party})
}

// Keep reserves the seat of an agent for what he had in hand before a restart. One who is not known yet is
// remembered by his seat.
func (m *Matcher) Keep(_ time.Time, id interaction.ID, agent access.UserID) {
	s := m.seat(agent)
	s.work[id] = false
	m.changed(s)
}

func (m *Matcher) seat(agent access.UserID) *seat {
	s := m.seats[agent]
	if s == nil {
		s = newSeat(Agent{ID: agent})
		m.seats[agent] = s
	}
	return s
}

// Take reserves the seat of an agent for what he begins by himself, ready or not; false: something else but beside,
// which he has in hand without talking (empty: nothing), is reserved for him.
func (m *Matcher) Take(_ time.Time, id interaction.ID, agent access.UserID, beside interaction.ID) bool {
	s := m.seat(agent)
	_, has := s.work[beside]
	free := len(s.work) == 0 || has && len(s.work) == 1
	if free {
		s.work[id] = false
		m.changed(s)
	}
	return free
}

// Hold tells that an agent has put a customer on hold, or taken him back.
func (m *Matcher) Hold(_ time.Time, id interaction.ID, agent access.UserID, on bool) {
	if s := m.seats[agent]; s != nil {
		if _, mine := s.work[id]; mine {
			s.work[id] = on
			m.changed(s)
		}
	}
}

// Release ends a reservation; a second call is harmless. It says whether the agent was made not ready by it.
func (m *Matcher) Release(now time.Time, rel interaction.Release) (told bool) {
	s := m.seats[rel.Agent]
	if s == nil {
		return false
	}
	if _, mine := s.work[rel.Interaction]; !mine {
		return false
	}
	delete(s.work, rel.Interaction)
	s.idle = now
	if rel.NotReady != "" {
		s.agent.Ready = false
		s.told++
		told = true
	}
	m.changed(s)
	m.forget(s)
	return told
}

// GiveBack ends a reservation that was not used: the agent keeps his turn. A second call is harmless.
func (m *Matcher) GiveBack(_ time.Time, id interaction.ID, agent access.UserID) {
	s := m.seats[agent]
	if s == nil {
		return
	}
	delete(s.work, id)
	m.changed(s)
	m.forget(s)
}

// forget drops a removed agent's seat once it is free.
func (m *Matcher) forget(s *seat) {
	if s.gone && len(s.work) == 0 {
		delete(m.seats, s.agent.ID)
	}
}

// SetAgent adds an agent or changes what is known about him. A running interaction is not touched.
func (m *Matcher) SetAgent(now time.Time, a Agent) {
	s := m.seats[a.ID]
	if s == nil {
		s = newSeat(Agent{})
		m.seats[a.ID] = s
	}
	if a.Misses < s.told {
		a.Ready = false // somebody said so before he heard of the miss
	}
	if a.Ready && !s.agent.Ready {
		s.idle = now
	}
	s.agent, s.gone = a, false
	m.changed(s)
}

// RemoveAgent forgets an agent once his seat is free; until then he gets nothing new.
func (m *Matcher) RemoveAgent(_ time.Time, id access.UserID) {
	s := m.seats[id]
	switch {
	case s == nil:
	case len(s.work) == 0:
		m.free.Remove(id)
		delete(m.seats, id)
	default:
		s.agent.Ready, s.gone = false, true
		m.changed(s)
	}
}

// Position is an interaction's place in its line, 1 for the first; 0: it does not wait, or for one agent only.
func (m *Matcher) Position(id interaction.ID) int {
	p, ok := m.places[placeKey{id: id}]
	if !ok || p.Only != "" {
		return 0
	}
	return slices.IndexFunc(m.lines[p.Queue], func(o Place) bool { return o.Interaction == id }) + 1
}

// Held is how many seats are reserved and how many places are kept; both are zero when nothing runs.
func (m *Matcher) Held() (seats, places int) {
	for _, s := range m.seats {
		seats += len(s.work)
	}
	return seats, len(m.places)
}

// Holds is what is reserved and who has a place in line.
func (m *Matcher) Holds() (h Holding) {
	for user, s := range m.seats {
		for id := range s.work {
			h.Seats = append(h.Seats, Reservation{user, id})
		}
	}
	for _, p := range m.places {
		h.Places = append(h.Places, p)
	}
	return h
}

func (m *Matcher) remove(key placeKey) {
	p, ok := m.places[key]
	if !ok {
		return
	}
	delete(m.places, key)
	if p.Only != "" {
		removeFrom(m.personal, p.Only, key)
	} else {
		removeFrom(m.lines, p.Queue, key)
	}
}

func removeFrom[K comparable](lines map[K][]Place, at K, key placeKey) {
	line := slices.DeleteFunc(lines[at], func(o Place) bool { return keyOf(o) == key })
	if len(line) == 0 {
		delete(lines, at)
		return
	}
	lines[at] = line
}

// Match makes every reservation that is possible now, in the order in which it is made. Who asks for one agent comes
// before who takes anybody.
func (m *Matcher) Match(time.Time) (pairs []Pair) {
	for id, own := range m.personal {
		if s := m.seats[id]; s != nil && s.free() {
			pairs = append(pairs, m.reserve(own[0], s))
		}
	}
	for {
		p, ok := Next(m.lines, &m.free)
		if !ok {
			return pairs
		}
		pairs = append(pairs, m.reserve(p.Place, m.seats[p.Agent]))
	}
}

// Unserved are the places whose needs nobody who serves the queue has, ready or not, in no order.
func (m *Matcher) Unserved(time.Time) []Place { return nil }

// Next is when something changes by itself, so that Match is to be called again; zero: never.
func (m *Matcher) Next(time.Time) time.Time { return time.Time{} }

// changed brings a seat's place among the free ones up to date; to be called whenever anything that it
// hangs on has changed.
func (m *Matcher) changed(s *seat) {
	if s.free() {
		m.free.Put(Seat{s.agent.ID, s.agent.Queues, s.idle})
	} else {
		m.free.Remove(s.agent.ID)
	}
}

func (m *Matcher) reserve(p Place, s *seat) Pair {
	m.remove(keyOf(p))
	s.work[p.Interaction] = false
	m.changed(s)
	return Pair{p, s.agent.ID}
}
