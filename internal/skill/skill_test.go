package skill_test

import (
	"testing"
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/skill"
)

func TestNeedRelaxes(t *testing.T) {
	t.Parallel()
	need := skill.Need{Skill: "thai", Level: 8, Relax: []skill.Relaxation{{AfterMS: 20_000, Level: 5}, {AfterMS: 60_000, Level: 0}}}
	for _, c := range []struct {
		wait time.Duration
		want int
	}{{0, 8}, {20*time.Second - 1, 8}, {20 * time.Second, 5}, {59 * time.Second, 5}, {time.Minute, 0}, {time.Hour, 0}} {
		if got := need.After(c.wait); got != c.want {
			t.Errorf("after %v level %d will do, want %d", c.wait, got, c.want)
		}
	}
}

func TestNeedCheck(t *testing.T) {
	t.Parallel()
	step := func(after int64, level int) skill.Relaxation { return skill.Relaxation{AfterMS: after, Level: level} }
	for name, c := range map[string]struct {
		need skill.Need
		ok   bool
	}{
		"required":       {skill.Need{Skill: "a", Level: 3}, true},
		"preferred":      {skill.Need{Skill: "a"}, true},
		"relaxed":        {skill.Need{Skill: "a", Level: 3, Relax: []skill.Relaxation{step(1, 2), step(5, 0)}}, true},
		"no skill":       {skill.Need{Level: 3}, false},
		"too high":       {skill.Need{Skill: "a", Level: 11}, false},
		"grows stricter": {skill.Need{Skill: "a", Level: 3, Relax: []skill.Relaxation{step(1, 4)}}, false},
		"not in order":   {skill.Need{Skill: "a", Level: 3, Relax: []skill.Relaxation{step(5, 2), step(5, 1)}}, false},
		"nothing lower":  {skill.Need{Skill: "a", Relax: []skill.Relaxation{step(1, 0)}}, true},
	} {
		var f fault.Fields
		c.need.Check(&f, "needs")
		if err := f.Err(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
