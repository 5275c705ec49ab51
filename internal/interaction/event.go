package interaction

import (
	"encoding/json"
	"fmt"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/disposition"
	"linekeeper/internal/skill"
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

// Detection is what was found in a party's sound.
type Detection string

// The detections. FaxCalling, FaxAnswering and AnsweringBeep are looked for only where a flow asks.
const (
	Silence       Detection = "silence"        // nothing, for longer than is usual
	HeardAgain    Detection = "heard_again"    // after Silence
	FaxCalling    Detection = "fax_calling"    // the tone of a fax machine that calls (CNG)
	FaxAnswering  Detection = "fax_answering"  // of one that has answered (CED)
	AnsweringBeep Detection = "answering_beep" // an answering machine has ended its greeting
)

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
	// EventIdentified says who the customer is, when that is not whom the number says.
	EventIdentified struct {
		Customer customer.ID `json:"customer"`
		Name     string      `json:"name,omitempty"`
	}
	// EventQueued begins a segment. Again is true when an answered customer came back.
	EventQueued struct {
		Rules    QueueRules `json:"rules"`
		Priority int        `json:"priority,omitempty"`
		Again    bool       `json:"again,omitempty"`
		// Needs are skills that are asked for beside what the queue asks.
		Needs []skill.Need `json:"needs,omitempty"`
		// First is the agent whose it is until then, if he is there; empty: everybody's of the queue.
		First      access.UserID `json:"first,omitempty"`
		FirstUntil time.Time     `json:"first_until,omitzero"`
		// Only is the one agent who may take it, until then; empty: everybody of the queue.
		Only      access.UserID `json:"only,omitempty"`
		OnlyUntil time.Time     `json:"only_until,omitzero"`
		// Back is the way by which the flow goes on when he did not take it in time; empty: all of the queue may.
		Back string `json:"back,omitempty"`
		// Since is from when on the place counts, of who stood in another line before; zero: since now.
		Since time.Time `json:"since,omitzero"`
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
		Agent   access.UserID `json:"agent"`
		Restore []byte        `json:"restore,omitempty"`
	}
	// EventInterrupted tells that the agent's phone is gone.
	EventInterrupted struct {
		Agent access.UserID `json:"agent"`
		Until time.Time     `json:"until"`
	}
	// EventResumed tells that it is back.
	EventResumed struct {
		Agent   access.UserID `json:"agent"`
		Restore []byte        `json:"restore,omitempty"`
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
		Agent  access.UserID `json:"agent"`
		Reason string        `json:"reason,omitempty"`
		// Review says that the project wants to look at it: no reason, or within the first seconds.
		Review bool `json:"review,omitempty"`
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
	// EventSoundDetected tells what was found in a party's sound.
	EventSoundDetected struct {
		Sound Detection     `json:"sound"`
		User  access.UserID `json:"user,omitempty"` // whose; empty: the customer's
	}
	// EventCustomerHolds tells that the customer has put us on hold at his phone, or taken us back. It is no hold of
	// ours: it counts as talk, and changes nothing in who is to hear whom.
	EventCustomerHolds struct {
		On bool `json:"on"`
	}
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
func (EventSoundDetected) Kind() string { return "sound_detected" }
func (EventCustomerHolds) Kind() string { return "customer_holds" }

// Kind implements Event.
func (EventArrived) Kind() string        { return "arrived" }
func (EventFlowStep) Kind() string       { return "flow_step" }
func (EventIdentified) Kind() string     { return "identified" }
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

// decoders read each kind of event.
var decoders = map[string]func([]byte) (Event, error){
	EventArrived{}.Kind():          decode[EventArrived],
	EventFlowStep{}.Kind():         decode[EventFlowStep],
	EventIdentified{}.Kind():       decode[EventIdentified],
	EventQueued{}.Kind():           decode[EventQueued],
	EventOffered{}.Kind():          decode[EventOffered],
	EventMissed{}.Kind():           decode[EventMissed],
	EventAccepted{}.Kind():         decode[EventAccepted],
	EventConnected{}.Kind():        decode[EventConnected],
	EventInterrupted{}.Kind():      decode[EventInterrupted],
	EventResumed{}.Kind():          decode[EventResumed],
	EventAgentLost{}.Kind():        decode[EventAgentLost],
	EventMuted{}.Kind():            decode[EventMuted],
	EventDigitsSent{}.Kind():       decode[EventDigitsSent],
	EventCustomerLeft{}.Kind():     decode[EventCustomerLeft],
	EventAgentHungUp{}.Kind():      decode[EventAgentHungUp],
	EventLetGo{}.Kind():            decode[EventLetGo],
	EventWrapUp{}.Kind():           decode[EventWrapUp],
	EventWrapUpExtended{}.Kind():   decode[EventWrapUpExtended],
	EventDrafted{}.Kind():          decode[EventDrafted],
	EventDisposed{}.Kind():         decode[EventDisposed],
	EventWrapUpExpired{}.Kind():    decode[EventWrapUpExpired],
	EventRecording{}.Kind():        decode[EventRecording],
	EventEnded{}.Kind():            decode[EventEnded],
	EventHeld{}.Kind():             decode[EventHeld],
	EventPartyMuted{}.Kind():       decode[EventPartyMuted],
	EventPartyAsked{}.Kind():       decode[EventPartyAsked],
	EventPartyMoved{}.Kind():       decode[EventPartyMoved],
	EventPartyLeft{}.Kind():        decode[EventPartyLeft],
	EventSwapped{}.Kind():          decode[EventSwapped],
	EventMerged{}.Kind():           decode[EventMerged],
	EventHandedOver{}.Kind():       decode[EventHandedOver],
	EventForwarded{}.Kind():        decode[EventForwarded],
	EventTransferred{}.Kind():      decode[EventTransferred],
	EventOpened{}.Kind():           decode[EventOpened],
	EventParked{}.Kind():           decode[EventParked],
	EventParkAlarm{}.Kind():        decode[EventParkAlarm],
	EventPickedUp{}.Kind():         decode[EventPickedUp],
	EventMonitorChanged{}.Kind():   decode[EventMonitorChanged],
	EventRecordingPaused{}.Kind():  decode[EventRecordingPaused],
	EventRecordingResumed{}.Kind(): decode[EventRecordingResumed],
	EventPromptPlayed{}.Kind():     decode[EventPromptPlayed],
	EventSecretBegun{}.Kind():      decode[EventSecretBegun],
	EventSecretEnded{}.Kind():      decode[EventSecretEnded],
	EventPromptEnded{}.Kind():      decode[EventPromptEnded],
	EventSecretEntered{}.Kind():    decode[EventSecretEntered],
	EventHandoverWrapUp{}.Kind():   decode[EventHandoverWrapUp],
	EventHandoverDrafted{}.Kind():  decode[EventHandoverDrafted],
	EventHandoverExtended{}.Kind(): decode[EventHandoverExtended],
	EventHandoverDisposed{}.Kind(): decode[EventHandoverDisposed],
	EventHandoverExpired{}.Kind():  decode[EventHandoverExpired],
	EventWorkLeft{}.Kind():         decode[EventWorkLeft],
	EventRestored{}.Kind():         decode[EventRestored],
	EventSoundDetected{}.Kind():    decode[EventSoundDetected],
	EventCustomerHolds{}.Kind():    decode[EventCustomerHolds],
	EventQueueClosed{}.Kind():      decode[EventQueueClosed],
	EventCallbackAccepted{}.Kind(): decode[EventCallbackAccepted],
	EventDialing{}.Kind():          decode[EventDialing],
	EventReached{}.Kind():          decode[EventReached],
	EventNotReached{}.Kind():       decode[EventNotReached],
	EventManual{}.Kind():           decode[EventManual],
	EventRinging{}.Kind():          decode[EventRinging],
	EventMessageCalled{}.Kind():    decode[EventMessageCalled],
	EventMessageCallOver{}.Kind():  decode[EventMessageCallOver],
	EventTaskRests{}.Kind():        decode[EventTaskRests],
	EventTaskPutBack{}.Kind():      decode[EventTaskPutBack],
	EventTaskChanged{}.Kind():      decode[EventTaskChanged],
	EventTaskCancelled{}.Kind():    decode[EventTaskCancelled],
	EventTaskDone{}.Kind():         decode[EventTaskDone],
	EventFlowTransferred{}.Kind():  decode[EventFlowTransferred],
	EventFlowReturned{}.Kind():     decode[EventFlowReturned],
	EventCustomerKept{}.Kind():     decode[EventCustomerKept],
	EventAskDue{}.Kind():           decode[EventAskDue],
	EventSurveyAnswered{}.Kind():   decode[EventSurveyAnswered],
	EventAbuseReported{}.Kind():    decode[EventAbuseReported],
	EventAbuseEnding{}.Kind():      decode[EventAbuseEnding],
	EventHelpAsked{}.Kind():        decode[EventHelpAsked],
	EventHelpTaken{}.Kind():        decode[EventHelpTaken],
	EventHelpSaid{}.Kind():         decode[EventHelpSaid],
	EventHelpClosed{}.Kind():       decode[EventHelpClosed],
	EventMoreTimeAsked{}.Kind():    decode[EventMoreTimeAsked],
	EventMoreTimeAnswered{}.Kind(): decode[EventMoreTimeAnswered],

	EventMoved{}.Kind():         decode[EventMoved],
	EventReprioritised{}.Kind(): decode[EventReprioritised],
	EventPicked{}.Kind():        decode[EventPicked],

	EventCallbackConfirmed{}.Kind(): decode[EventCallbackConfirmed],
	EventOverflowed{}.Kind():        decode[EventOverflowed],
}

// DecodeEvent reads an event of the journal. An unknown kind is an error: data of a newer version
// is refused, not guessed.
func DecodeEvent(kind string, body []byte) (Event, error) {
	if read := decoders[kind]; read != nil {
		return read(body)
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
