package interaction

import (
	"cmp"
	"errors"
	"time"

	"linekeeper/internal/kit/fault"
)

// The limits of the rules.
const (
	ConnectTime   = 10 * time.Second // for an agent's phone to come up after the agent's yes
	InterruptTime = 20 * time.Second // for an agent's phone to come back in mid-call
	MaxNote       = 10_000           // characters
	// DefaultWrapUp limits a wrap-up that must end with a disposition in a queue without a limit.
	DefaultWrapUp = 5 * time.Minute
)

// Reasons why a seat is not ready after Release.
const (
	NotReadyMissed    = "missed"
	NotReadyPhoneLost = "phone_lost"
)

// ErrLate refuses an input that no longer fits the phase: the offer is gone, the call has ended,
// the agent is another one. It is normal.
var ErrLate = errors.New("too late for this interaction")

// Decide is the rules: what an input means in a state. It has no side effects and no clock; now
// must not be before the state's last event. An error refuses the input and changes nothing: ErrLate, or a
// fault of kind Invalid for the user.
func Decide(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	if stop, ok := in.(Stopped); ok {
		return s.carriedOut(decideStopped(s, stop))
	}
	events, effects, err := s.carriedOut(decide(s, in, now))
	return lingering(s, events, now), effects, err
}

func decide(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	if events, effects, err, ok := decideHandover(s, in, now); ok {
		return events, effects, err
	}
	if events, effects, err, ok := decideMoreTime(s, in, now); ok {
		return events, effects, err
	}
	switch in := in.(type) {
	case RecordingChanged:
		if s.Phase == "" {
			return nil, nil, ErrLate
		}
		return []Event{EventRecording(in)}, nil, nil
	case FlowStepped:
		if !s.Open() || !s.HasCustomer() {
			return nil, nil, ErrLate
		}
		return flowStep(s, in), nil, nil
	case CustomerIdentified:
		return decideIdentified(s, in)
	case SoundDetected:
		if !s.Open() || !s.HasCustomer() {
			return nil, nil, ErrLate
		}
		return []Event{EventSoundDetected(in)}, nil, nil
	case CustomerHolds:
		return decideCustomerHolds(s, in)
	case FlowSecret:
		return decideFlowSecret(s, in)
	case DraftSaved:
		return decideDraft(s, in)
	case Restored:
		return decideRestored(s, in, now)
	case CallbackCancelled:
		if s.confirming() {
			return decideConfirming(s, CustomerMissed{MissedCancelled, in.Detail})
		}
		if !s.Open() || !s.Promised() {
			return nil, nil, ErrLate
		}
		return notReached(s, MissedCancelled, in.Detail)
	}
	if events, effects, err, ok := decidePlaced(s, in, now); ok {
		return events, effects, err
	}
	if events, effects, err, ok := decideAsked(s, in); ok {
		return events, effects, err
	}
	if events, effects, err, ok := decideMessage(s, in, now); ok {
		return events, effects, err
	}
	if events, effects, err, ok := decideTask(s, in, now); ok {
		return events, effects, err
	}
	switch s.Phase {
	case Connected, Interrupted, Forwarded:
		if events, effects, err, ok := decideControl(s, in, now); ok {
			return events, effects, err
		}
	}
	switch s.Phase {
	case "":
		return decideNew(s, in, now)
	case InFlow:
		return decideInFlow(s, in, now)
	case Waiting:
		return decideWaiting(s, in, now)
	case Offered:
		return decideOffered(s, in, now)
	case Dialing:
		return decideDialing(s, in, now)
	case Connecting:
		return decideConnecting(s, in, now)
	case Connected, Interrupted:
		return decideConnected(s, in, now)
	case Forwarded:
		return decideForwarded(s, in, now)
	case Parked:
		return decideParked(s, in, now)
	case WrappingUp:
		return decideWrappingUp(s, in, now)
	}
	return nil, nil, ErrLate
}

func decideNew(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	a, ok := in.(Arrived)
	if !ok {
		return nil, nil, ErrLate
	}
	if a.Arrival.Promise != nil {
		return begunPromise(a, now)
	}
	if a.Arrival.Message != nil {
		return begunMessage(s, a, now)
	}
	if a.Arrival.Task != nil {
		return begunTask(s, a, now)
	}
	if a.Arrival.Manual != nil {
		return begunManual(a, now)
	}
	return []Event{EventArrived(a)},
		[]Effect{AnswerCustomer{}, StartFlow{Flow: a.Arrival.Flow}}, nil
}

