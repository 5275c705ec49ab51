// Package routing decides who gets the next customer. It owns the places in line, the agents' seats
// and the reservations between them; it asks nobody while deciding and writes nothing down: after a
// restart it is told again. Matcher decides; Router is its owner in a running center.
package routing

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
)

// Matcher brings places and seats together. It has no clock and no goroutine: who owns it tells what happens and
// when. Told the same, it decides the same. A time before that of an earlier call is harmless. Not safe for
// concurrent use. Use NewMatcher.
type Matcher struct {
	rules    Rules
	lines    map[queue.ID]*line
	places   map[placeKey]*waiter
	own      map[access.UserID]*tree[*waiter] // for one agent only, for good or for now
	classes  map[string]*class
	gates    map[string]*gate
	seats    map[access.UserID]*seat
	profiles map[string]*profile
	skills   map[skill.ID]int
	slots    []interaction.Medium // those that were waited in so far; each has its number
	alarms   schedule
	taken    uint64 // reservations so far
	matches  uint64
	dice     *rand.Rand
	pasts    map[access.UserID]*past // of those without a seat yet
	turned   map[access.UserID]uint64

	dirtySeats []*seat // who may have got room since the last match
	dirtyGates []*gate // where somebody came in since, and nobody was before
	restand    bool    // what places ask for may have changed
	stale      []*line // whose service level has changed since

	// Used again and again.
	turns contest
	key   []byte
	needs []need
	likes []int
}

// placeKey names a place: an interaction may have one of its customer and one of each party it asks for.
type placeKey struct {
	id    interaction.ID
	party interaction.PartyID
}

func keyOf(p Place) placeKey { return placeKey{p.Interaction, p.Party} }

func (k placeKey) compare(o placeKey) int {
	return cmp.Or(cmp.Compare(k.id, o.id), cmp.Compare(k.party, o.party))
}

// NewMatcher gives one that knows nobody.
func NewMatcher() *Matcher {
	m := &Matcher{
		lines:    make(map[queue.ID]*line),
		places:   make(map[placeKey]*waiter),
		own:      make(map[access.UserID]*tree[*waiter]),
		classes:  make(map[string]*class),
		gates:    make(map[string]*gate),
		seats:    make(map[access.UserID]*seat),
		profiles: make(map[string]*profile),
		skills:   make(map[skill.ID]int),
	}
	m.SetRules(Rules{})
	m.open(interaction.Voice, 0)
	return m
}

// SetRules changes what holds for all queues.
func (m *Matcher) SetRules(rules Rules) {
	if rules.Overdue <= 0 {
		rules.Overdue = UsualOverdue
	}
	if m.dice == nil || rules.Seed != m.rules.Seed {
		m.dice = rand.New(rand.NewPCG(rules.Seed, 0))
	}
	m.restand = m.restand || rules.Overdue != m.rules.Overdue
	m.rules = rules
}

// line finds a queue, or makes one that nobody told of yet.
func (m *Matcher) line(id queue.ID) *line {
	l := m.lines[id]
	if l == nil {
		l = &line{set: Queue{ID: id}, number: len(m.lines), handle: UsualHandle.Seconds()}
		l.weigh()
		m.lines[id] = l
	}
	return l
}

// SetQueues tells all queues there are. Who waits in one that is no longer there would wait for ever, since nobody
// serves it: his place is taken out and given back.
func (m *Matcher) SetQueues(_ time.Time, all []Queue) (stranded []Place) {
	for _, l := range m.lines {
		l.there = false
	}
	for _, q := range all {
		l := m.line(q.ID)
		l.known, l.there = true, true
		m.restand = m.restand || q.Ageing != l.set.Ageing || !slices.Equal(q.Rings, l.set.Rings)
		l.set = q
		l.set.Rings = slices.Clone(q.Rings)
		l.weigh()
	}
	for _, w := range m.places {
		if w.place.Only == "" && m.removed(w.place.Queue) {
			stranded = append(stranded, w.place)
		}
	}
	slices.SortFunc(stranded, func(a, b Place) int {
		if Before(a, b) {
			return -1
		}
		return 1
	})
	for _, p := range stranded {
		m.withdraw(keyOf(p))
	}
	return stranded
}

// removed says whether a queue was there and is there no longer. One that nobody told of is just being made.
func (m *Matcher) removed(id queue.ID) bool {
	l := m.lines[id]
	return l != nil && l.known && !l.there
}

