package story

import (
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/repair"
	"linekeeper/internal/routing"
	"linekeeper/test/world"
)

func TestSeatOfWhatIsOverIsReleased(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		w.App.Router().Keep("long-over", access.UserID(w.App.ID("user", "ann")))
		caller := w.Caller().Dials(direct)
		w.Passes(3 * time.Second)
		if _, offered := ann.InHand(); offered {
			t.Fatal("the seat was not taken")
		}
		w.PutsRight(repair.SeatKept, 1)
		ann.IsOffered(caller)
		caller.HangsUp()
		ann.HasNothing()
		w.PutRightOnly(repair.SeatKept)
	})
}

func TestPlacesAreRepaired(t *testing.T) {
	world.Run(t, func(w *world.World) {
		caller := w.Caller().Dials(direct)
		w.Eventually(5*time.Second, "the caller waits", func() bool {
			all := w.Records()
			return len(all) == 1 && all[0].Phase == interaction.Waiting
		})
		since, line := w.OneRecord().Queued, w.OneRecord().Segment.Rules.Queue
		id := w.OneRecord().ID
		w.App.Router().Withdraw(id, "")
		second := w.Caller().Dials(direct)
		w.PutsRight(repair.PlaceLost, 1)
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(caller) // not the second: the place is where it was
		ann.Accepts()
		ann.TalksWith(caller)
		if v, _ := ann.InHand(); v.Queued != since.UnixMilli() {
			t.Errorf("queued at %d, want %d", v.Queued, since.UnixMilli())
		}
		w.App.Router().Enqueue(routing.Place{Interaction: id, Queue: line, Since: time.Now()})
		w.PutsRight(repair.PlaceAstray, 1)
		second.HangsUp()
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		ann.HasNothing()
		w.PutRightOnly(repair.PlaceLost, repair.PlaceAstray)
	})
}

func TestScreenThatShowsWhatIsOver(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		w.App.Board().Refresh(interaction.State{ID: "long-over", Phase: interaction.Connected, Agent: access.UserID(w.App.ID("user", "ann"))})
		w.Settles()
		if _, shown := ann.InHand(); !shown {
			t.Fatal("nothing is shown")
		}
		w.PutsRight(repair.ShownWrong, 1)
		ann.HasNothing()
		if ann.Me.Activity != "idle" {
			t.Errorf("ann is shown %s", ann.Me.Activity)
		}
		w.PutRightOnly(repair.ShownWrong)
	})
}
