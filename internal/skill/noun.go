package skill

import (
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// Skill is something that agents can do more or less well. One whose key is a language's code, such as th, is that language.
type Skill struct {
	ID    ID           `json:"id"`
	Key   string       `json:"key"` // unique
	Names tenant.Names `json:"names"`
}

// Validate checks what can be checked without the database.
func (s Skill) Validate() error {
	var f fault.Fields
	f.Key("key", s.Key)
	s.Names.Check(&f, "names")
	return f.Err()
}

// CheckLevels validates what one agent can do; at names where the list stands for messages.
func CheckLevels(f *fault.Fields, at string, all []Level) {
	seen := make(map[ID]bool)
	for _, l := range all {
		switch {
		case l.Skill == "":
			f.Add(at, fault.Required, "choose the skill")
		case seen[l.Skill]:
			f.Add(at, fault.Taken, "a skill is named twice")
		}
		seen[l.Skill] = true
		if l.Level < MinLevel || l.Level > MaxLevel {
			f.Add(at, fault.OutOfRange, "a level is %d to %d, not %d", MinLevel, MaxLevel, l.Level)
		}
	}
}
