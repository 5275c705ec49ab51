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

// TestAListeningCustomer: on a line that suppresses silence nothing is sent while the customer listens. Nobody takes that
// for a trouble while his telephone reports; when the line is dead the agent is told, and the call ends.
func TestAListeningCustomer(t *testing.T) {
	cases := map[string]struct {
		noise, reports bool
		dead           time.Duration // since the customer has fallen silent; 0: not
	}{
		"noise and reports":      {noise: true, reports: true},
		"pauses and reports":     {reports: true},
		"noise without reports":  {noise: true, dead: sound.SilentAfter},
		"neither is a dead line": {dead: sound.SilentAfter},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				ann := w.Agent("ann").IsAvailable()
				caller := w.SparseCaller(c.noise, c.reports).Dials(direct)
				caller.IsAnswered()
				caller.Speaks()
				ann.IsOffered(caller)
				ann.Accepts()
				ann.TalksWith(caller)
				if !c.noise { // he pauses and goes on
					caller.Hushes()
					w.Passes(2 * time.Second)
					caller.Speaks()
					w.Passes(2 * time.Second)
				}
				caller.Hushes()
				told := func() bool { return ann.Quality() == sound.SilentCustomer }
				if c.dead > 0 {
					w.Passes(c.dead - time.Second)
					if told() {
						t.Errorf("ann is told of the silence before %v", c.dead)
					}
					w.Eventually(2*time.Second, "ann is told of the silence", told)
					caller.HangsUp()
					ann.WrapsUp()
					ann.Finishes("sold_big", "")
					return
				}
				w.Passes(75 * time.Second)
				if q := ann.Quality(); q != "" {
					t.Errorf("while the customer listens ann is told %q", q)
				}
				caller.Speaks()
				ann.Hears("caller")
				caller.Hushes()
				w.Passes(30 * time.Second)
				caller.Call.Cut()
				w.Passes(14 * time.Second) // his last report is 5 s old at most
				if told() {
					t.Error("ann is told of the silence too soon")
				}
				w.Eventually(7*time.Second, "ann is told that nothing comes any more", told)
				caller.IsHungUpOnWithin(40 * time.Second)
				ann.WrapsUp()
				ann.Finishes("sold_big", "")
				if r := w.OneRecord(); r.Cause != interaction.ByCarrier {
					t.Errorf("the call of a dead line was ended by %s (%s)", r.Cause, r.CauseDetail)
				}
			})
		})
	}
}
