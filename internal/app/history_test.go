package app

import (
	"testing"
	"time"

	"linekeeper/internal/center"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

// TestDemoHasAPast: a week of finished calls that the rules allow, with everything a report shows.
func TestDemoHasAPast(t *testing.T) {
	d := dbtest.SQLite(t)
	file, err := center.Parse(demoFile)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second start finds its past
		if err := seedDemo(t.Context(), Defaults(), d, file); err != nil {
			t.Fatal(err)
		}
	}
	store := interaction.NewStore(d)
	var ids []interaction.ID
	if err := d.Read(t.Context(), func(tx *db.Tx) error {
		ids, err = db.All(tx, db.Scalar[interaction.ID], `SELECT id FROM interaction ORDER BY id LIMIT 100000`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(ids) < pastDays*callsPerDay/2 || len(ids) > pastDays*callsPerDay*2 {
		t.Errorf("got %d calls, want about %d", len(ids), pastDays*callsPerDay)
	}
	outcomes := map[interaction.Outcome]int{}
	missed, today, answers := 0, 0, 0
	for _, id := range ids {
		s, err := store.Load(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if s.Phase != interaction.Done || s.Ended.After(time.Now()) {
			t.Errorf("%s is %s and ends %v; every call of the past is over", id, s.Phase, s.Ended)
		}
		if s.Segment.Outcome == interaction.Answered && s.Disposition == "" {
			t.Errorf("%s was answered and has no disposition", id)
		}
		outcomes[s.Segment.Outcome]++
		missed += s.Segment.Missed
		answers += len(s.Answers)
		if time.Since(s.Arrived) < 24*time.Hour {
			today++
		}
	}
	if outcomes[interaction.Answered] == 0 || outcomes[interaction.Abandoned] == 0 || missed == 0 || today == 0 || answers < 10 {
		t.Errorf("the past is one-sided: %v, %d missed, %d in the last day, %d answers to surveys", outcomes, missed, today, answers)
	}
}