// MeanHandle is how long interactions of a queue take, as far as it is known: UsualHandle at first.
func (m *Matcher) MeanHandle(id queue.ID) time.Duration {
	if l := m.lines[id]; l != nil {
		return time.Duration(l.handle * float64(time.Second))
	}
	return UsualHandle
}

// Enqueue adds a place. A second one for the same customer or party replaces the first. Not ok: its queue was
// removed, there is no place for it.
func (m *Matcher) Enqueue(now time.Time, p Place) (ok bool) {
	m.withdraw(keyOf(p))
	if p.Only == "" && m.removed(p.Queue) {
		return false
	}
	p.Needs = slices.Clone(p.Needs)
	w := newWaiter(p)
	m.places[keyOf(p)] = w
	m.stand(w, now.UnixNano())
	return true
}

// Waits says whether the customer, or a party, has a place.
func (m *Matcher) Waits(id interaction.ID, party interaction.PartyID) bool {
	_, ok := m.places[placeKey{id, party}]
	return ok
}

// Withdraw removes a place; one that is not there is no mistake.
func (m *Matcher) Withdraw(id interaction.ID, party interaction.PartyID) {
	key := placeKey{id, party}
	if w := m.places[key]; w != nil {
		m.departs(w, 0, false)
		m.withdraw(key)
	}
}

func (m *Matcher) withdraw(key placeKey) {
	w := m.places[key]
	if w == nil {
		return
	}
	delete(m.places, key)
	m.step(w)
	m.alarms.set(&w.alarm, never)
}

// seat finds an agent's seat. One who is not known yet gets one.
func (m *Matcher) seat(agent access.UserID) *seat {
	s := m.seats[agent]
	if s == nil {
		s = newSeat(agent)
		m.seats[agent] = s
		m.recall(s)
		m.join(s, m.profileOf(s.agent))
	}
	return s
}

// change brings the lists up to date with what is done to a seat.
func (m *Matcher) change(s *seat, now int64, do func()) {
	if s.profile != nil {
		s.profile.drop(s)
	}
	s.slots = 0
	do()
	if s.gone && len(s.work) == 0 {
		m.leave(s)
		m.alarms.set(&s.alarm, never)
		delete(m.seats, s.agent.ID)
		return
	}
	for i, medium := range m.slots {
		if fits(s.agent, s.work, medium) {
			s.slots |= bitOf(i)
		}
	}
	s.profile.add(s)
	m.wake(s, now)
}

// wake has the next match look at a seat, if it has room, and again when a cap ends.
func (m *Matcher) wake(s *seat, now int64) {
	next := int64(never)
	for _, c := range s.agent.Caps {
		if until := s.reached(c, now); until > 0 {
			next = min(next, until)
		}
	}
	m.alarms.set(&s.alarm, next)
	if s.slots != 0 && !s.dirty {
		s.dirty = true
		m.dirtySeats = append(m.dirtySeats, s)
	}
}

// slot is a channel's number. All channels that take the whole of an agent have the same.
func (m *Matcher) slot(medium interaction.Medium) int {
	if !shared(medium) {
		medium = interaction.Voice
	}
	return slices.Index(m.slots, medium)
}

// open gives a channel its number. At its first time all seats are looked at.
func (m *Matcher) open(medium interaction.Medium, now int64) {
	if !shared(medium) {
		medium = interaction.Voice
	}
	if slices.Contains(m.slots, medium) {
		return
	}
	m.slots = append(m.slots, medium)
	for _, id := range slices.Sorted(maps.Keys(m.seats)) {
		m.change(m.seats[id], now, func() {})
	}
}

// Keep reserves the seat of an agent for what he had in hand before a restart. One who is not known yet is
// remembered by his seat.
func (m *Matcher) Keep(now time.Time, id interaction.ID, agent access.UserID) {
	s := m.seat(agent)
	m.change(s, now.UnixNano(), func() { s.put(work{id: id}) })
}

// Take reserves the seat of an agent for what he begins by himself, ready or not; false: something else but beside,
// which he has in hand without talking (empty: nothing), is reserved for him and does not yield.
func (m *Matcher) Take(now time.Time, id interaction.ID, agent access.UserID, beside interaction.ID) bool {
	s := m.seat(agent)
	if !mayBegin(s.work, beside) {
		return false
	}
	m.change(s, now.UnixNano(), func() { s.put(work{id: id}) })
	return true
}

