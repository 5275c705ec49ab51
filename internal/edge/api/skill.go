package api

import (
	"linekeeper/internal/access"
	"linekeeper/internal/skill"
)

// SkillFields are what an administrator sets of a skill.
type SkillFields struct {
	Key   string            `json:"key" maxLength:"64" doc:"Short name; a language's code, such as th: the skill is that language"`
	Names map[string]string `json:"names" doc:"By language"`
}

// Skill is something that agents can do more or less well.
type Skill struct {
	ID string `json:"id"`
	SkillFields
}

// SkillLevel is how well an agent has a skill.
type SkillLevel struct {
	SkillID string `json:"skill_id" maxLength:"64"`
	Level   int    `json:"level" minimum:"1" maximum:"10"`
}

func (s *server) skills() kept[skill.Skill, Skill, SkillFields] {
	return kept[skill.Skill, Skill, SkillFields]{
		kind: "skill", title: "Skill", titles: "Skills", path: "/skills", read: signedIn(), write: may(access.ChangeSetup),
		list: skill.List, after: func(n skill.Skill) string { return n.Key },
		get: byID(skill.Get), create: skill.Create, change: skill.Change, remove: removeByID(skill.Delete),
		show: func(n skill.Skill) Skill {
			return Skill{ID: string(n.ID), SkillFields: SkillFields{Key: n.Key, Names: plain(n.Names)}}
		},
		take: func(id string, f SkillFields) skill.Skill {
			return skill.Skill{ID: skill.ID(id), Key: f.Key, Names: named(f.Names)}
		},
	}
}

func levelShown(l skill.Level) SkillLevel { return SkillLevel{string(l.Skill), l.Level} }

func levelsTaken(all []SkillLevel) []skill.Level {
	out := make([]skill.Level, len(all))
	for i, l := range all {
		out[i] = skill.Level{Skill: skill.ID(l.SkillID), Level: l.Level}
	}
	return out
}
