package interaction

import (
	"slices"
	"strconv"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/disposition"
	"linekeeper/internal/kit/fault"
)

// Handover is the part of an agent who gave the customer to others, with a wrap-up of his own.
type Handover struct {
	Agent       access.UserID
	Segment     Segment   // his; its end is the end of the wrap-up, zero while that goes on
	Since       time.Time // the wrap-up began
	Until       time.Time // it ends by itself
	Extended    int       // how often its agent prolonged it
	MoreTime    MoreTime
	Disposition disposition.ID
	Note        string
}

// Open says whether the agent still wraps up.
func (h Handover) Open() bool { return h.Segment.Ended.IsZero() }

// HandoverTimer is the deadline of a wrap-up after a hand-over, by the segment it is about.
func HandoverTimer(segment int) Timer { return Timer("handover:" + strconv.Itoa(segment)) }

// HandoverOf finds the hand-over that a user still wraps up.
func (s State) HandoverOf(user access.UserID) (Handover, bool) {
	i := slices.IndexFunc(s.Handovers, func(h Handover) bool { return user != "" && h.Agent == user && h.Open() })
	if i < 0 {
		return Handover{}, false
	}
	return s.Handovers[i], true
}

// openHandovers are those whose wrap-up goes on.
func (s State) openHandovers() (all []Handover) {
	for _, h := range s.Handovers {
		if h.Open() {
			all = append(all, h)
		}
	}
	return all
}

// lingers says that all is over but wrap-ups after hand-overs.
func (s State) lingers() bool { return s.Phase == WrappingUp && s.Agent == "" }

// wantsWrapUp says whether agents finish their part by the queue's rules.
func wantsWrapUp(r QueueRules) bool { return r.WrapUp > 0 || r.DispositionRequired }

// handsOver lets the agent go while the customer stays with others: his seat is given back, or a wrap-up of his
// own begins, if the queue's rules want one.
func handsOver(s State, now time.Time) ([]Event, []Effect) {
	if !wantsWrapUp(s.Segment.Rules) {
		return nil, append([]Effect{DropAgent{s.Agent}}, s.seatBack(s.Agent)...)
	}
	until := now.Add(wrapUpTime(s.Segment.Rules))
	return []Event{EventHandoverWrapUp{Agent: s.Agent, Until: until}},
		[]Effect{DropAgent{s.Agent}, SetTimer{HandoverTimer(s.Segment.Seq), until}}
}

// decideHandover serves the wrap-ups of agents who handed the customer over, in every phase; false: the input is
// about something else.
func decideHandover(s State, in Input, now time.Time) ([]Event, []Effect, error, bool) {
	switch in := in.(type) {
	case DraftSaved:
		if h, ok := s.HandoverOf(in.Agent); ok {
			events, err := handoverDrafted(h, in)
			return events, nil, err, true
		}
	case Disposed:
		if h, ok := s.HandoverOf(in.Agent); ok {
			if err := checkDisposed(s.Arrival, h.Segment, in); err != nil {
				return nil, nil, err, true
			}
			events, effects := handoverOver(s, h, EventHandoverDisposed{
				Segment: h.Segment.Seq, Agent: h.Agent, Disposition: in.Disposition, Note: in.Note,
			})
			return events, effects, nil, true
		}
	case WrapUpExtended:
		if h, ok := s.HandoverOf(in.Agent); ok {
			until, err := extended(WrapUpPart{Segment: h.Segment, Until: h.Until, Extended: h.Extended})
			if err != nil {
				return nil, nil, err, true
			}
			return []Event{EventHandoverExtended{Segment: h.Segment.Seq, Until: until}},
				[]Effect{SetTimer{HandoverTimer(h.Segment.Seq), until}}, nil, true
		}
	case TimerFired:
		for _, h := range s.openHandovers() {
			if in.Timer == HandoverTimer(h.Segment.Seq) && !now.Before(h.Until) {
				events, effects := handoverOver(s, h, EventHandoverExpired{Segment: h.Segment.Seq, Agent: h.Agent})
				return events, effects, nil, true
			}
		}
	}
	return nil, nil, nil, false
}

func handoverDrafted(h Handover, in DraftSaved) ([]Event, error) {
	if err := checkNote(in.Note); err != nil {
		return nil, err
	}
	if in.Disposition == h.Disposition && in.Note == h.Note {
		return nil, nil
	}
	return []Event{EventHandoverDrafted{Segment: h.Segment.Seq, Disposition: in.Disposition, Note: in.Note}}, nil
}

