package interaction

import (
	"time"

	"linekeeper/internal/access"
)

// Promise is what a customer was promised who left the line to be called back. An interaction that arrives
// with one begins without a customer: an agent is asked, and when he has said yes the customer is called, or the
// other way round.
type Promise struct {
	Callback string     `json:"callback"` // identity of the request
	First    ID         `json:"first"`    // the interaction in which it was made
	Since    time.Time  `json:"since"`    // the place in line is as old as that
	Attempt  int        `json:"attempt"`  // 1 for the first call
	Priority int        `json:"priority,omitempty"`
	Rules    QueueRules `json:"rules"`
	// Customer says that he is called before an agent is asked. Who picks up is asked whether he is the one, by
	// the flow of the arrival, and then waits at the head of the line.
	Customer bool   `json:"customer,omitempty"`
	Prompt   string `json:"prompt,omitempty"` // what he is asked; empty: shipped words
	Name     string `json:"name,omitempty"`   // who calls him, in those words
	Note     string `json:"note,omitempty"`   // what the agent who has promised it says of it
}

// Missed is why a customer was not reached.
type Missed string

// Why a customer who was called did not come to talk.
const (
	MissedBusy      Missed = "busy"
	MissedNoAnswer  Missed = "no_answer"
	MissedDeclined  Missed = "declined"
	MissedNumber    Missed = "wrong_number"
	MissedOff       Missed = "unavailable"
	MissedCarrier   Missed = "carrier"     // no trunk could or would bring the call there
	MissedCancelled Missed = "cancelled"   // nobody wants the call any more
	MissedPhone     Missed = "agent_phone" // the phone of the agent who wanted to call did not come up
	MissedMachine   Missed = "machine"     // somebody or something picked up and did not press the key
	MissedUnwanted  Missed = "unwanted"    // the customer needs the call no more
)

// DialTime is how long a customer who is called back may let it ring.
const DialTime = 40 * time.Second

// dialSlack is added for a channel that does not tell in time.
const dialSlack = 5 * time.Second

// CustomerCaller is the ability of a channel to call the customer; without it he is not reached.
type CustomerCaller interface {
	// CallCustomer calls; CustomerRinging, CustomerReached, CustomerMissed are told. Disconnect ends the attempt.
	CallCustomer(until time.Time)
}

// Inputs about callbacks.
type (
	// CallbackAccepted tells that the customer who waits will be called back: his place goes on without him.
	CallbackAccepted struct{ Callback string }
	// CustomerReached tells that the customer has picked up.
	CustomerReached struct{}
	// CustomerMissed tells that he was not reached.
	CustomerMissed struct {
		Why    Missed
		Detail string
	}
	// CallbackCancelled ends a callback whose customer was not reached yet.
	CallbackCancelled struct{ Detail string }
	// CallbackConfirmed tells that who picked up is the customer, and waits for an agent.
	CallbackConfirmed struct{}
)

func (CallbackAccepted) input()  {}
func (CustomerReached) input()   {}
func (CustomerMissed) input()    {}
func (CallbackCancelled) input() {}
func (CallbackConfirmed) input() {}

// Events about callbacks.
type (
	// EventCallbackAccepted ends a customer's waiting: he will be called back.
	EventCallbackAccepted struct {
		Callback string `json:"callback"`
	}
	// EventDialing tells that the customer is called: the agent said yes, or is asked afterwards (empty).
	EventDialing struct {
		Agent access.UserID `json:"agent"`
		Until time.Time     `json:"until"`
	}
	// EventReached tells that the customer has picked up.
	EventReached struct{}
	// EventCallbackConfirmed tells that who picked up is the customer; he waits for an agent.
	EventCallbackConfirmed struct{}
	// EventNotReached tells why he did not.
	EventNotReached struct {
		Why    Missed `json:"why"`
		Detail string `json:"detail,omitempty"`
	}
)

// Kind implements Event.
func (EventCallbackAccepted) Kind() string { return "callback_accepted" }
func (EventDialing) Kind() string          { return "dialing" }
func (EventReached) Kind() string          { return "reached" }
func (EventNotReached) Kind() string       { return "not_reached" }

// Kind implements Event.
func (EventCallbackConfirmed) Kind() string { return "callback_confirmed" }

// CallCustomer calls the customer; CustomerReached or CustomerMissed follows.
type CallCustomer struct{ Until time.Time }

func (CallCustomer) effect() {}

// Promised says whether the interaction has no customer yet: he is to be called.
func (s State) Promised() bool {
	return (s.Arrival.Promise != nil || s.Arrival.Manual != nil) && !s.Reached
}

// promisedSince is since when the customer waits of a call that he was promised and has not got yet; zero: there is none.
func (s State) promisedSince() time.Time {
	if p := s.Arrival.Promise; p != nil && s.Promised() {
		return p.Since
	}
	return time.Time{}
}

// placeSince is from when on the interaction's place counts.
func (s State) placeSince() time.Time {
	if p := s.Arrival.Promise; p != nil && s.Segment.Seq == 1 {
		return p.Since
	}
	return s.Segment.since()
}

// begunPromise starts an attempt. Its place is the router's business: whoever begins it tells of the offer.
func begunPromise(a Arrived, now time.Time) ([]Event, []Effect, error) {
	p := a.Arrival.Promise
	events := []Event{EventArrived(a), EventQueued{Rules: p.Rules, Priority: p.Priority}}
	if !p.Customer {
		return events, nil, nil
	}
	e, effects := dialed("", now)
	return append(events, e), effects, nil
}

// confirming says that a customer who was called has picked up, and is asked whether he is the one.
func (s State) confirming() bool {
	p := s.Arrival.Promise
	return p != nil && p.Customer && s.Phase == InFlow && s.Flow == s.Arrival.Flow && s.Reached && s.Segment.Outcome == ""
}

