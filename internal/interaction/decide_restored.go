package interaction

import (
	"slices"
	"time"
)

// RestoreTime is how long agents' phones may take to come back after a crash.
const RestoreTime = 60 * time.Second

// decideRestored takes an interaction up again after a crash: the customer's leg is there, everything else is
// told again. Who was just being asked is asked anew; an agent's phone has some time to come back.
func decideRestored(s State, in Restored, now time.Time) ([]Event, []Effect, error) {
	if !s.Open() || s.Phase == "" {
		return nil, nil, ErrLate
	}
	events, effects, err := restored(s, in, now)
	if err == nil { // it may have changed while nobody listened
		events = append(events, s.then(now, events...).customerHolds(in.Holds)...)
	}
	for _, h := range s.openHandovers() {
		effects = append(effects, KeepSeat{h.Agent}, SetTimer{HandoverTimer(h.Segment.Seq), h.Until})
	}
	effects = append(effects, s.lookedUp(now)...)
	switch {
	case s.Kept.On: // what was recorded is over
		effects = append(effects, StopRecording{})
	case s.HasCustomer() && (s.Recording == "running" || unrecorded(s)):
		effects = append(effects, ContinueRecording{})
		if s.Paused != "" {
			effects = append(effects, PauseRecording{s.Paused})
		}
	}
	return events, effects, err
}

func restored(s State, in Restored, now time.Time) ([]Event, []Effect, error) {
	if s.IsMessage() {
		return restoredMessage(s, in, now)
	}
	if s.IsTask() {
		return restoredTask(s, in, now)
	}
	events := []Event{EventRestored{Died: in.Died, Outside: in.Outside}}
	switch s.Phase {
	case InFlow:
		return events, []Effect{StartFlow{Flow: s.Flow, At: s.FlowAt, Way: s.FlowWay}}, nil
	case Waiting:
		if s.CallbackTaken != "" {
			return append(events, EventLetGo{"called back"}, EventEnded{BySystem, "called back"}), []Effect{DropCustomer{BySystem}}, nil
		}
		effects := []Effect{StartFlow{Flow: s.Segment.Rules.WaitingFlow, Waiting: true}}
		if s.Segment.Only != "" {
			effects = append(effects, SetTimer{OnlyTimer, s.Segment.OnlyUntil})
		}
		return events, append(effects, Enqueue{s.WaitingPlace()}), nil
	case Offered, Connecting:
		if s.Segment.Back != "" {
			return returned(s, s.Segment.Back, append(events, EventMissed{s.Agent, OfferFailed, "restarted"}), []Effect{DropAgent{s.Agent}})
		}
		return append(events, EventMissed{s.Agent, OfferFailed, "restarted"}), []Effect{
			DropAgent{s.Agent}, // a phone that was picked up just before
			StartFlow{Flow: s.Segment.Rules.WaitingFlow, Waiting: true}, Enqueue{headPlace(s, s.placeSince())},
		}, nil
	case Parked:
		return events, []Effect{Arrange{s.Arrange()}, SetTimer{ParkTimer, s.ParkUntil}}, nil
	case WrappingUp:
		if s.lingers() {
			return events, nil, nil
		}
		return events, []Effect{KeepSeat{s.Agent}, SetTimer{WrapUpTimer, s.WrapUntil}}, nil
	}
	return restoredTalk(s, in, events, now)
}

// restartedBefore is why somebody who was just being asked did not come; empty: he was there.
func restartedBefore(p Party) AbsentReason {
	if p.State == PartyUp {
		return ""
	}
	return AbsentRestarted
}

// restoredTalk serves Connected, Interrupted and Forwarded.
func restoredTalk(s State, in Restored, events []Event, now time.Time) ([]Event, []Effect, error) {
	until := now.Add(RestoreTime)
	var effects []Effect
	if s.Secret {
		events = append(events, EventSecretEnded{Detail: "restarted"})
	}
	if s.Prompt != "" {
		events = append(events, EventPromptEnded{})
	}
	for _, p := range s.Parties {
		switch {
		case p.Kind == PartyOutside && p.State == PartyUp && slices.Contains(in.Outside, p.ID): // its leg is there too
		case p.Kind == PartyAgent && p.State == PartyUp:
			events = append(events, EventPartyMoved{Party: p.ID, State: PartyConnecting, Until: until, Restore: p.Restore})
			effects = append(effects, KeepSeat{p.User}, ConnectAgent{p.User}, SetTimer{PartyTimer(p.ID), until})
		default:
			events = append(events, EventPartyLeft{Party: p.ID, Why: PartyFailed, Detail: "restarted", Reason: restartedBefore(p)})
			if p.User != "" {
				effects = append(effects, DropAgent{p.User})
			}
		}
	}
	if s.Phase != Forwarded {
		events = append(events, EventInterrupted{s.Agent, until})
		effects = append(effects, KeepSeat{s.Agent}, ConnectAgent{s.Agent}, SetTimer{InterruptTimer, until})
	}
	after := s.then(now, events...)
	if s.Phase == Forwarded && len(after.talkers()) == 0 {
		if s.Lent.On {
			return returned(after, WayFailed, events, effects)
		}
		return requeued(after, events, effects, now)
	}
	if s.Own.Side && !after.hasSide() {
		events = append(events, EventSwapped{})
		after = s.then(now, events...)
	}
	if after.AbuseEnding { // what was left of the farewell is not said
		effects = append(effects, SetTimer{AbuseTimer, now})
	}
	if after.Paused != "" && !after.PausedUntil.IsZero() {
		effects = append(effects, SetTimer{RecordingTimer, after.PausedUntil})
	}
	return events, append(effects, Arrange{after.Arrange()}), nil
}
