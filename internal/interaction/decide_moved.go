package interaction

import (
	"errors"
	"time"
	"unicode/utf8"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
)

// ErrPlaceChanged refuses a change of a place by somebody who has not seen the present one: another has changed it
// meanwhile.
var ErrPlaceChanged = errors.New("the place was changed meanwhile")

// ErrKept refuses a place that waits for one agent only.
var ErrKept = errors.New("the place waits for one agent only")

// PickTime is how long a picked place waits for the agent it was given to; then all of the queue may take it.
const PickTime = AskTime

// MaxPriority bounds priorities on both sides of zero.
const MaxPriority = 100

// Seen is who changes a place, why, and which place he saw: if it is another now, he is refused.
type Seen struct {
	By       access.UserID
	Note     string // for the time line and the audit; at most 200 characters
	Queue    queue.ID
	Priority int
}

// Inputs of who looks after the line: a supervisor, or an agent who may pick.
type (
	// Moved puts a waiting customer into another queue's line. He keeps the age of his place.
	Moved struct {
		Seen
		Rules QueueRules // of the queue he waits in from now on
	}
	// Reprioritised changes the priority of a waiting customer.
	Reprioritised struct {
		Seen
		To int
	}
	// Picked gives a waiting customer to one agent, who is offered him next, whatever queues he serves.
	Picked struct {
		Seen
		Agent access.UserID
	}
)

func (Moved) input()         {}
func (Reprioritised) input() {}
func (Picked) input()        {}

// Events of who looks after the line.
type (
	// EventMoved tells that a waiting customer was put into another queue's line.
	EventMoved struct {
		By   access.UserID `json:"by"`
		Note string        `json:"note,omitempty"`
		From queue.ID      `json:"from"`
		To   queue.ID      `json:"to"`
	}
	// EventReprioritised tells that the priority of a waiting customer was changed.
	EventReprioritised struct {
		By   access.UserID `json:"by"`
		Note string        `json:"note,omitempty"`
		From int           `json:"from"`
		To   int           `json:"to"`
	}
	// EventPicked tells that a waiting customer was given to one agent.
	EventPicked struct {
		By    access.UserID `json:"by"`
		Note  string        `json:"note,omitempty"`
		Agent access.UserID `json:"agent"`
		Until time.Time     `json:"until"` // then all of the queue may take him
	}
)

// Kind implements Event.
func (EventMoved) Kind() string         { return "moved" }
func (EventReprioritised) Kind() string { return "reprioritised" }
func (EventPicked) Kind() string        { return "picked" }

// decidePlaced serves who looks after the line. Not ok: it is something else.
func decidePlaced(s State, in Input, now time.Time) (events []Event, effects []Effect, err error, ok bool) {
	var seen Seen
	switch in := in.(type) {
	case Moved:
		seen = in.Seen
	case Reprioritised:
		seen = in.Seen
	case Picked:
		seen = in.Seen
	default:
		return nil, nil, nil, false
	}
	if err := s.mayPlace(seen); err != nil {
		return nil, nil, err, true
	}
	if s.IsTask() {
		events, effects, err = decideTaskChanged(s, taskPlaced(in), now)
		return events, effects, err, true
	}
	switch in := in.(type) {
	case Moved:
		events, effects, err = decideMoved(s, in)
	case Reprioritised:
		events, effects, err = decideReprioritised(s, in)
	case Picked:
		events, effects, err = decidePicked(s, in, now)
	}
	return events, effects, err, true
}

// mayPlace refuses who cannot change the place: nobody waits there, or he saw another one.
func (s State) mayPlace(seen Seen) error {
	switch {
	case utf8.RuneCountInString(seen.Note) > maxReason:
		return fault.OneField("note", fault.TooLong, "must have at most %d characters", maxReason)
	case s.Phase != Waiting || s.CallbackTaken != "":
		return ErrLate
	case s.Segment.Rules.Queue != seen.Queue || s.Segment.Priority != seen.Priority:
		return ErrPlaceChanged
	}
	return nil
}

