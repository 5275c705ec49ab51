package story

import (
	"testing"
	"time"

	"linekeeper/internal/callback"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
	"linekeeper/test/world"
)

// slots is the number of a line whose callers choose when they are called.
const slots = "+4420502"

// choosesTime has a new caller ask for a call at an hour of today, take what he is offered, and hang up.
func choosesTime(w *world.World, hour string) *world.Caller {
	w.T.Helper()
	c := w.Caller().Dials(slots)
	c.IsAnswered()
	w.Passes(500 * time.Millisecond)
	for _, keys := range []string{"1", "1", "2", "1", hour, "1"} { // yes, that number, a time, today, the hour, right
		c.Presses(keys)
		w.Passes(2 * time.Second)
	}
	c.IsHungUpOn()
	w.Passes(time.Second)
	return c
}

// TestCallbackAtATime: a customer chooses when he is called; the second of a time that is full gets the next one. Who has
// a time is called then and not before, also if the process dies in between, and a supervisor may move it.
func TestCallbackAtATime(t *testing.T) {
	for _, dies := range []bool{false, true} {
		t.Run(map[bool]string{false: "alive", true: "killed"}[dies], func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				w.ChangesQueue("later", func(q *queue.Queue) { q.Callback.SlotMinutes, q.Callback.SlotCalls = 60, 1 })
				w.Flow("slots", slots, `"nodes":{
					"a":{"kind":"offer_callback","queue":"later","slots":true,"next":"end"},
					"end":{"kind":"hangup"}}`)
				there := w.SIPPhone(firstWay)
				begun := time.Now().UTC()
				want := begun.Truncate(time.Hour).Add(time.Hour)
				hour := want.Format("15") // the center is in UTC
				first, second := choosesTime(w, hour), choosesTime(w, hour)
				open, err := w.App.Callbacks().List(w.T.Context(), tenant.ID(w.App.Author("").Tenant), callback.Filter{Open: true}, db.Page{})
				if err != nil || len(open) != 2 {
					t.Fatalf("%d callbacks, error %v", len(open), err)
				}
				if !open[1].Slot.Equal(want) || !open[0].Slot.Equal(want.Add(time.Hour)) || open[0].State != callback.Resting {
					t.Fatalf("the times are %v and %v, want %v and an hour later", open[1].Slot, open[0].Slot, want)
				}
				if dies {
					w.Crashes()
					w.Passes(2 * time.Second)
					w.Starts()
				}
				ann := w.Agent("ann").IsAvailable()
				w.Passes(time.Until(want) - time.Minute)
				ann.HasNothing()
				w.Passes(time.Minute)
				ann.IsOffered(first)
				callsBack(w, ann)
				there.Rings()
				there.PicksUp()
				w.Passes(time.Second)
				ann.Connects()
				there.HangsUp()
				ann.HasNothing()
				by := callback.By{Author: w.App.Author(w.ID("sue")), Role: "supervisor"}
				if err := w.App.Callbacks().Move(w.T.Context(), by, open[0].ID, time.Now().Add(10*time.Minute)); err != nil {
					t.Fatal(err)
				}
				w.Passes(9 * time.Minute)
				ann.HasNothing()
				w.Passes(time.Minute)
				ann.IsOffered(second)
				if err := w.App.Callbacks().Cancel(w.T.Context(), by, open[0].ID, ""); err != nil {
					t.Fatal(err)
				}
				w.Passes(time.Second)
				ann.HasNothing()
			})
		})
	}
}
