package interaction

import (
	"slices"
	"time"

	"linekeeper/internal/queue"
)

// QueueClosed tells that the queue a customer waits in has closed, and what becomes of him. Who has talked with an
// agent already, or is meant for one agent only, waits on: ErrLate.
type QueueClosed struct {
	Do     string     // what the queue says, for the time line: callback, queue, flow, voicemail, outside, hang_up
	Flow   string     // the flow that takes him; empty: he waits in another queue
	Rules  QueueRules // of the queue that is closed, or of the one he waits in from now on
	Number string     // that is called for him, for the flow; empty: none
}

func (QueueClosed) input() {}

// ClosedFlow is the flow that takes a customer who came when his queue was closed.
type ClosedFlow struct {
	Do     string
	Flow   string
	Number string // that is called for him, for the flow; empty: none
}

// EventQueueClosed tells that a queue was closed for a customer, and what became of him.
type EventQueueClosed struct {
	Do     string     `json:"do"`
	Flow   string     `json:"flow,omitempty"` // takes him; empty: he waits elsewhere
	Rules  QueueRules `json:"rules"`          // of the queue that is closed
	Number string     `json:"number,omitempty"`
}

// Kind implements Event.
func (EventQueueClosed) Kind() string { return "queue_closed" }

// MayClose says whether closing time concerns an interaction: a customer in line whom nobody has served yet, and who
// has not come back to a queue that was closed for him before.
func (s State) MayClose() bool {
	return s.MayOverflow() && s.Answered.IsZero() && !slices.Contains(s.ClosedFor, s.Segment.Rules.Queue)
}

// decideClosed takes a customer out of the line of a queue that has closed.
func decideClosed(s State, in QueueClosed) ([]Event, []Effect, error) {
	if !s.MayClose() || in.Flow == "" && in.Rules.Queue == s.Segment.Rules.Queue {
		return nil, nil, ErrLate
	}
	if in.Flow != "" {
		return sentToFlow(EventQueueClosed(in), in.Flow)
	}
	return sentToQueue(s, EventQueueClosed{Do: in.Do, Rules: s.Segment.Rules}, in.Rules)
}

// sentToFlow takes a customer out of the line, for a flow.
func sentToFlow(why Event, flow string) ([]Event, []Effect, error) {
	return []Event{why}, []Effect{Withdraw{}, StartFlow{Flow: flow}}, nil
}

// sentToQueue takes him into another line. He keeps the time he has waited: nobody who came later there goes first.
func sentToQueue(s State, why Event, to QueueRules) ([]Event, []Effect, error) {
	since := s.placeSince()
	place := Place{Interaction: s.ID, Queue: to.Queue, Since: since, Priority: s.Segment.Priority, Language: s.language(), Needs: s.Asks.Needs}
	return []Event{why, EventQueued{Rules: to, Priority: s.Segment.Priority, Since: since, Needs: s.Asks.Needs}},
		[]Effect{Withdraw{}, StartFlow{Flow: to.WaitingFlow, Waiting: true}, Enqueue{place}}, nil
}

// queuedByFlow serves a flow that puts its customer in line, or at a closed queue.
func queuedByFlow(s State, in FlowQueued, now time.Time) ([]Event, []Effect, error) {
	if c := in.Closed; c != nil {
		return []Event{EventQueueClosed{Do: c.Do, Flow: c.Flow, Number: c.Number, Rules: in.Rules}}, []Effect{StartFlow{Flow: c.Flow}}, nil
	}
	e := EventQueued{Rules: in.Rules, Priority: in.Priority, Needs: in.Needs, Since: s.backSince(in.Rules.Queue)}
	if in.First != "" && in.Only == "" {
		e.First, e.FirstUntil = in.First, now.Add(in.FirstFor)
	}
	place := Place{Interaction: s.ID, Queue: in.Rules.Queue, Since: now, Priority: in.Priority, Only: in.Only,
		Language: s.language(), Needs: e.Needs, First: e.First, FirstUntil: e.FirstUntil}
	if !e.Since.IsZero() {
		place.Since = e.Since
	}
	effects := []Effect{StartFlow{Flow: in.Rules.WaitingFlow, Waiting: true}, Enqueue{place}}
	if in.Only != "" { // at first one agent only
		e.Only, e.OnlyUntil, e.Back = in.Only, now.Add(in.OnlyFor), in.Back
		effects = append(effects, SetTimer{OnlyTimer, e.OnlyUntil})
	}
	return []Event{e}, effects, nil
}

// SentOn is how a queue has sent its customer on last: it closed, or it overflowed. The zero value: none has.
type SentOn struct {
	Rules    QueueRules // of that queue
	Since    time.Time  // he stood in its line; zero: he never did
	Priority int        // there
	Number   string     // outside, that is called for him; empty: none
	Overflow bool       // else it closed
}

// backSince is since when the place of a customer counts who comes to a queue: who was sent on by its overflow, and comes
// back after all, has his old place. Zero: since now.
func (s State) backSince(q queue.ID) time.Time {
	if s.SentOn.Overflow && s.SentOn.Rules.Queue == q {
		return s.SentOn.Since
	}
	return time.Time{}
}

// leaveLine folds that a queue has sent its customer on. The segment of who stood in line is over.
func leaveLine(s State, to SentOn, outcome Outcome, flow string, at time.Time) State {
	if s.Phase == Waiting {
		to.Since, to.Priority = s.placeSince(), s.Segment.Priority
		s.Segment.Outcome, s.Segment.Left, s.Segment.Ended = outcome, at, at
	}
	s.SentOn = to
	if flow == "" {
		return s // he goes on in another queue
	}
	s.Flow, s.FlowAt, s.FlowWay = flow, "", ""
	return enter(s, InFlow, at)
}

func applyClosed(s State, e EventQueueClosed, at time.Time) State {
	s.ClosedFor = append(slices.Clone(s.ClosedFor), e.Rules.Queue)
	return leaveLine(s, SentOn{Rules: e.Rules, Number: e.Number}, Requeued, e.Flow, at)
}
