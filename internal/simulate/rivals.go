package simulate

import (
	"cmp"
	"math/rand/v2"
)

// Rivals are the simple rules, by name, in the order in which they are shown.
func Rivals() []string {
	return []string{"first-come", "least-flexible", "priority", "fixed-order", "random"}
}

// Rival gives a simple rule by its name; nil: there is none.
//
//   - first-come: whoever waits longest, the agent who is idle longest
//   - least-flexible: whoever waits longest, the agent with the fewest skills, of those the longest idle
//   - priority: the class of the highest weight, of equals whoever waits longest; the longest idle agent
//   - fixed-order: the first class of the file; the longest idle agent
//   - random: any class that has somebody waiting, any agent
func Rival(name string) Rule {
	longest := func(s *simple, a, b int) int { return cmp.Compare(s.idle[a], s.idle[b]) }
	come := func(s *simple, a, b int) int {
		ca, _ := s.lines[a].first()
		cb, _ := s.lines[b].first()
		return cmp.Compare(ca, cb)
	}
	switch name {
	case "first-come":
		return &simple{class: come, agent: longest}
	case "least-flexible":
		return &simple{class: come, agent: func(s *simple, a, b int) int {
			return cmp.Or(cmp.Compare(len(s.setup.Agents[a]), len(s.setup.Agents[b])), longest(s, a, b))
		}}
	case "priority":
		return &simple{agent: longest, class: func(s *simple, a, b int) int {
			return cmp.Or(cmp.Compare(s.setup.Classes[b].Weight, s.setup.Classes[a].Weight), come(s, a, b))
		}}
	case "fixed-order":
		return &simple{agent: longest, class: func(_ *simple, a, b int) int { return cmp.Compare(a, b) }}
	case "random":
		return &simple{
			agent: func(s *simple, a, b int) int { return cmp.Compare(s.dice[a], s.dice[b]) },
			class: func(s *simple, a, b int) int { return cmp.Compare(s.lot[a], s.lot[b]) },
		}
	}
	return nil
}

// simple is a rule by two orders: of classes for who becomes free, and of agents for who comes.
type simple struct {
	class, agent func(s *simple, a, b int) int

	setup  Setup
	now    float64
	lines  []line
	of     map[int]int    // class by call
	idle   []float64      // since when, by agent; never: not free
	free   []map[int]bool // free agents, by class
	dice   []uint64       // by agent, thrown when he becomes free
	lot    []uint64       // by class, thrown at every choice
	random *rand.Rand
	out    []Assignment
}

// Start implements Rule.
func (s *simple) Start(setup Setup) {
	*s = simple{
		class: s.class, agent: s.agent, setup: setup, lines: make([]line, len(setup.Classes)), of: make(map[int]int),
		idle: make([]float64, len(setup.Agents)), free: make([]map[int]bool, len(setup.Classes)),
		dice: make([]uint64, len(setup.Agents)), lot: make([]uint64, len(setup.Classes)), random: rand.New(rand.NewPCG(1, 2)),
	}
	for i := range s.free {
		s.free[i] = make(map[int]bool)
	}
	for i := range s.idle {
		s.idle[i] = never
	}
}

// Event implements Rule.
func (s *simple) Event(e Event) Answer {
	s.now, s.out = e.At, s.out[:0]
	switch e.Kind {
	case Arrival:
		s.arrival(e.Call, e.Class)
	case Abandon:
		s.lines[s.of[e.Call]].remove(e.Call)
		delete(s.of, e.Call)
	case Done, Login:
		s.freed(e.Agent)
	case Logout:
		s.taken(e.Agent)
	}
	return Answer{Assign: s.out, Wait: NoWait}
}

func (s *simple) arrival(call, class int) {
	best := -1
	for a := range s.free[class] {
		if c := 0; best < 0 {
			best = a
		} else if c = s.agent(s, a, best); c < 0 || c == 0 && a < best {
			best = a
		}
	}
	if best >= 0 {
		s.taken(best)
		s.out = append(s.out, Assignment{call, best})
		return
	}
	s.of[call] = class
	s.lines[class].join(call)
}

func (s *simple) freed(agent int) {
	for i := range s.lot {
		s.lot[i] = s.random.Uint64()
	}
	best := -1
	for _, c := range s.setup.Agents[agent] {
		if s.lines[c].len() > 0 && (best < 0 || s.class(s, c, best) < 0) {
			best = c
		}
	}
	if best >= 0 {
		call, _ := s.lines[best].first()
		s.lines[best].remove(call)
		delete(s.of, call)
		s.out = append(s.out, Assignment{call, agent})
		return
	}
	s.idle[agent], s.dice[agent] = s.now, s.random.Uint64()
	for _, c := range s.setup.Agents[agent] {
		s.free[c][agent] = true
	}
}

func (s *simple) taken(agent int) {
	s.idle[agent] = never
	for _, c := range s.setup.Agents[agent] {
		delete(s.free[c], agent)
	}
}
