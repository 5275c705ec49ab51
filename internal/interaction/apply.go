package interaction

import "time"

// Apply folds one event into the state. It has no choice and no rules of its own: the same events
// always lead to the same state, which is how an interaction is restored after a restart.
func Apply(s State, r Recorded) State {
	at := r.At
	s = count(s, at)
	s.Seq, s.Last = r.Seq, at
	switch e := r.Event.(type) {
	case EventArrived:
		s.Arrival, s.Arrived, s.Flow = e.Arrival, at, e.Arrival.Flow
		s = enter(s, InFlow, at)
	case EventManual:
		s = applyManual(s, e, at)
	case EventCallbackAccepted, EventDialing, EventRinging, EventReached, EventCallbackConfirmed, EventNotReached:
		s = applyCallback(s, r.Event, at)
	case EventQueueClosed:
		s = applyClosed(s, e, at)
	case EventOverflowed:
		s = applyOverflowed(s, e, at)
	case EventMoved, EventReprioritised, EventPicked:
		s = applyPlaced(s, r.Event, at)
	case EventFlowTransferred, EventFlowReturned:
		s = applyLent(s, r.Event, at)
	case EventCustomerKept, EventAskDue, EventSurveyAnswered:
		s = applyAsked(s, r.Event, at)
	case EventAbuseReported, EventAbuseEnding:
		s = applyAbuse(s, r.Event, at)
	case EventHelpAsked, EventHelpTaken, EventHelpSaid, EventHelpClosed:
		s = applyHelp(s, r.Event, at)
	case EventFlowStep:
		switch e.What {
		case FlowWaits:
			s.FlowAt, s.FlowWay = e.Text, ""
		case FlowLanguage:
			s.Language = e.Text
		}
	case EventIdentified:
		s.Arrival.Customer, s.Arrival.CustomerName = e.Customer, e.Name
	case EventMessageCalled:
		s.CalledBy = e.Call
	case EventMessageCallOver, EventRestored: // a call that outlived the process too tells so
		s.CalledBy = ""
	case EventDigitsSent:
	case EventQueued:
		s.Segment = Segment{Seq: s.Segment.Seq + 1, Rules: e.Rules, Priority: e.Priority, Queued: at, Since: e.Since,
			Only: e.Only, OnlyUntil: e.OnlyUntil, Back: e.Back, Handed: e.Only != "" || s.Promised() || s.IsTask(), Promised: s.promisedSince()}
		s.Asks = Asks{e.Needs, e.First, e.FirstUntil}
		if s.Queued.IsZero() {
			s.Queued = at
		}
		s.CalledBy = ""
		s = unkept(unpark(endTalk(s)))
		s.WrapUntil = time.Time{}
		s = enter(s, Waiting, at)
	case EventOffered:
		s.Offer = Offer{Agent: e.Agent, At: at, Until: e.Until}
		s.Agent = e.Agent
		s = enter(s, Offered, at)
	case EventMissed:
		// Also when it was accepted and the phone then failed: in the end it was missed.
		s.Offer.Outcome, s.Offer.Ended = e.Outcome, at
		s.Asks.First = "" // it is everybody's now
		s.Segment.Missed++
		s = opened(s)
		s.Agent = ""
		s = enter(s, Waiting, at)
	case EventAccepted:
		s = closeOffer(s, OfferAccepted, at)
		s = enter(s, Connecting, at)
	case EventConnected:
		s.Segment.Agent, s.Segment.Answered, s.Segment.Outcome = e.Agent, at, Answered
		if s.Answered.IsZero() {
			s.Answered = at
		}
		s.Counted, s.AgentLeg = at, e.Restore
		s = enter(s, Connected, at)
	case EventInterrupted:
		s = enter(s, Interrupted, at)
	case EventResumed:
		s.AgentLeg = e.Restore
		s = enter(s, Connected, at)
	case EventAgentLost:
		s = closeSegment(endTalk(s), at)
	case EventMuted:
		s.Own.Muted = e.On
	case EventCustomerLeft:
		s = leave(s, e.Cause, e.Detail, at)
		if s.Segment.Outcome == "" && s.Segment.Seq > 0 && s.Segment.Ended.IsZero() {
			s.Segment.Outcome = Abandoned
			if e.Short {
				s.Segment.Outcome = ShortAbandon
			}
		}
	case EventAgentHungUp:
		s.HangUp = HangUp(e)
		s = leave(s, ByAgent, "", at)
	case EventLetGo:
		s = leave(s, BySystem, e.Detail, at)
		if s.Segment.Outcome == "" && s.Segment.Seq > 0 && s.Segment.Ended.IsZero() {
			s.Segment.Outcome = Lost
		}
	case EventWrapUp:
		s.WrapUntil, s.Extended, s.MoreTime = e.Until, 0, MoreTime{}
		s = enter(s, WrappingUp, at)
	case EventWrapUpExtended:
		s.WrapUntil = e.Until
		s.Extended++
	case EventDrafted:
		s.Disposition, s.Note = e.Disposition, e.Note
	case EventDisposed:
		s.Disposition, s.Note = e.Disposition, e.Note
	case EventWrapUpExpired:
	case EventCustomerHolds:
		s.CustomerHolds = time.Time{}
		if e.On {
			s.CustomerHolds = at
		}
	case EventRecording:
		s.Recording = e.State
	case EventEnded:
		for _, h := range s.openHandovers() {
			s = s.closeHandover(h.Segment.Seq, at)
		}
		s = closeWrapUp(s, at)
		s.Ended, s.Cause, s.CauseDetail = at, e.Cause, e.Detail
		if s.Promised() && s.Segment.Outcome == "" { // the process ended before he was called
			s.Left, s.Segment.Left, s.Segment.Outcome = at, at, NotReached
		}
		s = enter(unpark(s), Done, at)
	default:
		if after, ok := applyTask(s, r.Event, at); ok {
			return after
		}
		s = applyMoreTime(applyHandover(applyControl(s, r.Event, at), r.Event, at), r.Event, at)
	}
	return s
}

