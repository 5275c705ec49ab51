package interaction

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/fault"
)

// The limits of call control.
const (
	AskTime     = 30 * time.Second // to find an agent for a party, and for one agent to take a transfer
	RingTime    = 20 * time.Second // for a party's agent to say yes
	OutsideTime = 60 * time.Second // for a number outside to answer
	ParkTime    = 2 * time.Minute  // until the alarm, and from there back to the queue
	PauseTime   = 5 * time.Minute  // until a paused recording goes on by itself
	maxReason   = 200              // characters
)

// decideControl serves what is the same in every phase of a talk; false: it is for the phase's own rules.
func decideControl(s State, in Input, now time.Time) ([]Event, []Effect, error, bool) {
	done := func(events []Event, effects []Effect, err error) ([]Event, []Effect, error, bool) {
		return events, effects, err, true
	}
	if events, effects, err, ok := decideParty(s, in, now); ok {
		return done(events, effects, err)
	}
	if events, effects, err, ok := decideHelp(s, in); ok {
		return done(events, effects, err)
	}
	if events, effects, err, ok := decideAside(s, in, now); ok {
		return done(events, effects, err)
	}
	switch in := in.(type) {
	case MuteSet:
		if p, ok := s.PartyOf(in.Agent); ok && p.State == PartyUp {
			return decideControl(s, PartyMuteSet{By: in.Agent, Party: p.ID, On: in.On}, now)
		}
		if in.Agent != s.Agent {
			return done(nil, nil, ErrLate)
		}
		if in.On == s.Own.Muted {
			return done(nil, nil, nil)
		}
		return done(rearranged(s, now, EventMuted{in.On}))
	case HoldSet:
		return done(decideHold(s, in, now))
	case PartyMuteSet:
		if in.Party == "" {
			in.Party = TheCustomer
		}
		st, ok := s.standing(in.Party)
		own, _ := s.PartyOf(in.By) // a supervisor may mute himself
		if !ok || !s.mayControl(in.By) && own.ID != in.Party {
			return done(nil, nil, ErrLate)
		}
		if st.Muted == in.On {
			return done(nil, nil, nil)
		}
		return done(rearranged(s, now, EventPartyMuted{Party: in.Party, On: in.On, By: in.By}))
	case Consult:
		return done(decideConsult(s, in, now))
	case Swap:
		if err := s.inCharge(in.By); err != nil {
			return done(nil, nil, err)
		}
		if !s.hasSide() {
			return done(nil, nil, fault.Conflict.New("There is no private talk to change to."))
		}
		events, effects, err := rearranged(s, now, EventSwapped{Side: !s.Own.Side, By: in.By})
		return done(events, append(effects, Focus{in.By}), err)
	case Merge:
		if err := s.inCharge(in.By); err != nil {
			return done(nil, nil, err)
		}
		if !s.hasSide() {
			return done(nil, nil, fault.Conflict.New("There is nobody to bring together with the customer."))
		}
		return done(rearranged(s, now, EventMerged(in)))
	case Leave:
		return done(decideLeave(s, in, now))
	case DropParty:
		return done(decideDrop(s, in, now))
	case Monitor:
		return done(decideMonitor(s, in, now))
	case TakeOver:
		p, ok := s.PartyOf(in.By)
		if !ok || p.Kind != PartySupervisor || p.State != PartyUp {
			return done(nil, nil, fault.Conflict.New("Listen to the call first, then take it over."))
		}
		if _, open := s.HandoverOf(in.By); open {
			return done(nil, nil, fault.Conflict.New("Finish your wrap-up of this call first, then take it over."))
		}
		return done(handOver(s, p, "taken_over", "", now))
	case RecordingSet, RecordingPaused:
		return done(decideRecording(s, in, now))
	case TimerFired:
		if in.Timer == RecordingTimer && s.Paused != "" && !s.PausedUntil.IsZero() && !now.Before(s.PausedUntil) {
			return done([]Event{EventRecordingResumed{}}, []Effect{ResumeRecording{}}, nil)
		}
	}
	return nil, nil, nil, false
}

// then is the state after events.
func (s State) then(now time.Time, events ...Event) State {
	for _, e := range events {
		s = Apply(s, Recorded{s.Seq + 1, now, e})
	}
	return s
}

