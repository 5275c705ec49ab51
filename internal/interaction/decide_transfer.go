package interaction

import (
	"time"
	"unicode/utf8"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/fault"
)

// decideTransfer sends the customer on.
func decideTransfer(s State, in Transfer, now time.Time) ([]Event, []Effect, error) {
	if err := s.alone(in.By); err != nil {
		return nil, nil, err
	}
	t := in.Target
	begun, goes := handsOver(s, now)
	gone, effects := parted(s)
	events := append(append(gone, begun...), EventTransferred{By: in.By, Target: t})
	effects = append(effects, goes...)
	switch t.Kind {
	case ToAgent:
		if t.Agent == s.Agent {
			return nil, nil, fault.Conflict.New("You have this call already.")
		}
		until := now.Add(AskTime)
		events = append(events, EventQueued{
			Rules: s.Segment.Rules, Priority: s.Segment.Priority, Needs: s.Asks.Needs, Again: true, Only: t.Agent, OnlyUntil: until,
		})
		place := headPlace(s, now)
		place.Only = t.Agent
		return events, append(effects, Arrange{}, StartFlow{Flow: s.Segment.Rules.WaitingFlow, Waiting: true},
			Enqueue{place}, SetTimer{OnlyTimer, until}), nil
	case ToQueue:
		events = append(events, EventQueued{Rules: *t.Queue, Priority: s.Segment.Priority, Again: true})
		place := Place{Interaction: s.ID, Queue: t.Queue.Queue, Since: now, Priority: s.Segment.Priority, Language: s.language()}
		return events, append(effects, Arrange{}, StartFlow{Flow: t.Queue.WaitingFlow, Waiting: true}, Enqueue{place}), nil
	case ToEntry:
		return events, append(effects, Arrange{}, StartFlow{Flow: t.Flow}), nil
	case ToOutside:
		until := now.Add(OutsideTime)
		p := Party{ID: s.nextParty(), Kind: PartyOutside, Address: t.Address, By: in.By, State: PartyRinging, Since: now}
		events = append(events, EventPartyAsked{Party: p, Until: until})
		return events, append(effects, Arrange{s.then(now, events...).Arrange()},
			CallOutside{Party: p.ID, Address: p.Address, Until: until}, SetTimer{PartyTimer(p.ID), until}), nil
	}
	return nil, nil, fault.OneField("target", fault.Unknown, "Choose an agent, a queue, an entry or a number to transfer to.")
}

// alone refuses who is not the one agent of a talk with nobody else in it.
func (s State) alone(user access.UserID) error {
	if err := s.inCharge(user); err != nil {
		return err
	}
	if len(s.talkers()) > 0 {
		return fault.Conflict.New("Others are in this call: leave it to them, or drop them first.")
	}
	return nil
}

// parted ends the talk of a customer who stays without an agent: everybody else goes, and a pause of the recording.
func parted(s State) ([]Event, []Effect) {
	events, effects := endParties(s)
	more, also := unpaused(s)
	return append(events, more...), append(effects, also...)
}

// unpaused ends a pause of the recording with the talk it was asked for in.
func unpaused(s State) ([]Event, []Effect) {
	if s.Paused == "" {
		return nil, nil
	}
	return []Event{EventRecordingResumed{}}, []Effect{StopTimer{RecordingTimer}, ResumeRecording{}}
}

// recordingFor is what becomes of the recording when a customer and an agent are joined, by the queue's rules:
// a queue that is not recorded is not, even when an earlier one was.
func recordingFor(s State) ([]Event, []Effect) {
	switch {
	case s.Segment.Rules.Recording && s.Recording == "":
		return nil, []Effect{StartRecording{}}
	case s.Segment.Rules.Recording && s.Paused == SecretPause: // by a flow that was cut off
		return unpaused(s)
	case !s.Segment.Rules.Recording && s.Recording == "running":
		return []Event{EventRecordingPaused{Why: QueuePause}}, []Effect{PauseRecording{QueuePause}}
	}
	return nil, nil
}

// unrecorded says whether a talk has begun whose recording was asked for and has told nothing yet.
func unrecorded(s State) bool {
	switch s.Phase {
	case Connected, Interrupted, WrappingUp:
		return s.Segment.Rules.Recording && s.Recording == ""
	}
	return false
}

// decidePark keeps the customer for whoever picks up.
func decidePark(s State, in Park, now time.Time) ([]Event, []Effect, error) {
	if err := s.alone(in.By); err != nil {
		return nil, nil, err
	}
	events, effects := parted(s)
	effects = append(effects, DropAgent{s.Agent}, ReleaseSeat{Release{Interaction: s.ID, Agent: s.Agent}})
	until := now.Add(ParkTime)
	events = append(events, EventParked{By: in.By, Until: until})
	return events, append(effects, Arrange{s.then(now, events...).Arrange()}, SetTimer{ParkTimer, until}), nil
}

