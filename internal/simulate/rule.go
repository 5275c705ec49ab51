package simulate

import (
	"math"

	"linekeeper/internal/queue"
)

// Setup is what a rule is told about a day beforehand. Rates, patience and handle times are not.
type Setup struct {
	Horizon float64 // seconds
	Classes []Goal
	Agents  [][]int // for each agent the classes he serves
}

// Goal is what is wished for a class.
type Goal struct {
	Name   string
	Target float64 // answered within this is in time, seconds
	Share  float64 // wished for, 0 to 1
	Weight float64
	// Strategy says which of the free agents comes first.
	Strategy queue.Strategy
}

// Kind is what happened.
type Kind int

// The kinds of events.
const (
	Arrival Kind = iota // a customer of a class waits
	Abandon             // he gave up
	Done                // an agent is free again
	Login               // an agent joined, free
	Logout              // an agent left
	Tick                // every second, so that held-back customers can be released
)

// Event is something that happened in the center.
type Event struct {
	At    float64 // seconds after opening; never falls
	Kind  Kind
	Call  int // of Arrival and Abandon
	Class int // of Arrival
	Agent int // of Done, Login and Logout
	// Priority is of Arrival.
	Priority int
}

// Answer is what a rule does about an event.
type Answer struct {
	Assign []Assignment // at once; not kept after the next event
	Wait   float64      // of an Arrival: the wait expected, seconds; below 0: nothing is said
}

// Assignment gives an agent a customer.
type Assignment struct{ Call, Agent int }

// NoWait is the Answer.Wait that says nothing.
const NoWait = -1.0

// Rule decides who gets whom. It belongs to one goroutine.
type Rule interface {
	// Start begins a day; what was before is forgotten.
	Start(Setup)
	Event(Event) Answer
}

// setup is what is told of a center.
func (c Center) setup(d Day) Setup {
	s := Setup{Horizon: d.Horizon}
	for _, class := range c.Classes {
		weight := class.Weight
		if weight == 0 {
			weight = 1
		}
		s.Classes = append(s.Classes, Goal{Name: class.Name, Target: class.Target, Share: class.Goal, Weight: weight, Strategy: class.Strategy})
	}
	for _, a := range d.Agents {
		s.Agents = append(s.Agents, a.Skills)
	}
	return s
}

var never = math.Inf(1)
