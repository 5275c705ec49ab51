package simulate

import (
	"math"
	"slices"
	"sort"
)

// Result are the measures of one or more days.
type Result struct {
	Classes []ClassResult `json:"classes"`
	// Loss is the shortfall of the service levels under their goals, weighted by weight and volume, 0 to 1.
	Loss float64 `json:"loss"`
	// MeanWait is weighted alike, seconds; those who gave up with the time they stayed.
	MeanWait float64 `json:"mean_wait_s"`
	// Abandoned is the share of those who came, not weighted.
	Abandoned float64 `json:"abandoned_share"`
	// Unfair is the standard deviation of agents' occupancy within their group: those with the same skills.
	Unfair float64 `json:"unfair"`
	// Spread is the largest less the smallest shortfall among the classes.
	Spread float64 `json:"spread"`
	// Occupancy is the mean of the agents who were there, by the time they were.
	Occupancy float64 `json:"occupancy"`
	// Wrong is how many assignments were refused: the agent was not free or lacked the skill, or the call did not wait.
	Wrong int `json:"wrong"`
	// Waits are the errors of what the rule told customers, and of the yardsticks under the same rule.
	Waits  WaitError            `json:"waits"`
	Simple map[string]WaitError `json:"simple_waits"`
	// Agents are the occupancies of each agent, -1: never there. Only of a single day.
	Agents []float64 `json:"agents,omitempty"`
	// Course is how the day went by half hours; nil: it was not kept.
	Course []Slot        `json:"-"`
	Groups []GroupResult `json:"-"` // likewise
}

// ClassResult are the measures of a class.
type ClassResult struct {
	Name      string  `json:"name"`
	Offered   float64 `json:"offered"` // a day, as all counts
	Answered  float64 `json:"answered"`
	InTarget  float64 `json:"in_target"`
	Abandoned float64 `json:"abandoned"`
	Left      float64 `json:"left"` // still in line at the end
	// Short is who gave up before the center counts it; they are not among the abandoned, nor in the service level.
	Short float64 `json:"short_abandons,omitempty"`
	// Level is the service level: answered within the target over offered but for short abandons.
	Level    float64 `json:"service_level"`
	MeanWait float64 `json:"mean_wait_s"`
	P50      float64 `json:"p50_wait_s"`
	P90      float64 `json:"p90_wait_s"`
	P95      float64 `json:"p95_wait_s"`
	P99      float64 `json:"p99_wait_s"`

	goal, weight float64
	waits        []float32
}

// WaitError is how far expected waits were off, over customers who were answered after a wait.
type WaitError struct {
	Of   int     `json:"of"`
	Mean float64 `json:"mean_wait_s"`
	MAE  float64 `json:"mae_s"`  // mean absolute error
	RRSE float64 `json:"rrse"`   // root of the mean squared error over the mean wait
	Bias float64 `json:"bias_s"` // mean of expected less true

	wait, abs, square, diff float64
}

func (w *WaitError) add(expected, wait float64) {
	w.Of++
	w.wait += wait
	w.abs += math.Abs(expected - wait)
	w.square += (expected - wait) * (expected - wait)
	w.diff += expected - wait
}

func (w *WaitError) finish() {
	if n := float64(w.Of); n > 0 {
		w.Mean, w.MAE, w.Bias = w.wait/n, w.abs/n, w.diff/n
		w.RRSE = math.Sqrt(w.square/n) / w.Mean
	}
}

func (w *WaitError) merge(o WaitError) {
	w.Of += o.Of
	w.wait, w.abs, w.square, w.diff = w.wait+o.wait, w.abs+o.abs, w.square+o.square, w.diff+o.diff
}

// result counts what became of everybody.
func (p *play) result() *Result {
	r := &Result{Wrong: p.wrong, Simple: make(map[string]WaitError)}
	for _, c := range p.center.setup(*p.day).Classes {
		r.Classes = append(r.Classes, ClassResult{Name: c.Name, goal: c.Share, weight: c.Weight})
	}
	var simple [methods]WaitError
	for i, call := range p.day.Calls {
		if call.At < p.center.WarmUp {
			continue
		}
		c, wait := &r.Classes[call.Class], p.waits[i]
		c.Offered++
		slot := p.course.class(call)
		switch p.fates[i] {
		case answered:
			c.Answered++
			if wait <= p.center.Classes[call.Class].Target {
				c.InTarget++
				slot.InTime++
			}
			if wait <= 0 {
				break
			}
			if p.told[i] >= 0 {
				r.Waits.add(p.told[i], wait)
			}
			for m := range methods {
				simple[m].add(p.marks.known[m][i], wait)
			}
		case gaveUp:
			if wait < p.center.Classes[call.Class].ShortAbandon {
				c.Short++
				slot.Short++
				break
			}
			c.Abandoned++
			slot.Abandoned++
		default:
			c.Left++
			wait = p.day.Horizon - call.At
		}
		c.waits = append(c.waits, float32(wait))
		slot.Offered++
		slot.waits = append(slot.waits, float32(wait))
	}
	for m := range methods {
		r.Simple[m.String()] = simple[m]
	}
	p.fairness(r)
	if p.course != nil {
		r.Course, r.Groups = p.course.slots, p.course.groups
	}
	r.finish(1)
	return r
}

