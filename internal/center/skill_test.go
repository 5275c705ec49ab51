package center_test

import (
	"fmt"
	"strings"
	"testing"

	"linekeeper/internal/center"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
)

// TestSkills brings skills and agents' levels, leaves alone what a file does not name, and removes skills.
func TestSkills(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := center.New(d, secret.NewHasher(2)).Sealing(seals)
		apply := func(text string) (string, error) {
			t.Helper()
			f, err := center.Parse([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			diff, err := c.Apply(t.Context(), author(), f)
			return diff.String(), err
		}
		levels := func() center.Levels {
			t.Helper()
			f, err := c.Export(t.Context(), first(t, d), false)
			if err != nil {
				t.Fatal(err)
			}
			return f.Users[0].Skills
		}
		const skills = "skills: [{key: th, names: {en: Thai}}, {key: cards, names: {en: Cards}}]\n"
		if _, err := apply(skills + "users: [{login: ann, role: agent, skills: {th: 9, cards: 2}}]"); err != nil {
			t.Fatal(err)
		}
		if got := levels(); len(got) != 2 || got["th"] != 9 || got["cards"] != 2 {
			t.Errorf("levels: %v", got)
		}
		if diff, err := apply("users: [{login: ann, role: agent}]"); err != nil || !strings.HasPrefix(diff, "Nothing") || len(levels()) != 2 {
			t.Errorf("a file that does not name them: %v, %s, %v", err, diff, levels())
		}
		if diff, err := apply("users: [{login: ann, role: agent, skills: {th: 4, cards: 2}}]"); err != nil || !strings.Contains(diff, "skills.th: 9 → 4") {
			t.Errorf("a change: %v, %s", err, diff)
		}
		for wrong, where := range map[string]string{
			"users: [{login: ann, role: agent, skills: {thai: 4}}]":                                                       "users[0].skills.thai",
			"users: [{login: ann, role: agent, skills: {th: 11}}]":                                                        "users[0].skills.th",
			"prune: true\nskills: [{key: th, names: {en: Thai}}]\nusers: [{login: ann, role: agent, skills: {cards: 1}}]": "users[0].skills.cards",
		} {
			if _, err := apply(wrong); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), where) {
				t.Errorf("%s: %v", wrong, err)
			}
		}
		const asking = "projects: [{key: p}]\nqueues: [{key: q, project: p, routing: {strategy: by_level, language_level: 3, language_relax: 20s, " +
			"needs: [{skill: %s, level: 4, relax: [{after: 10s, level: 2}, {after: 20s}]}]}}]"
		if _, err := apply(fmt.Sprintf(asking, "card")); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "queues[0].routing.needs[0].skill") {
			t.Errorf("a queue that asks for a skill that is not there: %v", err)
		}
		if _, err := apply(fmt.Sprintf(asking, "cards")); err != nil {
			t.Fatal(err)
		}
		if out, err := c.Export(t.Context(), first(t, d), false); err != nil || out.Queues[0].Routing == nil || out.Queues[0].Routing.Needs[0].Skill != "cards" ||
			len(out.Queues[0].Routing.Needs[0].Relax) != 2 {
			t.Errorf("exported: %+v, %v", out.Queues[0].Routing, err)
		}
		const without = "prune: true\nskills: [{key: th, names: {en: Thai}}]\nusers: [{login: ann, role: agent}]"
		if _, err := apply(without); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "routing.needs[0]") {
			t.Errorf("a queue that asks for a skill that goes: %v", err)
		}
		if _, err := apply("queues: [{key: q, project: p}]"); err != nil {
			t.Fatal(err)
		}
		if diff, err := apply(without); err != nil || !strings.Contains(diff, "- skill cards") {
			t.Errorf("removed: %v, %s", err, diff)
		}
		if got := levels(); len(got) != 1 || got["th"] != 4 {
			t.Errorf("levels after a skill was removed: %v", got)
		}
	})
}