func decideInFlow(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	if s.confirming() {
		return decideConfirming(s, in)
	}
	switch in := in.(type) {
	case FlowQueued:
		return queuedByFlow(s, in, now)
	case FlowTransferred:
		return transferredByFlow(s, in, now)
	case FlowEnded:
		return []Event{EventLetGo(in), s.endedAs(BySystem, in.Detail)},
			[]Effect{DropCustomer{BySystem}}, nil
	case CallbackAccepted:
		return acceptCallback(s, in)
	case CustomerLeft:
		return []Event{left(s, in, now), s.endedAs(in.Cause, in.Detail)},
			[]Effect{StopFlow{}, DropCustomer{in.Cause}}, nil
	}
	return nil, nil, ErrLate
}

func decideWaiting(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	if s.CallbackTaken != "" {
		return decideTaken(s, in, now)
	}
	switch in := in.(type) {
	case CallbackAccepted:
		return acceptCallback(s, in)
	case OfferMade:
		if s.PlacedBy != "" && s.Segment.Only != "" && s.Segment.Only != in.Agent {
			return nil, nil, ErrLate // it crossed a pick
		}
		until := now.Add(s.Segment.Rules.OfferTime)
		if only := s.Segment.OnlyUntil; s.Segment.Back != "" && only.Before(until) {
			until = only
		}
		effects := []Effect{RingAgent{in.Agent, until}, SetTimer{OfferTimer, until}}
		if s.PlacedBy != "" || s.SentOn.Rules.Queue != "" { // an offer that crossed the change has left the changed place in line
			effects = append(effects, Withdraw{})
		}
		return []Event{EventOffered{in.Agent, until}}, effects, nil
	case CustomerLeft:
		return []Event{left(s, in, now), ended(in)},
			[]Effect{Withdraw{}, StopFlow{}, DropCustomer{in.Cause}, StopRecording{}}, nil
	case QueueClosed:
		return decideClosed(s, in)
	case Overflowed:
		return decideOverflowed(s, in)
	case QueueRemoved:
		const detail = "the queue was removed"
		return []Event{EventLetGo{detail}, EventEnded{BySystem, detail}},
			[]Effect{Withdraw{}, StopFlow{}, DropCustomer{BySystem}, StopRecording{}}, nil
	case TimerFired:
		if in.Timer == OnlyTimer && s.Segment.Back != "" {
			return returned(s, s.Segment.Back, nil, []Effect{Withdraw{}})
		}
		if in.Timer == OnlyTimer && s.Segment.Only != "" {
			return []Event{EventOpened{}}, []Effect{Withdraw{}, Enqueue{headPlace(s, s.placeSince())}}, nil
		}
	}
	return nil, nil, ErrLate
}

func decideOffered(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	switch in := in.(type) {
	case AgentAccepted:
		if in.Agent != s.Agent {
			return nil, nil, ErrLate
		}
		if s.Promised() {
			return dial(s, now)
		}
		return []Event{EventAccepted(in)},
			[]Effect{StopTimer{OfferTimer}, ConnectAgent(in), SetTimer{ConnectTimer, now.Add(ConnectTime)}}, nil
	case AgentDeclined:
		if in.Agent == s.Agent {
			return missed(s, OfferDeclined, "")
		}
	case PhoneFailed:
		if in.Agent == s.Agent {
			return missed(s, OfferFailed, in.Detail)
		}
	case TimerFired:
		if in.Timer == OfferTimer {
			return missed(s, OfferTimedOut, "")
		}
	case CustomerLeft:
		return leftUnanswered(s, in, now)
	}
	return nil, nil, ErrLate
}

func decideConnecting(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	if s.Promised() {
		return decideManualPhone(s, in, now)
	}
	switch in := in.(type) {
	case AgentAccepted: // pressed twice
		if in.Agent == s.Agent {
			return nil, nil, nil
		}
	case PhoneConnected:
		if in.Agent != s.Agent {
			return nil, nil, ErrLate
		}
		e := EventConnected(in)
		effects := []Effect{
			StopTimer{ConnectTimer}, StopTimer{OnlyTimer}, StopFlow{}, Focus{in.Agent}, Arrange{s.then(now, e).Arrange()},
		}
		more, also := recordingFor(s)
		effects = append(append(effects, also...), s.then(now, e).lookedUp(now)...)
		return append([]Event{e}, more...), effects, nil
	case PhoneFailed:
		if in.Agent == s.Agent {
			return missed(s, OfferFailed, in.Detail)
		}
	case PhoneLost:
		if in.Agent == s.Agent {
			return missed(s, OfferFailed, "phone lost")
		}
	case AgentHungUp:
		if in.Agent == s.Agent {
			return missed(s, OfferDeclined, "hung up while connecting")
		}
	case TimerFired:
		if in.Timer == ConnectTimer {
			return missed(s, OfferFailed, "phone did not connect in time")
		}
	case CustomerLeft:
		return leftUnanswered(s, in, now)
	}
	return nil, nil, ErrLate
}

