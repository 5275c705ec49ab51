package simulate

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// Case is the past with changes, none: as the center is set up now. Day n of it is the one numbered n modulo Days; every
// further turn draws anew what is not known. With the same seed the same customers come whatever the changes.
func (p *Past) Case(name string, seed uint64, changes []Change) (Case, error) {
	var keys []string
	for _, q := range p.Queues {
		keys = append(keys, q.Key)
	}
	if err := CheckChanges(changes, keys, p.logins); err != nil {
		return Case{}, err
	}
	c := p.center(changes)
	agents := make([][]Agent, len(p.days))
	groups := make(map[string]int)
	for i := range p.days {
		agents[i] = p.agents(i, changes)
		for k, a := range agents[i] {
			agents[i][k].Group = p.group(&c, groups, a.Skills)
		}
	}
	return Case{
		Name: name, Center: &c, Rule: func() Rule { return new(Router) },
		Day: func(n int) Day {
			day, run := n%len(p.days), n/len(p.days)
			d := p.days[day]
			return Day{Horizon: d.horizon, Slots: d.slots, Agents: agents[day], Calls: p.volume(p.customers(seed, day, run), seed, day, run, changes)}
		},
	}, nil
}

// center are the queues with their settings after changes.
func (p *Past) center(changes []Change) Center {
	c := Center{}
	for i, q := range p.Queues {
		class := Class{Name: q.Name, Target: q.Target().Seconds(), Goal: float64(q.TargetPercent) / 100, Weight: float64(q.Routing.Weight),
			ShortAbandon: q.ShortAbandon().Seconds(), Strategy: q.Routing.Strategy, Handle: p.handle[i]}
		for _, change := range changes {
			if change.Queue != q.Key {
				continue
			}
			switch change.What {
			case SetTarget:
				class.Target = change.By
			case SetGoal:
				class.Goal = change.By / 100
			case SetWeight:
				class.Weight = change.By
			case SetStrategy:
				class.Strategy = change.Strategy
			}
		}
		c.Classes = append(c.Classes, class)
	}
	return c
}

// group is the number of the group of agents who serve these classes, by its name.
func (p *Past) group(c *Center, known map[string]int, skills []int) int {
	var names []string
	for _, s := range skills {
		names = append(names, c.Classes[s].Name)
	}
	name := strings.Join(names, ", ")
	i, ok := known[name]
	if !ok {
		i = len(c.Groups)
		known[name] = i
		c.Groups = append(c.Groups, Group{Name: name, Skills: names})
	}
	return i
}

// agents are those of a day after changes.
func (p *Past) agents(day int, changes []Change) (all []Agent) {
	d := p.days[day]
	var logins []string
	for _, one := range d.agents {
		logins = append(logins, one.login)
		all = append(all, Agent{Skills: slices.Clone(one.skills), Speed: 1, Shifts: one.shifts})
	}
	for _, c := range changes {
		who, class := slices.Index(logins, c.Agent), p.class(c.Queue)
		from, to := d.window(c)
		switch {
		case c.What == MoreAgents && c.By > 0:
			shifts := [][2]float64{{from, to}}
			if c.whole() {
				shifts = longest(all, class, d.horizon)
			}
			for range int(c.By) {
				all = append(all, Agent{Skills: []int{class}, Speed: 1, Shifts: shifts})
			}
		case c.What == MoreAgents:
			fewer(all, class, int(-c.By), from, to)
		case who < 0: // was not there on this day
		case c.What == Serve && !slices.Contains(all[who].Skills, class):
			all[who].Skills = append(all[who].Skills, class)
			slices.Sort(all[who].Skills)
		case c.What == Leave:
			all[who].Skills = slices.DeleteFunc(all[who].Skills, func(s int) bool { return s == class })
		case c.What == Away:
			all[who].Shifts = without(all[who].Shifts, [][2]float64{{from, to}})
		}
	}
	return all
}

func (p *Past) class(key string) int {
	for i, q := range p.Queues {
		if q.Key == key {
			return i
		}
	}
	return -1
}

