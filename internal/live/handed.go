package live

import (
	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
)

// handed turns the view into that of an agent who handed the customer over: his part is over but for its wrap-up,
// whatever becomes of the customer.
func (b *Board) handed(v *WorkView, s interaction.State, h interaction.Handover) {
	g := h.Segment
	v.Part, v.Phase, v.PhaseSince = PartHanded, string(interaction.WrappingUp), millis(h.Since)
	v.WrapUntil, v.WrapExtended, v.Disposition, v.Note = millis(h.Until), h.Extended, string(h.Disposition), h.Note
	v.Queue, v.QueueName, v.DispositionRequired = g.Rules.Queue, b.names.Queue(g.Rules.Queue), g.Rules.DispositionRequired
	v.Queued, v.Answered = millis(g.Queued), millis(g.Answered)
	v.TalkMs, v.HoldMs, v.CountedAt = g.Talk.Milliseconds(), g.Hold.Milliseconds(), 0
	v.OfferUntil, v.HangUpFrom, v.Muted = 0, 0, false
	v.Held, v.OnHold, v.CustomerHolds, v.Side, v.Secret, v.Prompt = false, false, false, false, false, ""
	v.Parties, v.Absent = nil, nil
	v.Survey = s.Kept.Segment == g.Seq
}

// absent is how somebody who did not come is shown.
func (b *Board) absent(a interaction.Absence) AbsentView {
	v := AbsentView{
		Party: string(a.Party.ID), Kind: string(a.Party.Kind), User: a.Party.User, Name: b.names.User(a.Party.User),
		Address: a.Party.Address, QueueName: b.partyQueue(a.Party), Reason: string(a.Reason), At: millis(a.At),
	}
	if a.Party.Queue != nil {
		v.Queue = a.Party.Queue.Queue
	}
	return v
}

// countHandovers adds the wrap-ups after hand-overs that have ended to the day's figures of who wrote them.
func (b *Board) countHandovers(before, after interaction.State) {
	for i, h := range after.Handovers {
		if h.Open() || i < len(before.Handovers) && !before.Handovers[i].Open() || h.Segment.Queued.Before(b.day) {
			continue
		}
		b.agent(h.Agent).day.WrapUpMs += h.Segment.WrapUp.Milliseconds()
		b.showDay(h.Agent)
	}
}

// countAnswers adds what customers answered on a scale of 1 to 5 to the day's figures of whom it is about.
func (b *Board) countAnswers(before, after interaction.State) {
	if g := after.Segment; len(after.Answers) == 0 || g.Agent == "" || g.Queued.Before(b.day) {
		return
	}
	n, sum := ratings(after)
	was, wasSum := ratings(before)
	if n == was && sum == wasSum {
		return
	}
	d := &b.agent(after.Segment.Agent).day
	d.Ratings, d.RatingSum = d.Ratings+n-was, d.RatingSum+sum-wasSum
	b.showDay(after.Segment.Agent)
}

func ratings(s interaction.State) (n, sum int) {
	for _, a := range s.Answers {
		if a.Scale == interaction.Five {
			n, sum = n+1, sum+a.Score
		}
	}
	return n, sum
}

// why says how an interaction left an agent's hand.
func why(user access.UserID, after interaction.State, events []interaction.Recorded) string {
	for _, r := range events {
		switch e := r.Event.(type) {
		case interaction.EventHandedOver:
			if e.From == user {
				return "handed_over"
			}
		case interaction.EventForwarded, interaction.EventTransferred:
			return "transferred"
		case interaction.EventParked:
			return "parked"
		case interaction.EventNotReached:
			return "not_reached_" + string(e.Why)
		case interaction.EventPartyLeft:
			if e.Why == interaction.PartyNoAnswer {
				return "missed"
			}
		case interaction.EventMissed:
			return "missed"
		case interaction.EventAgentLost:
			return "lost"
		case interaction.EventCustomerLeft:
			if after.Segment.Outcome != interaction.Answered {
				return "abandoned"
			}
		}
	}
	return "done"
}
