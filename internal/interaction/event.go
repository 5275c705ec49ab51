package interaction

import (
	"encoding/json"
	"fmt"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/disposition"
)

// Event is a fact we recorded about an interaction. Kind is its name in the journal and in every
// interface; it is never renamed.
type Event interface{ Kind() string }

// Recorded is an event with its place in the journal.
type Recorded struct {
	Seq   int64
	At    time.Time
	Event Event
}

// The events.
type (
	// EventArrived opens the journal.
	EventArrived struct {
		Arrival Arrival `json:"arrival"`
	}
	// EventFlowStep is what a flow did: a prompt played, a digit chosen, something missing.
	EventFlowStep struct {
		Node string `json:"node"`
		What string `json:"what"`
		Text string `json:"text,omitempty"`
	}
	// EventQueued begins a segment. Again is true when an answered customer came back.
	EventQueued struct {
		Rules    QueueRules `json:"rules"`
		Priority int        `json:"priority,omitempty"`
		Again    bool       `json:"again,omitempty"`
	}
	// EventOffered shows it to an agent.
	EventOffered struct {
		Agent access.UserID `json:"agent"`
		Until time.Time     `json:"until"`
	}
	// EventMissed ends an offer without success; the customer keeps his place.
	EventMissed struct {
		Agent   access.UserID `json:"agent"`
		Outcome OfferOutcome  `json:"outcome"`
		Detail  string        `json:"detail,omitempty"`
	}
	// EventAccepted is the agent's yes.
	EventAccepted struct {
		Agent access.UserID `json:"agent"`
	}
	// EventConnected joins customer and agent.
	EventConnected struct {
		Agent access.UserID `json:"agent"`
	}
	// EventInterrupted tells that the agent's phone is gone.
	EventInterrupted struct {
		Agent access.UserID `json:"agent"`
		Until time.Time     `json:"until"`
	}
	// EventResumed tells that it is back.
	EventResumed struct {
		Agent access.UserID `json:"agent"`
	}
	// EventAgentLost ends the segment of an agent who did not come back.
	EventAgentLost struct {
		Agent access.UserID `json:"agent"`
	}
	// EventMuted tells of the agent's microphone.
	EventMuted struct {
		On bool `json:"on"`
	}
	// EventDigitsSent tells how many keys the agent sent; the keys are not kept.
	EventDigitsSent struct {
		Count int `json:"count"`
	}
	// EventCustomerLeft tells that the customer's side ended.
	EventCustomerLeft struct {
		Cause  Cause  `json:"cause"`
		Detail string `json:"detail,omitempty"`
		Short  bool   `json:"short,omitempty"` // before the queue's short-abandon limit
	}
	// EventAgentHungUp tells that the agent ended the talk.
	EventAgentHungUp struct {
		Agent access.UserID `json:"agent"`
	}
	// EventLetGo tells that the system ended the customer's side.
	EventLetGo struct {
		Detail string `json:"detail"`
	}
	// EventWrapUp begins wrap-up. A zero Until has no end.
	EventWrapUp struct {
		Until time.Time `json:"until"`
	}
	// EventWrapUpExtended prolongs it.
	EventWrapUpExtended struct {
		Until time.Time `json:"until"`
	}
	// EventDrafted keeps what the agent typed so far.
	EventDrafted struct {
		Disposition disposition.ID `json:"disposition,omitempty"`
		Note        string         `json:"note,omitempty"`
	}
	// EventDisposed is the agent's outcome.
	EventDisposed struct {
		Disposition disposition.ID `json:"disposition,omitempty"`
		Note        string         `json:"note,omitempty"`
	}
	// EventWrapUpExpired tells that time ran out before the agent finished.
	EventWrapUpExpired struct{}
	// EventRecording tells the recording's state.
	EventRecording struct {
		State  string `json:"state"`
		Detail string `json:"detail,omitempty"`
	}
	// EventEnded ends the interaction; only the recording's last state may follow it.
	EventEnded struct {
		Cause  Cause  `json:"cause"`
		Detail string `json:"detail,omitempty"`
	}
)

// Kind implements Event.
func (EventArrived) Kind() string        { return "arrived" }
func (EventFlowStep) Kind() string       { return "flow_step" }
func (EventQueued) Kind() string         { return "queued" }
func (EventOffered) Kind() string        { return "offered" }
func (EventMissed) Kind() string         { return "missed" }
func (EventAccepted) Kind() string       { return "accepted" }
func (EventConnected) Kind() string      { return "connected" }
func (EventInterrupted) Kind() string    { return "interrupted" }
func (EventResumed) Kind() string        { return "resumed" }
func (EventAgentLost) Kind() string      { return "agent_lost" }
func (EventMuted) Kind() string          { return "muted" }
func (EventDigitsSent) Kind() string     { return "digits_sent" }
func (EventCustomerLeft) Kind() string   { return "customer_left" }
func (EventAgentHungUp) Kind() string    { return "agent_hung_up" }
func (EventLetGo) Kind() string          { return "let_go" }
func (EventWrapUp) Kind() string         { return "wrap_up" }
func (EventWrapUpExtended) Kind() string { return "wrap_up_extended" }
func (EventDrafted) Kind() string        { return "drafted" }
func (EventDisposed) Kind() string       { return "disposed" }
func (EventWrapUpExpired) Kind() string  { return "wrap_up_expired" }
func (EventRecording) Kind() string      { return "recording" }
func (EventEnded) Kind() string          { return "ended" }

// DecodeEvent reads an event of the journal. An unknown kind is an error: data of a newer version
// is refused, not guessed.
func DecodeEvent(kind string, body []byte) (Event, error) {
	switch kind {
	case EventArrived{}.Kind():
		return decode[EventArrived](body)
	case EventFlowStep{}.Kind():
		return decode[EventFlowStep](body)
	case EventQueued{}.Kind():
		return decode[EventQueued](body)
	case EventOffered{}.Kind():
		return decode[EventOffered](body)
	case EventMissed{}.Kind():
		return decode[EventMissed](body)
	case EventAccepted{}.Kind():
		return decode[EventAccepted](body)
	case EventConnected{}.Kind():
		return decode[EventConnected](body)
	case EventInterrupted{}.Kind():
		return decode[EventInterrupted](body)
	case EventResumed{}.Kind():
		return decode[EventResumed](body)
	case EventAgentLost{}.Kind():
		return decode[EventAgentLost](body)
	case EventMuted{}.Kind():
		return decode[EventMuted](body)
	case EventDigitsSent{}.Kind():
		return decode[EventDigitsSent](body)
	case EventCustomerLeft{}.Kind():
		return decode[EventCustomerLeft](body)
	case EventAgentHungUp{}.Kind():
		return decode[EventAgentHungUp](body)
	case EventLetGo{}.Kind():
		return decode[EventLetGo](body)
	case EventWrapUp{}.Kind():
		return decode[EventWrapUp](body)
	case EventWrapUpExtended{}.Kind():
		return decode[EventWrapUpExtended](body)
	case EventDrafted{}.Kind():
		return decode[EventDrafted](body)
	case EventDisposed{}.Kind():
		return decode[EventDisposed](body)
	case EventWrapUpExpired{}.Kind():
		return decode[EventWrapUpExpired](body)
	case EventRecording{}.Kind():
		return decode[EventRecording](body)
	case EventEnded{}.Kind():
		return decode[EventEnded](body)
	}
	return nil, fmt.Errorf("journal has an event of unknown kind %q", kind)
}

func decode[E Event](body []byte) (Event, error) {
	var e E
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("reading event %q: %w", e.Kind(), err)
	}
	return e, nil
}