// decideConnected serves the talk and its interruption by a lost phone.
func decideConnected(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	switch in := in.(type) {
	case PhoneConnected:
		if in.Agent != s.Agent {
			return nil, nil, ErrLate
		}
		if s.Phase == Connected { // a new phone took over: a reload quicker than the loss
			return nil, []Effect{Arrange{s.Arrange()}}, nil
		}
		events, effects, err := rearranged(s, now, EventResumed(in))
		return events, append([]Effect{StopTimer{InterruptTimer}}, effects...), err
	case PhoneLost:
		if in.Agent != s.Agent || s.Phase != Connected {
			return nil, nil, ErrLate
		}
		until := now.Add(InterruptTime)
		events, effects, err := rearranged(s, now, EventInterrupted{in.Agent, until})
		return events, append(effects, SetTimer{InterruptTimer, until}), err
	case TimerFired:
		if in.Timer == InterruptTimer && s.Phase == Interrupted {
			if next, ok := s.successor(); ok {
				return handOver(s, next, "lost", NotReadyPhoneLost, now)
			}
			return agentLost(s, now)
		}
	case CustomerLeft:
		return wrapUp(s, left(s, in, now), in.Cause, in.Detail, now)
	case AgentHungUp:
		return decideAgentHungUp(s, in, now)
	case Transfer:
		return decideTransfer(s, in, now)
	case Park:
		return decidePark(s, in, now)
	case DigitsPressed:
		if !s.mayControl(in.Agent) || s.Phase != Connected {
			return nil, nil, ErrLate
		}
		if err := checkDigits(in.Digits); err != nil {
			return nil, nil, err
		}
		return []Event{EventDigitsSent{len(in.Digits)}}, []Effect{SendDigits{in.Digits}}, nil
	}
	return nil, nil, ErrLate
}

// decideAgentHungUp ends the agent's part: others go on with the customer, or the talk is over.
func decideAgentHungUp(s State, in AgentHungUp, now time.Time) ([]Event, []Effect, error) {
	if in.Agent != s.Agent {
		return nil, nil, ErrLate
	}
	if next, ok := s.successor(); ok {
		return handOver(s, next, "left", "", now)
	}
	if p, asked := s.askedBeside(); asked && !in.Device {
		// The customer is on hold behind a private call that nobody took yet: what is hung up is that one.
		return partyLeft(s, p, EventPartyLeft{Party: p.ID, Why: PartyDropped, By: in.Agent}, "", now)
	}
	review, err := guarded(s, in, now)
	if err != nil {
		return nil, nil, err
	}
	if s.AsksAfter() {
		return kept(s, in, review, now)
	}
	return wrapUp(s, EventAgentHungUp{Agent: in.Agent, Reason: in.Reason, Review: review}, ByAgent, "", now)
}

// decideStopped ends whatever is open.
func decideStopped(s State, in Stopped) ([]Event, []Effect, error) {
	if !s.Open() {
		return nil, nil, ErrLate
	}
	events, effects := endParties(s)
	if s.HasCustomer() || s.Lineless() && s.Left.IsZero() {
		events = append(events, EventLetGo{in.Detail})
	}
	cause, detail := BySystem, in.Detail
	if s.Phase == WrappingUp { // the talk had its own end
		cause, detail = s.Cause, s.CauseDetail
	}
	if s.Phase == InFlow && s.Kept.On { // likewise
		cause, detail = ByAgent, ""
	}
	if unrecorded(s) { // if there is a file after all, what it is worth follows
		events = append(events, EventRecording{State: "failed", Detail: "the talk was stopped before its recording began"})
	}
	events = append(events, EventEnded{cause, detail})
	effects = append(effects, Withdraw{}, StopFlow{}, StopRecording{})
	for _, h := range s.openHandovers() {
		effects = append(effects, StopTimer{HandoverTimer(h.Segment.Seq)}, ReleaseSeat{Release{Interaction: s.ID, Agent: h.Agent}})
	}
	if s.Agent != "" {
		effects = append(effects, StopRinging{s.Agent}, DropAgent{s.Agent},
			ReleaseSeat{Release{Interaction: s.ID, Agent: s.Agent}})
	}
	return events, append(effects, DropCustomer{BySystem}), nil
}

