package alert

import (
	"slices"
	"time"

	"linekeeper/internal/project"
	"linekeeper/internal/queue"
)

// Present is what rules look at.
type Present struct {
	Queues   []Queue
	Agents   []Agent
	Services []Outside
}

// Queue is a queue now.
type Queue struct {
	ID          queue.ID
	Name        string
	Project     project.ID
	ProjectName string
	Open        bool      // it is served at this hour
	Always      bool      // it has no hours: then it counts as open only while somebody waits
	Waiting     int       // customers on the line
	Longest     time.Time // since when the first of them waits; zero: nobody does
	Members     int       // who serve it
	SignedIn    int       // of these
	OnDuty      int       // of these: available, or with a customer
	// Of those who came within Window: how many, how many left after the short-abandon limit, and before.
	Offered, Abandoned, Short int
}

// Agent is one who has signed in.
type Agent struct {
	ID     string
	Name   string
	Queues []queue.ID
	Break  time.Time     // since when; zero: not on break
	Limit  time.Duration // of the break's reason; 0: none
}

// Outside is something the center needs and does not have within itself.
type Outside struct {
	Kind   Service
	Key    string
	Name   string
	State  Health
	Detail string // what went wrong
}

// Health is how a service is.
type Health int

// The states of a service.
const (
	Unknown Health = iota // nobody has needed it yet
	Works
	Fails
)

// Verdict is what a rule thinks of a subject.
type Verdict int

// The verdicts. Between is better than the limit and not good enough to clear: who stands at the limit does not flap.
const (
	NoNews Verdict = iota
	Well
	Between
	Bad
)

// Sample is a subject as a rule sees it.
type Sample struct {
	Subject Subject
	About   string
	Project string
	Verdict Verdict
	Value   int64
	Limit   int64
	Since   time.Time // since when it is bad, where that is known; zero: since it was seen
	Detail  string
}

// clearPercent of the limit is where a value is well again.
const clearPercent = 80

func verdict(value, limit int64) Verdict {
	switch {
	case value > limit:
		return Bad
	case value*100 > limit*clearPercent:
		return Between
	}
	return Well
}

// Samples are the rule's subjects.
func (r Rule) Samples(p Present, now time.Time) (all []Sample) {
	t := r.Terms
	switch t.What {
	case ServiceFails:
		for _, o := range p.Services {
			if t.Service == "" || t.Service == o.Kind {
				all = append(all, o.sample())
			}
		}
	case LongBreak:
		for _, a := range p.Agents {
			if r.coversAgent(p, a) {
				all = append(all, a.sample(t, now))
			}
		}
	default:
		for _, q := range p.Queues {
			if r.covers(q) {
				all = append(all, q.sample(t, now))
			}
		}
	}
	return all
}

func (r Rule) covers(q Queue) bool {
	return (r.Queue == "" || r.Queue == q.ID) && (r.Project == "" || r.Project == q.Project)
}

func (r Rule) coversAgent(p Present, a Agent) bool {
	if r.Queue == "" && r.Project == "" {
		return true
	}
	return slices.ContainsFunc(p.Queues, func(q Queue) bool { return r.covers(q) && slices.Contains(a.Queues, q.ID) })
}

func (q Queue) sample(t Terms, now time.Time) Sample {
	s := Sample{Subject: Subject{OfQueue, string(q.ID)}, About: q.Name, Project: q.ProjectName, Verdict: Well}
	open := q.Open
	if q.Always {
		open = q.Waiting > 0
	}
	switch t.What {
	case LongWait:
		s.Limit = t.LimitMS
		if !q.Longest.IsZero() {
			s.Value, s.Since = now.Sub(q.Longest).Milliseconds(), q.Longest
			if s.Verdict = Well; s.Value > s.Limit {
				s.Verdict = Bad
			}
		}
	case Abandoned:
		s.Limit = t.Percent
		if n := q.Offered - q.Short; n > 0 {
			s.Value = int64(q.Abandoned) * 100 / int64(n)
			// So few say nothing: the share of one is 0 or 100.
			if s.Verdict = verdict(s.Value, s.Limit); int64(n) < t.Least {
				s.Verdict = Well
			}
		}
	case NobodyAvailable:
		s.Value = int64(q.Waiting)
		if open && q.Members > 0 && q.OnDuty == 0 {
			s.Verdict = Bad
		}
	case NobodySignedIn:
		s.Value = int64(q.Waiting)
		if open && q.SignedIn == 0 {
			s.Verdict = Bad
		}
	}
	return s
}

func (a Agent) sample(t Terms, now time.Time) Sample {
	s := Sample{Subject: Subject{OfAgent, a.ID}, About: a.Name, Verdict: Well, Limit: t.LimitMS}
	if s.Limit == 0 {
		s.Limit = a.Limit.Milliseconds()
	}
	if a.Break.IsZero() || s.Limit == 0 {
		return s
	}
	s.Value, s.Since = now.Sub(a.Break).Milliseconds(), a.Break
	if s.Value > s.Limit {
		s.Verdict = Bad
	}
	return s
}

func (o Outside) sample() Sample {
	s := Sample{Subject: Subject{OfService, string(o.Kind) + ":" + o.Key}, About: o.Name, Detail: o.Detail}
	switch o.State {
	case Works:
		s.Verdict = Well
	case Fails:
		s.Verdict = Bad
	}
	return s
}

// State is what a rule remembers of a subject. The zero State: all is well.
type State struct {
	Bad    time.Time // since when it is; zero: it is not
	Well   time.Time // of a raised one: since when it is well again; zero: it is not
	Raised bool
	Told   time.Time
	Seen   bool // somebody has: it is not repeated
}

// Turn is what changes.
type Turn int

// The turns.
const (
	Nothing Turn = iota
	Raise
	Repeat
	Clear
)

// Step is the whole rule: what a verdict makes of a state.
func (t Terms) Step(s State, v Verdict, now time.Time) (State, Turn) {
	switch {
	case v == NoNews:
		return s, Nothing
	case !s.Raised && v == Bad:
		if s.Bad.IsZero() {
			s.Bad = now
		}
		if now.Sub(s.Bad) < millis(t.HoldMS) {
			return s, Nothing
		}
		return State{Bad: s.Bad, Raised: true, Told: now}, Raise
	case !s.Raised:
		return State{}, Nothing
	case v == Well:
		if s.Well.IsZero() {
			s.Well = now
		}
		if now.Sub(s.Well) < millis(t.CalmMS) {
			return s, Nothing
		}
		return State{}, Clear
	}
	s.Well = time.Time{}
	if t.RepeatMS == 0 || s.Seen || now.Sub(s.Told) < millis(t.RepeatMS) {
		return s, Nothing
	}
	s.Told = now
	return s, Repeat
}
