package story

import (
	"testing"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/repair"
	"linekeeper/test/world"
)

// within is the promise: what is wrong is right again after that.
const within = 10 * time.Second

// puts waits until something of a kind was put right.
func puts(w *world.World, kind repair.Kind, n int) {
	w.T.Helper()
	w.Eventually(within, "repaired: "+string(kind), func() bool { return w.App.Repaired()[kind] >= n })
}

// once asserts that nothing else was touched, and everything once only.
func once(w *world.World, kinds ...repair.Kind) {
	w.T.Helper()
	w.Passes(time.Minute)
	want := map[repair.Kind]int{}
	for _, k := range kinds {
		want[k]++
	}
	for kind, n := range w.App.Repaired() {
		if n != want[kind] {
			w.T.Errorf("%d repairs of %s, want %d", n, kind, want[kind])
		}
	}
}

func TestSeatOfWhatIsOverIsReleased(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		w.App.Breaks(repair.SeatKept, "long-over", "ann")
		caller := w.Caller().Dials(direct)
		w.Passes(3 * time.Second)
		if _, offered := ann.InHand(); offered {
			t.Fatal("the seat was not taken")
		}
		puts(w, repair.SeatKept, 1)
		ann.IsOffered(caller)
		caller.HangsUp()
		ann.HasNothing()
		once(w, repair.SeatKept)
	})
}

func TestPlacesAreRepaired(t *testing.T) {
	world.Run(t, func(w *world.World) {
		caller := w.Caller().Dials(direct)
		w.Eventually(5*time.Second, "the caller waits", func() bool {
			all := w.Records()
			return len(all) == 1 && all[0].Phase == interaction.Waiting
		})
		since := w.OneRecord().Queued
		id := w.OneRecord().ID
		w.App.Breaks(repair.PlaceLost, id, "")
		second := w.Caller().Dials(direct)
		puts(w, repair.PlaceLost, 1)
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(caller) // not the second: the place is where it was
		ann.Accepts()
		ann.TalksWith(caller)
		if v, _ := ann.InHand(); v.Queued != since.UnixMilli() {
			t.Errorf("queued at %d, want %d", v.Queued, since.UnixMilli())
		}
		w.App.Breaks(repair.PlaceAstray, id, "")
		puts(w, repair.PlaceAstray, 1)
		second.HangsUp()
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		ann.HasNothing()
		once(w, repair.PlaceLost, repair.PlaceAstray)
	})
}

func TestLegOfNobodyIsHungUp(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		w.App.Breaks(repair.LegAstray, w.OneRecord().ID, "")
		w.Eventually(within, "the caller is hung up on", func() bool {
			select {
			case <-caller.Call.Done():
				return true
			default:
				return false
			}
		})
		ann.HasNothing()
		if r := w.OneRecord(); r.Open() || r.Cause != interaction.BySystem {
			t.Errorf("the record: got %s, %s", r.Phase, r.Cause)
		}
		next := w.Caller().Dials(direct)
		ann.IsOffered(next)
		next.HangsUp()
		ann.HasNothing()
		once(w, repair.LegAstray, repair.SeatKept, repair.RecordOpen, repair.ShownWrong)
	})
}

func TestCustomerWithoutALegHasLeft(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		w.App.Breaks(repair.LegLost, w.OneRecord().ID, "")
		puts(w, repair.LegLost, 1)
		puts(w, repair.CallAstray, 1)
		caller.IsHungUpOn()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		ann.HasNothing()
		if r := w.OneRecord(); r.Cause != interaction.ByCarrier || r.CauseDetail != "leg lost" {
			t.Errorf("the cause: got %s, %q", r.Cause, r.CauseDetail)
		}
		once(w, repair.LegLost, repair.CallAstray)
	})
}

func TestScreenThatShowsWhatIsOver(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		w.App.Breaks(repair.ShownWrong, "long-over", "ann")
		w.Settles()
		if _, shown := ann.InHand(); !shown {
			t.Fatal("nothing is shown")
		}
		puts(w, repair.ShownWrong, 1)
		ann.HasNothing()
		if ann.Me.Activity != "idle" {
			t.Errorf("ann is shown %s", ann.Me.Activity)
		}
		once(w, repair.ShownWrong)
	})
}
