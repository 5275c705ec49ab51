package interaction

import (
	"context"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/fault"
)

// Message is what a customer left who did not reach anybody. An interaction that arrives with one has
// nobody on the line: it waits for an agent like a customer does, for days if need be, and outlives every
// restart. Its sound is a recording of the interaction, complete before it begins.
type Message struct {
	From     ID            `json:"from"` // the interaction in which it was left
	Length   time.Duration `json:"length"`
	Priority int           `json:"priority,omitempty"`
	Only     access.UserID `json:"only,omitempty"` // the one agent it is for; empty: all of the queue
	// Rules are the queue's, with the message's own deadline as target.
	Rules QueueRules `json:"rules"`
	// Unwritten says that no recognizer is to write it down.
	Unwritten bool `json:"unwritten,omitempty"`
}

// leftIn is where it was left; of no message empty.
func (m *Message) leftIn() ID {
	if m == nil {
		return ""
	}
	return m.From
}

// MessageTime is how long an agent may have a message in hand without calling its customer; then it is another's turn.
const MessageTime = 30 * time.Minute

// MessageTaken tells that an agent takes a message that was not offered to him. His seat is reserved already.
type MessageTaken struct{ Agent access.UserID }

func (MessageTaken) input() {}

// Inputs about the call that answers a message.
type (
	// MessageCalled tells that the agent who has the message in hand calls its customer: it stays his as long as that lasts.
	MessageCalled struct{ Call ID }
	// MessageCallOver tells that this call and its wrap-up are over.
	MessageCallOver struct{ Call ID }
)

func (MessageCalled) input()   {}
func (MessageCallOver) input() {}

// Events about the call that answers a message.
type (
	// EventMessageCalled tells that the agent calls the customer.
	EventMessageCalled struct {
		Call ID `json:"call"`
	}
	// EventMessageCallOver tells that the call is over.
	EventMessageCallOver struct {
		Call ID `json:"call"`
	}
)

// Kind implements Event.
func (EventMessageCalled) Kind() string   { return "message_called" }
func (EventMessageCallOver) Kind() string { return "message_call_over" }

// IsMessage says whether the interaction is a message: nobody is on the line.
func (s State) IsMessage() bool { return s.Arrival.Message != nil }

// begunMessage puts a message in line.
func begunMessage(s State, a Arrived, now time.Time) ([]Event, []Effect, error) {
	m := a.Arrival.Message
	place := Place{Interaction: s.ID, Queue: m.Rules.Queue, Since: now, Priority: m.Priority, Only: m.Only, Absent: true}
	return []Event{
		EventArrived(a), EventRecording{State: "complete"}, EventQueued{Rules: m.Rules, Priority: m.Priority, Only: m.Only},
	}, []Effect{Enqueue{place}}, nil
}

// decideMessage serves what is different where nobody is on the line. Not ok: it is not.
func decideMessage(s State, in Input, now time.Time) (events []Event, effects []Effect, err error, ok bool) {
	if !s.IsMessage() {
		return nil, nil, nil, false
	}
	switch in.(type) {
	case CustomerLeft, CallbackAccepted, QueueClosed, Overflowed: // it waits until the queue opens
		return nil, nil, ErrLate, true
	}
	if taken, yes := in.(MessageTaken); yes {
		if s.Phase == Waiting {
			events, effects, err = decideTakenMessage(s, taken, now)
			return events, effects, err, true
		}
		in = AgentAccepted(taken)
	}
	switch s.Phase {
	case Offered:
		if in, yes := in.(AgentAccepted); yes && in.Agent == s.Agent {
			until := now.Add(MessageTime)
			return []Event{EventAccepted(in), EventConnected{Agent: in.Agent}},
				[]Effect{StopTimer{OfferTimer}, SetTimer{InterruptTimer, until}}, nil, true
		}
	case Connected:
		events, effects, err = decideOpened(s, in, now)
		return events, effects, err, true
	}
	return nil, nil, nil, false
}

// decideTakenMessage gives a message that waits to who takes it, as if it had been offered to him.
func decideTakenMessage(s State, in MessageTaken, now time.Time) ([]Event, []Effect, error) {
	if s.Segment.Only != "" && s.Segment.Only != in.Agent {
		return nil, nil, ErrLate
	}
	until := now.Add(MessageTime)
	return []Event{EventOffered{in.Agent, now}, EventAccepted(in), EventConnected{Agent: in.Agent}},
		[]Effect{Withdraw{}, StopTimer{OnlyTimer}, SetTimer{InterruptTimer, until}}, nil
}

