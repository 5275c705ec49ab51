package interaction

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
)

// Effect is work to carry out after the events are committed, in order.
type Effect interface{ effect() }

// Timer names a deadline of an interaction; setting it again replaces it.
type Timer string

// The timers.
const (
	OfferTimer     Timer = "offer"
	ConnectTimer   Timer = "connect"
	InterruptTimer Timer = "interrupt"
	WrapUpTimer    Timer = "wrap_up"
	OnlyTimer      Timer = "only"      // one agent only may take it until then
	ParkTimer      Timer = "park"      // the alarm, then the return
	TaskTimer      Timer = "task"      // a task is to be begun
	DialTimer      Timer = "dial"      // a customer who is called back picks up
	RecordingTimer Timer = "recording" // a pause ends by itself
	AbuseTimer     Timer = "abuse"     // the farewell has taken too long
)

// PartyTimer is the deadline of a further party that is not up yet, or no longer.
func PartyTimer(id PartyID) Timer { return Timer("party:" + id) }

// Place is an interaction's place in line, as the router keeps it.
type Place struct {
	Interaction ID
	Queue       queue.ID
	Since       time.Time // first queued; a place put back keeps it
	Priority    int       // higher goes first
	Head        bool      // before all others of its priority: it had its turn already
	// Only is the one agent who may take it, whatever queues he serves; empty: all of the queue.
	Only access.UserID
	// OrNot says that it is now or never: PlaceRefused follows if nobody can take it at once.
	OrNot bool
	// Party is asked to a talk that goes on; empty: the place is the customer's.
	Party PartyID
	// Medium says how much of an agent it takes; empty: a call, and so all of him.
	Medium Medium
	// Absent says that nobody is on the line, as with a message or a callback: it may wait for days.
	Absent bool
	// Language is the customer's, which the queue may make a need; empty: not known, or of nobody.
	Language string
	// Needs are the skills it asks for; empty: every agent of the queue will do.
	Needs []skill.Need
	// First is the agent whose it is until FirstUntil if he is there, such as the one the customer had last time.
	// He serves the queue; what Needs says is not asked of him. When he leaves it is everybody's for good. Empty: nobody's.
	First      access.UserID
	FirstUntil time.Time
}

// Release gives a reserved seat back to the router.
type Release struct {
	Interaction ID
	Agent       access.UserID
	// NotReady, when set, makes the agent unavailable with this reason: missed or phone_lost.
	NotReady string
}

// The effects.
type (
	// AnswerCustomer takes the customer's call.
	AnswerCustomer struct{}
	// StartFlow runs a flow beside the interaction; one at a time, a new one replaces the old.
	StartFlow struct {
		Flow    string // empty: plain music
		Waiting bool   // the flow entertains a waiting customer
		At      string // where to go on, as FlowWaits said; empty: at the beginning
		Way     string // by which way to go on from there; empty: the node there is run
	}
	// StopFlow ends the running flow.
	StopFlow struct{}
	// Enqueue asks the router for an agent.
	Enqueue struct{ Place Place }
	// Withdraw takes a place out of the line: the customer's, or a party's.
	Withdraw struct{ Party PartyID }
	// ReleaseSeat gives the agent's seat back.
	ReleaseSeat struct{ Release Release }
	// RingAgent lets the agent's phone ring.
	RingAgent struct {
		Agent access.UserID
		Until time.Time
	}
	// StopRinging ends that.
	StopRinging struct{ Agent access.UserID }
	// ConnectAgent connects the agent's phone; PhoneConnected or PhoneFailed follows.
	ConnectAgent struct{ Agent access.UserID }
	// Arrange says who hears whom from now on; empty: the customer is left to a flow.
	Arrange struct{ Arrangement Arrangement }
	// DropAgent ends the agent's leg.
	DropAgent struct{ Agent access.UserID }
	// DropCustomer ends the customer's leg.
	DropCustomer struct{ Cause Cause }
	// StartRecording and StopRecording bound what is recorded.
	StartRecording struct{}
	// StopRecording see StartRecording.
	StopRecording struct{}
	// ContinueRecording goes on with what a crash cut.
	ContinueRecording struct{}
	// PauseRecording leaves a marked hole until ResumeRecording.
	PauseRecording struct{ Why string }
	// ResumeRecording see PauseRecording.
	ResumeRecording struct{}
	// CallOutside calls a number outside; OutsideRinging, OutsideAnswered, OutsideEnded follow.
	CallOutside struct {
		Party   PartyID
		Address string
		Until   time.Time
	}
	// DropOutside ends that call.
	DropOutside struct{ Party PartyID }
	// PlayPrompt plays a prompt to the customer and whoever is in the talk with him.
	PlayPrompt struct{ Prompt string }
	// StopPrompt ends what is played.
	StopPrompt struct{}
	// Focus tells that the agent talks here now: what else he has in hand is put on hold.
	Focus struct{ Agent access.UserID }
	// KeepSeat reserves the seat of an agent who had the interaction in hand before a crash.
	KeepSeat struct{ Agent access.UserID }
	// SendDigits sends keys to the customer's side.
	SendDigits struct{ Digits string }
	// SetTimer and StopTimer manage deadlines.
	SetTimer struct {
		Timer Timer
		At    time.Time
	}
	// StopTimer see SetTimer.
	StopTimer struct{ Timer Timer }
)

func (AnswerCustomer) effect()    {}
func (StartFlow) effect()         {}
func (StopFlow) effect()          {}
func (Enqueue) effect()           {}
func (Withdraw) effect()          {}
func (ReleaseSeat) effect()       {}
func (RingAgent) effect()         {}
func (StopRinging) effect()       {}
func (ConnectAgent) effect()      {}
func (Arrange) effect()           {}
func (DropAgent) effect()         {}
func (DropCustomer) effect()      {}
func (StartRecording) effect()    {}
func (StopRecording) effect()     {}
func (ContinueRecording) effect() {}
func (PauseRecording) effect()    {}
func (ResumeRecording) effect()   {}
func (CallOutside) effect()       {}
func (DropOutside) effect()       {}
func (PlayPrompt) effect()        {}
func (StopPrompt) effect()        {}
func (Focus) effect()             {}
func (KeepSeat) effect()          {}
func (SendDigits) effect()        {}
func (SetTimer) effect()          {}
func (StopTimer) effect()         {}
