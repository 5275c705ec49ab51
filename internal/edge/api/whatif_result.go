package api

import (
	"math"

	"linekeeper/internal/simulate"
)

// WhatIfResult is what came out. Its lists by hour have 24 entries, from midnight on by the center's clock.
type WhatIfResult struct {
	Days     []string          `json:"days" doc:"Those that were played, the latest first"`
	Turns    int               `json:"turns" doc:"How many days were played in all"`
	Queues   []WhatIfOutcome   `json:"queues" doc:"All queues together first, under the key *; then each with customers"`
	Agents   []WhatIfOccupancy `json:"agents" doc:"By the queues they serve"`
	Focus    WhatIfFocus       `json:"focus"`
	Patience WhatIfPatience    `json:"patience"`
	MeanWait WhatIfDifference  `json:"mean_wait" doc:"By how much the mean wait of all changes, seconds"`
}

// WhatIfPatience is what is known of customers' patience.
type WhatIfPatience struct {
	Customers int `json:"customers"`
	GaveUp    int `json:"gave_up"`
}

// WhatIfDifference is after less before, with half the width of its 95 % interval over the days.
type WhatIfDifference struct {
	Mean float64 `json:"mean"`
	Half float64 `json:"half"`
}

// WhatIfFocus is where the changes are: one queue or all, a part of the day or the whole.
type WhatIfFocus struct {
	Queue  string   `json:"queue" doc:"Its key; *: all"`
	From   int      `json:"from" doc:"Minutes after midnight; 0 like to: the whole day"`
	To     int      `json:"to"`
	Before *float64 `json:"before" doc:"The service level there and then; null: no customers"`
	After  *float64 `json:"after"`
}

// WhatIfOutcome is a queue as it was, as the engine makes it of the present settings, and after the changes.
type WhatIfOutcome struct {
	Key      string      `json:"key"`
	Name     string      `json:"name"`
	TargetS  float64     `json:"target_s" doc:"After the changes; 0: of all queues"`
	Happened WhatIfTotal `json:"happened"`
	Before   WhatIfSide  `json:"before"`
	After    WhatIfSide  `json:"after"`
}

// WhatIfTotal are a day's figures in the mean.
type WhatIfTotal struct {
	Offered   float64  `json:"offered"`
	Answered  float64  `json:"answered"`
	Abandoned float64  `json:"abandoned"`
	Short     float64  `json:"short_abandons"`
	Level     *float64 `json:"service_level" doc:"0 to 1; null: nobody counts, as everywhere"`
	Lost      *float64 `json:"abandoned_share" doc:"Of the offered"`
	MeanS     *float64 `json:"mean_wait_s"`
	P50S      *float64 `json:"p50_wait_s"`
	P90S      *float64 `json:"p90_wait_s"`
	P95S      *float64 `json:"p95_wait_s"`
}

// WhatIfSide are figures of the day and by hour.
type WhatIfSide struct {
	Total WhatIfTotal `json:"total"`
	Hours WhatIfHours `json:"hours"`
}

// WhatIfHours are figures by the hour in which customers came.
type WhatIfHours struct {
	Level []*float64 `json:"service_level"`
	Lost  []*float64 `json:"abandoned_share"`
	P50S  []*float64 `json:"p50_wait_s"`
	P90S  []*float64 `json:"p90_wait_s"`
}

// WhatIfOccupancy is how busy a group of agents is.
type WhatIfOccupancy struct {
	Name        string     `json:"name" doc:"The names of the queues they serve"`
	Before      *float64   `json:"before" doc:"0 to 1; null: nobody was there"`
	After       *float64   `json:"after"`
	BeforeHours []*float64 `json:"before_hours"`
	AfterHours  []*float64 `json:"after_hours"`
}

// anyQueue is the key of all queues together.
const anyQueue = "*"

// slotsAnHour is how many of the engine's slots an hour has.
const slotsAnHour = 2

func whatIfResult(past *simulate.Past, days []string, after simulate.Case, happened *simulate.Result, runs []simulate.Run, changes []simulate.Change) *WhatIfResult {
	was, now := runs[0].Result, runs[1].Result
	turns := float64(runs[0].Days)
	out := &WhatIfResult{Days: days, Turns: runs[0].Days, Focus: whatIfFocus(past, changes, was, now)}
	if d := runs[1].Against; d != nil {
		out.MeanWait = WhatIfDifference{d.MeanWait.Mean, d.MeanWait.Half}
	}
	add := func(key, name string, target float64, of func(int) bool) {
		out.Queues = append(out.Queues, WhatIfOutcome{Key: key, Name: name, TargetS: target,
			Happened: whatIfTotal(happened, of, float64(past.Days())), Before: whatIfSide(was, of, turns), After: whatIfSide(now, of, turns)})
	}
	add(anyQueue, "", 0, func(int) bool { return true })
	for i, q := range past.Queues {
		out.Patience.Customers += past.Learned[i].Customers
		out.Patience.GaveUp += past.Learned[i].GaveUp
		if past.Learned[i].Customers > 0 {
			add(q.Key, q.Name, after.Center.Classes[i].Target, func(k int) bool { return k == i })
		}
	}
	out.Agents = whatIfAgents(was, now)
	return out
}

