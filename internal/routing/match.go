package routing

import (
	"container/heap"
	"slices"
	"strings"
	"time"

	"linekeeper/internal/queue"
)

// Match makes every reservation that is possible now, in the order in which it is made. Who is for one agent only
// comes before who takes anybody.
//
// After a match nobody waits whom a free agent may take. So only those can be brought together of whom one has
// changed since the last match: the seats and gates that are dirty.
func (m *Matcher) Match(now time.Time) (pairs []Pair) {
	at := now.UnixNano()
	m.advance(at)
	m.matches++
	slices.SortFunc(m.dirtySeats, func(a, b *seat) int { return strings.Compare(string(a.agent.ID), string(b.agent.ID)) })
	m.reweigh()
	m.turns.begin(m.rules.Order, at)
	for _, s := range m.dirtySeats {
		pairs = m.matchOwn(pairs, s, at)
		m.enterFor(s)
	}
	for _, g := range m.dirtyGates {
		g.dirty = false
		if g.classes.len() > 0 {
			g.fresh = m.matches
			m.turns.fresh++
			m.enter(g)
		}
	}
	m.dirtyGates = m.dirtyGates[:0]
	heap.Init(&m.turns)
	full := 0 // so many of the dirty seats have no room left, the first ones
	for len(m.turns.all) > 0 {
		for full < len(m.dirtySeats) && m.dirtySeats[full].slots == 0 {
			full++
		}
		if full == len(m.dirtySeats) && m.turns.fresh == 0 {
			break
		}
		c := m.turns.all[0].class
		g, s := c.gate, m.choose(c, at)
		if s != nil {
			pairs = append(pairs, m.reserve(c.first, s, at))
		}
		if s == nil || g.classes.len() == 0 {
			m.turns.leave()
			continue
		}
		m.turns.all[0] = g.turn(m.turns.order, at)
		heap.Fix(&m.turns, 0)
	}
	for _, s := range m.dirtySeats { // with those who have room left
		s.dirty = false
	}
	m.dirtySeats = m.dirtySeats[:0]
	return pairs
}

// matchOwn gives an agent those who are for him alone, as far as he has room.
func (m *Matcher) matchOwn(pairs []Pair, s *seat, now int64) []Pair {
	for s.slots != 0 {
		own := m.own[s.agent.ID]
		if own == nil {
			return pairs
		}
		var next *waiter
		for w := range own.all() {
			if s.slots.has(m.slot(w.place.Medium)) {
				next = w
				break
			}
		}
		if next == nil {
			return pairs
		}
		pairs = append(pairs, m.reserve(next, s, now))
	}
	return pairs
}

// enterFor lets all gates compete that are open to a seat.
func (m *Matcher) enterFor(s *seat) {
	if s.slots == 0 {
		return
	}
	for _, sv := range s.profile.serves {
		doors := sv.line.doors
		for _, has := range s.profile.skills {
			if at := has.skill - anySkill; at < len(doors) {
				for i := range doors[at] {
					if d := &doors[at][i]; has.level >= d.level && sv.tier <= d.ring && s.slots.has(d.slot) && s.profile.has(d.more) {
						m.enter(d.gate)
					}
				}
			}
		}
	}
}

// enter lets a gate at which somebody waits compete, once.
func (m *Matcher) enter(g *gate) {
	if g.match != m.matches {
		g.match = m.matches
		m.turns.all = append(m.turns.all, g.turn(m.turns.order, m.turns.now))
	}
}

// choose is the free seat that takes the first of a class; nil: there is none.
func (m *Matcher) choose(c *class, now int64) *seat {
	g := c.gate
	strategy := g.line.set.Strategy
	c0 := chooser{class: c, now: now, strategy: strategy, less: kindOf(strategy).order()}
	if strategy == queue.Random {
		return m.any(&c0)
	}
	if g.fresh != m.matches && len(m.dirtySeats) < len(g.line.free) {
		m.chooseChanged(&c0)
		return c0.best
	}
	for _, sv := range g.line.free {
		if !sv.admits(g) {
			continue
		}
		if s := m.soonest(sv.profile.order(g.slot, kindOf(strategy)), g.line, now); s != nil {
			c0.consider(s)
		}
	}
	return c0.best
}

