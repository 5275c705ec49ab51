// Package callback keeps the promise to call customers back who left the line. A request is a place in
// line that ages like a caller. When an agent is reserved for the place an interaction of origin callback
// begins: the agent is asked, says yes, and the customer is called. One interaction is one call; the
// request outlives them, and the process. The rule is the pure function Next; Engine carries it out.
package callback

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// ID is the identity of a request: time-ordered text. In the router it stands for an interaction.
type ID string

// State is where a request stands.
type State string

// The states. The last three are ends.
const (
	Waiting   State = "waiting"   // a place in line
	Calling   State = "calling"   // an agent is asked, or the customer is called, or asked whether he is the one
	Resting   State = "resting"   // not reached; in line again later
	Reached   State = "reached"   // the customer has picked up; called first, he has also pressed the key
	GivenUp   State = "given_up"  // not reached often enough
	Cancelled State = "cancelled" // by the customer, an agent, a supervisor or because the queue is gone
)

// Over says whether nothing more is done.
func (s State) Over() bool { return s == Reached || s == GivenUp || s == Cancelled }

// Callback is a customer's request to be called back.
type Callback struct {
	ID            ID
	Tenant        tenant.ID
	First         interaction.ID // in which it was asked for
	Last          interaction.ID // of the latest call; empty: none yet
	Project       project.ID
	Queue         queue.ID
	Number        string // E.164, or digits as the country dials them
	CenterAddress string // the number the customer had called
	Language      string
	Priority      int
	Rules         interaction.QueueRules
	Since         time.Time // the customer waits since then
	Asked         time.Time
	State         State
	Attempts      int           // calls in vain
	Next          time.Time     // Resting: in line again then
	Slot          time.Time     // the time he or a supervisor has chosen for the call; zero: when it is his turn
	Ended         time.Time     // zero: open
	Why           string        // how the last call failed, or who cancelled
	CustomerFirst bool          // he is called when an agent is free or soon will be, before one is asked
	Prompt        string        // what he is asked then; empty: shipped words
	By            access.UserID // the agent who has promised it; empty: the customer asked for it himself
	Own           access.UserID // whose it is at its time, until the grace is over; empty: everybody's of the queue
	Note          string        // what the call is about
	Reason        string        // why it was cancelled, in the words of who did
}

// Input is something that happened to a request.
type Input interface{ input() }

// The inputs.
type (
	// Offered tells that an agent is reserved; Interaction is the call that begins.
	Offered struct{ Interaction interaction.ID }
	// Answered tells that the customer has picked up.
	Answered struct{ Interaction interaction.ID }
	// NotReached tells why he did not.
	NotReached struct {
		Interaction interaction.ID
		Why         interaction.Missed
	}
	// Broken tells that a call ended before the customer was called: by a restart, or the queue is gone.
	Broken struct{ Interaction interaction.ID }
	// Due tells that time has passed.
	Due struct{}
	// Cancel ends it; Who is customer, agent, supervisor, administrator or system, Reason is in his own words.
	Cancel struct{ Who, Reason string }
	// Moved puts it off: it is in line again At, or at once if that has passed. Nobody moves a call that is made.
	Moved struct{ At time.Time }
	// Reopened takes up a request that was cancelled or given up; all its calls are to be made again.
	Reopened struct{}
)

func (Offered) input()    {}
func (Answered) input()   {}
func (NotReached) input() {}
func (Broken) input()     {}
func (Due) input()        {}
func (Cancel) input()     {}
func (Moved) input()      {}
func (Reopened) input()   {}