// handoverOver ends a wrap-up after a hand-over; the last one, when all else is over, ends the interaction.
func handoverOver(s State, h Handover, e Event) ([]Event, []Effect) {
	events := []Event{e}
	if s.lingers() && len(s.openHandovers()) == 1 {
		events = append(events, EventEnded{s.Cause, s.CauseDetail})
	}
	return events, append([]Effect{StopTimer{HandoverTimer(h.Segment.Seq)}}, s.seatBack(h.Agent)...)
}

// lingering keeps an interaction open as long as agents who handed the customer over wrap up.
func lingering(s State, events []Event, now time.Time) []Event {
	i := slices.IndexFunc(events, func(e Event) bool { _, ends := e.(EventEnded); return ends })
	if i < 0 || len(s.then(now, events[:i]...).openHandovers()) == 0 {
		return events
	}
	events[i] = EventWorkLeft(events[i].(EventEnded))
	return events
}

// checkDisposed holds the terms for the end of a wrap-up.
func checkDisposed(a Arrival, g Segment, in Disposed) error {
	if err := checkNote(in.Note); err != nil {
		return err
	}
	if in.Disposition == "" && g.Rules.DispositionRequired {
		return fault.OneField("disposition", fault.Required, "Choose a disposition before finishing.")
	}
	if d := in.Chosen; d != nil {
		if d.ProjectID != a.Project {
			return fault.OneField("disposition", fault.Unknown, "This outcome belongs to another project.")
		}
		return d.Fits(g.Talk, in.Note)
	}
	return nil
}

// applyHandover folds the events of hand-overs' wrap-ups.
func applyHandover(s State, event Event, at time.Time) State {
	switch e := event.(type) {
	case EventHandoverWrapUp:
		h := Handover{Agent: e.Agent, Segment: s.Segment, Since: at, Until: e.Until, Disposition: s.Disposition, Note: s.Note}
		h.Segment.Left = at
		s.Handovers = append(slices.Clone(s.Handovers), h)
		s.Disposition, s.Note = "", "" // what was typed so far is about his part
	case EventHandoverDrafted:
		return s.withHandover(e.Segment, func(h *Handover) { h.Disposition, h.Note = e.Disposition, e.Note })
	case EventHandoverExtended:
		return s.withHandover(e.Segment, func(h *Handover) { h.Until, h.Extended = e.Until, h.Extended+1 })
	case EventHandoverDisposed:
		s = s.withHandover(e.Segment, func(h *Handover) { h.Disposition, h.Note = e.Disposition, e.Note })
		return s.closeHandover(e.Segment, at)
	case EventHandoverExpired:
		return s.closeHandover(e.Segment, at)
	case EventWorkLeft:
		s = closeWrapUp(s, at)
		s.Cause, s.CauseDetail, s.Agent = e.Cause, e.Detail, ""
		return enter(unpark(s), WrappingUp, at)
	}
	return s
}

// withHandover gives a state in which one hand-over is changed; s is left as it is.
func (s State) withHandover(segment int, change func(*Handover)) State {
	s.Handovers = slices.Clone(s.Handovers)
	for i := range s.Handovers {
		if s.Handovers[i].Segment.Seq == segment && s.Handovers[i].Open() {
			change(&s.Handovers[i])
		}
	}
	return s
}

// closeHandover ends a wrap-up and counts it.
func (s State) closeHandover(segment int, at time.Time) State {
	var d time.Duration
	disposition, note := s.Disposition, s.Note
	s = s.withHandover(segment, func(h *Handover) {
		d = at.Sub(h.Since)
		h.Segment.WrapUp, h.Segment.Ended = d, at
		if s.Kept.Segment == segment && s.Segment.Seq == segment { // nobody talked with the customer after him
			disposition, note = h.Disposition, h.Note
		}
	})
	s.Disposition, s.Note = disposition, note
	s.WrapUp += d
	return s
}

// closeWrapUp ends the wrap-up of the agent who had the customer last, and his segment.
func closeWrapUp(s State, at time.Time) State {
	if s.Phase == WrappingUp && s.Agent != "" {
		d := at.Sub(s.Since)
		s.Segment.WrapUp += d
		s.WrapUp += d
	}
	if s.Segment.Seq > 0 && s.Segment.Ended.IsZero() {
		s.Segment.Ended = at
	}
	s.WrapUntil = time.Time{}
	return s
}
