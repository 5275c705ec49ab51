// Package interaction is the one thing all channels become: a customer's request for service from
// arrival to wrap-up. The rules are a pure function, Decide, from (state, input) to (events,
// effects); an actor per interaction feeds it, commits the events with the record in one
// transaction, and only then carries the effects out. Edges (voice, chat, ...), flows and the
// router meet here and nowhere else; they are known by the small interfaces of channel.go.
// What lives elsewhere: who gets the customer (routing), what is said to him (flow), sound (media).
package interaction

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/disposition"
	"linekeeper/internal/entry"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
)

// ID is the identity of an interaction: time-ordered text.
type ID string

// Medium is the channel a customer uses. The glossary's word is channel; in code that name belongs
// to what an edge offers, the interface Channel.
type Medium string

// The channels there are. Chat is not built so far.
const (
	Voice     Medium = "voice"
	Chat      Medium = "chat"
	Voicemail Medium = "voicemail" // a message that was left: nobody is on the line
	TaskWork  Medium = "task"      // something to be done for a customer: nobody is on the line
	// NoChannel is for flows that run without a customer. No interaction has it.
	NoChannel Medium = "none"
)

// Origin is why the interaction started.
type Origin string

// The origins there are so far.
const (
	Inbound  Origin = "inbound"
	Callback Origin = "callback" // promised to a customer who did not want to wait on the line
	ByHand   Origin = "manual"   // an agent calls
	Internal Origin = "internal" // a task: made here, by whatever
)

// Phase is where an interaction stands. DESIGN.md draws the moves between phases.
type Phase string

// The phases, in the order of a life.
const (
	InFlow      Phase = "flow"        // a flow talks to the customer
	Resting     Phase = "resting"     // a task that is not to be begun yet
	Waiting     Phase = "waiting"     // a place in a queue
	Offered     Phase = "offered"     // an agent is being asked; the customer still waits
	Dialing     Phase = "dialing"     // the agent said yes, the customer is called back
	Connecting  Phase = "connecting"  // the agent said yes, his phone is being connected
	Connected   Phase = "connected"   // customer and agent talk
	Interrupted Phase = "interrupted" // the agent's phone is gone, the customer is kept
	Forwarded   Phase = "forwarded"   // customer and an outside party, without an agent of ours
	Parked      Phase = "parked"      // the customer hears music until somebody picks up
	WrappingUp  Phase = "wrapping_up" // the customer is gone, the agent finishes
	Done        Phase = "done"
)

// Cause is who ended it; exactly one for each ended interaction.
type Cause string

// The causes.
const (
	ByCustomer Cause = "customer"
	ByAgent    Cause = "agent"
	BySystem   Cause = "system"
	ByCarrier  Cause = "carrier"
	ByOutside  Cause = "outside" // the number outside to which the customer was forwarded
	ByUnknown  Cause = "unknown"
)

// Arrival is what an edge knows when a customer comes.
type Arrival struct {
	Tenant          tenant.ID   `json:"tenant"`
	Project         project.ID  `json:"project,omitempty"`
	Channel         Medium      `json:"channel"`
	Origin          Origin      `json:"origin"`
	CustomerAddress string      `json:"customer_address"` // the caller's number; empty: withheld
	CenterAddress   string      `json:"center_address"`   // the number dialed
	Entry           entry.ID    `json:"entry,omitempty"`
	Trunk           trunk.ID    `json:"trunk,omitempty"`
	Customer        customer.ID `json:"customer,omitempty"` // empty: not known
	CustomerName    string      `json:"customer_name,omitempty"`
	Language        string      `json:"language"`
	Codec           string      `json:"codec,omitempty"` // voice: agreed with the customer's side: PCMU, PCMA, G722 or opus
	Flow            string      `json:"flow,omitempty"`  // the flow to begin with
	// Promise says that the customer is to be called back; nil: he is on the line.
	Promise *Promise `json:"promise,omitempty"`
	// Message is what the customer left; nil: he is on the line, or promised.
	Message *Message `json:"message,omitempty"`
	// Task is what is to be done for the customer; nil: he is on the line, or something else is so.
	Task *Task `json:"task,omitempty"`
	// Manual says who calls the customer; nil: no agent does.
	Manual *Manual `json:"manual,omitempty"`
	// Restore is what the edge needs to find its leg again after a crash; opaque here.
	Restore []byte `json:"restore,omitempty"`
}