// chooseChanged considers the seats that have changed: to whom nobody came there is no other that fits.
func (m *Matcher) chooseChanged(c *chooser) {
	g := c.class.gate
	for _, s := range m.dirtySeats {
		if !s.slots.has(g.slot) || m.capped(s, g.line, c.now) {
			continue
		}
		if sv := s.profile.serve(g.line); sv != nil && sv.admits(g) {
			c.consider(s)
		}
	}
}

// soonest is the first seat in an order that no cap keeps from the queue; nil: there is none.
func (m *Matcher) soonest(order *tree[*seat], l *line, now int64) *seat {
	if s, ok := order.first(); !ok || !m.capped(s, l, now) {
		return s
	}
	for s := range order.all() {
		if !m.capped(s, l, now) {
			return s
		}
	}
	return nil
}

// capped says whether a cap keeps a seat from a queue. Its end is waited for: who was free of it may have it again, when
// the clock was put back.
func (m *Matcher) capped(s *seat, l *line, now int64) bool {
	until := s.capped(l, now)
	if until > 0 && until != never && (s.alarm.index < 0 || until < s.alarm.at) {
		m.alarms.set(&s.alarm, until)
	}
	return until > 0
}

// any draws among those who have most of what is preferred.
func (m *Matcher) any(c *chooser) *seat {
	var all []*seat
	most, g := 0, c.class.gate
	for _, sv := range g.line.free {
		if !sv.admits(g) {
			continue
		}
		liked := sv.profile.liked(c.class, false)
		if len(all) > 0 && liked < most {
			continue
		}
		for s := range sv.profile.order(g.slot, byIdle).all() {
			if m.capped(s, g.line, c.now) {
				continue
			}
			if liked > most {
				all = all[:0]
			}
			most = liked
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[m.dice.IntN(len(all))]
}

// chooser finds the best of the seats it considers.
type chooser struct {
	class    *class
	now      int64
	strategy queue.Strategy
	less     func(a, b *seat) bool
	best     *seat
	liked    int
}

func (c *chooser) consider(s *seat) {
	liked := s.profile.liked(c.class, c.strategy == queue.ByLevel)
	if c.best == nil || c.better(s, liked) {
		c.best, c.liked = s, liked
	}
}

func (c *chooser) better(s *seat, liked int) bool {
	if liked != c.liked {
		return liked > c.liked
	}
	if c.strategy == queue.LeastFlexible && s.profile.flex != c.best.profile.flex {
		return s.profile.flex < c.best.profile.flex
	}
	return c.less(s, c.best)
}

// lineOf is the queue somebody waits in.
func (m *Matcher) lineOf(w *waiter) *line {
	if w.class != nil {
		return w.class.gate.line
	}
	return m.line(w.place.Queue)
}

// reserve gives a place to a seat.
func (m *Matcher) reserve(w *waiter, s *seat, now int64) Pair {
	p := w.place
	l := m.lineOf(w)
	m.departs(w, now, true)
	m.withdraw(keyOf(p))
	m.change(s, now, func() {
		m.taken++
		s.turn = m.taken
		s.handled++
		taken := work{id: p.Interaction, medium: p.Medium, since: now}
		if p.Queue != "" {
			taken.queue = l
			s.count(taken.queue, now)
		}
		s.put(taken)
	})
	return Pair{p, s.agent.ID}
}

// Next is when something changes by itself, so that Match is to be called again: a need is relaxed, a ring grows, a
// priority rises, somebody is overdue, what was one agent's is everybody's, a cap ends. Zero: never.
func (m *Matcher) Next(now time.Time) time.Time {
	switch {
	case m.restand:
		return now
	case len(m.alarms) == 0:
		return time.Time{}
	}
	return now.Add(time.Duration(m.alarms[0].at - now.UnixNano()))
}
