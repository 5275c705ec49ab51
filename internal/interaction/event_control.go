package interaction

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/disposition"
)

// The events of call control. By is the agent or supervisor who asked.
type (
	// EventHeld puts a party on hold or takes it back.
	EventHeld struct {
		Party PartyID       `json:"party"`
		On    bool          `json:"on"`
		By    access.UserID `json:"by,omitempty"`
	}
	// EventPartyMuted silences a party towards all others.
	EventPartyMuted struct {
		Party PartyID       `json:"party"`
		On    bool          `json:"on"`
		By    access.UserID `json:"by,omitempty"`
	}
	// EventPartyAsked begins a further party.
	EventPartyAsked struct {
		Party Party     `json:"party"`
		Until time.Time `json:"until,omitzero"` // it must be there by then
	}
	// EventPartyMoved tells a party's next state; User is who was found for it.
	EventPartyMoved struct {
		Party   PartyID       `json:"party"`
		State   PartyState    `json:"state"`
		User    access.UserID `json:"user,omitempty"`
		Until   time.Time     `json:"until,omitzero"`
		Restore []byte        `json:"restore,omitempty"`
	}
	// EventPartyLeft ends a party's part.
	EventPartyLeft struct {
		Party  PartyID       `json:"party"`
		Why    PartyEnd      `json:"why"`
		By     access.UserID `json:"by,omitempty"` // who dropped it
		Detail string        `json:"detail,omitempty"`
		// Reason says why it never came; empty: it was there, or nobody wanted it any more.
		Reason AbsentReason `json:"reason,omitempty"`
	}
	// EventSwapped moves the agent between the customer and the private talk.
	EventSwapped struct {
		Side bool          `json:"side"`
		By   access.UserID `json:"by,omitempty"` // empty: nobody is left beside
	}
	// EventMerged brings everybody together.
	EventMerged struct {
		By access.UserID `json:"by"`
	}
	// EventHandedOver gives the customer to another agent of the talk: a segment ends, one begins.
	EventHandedOver struct {
		From  access.UserID `json:"from"`
		To    access.UserID `json:"to"`
		Party PartyID       `json:"party"` // who To was
		Why   string        `json:"why"`   // left, lost, dropped, taken_over
	}
	// EventForwarded tells that the customer goes on with an outside party and without an agent.
	EventForwarded struct {
		From access.UserID `json:"from"`
		Why  string        `json:"why"` // left, lost
	}
	// EventTransferred ends the segment of an agent who sent the customer on.
	EventTransferred struct {
		By     access.UserID `json:"by"`
		Target Target        `json:"target"`
	}
	// EventOpened lets everybody of the queue take what one agent did not take in time.
	EventOpened struct{}
	// EventParked keeps the customer for anybody.
	EventParked struct {
		By    access.UserID `json:"by"`
		Until time.Time     `json:"until"` // the alarm
	}
	// EventParkAlarm tells that somebody is parked for too long; after Until he goes back to his queue.
	EventParkAlarm struct {
		Until time.Time `json:"until"`
	}
	// EventPickedUp ends parking: the agent's phone is connected next.
	EventPickedUp struct {
		Agent access.UserID `json:"agent"`
	}
	// EventMonitorChanged tells how a supervisor takes part from now on.
	EventMonitorChanged struct {
		Party PartyID     `json:"party"`
		Mode  MonitorMode `json:"mode"`
	}
	// EventRecordingPaused tells that nothing is recorded until Until at the latest; zero: until asked.
	EventRecordingPaused struct {
		By    access.UserID `json:"by,omitempty"`
		Why   string        `json:"why"`
		Until time.Time     `json:"until,omitzero"`
	}
	// EventRecordingResumed ends a pause; By is empty when its time was up.
	EventRecordingResumed struct {
		By access.UserID `json:"by,omitempty"`
	}
	// EventPromptPlayed tells that a prompt was played into the talk.
	EventPromptPlayed struct {
		By     access.UserID `json:"by"`
		Prompt string        `json:"prompt"`
	}
	// EventPromptEnded tells that it is over; By is empty when nobody stopped it.
	EventPromptEnded struct {
		By access.UserID `json:"by,omitempty"`
	}
	// EventSecretBegun hands the customer to a flow that takes secret digits.
	EventSecretBegun struct {
		By   access.UserID `json:"by"`
		Flow string        `json:"flow"`
	}
	// EventSecretEntered tells how many digits the customer has entered; the digits are not kept.
	EventSecretEntered struct {
		Count int `json:"count"`
	}
	// EventSecretEnded brings the customer back to the agent; By is who did not want to wait for it.
	EventSecretEnded struct {
		Detail string        `json:"detail,omitempty"`
		By     access.UserID `json:"by,omitempty"`
	}
	// EventHandoverWrapUp begins the wrap-up of an agent who hands the customer over with the next event.
	EventHandoverWrapUp struct {
		Agent access.UserID `json:"agent"`
		Until time.Time     `json:"until"`
	}
	// EventHandoverDrafted keeps what he typed so far. Segment is his, as in the next ones.
	EventHandoverDrafted struct {
		Segment     int            `json:"segment"`
		Disposition disposition.ID `json:"disposition,omitempty"`
		Note        string         `json:"note,omitempty"`
	}
	// EventHandoverExtended prolongs it.
	EventHandoverExtended struct {
		Segment int       `json:"segment"`
		Until   time.Time `json:"until"`
	}
	// EventHandoverDisposed ends it with his outcome.
	EventHandoverDisposed struct {
		Segment     int            `json:"segment"`
		Agent       access.UserID  `json:"agent"`
		Disposition disposition.ID `json:"disposition,omitempty"`
		Note        string         `json:"note,omitempty"`
	}
	// EventHandoverExpired tells that time ran out before he finished.
	EventHandoverExpired struct {
		Segment int           `json:"segment"`
		Agent   access.UserID `json:"agent"`
	}
	// EventWorkLeft tells that all is over but wrap-ups after hand-overs; ended follows the last of them.
	EventWorkLeft struct {
		Cause  Cause  `json:"cause"`
		Detail string `json:"detail,omitempty"`
	}
	// EventRestored takes an interaction up again after a crash.
	EventRestored struct {
		Died    time.Time `json:"died"`
		Outside []PartyID `json:"outside,omitempty"` // whose calls outlived it too
	}
)

