package interaction

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/queue"
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
)

// Place is an interaction's place in line, as the router keeps it.
type Place struct {
	Interaction ID
	Queue       queue.ID
	Since       time.Time // first queued; a place put back keeps it
	Priority    int       // higher goes first
	Head        bool      // before all others of its priority: it had its turn already
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
	}
	// StopFlow ends the running flow.
	StopFlow struct{}
	// Enqueue asks the router for an agent.
	Enqueue struct{ Place Place }
	// Withdraw takes the place out of the line.
	Withdraw struct{}
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
	// Join lets customer and agent hear each other.
	Join struct{ Agent access.UserID }
	// Entertain keeps a customer whose agent is gone.
	Entertain struct{}
	// DropAgent ends the agent's leg.
	DropAgent struct{ Agent access.UserID }
	// DropCustomer ends the customer's leg.
	DropCustomer struct{ Cause Cause }
	// StartRecording and StopRecording bound what is recorded.
	StartRecording struct{}
	// StopRecording see StartRecording.
	StopRecording struct{}
	// Mute silences the agent towards the customer.
	Mute struct{ On bool }
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

func (AnswerCustomer) effect() {}
func (StartFlow) effect()      {}
func (StopFlow) effect()       {}
func (Enqueue) effect()        {}
func (Withdraw) effect()       {}
func (ReleaseSeat) effect()    {}
func (RingAgent) effect()      {}
func (StopRinging) effect()    {}
func (ConnectAgent) effect()   {}
func (Join) effect()           {}
func (Entertain) effect()      {}
func (DropAgent) effect()      {}
func (DropCustomer) effect()   {}
func (StartRecording) effect() {}
func (StopRecording) effect()  {}
func (Mute) effect()           {}
func (SendDigits) effect()     {}
func (SetTimer) effect()       {}
func (StopTimer) effect()      {}
