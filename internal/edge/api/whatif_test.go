package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/audit"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/queue"
)

// lived gives a center a day: one agent, who is there from 9 to 17, and a customer every three minutes, whom he takes for two
// and a half; by noon twice as many come, and most leave after a minute.
func (w *world) lived(d *db.DB, day time.Time) {
	w.write(func(tx *db.Tx) error {
		var who access.UserID
		users, err := access.ListUsers(tx, w.tenant, db.Page{Limit: db.Unlimited})
		if err != nil {
			return err
		}
		for _, u := range users {
			if u.Role == access.Agent && who == "" {
				who = u.ID
			}
		}
		if err := queue.SetMembers(tx, audit.Author{Tenant: string(w.tenant)}, w.queue, []access.UserID{who}); err != nil {
			return err
		}
		if err := agent.Import(tx, w.tenant, []agent.Stretch{{User: who, From: day.Add(9 * time.Hour), Status: agent.Available},
			{User: who, From: day.Add(17 * time.Hour), Status: agent.Offline, Reason: agent.SignedOut}}); err != nil {
			return err
		}
		store := interaction.NewStore(d)
		free := time.Time{}
		for i, at := 0, day.Add(9*time.Hour+time.Minute); at.Before(day.Add(16 * time.Hour)); i++ {
			s, events, now := interaction.State{}, []interaction.Recorded(nil), at
			step := func(after time.Duration, in interaction.Input) {
				now = now.Add(after)
				made, _, err := interaction.Decide(s, in, now)
				if err != nil {
					w.t.Fatal(err)
				}
				for _, e := range made {
					r := interaction.Recorded{Seq: s.Seq + 1, At: now, Event: e}
					s, events = interaction.Apply(s, r), append(events, r)
				}
			}
			step(0, interaction.Arrived{Arrival: interaction.Arrival{Tenant: w.tenant, Project: w.project, Channel: interaction.Voice, Origin: interaction.Inbound, CustomerAddress: "+66812345678", Flow: "main"}})
			step(time.Second, interaction.FlowQueued{Rules: interaction.QueueRules{Queue: w.queue, Target: 20 * time.Second, ShortAbandon: 5 * time.Second, OfferTime: 20 * time.Second}})
			if wait := max(0, free.Sub(now)); wait > time.Minute {
				step(time.Minute, interaction.CustomerLeft{Cause: interaction.ByCustomer})
			} else {
				step(wait, interaction.OfferMade{Agent: who})
				step(2*time.Second, interaction.AgentAccepted{Agent: who})
				step(0, interaction.PhoneConnected{Agent: who})
				step(150*time.Second, interaction.CustomerLeft{Cause: interaction.ByCustomer})
				free = now
			}
			if err := store.Import(tx, interaction.ID(fmt.Sprintf("%s-%04d", day.Format(time.DateOnly), i)), events); err != nil {
				return err
			}
			if at = at.Add(3 * time.Minute); at.Hour() == 12 {
				at = at.Add(-90 * time.Second)
			}
		}
		return nil
	})
}

