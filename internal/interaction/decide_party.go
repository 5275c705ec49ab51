package interaction

import "time"

// decideParty serves what further parties do, or what is told of them; false: it is about somebody else.
func decideParty(s State, in Input, now time.Time) ([]Event, []Effect, error, bool) {
	p, ok := subject(s, in)
	if !ok {
		return nil, nil, nil, false
	}
	events, effects, err := partyDoes(s, p, in, now)
	return events, effects, err, true
}

// subject is the further party an input is about.
func subject(s State, in Input) (Party, bool) {
	switch in := in.(type) {
	case OfferMade:
		if in.Party == "" {
			return Party{}, false
		}
		p, ok := s.party(in.Party)
		return p, ok
	case PlaceRefused:
		return s.party(in.Party)
	case OutsideRinging:
		return s.number(in.Party)
	case OutsideAnswered:
		return s.number(in.Party)
	case OutsideEnded:
		return s.number(in.Party)
	case AgentAccepted:
		return s.PartyOf(in.Agent)
	case AgentDeclined:
		return s.PartyOf(in.Agent)
	case PhoneConnected:
		return s.PartyOf(in.Agent)
	case PhoneFailed:
		return s.PartyOf(in.Agent)
	case PhoneLost:
		return s.PartyOf(in.Agent)
	case AgentHungUp:
		return s.PartyOf(in.Agent)
	case MonitorEnd:
		p, ok := s.PartyOf(in.By)
		return p, ok && p.Kind == PartySupervisor
	case TimerFired:
		for _, p := range s.Parties {
			if in.Timer == PartyTimer(p.ID) {
				return p, true
			}
		}
	}
	return Party{}, false
}

// number finds a party that is a number outside.
func (s State) number(id PartyID) (Party, bool) {
	p, ok := s.party(id)
	return p, ok && p.Kind == PartyOutside
}

func partyDoes(s State, p Party, in Input, now time.Time) ([]Event, []Effect, error) {
	moved := func(to PartyState, until time.Time) EventPartyMoved {
		return EventPartyMoved{Party: p.ID, State: to, Until: until}
	}
	left := func(why PartyEnd, detail, notReady string) ([]Event, []Effect, error) {
		return partyLeft(s, p, EventPartyLeft{Party: p.ID, Why: why, Detail: detail}, notReady, now)
	}
	absent := func(why PartyEnd, reason AbsentReason, detail, notReady string) ([]Event, []Effect, error) {
		return partyLeft(s, p, EventPartyLeft{Party: p.ID, Why: why, Detail: detail, Reason: reason}, notReady, now)
	}
	timer := PartyTimer(p.ID)
	switch in := in.(type) {
	case OfferMade:
		if p.State != PartySeeking {
			return nil, nil, ErrLate
		}
		until := now.Add(RingTime)
		e := moved(PartyRinging, until)
		e.User = in.Agent
		return []Event{e}, []Effect{RingAgent{in.Agent, until}, SetTimer{timer, until}}, nil
	case PlaceRefused:
		if p.State != PartySeeking {
			return nil, nil, ErrLate
		}
		return absent(PartyFailed, AbsentNotFree, "not free just now", "")
	case AgentAccepted:
		switch p.State {
		case PartyRinging:
			until := now.Add(ConnectTime)
			return []Event{moved(PartyConnecting, until)}, []Effect{ConnectAgent(in), SetTimer{timer, until}}, nil
		case PartyConnecting: // pressed twice
			return nil, nil, nil
		}
	case PhoneConnected:
		switch p.State {
		case PartyConnecting:
			e := moved(PartyUp, time.Time{})
			e.Restore = in.Restore
			return []Event{e}, []Effect{StopTimer{timer}, Focus{p.User}, Arrange{s.then(now, e).Arrange()}}, nil
		case PartyUp: // a new phone took over
			return nil, []Effect{Arrange{s.Arrange()}}, nil
		}
	case PhoneLost:
		if p.State == PartyUp {
			until := now.Add(InterruptTime)
			e := moved(PartyConnecting, until)
			return []Event{e}, []Effect{SetTimer{timer, until}, Arrange{s.then(now, e).Arrange()}}, nil
		}
		return absent(PartyFailed, AbsentPhone, "phone lost", "")
	case PhoneFailed:
		if p.State == PartyRinging || p.State == PartyConnecting {
			return absent(PartyFailed, AbsentPhone, in.Detail, NotReadyMissed)
		}
	case AgentDeclined:
		if p.State == PartyRinging {
			return absent(PartyDeclined, AbsentDeclined, "", NotReadyMissed)
		}
	case AgentHungUp, MonitorEnd:
		return left(PartyGone, "", "")
	case OutsideRinging:
		return nil, nil, nil
	case OutsideAnswered:
		if p.State != PartyRinging {
			return nil, nil, ErrLate
		}
		e := moved(PartyUp, time.Time{})
		e.Restore = in.Restore
		return []Event{e}, []Effect{StopTimer{timer}, Arrange{s.then(now, e).Arrange()}}, nil
	case OutsideEnded:
		if p.State == PartyUp {
			return left(PartyGone, in.Detail, "")
		}
		reason := in.Reason
		if reason == "" {
			reason = AbsentUnreachable
		}
		return absent(endOf(reason), reason, in.Detail, "")
	case TimerFired:
		switch p.State {
		case PartyUp:
			return nil, nil, ErrLate
		case PartyRinging:
			return absent(PartyNoAnswer, AbsentNoAnswer, "", NotReadyMissed)
		case PartyConnecting:
			return absent(PartyFailed, AbsentPhone, "phone did not connect in time", "")
		}
		return absent(PartyNoAnswer, AbsentNobodyFree, "nobody was free", "")
	}
	return nil, nil, ErrLate
}

