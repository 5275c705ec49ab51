package story

import (
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/live"
	"linekeeper/internal/report"
	"linekeeper/test/world"
)

// TestOwnPast is DSK-05: what an agent has seen of his day is the day before in his past, and in the report.
func TestOwnPast(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, caller := talks(w)
		w.Passes(20 * time.Second)
		ann.Controls(desk.Command{Kind: desk.CmdHold, On: true})
		w.Passes(7 * time.Second)
		ann.Controls(desk.Command{Kind: desk.CmdHold})
		w.Passes(5 * time.Second)
		caller.HangsUp()
		ann.WrapsUp()
		w.Passes(3 * time.Second)
		ann.Finishes("sold_big", "")
		w.Settles()
		seen := ownDay(t, w)
		if seen.Calls != 1 || seen.Handled != 1 || seen.HoldMs != 7000 || seen.WrapUpMs < 3000 || seen.HandledMs != seen.TalkMs+seen.HoldMs+seen.WrapUpMs {
			t.Errorf("the day shows %+v", seen)
		}
		home := w.OneRecord().Arrival.Tenant
		reader := report.New(w.App.DB())
		today := w.App.Board().Today()
		w.Passes(time.Until(today.AddDate(0, 0, 1)) + time.Minute)
		if d := ownDay(t, w); d != (live.DayView{}) {
			t.Errorf("after midnight the day shows %+v", d)
		}
		days, err := reader.Past(w.T.Context(), home, access.UserID(w.ID("ann")), time.Now(), today.Location())
		if err != nil || len(days) != report.PastDays {
			t.Fatalf("%d days, %v", len(days), err)
		}
		d := days[len(days)-1]
		if got := (live.DayView{Calls: int(d.Calls), TalkMs: d.TalkMs, WrapUpMs: d.WrapUpMs, Missed: int(d.Missed), HoldMs: d.HoldMs,
			Handled: int(d.Handled), HandledMs: d.HandledMs}); got != seen || !d.From.Equal(today) {
			t.Errorf("yesterday, %s, was %+v; seen was %+v", d.From, got, seen)
		}
		if before := days[len(days)-2]; before.Day != (report.Day{}) {
			t.Errorf("the day before has %+v", before)
		}
		sums, err := reader.Summary(w.T.Context(), report.Request{Tenant: home, From: today, To: today.AddDate(0, 0, 1), By: report.ByAgent, Agent: access.UserID(w.ID("ann")), Zone: today.Location()})
		if err != nil || len(sums.Rows) != 1 {
			t.Fatalf("%+v, %v", sums.Rows, err)
		}
		if r := sums.Rows[0].Sums; r.Answered != d.Calls || r.Handled != d.Handled || r.TalkMs+r.HoldMs+r.WrapUpMs != d.HandledMs {
			t.Errorf("the report says %+v, the past %+v", r, d)
		}
	})
}

// ownDay is what ann's desk shows of her day.
func ownDay(t *testing.T, w *world.World) live.DayView {
	t.Helper()
	sub, now, ok := w.App.Board().Subscribe(access.UserID(w.ID("ann")))
	if !ok {
		t.Fatal("the board is closed")
	}
	sub.Leave()
	return now.Day
}