// decideParked serves a customer who is parked.
func decideParked(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	switch in := in.(type) {
	case PickUp:
		place := headPlace(s, now)
		place.Only, place.OrNot = in.By, true
		return nil, []Effect{Enqueue{place}}, nil
	case OfferMade:
		return []Event{EventPickedUp{in.Agent}},
			[]Effect{StopTimer{ParkTimer}, ConnectAgent{in.Agent}, SetTimer{ConnectTimer, now.Add(ConnectTime)}}, nil
	case PlaceRefused: // he became busy meanwhile
		return nil, nil, nil
	case TimerFired:
		if in.Timer != ParkTimer {
			return nil, nil, ErrLate
		}
		if !s.ParkAlarm {
			until := now.Add(ParkTime)
			return []Event{EventParkAlarm{until}}, []Effect{SetTimer{ParkTimer, until}}, nil
		}
		return requeued(s, nil, []Effect{Withdraw{}}, now)
	case CustomerLeft:
		return []Event{left(s, in, now), ended(in)}, []Effect{StopTimer{ParkTimer}, Withdraw{}, DropCustomer{in.Cause}, StopRecording{}}, nil
	}
	return nil, nil, ErrLate
}

// decideForwarded serves a customer who talks with a number outside.
func decideForwarded(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	if in, ok := in.(CustomerLeft); ok {
		events, effects := endParties(s)
		return append(events, left(s, in, now), ended(in)), append(effects, DropCustomer{in.Cause}, StopRecording{}), nil
	}
	return nil, nil, ErrLate
}

// guarded holds the project's terms for an agent who ends the talk first; review says that it is to be
// looked at.
func guarded(s State, in AgentHungUp, now time.Time) (review bool, err error) {
	r := s.Segment.Rules
	if utf8.RuneCountInString(in.Reason) > maxReason {
		return false, fault.OneField("reason", fault.TooLong, "The reason is longer than 200 characters; shorten it.")
	}
	if s.insulted(in.Agent) { // listed, so that somebody listens, and never refused
		return r.HangUpReason || r.HangUpAfter > 0, nil
	}
	early := now.Sub(s.Segment.Answered) < r.HangUpAfter
	unexplained := r.HangUpReason && in.Reason == ""
	switch {
	case in.Device:
		return early || unexplained, nil
	case early:
		rest := (r.HangUpAfter - now.Sub(s.Segment.Answered) + time.Second - 1).Truncate(time.Second)
		return false, fault.Conflict.New("You can end this call in %d seconds; the customer can at any time.", int(rest.Seconds()))
	case unexplained:
		return false, fault.OneField("reason", fault.Required, "Say why you end the call before the customer does.")
	}
	return r.HangUpReason || r.HangUpAfter > 0, nil
}

// decideRecording serves the recording's buttons.
func decideRecording(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	switch in := in.(type) {
	case RecordingPaused:
		if !s.mayControl(in.By) || s.Secret {
			return nil, nil, ErrLate
		}
		return pauseRecording(s, in.By, in.Why, in.On, now)
	case RecordingSet:
		if !s.mayControl(in.By) || s.Secret {
			return nil, nil, ErrLate
		}
		if !s.Segment.Rules.OnDemand {
			return nil, nil, fault.Denied.New("In this queue agents do not start or stop the recording.")
		}
		switch {
		case in.On && s.Recording == "":
			return nil, []Effect{StartRecording{}}, nil
		case in.On:
			return pauseRecording(s, in.By, "", false, now)
		case s.Recording == "running":
			return []Event{EventRecordingPaused{By: in.By, Why: OnDemandPause}},
				[]Effect{StopTimer{RecordingTimer}, PauseRecording{OnDemandPause}}, nil
		}
	}
	return nil, nil, nil
}

func pauseRecording(s State, by access.UserID, why string, on bool, now time.Time) ([]Event, []Effect, error) {
	switch {
	case s.Recording != "running":
		return nil, nil, fault.Conflict.New("This call is not being recorded.")
	case on == (s.Paused != ""):
		return nil, nil, nil
	case !on:
		return []Event{EventRecordingResumed{By: by}}, []Effect{StopTimer{RecordingTimer}, ResumeRecording{}}, nil
	}
	if why == "" {
		why = "private"
	}
	until := now.Add(PauseTime)
	return []Event{EventRecordingPaused{By: by, Why: why, Until: until}},
		[]Effect{PauseRecording{why}, SetTimer{RecordingTimer, until}}, nil
}

// decideFlowSecret keeps digits that a flow takes by itself out of the recording. The pause ends with the
// taking, and at the latest when an agent is joined.
func decideFlowSecret(s State, in FlowSecret) ([]Event, []Effect, error) {
	switch s.Phase {
	case InFlow, Waiting, Offered, Connecting:
	default:
		if s.Secret {
			return nil, nil, nil // paused for as long as the agent waits
		}
		return nil, nil, ErrLate
	}
	switch {
	case in.On && s.Recording == "running" && s.Paused == "":
		return []Event{EventRecordingPaused{Why: SecretPause}}, []Effect{PauseRecording{SecretPause}}, nil
	case !in.On && s.Paused == SecretPause:
		events, effects := unpaused(s)
		return events, effects, nil
	}
	return nil, nil, nil
}