// whatIfFocus is the queue and the time that all changes share.
func whatIfFocus(past *simulate.Past, changes []simulate.Change, was, now *simulate.Result) WhatIfFocus {
	f := WhatIfFocus{Queue: anyQueue}
	for i, c := range changes {
		key := c.Queue
		if key == "" {
			key = anyQueue
		}
		from, to := int(c.From)/60, int(c.To)/60
		if i == 0 {
			f.Queue, f.From, f.To = key, from, to
		}
		if key != f.Queue {
			f.Queue = anyQueue
		}
		if from != f.From || to != f.To {
			f.From, f.To = 0, 0
		}
	}
	of := func(k int) bool { return f.Queue == anyQueue || past.Queues[k].Key == f.Queue }
	within := func(slot int) bool { return f.From == f.To || slot*30 >= f.From && slot*30 < f.To }
	level := func(r *simulate.Result) *float64 {
		sum := whatIfSum(r, of, within)
		return over(sum.InTime, sum.Offered-sum.Short)
	}
	f.Before, f.After = level(was), level(now)
	return f
}

// whatIfSum are the customers of some classes in some slots together.
func whatIfSum(r *simulate.Result, of func(class int) bool, in func(slot int) bool) (sum simulate.SlotClass) {
	for i, slot := range r.Course {
		for k := range slot.Classes {
			if of(k) && in(i) {
				sum.Add(slot.Classes[k])
			}
		}
	}
	return sum
}

func whatIfTotal(r *simulate.Result, of func(int) bool, days float64) WhatIfTotal {
	var t WhatIfTotal
	for i, c := range r.Classes {
		if of(i) {
			t.Answered += c.Answered
		}
	}
	sum := whatIfSum(r, of, func(int) bool { return true })
	t.Offered, t.Abandoned, t.Short = sum.Offered/days, sum.Abandoned/days, sum.Short/days
	t.Level, t.Lost = over(sum.InTime, sum.Offered-sum.Short), over(sum.Abandoned, sum.Offered)
	t.MeanS, t.P50S, t.P90S, t.P95S = known(sum.MeanWait()), known(sum.Percentile(0.5)), known(sum.Percentile(0.9)), known(sum.Percentile(0.95))
	return t
}

func whatIfSide(r *simulate.Result, of func(int) bool, days float64) WhatIfSide {
	s := WhatIfSide{Total: whatIfTotal(r, of, days)}
	for hour := range 24 {
		sum := whatIfSum(r, of, func(slot int) bool { return slot/slotsAnHour == hour })
		s.Hours.Level = append(s.Hours.Level, over(sum.InTime, sum.Offered-sum.Short))
		s.Hours.Lost = append(s.Hours.Lost, over(sum.Abandoned, sum.Offered))
		s.Hours.P50S = append(s.Hours.P50S, known(sum.Percentile(0.5)))
		s.Hours.P90S = append(s.Hours.P90S, known(sum.Percentile(0.9)))
	}
	return s
}

// whatIfAgents are the groups of both sides by name.
func whatIfAgents(was, now *simulate.Result) []WhatIfOccupancy {
	all := []WhatIfOccupancy{}
	find := func(name string) *WhatIfOccupancy {
		for i := range all {
			if all[i].Name == name {
				return &all[i]
			}
		}
		all = append(all, WhatIfOccupancy{Name: name, BeforeHours: make([]*float64, 24), AfterHours: make([]*float64, 24)})
		return &all[len(all)-1]
	}
	hours := func(r *simulate.Result, group int) []*float64 {
		out := make([]*float64, 24)
		for hour := range out {
			var sum simulate.SlotGroup
			for i := hour * slotsAnHour; i < min((hour+1)*slotsAnHour, len(r.Course)); i++ {
				g := r.Course[i].Groups[group]
				sum.Present, sum.Busy = sum.Present+g.Present, sum.Busy+g.Busy
			}
			out[hour] = over(sum.Busy, sum.Present)
		}
		return out
	}
	for i, g := range was.Groups {
		if g.Name != "" {
			one := find(g.Name)
			one.Before, one.BeforeHours = over(g.Busy, g.Present), hours(was, i)
		}
	}
	for i, g := range now.Groups {
		if g.Name != "" {
			one := find(g.Name)
			one.After, one.AfterHours = over(g.Busy, g.Present), hours(now, i)
		}
	}
	return all
}

// over is a quotient; nil: there is nothing to divide by.
func over(a, b float64) *float64 {
	if b <= 0 {
		return nil
	}
	v := a / b
	return &v
}

// known is a figure; nil: there is none.
func known(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}
