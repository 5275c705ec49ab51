package center

import (
	"fmt"
	"maps"
	"slices"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/skill"
)

func (r *run) skills(have File) error {
	return bring(r, step[Skill]{
		kind: "skill", want: r.f.Skills, have: have.Skills, path: in("skills"),
		key: func(s Skill) string { return s.Key },
		create: func(_ string, s Skill) (string, error) {
			n, err := skill.Create(r.tx, r.by, s.noun())
			return string(n.ID), err
		},
		change: func(_, id string, s Skill) error {
			n := s.noun()
			n.ID = skill.ID(id)
			_, err := skill.Change(r.tx, r.by, n)
			return err
		},
		remove: func(id string) error { return skill.Delete(r.tx, r.by, skill.ID(id)) },
	})
}

// staying are the levels of skills that are not removed.
func (r *run) staying(old Levels) Levels {
	out := make(Levels)
	for key, level := range old {
		if !slices.Contains(r.gone, thing{"skill", key}) {
			out[key] = level
		}
	}
	return out
}

// setSkills gives a user the skills of the file.
func (r *run) setSkills(path string, user access.UserID, want Levels) error {
	var levels []skill.Level
	var failed error
	for _, key := range slices.Sorted(maps.Keys(want)) {
		at := path + ".skills." + key
		if slices.Contains(r.gone, thing{"skill", key}) {
			r.src.add(at, fault.NotAllowed, "the skill %q is not in the file and would be removed", key)
			failed = errUnresolved
			continue
		}
		id, err := r.ref(at, "skill", key)
		if err != nil {
			failed = err
			continue
		}
		if level := want[key]; level < skill.MinLevel || level > skill.MaxLevel {
			r.src.add(at, fault.OutOfRange, "%s", fmt.Sprintf("a level is %d to %d, not %d", skill.MinLevel, skill.MaxLevel, level))
			failed = errUnresolved
		}
		levels = append(levels, skill.Level{Skill: skill.ID(id), Level: int(want[key])})
	}
	if failed != nil {
		return failed
	}
	return skill.SetOfAgent(r.tx, r.by, user, levels)
}

// askedSkills gives needs the ids of the skills in place of their keys.
func (r *run) askedSkills(path string, needs []skill.Need) error {
	var failed error
	for i := range needs {
		id, err := r.ref(at(path+".routing.needs", i)+".skill", "skill", string(needs[i].Skill))
		if err != nil {
			failed = err
		}
		needs[i].Skill = skill.ID(id)
	}
	return failed
}