// decideConfirming serves who has picked up until he has pressed the key. Whatever else happens, he was not reached.
func decideConfirming(s State, in Input) ([]Event, []Effect, error) {
	missed := func(why Missed, detail string) ([]Event, []Effect, error) {
		events, effects, err := notReached(s, why, detail)
		return events, append([]Effect{StopFlow{}}, effects...), err
	}
	switch in := in.(type) {
	case CallbackConfirmed:
		return []Event{EventCallbackConfirmed{}}, []Effect{
			StartFlow{Flow: s.Segment.Rules.WaitingFlow, Waiting: true}, Enqueue{headPlace(s, s.placeSince())},
		}, nil
	case CustomerMissed:
		return missed(in.Why, in.Detail)
	case CustomerLeft:
		return missed(MissedDeclined, "who picked up has hung up")
	case FlowEnded:
		return missed(MissedMachine, in.Detail)
	case FlowQueued, FlowTransferred: // of a safety flow
		return missed(MissedMachine, "the question could not be asked")
	}
	return nil, nil, ErrLate
}

// decideTaken serves a customer who heard that he will be called back, until he or the flow hangs up.
func decideTaken(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	switch in := in.(type) {
	case FlowEnded:
		return []Event{EventLetGo(in), EventEnded{BySystem, in.Detail}},
			[]Effect{StopFlow{}, DropCustomer{BySystem}, StopRecording{}}, nil
	case CustomerLeft:
		return []Event{left(s, in, now), ended(in)}, []Effect{StopFlow{}, DropCustomer{in.Cause}, StopRecording{}}, nil
	}
	return nil, nil, ErrLate
}

// acceptCallback takes the customer out of the line.
func acceptCallback(s State, in CallbackAccepted) ([]Event, []Effect, error) {
	if s.Arrival.Promise != nil || s.Segment.Only != "" {
		return nil, nil, ErrLate
	}
	return []Event{EventCallbackAccepted(in)}, []Effect{Withdraw{}, StopRecording{}}, nil
}

// dial calls the customer for the agent who said yes.
func dial(s State, now time.Time) ([]Event, []Effect, error) {
	e, effects := dialed(s.Agent, now)
	return []Event{EventAccepted{s.Agent}, e}, append([]Effect{StopTimer{OfferTimer}, StopRinging{s.Agent}}, effects...), nil
}

// decideDialing serves an agent who waits for the customer to pick up.
func decideDialing(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	switch in := in.(type) {
	case AgentAccepted: // pressed twice
		if in.Agent == s.Agent {
			return nil, nil, nil
		}
	case PhoneConnected: // again: the agent's browser was loaded anew
		if in.Agent == s.Agent {
			return nil, nil, nil
		}
	case CustomerRinging:
		if s.Ringing.IsZero() {
			return []Event{EventRinging{}}, nil, nil
		}
		return nil, nil, nil
	case CustomerReached:
		if m := s.Arrival.Manual; m != nil && !m.Device {
			return reachedManual(s, now)
		}
		if p := s.Arrival.Promise; p != nil && p.Customer {
			return []Event{EventReached{}}, []Effect{StopTimer{DialTimer}, StartFlow{Flow: s.Flow}}, nil
		}
		return []Event{EventReached{}},
			[]Effect{StopTimer{DialTimer}, ConnectAgent{s.Agent}, SetTimer{ConnectTimer, now.Add(ConnectTime)}}, nil
	case CustomerMissed:
		return notReached(s, in.Why, in.Detail)
	case AgentDeclined:
		if in.Agent == s.Agent {
			return notReached(s, MissedCancelled, "the agent hung up")
		}
	case AgentHungUp:
		if in.Agent == s.Agent {
			return notReached(s, MissedCancelled, "the agent hung up")
		}
	case TimerFired:
		if in.Timer == DialTimer {
			return notReached(s, MissedNoAnswer, "no answer in time")
		}
	}
	return nil, nil, ErrLate
}

// notReached ends an attempt and frees whoever was to talk with the customer.
func notReached(s State, why Missed, detail string) ([]Event, []Effect, error) {
	effects := []Effect{Withdraw{}, StopTimer{OfferTimer}, StopTimer{ConnectTimer}, StopTimer{DialTimer}}
	if s.Agent != "" {
		effects = append(effects, StopRinging{s.Agent}, DropAgent{s.Agent}, ReleaseSeat{Release{Interaction: s.ID, Agent: s.Agent}})
	}
	cause := BySystem
	if s.Arrival.Manual != nil && why == MissedCancelled {
		cause = ByAgent
	}
	return []Event{EventNotReached{why, detail}, EventEnded{cause, string(why)}},
		append(effects, DropCustomer{BySystem}), nil
}

// applyCallback folds the events about callbacks.
func applyCallback(s State, e Event, at time.Time) State {
	switch e := e.(type) {
	case EventCallbackAccepted:
		s.CallbackTaken = e.Callback
		if s.Segment.Seq > 0 {
			s.Segment.Outcome, s.Segment.Left = CalledBack, at
		}
	case EventDialing:
		s = enter(s, Dialing, at)
	case EventRinging:
		s.Ringing = at
	case EventReached:
		s.Reached, s.Ringing = true, time.Time{}
		s = enter(s, Connecting, at)
		if p := s.Arrival.Promise; p != nil && p.Customer {
			s = enter(s, InFlow, at)
		}
	case EventCallbackConfirmed:
		s = enter(s, Waiting, at)
	case EventNotReached:
		s = closeOffer(s, OfferWithdrawn, at)
		s.Left, s.Segment.Outcome, s.Segment.Left = at, NotReached, at
		s.Agent = ""
	}
	return s
}
