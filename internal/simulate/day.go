package simulate

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// Call is a customer of a day. All chances are drawn before the day is played, so that every rule meets the same ones.
type Call struct {
	Class    int
	At       float64 // seconds after opening
	Handle   float64 // seconds, for an agent of speed 1
	Patience float64 // seconds; below 0: endless
	// Ring is how long the agent who is given the customer takes to answer, seconds; the customer waits until then.
	Ring     float64
	Priority int // higher goes first
}

// Agent is one of the day.
type Agent struct {
	Group  int
	Skills []int // classes
	Speed  float64
	Shifts [][2]float64 // from and to, seconds after opening
}

// Day is everything that happens whatever the rule.
type Day struct {
	Horizon float64 // seconds
	Calls   []Call  // in order of At
	Agents  []Agent
	// Slots says of each half hour of the day as which one its figures are told, such as by the clock; nil: they are not kept.
	Slots []int
}

// Make draws one of the center's days; the center must be checked. The chances of a class hang on its place in the
// file and on seed and day alone, so that a change of the agents, or of another class, leaves them as they were.
func (c Center) Make(day int) Day {
	d := Day{Horizon: c.Horizon(), Agents: c.agents()}
	for i, class := range c.Classes {
		source := func(what uint64) *rand.Rand {
			return rand.New(rand.NewPCG(c.Seed, uint64(day)<<20|uint64(i)<<4|what))
		}
		d.Calls = append(d.Calls, class.calls(i, d.Horizon, source(1), source(2), source(3))...)
	}
	slices.SortStableFunc(d.Calls, func(a, b Call) int { return cmp.Compare(a.At, b.At) })
	return d
}

// calls draws the customers of a class from three sources of chance, one each for coming, service and patience.
func (c Class) calls(index int, horizon float64, coming, service, patience *rand.Rand) (all []Call) {
	factor := 1.0
	if c.DayCV > 0 {
		factor = gamma(coming, 1/(c.DayCV*c.DayCV)) * c.DayCV * c.DayCV
	}
	for hour, from := 0, 0.0; from < horizon; hour, from = hour+1, from+3600 {
		rate := factor * c.PerHour[min(hour, len(c.PerHour)-1)] / 3600
		to := min(from+3600, horizon)
		for at := from; rate > 0; {
			if at += coming.ExpFloat64() / rate; at >= to {
				break
			}
			call := Call{Class: index, At: at, Handle: c.Handle.draw(service), Patience: -1}
			if c.Patience != nil {
				call.Patience = c.Patience.draw(patience)
			}
			all = append(all, call)
		}
	}
	return all
}

// agents lists those of all groups.
func (c Center) agents() (all []Agent) {
	index := make(map[string]int)
	for i, class := range c.Classes {
		index[class.Name] = i
	}
	for g, group := range c.Groups {
		one := Agent{Group: g, Speed: group.Speed}
		if one.Speed == 0 {
			one.Speed = 1
		}
		for _, s := range group.Skills {
			one.Skills = append(one.Skills, index[s])
		}
		slices.Sort(one.Skills)
		if len(group.Shifts) == 0 {
			one.Shifts = [][2]float64{{0, c.Horizon()}}
		}
		for _, s := range group.Shifts {
			from, to := max(0, float64(s.From-c.Opens)), min(c.Horizon(), float64(s.To-c.Opens))
			if from < to {
				one.Shifts = append(one.Shifts, [2]float64{from, to})
			}
		}
		for range group.Agents {
			all = append(all, one)
		}
	}
	return all
}

// expected is how many customers come in a day of this length.
func (c Class) expected(horizon float64) (sum float64) {
	for hour, from := 0, 0.0; from < horizon; hour, from = hour+1, from+3600 {
		sum += c.PerHour[min(hour, len(c.PerHour)-1)] * min(3600, horizon-from) / 3600
	}
	return sum
}