// Hold tells that an agent has put a customer on hold, or taken him back.
func (m *Matcher) Hold(now time.Time, id interaction.ID, agent access.UserID, on bool) {
	s := m.seats[agent]
	if s == nil || s.has(id) < 0 {
		return
	}
	m.change(s, now.UnixNano(), func() { s.work[s.has(id)].held = on })
}

// Release ends a reservation; a second call is harmless. It says whether the agent was made not ready by it.
func (m *Matcher) Release(now time.Time, rel interaction.Release) (told bool) {
	s, at := m.seats[rel.Agent], now.UnixNano()
	if s == nil || s.has(rel.Interaction) < 0 {
		return false
	}
	m.change(s, at, func() {
		w := s.take(rel.Interaction)
		s.idle = at
		if told = rel.NotReady != ""; told {
			s.agent.Ready = false
			s.told++
		}
		if rel.NotReady == interaction.NotReadyMissed {
			s.undo(w)
		} else if w.queue != nil && !told {
			w.queue.learn(time.Duration(at - w.since))
		}
	})
	m.reopen(s, at)
	return told
}

// GiveBack ends a reservation that was not used: the agent keeps his turn. A second call is harmless.
func (m *Matcher) GiveBack(now time.Time, id interaction.ID, agent access.UserID) {
	s := m.seats[agent]
	if s == nil || s.has(id) < 0 {
		return
	}
	m.change(s, now.UnixNano(), func() { s.undo(s.take(id)) })
}

// SetAgent adds an agent or changes what is known about him. A running interaction is not touched.
func (m *Matcher) SetAgent(now time.Time, a Agent) {
	a = a.clone()
	s, at := m.seat(a.ID), now.UnixNano()
	if a.Misses < s.told {
		a.Ready = false // somebody said so before he heard of the miss
	}
	m.change(s, at, func() {
		before, was := s.agent, s.here()
		if a.Ready && !before.Ready {
			s.idle = s.recallIdle(at)
		}
		s.agent, s.gone = a, false
		s.recallCaps(m.line)
		if !was && s.here() {
			s.handled = s.recallHandled(at)
		}
		if !sameAbilities(a, before) {
			m.join(s, m.profileOf(a))
		}
	})
	m.reopen(s, at)
}

func sameAbilities(a, b Agent) bool {
	return slices.Equal(a.Queues, b.Queues) && slices.Equal(a.Skills, b.Skills) && maps.Equal(a.Tiers, b.Tiers)
}

// RemoveAgent forgets an agent once his seat is free; until then he gets nothing new.
func (m *Matcher) RemoveAgent(now time.Time, id access.UserID) {
	s, at := m.seats[id], now.UnixNano()
	if s == nil {
		return
	}
	m.change(s, at, func() { s.agent.Ready, s.agent.Present, s.gone = false, false, true })
	m.reopen(s, at)
}

// Position is an interaction's place in its line, 1 for the first; 0: it does not wait, or for one agent only.
func (m *Matcher) Position(id interaction.ID) int {
	w := m.places[placeKey{id: id}]
	if w == nil || w.place.Only != "" {
		return 0
	}
	before := 0
	late := w.class != nil && w.class.gate.overdue
	for g := range m.line(w.place.Queue).gates {
		for c := range g.classes.all() {
			switch {
			case g.overdue == late:
				before += c.waiting.rank(w)
			case g.overdue:
				before += c.waiting.len()
			}
		}
	}
	return before + 1
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
		for _, w := range s.work {
			h.Seats = append(h.Seats, Reservation{user, w.id})
		}
	}
	for _, w := range m.places {
		h.Places = append(h.Places, w.place)
	}
	return h
}

// Unserved are the places whose needs nobody who serves the queue has, ready or not, and those of queues nobody
// serves; in no order.
func (m *Matcher) Unserved(now time.Time) (all []Place) {
	m.advance(now.UnixNano())
	for _, g := range m.gates {
		if slices.ContainsFunc(g.line.serves, func(sv *serve) bool { return sv.profile.able(g) }) {
			continue
		}
		for c := range g.classes.all() {
			for w := range c.waiting.all() {
				all = append(all, w.place)
			}
		}
	}
	return all
}
