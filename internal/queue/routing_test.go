package queue_test

import (
	"testing"
	"time"

	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
)

// TestAsks tells what a customer asks for whose language is a skill.
func TestAsks(t *testing.T) {
	t.Parallel()
	cards := skill.Need{Skill: "cards", Level: 3}
	thai := skill.Need{Skill: "th", Level: 5}
	relaxed := skill.Need{Skill: "th", Level: 5, Relax: []skill.Relaxation{{AfterMS: 20_000}}}
	for name, c := range map[string]struct {
		routing  queue.Routing
		language skill.ID
		want     []skill.Need
	}{
		"nothing":                    {queue.Routing{}, "th", nil},
		"needs alone":                {queue.Routing{Needs: []skill.Need{cards}}, "th", []skill.Need{cards}},
		"the language too":           {queue.Routing{Needs: []skill.Need{cards}, LanguageLevel: 5}, "th", []skill.Need{cards, thai}},
		"the language, for a while":  {queue.Routing{LanguageLevel: 5, LanguageRelaxMS: 20_000}, "th", []skill.Need{relaxed}},
		"a language without a skill": {queue.Routing{Needs: []skill.Need{cards}, LanguageLevel: 5}, "", []skill.Need{cards}},
		"the language is asked for":  {queue.Routing{Needs: []skill.Need{{Skill: "th", Level: 9}}, LanguageLevel: 5}, "th", []skill.Need{{Skill: "th", Level: 9}}},
	} {
		got := c.routing.Asks(c.language)
		if len(got) != len(c.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
			continue
		}
		for i := range got {
			if got[i].Skill != c.want[i].Skill || got[i].Level != c.want[i].Level || got[i].After(20*time.Second) != c.want[i].After(20*time.Second) {
				t.Errorf("%s: got %+v, want %+v", name, got, c.want)
			}
		}
	}
}
