package interaction

import "time"

// FlowTransferred is a flow's decision to send its customer on: to a number outside, which the customer reaches
// without an agent, or to an entry, whose flow takes him.
type FlowTransferred struct {
	Target Target
	Ring   time.Duration // how long a number outside may ring; 0: OutsideTime
	// After says that the flow goes on when the number outside hangs up after the talk; else the call ends then.
	After bool
}

func (FlowTransferred) input() {}

// EventFlowTransferred tells that a flow has sent its customer on. From a number outside that is not reached he
// comes back to it.
type EventFlowTransferred struct {
	Target Target `json:"target"`
	After  bool   `json:"after,omitempty"`
}

// Kind implements Event.
func (EventFlowTransferred) Kind() string { return "flow_transferred" }

// EventFlowReturned tells that the customer is back at the flow that has lent him, which goes on by this way.
type EventFlowReturned struct {
	Way string `json:"way"`
}

// Kind implements Event.
func (EventFlowReturned) Kind() string { return "flow_returned" }

// The ways by which a flow goes on with a customer who is back.
const (
	WayEnded    = "ended"     // the number outside has hung up after the talk
	WayBusy     = "busy"      // engaged, or refused
	WayNoAnswer = "no_answer" // nobody answered in time
	WayFailed   = "failed"    // not reached for another reason
)

// Lent says of whom a flow lets a customer come back; see FlowTransferred.
type Lent struct {
	On    bool // a number outside has him, or rings
	After bool // he comes back after the talk too
}

// transferredByFlow serves a flow that sends its customer on.
func transferredByFlow(s State, in FlowTransferred, now time.Time) ([]Event, []Effect, error) {
	t := in.Target
	events := []Event{EventFlowTransferred{Target: t, After: in.After}}
	if t.Kind == ToEntry {
		return events, []Effect{StartFlow{Flow: t.Flow}}, nil
	}
	if t.Kind != ToOutside {
		return nil, nil, ErrLate
	}
	if in.Ring <= 0 {
		in.Ring = OutsideTime
	}
	until := now.Add(in.Ring)
	p := Party{ID: s.nextParty(), Kind: PartyOutside, Address: t.Address, State: PartyRinging, Since: now}
	events = append(events, EventPartyAsked{Party: p, Until: until})
	return events, []Effect{StopFlow{}, Arrange{s.then(now, events...).Arrange()},
		CallOutside{Party: p.ID, Address: p.Address, Until: until}, SetTimer{PartyTimer(p.ID), until}}, nil
}

// returned brings a customer back to the flow that has lent him, at the place where it waits.
func returned(s State, way string, events []Event, effects []Effect) ([]Event, []Effect, error) {
	more, end := endParties(s)
	events = append(append(events, more...), EventFlowReturned{Way: way})
	return events, append(append(effects, end...), Arrange{}, StartFlow{Flow: s.Flow, At: s.FlowAt, Way: way}), nil
}

// wayOf is how a flow goes on after a number outside was not reached.
func wayOf(r AbsentReason) string {
	switch r {
	case AbsentBusy, AbsentDeclined:
		return WayBusy
	case AbsentNoAnswer:
		return WayNoAnswer
	}
	return WayFailed
}

// applyLent folds EventFlowTransferred and EventFlowReturned.
func applyLent(s State, event Event, at time.Time) State {
	switch e := event.(type) {
	case EventFlowTransferred:
		s = endTalk(s)
		if e.Target.Kind == ToEntry {
			s.Flow, s.FlowAt = e.Target.Flow, ""
			return enter(s, InFlow, at)
		}
		s.Lent = Lent{On: true, After: e.After}
		return enter(s, Forwarded, at)
	case EventFlowReturned:
		s = endTalk(s)
		s.Lent, s.FlowWay = Lent{}, e.Way
		if g := &s.Segment; g.Seq > 0 && g.Ended.IsZero() { // it was for one agent only
			g.Outcome, g.Left, g.Ended = Requeued, at, at
		}
		return enter(s, InFlow, at)
	}
	return s
}
