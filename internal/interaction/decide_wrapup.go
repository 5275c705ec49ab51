package interaction

import (
	"time"
	"unicode/utf8"

	"linekeeper/internal/kit/fault"
)

func decideWrappingUp(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	if s.lingers() {
		return nil, nil, ErrLate
	}
	switch in := in.(type) {
	case Disposed:
		if in.Agent != s.Agent {
			return nil, nil, ErrLate
		}
		whole := s.Segment
		whole.Talk = s.Talk // with everybody
		if err := checkDisposed(s.Arrival, whole, in); err != nil {
			return nil, nil, err
		}
		return []Event{EventDisposed{in.Disposition, in.Note}, EventEnded{s.Cause, s.CauseDetail}}, finished(s), nil
	case WrapUpExtended:
		if in.Agent != s.Agent {
			return nil, nil, ErrLate
		}
		until, err := extended(WrapUpPart{Segment: s.Segment, Until: s.WrapUntil, Extended: s.Extended})
		if err != nil {
			return nil, nil, err
		}
		return []Event{EventWrapUpExtended{until}}, []Effect{SetTimer{WrapUpTimer, until}}, nil
	case TimerFired:
		if in.Timer == WrapUpTimer && !now.Before(s.WrapUntil) {
			return []Event{EventWrapUpExpired{}, EventEnded{s.Cause, s.CauseDetail}}, finished(s), nil
		}
	}
	return nil, nil, ErrLate
}

func decideDraft(s State, in DraftSaved) ([]Event, []Effect, error) {
	switch s.Phase {
	case Connected, Interrupted, WrappingUp:
	default:
		return nil, nil, ErrLate
	}
	if in.Agent != s.Agent {
		return nil, nil, ErrLate
	}
	if err := checkNote(in.Note); err != nil {
		return nil, nil, err
	}
	if in.Disposition == s.Disposition && in.Note == s.Note {
		return nil, nil, nil
	}
	return []Event{EventDrafted{in.Disposition, in.Note}}, nil, nil
}

// wrapUp ends the talk: wrap-up begins, or the end when the queue has none.
func wrapUp(s State, end Event, cause Cause, detail string, now time.Time) ([]Event, []Effect, error) {
	events, effects := endParties(s)
	effects = append(effects, StopTimer{InterruptTimer}, StopFlow{}, DropAgent{s.Agent}, DropCustomer{cause}, StopRecording{})
	events = append(events, end)
	r := s.Segment.Rules
	if !wantsWrapUp(r) {
		return append(events, EventEnded{cause, detail}), append(effects, finished(s)...), nil
	}
	until := now.Add(wrapUpTime(r))
	return append(events, EventWrapUp{until}), append(effects, SetTimer{WrapUpTimer, until}), nil
}

func wrapUpTime(r QueueRules) time.Duration {
	if r.WrapUp == 0 {
		return DefaultWrapUp
	}
	return r.WrapUp
}

func checkNote(note string) error {
	if utf8.RuneCountInString(note) > MaxNote {
		return fault.OneField("note", fault.TooLong, "The note is longer than 10,000 characters; shorten it.")
	}
	return nil
}