// left is the event of a customer who left; it knows whether that was a short abandon.
func left(s State, in CustomerLeft, now time.Time) Event {
	e := EventCustomerLeft{Cause: in.Cause, Detail: in.Detail}
	switch s.Phase {
	case Waiting, Offered, Connecting:
		e.Short = now.Sub(s.Segment.since()) < s.Segment.Rules.ShortAbandon
	}
	return e
}

func ended(in CustomerLeft) Event { return EventEnded(in) }

// missed ends an offer in vain: the seat becomes not ready, the customer returns to the head.
func missed(s State, o OfferOutcome, detail string) ([]Event, []Effect, error) {
	effects := []Effect{
		StopTimer{OfferTimer}, StopTimer{ConnectTimer}, StopRinging{s.Agent}, DropAgent{s.Agent},
		ReleaseSeat{Release{s.ID, s.Agent, NotReadyMissed}},
	}
	if s.Segment.Back != "" {
		return returned(s, s.Segment.Back, []Event{EventMissed{s.Agent, o, detail}}, append(effects, StopTimer{OnlyTimer}))
	}
	if s.Segment.Handed && s.Segment.Only == "" && !s.Promised() { // he was parked, or called back: no flow talks to him
		effects = append(effects, Arrange{}, StartFlow{Flow: s.Segment.Rules.WaitingFlow, Waiting: true})
	}
	return []Event{EventMissed{s.Agent, o, detail}}, append(effects, Enqueue{headPlace(s, s.placeSince())}), nil
}

// leftUnanswered serves a customer who leaves while an agent is being asked or connected.
func leftUnanswered(s State, in CustomerLeft, now time.Time) ([]Event, []Effect, error) {
	return []Event{left(s, in, now), ended(in)},
		[]Effect{
			StopTimer{OfferTimer}, StopTimer{ConnectTimer}, Withdraw{}, StopFlow{},
			StopRinging{s.Agent}, DropAgent{s.Agent}, ReleaseSeat{Release{Interaction: s.ID, Agent: s.Agent}},
			DropCustomer{in.Cause}, StopRecording{},
		}, nil
}

// agentLost puts a customer whose agent did not come back at the head of the queue.
func agentLost(s State, now time.Time) ([]Event, []Effect, error) {
	effects := []Effect{DropAgent{s.Agent}, ReleaseSeat{Release{s.ID, s.Agent, NotReadyPhoneLost}}}
	if s.Secret {
		effects = append(effects, StopFlow{})
	}
	events, also := unpaused(s)
	return requeued(s, append(events, EventAgentLost{s.Agent}), append(effects, also...), now)
}

// finished gives the seat back after the agent's work.
func finished(s State) []Effect {
	return append([]Effect{StopTimer{WrapUpTimer}}, s.seatBack(s.Agent)...)
}

func headPlace(s State, since time.Time) Place {
	return Place{Interaction: s.ID, Queue: s.Segment.Rules.Queue, Since: since, Priority: s.Segment.Priority, Head: true, Only: s.personal(),
		Language: s.language(), Needs: s.Asks.Needs, First: s.Asks.First, FirstUntil: s.Asks.FirstUntil, Absent: !s.HasCustomer()}
}

// language is the one to talk with the customer in: chosen in a flow, else that of how he came.
func (s State) language() string { return cmp.Or(s.Language, s.Arrival.Language) }

// Undo are the effects of a refused input: an offer nobody can use gives its seat back.
func Undo(id ID, in Input) []Effect {
	switch in := in.(type) {
	case OfferMade:
		return []Effect{ReleaseSeat{Release{Interaction: id, Agent: in.Agent}}}
	}
	return nil
}

// checkDigits accepts what a telephone can send.
func checkDigits(d string) error {
	if d == "" || len(d) > 64 {
		return fault.OneField("digits", fault.Malformed, "Send 1 to 64 keys at a time.")
	}
	for _, r := range d {
		if (r < '0' || r > '9') && r != '*' && r != '#' && (r < 'A' || r > 'D') {
			return fault.OneField("digits", fault.Malformed, "Only 0-9, *, # and A-D can be sent.")
		}
	}
	return nil
}
