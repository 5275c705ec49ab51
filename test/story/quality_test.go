package story

import (
	"testing"
	"time"

	"linekeeper/internal/edge/desk"
	"linekeeper/internal/media"
	"linekeeper/internal/sound"
	"linekeeper/test/world"
)

// TestPoorSound: an agent is told within 5 s of a bad spell whose line it is, of a silent microphone after
// 20 s, and when it is over; afterwards it stands in the record.
func TestPoorSound(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		sue := w.Agent("sue")
		if err := sue.Does(desk.Command{Kind: desk.CmdWatchBoard}); err != nil {
			t.Fatal(err)
		}
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		w.Passes(10 * time.Second)
		is := func(want sound.Trouble, within time.Duration) {
			t.Helper()
			w.Eventually(within, "ann is told "+string(want), func() bool { return ann.Quality() == want })
			name := ann.Me.Name
			w.Eventually(time.Second, "the board says so too", func() bool { return sue.Agents[name].Quality == want })
		}
		is("", 0)
		w.LineIsPoor(true)
		is(sound.PoorCustomer, 5*time.Second)
		w.LineIsPoor(false)
		is("", 6*time.Second)
		ann.ConnectionIsPoor(true)
		is(sound.PoorMine, 5*time.Second)
		ann.ConnectionIsPoor(false)
		is("", 6*time.Second)

		ann.MicrophoneIsSilent(true)
		w.Passes(19 * time.Second)
		is("", 0)
		is(sound.SilentMine, 2*time.Second)
		ann.MicrophoneIsSilent(false)
		is("", time.Second)
		ann.Controls(desk.Command{Kind: desk.CmdMute, On: true})
		ann.MicrophoneIsSilent(true)
		w.Passes(30 * time.Second)
		is("", 0) // who is muted is silent on purpose
		ann.Controls(desk.Command{Kind: desk.CmdMute})
		w.Passes(10 * time.Second)
		is("", 0)
		is(sound.SilentMine, 11*time.Second)
		caller.HangsUp()
		ann.WrapsUp()
		is("", time.Second)
		ann.Finishes("sold_big", "")
		ann.HasNothing()
		w.Passes(3 * time.Second)

		legs := w.Legs()
		if len(legs) != 2 {
			t.Fatalf("got %d legs, want the caller's and ann's: %+v", len(legs), legs)
		}
		for _, l := range legs {
			if l.Spells != 1 || l.Worst < 1 || l.Worst >= 3.5 || l.Heard.MOS < 3 || l.Heard.Loss < 0.005 || l.Heard.Packets < 1000 || !l.Ended.After(l.Began) {
				t.Errorf("got %+v", l)
			}
			switch l.Kind {
			case sound.Trunk:
				talks := 0
				for _, b := range l.Levels.Customer {
					if b&^media.Spoken < 40 {
						talks++
					}
				}
				if n := len(l.Levels.Customer); n < 90 || len(l.Levels.Others) != n || talks < n*3/4 {
					t.Errorf("levels of %d and %d s, the caller is heard in %d", n, len(l.Levels.Others), talks)
				}
				if l.Address != caller.Number || l.Codec == "" {
					t.Errorf("the caller's leg: got %q, %q", l.Address, l.Codec)
				}
			case sound.Browser:
				if string(l.User) != w.App.ID("user", "ann") {
					t.Errorf("ann's leg is of %q", l.User)
				}
			}
		}
	})
}
