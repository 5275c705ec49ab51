package project

import (
	"cmp"
	"time"

	"linekeeper/internal/kit/fault"
)

// Callbacks are a project's terms for calling customers back. The zero value has the usual ones.
type Callbacks struct {
	// AtOnce is how many of its customers are called at a time, from asking the agent until they pick up; 0: 10.
	AtOnce int64 `json:"at_once"`
	// PerMinute is how many calls back begin within a minute; 0: 60.
	PerMinute int64 `json:"per_minute"`
	// OnePer says of what a number has one open request at most; empty: OnePerQueue.
	OnePer OnePer `json:"one_per"`
	// GraceMinutes is how long a callback of an agent's own is offered to him alone at its time; 0: 15.
	GraceMinutes int64 `json:"grace_minutes,omitempty"`
	// RemindMinutes is how long before its time he is told of it; 0: 10.
	RemindMinutes int64 `json:"remind_minutes,omitempty"`
}

// Grace is how long a callback of an agent's own is offered to him alone.
func (c Callbacks) Grace() time.Duration {
	return time.Duration(cmp.Or(c.GraceMinutes, usualGrace)) * time.Minute
}

// Remind is how long before its time an agent is told of a callback of his own.
func (c Callbacks) Remind() time.Duration {
	return time.Duration(cmp.Or(c.RemindMinutes, usualRemind)) * time.Minute
}

// OnePer says of what a number has one open request at most.
type OnePer string

// The rules. Who asks again keeps the older place.
const (
	OnePerQueue   OnePer = "queue"
	OnePerProject OnePer = "project"
	AnyNumber     OnePer = "any" // each wish is one more call
)

// Limits of calls back for projects that say none.
const (
	usualAtOnce    = 10
	usualPerMinute = 60
	usualGrace     = 15
	usualRemind    = 10
)

// May says whether one more customer may be called: under says how many are being called, and begun when the calls
// of the last minute began, the first first.
func (c Callbacks) May(under int, begun []time.Time, now time.Time) bool {
	most, each := c.AtOnce, c.PerMinute
	if most == 0 {
		most = usualAtOnce
	}
	if each == 0 {
		each = usualPerMinute
	}
	if int64(under) >= most {
		return false
	}
	recent := int64(0)
	for _, at := range begun {
		if now.Sub(at) < time.Minute {
			recent++
		}
	}
	return recent < each
}

func (c Callbacks) check(f *fault.Fields) {
	f.Range("callbacks.at_once", c.AtOnce, 0, 1000)
	f.Range("callbacks.per_minute", c.PerMinute, 0, 10_000)
	f.Range("callbacks.grace_minutes", c.GraceMinutes, 0, 24*60)
	f.Range("callbacks.remind_minutes", c.RemindMinutes, 0, 24*60)
	fault.OneOf(f, "callbacks.one_per", c.OnePer, "", OnePerQueue, OnePerProject, AnyNumber)
}