// fairness sets Agents, Occupancy and Unfair.
func (p *play) fairness(r *Result) {
	type group struct{ n, sum, square float64 }
	groups := make(map[string]*group)
	worked, present := 0.0, 0.0
	for i, a := range p.day.Agents {
		share, there := p.occupancy(i)
		if there == 0 {
			r.Agents = append(r.Agents, -1)
			continue
		}
		r.Agents = append(r.Agents, share)
		worked, present = worked+share*there, present+there
		key := ""
		for _, s := range a.Skills {
			key += string(rune(s)) + ","
		}
		g := groups[key]
		if g == nil {
			g = &group{}
			groups[key] = g
		}
		g.n, g.sum, g.square = g.n+1, g.sum+share, g.square+share*share
	}
	if present == 0 {
		return
	}
	r.Occupancy = worked / present
	variance, n := 0.0, 0.0
	for _, g := range groups {
		variance += max(0, g.square-g.sum*g.sum/g.n)
		n += g.n
	}
	r.Unfair = math.Sqrt(variance / n)
}

// finish computes what follows from the counts, which are those of so many days.
func (r *Result) finish(days float64) {
	lost, waited, weight, offered, abandoned := 0.0, 0.0, 0.0, 0.0, 0.0
	low, high := math.Inf(1), math.Inf(-1)
	for i := range r.Classes {
		c := &r.Classes[i]
		if c.Offered == 0 {
			continue
		}
		c.Level = 1
		if counted := c.Offered - c.Short; counted > 0 {
			c.Level = c.InTarget / counted
		}
		sum := 0.0
		for _, w := range c.waits {
			sum += float64(w)
		}
		c.MeanWait = sum / float64(len(c.waits))
		slices.Sort(c.waits)
		c.P50, c.P90, c.P95, c.P99 = c.percentile(0.5), c.percentile(0.9), c.percentile(0.95), c.percentile(0.99)
		short := max(0, c.goal-c.Level)
		low, high = min(low, short), max(high, short)
		w := c.weight * c.Offered
		lost, waited, weight = lost+w*short, waited+w*c.MeanWait, weight+w
		offered, abandoned = offered+c.Offered, abandoned+c.Abandoned
		for _, n := range []*float64{&c.Offered, &c.Answered, &c.InTarget, &c.Abandoned, &c.Left, &c.Short} {
			*n /= days
		}
	}
	if offered > 0 {
		r.Abandoned, r.Spread = abandoned/offered, high-low
	}
	if weight > 0 {
		r.Loss, r.MeanWait = lost/weight, waited/weight
	}
	r.Waits.finish()
	for name, w := range r.Simple {
		w.finish()
		r.Simple[name] = w
	}
}

// percentile is the least wait that this share of the customers did not exceed; the waits are sorted.
func (c *ClassResult) percentile(share float64) float64 {
	i := sort.Search(len(c.waits), func(i int) bool { return float64(i+1) >= share*float64(len(c.waits)) })
	return float64(c.waits[min(i, len(c.waits)-1)])
}

// Merge makes one result of several days'.
func Merge(days []*Result) *Result {
	all := &Result{Simple: make(map[string]WaitError)}
	for _, d := range days {
		if all.Classes == nil {
			for _, c := range d.Classes {
				all.Classes = append(all.Classes, ClassResult{Name: c.Name, goal: c.goal, weight: c.weight})
			}
		}
		for i, c := range d.Classes {
			sum := &all.Classes[i]
			sum.Offered, sum.Answered, sum.InTarget = sum.Offered+c.Offered, sum.Answered+c.Answered, sum.InTarget+c.InTarget
			sum.Abandoned, sum.Left = sum.Abandoned+c.Abandoned, sum.Left+c.Left
			sum.Short += c.Short
			sum.waits = append(sum.waits, c.waits...)
		}
		all.follow(d)
		n := float64(len(days))
		all.Unfair += d.Unfair / n
		all.Occupancy += d.Occupancy / n
		all.Wrong += d.Wrong
		all.Waits.merge(d.Waits)
		for name, w := range d.Simple {
			sum := all.Simple[name]
			sum.merge(w)
			all.Simple[name] = sum
		}
	}
	all.finish(float64(len(days)))
	return all
}
