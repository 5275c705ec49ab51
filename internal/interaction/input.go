package interaction

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/disposition"
	"linekeeper/internal/skill"
)

// Input is something that happened to an interaction, told by an edge, the router, a flow, a
// screen or a timer. Late and repeated inputs are normal; Decide refuses them with ErrLate.
type Input interface{ input() }

// The inputs.
type (
	// Arrived begins an interaction.
	Arrived struct{ Arrival Arrival }

	// FlowStepped tells what a flow did, for the time line. What FlowWaits is for a restart.
	FlowStepped struct {
		Node string
		What string // played, chose, failed, ...
		Text string
	}
	// FlowSecret tells that a flow begins or ends taking digits that must not be recorded.
	FlowSecret struct{ On bool }
	// CustomerIdentified tells that a flow has found out who the customer is.
	CustomerIdentified struct {
		Customer customer.ID
		Name     string
	}
	// FlowQueued is a flow's decision to queue.
	FlowQueued struct {
		Rules    QueueRules
		Priority int
		// Needs are skills he asks for beside what the queue asks.
		Needs []skill.Need
		// First is the agent whose he is for so long, if that one is there, before all of the queue may take him; empty: nobody's.
		First    access.UserID
		FirstFor time.Duration
		// Closed is the flow that takes the customer because the queue is closed; nil: he waits.
		Closed *ClosedFlow
		// Only is the one agent who may take the customer for so long, whatever queues he serves; then all
		// of the queue may. Empty: all of it at once.
		Only    access.UserID
		OnlyFor time.Duration
		// Back is the way by which the flow goes on when he does not take the customer in time; empty: all of
		// the queue may then.
		Back string
	}
	// FlowEnded is the end of a flow that did not queue; the customer is let go.
	FlowEnded struct{ Detail string }

	// QueueRemoved tells that the queue the customer waits in is no longer there.
	QueueRemoved struct{}

	// OfferMade comes from the router, which has reserved the agent's seat: for the customer, or for a
	// party that is to be asked to the talk.
	OfferMade struct {
		Agent access.UserID
		Party PartyID // empty: for the customer
	}
	// PlaceRefused tells that nobody can take a place that was for now or never.
	PlaceRefused struct{ Party PartyID }
	// AgentAccepted is the agent's yes.
	AgentAccepted struct{ Agent access.UserID }
	// AgentDeclined is the agent's no.
	AgentDeclined struct{ Agent access.UserID }

	// PhoneConnected tells that the agent's phone is up, the first time or again.
	PhoneConnected struct {
		Agent   access.UserID
		Restore []byte // of a phone that can be found again after a crash
	}
	// PhoneFailed tells that the agent's phone could not be reached.
	PhoneFailed struct {
		Agent  access.UserID
		Detail string
	}
	// PhoneLost tells that the agent's phone went silent in mid-call.
	PhoneLost struct{ Agent access.UserID }
	// AgentHungUp ends the agent's part, and the talk unless others go on with the customer.
	AgentHungUp struct {
		Agent  access.UserID
		Reason string // why the agent ends first, where the project wants to know
		// Device says that the phone itself was hung up, which cannot be refused.
		Device bool
	}
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

	// SoundDetected tells what was found in a party's sound.
	SoundDetected struct {
		Sound Detection
		User  access.UserID // whose; empty: the customer's
	}
	// CustomerHolds tells that the customer has put us on hold at his phone, or taken us back.
	CustomerHolds struct{ On bool }
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

func (Arrived) input()            {}
func (FlowStepped) input()        {}
func (FlowSecret) input()         {}
func (CustomerIdentified) input() {}
func (FlowQueued) input()         {}
func (FlowEnded) input()          {}
func (QueueRemoved) input()       {}
func (OfferMade) input()          {}
func (PlaceRefused) input()       {}
func (AgentAccepted) input()      {}
func (AgentDeclined) input()      {}
func (PhoneConnected) input()     {}
func (PhoneFailed) input()        {}
func (PhoneLost) input()          {}
func (AgentHungUp) input()        {}
func (CustomerLeft) input()       {}
func (MuteSet) input()            {}
func (DigitsPressed) input()      {}
func (DraftSaved) input()         {}
func (Disposed) input()           {}
func (WrapUpExtended) input()     {}
func (RecordingChanged) input()   {}
func (SoundDetected) input()      {}
func (CustomerHolds) input()      {}
func (TimerFired) input()         {}
func (Stopped) input()            {}

// Call control. By is who asks; the desk has checked that he may use the control at all.
type (
	// HoldSet puts a party on hold or takes it back. The zero Party is the customer.
	HoldSet struct {
		By    access.UserID
		Party PartyID
		On    bool
	}
	// PartyMuteSet silences a party towards all others.
	PartyMuteSet struct {
		By    access.UserID
		Party PartyID
		On    bool
	}
	// Consult asks somebody to the talk: privately first, or at once with the customer.
	Consult struct {
		By      access.UserID
		Target  Target
		Private bool
	}
	// Swap moves the agent between the customer and the private talk beside.
	Swap struct{ By access.UserID }
	// Merge brings everybody together with the customer.
	Merge struct{ By access.UserID }
	// Leave takes an agent out of a talk that goes on without him.
	Leave struct{ By access.UserID }
	// DropParty ends a further party's part.
	DropParty struct {
		By    access.UserID
		Party PartyID
	}
	// Transfer sends the customer on without asking there first.
	Transfer struct {
		By     access.UserID
		Target Target
	}
	// Park keeps the customer with music and frees the agent; anybody may pick up.
	Park struct{ By access.UserID }
	// PickUp takes a parked customer.
	PickUp struct{ By access.UserID }

	// OutsideRinging tells that a number outside rings.
	OutsideRinging struct{ Party PartyID }
	// OutsideAnswered tells that a number outside was answered.
	OutsideAnswered struct {
		Party   PartyID
		Restore []byte
	}
	// OutsideEnded tells that a call to a number outside failed or ended.
	OutsideEnded struct {
		Party  PartyID
		Detail string
		Reason AbsentReason // why it was never answered; empty: not known
	}

	// Monitor lets a supervisor take part, or changes how.
	Monitor struct {
		By       access.UserID
		Mode     MonitorMode
		Announce bool // the agent is told
	}
	// MonitorEnd ends it.
	MonitorEnd struct{ By access.UserID }
	// TakeOver gives the customer to the supervisor who monitors.
	TakeOver struct{ By access.UserID }

	// RecordingSet starts or stops the recording on demand.
	RecordingSet struct {
		By access.UserID
		On bool
	}
	// RecordingPaused leaves out what must not be recorded; it goes on by itself after PauseTime.
	RecordingPaused struct {
		By  access.UserID
		On  bool
		Why string // card, private; for the mark in the file
	}
	// PromptPlayed plays a prompt to the customer and whoever is in the talk with him.
	PromptPlayed struct {
		By     access.UserID
		Prompt string
	}
	// PromptStopped ends what is played into the talk.
	PromptStopped struct{ By access.UserID }
	// PromptEnded tells that it is over.
	PromptEnded struct{}
	// SecretTaken hands the customer to a flow that takes digits nobody else may know; the agent waits.
	SecretTaken struct {
		By   access.UserID
		Flow string
	}
	// SecretEntered tells how many digits the flow has taken so far.
	SecretEntered struct{ Count int }
	// SecretCancelled brings the customer back before the flow is over.
	SecretCancelled struct{ By access.UserID }

	// Restored takes an interaction up again after a crash.
	Restored struct {
		Died time.Time
		// Outside are the parties outside whose calls are there too.
		Outside []PartyID
		Holds   bool // the customer has us on hold
	}
)

// FlowWaits is the What of a FlowStepped whose Text is where the flow stands: it goes on there after a crash.
const FlowWaits = "waits"

// FlowLanguage is the What of a FlowStepped whose Text is the language that the customer is spoken to from now on.
const FlowLanguage = "language"

func (HoldSet) input()         {}
func (PartyMuteSet) input()    {}
func (Consult) input()         {}
func (Swap) input()            {}
func (Merge) input()           {}
func (Leave) input()           {}
func (DropParty) input()       {}
func (Transfer) input()        {}
func (Park) input()            {}
func (PickUp) input()          {}
func (OutsideRinging) input()  {}
func (OutsideAnswered) input() {}
func (OutsideEnded) input()    {}
func (Monitor) input()         {}
func (MonitorEnd) input()      {}
func (TakeOver) input()        {}
func (RecordingSet) input()    {}
func (RecordingPaused) input() {}
func (PromptPlayed) input()    {}
func (SecretTaken) input()     {}
func (PromptStopped) input()   {}
func (PromptEnded) input()     {}
func (SecretEntered) input()   {}
func (SecretCancelled) input() {}
func (Restored) input()        {}
