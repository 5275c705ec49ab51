package interaction

import (
	"time"

	"linekeeper/internal/access"
)

// Manual is a call that an agent makes by himself. An interaction that arrives with one begins with the
// agent's phone; when that is up the customer is called.
type Manual struct {
	Agent access.UserID `json:"agent"`
	Rules QueueRules    `json:"rules"` // of the queue he calls for: recording, wrap-up
	// Device says that he has dialed at his phone, which hears it ringing by itself: its call is taken up when
	// the customer has picked up.
	Device bool `json:"device,omitempty"`
	// Message is the one in his hand that the call answers; empty: none.
	Message ID `json:"message,omitempty"`
}

// ManualTime is how long an agent's phone may ring until he takes the call he has asked for.
const ManualTime = 30 * time.Second

// CustomerRinging tells that the customer's phone rings.
type CustomerRinging struct{}

func (CustomerRinging) input() {}

// EventManual tells who calls, by the rules of which queue. Nobody waits in it.
type EventManual struct {
	Agent access.UserID `json:"agent"`
	Rules QueueRules    `json:"rules"`
}

// EventRinging tells that the customer's phone rings.
type EventRinging struct{}

// Kind implements Event.
func (EventManual) Kind() string  { return "manual" }
func (EventRinging) Kind() string { return "ringing" }

// Outbound says whether the customer is, or was, called by an agent and has not come to a queue since.
func (s State) Outbound() bool { return s.Segment.Outbound }

// begunManual starts with the agent's phone, or with the customer's if the agent's is calling already.
func begunManual(a Arrived, now time.Time) ([]Event, []Effect, error) {
	m := a.Arrival.Manual
	events := []Event{EventArrived(a), EventManual{m.Agent, m.Rules}}
	effects := []Effect{KeepSeat{m.Agent}}
	if m.Device {
		dialing, also := dialed(m.Agent, now)
		return append(events, dialing), append(effects, also...), nil
	}
	return events, append(effects, ConnectAgent{m.Agent}, SetTimer{ConnectTimer, now.Add(ManualTime + dialSlack)}), nil
}

// dialed calls the customer.
func dialed(agent access.UserID, now time.Time) (Event, []Effect) {
	until := now.Add(DialTime)
	return EventDialing{agent, until}, []Effect{CallCustomer{until}, SetTimer{DialTimer, until.Add(dialSlack)}}
}

// decideManualPhone serves an agent whose phone comes up before the customer is called.
func decideManualPhone(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	switch in := in.(type) {
	case AgentAccepted: // he has picked his phone up
		if in.Agent == s.Agent {
			return nil, nil, nil
		}
	case PhoneConnected:
		if in.Agent == s.Agent {
			e, effects := dialed(s.Agent, now)
			return []Event{e}, append([]Effect{StopTimer{ConnectTimer}}, effects...), nil
		}
	case PhoneFailed:
		if in.Agent == s.Agent {
			return notReached(s, MissedPhone, in.Detail)
		}
	case PhoneLost:
		if in.Agent == s.Agent {
			return notReached(s, MissedPhone, "phone lost")
		}
	case AgentDeclined:
		if in.Agent == s.Agent {
			return notReached(s, MissedCancelled, "the agent hung up")
		}
	case AgentHungUp:
		if in.Agent == s.Agent {
			return notReached(s, MissedCancelled, "the agent hung up")
		}
	case TimerFired:
		if in.Timer == ConnectTimer {
			return notReached(s, MissedPhone, "phone did not connect in time")
		}
	}
	return nil, nil, ErrLate
}

// reachedManual joins a customer who has picked up with the agent, whose phone is up.
func reachedManual(s State, now time.Time) ([]Event, []Effect, error) {
	events := []Event{EventReached{}, EventConnected{Agent: s.Agent}}
	after := s.then(now, events...)
	effects := []Effect{StopTimer{DialTimer}, Focus{s.Agent}, Arrange{after.Arrange()}}
	more, also := recordingFor(s)
	return append(events, more...), append(effects, also...), nil
}

// applyManual folds who calls.
func applyManual(s State, e EventManual, at time.Time) State {
	s.Segment = Segment{Seq: 1, Rules: e.Rules, Agent: e.Agent, Queued: at, Handed: true, Outbound: true}
	s.Agent = e.Agent
	return enter(s, Connecting, at)
}
