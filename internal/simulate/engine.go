package simulate

import "math"

// happening is an event to come.
type happening struct {
	at   float64
	seq  int // of those at the same time the first told comes first
	kind Kind
	who  int // call or agent
}

func (a happening) before(b happening) bool { return a.at < b.at || a.at == b.at && a.seq < b.seq }

// agenda is a heap of happenings.
type agenda struct {
	heap []happening
	seq  int
}

func (g *agenda) put(at float64, kind Kind, who int) {
	g.seq++
	g.heap = append(g.heap, happening{at, g.seq, kind, who})
	for i := len(g.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !g.heap[i].before(g.heap[up]) {
			return
		}
		g.heap[i], g.heap[up] = g.heap[up], g.heap[i]
		i = up
	}
}

func (g *agenda) next() float64 {
	if len(g.heap) == 0 {
		return never
	}
	return g.heap[0].at
}

func (g *agenda) take() happening {
	top, last := g.heap[0], len(g.heap)-1
	g.heap[0] = g.heap[last]
	g.heap = g.heap[:last]
	for i := 0; ; {
		least := i
		for down := 2*i + 1; down <= 2*i+2 && down < last; down++ {
			if g.heap[down].before(g.heap[least]) {
				least = down
			}
		}
		if least == i {
			return top
		}
		g.heap[i], g.heap[least] = g.heap[least], g.heap[i]
		i = least
	}
}

// fate is what became of a call.
type fate int8

const (
	coming fate = iota
	waiting
	answered
	gaveUp
)

// seat is an agent during a day.
type seat struct {
	in, busy bool
	leaving  bool    // when he is done
	since    float64 // of what he does
	work     float64 // seconds busy
	present  float64 // seconds logged in
	came     float64
}

// play is a day being played.
type play struct {
	center *Center
	day    *Day
	rule   Rule
	agenda agenda
	seats  []seat
	fates  []fate
	waits  []float64 // of calls, once they were answered or gave up
	told   []float64 // expected waits, NoWait: none
	marks  *yardsticks
	skills [][]bool // of agents by class
	course *course  // nil: not kept
	wrong  int      // assignments refused
}

// Play plays a day by a rule. The center must be checked and the day be one of its.
func Play(c *Center, d *Day, rule Rule) *Result {
	p := begin(c, d, rule)
	p.run()
	return p.result()
}

// begin makes everything ready.
func begin(c *Center, d *Day, rule Rule) *play {
	p := &play{
		center: c, day: d, rule: rule,
		seats: make([]seat, len(d.Agents)), fates: make([]fate, len(d.Calls)),
		waits: make([]float64, len(d.Calls)), told: make([]float64, len(d.Calls)),
		skills: make([][]bool, len(d.Agents)),
	}
	p.marks = newYardsticks(c, d)
	p.course = newCourse(c, d)
	for i, a := range d.Agents {
		p.skills[i] = make([]bool, len(c.Classes))
		for _, s := range a.Skills {
			p.skills[i][s] = true
		}
		for _, s := range a.Shifts {
			p.agenda.put(s[0], Login, i)
			if s[1] < d.Horizon {
				p.agenda.put(s[1], Logout, i)
			}
		}
	}
	rule.Start(c.setup(*d))
	return p
}

func (p *play) run() {
	call, tick := 0, 1.0
	for {
		arrival := never
		if call < len(p.day.Calls) {
			arrival = p.day.Calls[call].At
		}
		at := min(arrival, p.agenda.next(), tick)
		if at >= p.day.Horizon {
			return
		}
		switch at {
		case p.agenda.next():
			p.happens(p.agenda.take())
		case arrival:
			p.arrives(call, at)
			call++
		default:
			p.tell(Event{At: at, Kind: Tick})
			tick++
		}
	}
}