// endOf is how the part of a number outside that never came has ended.
func endOf(r AbsentReason) PartyEnd {
	switch r {
	case AbsentNoAnswer:
		return PartyNoAnswer
	case AbsentDeclined:
		return PartyDeclined
	}
	return PartyFailed
}

// partyLeft ends a party's part. When nobody is left beside, the agent is back with the customer; when the
// customer would be alone without an agent, he goes back to the queue, or the call ends if it was over.
func partyLeft(s State, p Party, e EventPartyLeft, notReady string, now time.Time) ([]Event, []Effect, error) {
	events := []Event{e}
	effects := letGo(s, p, notReady)
	after := s.then(now, e)
	if s.Phase == Forwarded && len(after.talkers()) == 0 && p.Kind != PartySupervisor {
		switch up := p.State == PartyUp; {
		case s.Lent.On && !up:
			return returned(after, wayOf(e.Reason), events, effects)
		case s.Lent.After:
			return returned(after, WayEnded, events, effects)
		case !up: // never reached
			return requeued(after, events, effects, now)
		}
		more, end := endParties(after)
		events = append(append(events, more...), EventLetGo{"the number outside hung up"}, EventEnded{ByOutside, e.Detail})
		return events, append(append(effects, end...), DropCustomer{ByOutside}, StopRecording{}), nil
	}
	if s.Own.Side && !after.hasSide() {
		events = append(events, EventSwapped{})
	}
	return events, append(effects, Arrange{s.then(now, events...).Arrange()}), nil
}

// letGo releases what a further party holds.
func letGo(s State, p Party, notReady string) []Effect {
	effects := []Effect{StopTimer{PartyTimer(p.ID)}}
	switch {
	case p.Kind == PartyOutside:
		return append(effects, DropOutside{p.ID})
	case p.Kind == PartySupervisor:
		return append(effects, DropAgent{p.User})
	case p.State == PartySeeking:
		return append(effects, Withdraw{p.ID})
	}
	return append(effects, StopRinging{p.User}, DropAgent{p.User}, ReleaseSeat{Release{s.ID, p.User, notReady}})
}

// endParties ends the part of everybody but customer and agent.
func endParties(s State) (events []Event, effects []Effect) {
	for _, p := range s.Parties {
		events = append(events, EventPartyLeft{Party: p.ID, Why: PartyOver})
		effects = append(effects, letGo(s, p, "")...)
	}
	return events, effects
}

// requeued puts a customer without an agent at the head of the queue he was in last.
func requeued(s State, events []Event, effects []Effect, now time.Time) ([]Event, []Effect, error) {
	more, end := endParties(s)
	events = append(append(events, more...), EventQueued{Rules: s.Segment.Rules, Priority: s.Segment.Priority, Needs: s.Asks.Needs, Again: true, Only: s.personal()})
	return events, append(append(effects, end...),
		Arrange{}, StartFlow{Flow: s.Segment.Rules.WaitingFlow, Waiting: true}, Enqueue{headPlace(s, now)}), nil
}
