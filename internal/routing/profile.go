package routing

import (
	"fmt"
	"slices"
	"strings"

	"linekeeper/internal/queue"
)

// profile is the agents who serve the same queues with the same skills: what one may take, all may who have room.
type profile struct {
	key    string
	serves []*serve
	levels []int  // by the number of the skill
	skills []need // those they have, with their levels, and anySkill
	flex   int    // how many queues and skills
	seats  map[*seat]bool
	rooms  [maxSlots]*room // the free seats, by the channel they have room for
	free   int             // seats with any room
}

// serve is a profile's part in a queue.
type serve struct {
	profile *profile
	line    *line
	tier    int
	at      int // among the line's free ones; -1: nobody is free
}

// room is the free seats of a profile in the orders its queues ask for.
type room [kinds]*tree[*seat]

// kind is an order of seats.
type kind int

const (
	byIdle kind = iota
	byHandled
	byTurn
	kinds
)

func kindOf(s queue.Strategy) kind {
	switch s {
	case queue.LeastHandled:
		return byHandled
	case queue.RoundRobin:
		return byTurn
	}
	return byIdle
}

// order is what the strategy looks at, the longest idle, the lesser id.
func (k kind) order() func(a, b *seat) bool {
	switch k {
	case byHandled:
		return lessHandled
	case byTurn:
		return earlierTurn
	}
	return longerIdle
}

func longerIdle(a, b *seat) bool {
	if a.idle != b.idle {
		return a.idle < b.idle
	}
	return a.agent.ID < b.agent.ID
}

func lessHandled(a, b *seat) bool {
	if a.handled != b.handled {
		return a.handled < b.handled
	}
	return longerIdle(a, b)
}

func earlierTurn(a, b *seat) bool {
	if a.turn != b.turn {
		return a.turn < b.turn
	}
	return longerIdle(a, b)
}

// order is the seats with room for a channel in an order; it is kept from the first time it is asked for.
func (p *profile) order(slot int, k kind) *tree[*seat] {
	r := p.rooms[slot]
	if r == nil {
		r = new(room)
		p.rooms[slot] = r
	}
	if r[k] == nil {
		r[k] = newTree(k.order())
		for s := range p.seats {
			if s.slots.has(slot) {
				r[k].insert(s)
			}
		}
	}
	return r[k]
}

// add lists a seat by the room it has.
func (p *profile) add(s *seat) {
	if s.slots == 0 {
		return
	}
	for slot, r := range p.rooms {
		if r == nil || !s.slots.has(slot) {
			continue
		}
		for _, t := range r {
			if t != nil {
				t.insert(s)
			}
		}
	}
	if p.free++; p.free == 1 {
		for _, sv := range p.serves {
			sv.at = len(sv.line.free)
			sv.line.free = append(sv.line.free, sv)
		}
	}
}

// drop takes a seat out of the lists; to be called before anything changes that orders it.
func (p *profile) drop(s *seat) {
	if s.slots == 0 {
		return
	}
	for slot, r := range p.rooms {
		if r == nil || !s.slots.has(slot) {
			continue
		}
		for _, t := range r {
			if t != nil {
				t.remove(s)
			}
		}
	}
	if p.free--; p.free > 0 {
		return
	}
	for _, sv := range p.serves {
		free := sv.line.free
		last := free[len(free)-1]
		free[sv.at], last.at = last, sv.at
		sv.line.free, sv.at = free[:len(free)-1], -1
	}
}

// serve is the profile's part in a queue; nil: it has none.
func (p *profile) serve(l *line) *serve {
	for _, sv := range p.serves {
		if sv.line == l {
			return sv
		}
	}
	return nil
}

// level is how well the agents have a skill; 0: not at all.
func (p *profile) level(skill int) int {
	if skill < len(p.levels) {
		return p.levels[skill]
	}
	return 0
}

// admits says whether the profile's agents may take who waits at the gate.
func (sv *serve) admits(g *gate) bool { return sv.tier <= g.ring && sv.profile.able(g) }

// able says whether they have what it requires.
func (p *profile) able(g *gate) bool { return p.has(g.needs) }

func (p *profile) has(needs []need) bool {
	for _, n := range needs {
		if p.level(n.skill) < n.level {
			return false
		}
	}
	return true
}

// liked is how much they have of what the class prefers; with all, of what it requires too.
func (p *profile) liked(c *class, all bool) (sum int) {
	for _, id := range c.likes {
		sum += p.level(id)
	}
	if all {
		for _, n := range c.gate.needs {
			sum += p.level(n.skill)
		}
	}
	return sum
}

// profileOf finds an agent's profile, or makes it.
func (m *Matcher) profileOf(a Agent) *profile {
	queues := slices.Clone(a.Queues)
	slices.Sort(queues)
	queues = slices.Compact(queues) // one that is named twice is served once
	p := &profile{seats: make(map[*seat]bool), skills: []need{{skill: anySkill}}}
	for _, l := range a.Skills {
		id := m.skill(l.Skill)
		for len(p.levels) <= id {
			p.levels = append(p.levels, 0)
		}
		p.levels[id] = max(p.levels[id], l.Level)
	}
	var key strings.Builder
	for _, q := range queues {
		fmt.Fprintf(&key, "%d:%s/%d ", len(q), q, a.Tiers[q])
	}
	p.flex = len(queues)
	for id, level := range p.levels {
		if level > 0 {
			fmt.Fprintf(&key, "%d/%d ", id, level)
			p.skills = append(p.skills, need{id, level})
			p.flex++
		}
	}
	p.key = key.String()
	if known := m.profiles[p.key]; known != nil {
		return known
	}
	m.profiles[p.key] = p
	for _, q := range queues {
		sv := &serve{profile: p, line: m.line(q), tier: a.Tiers[q], at: -1}
		p.serves = append(p.serves, sv)
		sv.line.serves = append(sv.line.serves, sv)
	}
	return p
}

// join moves a seat into a profile, unlisted; leave takes it out of its own, which ends with its last.
func (m *Matcher) join(s *seat, p *profile) {
	m.leave(s)
	s.profile = p
	p.seats[s] = true
}

func (m *Matcher) leave(s *seat) {
	p := s.profile
	if p == nil {
		return
	}
	s.profile = nil
	delete(p.seats, s)
	if len(p.seats) > 0 {
		return
	}
	delete(m.profiles, p.key)
	for _, sv := range p.serves {
		sv.line.serves = slices.DeleteFunc(sv.line.serves, func(o *serve) bool { return o == sv })
	}
}
