package interaction

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/disposition"
)

// Input is something that happened to an interaction, told by an edge, the router, a flow, a
// screen or a timer. Late and repeated inputs are normal; Decide refuses them with ErrLate.
type Input interface{ input() }

// The inputs.
type (
	// Arrived begins an interaction.
	Arrived struct{ Arrival Arrival }

	// FlowStepped tells what a flow did, for the time line.
	FlowStepped struct {
		Node string
		What string // played, chose, failed, ...
		Text string
	}
	// FlowQueued is a flow's decision to queue.
	FlowQueued struct {
		Rules    QueueRules
		Priority int
	}
	// FlowEnded is the end of a flow that did not queue; the customer is let go.
	FlowEnded struct{ Detail string }

	// QueueRemoved tells that the queue the customer waits in is no longer there.
	QueueRemoved struct{}

	// OfferMade comes from the router, which has reserved the agent's seat.
	OfferMade struct{ Agent access.UserID }
	// AgentAccepted is the agent's yes.
	AgentAccepted struct{ Agent access.UserID }
	// AgentDeclined is the agent's no.
	AgentDeclined struct{ Agent access.UserID }

	// PhoneConnected tells that the agent's phone is up, the first time or again.
	PhoneConnected struct{ Agent access.UserID }
	// PhoneFailed tells that the agent's phone could not be reached.
	PhoneFailed struct {
		Agent  access.UserID
		Detail string
	}
	// PhoneLost tells that the agent's phone went silent in mid-call.
	PhoneLost struct{ Agent access.UserID }
	// AgentHungUp ends the talk from the agent's side.
	AgentHungUp struct{ Agent access.UserID }
	// CustomerLeft tells that the customer's side is over.
	CustomerLeft struct {
		Cause  Cause // ByCustomer unless the carrier failed
		Detail string
	}

	// MuteSet switches the agent's microphone towards the customer.
	MuteSet struct {
		Agent access.UserID
		On    bool
	}
	// DigitsPressed are keys the agent sends to the customer's side.
	DigitsPressed struct {
		Agent  access.UserID
		Digits string
	}

	// DraftSaved keeps what the agent typed so far.
	DraftSaved struct {
		Agent       access.UserID
		Disposition disposition.ID
		Note        string
	}
	// Disposed finishes the wrap-up.
	Disposed struct {
		Agent       access.UserID
		Disposition disposition.ID
		Note        string
		// Chosen is the disposition as it stands in the set-up; its terms are held. Nil: none is
		// chosen, or nobody looked.
		Chosen *disposition.Disposition
	}
	// WrapUpExtended asks for more time.
	WrapUpExtended struct{ Agent access.UserID }

	// RecordingChanged tells the recording's state: running, complete, partial or failed.
	RecordingChanged struct {
		State  string
		Detail string
	}

	// TimerFired is a deadline set by an effect.
	TimerFired struct{ Timer Timer }

	// Stopped ends everything by the system: shutdown, or restart after a crash.
	Stopped struct {
		Detail string
		// At is when service really stopped, for a crash found later; zero: now.
		At time.Time
	}
)

func (Arrived) input()          {}
func (FlowStepped) input()      {}
func (FlowQueued) input()       {}
func (FlowEnded) input()        {}
func (QueueRemoved) input()     {}
func (OfferMade) input()        {}
func (AgentAccepted) input()    {}
func (AgentDeclined) input()    {}
func (PhoneConnected) input()   {}
func (PhoneFailed) input()      {}
func (PhoneLost) input()        {}
func (AgentHungUp) input()      {}
func (CustomerLeft) input()     {}
func (MuteSet) input()          {}
func (DigitsPressed) input()    {}
func (DraftSaved) input()       {}
func (Disposed) input()         {}
func (WrapUpExtended) input()   {}
func (RecordingChanged) input() {}
func (TimerFired) input()       {}
func (Stopped) input()          {}
