package report_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/report"
)

// BenchmarkBigCenter measures reports and searches over LINEKEEPER_BENCH_INTERACTIONS (1,000,000)
// interactions of 90 days: go test -run - -bench BigCenter -benchtime 5x ./internal/report
func BenchmarkBigCenter(b *testing.B) {
	n := 1_000_000
	if v, err := strconv.Atoi(os.Getenv("LINEKEEPER_BENCH_INTERACTIONS")); err == nil {
		n = v
	}
	for _, engine := range []struct {
		name string
		open func(testing.TB) *db.DB
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		b.Run(engine.name, func(b *testing.B) { bigCenter(b, engine.open(b), n) })
	}
}

func bigCenter(b *testing.B, d *db.DB, n int) {
	const days = 90
	start := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
	c := newCenter(b, d)
	r := rand.New(rand.NewPCG(1, 1))
	begin := time.Now()
	for done := 0; done < n; {
		err := d.Write(b.Context(), func(tx *db.Tx) error {
			all := rows{}
			for range min(20_000, n-done) {
				all.put(c, c.random(r, start).later((days-3)*24*time.Hour/time.Duration(n)*time.Duration(done)))
				done++
			}
			return all.insert(tx)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("%d interactions written in %s", n, time.Since(begin).Round(time.Second))
	if d.Engine() == db.Postgres {
		if err := d.Write(b.Context(), func(tx *db.Tx) error { _, err := tx.Exec("ANALYZE"); return err }); err != nil {
			b.Fatal(err)
		}
	}
	reader := report.New(d)
	day := start.AddDate(0, 0, 45)
	for _, by := range []report.By{report.ByQueue, report.ByAgent, report.ByHour} {
		b.Run(fmt.Sprintf("day_by_%s", by), func(b *testing.B) {
			for b.Loop() {
				s, err := reader.Summary(b.Context(), report.Request{Tenant: c.tenant, From: day, To: day.AddDate(0, 0, 1), By: by})
				if err != nil || s.Total.Sums.Answered == 0 {
					b.Fatal(err, s.Total.Sums)
				}
			}
		})
	}
	b.Run("day_by_queue_of_entry", func(b *testing.B) {
		for b.Loop() {
			if _, err := reader.Summary(b.Context(), report.Request{Tenant: c.tenant, From: day, To: day.AddDate(0, 0, 1), By: report.ByQueue, Entry: c.entries[0]}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("all_by_day", func(b *testing.B) {
		for b.Loop() {
			if _, err := reader.Summary(b.Context(), report.Request{Tenant: c.tenant, From: start, To: start.AddDate(0, 0, days), By: report.ByDay}); err != nil {
				b.Fatal(err)
			}
		}
	})
	all := report.Viewer{Tenant: c.tenant, SeesAll: true}
	for name, f := range map[string]struct {
		v report.Viewer
		f report.Filter
	}{
		"newest":                {all, report.Filter{}},
		"day_abandoned":         {all, report.Filter{From: day, To: day.AddDate(0, 0, 1), At: report.Queued, Outcome: string(interaction.Abandoned)}},
		"day_missed":            {all, report.Filter{From: day, To: day.AddDate(0, 0, 1), At: report.Queued, MissedBy: report.Anybody}},
		"day_of_agent":          {all, report.Filter{From: day, To: day.AddDate(0, 0, 1), Agent: c.agents[0]}},
		"agent_own":             {report.Viewer{Tenant: c.tenant, User: c.agents[1]}, report.Filter{}},
		"rare_number_all_time":  {all, report.Filter{Text: "999999999"}},
		"queue_outcome_alltime": {all, report.Filter{Queue: c.queues[0], Outcome: "lost"}},
		"nobody_alltime":        {all, report.Filter{Agent: access.UserID("nobody")}},
	} {
		b.Run("search_"+name, func(b *testing.B) {
			for b.Loop() {
				if _, err := reader.Search(b.Context(), f.v, f.f, report.Page{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// later moves everything by a time.
func (w work) later(by time.Duration) work {
	move := func(t *time.Time) {
		if !t.IsZero() {
			*t = t.Add(by)
		}
	}
	move(&w.arrived)
	move(&w.ended)
	for i := range w.segments {
		s := &w.segments[i]
		move(&s.queued)
		move(&s.answered)
		move(&s.left)
		move(&s.ended)
	}
	return w
}
