package story

import (
	"testing"
	"time"

	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/test/world"
)

// later is the number of a line that calls back.
const later = "+4420500"

// choosesCallback has a new caller take the offer and hang up.
func choosesCallback(w *world.World) *world.Caller {
	w.T.Helper()
	c := w.Caller().Dials(later)
	c.IsAnswered()
	w.Passes(500 * time.Millisecond)
	c.Presses("1") // yes
	w.Passes(2 * time.Second)
	c.Presses("1") // that number
	c.IsHungUpOn()
	w.Passes(time.Second)
	return c
}

// says yes to a callback: the phone follows when the customer has picked up.
func callsBack(w *world.World, ann *world.Agent) {
	w.T.Helper()
	v, _ := ann.InHand()
	if e := ann.Does(desk.Command{Kind: desk.CmdAccept, Interaction: string(v.Interaction)}); e != nil {
		w.T.Fatalf("accepting: %+v", e)
	}
}

// TestCallbackKeepsThePlace is ACD-05: A waits on the line, B leaves it to be called back, C waits behind.
// Their order stays A, B, C, also when the process dies in between.
func TestCallbackKeepsThePlace(t *testing.T) {
	for _, dies := range []bool{false, true} {
		name := map[bool]string{false: "alive", true: "killed"}[dies]
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				there := w.SIPPhone(firstWay)
				a := w.Caller().Dials(later)
				a.IsAnswered()
				w.Passes(10 * time.Second)
				b := choosesCallback(w)
				c := w.Caller().Dials(later)
				c.IsAnswered()
				w.Passes(10 * time.Second)
				if dies {
					w.Crashes()
					w.Passes(3 * time.Second)
					w.Starts()
					w.Passes(6 * time.Second)
				}
				ann := w.Agent("ann").IsAvailable()
				ann.IsOffered(a)
				ann.Accepts()
				ann.TalksWith(a)
				a.HangsUp()
				ann.IsOffered(b)
				callsBack(w, ann)
				there.Rings()
				w.Passes(5 * time.Second)
				there.PicksUp()
				there.Speaks()
				w.Passes(time.Second)
				ann.Connects()
				ann.Hears("outside")
				there.Listens("ann")
				there.HangsUp()
				ann.IsOffered(c)
				ann.Accepts()
				ann.TalksWith(c)
				c.HangsUp()
				ann.HasNothing()
			})
		})
	}
}

// TestCallbackBusy: a customer who is busy is called again after the gap, and given up after the last try;
// meanwhile the agent is free.
func TestCallbackBusy(t *testing.T) {
	world.Run(t, func(w *world.World) {
		there := w.SIPPhone(firstWay)
		b := choosesCallback(w)
		ann := w.Agent("ann").IsAvailable()
		for try := range 3 {
			ann.IsOffered(b)
			callsBack(w, ann)
			there.Rings()
			there.Declines()
			ann.HasNothing()
			w.Passes(4 * time.Minute)
			if _, any := ann.InHand(); any {
				t.Fatalf("offered again within the gap after try %d", try+1)
			}
			w.Passes(time.Minute)
		}
		w.Passes(10 * time.Minute)
		ann.HasNothing()
		calls := 0
		for _, r := range w.Records() {
			if r.Arrival.Origin == interaction.Callback {
				calls++
				if r.Phase != interaction.Done || r.Segment.Outcome != interaction.NotReached {
					t.Errorf("a call in vain is %s, %s", r.Phase, r.Segment.Outcome)
				}
			} else if r.Segment.Outcome != interaction.CalledBack {
				t.Errorf("the first call's outcome is %q, want %q", r.Segment.Outcome, interaction.CalledBack)
			}
		}
		if calls != 3 {
			t.Errorf("%d calls, want 3", calls)
		}
	})
}

// TestCallbackCustomerCallsAgain: who is on the line himself is not called back.
func TestCallbackCustomerCallsAgain(t *testing.T) {
	world.Run(t, func(w *world.World) {
		b := choosesCallback(w)
		b.Dials(direct)
		b.IsAnswered()
		b.HangsUp()
		w.Passes(6 * time.Second)
		ann := w.Agent("ann").IsAvailable()
		w.Passes(20 * time.Second)
		ann.HasNothing()
	})
}

// TestCallbackTwice: one number has one callback, however often it is asked for.
func TestCallbackTwice(t *testing.T) {
	world.Run(t, func(w *world.World) {
		there := w.SIPPhone(firstWay)
		b := choosesCallback(w)
		other := w.Caller().Dials(later)
		other.IsAnswered()
		w.Passes(500 * time.Millisecond)
		other.Presses("1")
		w.Passes(2 * time.Second)
		other.Presses("2") // another number
		w.Passes(2 * time.Second)
		other.Presses("00" + b.Number[1:] + "#")
		w.Passes(2 * time.Second)
		other.Presses("1")
		w.Passes(3 * time.Second)
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(b)
		callsBack(w, ann)
		there.Rings()
		there.PicksUp()
		w.Passes(time.Second)
		ann.Connects()
		there.HangsUp()
		ann.HasNothing()
		w.Passes(20 * time.Second)
		ann.HasNothing()
	})
}