// window is when a change holds, in seconds of the day, by its clock.
func (d pastDay) window(c Change) (from, to float64) {
	if c.whole() {
		return 0, d.horizon
	}
	at := func(clock Clock) float64 {
		y, m, day := d.from.In(d.zone).Date()
		t := time.Date(y, m, day, 0, 0, int(clock), 0, d.zone)
		return min(max(0, t.Sub(d.from).Seconds()), d.horizon)
	}
	return at(c.From), at(c.To)
}

// longest is when the agent of a class was there who was there longest; if nobody served it, of all agents.
func longest(all []Agent, class int, horizon float64) [][2]float64 {
	for _, anybody := range []bool{false, true} {
		best := [][2]float64(nil)
		for _, a := range all {
			if (anybody || slices.Contains(a.Skills, class)) && length(a.Shifts) > length(best) {
				best = a.Shifts
			}
		}
		if best != nil {
			return best
		}
	}
	return [][2]float64{{0, horizon}}
}

// fewer takes agents of a class away between two times: first those who serve the fewest classes, of them those who were there
// for the shortest time.
func fewer(all []Agent, class, n int, from, to float64) {
	var there []int
	for i, a := range all {
		if slices.Contains(a.Skills, class) && length(within(a.Shifts, from, to)) > 0 {
			there = append(there, i)
		}
	}
	slices.SortStableFunc(there, func(a, b int) int {
		return cmp.Or(cmp.Compare(len(all[a].Skills), len(all[b].Skills)),
			cmp.Compare(length(within(all[a].Shifts, from, to)), length(within(all[b].Shifts, from, to))))
	})
	for _, i := range there[:min(n, len(there))] {
		all[i].Shifts = without(all[i].Shifts, [][2]float64{{from, to}})
	}
}

// volume lets more or fewer customers come. A further one is like one who was there, within a quarter of an hour of him.
func (p *Past) volume(calls []Call, seed uint64, day, run int, changes []Change) []Call {
	if !slices.ContainsFunc(changes, func(c Change) bool { return c.What == Volume }) {
		return calls
	}
	d, chance := p.days[day], chances(seed, day, run, 2)
	var all []Call
	for _, call := range calls {
		factor := 1.0
		for _, c := range changes {
			from, to := d.window(c)
			if c.What == Volume && (c.Queue == "" || p.class(c.Queue) == call.Class) && call.At >= from && call.At < to {
				factor *= 1 + c.By/100
			}
		}
		u, shift := chance.Float64(), chance.Float64()
		n := int(math.Floor(factor))
		if u < factor-float64(n) {
			n++
		}
		for i := range n {
			one := call
			if i > 0 {
				one.At = min(max(0, call.At+(shift-0.5)*slotLength+float64(i)), d.horizon-0.001)
			}
			all = append(all, one)
		}
	}
	slices.SortStableFunc(all, func(a, b Call) int { return cmp.Compare(a.At, b.At) })
	return all
}

// Happened is what really became of the customers, measured as Play does.
func (p *Past) Happened() (*Result, error) {
	c, err := p.Case("", 0, nil)
	if err != nil {
		return nil, err
	}
	results := make([]*Result, 0, len(p.days))
	for i, d := range p.days {
		results = append(results, happened(c.Center, d, c.Day(i)))
	}
	return Merge(results), nil
}

func happened(c *Center, d pastDay, made Day) *Result {
	p := &play{center: c, day: &made, marks: newYardsticks(c, &made), course: newCourse(c, &made),
		seats: make([]seat, len(made.Agents)), fates: make([]fate, len(made.Calls)),
		waits: make([]float64, len(made.Calls)), told: make([]float64, len(made.Calls))}
	for i, k := range d.calls {
		p.fates[i], p.waits[i], p.told[i] = k.fate, k.wait, NoWait
	}
	for i, one := range d.agents {
		p.seats[i].present, p.seats[i].work = one.present, length(one.work)
		for _, s := range one.shifts {
			p.course.present(made.Agents[i].Group, s[0], s[1])
		}
		for _, s := range one.work {
			p.course.busy(made.Agents[i].Group, s[0], s[1])
		}
	}
	return p.result()
}
