package routing

import (
	"encoding/binary"
	"slices"
	"time"

	"linekeeper/internal/skill"
)

// gate is those who wait in one queue and may be taken by the same agents. Who of these is the best for him, they may
// not agree on: that divides them into classes. An agent who gets free looks at one of each gate: at the one whose turn it is.
type gate struct {
	key     string
	line    *line
	by, at  int // where it stands among the line's gates
	ring    int // agents of greater tiers must wait
	overdue bool
	slot    int    // its medium's
	needs   []need // what is required
	classes *tree[*class]
	first   head   // of the first class
	dirty   bool   // somebody came in since the last match, and nobody was here
	fresh   uint64 // the last match before which that happened

	// While a match goes on.
	match uint64 // the last one it took part in
}

// door is a gate as its line lists it: with what says whether an agent may take who waits there, so that the many who
// turn away do not look at the gate itself.
type door struct {
	gate  *gate
	ring  int
	slot  int
	level int    // of the skill by which it is listed
	more  []need // further needs
}

// head is whose turn it is in a class, with what orders him at hand.
type head struct {
	class    *class
	since    int64
	priority int
	before   bool // he had his turn already
}

func headOf(c *class) head {
	return head{c, c.first.since, c.first.priority, c.first.place.Head}
}

// class is those at a gate who prefer the same agents. Who waits behind another one of his class comes after him,
// whatever his wait costs.
type class struct {
	key     string
	gate    *gate
	likes   []int // skills of which more is better
	waiting *tree[*waiter]
	first   *waiter // nil: nobody waits, and the gate does not list it
}

// need is a level that a skill must have.
type need struct{ skill, level int }

// inOrder is whose turn it is of those who wait the same way in the same queue, if waiting costs the more the longer it is.
func (g *gate) inOrder(a, b *waiter) bool {
	if g.overdue {
		return longer(a, b)
	}
	return inTurn(a, b)
}

// add puts somebody into the class.
func (c *class) add(w *waiter) {
	w.class = c
	c.waiting.insert(w)
	if c.first == nil || c.gate.inOrder(w, c.first) {
		c.lead(w)
	}
}

// remove takes somebody out.
func (c *class) remove(w *waiter) {
	w.class = nil
	c.waiting.remove(w)
	if w == c.first {
		first, _ := c.waiting.first()
		c.lead(first)
	}
}

// lead lists the class at its gate by another first; nil: it does not list it any more.
func (c *class) lead(w *waiter) {
	g := c.gate
	alone := w != nil && c.first != nil && g.classes.len() == 1 // it is in order, whoever its first is
	if c.first != nil && !alone {
		g.classes.remove(c)
	}
	if c.first = w; w != nil && !alone {
		g.classes.insert(c)
	}
	if first, ok := g.classes.first(); ok {
		g.first = headOf(first)
	}
}

// turn is what a gate competes with at a time.
func (g *gate) turn(order Order, now int64) turn {
	t := turn{head: g.first, gate: g, overdue: g.overdue}
	wait := func(since int64) time.Duration { return time.Duration(max(0, now-since)) }
	waited := wait(t.since)
	switch {
	case g.overdue:
		return t
	case order == ByRatio:
		t.cost = g.line.share * float64(waited)
		return t
	case order != ByCost:
		return t
	}
	t.cost = g.line.price(waited)
	if g.classes.len() == 1 || !g.line.late(waited) {
		return t
	}
	// Who waits longest is late, which is cheaper than to be nearly so: the first who is not late may come before him.
	top := t.class.first
	other, ok := g.classes.firstNot(func(c *class) bool { return c.first.equals(top) && g.line.late(wait(c.first.since)) })
	if !ok || !other.first.equals(top) {
		return t
	}
	if cost := g.line.price(wait(other.first.since)); cost > t.cost {
		t.head, t.cost = headOf(other), cost
	}
	return t
}

// equals says whether nothing but their waits is between two who wait at a gate.
func (w *waiter) equals(o *waiter) bool {
	return w.priority == o.priority && w.place.Head == o.place.Head
}

// class finds the class of those who ask for the same, or makes it.
func (m *Matcher) class(l *line, w *waiter, is standing) *class {
	slot := m.slot(w.place.Medium)
	m.asks(w.place.Needs, is.levels)
	key := binary.AppendUvarint(m.key[:0], uint64(l.number))
	key = binary.AppendVarint(key, int64(is.ring))
	key = binary.AppendUvarint(key, uint64(slot)<<1|bit(is.overdue))
	key = binary.AppendUvarint(key, uint64(len(m.needs)))
	for _, n := range m.needs {
		key = binary.AppendUvarint(binary.AppendUvarint(key, uint64(n.skill)), uint64(n.level))
	}
	required := len(key)
	for _, id := range m.likes {
		key = binary.AppendUvarint(key, uint64(id))
	}
	m.key = key
	if c := m.classes[string(key)]; c != nil {
		return c
	}
	g := m.gates[string(key[:required])]
	if g == nil {
		g = &gate{
			key: string(key[:required]), line: l, by: anySkill, ring: is.ring, overdue: is.overdue,
			slot: slot, needs: slices.Clone(m.needs),
		}
		g.classes = newTree(func(a, b *class) bool { return g.inOrder(a.first, b.first) })
		if len(g.needs) > 0 {
			g.by = g.needs[0].skill
		}
		m.gates[g.key] = g
		l.list(g)
	}
	c := &class{key: string(key), gate: g, likes: slices.Clone(m.likes), waiting: newTree(g.inOrder)}
	m.classes[c.key] = c
	return c
}

// asks sorts needs into what is required and what is liked.
func (m *Matcher) asks(needs []skill.Need, levels []int) {
	m.needs, m.likes = m.needs[:0], m.likes[:0]
	for i, n := range needs {
		if id := m.skill(n.Skill); levels[i] > 0 {
			m.needs = append(m.needs, need{id, levels[i]})
		} else {
			m.likes = append(m.likes, id)
		}
	}
	slices.SortFunc(m.needs, func(a, b need) int { return a.skill - b.skill })
	slices.Sort(m.likes)
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// endClass forgets a class in which nobody waits any more, and its gate with the last.
func (m *Matcher) endClass(c *class) {
	delete(m.classes, c.key)
	g := c.gate
	if g.classes.len() > 0 {
		return
	}
	delete(m.gates, g.key)
	g.line.unlist(g)
}

// list gives a gate its door; unlist takes it away.
func (l *line) list(g *gate) {
	d := door{gate: g, ring: g.ring, slot: g.slot}
	if len(g.needs) > 0 {
		d.level, d.more = g.needs[0].level, g.needs[1:]
	}
	for len(l.doors) <= g.by-anySkill {
		l.doors = append(l.doors, nil)
	}
	some := &l.doors[g.by-anySkill]
	g.at = len(*some)
	*some = append(*some, d)
}

func (l *line) unlist(g *gate) {
	some := &l.doors[g.by-anySkill]
	last := len(*some) - 1
	(*some)[g.at] = (*some)[last]
	(*some)[g.at].gate.at = g.at
	(*some)[last] = door{}
	if *some = (*some)[:last]; last == 0 {
		*some = nil
	}
}

// gates gives all gates of the line.
func (l *line) gates(yield func(*gate) bool) {
	for _, some := range l.doors {
		for _, d := range some {
			if !yield(d.gate) {
				return
			}
		}
	}
}
