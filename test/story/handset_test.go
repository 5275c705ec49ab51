package story

import (
	"testing"
	"time"

	"linekeeper/test/world"
)

// TestTheHoldOfAPhoneEndsWithIt: an agent who has the customer on hold at one phone and takes the call over to another
// talks with him there, for the desk and the record too; the other phone's own hold is its own.
func TestTheHoldOfAPhoneEndsWithIt(t *testing.T) {
	for name, crash := range map[string]bool{"": false, "restarted meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				first := w.Handset("cid", "127.0.0.9:7070")
				cid := w.Agent("cid").IsAvailable()
				caller := w.Caller().Dials(menu)
				caller.IsAnswered()
				w.Passes(time.Second)
				caller.Presses("2")
				first.Rings()
				first.PicksUp()
				first.Speaks()
				caller.Speaks()
				caller.Listens("ann")
				onHold := func() bool { v, ok := cid.InHand(); return ok && v.Phase == "connected" && v.OnHold }

				first.Holds(true)
				caller.Listens("music")
				w.Eventually(2*time.Second, "the desk shows the hold", onHold)
				w.Passes(10 * time.Second)
				if crash {
					w.Crashes()
					w.Passes(time.Second)
					w.Starts()
					cid.Arrives()
					w.Eventually(5*time.Second, "the desk shows the hold again", onHold)
				}
				second := first.Another("127.0.0.10:7070")
				second.TakesOver(first)
				second.Speaks()
				caller.Listens("ann")
				w.Eventually(2*time.Second, "the desk shows no hold", func() bool { return !onHold() })
				w.Passes(10 * time.Second)
				second.Holds(true)
				caller.Listens("music")
				w.Eventually(2*time.Second, "the desk shows the hold of the second phone", onHold)
				second.Holds(false)
				caller.Listens("ann")
				caller.HangsUp()
				cid.HasNothing()
				if r := w.OneRecord(); r.Hold < 9*time.Second || r.Hold > 15*time.Second || r.Talk < 10*time.Second {
					t.Errorf("the record has %v of hold and %v of talk, want some 10 s of each", r.Hold, r.Talk)
				}
			})
		})
	}
}