// Next is what becomes of a request. Inputs that no longer fit change nothing. A customer who was called
// keeps the age of his place, so that after the gap he is near the head again.
func Next(c Callback, in Input, rules queue.Callback, now time.Time) Callback {
	if _, again := in.(Reopened); again && (c.State == Cancelled || c.State == GivenUp) {
		c.State, c.Ended, c.Attempts, c.Why, c.Reason = Waiting, time.Time{}, 0, "", ""
		if c.Slot.After(now) {
			c.State, c.Next = Resting, c.Slot
		}
		return c
	}
	if c.State.Over() {
		return c
	}
	switch in := in.(type) {
	case Offered:
		if c.State == Waiting {
			c.State, c.Last = Calling, in.Interaction
		}
	case Answered:
		if c.State == Calling && in.Interaction == c.Last {
			c.State, c.Ended, c.Why = Reached, now, ""
		}
	case NotReached:
		if c.State == Calling && in.Interaction == c.Last {
			return missed(c, in.Why, rules, now)
		}
	case Broken:
		if c.State == Calling && in.Interaction == c.Last {
			c.State = Waiting
		}
	case Due:
		if c.State == Resting && !now.Before(c.Next) {
			c.State, c.Next = Waiting, time.Time{}
		}
	case Moved:
		if c.State == Calling {
			break
		}
		if c.State, c.Next, c.Slot = Waiting, (time.Time{}), (time.Time{}); in.At.After(now) {
			c.State, c.Next, c.Slot = Resting, in.At, in.At
		}
	case Cancel:
		c.State, c.Ended, c.Why, c.Next, c.Reason = Cancelled, now, in.Who, time.Time{}, in.Reason
	}
	return c
}

// missed is what follows a call in vain. A number that does not exist is not called again; an agent who
// thinks better of it does not use up one of the customer's calls.
func missed(c Callback, why interaction.Missed, rules queue.Callback, now time.Time) Callback {
	c.Why = string(why)
	if why == interaction.MissedUnwanted {
		c.State, c.Ended, c.Why = Cancelled, now, "customer"
		return c
	}
	if why == interaction.MissedCancelled {
		c.State = Waiting
		return c
	}
	c.Attempts++
	if why == interaction.MissedNumber || int64(c.Attempts) > rules.Retries {
		c.State, c.Ended = GivenUp, now
		return c
	}
	c.State, c.Next = Resting, now.Add(rules.Gap())
	return c
}

// Answers says what an event of a call means for its request; nil: nothing.
func Answers(s interaction.State, e interaction.Event) Input {
	p := s.Arrival.Promise
	switch e := e.(type) {
	case interaction.EventReached:
		if p != nil && !p.Customer {
			return Answered{s.ID}
		}
	case interaction.EventCallbackConfirmed:
		return Answered{s.ID}
	case interaction.EventNotReached:
		return NotReached{s.ID, e.Why}
	case interaction.EventEnded: // of no interest if one of the others was before
		return Broken{s.ID}
	}
	return nil
}

// InLine says whether the request has a place in line at a moment of the center's time.
func InLine(c Callback, rules queue.Callback, at time.Time) bool {
	return c.State == Waiting && rules.May(at)
}

// Place is its place, into which it comes now. One that is somebody's own is offered to him alone until the grace is over,
// and at once to everybody when he is not there.
func (c Callback) Place(grace time.Duration, now time.Time) interaction.Place {
	p := interaction.Place{Interaction: interaction.ID(c.ID), Queue: c.Queue, Since: c.Since, Priority: c.Priority, Language: c.Language, Absent: true}
	if c.Own == "" {
		return p
	}
	from := c.Slot
	if from.IsZero() {
		from = c.Asked
	}
	if c.Attempts > 0 { // the next call is his again
		from = now
	}
	if until := from.Add(grace); until.After(now) {
		p.First, p.FirstUntil = c.Own, until
	}
	return p
}

// Soon says whether somebody whose own it is should be told now that its time comes.
func Soon(c Callback, before time.Duration, now time.Time) bool {
	return c.Own != "" && c.State == Resting && !now.Before(c.Next.Add(-before)) && now.Before(c.Next)
}

// Promise is what an interaction takes along that calls the customer.
func (c Callback) Promise() *interaction.Promise {
	return &interaction.Promise{Callback: string(c.ID), First: c.First, Since: c.Since, Attempt: c.Attempts + 1,
		Priority: c.Priority, Rules: c.Rules, Customer: c.CustomerFirst, Prompt: c.Prompt, Note: c.Note}
}
