package queue_test

import (
	"fmt"
	"testing"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
	"linekeeper/internal/tenant"
)

func TestStore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var home tenant.Tenant
		var by audit.Author
		var p project.Project
		var users []access.UserID
		err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
			users = nil
			if home, err = tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"}); err != nil {
				return err
			}
			by = audit.Author{Tenant: string(home.ID), Source: "test"}
			if p, err = project.Create(tx, by, project.Project{Key: "p", Name: "P"}); err != nil {
				return err
			}
			for i := range 3 {
				u, err := access.CreateUser(tx, by, access.User{Login: fmt.Sprint("u", i), Name: "U", Role: access.Agent, Phone: access.BrowserPhone})
				if err != nil {
					return err
				}
				users = append(users, u.ID)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		write := func(fn func(*db.Tx) error) error { return d.Write(t.Context(), fn) }
		create := func(change func(*queue.Queue)) (q queue.Queue, err error) {
			want := queue.Usual()
			want.Key, want.Name, want.ProjectID = "sales", "Sales", p.ID
			change(&want)
			err = write(func(tx *db.Tx) error { q, err = queue.Create(tx, by, want); return err })
			return q, err
		}
		q, err := create(func(*queue.Queue) {})
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			change func(*queue.Queue)
			path   string
		}{
			"same key":         {func(*queue.Queue) {}, "key"},
			"unknown project":  {func(q *queue.Queue) { q.Key, q.ProjectID = "a", "x" }, "project_id"},
			"unknown flow":     {func(q *queue.Queue) { q.Key, q.WaitingFlowID = "a", "x" }, "waiting_flow_id"},
			"unknown survey":   {func(q *queue.Queue) { q.Key, q.AfterFlowID, q.AfterShare = "a", "x", 20 }, "after_flow_id"},
			"survey of nobody": {func(q *queue.Queue) { q.Key, q.AfterFlowID = "a", "x" }, "after_share"},
			"share of nothing": {func(q *queue.Queue) { q.Key, q.AfterShare = "a", 20 }, "after_flow_id"},
			"share over 100":   {func(q *queue.Queue) { q.Key, q.TargetPercent = "a", 101 }, "target_percent"},
			"no ringing":       {func(q *queue.Queue) { q.Key, q.OfferMS = "a", 0 }, "offer_ms"},
			"unknown hours":    {func(q *queue.Queue) { q.Key, q.HoursID = "a", "x" }, "hours_id"},
			"closes never":     {func(q *queue.Queue) { q.Key, q.Closing.InLine.Do = "a", queue.HangUp }, "hours_id"},
			"unknown strategy": {func(q *queue.Queue) { q.Key, q.Routing.Strategy = "a", "best" }, "routing.strategy"},
			"unknown skill": {func(q *queue.Queue) {
				q.Key, q.Routing.Needs = "a", []skill.Need{{Skill: "x", Level: 2}}
			}, "routing.needs"},
			"the same skill twice": {func(q *queue.Queue) {
				q.Key, q.Routing.Needs = "a", []skill.Need{{Skill: "x", Level: 2}, {Skill: "x"}}
			}, "routing.needs"},
			"relaxes no language": {func(q *queue.Queue) { q.Key, q.Routing.LanguageRelaxMS = "a", 5 }, "routing.language_level"},
			"an agent for ever":   {func(q *queue.Queue) { q.Key, q.Routing.LastAgentMS = "a", 5 }, "routing.last_agent_days"},
			"no time for him":     {func(q *queue.Queue) { q.Key, q.Routing.LastAgentDays = "a", 5 }, "routing.last_agent_ms"},
			"prolonged for ever":  {func(q *queue.Queue) { q.Key, q.Desk.Extensions = "a", 21 }, "desk.extensions"},
			"too heavy":           {func(q *queue.Queue) { q.Key, q.Routing.Weight = "a", 101 }, "routing.weight"},
			"fewer than none":     {func(q *queue.Queue) { q.Key, q.Routing.PerHour = "a", -1 }, "routing.per_hour"},
			"no other queue": {func(q *queue.Queue) {
				q.Key, q.HoursID, q.Closing.After.Do = "a", "x", queue.OtherQueue
			}, "closing.after.queue"},
			"calls nobody back": {func(q *queue.Queue) {
				q.Key, q.HoursID, q.Closing.InLine.Do = "a", "x", queue.CallBack
			}, "closing.in_line.do"},
		} {
			_, err := create(c.change)
			if f := fault.FieldsOf(err); len(f) != 1 || f[0].Path != c.path {
				t.Errorf("%s: got %v, want a fault of %s", name, err, c.path)
			}
		}
		err = write(func(tx *db.Tx) error {
			if got, err := queue.Get(tx, home.ID, q.ID); err != nil || db.JSON(got) != db.JSON(q) {
				t.Errorf("got %+v, %v; want %+v", got, err, q)
			}
			calendar, err := hours.Create(tx, by, hours.Hours{Key: "h", Name: "H", TimeZone: "UTC"})
			if err != nil {
				return err
			}
			thai, err := skill.Create(tx, by, skill.Skill{Key: "th", Names: tenant.Names{"en": "Thai"}})
			if err != nil {
				return err
			}
			q.Routing = queue.Routing{Strategy: queue.ByLevel, Weight: 3, LanguageLevel: 5, LanguageRelaxMS: 20_000, LastAgentMS: 9_000, LastAgentDays: 7, PerHour: 6, PerDay: 40,
				Needs: []skill.Need{{Skill: thai.ID, Level: 8, Relax: []skill.Relaxation{{AfterMS: 20_000, Level: 5}, {AfterMS: 60_000}}}}}
			q.Name, q.WrapUpMS, q.HoursID = "Best sales", 0, string(calendar.ID)
			q.Closing = queue.Closing{InLine: queue.Act{Do: queue.OtherQueue, Queue: "b"}, After: queue.Act{Do: queue.RunFlow, Flow: "f"}, BreakMS: 5}
			if _, err := queue.Change(tx, by, q); err != nil {
				return err
			}
			if got, err := queue.Get(tx, home.ID, q.ID); err != nil || db.JSON(got) != db.JSON(q) {
				t.Errorf("changed: got %+v, %v; want %+v", got, err, q)
			}
			if err := queue.SetMembers(tx, by, q.ID, []access.UserID{users[2], users[0], users[2]}); err != nil {
				return err
			}
			got, err := queue.Members(tx, home.ID, q.ID)
			if fmt.Sprint(got) != fmt.Sprint([]access.UserID{users[0], users[2]}) {
				t.Errorf("members: %v", got)
			}
			if err != nil {
				return err
			}
			if err := queue.SetOfAgent(tx, by, users[1], []queue.ID{q.ID}); err != nil {
				return err
			}
			if err := queue.SetOfAgent(tx, by, users[0], nil); err != nil {
				return err
			}
			all, err := queue.AllMembers(tx, home.ID)
			if len(all) != 2 || all[0].UserID != users[1] || all[1].UserID != users[2] {
				t.Errorf("all members: %v", all)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := write(func(tx *db.Tx) error { return queue.SetMembers(tx, by, q.ID, []access.UserID{"x"}) }); !fault.Is(err, fault.Invalid) {
			t.Errorf("unknown user: %v", err)
		}
		if err := write(func(tx *db.Tx) error { return project.Delete(tx, by, p.ID) }); !fault.Is(err, fault.Conflict) {
			t.Errorf("a project in use: %v", err)
		}
		if err := write(func(tx *db.Tx) error { return queue.Delete(tx, by, q.ID) }); err != nil {
			t.Errorf("delete: %v", err)
		}
		if err := write(func(tx *db.Tx) error { return project.Delete(tx, by, p.ID) }); err != nil {
			t.Errorf("a project not in use: %v", err)
		}
	})
}