// rearranged are events with the arrangement they lead to.
func rearranged(s State, now time.Time, events ...Event) ([]Event, []Effect, error) {
	return events, []Effect{Arrange{s.then(now, events...).Arrange()}}, nil
}

func (s State) hasSide() bool {
	for _, p := range s.talkers() {
		if p.Side {
			return true
		}
	}
	return false
}

// askedBeside finds who is being asked privately while the agent waits beside.
func (s State) askedBeside() (Party, bool) {
	for _, p := range s.talkers() {
		if s.Own.Side && p.Side && p.State != PartyUp {
			return p, true
		}
	}
	return Party{}, false
}

// inCharge refuses who does not have the talk in hand just now.
func (s State) inCharge(user access.UserID) error {
	switch {
	case user == "" || user != s.Agent || s.Phase != Connected:
		return ErrLate
	case s.Secret:
		return fault.Conflict.New("The customer is entering secret digits; wait until that is over.")
	}
	return nil
}

func decideHold(s State, in HoldSet, now time.Time) ([]Event, []Effect, error) {
	if in.Party == "" {
		in.Party = TheCustomer
	}
	st, ok := s.standing(in.Party)
	if !ok || !s.mayControl(in.By) {
		return nil, nil, ErrLate
	}
	if p, further := s.party(in.Party); further && (p.State != PartyUp || p.Kind == PartySupervisor) {
		return nil, nil, fault.Conflict.New("Only somebody who is in the talk can be put on hold.")
	}
	if st.Held == in.On {
		return nil, nil, nil
	}
	events, effects, err := rearranged(s, now, EventHeld{Party: in.Party, On: in.On, By: in.By})
	if !in.On {
		effects = append(effects, Focus{in.By})
	}
	return events, effects, err
}

// decideConsult asks somebody to the talk.
func decideConsult(s State, in Consult, now time.Time) ([]Event, []Effect, error) {
	if err := s.inCharge(in.By); err != nil {
		return nil, nil, err
	}
	switch {
	case len(s.talkers())+2 >= MaxParties:
		return nil, nil, fault.Conflict.New("There are six in this call already; nobody else fits in.")
	case in.Private && s.hasSide():
		return nil, nil, fault.Conflict.New("Finish the private talk first: bring it together or drop it.")
	}
	p := Party{ID: s.nextParty(), By: in.By, State: PartySeeking, Since: now, Standing: Standing{Side: in.Private}}
	place := Place{Interaction: s.ID, Party: p.ID, Since: now, Priority: s.Segment.Priority, Language: s.language()}
	until := now.Add(AskTime)
	switch t := in.Target; t.Kind {
	case ToAgent:
		if _, wraps := s.HandoverOf(t.Agent); wraps {
			return nil, nil, fault.Conflict.New("This agent is still wrapping up this call.")
		}
		if _, here := s.PartyOf(t.Agent); here || t.Agent == s.Agent {
			return nil, nil, fault.Conflict.New("This agent is in the call already.")
		}
		p.Kind, p.User = PartyAgent, t.Agent
		place.Only, place.OrNot = t.Agent, true
	case ToQueue:
		p.Kind, p.Queue = PartyAgent, t.Queue
		place.Queue = t.Queue.Queue
	case ToOutside:
		p.Kind, p.Address, p.State = PartyOutside, t.Address, PartyRinging
		until = now.Add(OutsideTime)
	default:
		return nil, nil, fault.OneField("target", fault.Unknown, "An agent, a queue or a number outside can be asked.")
	}
	events := []Event{EventPartyAsked{Party: p, Until: until}}
	if in.Private {
		events = append(events, EventSwapped{Side: true, By: in.By})
	}
	_, effects, _ := rearranged(s, now, events...)
	if p.Kind == PartyOutside {
		effects = append(effects, CallOutside{Party: p.ID, Address: p.Address, Until: until})
	} else {
		effects = append(effects, Enqueue{place})
	}
	return events, append(effects, SetTimer{PartyTimer(p.ID), until}), nil
}

