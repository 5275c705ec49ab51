package story

import (
	"slices"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/sound"
	"linekeeper/test/world"
)

// timeLine is what was found in the sound of the only interaction, and what a flow heard of it.
func timeLine(w *world.World) (found []string) {
	w.T.Helper()
	id := w.OneRecord().ID
	err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) error {
		journal, err := (&interaction.Store{}).Journal(tx, id)
		for _, r := range journal {
			switch e := r.Event.(type) {
			case interaction.EventSoundDetected:
				found = append(found, string(e.Sound))
			case interaction.EventFlowStep:
				if e.What == flow.StepHeard {
					found = append(found, "heard "+e.Text)
				}
			}
		}
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return found
}

// TestASilentCustomer: an agent is told after 20 s that nothing is heard of the customer, and when that is
// over; the time line has both.
func TestASilentCustomer(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		caller.Speaks()
		w.Passes(30 * time.Second)
		if q := ann.Quality(); q != "" {
			t.Errorf("while the customer speaks ann is told %q", q)
		}
		caller.Hushes()
		w.Passes(18 * time.Second)
		if q := ann.Quality(); q != "" {
			t.Errorf("after 18 s ann is told %q", q)
		}
		w.Eventually(4*time.Second, "ann is told of the silence", func() bool { return ann.Quality() == sound.SilentCustomer })
		caller.Speaks()
		w.Eventually(3*time.Second, "ann is told that it is over", func() bool { return ann.Quality() == "" })
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		w.Passes(3 * time.Second)
		if got := timeLine(w); !slices.Equal(got, []string{"silence", "heard_again"}) {
			t.Errorf("the time line has %q", got)
		}
	})
}

// TestAFaxMachineIsNotQueued: a flow that listens sends a fax elsewhere, and people on to the line.
func TestAFaxMachineIsNotQueued(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		fax := w.Caller().Dials("+4420400")
		fax.IsAnswered()
		fax.Call.Say(make([]int16, 4000))
		fax.Call.Say(carrier.Tone(1100, 0.3, 500*time.Millisecond))
		fax.Call.Say(make([]int16, 8000))
		fax.IsHungUpOn()
		if got := timeLine(w); !slices.Equal(got, []string{"fax_calling", "heard fax"}) {
			t.Errorf("the time line of a fax has %q", got)
		}
		ann.HasNothing()

		person := w.Caller().Dials("+4420400")
		person.IsAnswered()
		person.Speaks()
		ann.IsOffered(person)
		person.HangsUp()
		w.Passes(time.Second)
	})
}
