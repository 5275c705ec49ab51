package interaction

import (
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
)

// AbuseTerms are what happens when an agent says that the customer insults him, as it travels with the queue's rules.
type AbuseTerms struct {
	Boundary string        `json:"boundary,omitempty"` // key of the boundary message; empty: BoundaryPrompt
	Farewell string        `json:"farewell,omitempty"` // key of what ends the call; empty: FarewellPrompt
	MayEnd   bool          `json:"may_end,omitempty"`  // saying it again ends the call with the farewell
	Recovery time.Duration `json:"recovery,omitempty"` // the agent's pause after the call; 0: none
}

// Prompts that are played where a project has named no others.
const (
	BoundaryPrompt = "boundary"
	FarewellPrompt = "farewell"
)

// The limits of the path.
const (
	// AbuseTwice is how long saying it again is taken for the same press of the key.
	AbuseTwice = 3 * time.Second
	// FarewellTime is how long the farewell may take until the call ends all the same.
	FarewellTime = 30 * time.Second
)

// AbuseEnded is the detail of the cause of a call that ended with the farewell.
const AbuseEnded = "abuse"

// Insulted is an agent whom the customer has insulted, and the pause he gets for it.
type Insulted struct {
	Agent    access.UserID
	At       time.Time // he said so first
	Recovery time.Duration
}

// AbuseReported is the agent's word that the customer insults him: a boundary message is played, leaders are alerted,
// the customer is marked. Again in the same call it is played again, or the call ends where that is allowed.
type AbuseReported struct{ By access.UserID }

func (AbuseReported) input() {}

// Recover gives an agent a break of this length. It comes before his seat is given back.
type Recover struct {
	Agent access.UserID
	For   time.Duration
}

func (Recover) effect() {}

type (
	// EventAbuseReported tells that an agent is insulted.
	EventAbuseReported struct {
		By       access.UserID `json:"by"`
		Recovery time.Duration `json:"recovery,omitempty"`
	}
	// EventAbuseEnding tells that the call ends when the farewell is over; a farewell that By stops ends nothing.
	EventAbuseEnding struct {
		By access.UserID `json:"by"`
	}
)

// Kind implements Event.
func (EventAbuseReported) Kind() string { return "abuse_reported" }

// Kind implements Event.
func (EventAbuseEnding) Kind() string { return "abuse_ending" }

// insulted says whether an agent has told that the customer insults him.
func (s State) insulted(agent access.UserID) bool {
	return slices.ContainsFunc(s.Insulted, func(i Insulted) bool { return i.Agent == agent })
}

// Insults says whether the customer has insulted this agent, whose hanging up then counts for nothing.
func (s State) Insults(agent access.UserID) bool { return agent != "" && s.insulted(agent) }

// seatBack gives back the seat of an agent whose work is done; who was insulted gets his pause first.
func (s State) seatBack(agent access.UserID) []Effect {
	release := ReleaseSeat{Release{Interaction: s.ID, Agent: agent}}
	for _, i := range s.Insulted {
		if i.Agent == agent && i.Recovery > 0 {
			return []Effect{Recover{agent, i.Recovery}, release}
		}
	}
	return []Effect{release}
}

func decideAbuse(s State, in AbuseReported, now time.Time) ([]Event, []Effect, error) {
	if err := s.inCharge(in.By); err != nil {
		return nil, nil, err
	}
	terms := s.Segment.Rules.Abuse
	if s.AbuseEnding || s.insulted(in.By) && now.Sub(s.AbuseAt) < AbuseTwice {
		return nil, nil, nil
	}
	if s.insulted(in.By) && terms.MayEnd {
		prompt := or(terms.Farewell, FarewellPrompt)
		return []Event{EventAbuseEnding(in), EventPromptPlayed{By: in.By, Prompt: prompt}},
			[]Effect{PlayPrompt{prompt}, SetTimer{AbuseTimer, now.Add(FarewellTime)}}, nil
	}
	prompt := or(terms.Boundary, BoundaryPrompt)
	return []Event{EventAbuseReported{in.By, terms.Recovery}, EventPromptPlayed{By: in.By, Prompt: prompt}},
		[]Effect{PlayPrompt{prompt}}, nil
}

// or is the first of two texts that is not empty.
func or(text, usual string) string {
	if text == "" {
		return usual
	}
	return text
}

// abuseOver ends the call after the farewell, for the agent who need not hang up himself.
func abuseOver(s State, now time.Time) ([]Event, []Effect, error) {
	events, effects, err := wrapUp(s, EventLetGo{AbuseEnded}, BySystem, AbuseEnded, now)
	return append([]Event{EventPromptEnded{}}, events...), append([]Effect{StopTimer{AbuseTimer}, StopPrompt{}}, effects...), err
}

func applyAbuse(s State, event Event, at time.Time) State {
	switch e := event.(type) {
	case EventAbuseReported:
		s.AbuseAt = at
		if !s.insulted(e.By) {
			s.Insulted = append(slices.Clone(s.Insulted), Insulted{e.By, at, e.Recovery})
		}
		if !s.HelpOpen() {
			s.Help = Help{Since: at, By: e.By}
		}
		s.Help.Insulted = true
	case EventAbuseEnding:
		s.AbuseEnding, s.AbuseAt = true, at
	}
	return s
}

// abused is when an agent was insulted, the first time; zero: none was.
func (s State) abused() time.Time {
	if len(s.Insulted) == 0 {
		return time.Time{}
	}
	return s.Insulted[0].At
}

// putAbuse marks the customer, if it is known who he is.
func putAbuse(tx *db.Tx, s State, r Recorded) error {
	e, ok := r.Event.(EventAbuseReported)
	a := s.Arrival
	if !ok || a.Customer == "" {
		return nil
	}
	return customer.AddMark(tx, a.Tenant, a.Customer, customer.Mark{Kind: customer.Abuse, At: r.At, By: e.By, Interaction: string(s.ID)})
}

// errAbuseEnding refuses what would cut the farewell.
func errAbuseEnding() error {
	return fault.Conflict.New("The call ends with the farewell that is played; stop it first.")
}
