package interaction

import (
	"slices"
	"time"
)

// QueueClosed tells that the queue a customer waits in has closed, and what becomes of him. Who has talked with an
// agent already, or is meant for one agent only, waits on: ErrLate.
type QueueClosed struct {
	Do    string     // what the queue says, for the time line: callback, queue, flow, hang_up
	Flow  string     // the flow that takes him; empty: he waits in another queue
	Rules QueueRules // of the queue that is closed, or of the one he waits in from now on
}

func (QueueClosed) input() {}

// ClosedFlow is the flow that takes a customer who came when his queue was closed.
type ClosedFlow struct {
	Do   string
	Flow string
}

// EventQueueClosed tells that a queue was closed for a customer, and what became of him.
type EventQueueClosed struct {
	Do    string     `json:"do"`
	Flow  string     `json:"flow,omitempty"` // takes him; empty: he waits elsewhere
	Rules QueueRules `json:"rules"`          // of the queue that is closed
}

// Kind implements Event.
func (EventQueueClosed) Kind() string { return "queue_closed" }

// MayClose says whether closing time concerns an interaction: a customer in line whom nobody has served yet, and who
// has not come back to a queue that was closed for him before.
func (s State) MayClose() bool {
	return s.Phase == Waiting && s.HasCustomer() && s.Arrival.Promise == nil && s.CallbackTaken == "" &&
		s.Segment.Only == "" && s.Answered.IsZero() && !slices.Contains(s.ClosedFor, s.Segment.Rules.Queue)
}

// decideClosed takes a customer out of the line of a queue that has closed.
func decideClosed(s State, in QueueClosed) ([]Event, []Effect, error) {
	if !s.MayClose() || in.Flow == "" && in.Rules.Queue == s.Segment.Rules.Queue {
		return nil, nil, ErrLate
	}
	if in.Flow != "" {
		return []Event{EventQueueClosed(in)}, []Effect{Withdraw{}, StartFlow{Flow: in.Flow}}, nil
	}
	events := []Event{EventQueueClosed{Do: in.Do, Rules: s.Segment.Rules}}
	// He keeps the time he has waited: nobody who came later in the other queue goes first.
	since := s.placeSince()
	place := Place{Interaction: s.ID, Queue: in.Rules.Queue, Since: since, Priority: s.Segment.Priority, Language: s.language(), Needs: s.Asks.Needs}
	return append(events, EventQueued{Rules: in.Rules, Priority: s.Segment.Priority, Since: since, Needs: s.Asks.Needs}),
		[]Effect{Withdraw{}, StartFlow{Flow: in.Rules.WaitingFlow, Waiting: true}, Enqueue{place}}, nil
}

// queuedByFlow serves a flow that puts its customer in line, or at a closed queue.
func queuedByFlow(s State, in FlowQueued, now time.Time) ([]Event, []Effect, error) {
	if c := in.Closed; c != nil {
		return []Event{EventQueueClosed{Do: c.Do, Flow: c.Flow, Rules: in.Rules}}, []Effect{StartFlow{Flow: c.Flow}}, nil
	}
	e := EventQueued{Rules: in.Rules, Priority: in.Priority, Needs: in.Needs}
	if in.First != "" && in.Only == "" {
		e.First, e.FirstUntil = in.First, now.Add(in.FirstFor)
	}
	place := Place{Interaction: s.ID, Queue: in.Rules.Queue, Since: now, Priority: in.Priority, Only: in.Only,
		Language: s.language(), Needs: e.Needs, First: e.First, FirstUntil: e.FirstUntil}
	effects := []Effect{StartFlow{Flow: in.Rules.WaitingFlow, Waiting: true}, Enqueue{place}}
	if in.Only != "" { // at first one agent only
		e.Only, e.OnlyUntil, e.Back = in.Only, now.Add(in.OnlyFor), in.Back
		effects = append(effects, SetTimer{OnlyTimer, e.OnlyUntil})
	}
	return []Event{e}, effects, nil
}

// applyClosed folds EventQueueClosed. The segment of who stood in line is over; who goes on in another queue
// begins a new one.
func applyClosed(s State, e EventQueueClosed, at time.Time) State {
	if s.Phase == Waiting {
		s.Segment.Outcome, s.Segment.Left, s.Segment.Ended = Requeued, at, at
	}
	rules := e.Rules
	s.ClosedQueue = &rules
	s.ClosedFor = append(slices.Clone(s.ClosedFor), rules.Queue)
	if e.Flow == "" {
		return s
	}
	s.Flow, s.FlowAt = e.Flow, ""
	return enter(s, InFlow, at)
}
