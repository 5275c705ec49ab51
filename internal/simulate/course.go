package simulate

import (
	"math"
	"slices"
)

// slotLength is half an hour, in seconds.
const slotLength = 1800

// Slot are the figures of half an hour; customers count in the one in which they came.
type Slot struct {
	Classes []SlotClass
	Groups  []SlotGroup
}

// SlotClass are the customers of a class. Counts are sums over all days.
type SlotClass struct {
	Offered, InTime, Abandoned, Short float64

	waits []float32
}

// SlotGroup is how long the agents of a group were there and busy, seconds.
type SlotGroup struct{ Present, Busy float64 }

// GroupResult is a group over the whole day, as SlotGroup.
type GroupResult struct {
	Name string
	SlotGroup
}

// Percentile is the least wait that this share of the customers did not exceed, seconds; NaN: there were none.
func (s *SlotClass) Percentile(share float64) float64 {
	if len(s.waits) == 0 {
		return math.NaN()
	}
	slices.Sort(s.waits)
	i := int(math.Ceil(share*float64(len(s.waits)))) - 1
	return float64(s.waits[min(max(0, i), len(s.waits)-1)])
}

// MeanWait is the mean of all waits, of who gave up with the time he stayed, seconds; NaN: there were none.
func (s *SlotClass) MeanWait() float64 {
	sum := 0.0
	for _, w := range s.waits {
		sum += float64(w)
	}
	return sum / float64(len(s.waits))
}

// Add puts another one's customers to these.
func (s *SlotClass) Add(o SlotClass) {
	s.Offered, s.InTime = s.Offered+o.Offered, s.InTime+o.InTime
	s.Abandoned, s.Short = s.Abandoned+o.Abandoned, s.Short+o.Short
	s.waits = append(slices.Clip(s.waits), o.waits...)
}

// course keeps the slots of a day; nil keeps nothing.
type course struct {
	of     []int // Day.Slots
	slots  []Slot
	groups []GroupResult
}

func newCourse(c *Center, d *Day) *course {
	if d.Slots == nil {
		return nil
	}
	made := &course{of: d.Slots, slots: make([]Slot, slices.Max(d.Slots)+1)}
	for _, g := range c.Groups {
		made.groups = append(made.groups, GroupResult{Name: g.Name})
	}
	for i := range made.slots {
		made.slots[i] = Slot{make([]SlotClass, len(c.Classes)), make([]SlotGroup, len(c.Groups))}
	}
	return made
}

// class is where a customer is counted.
func (c *course) class(call Call) *SlotClass {
	if c == nil {
		return new(SlotClass)
	}
	return &c.slots[c.of[c.half(call.At)]].Classes[call.Class]
}

// half is the half hour of the day.
func (c *course) half(at float64) int { return min(max(0, int(at/slotLength)), len(c.of)-1) }

func (c *course) busy(group int, from, to float64) {
	c.spread(group, from, to, func(g *SlotGroup, s float64) { g.Busy += s })
}

func (c *course) present(group int, from, to float64) {
	c.spread(group, from, to, func(g *SlotGroup, s float64) { g.Present += s })
}

// spread shares out a time among the half hours it lies in.
func (c *course) spread(group int, from, to float64, add func(*SlotGroup, float64)) {
	if c == nil || to <= from {
		return
	}
	add(&c.groups[group].SlotGroup, to-from)
	for i := c.half(from); i <= c.half(to); i++ {
		if part := min(to, float64(i+1)*slotLength) - max(from, float64(i)*slotLength); part > 0 {
			add(&c.slots[c.of[i]].Groups[group], part)
		}
	}
}

// follow adds another day's course; the days have the same slots, classes and groups.
func (r *Result) follow(d *Result) {
	if r.Course == nil && d.Course != nil {
		r.Groups = make([]GroupResult, len(d.Groups))
		for i, g := range d.Groups {
			r.Groups[i].Name = g.Name
		}
	}
	for i, g := range d.Groups {
		r.Groups[i].Present += g.Present
		r.Groups[i].Busy += g.Busy
	}
	for i, s := range d.Course {
		if i >= len(r.Course) {
			r.Course = append(r.Course, Slot{make([]SlotClass, len(s.Classes)), make([]SlotGroup, len(s.Groups))})
		}
		for k := range s.Classes {
			r.Course[i].Classes[k].Add(s.Classes[k])
		}
		for k, g := range s.Groups {
			r.Course[i].Groups[k].Present += g.Present
			r.Course[i].Groups[k].Busy += g.Busy
		}
	}
}
