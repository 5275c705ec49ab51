package interaction

import (
	"time"

	"linekeeper/internal/access"
)

// Channel is what every edge offers for one interaction. The actor calls it from its own goroutine,
// in the order of the effects; no method may block or call back into the actor directly: what comes
// of a call is told to the Registry as an input, from any goroutine. Calls after the end are harmless.
type Channel interface {
	// Answer takes the customer in. If that fails the edge tells CustomerLeft.
	Answer()
	// Ring lets the agent's phone ring until then, if it is a phone that can: an agent whose phone
	// is the browser sees the offer on the desk. A SIP phone that is picked up tells AgentAccepted.
	Ring(agent access.UserID, until time.Time)
	// StopRinging ends Ring; for an agent who is not ringing it does nothing.
	StopRinging(agent access.UserID)
	// Connect brings the agent's phone up. PhoneConnected or PhoneFailed follows.
	Connect(agent access.UserID)
	// Arrange says who hears whom from now on; empty: the customer's leg is left to a flow. A phone
	// that is not up yet, or gone for a while, takes its place when it is.
	Arrange(Arrangement)
	// DropAgent ends the agent's leg or what there is of it.
	DropAgent(agent access.UserID)
	// Disconnect ends the customer's leg; no CustomerLeft need follow.
	Disconnect(cause Cause)
}

// OutsideCaller is the optional ability to bring numbers outside into a talk.
type OutsideCaller interface {
	// CallOutside calls a number; OutsideRinging, OutsideAnswered and OutsideEnded are told.
	CallOutside(party PartyID, address string, until time.Time)
	// DropOutside ends that call; no OutsideEnded need follow.
	DropOutside(party PartyID)
}

// Prompter is the optional ability to play a prompt into a talk.
type Prompter interface {
	// PlayPrompt plays a prompt instead of what is played; PromptEnded follows when it is over.
	PlayPrompt(prompt string)
	// StopPrompt ends it; no PromptEnded need follow.
	StopPrompt()
}

// DigitSender is the optional ability to send keys to the customer's side.
type DigitSender interface{ SendDigits(digits string) }

// Router finds agents. Its methods never block.
type Router interface {
	// Enqueue adds a place; OfferMade follows when an agent is reserved for it.
	Enqueue(Place)
	// Withdraw removes the place of the customer, or of a party, if there is one; a reservation made
	// for it stays until Release.
	Withdraw(ID, PartyID)
	// Keep reserves a seat for an interaction that had it before a crash.
	Keep(ID, access.UserID)
	// Hold tells that an agent has put the customer on hold, or taken him back: who has a second line may
	// be offered another one meanwhile.
	Hold(id ID, agent access.UserID, on bool)
	// Release ends the reservation of this interaction for this agent; a second call is harmless.
	Release(Release)
}

// FlowRunner runs flows. Its methods never block.
type FlowRunner interface {
	// Start runs a flow for the interaction on its channel, replacing a running one. The runner
	// tells FlowStepped, and FlowQueued or FlowEnded (not for a waiting flow that was stopped).
	Start(run FlowRun)
	// Stop ends the interaction's flow, if one runs; what it plays stops before Stop returns or
	// at the latest when the channel is joined.
	Stop(ID)
}

// FlowRun is a flow to run.
type FlowRun struct {
	State   State // at the start
	Channel Channel
	Flow    string // empty: plain music
	Waiting bool
	At      string // where to go on, as FlowWaits said; empty: at the beginning
	Way     string // by which way to go on from there; empty: the node there is run
}

// Recorder records interactions whose channel can be recorded. Its methods never block; it tells
// RecordingChanged.
type Recorder interface {
	// Start begins; what was stopped before goes on in the same file, with the time between marked.
	Start(State, Channel)
	Stop(ID)
	// Continue goes on with what a crash cut, in the same file, with the hole marked.
	Continue(State, Channel)
	// Pause keeps what is said out of the file, marked with why, until Resume.
	Pause(id ID, why string)
	Resume(ID)
}
