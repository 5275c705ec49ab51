// Package skill is what agents can do, such as a language or a product, and what waiting interactions ask of them.
// A language is a skill like any other. Storage works as in package tenant.
package skill

import (
	"time"

	"linekeeper/internal/kit/fault"
)

// ID identifies a skill.
type ID string

// The levels of a skill, from a beginner's to an expert's.
const (
	MinLevel = 1
	MaxLevel = 10
)

// Level is how well an agent has a skill.
type Level struct {
	Skill ID  `json:"skill_id"`
	Level int `json:"level"` // MinLevel to MaxLevel
}

// Need is what an interaction asks of the agent's skill.
type Need struct {
	Skill ID `json:"skill_id"`
	// Level is the least that will do; 0: the skill is only preferred, who has more of it comes before others.
	Level int `json:"level"`
	// Relax lowers the level step by step while the customer waits, by rising AfterMS; empty: never.
	Relax []Relaxation `json:"relax,omitempty"`
}

// Relaxation is the level that will do after a wait.
type Relaxation struct {
	AfterMS int64 `json:"after_ms"` // from the first time in line
	Level   int   `json:"level"`    // 0: anybody; who has more of the skill still comes first
}

// After is the least level that will do after so much waiting; 0: anybody.
func (n Need) After(wait time.Duration) int {
	level := n.Level
	for _, r := range n.Relax {
		if wait.Milliseconds() >= r.AfterMS {
			level = min(level, r.Level)
		}
	}
	return level
}

// Check validates one need; at names where it stands for messages.
func (n Need) Check(f *fault.Fields, at string) {
	if n.Skill == "" {
		f.Add(at+".skill_id", fault.Required, "must not be empty")
	}
	f.Range(at+".level", int64(n.Level), 0, MaxLevel)
	last := Relaxation{AfterMS: 0, Level: n.Level}
	for _, r := range n.Relax {
		const day = 24 * 3_600_000
		f.Range(at+".relax.after_ms", r.AfterMS, last.AfterMS+1, day)
		f.Range(at+".relax.level", int64(r.Level), 0, int64(max(0, last.Level-1)))
		last = r
	}
}