func TestWhatIf(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		bangkok, err := time.LoadLocation("Asia/Bangkok") // the tenant's
		if err != nil {
			t.Fatal(err)
		}
		year, month, today := time.Now().In(bangkok).Date()
		day := time.Date(year, month, today-1, 0, 0, 0, 0, bangkok)
		w.lived(d, day)
		var start WhatIfStart
		w.must(http.StatusOK, &start, "supervisor", "GET", "/api/v1/simulations/start", "")
		name := day.Format(time.DateOnly)
		if len(start.Days) != 1 || start.Days[0].Day != name || start.Days[0].Customers < 100 || len(start.Queues) == 0 || len(start.Agents) != 1 || start.TimeZone != "Asia/Bangkok" {
			t.Fatalf("it begins with %+v", start)
		}
		key, login := start.Agents[0].Queues[0], start.Agents[0].Login
		play := func(body string) WhatIf {
			t.Helper()
			var run WhatIf
			w.must(http.StatusCreated, &run, "supervisor", "POST", "/api/v1/simulations", body)
			for range 100 { // each asks for so long as whatIfWait
				if w.must(http.StatusOK, &run, "supervisor", "GET", "/api/v1/simulations/"+run.ID, ""); run.State != "running" {
					return run
				}
			}
			t.Fatalf("it does not end: %+v", run)
			return run
		}
		run := play(fmt.Sprintf(`{"day":%q,"weeks":3,"changes":[{"what":"agents","queue":%q,"by":1,"from":720,"to":780}]}`, name, key))
		if run.State != "finished" || run.Result == nil || run.Done != run.Of {
			t.Fatalf("the run ends as %+v", run)
		}
		r := run.Result
		if len(r.Days) != 1 || r.Turns != 10 || len(r.Queues) != 2 || r.Queues[0].Key != "*" || r.Queues[1].Key != key || len(r.Queues[1].After.Hours.Level) != 24 {
			t.Fatalf("the result is %+v", r)
		}
		if f := r.Focus; f.Queue != key || f.From != 720 || f.To != 780 || f.Before == nil || *f.After < *f.Before+0.2 {
			t.Errorf("the focus is %+v, from %v to %v", f, *f.Before, *f.After)
		}
		q := r.Queues[1]
		if off := *q.Before.Total.Level - *q.Happened.Level; off < -0.05 || off > 0.05 {
			t.Errorf("%.3f are answered in time, really %.3f", *q.Before.Total.Level, *q.Happened.Level)
		}
		if *q.Before.Hours.Level[10] < 0.99 || *q.Before.Hours.Level[12] > 0.9 || q.Before.Hours.Level[3] != nil || *q.After.Hours.Level[12] < 0.95 {
			t.Errorf("by hour: %v, %v", *q.Before.Hours.Level[10], *q.Before.Hours.Level[12])
		}
		if len(r.Agents) != 1 || *r.Agents[0].Before < 0.5 || *r.Agents[0].BeforeHours[12] < *r.Agents[0].BeforeHours[10] || r.MeanWait.Mean >= 0 || r.Patience.GaveUp == 0 {
			t.Errorf("agents %+v, wait %+v, patience %+v", r.Agents, r.MeanWait, r.Patience)
		}
		if run := play(fmt.Sprintf(`{"day":%q,"changes":[]}`, name)); run.State != "finished" || run.Result.MeanWait.Mean != 0 || run.Result.Focus.Queue != "*" {
			t.Errorf("without changes: %+v", run.Result)
		}
		if run := play(fmt.Sprintf(`{"day":%q,"changes":[{"what":"volume","by":50},{"what":"target","queue":%q,"by":60},{"what":"away","agent":%q,"from":840,"to":900}]}`, name, key, login)); run.Result.Focus.Queue != "*" || run.Result.Queues[1].TargetS != 60 {
			t.Errorf("several changes: %+v", run.Result.Focus)
		}
		w.refused(http.StatusNotFound, "administrator", "GET", "/api/v1/simulations/"+run.ID, "")
		w.refused(http.StatusNotFound, "supervisor", "DELETE", "/api/v1/simulations/nothing", "")
		var slow WhatIf
		w.must(http.StatusCreated, &slow, "supervisor", "POST", "/api/v1/simulations", fmt.Sprintf(`{"day":%q,"changes":[]}`, name))
		w.must(http.StatusNoContent, nil, "supervisor", "DELETE", "/api/v1/simulations/"+slow.ID, "")
		for body, field := range map[string]string{
			`{"day":"2020-01-01","changes":[]}`:                                                            "day",
			fmt.Sprintf(`{"day":%q,"changes":[]}`, day.AddDate(0, 0, 1).Format(time.DateOnly)):             "day",
			`{"day":"yesterday","changes":[]}`:                                                             "day",
			fmt.Sprintf(`{"day":%q,"changes":[{"what":"agents","queue":"none","by":1}]}`, name):            "queue",
			fmt.Sprintf(`{"day":%q,"changes":[{"what":"agents","queue":%q,"by":0.5}]}`, name, key):         "by",
			fmt.Sprintf(`{"day":%q,"changes":[{"what":"magic"}]}`, name):                                   "what",
			fmt.Sprintf(`{"day":%q,"changes":[{"what":"strategy","queue":%q,"strategy":"x"}]}`, name, key): "strategy",
		} {
			p := w.refused(http.StatusUnprocessableEntity, "supervisor", "POST", "/api/v1/simulations", body)
			if len(p.Fields) == 0 || !strings.Contains(p.Fields[0].Path, field) {
				t.Errorf("%s: %+v", body, p.Fields)
			}
		}
	})
}
