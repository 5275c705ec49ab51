package interaction

import (
	"slices"
	"time"
)

// applyControl folds the events of call control.
func applyControl(s State, event Event, at time.Time) State {
	switch e := event.(type) {
	case EventHeld:
		return s.stand(e.Party, func(st *Standing) { st.Held = e.On })
	case EventPartyMuted:
		return s.stand(e.Party, func(st *Standing) { st.Muted = e.On })
	case EventPartyAsked:
		s = s.asked(e.Party)
		s.Parties = append(slices.Clone(s.Parties), e.Party)
		s.Parties[len(s.Parties)-1].Since = at
		s.PartiesSeen++
	case EventPartyMoved:
		return s.withParty(e.Party, func(p *Party) {
			p.State, p.Since = e.State, at
			if e.User != "" {
				p.User = e.User
			}
			p.Restore = e.Restore
		})
	case EventPartyLeft:
		return s.absent(e, at).withoutParty(e.Party)
	case EventSwapped:
		s.Own.Side = e.Side
		if !e.Side {
			s.Customer.Held = false
		}
	case EventMerged:
		return merge(s)
	case EventHandedOver:
		return handedOver(s, e, at)
	case EventForwarded:
		s = merge(closeSegment(s, at))
		s.Agent, s.AgentLeg, s.Counted, s.Own = "", nil, time.Time{}, Standing{}
		return enter(s, Forwarded, at)
	case EventTransferred:
		s = closeSegment(endTalk(s), at)
		switch e.Target.Kind {
		case ToEntry:
			s.Flow, s.FlowAt = e.Target.Flow, ""
			return enter(s, InFlow, at)
		case ToOutside:
			return enter(s, Forwarded, at)
		}
	case EventOpened:
		s = opened(s)
	case EventParked:
		s = closeSegment(endTalk(s), at)
		s.ParkedBy, s.ParkUntil = e.By, e.Until
		return enter(s, Parked, at)
	case EventParkAlarm:
		s.ParkUntil, s.ParkAlarm = e.Until, true
	case EventPickedUp:
		s = unpark(s)
		s.Segment = Segment{Seq: s.Segment.Seq + 1, Rules: s.Segment.Rules, Priority: s.Segment.Priority, Queued: at, Handed: true, Outbound: s.Segment.Outbound}
		s.Agent = e.Agent
		return enter(s, Connecting, at)
	case EventMonitorChanged:
		return s.withParty(e.Party, func(p *Party) { p.Mode = e.Mode })
	case EventRecordingPaused:
		s.Paused, s.PausedUntil = e.Why, e.Until
	case EventRecordingResumed:
		s.Paused, s.PausedUntil = "", time.Time{}
	case EventSecretBegun:
		s.Secret, s.SecretDigits = true, 0
	case EventSecretEntered:
		s.SecretDigits = e.Count
	case EventSecretEnded:
		s.Secret, s.SecretDigits = false, 0
	case EventPromptPlayed:
		s.Prompt = e.Prompt
	case EventPromptEnded:
		s.Prompt = ""
		if e.By != "" {
			s.AbuseEnding = false
		}
	}
	return s
}

// opened lets everybody of the queue take the customer: from now on he waits there like any other.
func opened(s State) State {
	if s.Segment.Only != "" && s.Segment.Back == "" && s.personal() == "" {
		s.Segment.Only, s.Segment.OnlyUntil, s.Segment.Handed = "", time.Time{}, false
	}
	return s
}

// stand changes where a party stands.
func (s State) stand(id PartyID, change func(*Standing)) State {
	switch id {
	case TheCustomer:
		change(&s.Customer)
	case TheAgent:
		change(&s.Own)
	default:
		return s.withParty(id, func(p *Party) { change(&p.Standing) })
	}
	return s
}

// merge brings everybody to the customer; who was muted stays so.
func merge(s State) State {
	s.Own.Side, s.Customer.Held = false, false
	s.Parties = slices.Clone(s.Parties)
	for i := range s.Parties {
		if s.Parties[i].Side {
			s.Parties[i].Side, s.Parties[i].Held = false, false
		}
	}
	return s
}

// handedOver makes a party the agent who has it in hand.
func handedOver(s State, e EventHandedOver, at time.Time) State {
	p, _ := s.party(e.Party)
	s = merge(closeSegment(s, at)).withoutParty(e.Party)
	s.Segment = Segment{
		Seq: s.Segment.Seq + 1, Rules: s.Segment.Rules, Priority: s.Segment.Priority,
		Queued: at, Answered: at, Agent: e.To, Outcome: Answered, Handed: true, Outbound: s.Segment.Outbound,
	}
	s.Absent = nil
	s.Agent, s.AgentLeg, s.Own = e.To, p.Restore, Standing{Muted: p.Muted}
	return enter(s, Connected, at)
}
