package interaction

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
)

// MoreTime is an agent's request to the leaders for more wrap-up, when he has taken all the extensions that his queue
// leaves to him. The zero value: he has made none.
type MoreTime struct {
	Asked  time.Time // zero: no request is open
	Before time.Time // when the wrap-up would end without it
	Answer MoreTimeAnswer
	By     access.UserID // who answered last
}

// MoreTimeAnswer is what a leader said.
type MoreTimeAnswer string

// The answers; empty: none so far. A request that nobody answers is over with the wrap-up.
const (
	MoreTimeGranted MoreTimeAnswer = "granted"
	MoreTimeRefused MoreTimeAnswer = "refused"
)

const (
	// LeaderTime is how long a wrap-up goes on at least for a leader to answer.
	LeaderTime = time.Minute
	// LastTime is how long it goes on at least when he has refused: a sentence can be ended.
	LastTime = 15 * time.Second
)

// The inputs of such a request. That who answers leads is for the edge to know.
type (
	// MoreTimeAsked asks the leaders.
	MoreTimeAsked struct{ Agent access.UserID }
	// MoreTimeAnswered is a leader's answer to an agent.
	MoreTimeAnswered struct {
		By    access.UserID
		Agent access.UserID
		Grant bool
	}
)

func (MoreTimeAsked) input()    {}
func (MoreTimeAnswered) input() {}

// The events of it.
type (
	// EventMoreTimeAsked begins it; the wrap-up, of that segment, goes on until then.
	EventMoreTimeAsked struct {
		Agent   access.UserID `json:"agent"`
		Segment int           `json:"segment"`
		Until   time.Time     `json:"until"`
	}
	// EventMoreTimeAnswered ends it.
	EventMoreTimeAnswered struct {
		By      access.UserID  `json:"by"`
		Agent   access.UserID  `json:"agent"`
		Segment int            `json:"segment"`
		Answer  MoreTimeAnswer `json:"answer"`
		Until   time.Time      `json:"until"`
	}
)

// Kind implements Event.
func (EventMoreTimeAsked) Kind() string { return "more_time_asked" }

// Kind implements Event.
func (EventMoreTimeAnswered) Kind() string { return "more_time_answered" }

// WrapUpPart is an agent's wrap-up that goes on: of who had the customer last, or after a hand-over.
type WrapUpPart struct {
	Segment  Segment
	Since    time.Time
	Until    time.Time
	Extended int
	MoreTime MoreTime
	timer    Timer
}

// WrapUpOf finds the wrap-up an agent is in.
func (s State) WrapUpOf(agent access.UserID) (WrapUpPart, bool) {
	if h, ok := s.HandoverOf(agent); ok {
		return WrapUpPart{h.Segment, h.Since, h.Until, h.Extended, h.MoreTime, HandoverTimer(h.Segment.Seq)}, true
	}
	if agent == "" || s.Phase != WrappingUp || s.Agent != agent {
		return WrapUpPart{}, false
	}
	return WrapUpPart{s.Segment, s.Since, s.WrapUntil, s.Extended, s.MoreTime, WrapUpTimer}, true
}

// decideMoreTime serves requests for more wrap-up; false: it is about something else.
func decideMoreTime(s State, in Input, now time.Time) ([]Event, []Effect, error, bool) {
	switch in := in.(type) {
	case MoreTimeAsked:
		w, ok := s.WrapUpOf(in.Agent)
		switch {
		case !ok:
			return nil, nil, ErrLate, true
		case !w.MoreTime.Asked.IsZero(): // pressed twice
			return nil, nil, nil, true
		case w.Extended < w.Segment.Rules.Extensions:
			return nil, nil, fault.Conflict.New("You may still prolong the wrap-up yourself; do that first."), true
		case w.MoreTime.Answer == MoreTimeRefused:
			return nil, nil, fault.Conflict.New("Your supervisor has refused more time; finish now."), true
		}
		until := latest(w.Until, now.Add(LeaderTime))
		return []Event{EventMoreTimeAsked{in.Agent, w.Segment.Seq, until}}, []Effect{SetTimer{w.timer, until}}, nil, true
	case MoreTimeAnswered:
		w, ok := s.WrapUpOf(in.Agent)
		switch {
		case !ok || w.MoreTime.Asked.IsZero():
			return nil, nil, ErrLate, true
		case in.By == in.Agent:
			return nil, nil, fault.Denied.New("Somebody else decides about your own time."), true
		}
		e := EventMoreTimeAnswered{By: in.By, Agent: in.Agent, Segment: w.Segment.Seq, Answer: MoreTimeRefused,
			Until: latest(w.MoreTime.Before, now.Add(LastTime))}
		if in.Grant {
			e.Answer, e.Until = MoreTimeGranted, latest(w.MoreTime.Before, now).Add(extensionTime(w.Segment.Rules))
		}
		return []Event{e}, []Effect{SetTimer{w.timer, e.Until}}, nil, true
	}
	return nil, nil, nil, false
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// extended is the end of a wrap-up that its agent prolongs once more.
func extended(w WrapUpPart) (time.Time, error) {
	most := w.Segment.Rules.Extensions
	switch {
	case w.Extended < most:
		return w.Until.Add(extensionTime(w.Segment.Rules)), nil
	case most == 0:
		return w.Until, fault.Conflict.New("In this queue only a supervisor prolongs the wrap-up; ask for more time.")
	}
	return w.Until, fault.Conflict.New("You have prolonged the wrap-up as often as the queue allows (%d); finish now or ask for more time.", most)
}

// extensionTime is what one extension adds.
func extensionTime(r QueueRules) time.Duration {
	if r.Extension > 0 {
		return r.Extension
	}
	return wrapUpTime(r)
}

// applyMoreTime folds the events of requests for more wrap-up.
func applyMoreTime(s State, event Event, at time.Time) State {
	change := func(agent access.UserID, segment int, until time.Time, change func(*MoreTime, time.Time)) State {
		if h, ok := s.HandoverOf(agent); ok && h.Segment.Seq == segment {
			return s.withHandover(segment, func(h *Handover) {
				change(&h.MoreTime, h.Until)
				h.Until = until
			})
		}
		change(&s.MoreTime, s.WrapUntil)
		s.WrapUntil = until
		return s
	}
	switch e := event.(type) {
	case EventMoreTimeAsked:
		return change(e.Agent, e.Segment, e.Until, func(m *MoreTime, before time.Time) {
			m.Asked, m.Before = at, before
		})
	case EventMoreTimeAnswered:
		return change(e.Agent, e.Segment, e.Until, func(m *MoreTime, _ time.Time) {
			*m = MoreTime{Answer: e.Answer, By: e.By}
		})
	}
	return s
}

// noteMoreTime writes the audit line of a leader's answer, in the transaction of its event.
func noteMoreTime(tx *db.Tx, s State, r Recorded) error {
	e, ok := r.Event.(EventMoreTimeAnswered)
	if !ok {
		return nil
	}
	by := audit.Author{Tenant: string(s.Arrival.Tenant), User: string(e.By), Source: "board"}
	return audit.Note(tx, by, audit.Supervise, "interaction", string(s.ID),
		map[string]string{"mode": "more_time_" + string(e.Answer), "agent": string(e.Agent)})
}