func decideMoved(s State, in Moved) ([]Event, []Effect, error) {
	from := s.Segment.Rules.Queue
	if in.Rules.Queue == from {
		return nil, nil, nil
	}
	if s.Arrival.Promise != nil { // the callback, its figures and its further attempts belong to the queue that promised
		return nil, nil, fault.Conflict.New("This customer was promised a call by this queue; he cannot be moved to another.")
	}
	rules := in.Rules
	if s.IsMessage() {
		rules.Target = s.Segment.Rules.Target // its deadline is its own
	}
	since := s.placeSince()
	place := Place{Interaction: s.ID, Queue: rules.Queue, Since: since, Priority: s.Segment.Priority, Head: s.hadTurn(), Language: s.language(), Needs: s.Asks.Needs, Absent: !s.HasCustomer()}
	return []Event{
			EventMoved{By: in.By, Note: in.Note, From: from, To: rules.Queue},
			EventQueued{Rules: rules, Priority: s.Segment.Priority, Since: since, Needs: s.Asks.Needs},
		}, []Effect{Withdraw{}, StopTimer{OnlyTimer}, StartFlow{Flow: rules.WaitingFlow, Waiting: true}, Enqueue{place}},
		nil
}

func decideReprioritised(s State, in Reprioritised) ([]Event, []Effect, error) {
	if in.To < -MaxPriority || in.To > MaxPriority {
		return nil, nil, fault.OneField("priority", fault.OutOfRange, "must be from %d to %d", -MaxPriority, MaxPriority)
	}
	if in.To == s.Segment.Priority {
		return nil, nil, nil
	}
	place := s.WaitingPlace()
	place.Priority = in.To
	return []Event{EventReprioritised{By: in.By, Note: in.Note, From: s.Segment.Priority, To: in.To}},
		[]Effect{Withdraw{}, Enqueue{place}}, nil
}

func decidePicked(s State, in Picked, now time.Time) ([]Event, []Effect, error) {
	if s.Segment.Only != "" || s.Arrival.Promise != nil {
		return nil, nil, ErrKept
	}
	until := now.Add(PickTime)
	place := headPlace(s, s.placeSince())
	place.Only = in.Agent
	return []Event{EventPicked{By: in.By, Note: in.Note, Agent: in.Agent, Until: until}},
		[]Effect{Withdraw{}, Enqueue{place}, SetTimer{OnlyTimer, until}}, nil
}

// since is from when on the segment's place counts.
func (g Segment) since() time.Time {
	if g.Since.IsZero() {
		return g.Queued
	}
	return g.Since
}

// Waits is since when the customer waits in line, in whichever.
func (s State) Waits() time.Time { return s.placeSince() }

// hadTurn says whether the place is at the head of its priority: an offer was missed, or the call was promised.
func (s State) hadTurn() bool {
	return s.Segment.Missed > 0 || s.Arrival.Promise != nil && s.Segment.Seq == 1
}

// WaitingPlace is the place of a customer in line as the router has it, or has to have it after a restart.
func (s State) WaitingPlace() Place {
	place := headPlace(s, s.placeSince())
	place.Head = s.hadTurn()
	if s.Segment.Only != "" {
		place.Only, place.Head = s.Segment.Only, true
	}
	return place
}

// applyPlaced folds the events of who looks after the line. The segment of who was moved is over; the next begins with
// EventQueued.
func applyPlaced(s State, e Event, at time.Time) State {
	switch e := e.(type) {
	case EventMoved:
		s.PlacedBy = e.By
		s.Segment.Outcome, s.Segment.Left, s.Segment.Ended = Requeued, at, at
	case EventReprioritised:
		s.PlacedBy = e.By
		s.Segment.Priority = e.To
	case EventPicked:
		s.PlacedBy = e.By
		s.Segment.Only, s.Segment.OnlyUntil = e.Agent, e.Until
	}
	return s
}

// notePlaced writes the audit line of a changed place, in the transaction of its event.
func notePlaced(tx *db.Tx, s State, r Recorded) error {
	type place struct {
		Queue    queue.ID      `json:"queue,omitempty"`
		Priority *int          `json:"priority,omitempty"`
		Agent    access.UserID `json:"agent,omitempty"`
		Note     string        `json:"note,omitempty"`
	}
	var by access.UserID
	var before, after place
	switch e := r.Event.(type) {
	case EventMoved:
		by, before, after = e.By, place{Queue: e.From}, place{Queue: e.To, Note: e.Note}
	case EventReprioritised:
		by, before, after = e.By, place{Priority: &e.From}, place{Priority: &e.To, Note: e.Note}
	case EventPicked:
		by, after = e.By, place{Agent: e.Agent, Note: e.Note}
	default:
		return nil
	}
	author := audit.Author{Tenant: string(s.Arrival.Tenant), User: string(by), Source: "board"}
	return audit.Changed(tx, author, "interaction", string(s.ID), before, after)
}