// QueueRules are the queue's settings at the moment of queueing; a change of the queue does not
// touch who waits already.
type QueueRules struct {
	Queue               queue.ID      `json:"queue"`
	Target              time.Duration `json:"target"`        // answered within it is in time
	ShortAbandon        time.Duration `json:"short_abandon"` // leaving earlier is not counted as abandoned
	OfferTime           time.Duration `json:"offer_time"`
	WrapUp              time.Duration `json:"wrap_up"` // 0: none, unless a disposition is required
	DispositionRequired bool          `json:"disposition_required"`
	Recording           bool          `json:"recording"`
	WaitingFlow         string        `json:"waiting_flow,omitempty"` // empty: plain music
	After               AfterTalk     `json:"after,omitzero"`
	// OnDemand lets agents start and stop the recording.
	OnDemand bool `json:"on_demand,omitempty"`
	// HangUpAfter is how long agents must not end a talk; 0: at once.
	HangUpAfter time.Duration `json:"hang_up_after,omitempty"`
	// HangUpReason asks agents who end a talk first for a reason.
	HangUpReason bool `json:"hang_up_reason,omitempty"`
	// Abuse is what happens when the customer insults an agent.
	Abuse AbuseTerms `json:"abuse,omitzero"`
	// Extensions is how often agents may prolong their wrap-up themselves; after that they ask the leaders.
	Extensions int `json:"extensions,omitempty"`
	// Extension is what each adds; 0: as long as the wrap-up itself.
	Extension time.Duration `json:"extension,omitempty"`
}

// Outcome is how a segment ended.
type Outcome string

// The outcomes of a segment.
const (
	Answered     Outcome = "answered"
	Abandoned    Outcome = "abandoned"
	ShortAbandon Outcome = "short_abandon"
	Requeued     Outcome = "requeued" // taken out of the line of a queue that closed, or of an agent who did not answer, or moved to another line
	// OverflowedOut was taken out of the line by a rule of the queue.
	OverflowedOut Outcome = "overflowed"
	Lost          Outcome = "lost"        // ended by the system while the customer waited
	CalledBack    Outcome = "callback"    // the customer left the line to be called back
	NotReached    Outcome = "not_reached" // the customer was called back in vain
)

// OfferOutcome is how an offer ended.
type OfferOutcome string

// The outcomes of an offer.
const (
	OfferAccepted  OfferOutcome = "accepted"
	OfferDeclined  OfferOutcome = "declined"
	OfferTimedOut  OfferOutcome = "timed_out"
	OfferWithdrawn OfferOutcome = "withdrawn" // the customer left first
	OfferFailed    OfferOutcome = "failed"    // the agent's phone could not be connected, or his desk was closed
)

// Asks are what a customer in line asks of the agent. The zero value: anybody of the queue.
type Asks struct {
	Needs []skill.Need // beside what the queue asks
	// First is the agent whose he is until FirstUntil, if that one is there; empty: nobody's.
	First      access.UserID
	FirstUntil time.Time
}

// Segment is a stretch with one queue and at most one agent.
type Segment struct {
	Seq int // 1, 2, ...; 0: none yet
	// Handed says that it came from another agent and not by the queue: handed over in the talk, picked up, or
	// transferred to one agent, as long as only he may take it. A task's too: no customer waits in the queue.
	Handed    bool
	Outbound  bool          // its agent has called the customer; nobody waited
	Promised  time.Time     // the customer, who was promised a call, has waited since then; zero: nobody promised
	Only      access.UserID // the one agent who may take it; empty: all of the queue
	OnlyUntil time.Time
	// Back is the way by which the flow goes on when he did not take it in time; empty: then all of the queue may.
	Back     string
	Rules    QueueRules
	Priority int
	Agent    access.UserID // empty: nobody took it
	Queued   time.Time
	// Since is from when on the place counts: of who was moved from another line, since he stood there. Zero: since Queued.
	Since    time.Time
	Answered time.Time // zero: not answered
	Left     time.Time // waiting or talk ended; zero: not yet
	Ended    time.Time // wrap-up ended too; zero: open
	Outcome  Outcome
	Missed   int
	Talk     time.Duration
	Hold     time.Duration
	WrapUp   time.Duration
}

// InTime says whether the segment was answered within its queue's target.
func (s Segment) InTime() bool {
	return !s.Outbound && s.Promised.IsZero() && !s.Answered.IsZero() && s.Answered.Sub(s.Queued) <= s.Rules.Target
}

