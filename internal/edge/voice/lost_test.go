package voice_test

import (
	"testing"

	"linekeeper/internal/interaction"
	"linekeeper/test/world"
)

// A story, in the whole product: a leg that was forgotten is put right.
func TestCustomerWithoutALegHasLeft(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials("+4420200")
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		w.App.Voice().LoseLeg(w.OneRecord().ID)
		w.PutsRight("leg_lost", 1)
		w.PutsRight("call_astray", 1)
		caller.IsHungUpOn()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		ann.HasNothing()
		if r := w.OneRecord(); r.Cause != interaction.ByCarrier || r.CauseDetail != "leg lost" {
			t.Errorf("the cause: got %s, %q", r.Cause, r.CauseDetail)
		}
		w.PutRightOnly("leg_lost", "call_astray")
	})
}
