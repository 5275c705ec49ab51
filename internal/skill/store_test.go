package skill_test

import (
	"slices"
	"testing"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/skill"
	"linekeeper/internal/tenant"
)

func TestStore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var home tenant.Tenant
		var by audit.Author
		var anna access.User
		var thai, cards skill.Skill
		write := func(fn func(*db.Tx) error) error { return d.Write(t.Context(), fn) }
		err := write(func(tx *db.Tx) (err error) {
			if home, err = tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"}); err != nil {
				return err
			}
			by = audit.Author{Tenant: string(home.ID), Source: "test"}
			if anna, err = access.CreateUser(tx, by, access.User{Login: "anna", Name: "Anna", Role: access.Agent, Phone: access.BrowserPhone}); err != nil {
				return err
			}
			if thai, err = skill.Create(tx, by, skill.Skill{Key: "th", Names: tenant.Names{"en": "Thai", "th": "ไทย"}}); err != nil {
				return err
			}
			cards, err = skill.Create(tx, by, skill.Skill{Key: "cards", Names: tenant.Names{"en": "Cards"}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := write(func(tx *db.Tx) error {
			_, err := skill.Create(tx, by, skill.Skill{Key: "th", Names: tenant.Names{"en": "X"}})
			return err
		}); len(fault.FieldsOf(err)) != 1 || fault.FieldsOf(err)[0].Path != "key" {
			t.Errorf("the same key: %v", err)
		}
		set := func(all ...skill.Level) error {
			return write(func(tx *db.Tx) error { return skill.SetOfAgent(tx, by, anna.ID, all) })
		}
		has := func(want ...skill.Level) {
			t.Helper()
			slices.SortFunc(want, func(a, b skill.Level) int {
				if a.Skill < b.Skill {
					return -1
				}
				return 1
			})
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				got, err := skill.OfAgent(tx, home.ID, anna.ID)
				if !slices.Equal(got, want) {
					t.Errorf("got %+v, want %+v", got, want)
				}
				all, err2 := skill.AllHeld(tx, home.ID)
				if len(all) != len(want) || err2 != nil || len(all) > 0 && (all[0].User != anna.ID || all[0].Level != want[0]) {
					t.Errorf("all: %+v, %v", all, err2)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := set(skill.Level{Skill: thai.ID, Level: 9}, skill.Level{Skill: cards.ID, Level: 3}); err != nil {
			t.Fatal(err)
		}
		has(skill.Level{Skill: thai.ID, Level: 9}, skill.Level{Skill: cards.ID, Level: 3})
		for name, wrong := range map[string][]skill.Level{
			"no level":      {{Skill: thai.ID}},
			"too high":      {{Skill: thai.ID, Level: 11}},
			"twice":         {{Skill: thai.ID, Level: 1}, {Skill: thai.ID, Level: 2}},
			"no skill":      {{Level: 2}},
			"unknown skill": {{Skill: "x", Level: 2}},
		} {
			if err := set(wrong...); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		has(skill.Level{Skill: thai.ID, Level: 9}, skill.Level{Skill: cards.ID, Level: 3})
		lines := func() (n int) {
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				all, err := audit.List(tx, string(home.ID), audit.Filter{ObjectKind: "agent_skills"}, db.Page{Limit: 100})
				n = len(all)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := lines()
		if err := set(skill.Level{Skill: cards.ID, Level: 3}, skill.Level{Skill: thai.ID, Level: 9}); err != nil || lines() != before {
			t.Errorf("as it was: %v, %d audit lines, then %d", err, before, lines())
		}
		thai.Names = tenant.Names{"en": "The Thai language"}
		err = write(func(tx *db.Tx) error {
			if _, err := skill.Change(tx, by, thai); err != nil {
				return err
			}
			got, err := skill.ByKey(tx, home.ID, "th")
			if got.Names["en"] != thai.Names["en"] || got.Names["th"] != "" {
				t.Errorf("changed: %+v", got)
			}
			if err != nil {
				return err
			}
			return skill.Delete(tx, by, thai.ID)
		})
		if err != nil {
			t.Fatal(err)
		}
		has(skill.Level{Skill: cards.ID, Level: 3})
	})
}
