package api

import (
	"reflect"

	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
)

// QueueRouting is how a queue chooses the agent for a customer.
type QueueRouting struct {
	Strategy        string      `json:"strategy,omitempty" enum:",longest_idle,least_handled,round_robin,by_level,random" doc:"Which of the free agents comes first; empty: who serves the fewest queues and has the fewest skills, so that the others are left for what only they can do"`
	Weight          int64       `json:"weight,omitempty" doc:"How much the waiting of its customers counts beside that of other queues, 1 to 100; 0: 1"`
	Needs           []SkillNeed `json:"needs,omitempty" maxItems:"20" doc:"Skills its customers ask for"`
	LanguageLevel   int64       `json:"language_level,omitempty" doc:"The least an agent must have of the skill whose key is the customer's language; 0: his language does not matter"`
	LanguageRelaxMs int64       `json:"language_relax_ms,omitempty" doc:"After what wait the language is only preferred; 0: never"`
	LastAgentMs     int64       `json:"last_agent_ms,omitempty" doc:"How long a customer waits for the agent he talked with last, before everybody may take him; 0: not at all"`
	LastAgentDays   int64       `json:"last_agent_days,omitempty" doc:"How long ago that talk may be"`
	PerHour         int64       `json:"per_hour,omitempty" doc:"So many of its interactions an agent gets at most within 60 minutes; 0: as many as come"`
	PerDay          int64       `json:"per_day,omitempty" doc:"The same within 24 hours"`
}

// SkillNeed is what a customer asks of the agent's skill.
type SkillNeed struct {
	SkillID string       `json:"skill_id" maxLength:"64"`
	Level   int          `json:"level" minimum:"0" maximum:"10" doc:"The least that will do; 0: preferred only, who has more of it comes first"`
	Relax   []Relaxation `json:"relax,omitempty" maxItems:"10" doc:"What will do after a wait; absent: nothing less"`
}

// Relaxation is the level that will do after a wait.
type Relaxation struct {
	AfterMs int64 `json:"after_ms" doc:"From the first time in line; each step later than the one before"`
	Level   int   `json:"level" minimum:"0" maximum:"10" doc:"Less than before; 0: anybody"`
}

func routingShown(r queue.Routing) *QueueRouting {
	if reflect.ValueOf(r).IsZero() {
		return nil
	}
	out := &QueueRouting{Strategy: string(r.Strategy), Weight: r.Weight, LanguageLevel: r.LanguageLevel, LanguageRelaxMs: r.LanguageRelaxMS,
		LastAgentMs: r.LastAgentMS, LastAgentDays: r.LastAgentDays, PerHour: r.PerHour, PerDay: r.PerDay}
	for _, n := range r.Needs {
		need := SkillNeed{SkillID: string(n.Skill), Level: n.Level}
		for _, x := range n.Relax {
			need.Relax = append(need.Relax, Relaxation{x.AfterMS, x.Level})
		}
		out.Needs = append(out.Needs, need)
	}
	return out
}

func routingTaken(r *QueueRouting) queue.Routing {
	if r == nil {
		return queue.Routing{}
	}
	out := queue.Routing{Strategy: queue.Strategy(r.Strategy), Weight: r.Weight, LanguageLevel: r.LanguageLevel, LanguageRelaxMS: r.LanguageRelaxMs,
		LastAgentMS: r.LastAgentMs, LastAgentDays: r.LastAgentDays, PerHour: r.PerHour, PerDay: r.PerDay}
	for _, n := range r.Needs {
		need := skill.Need{Skill: skill.ID(n.SkillID), Level: n.Level}
		for _, x := range n.Relax {
			need.Relax = append(need.Relax, skill.Relaxation{AfterMS: x.AfterMs, Level: x.Level})
		}
		out.Needs = append(out.Needs, need)
	}
	return out
}
