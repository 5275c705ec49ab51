package story

import (
	"slices"
	"testing"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/test/world"
)

// TestTheCustomerHolds: a customer who puts us on hold at his phone stands so at the desk and in the journal, over a
// restart too, and it counts as talk.
func TestTheCustomerHolds(t *testing.T) {
	for name, crash := range map[string]bool{"": false, "restarted meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				ann, caller := talks(w)
				holds := func(want bool) {
					t.Helper()
					w.Eventually(5*time.Second, "the desk shows whether the customer holds", func() bool {
						v, ok := ann.InHand()
						return ok && v.Phase == "connected" && v.CustomerHolds == want && !v.OnHold
					})
				}
				caller.Call.Hold(true)
				holds(true)
				w.Passes(10 * time.Second)
				if crash {
					w.Crashes()
					w.Passes(time.Second)
					w.Starts()
					ann.Arrives()
					ann.Connects()
					holds(true)
				}
				caller.Call.Hold(false)
				holds(false)
				caller.Listens("ann")
				ann.Hears("caller")
				caller.HangsUp()
				ann.WrapsUp()
				ann.Finishes("sold_big", "")
				r := w.OneRecord()
				if r.Talk < 10*time.Second || !crash && r.Hold != 0 {
					t.Errorf("got %v of talk and %v of hold, want more than 10 s and none", r.Talk, r.Hold)
				}
				var told []bool
				for _, e := range w.Journal() {
					if e, ok := e.Event.(interaction.EventCustomerHolds); ok {
						told = append(told, e.On)
					}
				}
				if !slices.Equal(told, []bool{true, false}) {
					t.Errorf("the journal has holds %v, want one and its end", told)
				}
			})
		})
	}
}
