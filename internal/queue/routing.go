package queue

import (
	"slices"
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/skill"
)

// Routing is how a queue chooses the agent for a customer. The zero value asks for no skills and takes the usual strategy.
type Routing struct {
	Strategy Strategy `json:"strategy,omitempty"`
	// Weight is how much the waiting of its customers counts beside that of other queues; 0: 1.
	Weight int64 `json:"weight,omitempty"`
	// Needs are the skills its customers ask for; empty: every agent of the queue will do.
	Needs []skill.Need `json:"needs,omitempty"`
	// LanguageLevel is the least an agent must have of the skill whose key is the customer's language; 0: his language does
	// not matter. Where there is no such skill nobody is asked for it.
	LanguageLevel int64 `json:"language_level,omitempty"`
	// LanguageRelaxMS is after what wait the language is only preferred; 0: never.
	LanguageRelaxMS int64 `json:"language_relax_ms,omitempty"`
	// LastAgentMS is how long a customer waits for the agent whom he talked with last, before everybody may take him; 0: not
	// at all. LastAgentDays is how long ago that talk may be.
	LastAgentMS   int64 `json:"last_agent_ms,omitempty"`
	LastAgentDays int64 `json:"last_agent_days,omitempty"`
	// PerHour and PerDay are how many of its interactions an agent gets at most within 60 minutes and 24 hours; 0: as many as come.
	PerHour int64 `json:"per_hour,omitempty"`
	PerDay  int64 `json:"per_day,omitempty"`
}

// Limits of what is set.
const (
	MaxWeight = 100
	maxNeeds  = 20
)

// LastAgent is how long a customer waits for the agent he knows; 0: not at all.
func (r Routing) LastAgent() time.Duration { return time.Duration(r.LastAgentMS) * time.Millisecond }

// Known is since when a talk is recent enough for that.
func (r Routing) Known(now time.Time) time.Time { return now.AddDate(0, 0, -int(r.LastAgentDays)) }

// Asks are the needs of a customer whose language is a skill; no such skill is empty.
func (r Routing) Asks(language skill.ID) []skill.Need {
	asks := slices.Clone(r.Needs)
	if r.LanguageLevel == 0 || language == "" || slices.ContainsFunc(asks, func(n skill.Need) bool { return n.Skill == language }) {
		return asks
	}
	need := skill.Need{Skill: language, Level: int(r.LanguageLevel)}
	if r.LanguageRelaxMS > 0 {
		need.Relax = []skill.Relaxation{{AfterMS: r.LanguageRelaxMS}}
	}
	return append(asks, need)
}

func (r Routing) check(f *fault.Fields) {
	const hour = 3_600_000
	fault.OneOf(f, "routing.strategy", r.Strategy, Strategies()...)
	f.Range("routing.weight", r.Weight, 0, MaxWeight)
	if len(r.Needs) > maxNeeds {
		f.Add("routing.needs", fault.TooLong, "must have at most %d", maxNeeds)
	}
	seen := make(map[skill.ID]bool)
	for _, n := range r.Needs {
		n.Check(f, "routing.needs")
		if seen[n.Skill] && n.Skill != "" {
			f.Add("routing.needs", fault.Taken, "a skill is named twice")
		}
		seen[n.Skill] = true
	}
	f.Range("routing.language_level", r.LanguageLevel, 0, skill.MaxLevel)
	f.Range("routing.language_relax_ms", r.LanguageRelaxMS, 0, 24*hour)
	if r.LanguageLevel == 0 && r.LanguageRelaxMS != 0 {
		f.Add("routing.language_level", fault.Required, "say how well agents must speak the language")
	}
	f.Range("routing.last_agent_ms", r.LastAgentMS, 0, 24*hour)
	if r.LastAgentMS > 0 {
		f.Range("routing.last_agent_days", r.LastAgentDays, 1, 3650)
	} else if r.LastAgentDays != 0 {
		f.Add("routing.last_agent_ms", fault.Required, "say how long the customer waits for the agent")
	}
	f.Range("routing.per_hour", r.PerHour, 0, 10_000)
	f.Range("routing.per_day", r.PerDay, 0, 10_000)
}