// PartyEnd is why a further party's part ended.
type PartyEnd string

// The ends of a party.
const (
	PartyGone     PartyEnd = "left"      // by itself
	PartyDropped  PartyEnd = "dropped"   // by an agent
	PartyDeclined PartyEnd = "declined"  // said no
	PartyNoAnswer PartyEnd = "no_answer" // in time
	PartyFailed   PartyEnd = "failed"    // could not be reached
	PartyOver     PartyEnd = "over"      // the talk ended
)

// Kind implements Event.
func (EventHeld) Kind() string             { return "held" }
func (EventPartyMuted) Kind() string       { return "party_muted" }
func (EventPartyAsked) Kind() string       { return "party_asked" }
func (EventPartyMoved) Kind() string       { return "party_moved" }
func (EventPartyLeft) Kind() string        { return "party_left" }
func (EventSwapped) Kind() string          { return "swapped" }
func (EventMerged) Kind() string           { return "merged" }
func (EventHandedOver) Kind() string       { return "handed_over" }
func (EventForwarded) Kind() string        { return "forwarded" }
func (EventTransferred) Kind() string      { return "transferred" }
func (EventOpened) Kind() string           { return "opened" }
func (EventParked) Kind() string           { return "parked" }
func (EventParkAlarm) Kind() string        { return "park_alarm" }
func (EventPickedUp) Kind() string         { return "picked_up" }
func (EventMonitorChanged) Kind() string   { return "monitor_changed" }
func (EventRecordingPaused) Kind() string  { return "recording_paused" }
func (EventRecordingResumed) Kind() string { return "recording_resumed" }
func (EventPromptPlayed) Kind() string     { return "prompt_played" }
func (EventSecretBegun) Kind() string      { return "secret_begun" }
func (EventSecretEnded) Kind() string      { return "secret_ended" }
func (EventPromptEnded) Kind() string      { return "prompt_ended" }
func (EventSecretEntered) Kind() string    { return "secret_entered" }
func (EventHandoverWrapUp) Kind() string   { return "handover_wrap_up" }
func (EventHandoverDrafted) Kind() string  { return "handover_drafted" }
func (EventHandoverExtended) Kind() string { return "handover_extended" }
func (EventHandoverDisposed) Kind() string { return "handover_disposed" }
func (EventHandoverExpired) Kind() string  { return "handover_expired" }
func (EventWorkLeft) Kind() string         { return "work_left" }
func (EventRestored) Kind() string         { return "restored" }
