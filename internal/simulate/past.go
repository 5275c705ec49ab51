package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
)

// Past are days of a center as they really were, made ready to be played again: the same customers come at the same times and
// take as long to serve, and the agents are there when they were.
type Past struct {
	Queues  []queue.Queue // those of the classes, in the same order
	Records []Records
	Learned []Learned // of the classes

	days     []pastDay
	survival []survival
	handle   []Times
	ring     []Times
	logins   []string
}

// Learned is what was seen of a class.
type Learned struct {
	Customers, GaveUp int
	// Pooled says that too few gave up in this queue: its patience is that of all queues.
	Pooled bool
}

// pastDay is a day as it was.
type pastDay struct {
	from    time.Time
	zone    *time.Location
	horizon float64
	calls   []known
	agents  []person
	slots   []int
}

// known is a customer as the records know him.
type known struct {
	class    int
	at, wait float64 // wait until the answer, or until he was gone
	ring     float64 // the last part of the wait, at the agent's
	handle   float64
	fate     fate
	priority int
	open     bool // its agent was not done with him
	count    bool // he gave up, and was not taken out of the line
}

// person is an agent as the records know him.
type person struct {
	login   string
	skills  []int
	shifts  [][2]float64 // when he was there for customers in line
	work    [][2]float64 // what of it he was busy with them
	present float64
}

// few is below how many who gave up the patience of a queue is taken from all of them.
const few = 20

// Learn makes a past of days, which must be of the same center.
func Learn(days []Records) (*Past, error) {
	if len(days) == 0 {
		return nil, fmt.Errorf("no day is named")
	}
	p := &Past{Queues: days[len(days)-1].Queues, Records: days}
	n := len(p.Queues)
	p.Learned, p.survival, p.handle, p.ring = make([]Learned, n), make([]survival, n), make([]Times, n), make([]Times, n)
	customers, agents := 0, 0
	for _, r := range days {
		d := p.day(r)
		customers += len(d.calls)
		agents += len(d.agents)
		p.days = append(p.days, d)
	}
	switch {
	case customers == 0:
		return nil, fmt.Errorf("nobody waited in any queue: there is nothing to play again")
	case agents == 0:
		return nil, fmt.Errorf("no agent was available: there is nothing to play again")
	}
	p.learn()
	return p, nil
}

// learn takes patience, handle times and the time until agents answer from what was seen.
func (p *Past) learn() {
	var all []stay
	var handled, rang []float64
	stays, of := make([][]stay, len(p.Queues)), make([]struct{ handle, ring []float64 }, len(p.Queues))
	for _, d := range p.days {
		for _, k := range d.calls {
			s := stay{k.wait, k.fate == gaveUp && k.count}
			all, stays[k.class] = append(all, s), append(stays[k.class], s)
			p.Learned[k.class].Customers++
			if s.gaveUp {
				p.Learned[k.class].GaveUp++
			}
			if k.fate == answered && !k.open {
				of[k.class].handle, of[k.class].ring = append(of[k.class].handle, k.handle), append(of[k.class].ring, k.ring)
				handled, rang = append(handled, k.handle), append(rang, k.ring)
			}
		}
	}
	pooled := estimate(all)
	for i := range p.Queues {
		p.survival[i] = pooled
		if p.Learned[i].GaveUp >= few {
			p.survival[i] = estimate(stays[i])
		} else {
			p.Learned[i].Pooled = true
		}
		p.handle[i], p.ring[i] = seen(of[i].handle, handled, 300), seen(of[i].ring, rang, 0)
	}
}

// seen are times that were seen in a queue, else anywhere, else usual ones.
func seen(own, all []float64, usual float64) Times {
	switch {
	case len(own) > 0:
		return Times{Kind: "observed", Values: own}
	case len(all) > 0:
		return Times{Kind: "observed", Values: all}
	}
	return Times{Kind: "fixed", Mean: usual}
}

