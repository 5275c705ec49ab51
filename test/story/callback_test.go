package story

import (
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/callback"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
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
				agrees(t, w)
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

// TestCallbackTwice: one number has one callback of a queue, however often it is asked for.
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

// theCallback is the only request there is.
func theCallback(w *world.World) callback.Callback {
	w.T.Helper()
	all, err := w.App.Callbacks().List(w.T.Context(), tenant.ID(w.App.Author("").Tenant), callback.Filter{}, db.Page{})
	if err != nil || len(all) != 1 {
		w.T.Fatalf("got %d callbacks, %v", len(all), err)
	}
	return all[0]
}

// TestCallbackByTheSupervisor: a supervisor puts a callback off, cancels it, and takes that back; the board
// counts it, and the agent who is offered it sees how long the customer has waited.
func TestCallbackByTheSupervisor(t *testing.T) {
	world.Run(t, func(w *world.World) {
		sue := w.Agent("sue")
		if e := sue.Does(desk.Command{Kind: desk.CmdWatchBoard}); e != nil {
			t.Fatal(e)
		}
		shown := func(want int) {
			t.Helper()
			w.Passes(time.Second)
			if got := sue.Board["Later"].Callbacks; got != want {
				t.Errorf("the board shows %d callbacks, want %d", got, want)
			}
		}
		b := choosesCallback(w)
		shown(1)
		ann := w.Agent("ann")
		by := callback.By{Author: w.App.Author(w.ID("sue")), Role: "supervisor"}
		c := theCallback(w)
		engine := w.App.Callbacks()
		if err := engine.Move(w.T.Context(), by, c.ID, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		ann.IsAvailable()
		w.Passes(59 * time.Minute)
		ann.HasNothing()
		if err := engine.Cancel(w.T.Context(), by, c.ID, ""); err != nil {
			t.Fatal(err)
		}
		shown(0)
		if got := theCallback(w); got.State != callback.Cancelled || got.Why != "supervisor" {
			t.Errorf("cancelled, it is %s, %s", got.State, got.Why)
		}
		if err := engine.Reopen(w.T.Context(), by, c.ID); err != nil {
			t.Fatal(err)
		}
		w.Passes(time.Minute) // the time it was put off to
		ann.IsOffered(b)
		v, _ := ann.InHand()
		if v.Callback == nil || v.Callback.Since != c.Since.UnixMilli() || v.Callback.Attempt != 1 || v.Callback.Callback != string(c.ID) {
			t.Errorf("the desk shows %+v, want what waits since %v", v.Callback, c.Since)
		}
		if err := engine.Move(w.T.Context(), by, c.ID, time.Now().Add(time.Hour)); err == nil {
			t.Error("moved while an agent is asked")
		}
		if err := engine.Cancel(w.T.Context(), by, c.ID, ""); err != nil {
			t.Fatal(err)
		}
		w.Passes(time.Second)
		ann.HasNothing()
		shown(0)
	})
}

// TestCallbackKeptOnce: who has picked up is not called again, though the process died before the row of
// his request said so.
func TestCallbackKeptOnce(t *testing.T) {
	world.Run(t, func(w *world.World) {
		there := w.SIPPhone(firstWay)
		b := choosesCallback(w)
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(b)
		callsBack(w, ann)
		there.Rings()
		calling := theCallback(w)
		there.PicksUp()
		w.Passes(time.Second)
		ann.Connects()
		there.HangsUp()
		w.Passes(time.Second)
		w.SetUp(func(tx *db.Tx, _ audit.Author) error { // the row as it was when the phone rang
			_, err := tx.Exec(`UPDATE callback SET state = $1, ended_ms = 0 WHERE id = $2`, string(calling.State), calling.ID)
			return err
		})
		w.Crashes()
		w.Passes(time.Second)
		w.Starts()
		ann = w.Agent("ann").IsAvailable()
		w.Passes(20 * time.Second)
		ann.HasNothing()
		if got := theCallback(w); got.State != callback.Reached {
			t.Errorf("it is %s, want %s", got.State, callback.Reached)
		}
	})
}

// TestCallbackWhileDraining: a center that drains calls nobody any more and says nothing of it; the next run does.
func TestCallbackWhileDraining(t *testing.T) {
	world.Run(t, func(w *world.World) {
		b := choosesCallback(w)
		w.App.Drain()
		ann := w.Agent("ann").IsAvailable()
		w.Passes(30 * time.Second)
		ann.HasNothing()
		w.Stops()
		w.Passes(time.Second)
		w.Starts()
		ann = w.Agent("ann").IsAvailable()
		ann.IsOffered(b)
		by := callback.By{Author: w.App.Author(w.ID("ann")), Role: "agent"}
		if err := w.App.Callbacks().Cancel(w.T.Context(), by, theCallback(w).ID, ""); err != nil {
			t.Fatal(err)
		}
		w.Passes(time.Second)
		ann.HasNothing()
	})
}
