package interaction

import (
	"time"

	"linekeeper/internal/kit/fault"
)

// decideAside serves what is played into a talk and digits nobody else may know; false: it is about something else.
func decideAside(s State, in Input, now time.Time) ([]Event, []Effect, error, bool) {
	done := func(events []Event, effects []Effect, err error) ([]Event, []Effect, error, bool) {
		return events, effects, err, true
	}
	switch in := in.(type) {
	case PromptPlayed:
		if !s.mayControl(in.By) || s.Phase != Connected || s.Secret {
			return done(nil, nil, ErrLate)
		}
		if s.AbuseEnding {
			return done(nil, nil, errAbuseEnding())
		}
		if in.Prompt == "" {
			return done(nil, nil, fault.OneField("prompt", fault.Required, "Choose a prompt to play."))
		}
		return done([]Event{EventPromptPlayed(in)}, []Effect{PlayPrompt{in.Prompt}}, nil)
	case PromptStopped:
		if !s.mayControl(in.By) || s.Prompt == "" {
			return done(nil, nil, ErrLate)
		}
		return done([]Event{EventPromptEnded(in)}, []Effect{StopPrompt{}, StopTimer{AbuseTimer}}, nil)
	case PromptEnded:
		if s.Prompt == "" {
			return done(nil, nil, ErrLate)
		}
		if s.AbuseEnding {
			return done(abuseOver(s, now))
		}
		return done([]Event{EventPromptEnded{}}, nil, nil)
	case AbuseReported:
		return done(decideAbuse(s, in, now))
	case TimerFired:
		if in.Timer == AbuseTimer && s.AbuseEnding {
			return done(abuseOver(s, now))
		}
	case SecretTaken:
		if s.AbuseEnding {
			return done(nil, nil, errAbuseEnding())
		}
		return done(decideSecret(s, in, now))
	case SecretEntered:
		if !s.Secret || in.Count <= s.SecretDigits {
			return done(nil, nil, ErrLate)
		}
		return done([]Event{EventSecretEntered(in)}, nil, nil)
	case SecretCancelled:
		if !s.Secret || !s.mayControl(in.By) {
			return done(nil, nil, ErrLate)
		}
		return done(secretEnded(s, in, now))
	case FlowEnded, FlowQueued:
		if s.Secret {
			return done(secretEnded(s, in, now))
		}
	}
	return nil, nil, nil, false
}

// flowStep is what a flow did, for the time line. While it takes secret digits nothing is told that could hold one.
func flowStep(s State, in FlowStepped) []Event {
	if !s.Secret {
		return []Event{EventFlowStep(in)}
	}
	if in.What == FlowWaits { // it is not taken up again after a restart
		return nil
	}
	return []Event{EventFlowStep{Node: in.Node, What: in.What}}
}

// decideIdentified notes who the customer is; the same again is no news.
func decideIdentified(s State, in CustomerIdentified) ([]Event, []Effect, error) {
	if !s.Open() || !s.HasCustomer() {
		return nil, nil, ErrLate
	}
	if in.Customer == s.Arrival.Customer && in.Name == s.Arrival.CustomerName {
		return nil, nil, nil
	}
	return []Event{EventIdentified(in)}, nil, nil
}

// decideCustomerHolds notes that the customer has us on hold, whoever he is with; the same again is no news.
func decideCustomerHolds(s State, in CustomerHolds) ([]Event, []Effect, error) {
	if !s.Open() || !s.HasCustomer() {
		return nil, nil, ErrLate
	}
	return s.customerHolds(in.On), nil, nil
}

// customerHolds is the event that makes a state agree with the customer's phone, if it does not.
func (s State) customerHolds(on bool) []Event {
	if on == !s.CustomerHolds.IsZero() || !s.Open() || !s.HasCustomer() {
		return nil
	}
	return []Event{EventCustomerHolds{on}}
}

// decideSecret hands the customer to a flow that takes digits nobody else may know.
func decideSecret(s State, in SecretTaken, now time.Time) ([]Event, []Effect, error) {
	if err := s.inCharge(in.By); err != nil {
		return nil, nil, err
	}
	if in.Flow == "" {
		return nil, nil, fault.OneField("flow", fault.Required, "Choose the flow that takes the digits.")
	}
	var events []Event
	var effects []Effect
	if s.Prompt != "" { // the customer is to hear the flow
		events, effects = append(events, EventPromptEnded{}), append(effects, StopPrompt{})
	}
	events = append(events, EventSecretBegun(in))
	if s.Recording == "running" && s.Paused == "" {
		events = append(events, EventRecordingPaused{By: in.By, Why: SecretPause})
		effects = append(effects, PauseRecording{SecretPause})
	}
	return events, append(effects, Arrange{s.then(now, events...).Arrange()}, StartFlow{Flow: in.Flow}), nil
}

// secretEnded brings the customer back to the agent.
func secretEnded(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	e := EventSecretEnded{}
	switch in := in.(type) {
	case FlowEnded:
		e.Detail = in.Detail
	case SecretCancelled:
		e.Detail, e.By = "cancelled", in.By
	}
	events := []Event{e}
	effects := []Effect{StopFlow{}}
	if s.Paused == SecretPause && s.PausedUntil.IsZero() {
		events = append(events, EventRecordingResumed{})
		effects = append(effects, ResumeRecording{})
	}
	return events, append(effects, Arrange{s.then(now, events...).Arrange()}), nil
}
