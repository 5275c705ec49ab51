package routing

import (
	"maps"
	"slices"

	"linekeeper/internal/access"
)

// stand puts a place where it belongs at a time, and sets its alarm for when it belongs elsewhere.
func (m *Matcher) stand(w *waiter, now int64) {
	m.step(w)
	m.open(w.place.Medium, now)
	if w.place.Only != "" {
		m.standFor(w, w.place.Only)
		return
	}
	if m.isFirsts(w, now) {
		m.alarms.set(&w.alarm, nanos(w.place.FirstUntil))
		m.standFor(w, w.place.First)
		return
	}
	w.opened = true
	l := m.line(w.place.Queue)
	is := w.stands(l.set, m.rules.Overdue, now)
	m.alarms.set(&w.alarm, is.until)
	w.priority = is.priority
	c := m.class(l, w, is)
	if g := c.gate; !g.dirty && g.classes.len() == 0 {
		g.dirty = true
		m.dirtyGates = append(m.dirtyGates, g)
	}
	c.add(w)
}

// step takes a place out of where it stands.
func (m *Matcher) step(w *waiter) {
	if c := w.class; c != nil {
		if c.remove(w); c.waiting.len() == 0 {
			m.endClass(c)
		}
		return
	}
	for _, agent := range []access.UserID{w.place.Only, w.place.First} {
		if own := m.own[agent]; own != nil {
			own.remove(w)
			if own.len() == 0 {
				delete(m.own, agent)
			}
		}
	}
}

// standFor puts a place into an agent's own line.
func (m *Matcher) standFor(w *waiter, agent access.UserID) {
	own := m.own[agent]
	if own == nil {
		own = newTree(inTurn)
		m.own[agent] = own
	}
	own.insert(w)
	if s := m.seats[agent]; s != nil && s.slots != 0 && !s.dirty {
		s.dirty = true
		m.dirtySeats = append(m.dirtySeats, s)
	}
}

// isFirsts says whether a place is still for the one agent who comes first. He is there and serves the queue.
func (m *Matcher) isFirsts(w *waiter, now int64) bool {
	p := w.place
	if w.opened || p.First == "" || now >= nanos(p.FirstUntil) {
		return false
	}
	s := m.seats[p.First]
	return s != nil && s.here() && slices.Contains(s.agent.Queues, p.Queue)
}

// reopen gives what was an agent's first to everybody when it is his no longer.
func (m *Matcher) reopen(s *seat, now int64) {
	own := m.own[s.agent.ID]
	if own == nil {
		return
	}
	for _, w := range slices.Collect(own.all()) {
		if w.place.Only == "" && !m.isFirsts(w, now) {
			m.stand(w, now)
		}
	}
}

// advance lets everything happen that happens by itself until now.
func (m *Matcher) advance(now int64) {
	if m.restand {
		m.restand = false
		for _, key := range slices.SortedFunc(maps.Keys(m.places), placeKey.compare) {
			m.stand(m.places[key], now)
		}
	}
	for a := m.alarms.due(now); a != nil; a = m.alarms.due(now) {
		if a.waiter != nil {
			m.stand(a.waiter, now)
		} else {
			m.wake(a.seat, now)
		}
	}
}