// Fold applies the events of a journal in order.
func Fold(id ID, events []Recorded) State {
	s := State{ID: id}
	for _, r := range events {
		s = Apply(s, r)
	}
	return s
}

func enter(s State, p Phase, at time.Time) State {
	s.Phase, s.Since = p, at
	return s
}

// closeOffer ends the open offer, if there is one.
func closeOffer(s State, o OfferOutcome, at time.Time) State {
	if s.Offer.Agent != "" && s.Offer.Outcome == "" {
		s.Offer.Outcome, s.Offer.Ended = o, at
	}
	return s
}

// count adds the time since it was counted last: talk while the customer hears somebody, else hold.
func count(s State, at time.Time) State {
	if s.Counted.IsZero() {
		return s
	}
	d := at.Sub(s.Counted)
	s.Counted = at
	if e, _ := s.Arrange().Ear(TheCustomer); len(e.Hears) > 0 {
		s.Segment.Talk += d
		s.Talk += d
	} else {
		s.Segment.Hold += d
		s.Hold += d
	}
	return s
}

// endTalk takes the agent and everybody else out; the customer may stay.
func endTalk(s State) State {
	s.Agent, s.AgentLeg, s.Counted = "", nil, time.Time{}
	s.Own, s.Customer, s.Secret = Standing{}, Standing{}, false
	s.SecretDigits, s.Prompt, s.Absent = 0, "", nil
	s.Help, s.AbuseEnding = Help{}, false
	s.Paused, s.PausedUntil = "", time.Time{}
	return s
}

// closeSegment ends the segment of an agent whom the customer is not with any more.
func closeSegment(s State, at time.Time) State {
	s.Segment.Left, s.Segment.Ended = at, at
	return s
}

func unpark(s State) State {
	s.ParkedBy, s.ParkUntil, s.ParkAlarm = "", time.Time{}, false
	return s
}

// leave ends the customer's side.
func leave(s State, c Cause, detail string, at time.Time) State {
	s = closeOffer(s, OfferWithdrawn, at)
	s.Left, s.Cause, s.CauseDetail, s.CustomerHolds = at, c, detail, time.Time{}
	if s.Segment.Seq > 0 && s.Segment.Ended.IsZero() && s.Segment.Outcome != CalledBack {
		s.Segment.Left = at
	}
	agent := s.Agent // who wraps up
	s = endTalk(s)
	s.Agent = agent
	s.Since = at
	return s
}
