package interaction_test

import (
	"testing"

	"linekeeper/internal/interaction"
	"linekeeper/test/world"
)

// A story, in the whole product: what an actor that was forgotten leaves behind is put right.
func TestLegOfNobodyIsHungUp(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials("+4420200")
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		w.App.Registry().LoseActor(w.OneRecord().ID)
		w.Eventually(world.PutRightWithin, "the caller is hung up on", func() bool {
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
		next := w.Caller().Dials("+4420200")
		ann.IsOffered(next)
		next.HangsUp()
		ann.HasNothing()
		w.PutRightOnly("leg_astray", "seat_kept", "record_open", "shown_wrong")
	})
}
