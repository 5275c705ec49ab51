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
// changed since the last match: the seats and classes that are dirty.
func (m *Matcher) Match(now time.Time) (pairs []Pair) {
	at := now.UnixNano()
	m.advance(at)
	m.matches++
	slices.SortFunc(m.dirtySeats, func(a, b *seat) int { return strings.Compare(string(a.agent.ID), string(b.agent.ID)) })
	m.reweigh()
	turns := contest{order: m.rules.Order, now: at}
	for _, s := range m.dirtySeats {
		pairs = m.matchOwn(pairs, s, at)
		m.enterFor(&turns, s)
	}
	for _, c := range m.dirtyClasses {
		c.dirty, c.fresh = false, m.matches
		m.enter(&turns, c)
	}
	m.dirtyClasses = m.dirtyClasses[:0]
	heap.Init(&turns)
	for len(turns.classes) > 0 {
		c := turns.classes[0]
		s := m.choose(c, at)
		if s == nil {
			heap.Pop(&turns)
			continue
		}
		pairs = append(pairs, m.reserve(c.head, s, at))
		if c.waiting.len() == 0 {
			heap.Pop(&turns)
			continue
		}
		turns.raise(c)
		heap.Fix(&turns, 0)
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

// enterFor lets all classes compete that a seat may take.
func (m *Matcher) enterFor(turns *contest, s *seat) {
	if s.slots == 0 {
		return
	}
	for _, sv := range s.profile.serves {
		for _, skill := range s.profile.skills {
			for _, c := range sv.line.classes[skill] {
				if c.match != m.matches && s.slots.has(c.slot) && sv.admits(c) {
					m.enter(turns, c)
				}
			}
		}
	}
}

// enter lets a class compete, once.
func (m *Matcher) enter(turns *contest, c *class) {
	if c.match != m.matches && c.waiting.len() > 0 {
		c.match = m.matches
		turns.raise(c)
		turns.classes = append(turns.classes, c)
	}
}

// choose is the free seat that takes the first of a class; nil: there is none.
func (m *Matcher) choose(c *class, now int64) *seat {
	strategy := c.line.set.Strategy
	c0 := chooser{class: c, now: now, strategy: strategy, less: kindOf(strategy).order()}
	if strategy == queue.Random {
		return m.any(&c0)
	}
	if c.fresh != m.matches && len(m.dirtySeats) < len(c.line.free) {
		m.chooseChanged(&c0)
		return c0.best
	}
	for _, sv := range c.line.free {
		if !sv.admits(c) {
			continue
		}
		if s := m.soonest(sv.profile.order(c.slot, kindOf(strategy)), c.line, now); s != nil {
			c0.consider(s)
		}
	}
	return c0.best
}

// chooseChanged considers the seats that have changed: to whom nobody came there is no other that fits.
func (m *Matcher) chooseChanged(c *chooser) {
	for _, s := range m.dirtySeats {
		if !s.slots.has(c.class.slot) || m.capped(s, c.class.line, c.now) {
			continue
		}
		if sv := s.profile.serve(c.class.line); sv != nil && sv.admits(c.class) {
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
	most := 0
	for _, sv := range c.class.line.free {
		if !sv.admits(c.class) {
			continue
		}
		liked := sv.profile.liked(c.class, false)
		if len(all) > 0 && liked < most {
			continue
		}
		for s := range sv.profile.order(c.class.slot, byIdle).all() {
			if m.capped(s, c.class.line, c.now) {
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

// reserve gives a place to a seat.
func (m *Matcher) reserve(w *waiter, s *seat, now int64) Pair {
	p := w.place
	m.departs(w, now, true)
	m.withdraw(keyOf(p))
	m.change(s, now, func() {
		m.turns++
		s.turn = m.turns
		s.handled++
		taken := work{id: p.Interaction, medium: p.Medium, since: now}
		if p.Queue != "" {
			taken.queue = m.line(p.Queue)
			s.count(taken.queue, now)
		}
		s.put(taken)
	})
	return Pair{p, s.agent.ID}
}

// raise takes the first of a class for its head.
func (t *contest) raise(c *class) {
	c.head, _ = c.waiting.first()
	waited := float64(max(0, t.now-c.head.since))
	switch t.order {
	case ByCost:
		c.cost = c.line.price(time.Duration(waited))
	case ByRatio:
		c.cost = c.line.share * waited
	default:
		c.cost = 0
	}
}

// contest is the classes of a match: whose first comes next, goes first. It implements heap.Interface.
type contest struct {
	classes []*class
	order   Order
	now     int64
}

// Less implements heap.Interface, as do Len, Swap, Push and Pop.
func (t *contest) Less(i, j int) bool {
	a, b := t.classes[i], t.classes[j]
	switch {
	case a.overdue != b.overdue:
		return a.overdue
	case a.overdue:
		return longer(a.head, b.head)
	case a.head.priority != b.head.priority:
		return a.head.priority > b.head.priority
	case a.head.place.Head != b.head.place.Head:
		return a.head.place.Head
	case a.cost != b.cost:
		return a.cost > b.cost
	}
	return longer(a.head, b.head)
}

// Len see Less.
func (t *contest) Len() int { return len(t.classes) }

// Swap see Less.
func (t *contest) Swap(i, j int) { t.classes[i], t.classes[j] = t.classes[j], t.classes[i] }

// Push see Less.
func (t *contest) Push(x any) { t.classes = append(t.classes, x.(*class)) }

// Pop see Less.
func (t *contest) Pop() any {
	last := len(t.classes) - 1
	c := t.classes[last]
	t.classes = t.classes[:last]
	return c
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