// Offer is an interaction being shown to an agent.
type Offer struct {
	Agent   access.UserID
	At      time.Time
	Until   time.Time
	Outcome OfferOutcome // empty: open
	Ended   time.Time
}

// State is an interaction folded from its events. It is a value: Apply returns a new one. Its zero
// value is an interaction that has not arrived.
type State struct {
	ID      ID
	Arrival Arrival
	Phase   Phase
	Seq     int64     // of the last event
	Last    time.Time // of the last event; no later event is before it

	Flow     string // that talks to the customer, or did last
	FlowAt   string // where it waited last, see FlowWaits; empty: nowhere yet
	FlowWay  string // by which way it goes on from there; empty: it waits there
	Lent     Lent   // the customer is with a number outside, and the flow may get him back
	Arrived  time.Time
	Queued   time.Time // first; zero: never
	Answered time.Time // first; zero: never
	Left     time.Time // the customer's side ended; zero: still here
	Ended    time.Time // zero: open

	Segment   Segment // the current or last
	Offer     Offer   // the current or last
	Agent     access.UserID
	PlacedBy  access.UserID // who changed the place in line last: moved, gave it a priority or an agent; empty: nobody
	Since     time.Time     // the present phase began
	Counted   time.Time     // up to then talk and hold are counted; zero: nobody talks
	WrapUntil time.Time     // wrap-up ends by itself; zero outside WrappingUp
	Extended  int           // how often its agent prolonged the wrap-up
	MoreTime  MoreTime

	Own          Standing // of the agent
	Customer     Standing
	Parties      []Party // in the order of coming; nil: none
	PartiesSeen  int
	Absent       []Absence  // who was asked and did not come, the oldest first; nil: nobody
	Handovers    []Handover // parts of agents who gave the customer to others, by segment; nil: none
	Secret       bool       // a flow takes digits of the customer that nobody else may know
	SecretDigits int        // how many it has taken
	Prompt       string     // played into the talk now; empty: none
	ParkedBy     access.UserID
	ParkUntil    time.Time // the alarm, or after it the return to the queue; zero: not parked
	ParkAlarm    bool

	Talk, Hold, WrapUp time.Duration // sums over segments

	Disposition disposition.ID
	Note        string
	Cause       Cause
	CauseDetail string
	Recording   string // "", running, complete, partial, failed
	Paused      string // why nothing is recorded just now; empty: it is not paused
	PausedUntil time.Time
	HangUp      HangUp
	Kept        Kept
	Answers     []Answer // the last to each question; nil: none
	Due         int      // the customer was not asked about a talk within so many days; 0: not looked up, or he was
	Language    string   // that he has chosen in a flow; empty: none
	Asks        Asks     // of the agent, since he was put in line last
	// Reached says that a customer who was called has picked up.
	Reached   bool
	SentOn    SentOn     // how a queue has sent the customer on last
	ClosedFor []queue.ID // queues that were closed for him, in order
	// Overflowed are the overflow rules that were carried out for him, each as queue and act.
	Overflowed []string
	// CustomerHolds is since when the customer has us on hold at his phone; zero: he has not.
	CustomerHolds time.Time
	// Ringing is since when the phone of a customer who is called rings; zero: it does not, or he has picked up.
	Ringing time.Time
	// CalledBy is the call that answers the message and goes on; empty: none does.
	CalledBy ID
	// CallbackTaken is the callback that the customer chose instead of waiting; empty: none.
	CallbackTaken string
	Help          Help
	Insulted      []Insulted // agents whom the customer has insulted; nil: none
	AbuseAt       time.Time  // one of them said so last; zero: never
	AbuseEnding   bool       // the call ends when the farewell is over
	AgentLeg      []byte     // what the edge needs to find the agent's phone again after a crash
}

// HangUp is what is known of an agent's ending the talk first.
type HangUp struct {
	Agent  access.UserID // empty: somebody else ended it
	Reason string
	Review bool // the project wants to look at it
}

// QueuePause is why nothing is recorded when the customer came to a queue that is not recorded.
const QueuePause = "queue"

// SecretPause is why nothing is recorded while digits are taken that nobody else may know.
const SecretPause = "card"

// OnDemandPause is why nothing is recorded when an agent stopped the recording.
const OnDemandPause = "stopped"

// Open says whether anything is still to be done.
func (s State) Open() bool { return s.Phase != "" && s.Phase != Done }

// HasCustomer says whether the customer is on the line.
func (s State) HasCustomer() bool {
	return s.Phase != "" && s.Left.IsZero() && !s.Promised() && !s.Lineless()
}