// decideLeave takes an agent out while the others go on.
func decideLeave(s State, in Leave, now time.Time) ([]Event, []Effect, error) {
	if p, ok := s.PartyOf(in.By); ok {
		return partyLeft(s, p, EventPartyLeft{Party: p.ID, Why: PartyGone}, "", now)
	}
	if in.By != s.Agent || s.Agent == "" {
		return nil, nil, ErrLate
	}
	if s.Secret {
		return nil, nil, s.inCharge(in.By)
	}
	next, ok := s.successor()
	if !ok {
		return nil, nil, fault.Conflict.New("Nobody would be left with the customer; wait for an answer, or end the call.")
	}
	return handOver(s, next, "left", "", now)
}

// successor is who goes on with the customer when the agent leaves: an agent before a number outside, who
// was consulted privately before others.
func (s State) successor() (best Party, ok bool) {
	rank := func(p Party) int {
		n := 0
		if p.Kind == PartyAgent {
			n += 2
		}
		if p.Side {
			n++
		}
		return n
	}
	for _, p := range s.up() {
		if !ok || rank(p) > rank(best) {
			best, ok = p, true
		}
	}
	return best, ok
}

// handOver gives the customer to somebody else of the talk; the agent goes, see handsOver, or was lost with his
// phone. Who is not in the talk yet is let go.
func handOver(s State, to Party, why, notReady string, now time.Time) ([]Event, []Effect, error) {
	var events []Event
	effects := []Effect{StopTimer{InterruptTimer}}
	if notReady != "" {
		effects = append(effects, DropAgent{s.Agent}, ReleaseSeat{Release{s.ID, s.Agent, notReady}})
	} else {
		begun, goes := handsOver(s, now)
		events, effects = append(events, begun...), append(effects, goes...)
	}
	for _, p := range s.talkers() {
		if p.State != PartyUp && p.ID != to.ID {
			events = append(events, EventPartyLeft{Party: p.ID, Why: PartyOver})
			effects = append(effects, letGo(s, p, "")...)
		}
	}
	if to.Kind == PartyOutside {
		events = append(events, EventForwarded{From: s.Agent, Why: why})
	} else {
		events = append(events, EventHandedOver{From: s.Agent, To: to.User, Party: to.ID, Why: why})
		effects = append(effects, Focus{to.User})
	}
	after := s.then(now, events...)
	return events, append(append(effects, Arrange{after.Arrange()}), after.lookedUp(now)...), nil
}

func decideDrop(s State, in DropParty, now time.Time) ([]Event, []Effect, error) {
	if !s.mayControl(in.By) {
		return nil, nil, ErrLate
	}
	switch in.Party {
	case TheCustomer:
		return nil, nil, fault.Conflict.New("The customer cannot be dropped alone; end the call instead.")
	case TheAgent:
		by, ok := s.PartyOf(in.By)
		if !ok {
			return nil, nil, fault.Conflict.New("Leave the call instead of dropping yourself.")
		}
		return handOver(s, by, "dropped", "", now)
	}
	p, ok := s.party(in.Party)
	if !ok {
		return nil, nil, ErrLate
	}
	if p.Kind == PartySupervisor {
		return nil, nil, fault.Denied.New("A supervisor cannot be dropped.")
	}
	return partyLeft(s, p, EventPartyLeft{Party: p.ID, Why: PartyDropped, By: in.By}, "", now)
}

func decideMonitor(s State, in Monitor, now time.Time) ([]Event, []Effect, error) {
	switch in.Mode {
	case Listen, Whisper, Barge:
	default:
		return nil, nil, fault.OneField("mode", fault.Unknown, "Choose listen, whisper or barge.")
	}
	p, ok := s.PartyOf(in.By)
	switch {
	case in.By == s.Agent || ok && p.Kind != PartySupervisor:
		return nil, nil, fault.Conflict.New("You are in this call yourself.")
	case ok && p.Mode == in.Mode:
		return nil, nil, nil
	case ok:
		return rearranged(s, now, EventMonitorChanged{Party: p.ID, Mode: in.Mode})
	}
	p = Party{
		ID: s.nextParty(), Kind: PartySupervisor, User: in.By, By: in.By, Mode: in.Mode,
		State: PartyConnecting, Since: now, Announced: in.Announce,
	}
	until := now.Add(ConnectTime)
	return []Event{EventPartyAsked{Party: p, Until: until}},
		[]Effect{ConnectAgent{in.By}, SetTimer{PartyTimer(p.ID), until}}, nil
}
