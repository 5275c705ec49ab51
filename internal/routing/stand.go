package routing

import (
	"encoding/binary"
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
	w.class = c
	c.waiting.insert(w)
	if !c.dirty {
		c.dirty = true
		m.dirtyClasses = append(m.dirtyClasses, c)
	}
}

// step takes a place out of where it stands.
func (m *Matcher) step(w *waiter) {
	if c := w.class; c != nil {
		w.class = nil
		c.waiting.remove(w)
		if c.waiting.len() == 0 {
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

// class finds the class of those who ask for the same, or makes it.
func (m *Matcher) class(l *line, w *waiter, is standing) *class {
	slot := m.slot(w.place.Medium)
	needs, likes := m.asks(w.place.Needs, is.levels)
	slices.SortFunc(needs, func(a, b need) int { return a.skill - b.skill })
	slices.Sort(likes)
	key := binary.AppendUvarint(nil, uint64(len(l.set.ID)))
	key = append(key, l.set.ID...)
	key = binary.AppendVarint(key, int64(is.ring))
	key = binary.AppendUvarint(key, uint64(slot)<<1|bit(is.overdue))
	key = binary.AppendUvarint(key, uint64(len(needs)))
	for _, n := range needs {
		key = binary.AppendUvarint(binary.AppendUvarint(key, uint64(n.skill)), uint64(n.level))
	}
	for _, id := range likes {
		key = binary.AppendUvarint(key, uint64(id))
	}
	if c := m.classes[string(key)]; c != nil {
		return c
	}
	c := &class{
		key: string(key), line: l, by: anySkill, ring: is.ring, overdue: is.overdue,
		slot: slot, needs: needs, likes: likes, waiting: newTree(inTurn),
	}
	if c.overdue {
		c.waiting = newTree(longer)
	}
	if len(needs) > 0 {
		c.by = needs[0].skill
	}
	m.classes[c.key] = c
	c.at = len(l.classes[c.by])
	l.classes[c.by] = append(l.classes[c.by], c)
	return c
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// endClass forgets a class in which nobody waits any more.
func (m *Matcher) endClass(c *class) {
	delete(m.classes, c.key)
	all := c.line.classes[c.by]
	last := all[len(all)-1]
	all[c.at], last.at = last, c.at
	if all = slices.Delete(all, len(all)-1, len(all)); len(all) == 0 {
		delete(c.line.classes, c.by)
		return
	}
	c.line.classes[c.by] = all
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