// day reads one day's records.
func (p *Past) day(r Records) pastDay {
	d := pastDay{from: r.From, zone: r.Zone, horizon: r.To.Sub(r.From).Seconds()}
	at := func(t time.Time) float64 { return t.Sub(r.From).Seconds() }
	for half := r.From; half.Before(r.To); half = half.Add(slotLength * time.Second) {
		local := half.In(r.Zone)
		d.slots = append(d.slots, (local.Hour()*3600+local.Minute()*60)/slotLength)
	}
	classes := make(map[queue.ID]int)
	for i, q := range p.Queues {
		classes[q.ID] = i
	}
	other := make([][][2]float64, len(r.People)) // what agents did beside the lines
	busy := make([][][2]float64, len(r.People))
	served := make([][]queue.ID, len(r.People))
	index := make(map[string]int)
	for i, who := range r.People {
		index[string(who.ID)] = i
	}
	for _, s := range r.Segments {
		who, taken := index[string(s.Agent)]
		begin, end := s.began(), s.ended(r.To)
		class, ok := classes[s.Queue]
		if !ok || !s.Calls || s.Queued.Before(r.From) {
			if taken && !s.Answered.IsZero() {
				other[who] = append(other[who], [2]float64{at(begin), at(end)})
			}
			continue
		}
		k := known{class: class, at: at(s.Queued), priority: s.Priority, open: s.Ended.IsZero()}
		switch {
		case !s.Answered.IsZero():
			k.fate, k.wait = answered, s.Answered.Sub(s.Queued).Seconds()
			k.ring, k.handle = s.Answered.Sub(begin).Seconds(), max(0, end.Sub(s.Answered).Seconds())
			if taken {
				busy[who] = append(busy[who], [2]float64{at(begin), at(end)})
				served[who] = append(served[who], s.Queue)
			}
		case !s.Left.IsZero():
			k.fate, k.wait = gaveUp, s.Left.Sub(s.Queued).Seconds()
			k.count = s.Outcome == interaction.Abandoned || s.Outcome == interaction.ShortAbandon
		default:
			k.fate, k.wait = waiting, d.horizon-k.at
		}
		d.calls = append(d.calls, k)
	}
	for _, m := range r.Missed {
		if who, ok := index[string(m.Agent)]; ok {
			other[who] = append(other[who], [2]float64{at(m.From), at(m.To)})
		}
	}
	for i, who := range r.People {
		one := person{login: who.Login, skills: p.serves(who, served[i], classes)}
		var there [][2]float64
		for _, a := range who.Available {
			there = append(there, [2]float64{at(a[0]), at(a[1])})
		}
		// Whoever took a break in the middle of a talk ended it all the same.
		one.work = within(join(busy[i]), 0, d.horizon)
		one.shifts = without(join(append(there, one.work...)), join(other[i]))
		if len(one.skills) == 0 || len(one.shifts) == 0 {
			continue
		}
		one.present = length(one.shifts)
		d.agents = append(d.agents, one)
		if !slices.Contains(p.logins, who.Login) {
			p.logins = append(p.logins, who.Login)
		}
	}
	return d
}

// serves are the classes an agent serves: by his queues as they are now and what they ask for at once; who serves none any
// more, as he did then.
func (p *Past) serves(who Person, then []queue.ID, classes map[queue.ID]int) (all []int) {
	for _, id := range who.Queues {
		i, ok := classes[id]
		if ok && !slices.ContainsFunc(p.Queues[i].Routing.Needs, func(n skill.Need) bool { return !meets(who.Skills, n) }) {
			all = append(all, i)
		}
	}
	if len(who.Queues) == 0 {
		for _, id := range then {
			all = append(all, classes[id])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func meets(has []skill.Level, n skill.Need) bool {
	return n.Level == 0 || slices.ContainsFunc(has, func(l skill.Level) bool { return l.Skill == n.Skill && l.Level >= n.Level })
}

// began is when the agent's time was first taken.
func (s Segment) began() time.Time {
	if s.Offered.IsZero() || s.Offered.After(s.Answered) {
		return s.Answered
	}
	return s.Offered
}

// ended is when the agent was free again; until: the end of what is known.
func (s Segment) ended(until time.Time) time.Time {
	switch {
	case !s.Ended.IsZero():
		return s.Ended
	case !s.Left.IsZero():
		return s.Left
	}
	return until
}

// Days is how many days there are.
func (p *Past) Days() int { return len(p.days) }

// Agents are the logins of who was there.
func (p *Past) Agents() []string { return p.logins }

// chances are those of one run over a day.
func chances(seed uint64, day, run, what int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(day)<<32|uint64(run)<<8|uint64(what)))
}

// customers are those of a day; what is not known of them is drawn. It is the same for every change.
func (p *Past) customers(seed uint64, day, run int) []Call {
	d, chance := p.days[day], chances(seed, day, run, 1)
	calls := make([]Call, 0, len(d.calls))
	for _, k := range d.calls {
		c := Call{Class: k.class, At: k.at, Handle: k.handle, Ring: k.ring, Priority: k.priority, Patience: k.wait}
		patience, handle, ring := p.survival[k.class].draw(k.wait, chance), p.handle[k.class].draw(chance), p.ring[k.class].draw(chance)
		if k.fate != gaveUp {
			c.Patience = patience
		}
		if k.fate != answered {
			c.Handle, c.Ring = handle, ring
		}
		calls = append(calls, c)
	}
	return calls
}
