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

// TestADiskThatStalls: for longer than two looks nothing can be written down of what happens meanwhile: a talk ends, who
// waits is offered, somebody calls. When the disk goes on all of it is settled, and nobody has put anything right.
func TestADiskThatStalls(t *testing.T) {
	world.Run(t, func(w *world.World) {
		bob := w.Agent("bob").IsAvailable()
		talker := w.Caller().Dials(direct)
		bob.IsOffered(talker)
		bob.Accepts()
		bob.TalksWith(talker)
		ann := w.Agent("ann").IsAvailable()
		annID := access.UserID(w.App.ID("user", "ann"))
		w.App.Router().Keep("elsewhere", annID) // for a moment
		waiting := w.Caller().Dials(direct)
		waiting.IsAnswered()
		w.Passes(time.Second)

		resumes := w.DiskStalls()
		w.App.Router().Release(interaction.Release{Interaction: "elsewhere", Agent: annID})
		talker.HangsUp()
		late := w.Caller().Dials(direct)
		w.Passes(14 * time.Second)
		if _, offered := ann.InHand(); offered {
			t.Error("an offer is shown that is not written down")
		}
		late.IsRefused(503)
		resumes()
		ann.IsOffered(waiting)
		bob.WrapsUp()
		bob.Finishes("sold_big", "")
		ann.Accepts()
		ann.TalksWith(waiting)
		waiting.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		ann.HasNothing()
		bob.HasNothing()
		w.Passes(time.Minute)
		for _, r := range w.Records() {
			switch {
			case r.Phase != interaction.Done:
				t.Errorf("%s is not over", r.Arrival.CustomerAddress)
			case r.Arrival.CustomerAddress == late.Number && r.Cause != interaction.BySystem:
				t.Errorf("who was refused is recorded as ended by %s", r.Cause)
			case r.Arrival.CustomerAddress != late.Number && r.Cause != interaction.ByCustomer:
				t.Errorf("%s was ended by %s (%s)", r.Arrival.CustomerAddress, r.Cause, r.CauseDetail)
			}
		}
	})
}