func (p *play) arrives(call int, at float64) {
	class := p.day.Calls[call].Class
	p.fates[call] = waiting
	p.marks.arrival(call, class, at)
	p.told[call] = p.tell(Event{At: at, Kind: Arrival, Call: call, Class: class, Priority: p.day.Calls[call].Priority})
	if patience := p.day.Calls[call].Patience; patience >= 0 && p.fates[call] == waiting {
		p.agenda.put(at+patience, Abandon, call)
	}
}

func (p *play) happens(h happening) {
	switch h.kind {
	case Abandon:
		if p.fates[h.who] != waiting {
			return
		}
		p.fates[h.who], p.waits[h.who] = gaveUp, h.at-p.day.Calls[h.who].At
		p.marks.left(h.who, p.day.Calls[h.who].Class)
		p.tell(Event{At: h.at, Kind: Abandon, Call: h.who})
	case Done:
		s := &p.seats[h.who]
		s.busy, s.work = false, s.work+h.at-s.since
		p.course.busy(p.day.Agents[h.who].Group, s.since, h.at)
		if s.leaving {
			p.leaves(h.who, h.at)
			return
		}
		p.tell(Event{At: h.at, Kind: Done, Agent: h.who})
	case Login:
		s := &p.seats[h.who]
		if s.leaving { // the next shift begins before the last talk of the one before is over
			s.leaving = false
			return
		}
		s.in, s.came = true, h.at
		p.marks.agents(p.day.Agents[h.who].Skills, 1)
		p.tell(Event{At: h.at, Kind: Login, Agent: h.who})
	case Logout:
		if p.seats[h.who].busy {
			p.seats[h.who].leaving = true
			return
		}
		p.leaves(h.who, h.at)
	}
}

// leaves ends an agent's shift.
func (p *play) leaves(agent int, at float64) {
	s := &p.seats[agent]
	s.in, s.leaving, s.present = false, false, s.present+at-s.came
	p.course.present(p.day.Agents[agent].Group, s.came, at)
	p.marks.agents(p.day.Agents[agent].Skills, -1)
	p.tell(Event{At: at, Kind: Logout, Agent: agent})
}

// tell asks the rule about an event and does what it says.
func (p *play) tell(e Event) (wait float64) {
	answer := p.rule.Event(e)
	for _, a := range answer.Assign {
		if !p.assign(a, e.At) {
			p.wrong++
		}
	}
	return answer.Wait
}

// assign says whether it could be done.
func (p *play) assign(a Assignment, at float64) bool {
	if a.Call < 0 || a.Call >= len(p.fates) || a.Agent < 0 || a.Agent >= len(p.seats) || p.fates[a.Call] != waiting {
		return false
	}
	call, s := p.day.Calls[a.Call], &p.seats[a.Agent]
	if !s.in || s.busy || !p.skills[a.Agent][call.Class] {
		return false
	}
	p.marks.answered(a.Call, call.Class, at-call.At)
	s.busy, s.since = true, at
	if wait := at - call.At + call.Ring; call.Ring > 0 && call.Patience >= 0 && wait > call.Patience { // he gives up while it rings
		p.fates[a.Call], p.waits[a.Call] = gaveUp, call.Patience
		p.agenda.put(call.At+call.Patience, Done, a.Agent)
		return true
	}
	p.fates[a.Call], p.waits[a.Call] = answered, at-call.At+call.Ring
	p.agenda.put(at+call.Ring+call.Handle/p.day.Agents[a.Agent].Speed, Done, a.Agent)
	return true
}

// occupancy is the share of an agent's presence in which he was busy; NaN: he was never there.
func (p *play) occupancy(agent int) (share, present float64) {
	s := p.seats[agent]
	if s.in {
		s.present += p.day.Horizon - s.came
		p.course.present(p.day.Agents[agent].Group, s.came, p.day.Horizon)
		if s.busy {
			s.work += p.day.Horizon - s.since
			p.course.busy(p.day.Agents[agent].Group, s.since, p.day.Horizon)
		}
	}
	if s.present <= 0 {
		return math.NaN(), 0
	}
	return s.work / s.present, s.present
}