// decideOpened serves a message that an agent has in hand.
func decideOpened(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	switch in := in.(type) {
	case AgentAccepted: // pressed twice
		if in.Agent == s.Agent {
			return nil, nil, nil
		}
	case AgentHungUp:
		if in.Agent == s.Agent {
			return wrapUp(s, EventAgentHungUp{Agent: in.Agent}, ByAgent, "", now)
		}
	case Transfer:
		if in.Target.Kind != ToAgent && in.Target.Kind != ToQueue {
			return nil, nil, fault.Conflict.New("A message can be given to an agent or to a queue.")
		}
		if in.Target.Kind == ToQueue {
			rules := *in.Target.Queue
			rules.Target = s.Segment.Rules.Target // its deadline is its own
			in.Target.Queue = &rules
		}
		events, effects, err := decideTransfer(s, in, now)
		return events, append([]Effect{StopTimer{InterruptTimer}}, effects...), err
	case MessageCalled:
		if in.Call != s.CalledBy {
			return []Event{EventMessageCalled(in)}, []Effect{StopTimer{InterruptTimer}}, nil
		}
		return nil, nil, nil
	case MessageCallOver:
		if in.Call == s.CalledBy {
			return []Event{EventMessageCallOver(in)}, []Effect{SetTimer{InterruptTimer, now.Add(MessageTime)}}, nil
		}
	case TimerFired:
		if in.Timer == InterruptTimer && s.CalledBy == "" {
			return agentLost(s, now)
		}
	}
	return nil, nil, ErrLate
}

// restoredMessage takes a message up again after a restart, however long that took.
func restoredMessage(s State, in Restored, now time.Time) ([]Event, []Effect, error) {
	events := []Event{EventRestored{Died: in.Died, Outside: in.Outside}}
	switch s.Phase {
	case Waiting:
		effects := []Effect{Enqueue{s.Places()[0]}}
		if !s.Segment.OnlyUntil.IsZero() {
			effects = append(effects, SetTimer{OnlyTimer, s.Segment.OnlyUntil})
		}
		return events, effects, nil
	case Offered:
		events = append(events, EventMissed{s.Agent, OfferFailed, "restarted"})
		return events, []Effect{Enqueue{s.then(now, events...).Places()[0]}}, nil
	case Connected:
		return events, []Effect{KeepSeat{s.Agent}, SetTimer{InterruptTimer, now.Add(MessageTime)}}, nil
	case WrappingUp:
		if !s.lingers() {
			return events, []Effect{KeepSeat{s.Agent}, SetTimer{WrapUpTimer, s.WrapUntil}}, nil
		}
	}
	return events, nil, nil
}

// carriedOut is a decision as it is carried out where, perhaps, nobody is on the line.
func (s State) carriedOut(events []Event, effects []Effect, err error) ([]Event, []Effect, error) {
	if s.Lineless() {
		effects = lineless(effects)
	}
	return events, effects, err
}

// lineless leaves out what is for a line: nobody is on one.
func lineless(effects []Effect) []Effect {
	return slices.DeleteFunc(effects, func(e Effect) bool {
		switch e.(type) {
		case AnswerCustomer, StartFlow, StopFlow, RingAgent, StopRinging, ConnectAgent, Arrange, DropAgent, DropCustomer,
			StartRecording, StopRecording, ContinueRecording, PauseRecording, ResumeRecording, Focus:
			return true
		}
		return false
	})
}

// personal keeps a message or a task that is for one agent his when he misses it.
func (s State) personal() access.UserID {
	if m := s.Arrival.Message; m != nil && m.Only == s.Segment.Only {
		return m.Only
	}
	if s.IsTask() {
		return s.Segment.Only
	}
	return ""
}

// BeginMessage begins the interaction of a message or a task under an identity of the caller's, so that it can be
// tried again: one that has begun already is left alone. An error means that it may not have begun.
func (r *Registry) BeginMessage(ctx context.Context, id ID, arrival Arrival) error {
	if r.Lives(id) {
		return nil
	}
	s, err := r.store.Load(ctx, id)
	if err != nil {
		return err
	}
	if s.Phase != "" { // it was written by a try of which nobody knew
		if s.Open() {
			r.takeUp(s)
		}
		return nil
	}
	return r.BeginAs(ctx, id, Arrived{Arrival: arrival}, nobody{})
}

// takeUp goes on with what nobody is on the line of; when draining the next process does.
func (r *Registry) takeUp(s State) {
	if !r.Draining() {
		found := &Restoration{actors: []*actor{r.restored(s, Revived{Channel: nobody{}}, s.Last)}}
		found.Begin()
	}
}

// Begun says whether an interaction was ever begun, by whatever process.
func (r *Registry) Begun(ctx context.Context, id ID) (bool, error) {
	s, err := r.store.Load(ctx, id)
	return s.Phase != "", err
}
