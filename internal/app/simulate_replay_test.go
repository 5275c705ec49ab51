package app

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/center"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/report"
	"linekeeper/internal/simulate"
	"linekeeper/internal/tenant"

	"github.com/spf13/cobra"
)

// seeded makes a demo center, whose yesterday is a busy day.
func seeded(t *testing.T, d *db.DB) (home tenant.Tenant, yesterday string) {
	t.Helper()
	file, err := center.Parse(demoFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := seedDemo(t.Context(), Defaults(), d, file); err != nil {
		t.Fatal(err)
	}
	err = d.Read(t.Context(), func(tx *db.Tx) (err error) {
		home, err = tenant.First(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return home, time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
}

// TestReplayAgreesWithReports: what the replay says that happened is what the reports say, on both engines, and what
// Linekeeper makes of the day is close to it.
func TestReplayAgreesWithReports(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		home, day := seeded(t, d)
		from, to, err := simulate.DayOf(day, home.Location(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		var records simulate.Records
		err = d.Read(t.Context(), func(tx *db.Tx) (err error) {
			records, err = simulate.ReadDay(tx, home.ID, from, to, home.Location())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		past, err := simulate.Learn([]simulate.Records{records})
		if err != nil {
			t.Fatal(err)
		}
		was, err := past.Happened()
		if err != nil {
			t.Fatal(err)
		}
		sum, err := report.New(d).Summary(t.Context(), report.Request{Tenant: home.ID, From: from, To: to, By: report.ByQueue, Channel: report.Voice})
		if err != nil {
			t.Fatal(err)
		}
		rows, customers := map[string]report.Sums{}, 0.0
		for _, r := range sum.Rows {
			rows[r.Key] = r.Sums
		}
		for i, q := range past.Queues {
			c, r := was.Classes[i], rows[string(q.ID)]
			got := [...]int64{int64(c.Offered), int64(c.Answered), int64(c.InTarget), int64(c.Abandoned), int64(c.Short)}
			if want := [...]int64{r.Offered, r.Answered, r.InTime, r.Abandoned, r.ShortAbandon}; got != want {
				t.Errorf("%s: offered, answered, in time, abandoned, short abandons are %v, the report has %v", q.Key, got, want)
			}
			customers += c.Offered
		}
		if customers < busyDay*3/4 {
			t.Errorf("only %v customers yesterday", customers)
		}
		base, err := past.Case("as now", 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		runs, err := simulate.Compare(t.Context(), []simulate.Case{base}, 10, nil)
		if err != nil {
			t.Fatal(err)
		}
		now := runs[0].Result
		if math.Abs(now.Abandoned-was.Abandoned) > 0.06 || math.Abs(now.MeanWait-was.MeanWait) > 0.3*was.MeanWait+5 || math.Abs(now.Occupancy-was.Occupancy) > 0.05 {
			t.Errorf("abandoned %.3f, mean wait %.1f, occupancy %.3f; really %.3f, %.1f, %.3f", now.Abandoned, now.MeanWait, now.Occupancy, was.Abandoned, was.MeanWait, was.Occupancy)
		}
	})
}

func replayText(t *testing.T, d *db.DB, o replaying, now time.Time) (string, error) {
	t.Helper()
	if err := o.check(); err != nil {
		return "", err
	}
	var out strings.Builder
	cmd := &cobra.Command{}
	cmd.SetOut(&out)
	err := o.play(context.Background(), cmd, d, now)
	return out.String(), err
}

func TestReplayCommand(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	_, day := seeded(t, d)
	now := time.Now()
	out, err := replayText(t, d, replaying{day: day, runs: 3, seed: 1, changes: []string{"support agents +2", "sales target 30s"}}, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(out)
	for _, want := range []string{"Support", "Taxi orders", "what happened", "as now", "error", "changed", "change: support agents +2", "Kaplan", "all queues"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	again, _ := replayText(t, d, replaying{day: day, runs: 3, seed: 1, changes: []string{"support agents +2", "sales target 30s"}}, now)
	if again != out {
		t.Error("the same day comes out otherwise")
	}
	out, err = replayText(t, d, replaying{day: day, runs: 1, project: "taxi"}, now)
	if err != nil || strings.Contains(out, "Support") || !strings.Contains(out, "Taxi orders") {
		t.Errorf("one project: %v\n%s", err, out)
	}
	for want, o := range map[string]replaying{
		"name the day":           {runs: 1},
		"is not a day":           {day: "yesterday", runs: 1},
		"in the future":          {day: now.AddDate(0, 0, 3).Format(time.DateOnly), runs: 1},
		"not over yet":           {day: now.UTC().Format(time.DateOnly), runs: 1},
		"nothing to play again":  {day: "2020-02-02", runs: 1},
		"--runs must be":         {day: day},
		"there is no queue":      {day: day, runs: 1, changes: []string{"magic agents +1"}},
		"there is no agent":      {day: day, runs: 1, changes: []string{"merlin serves sales"}},
		"says nothing that can":  {day: day, runs: 1, changes: []string{"support colour blue"}},
		"--project nowhere":      {day: day, runs: 1, project: "nowhere"},
		"must be after from":     {day: day, runs: 1, changes: []string{"support agents +1 14:00-10:00"}},
		"is not a time of day":   {day: day, runs: 1, changes: []string{"support agents +1 10:00-25:61"}},
		"whole number of agents": {day: day, runs: 1, changes: []string{"support agents +1.5"}},
		"there is no strategy":   {day: day, runs: 1, changes: []string{"support strategy magic"}},
	} {
		if _, err := replayText(t, d, o, now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: the error is %v, want %s", o, err, want)
		}
	}
}
