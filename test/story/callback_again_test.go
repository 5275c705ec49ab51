package story

import (
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/callback"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
	"linekeeper/test/world"
)

// callsAgain has who waits for a call dial the line that calls back once more, up to the question.
func callsAgain(w *world.World, c *world.Caller) {
	w.T.Helper()
	c.Dials(later)
	c.IsAnswered()
	w.Passes(500 * time.Millisecond)
}

// terms changes the project's terms for calling back.
func terms(w *world.World, c project.Callbacks) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		p, err := project.ByKey(tx, tenant.ID(by.Tenant), "shop")
		if err != nil {
			return err
		}
		p.Callbacks = c
		_, err = project.Change(tx, by, p)
		return err
	})
}

// cancelsAll ends all requests, so that nothing is left at the end of a story.
func cancelsAll(w *world.World) {
	w.T.Helper()
	engine, by := w.App.Callbacks(), callback.By{Author: w.App.Author(w.ID("sue")), Role: "supervisor"}
	open, err := engine.List(w.T.Context(), tenant.ID(by.Tenant), callback.Filter{Open: true}, db.Page{})
	if err != nil {
		w.T.Fatal(err)
	}
	for _, c := range open {
		if err := engine.Cancel(w.T.Context(), by, c.ID, ""); err != nil {
			w.T.Fatal(err)
		}
	}
	w.Passes(time.Second)
}

// TestCallbackKeptByWhoCallsAgain: who calls again and keeps the call is called in his old place, once; the process
// may die while he is asked.
func TestCallbackKeptByWhoCallsAgain(t *testing.T) {
	for _, dies := range []bool{false, true} {
		t.Run(map[bool]string{false: "alive", true: "killed"}[dies], func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				b := choosesCallback(w)
				before := theCallback(w)
				callsAgain(w, b)
				if dies {
					w.Crashes()
					w.Passes(2 * time.Second)
					w.Starts()
					w.Passes(2 * time.Second)
				}
				b.Presses("1")
				b.IsHungUpOn()
				w.Passes(6 * time.Second)
				if c := theCallback(w); c.State != callback.Waiting || !c.Since.Equal(before.Since) {
					t.Errorf("it is %s since %v, want waiting since %v", c.State, c.Since, before.Since)
				}
				ann := w.Agent("ann").IsAvailable()
				ann.IsOffered(b)
				if v, _ := ann.InHand(); v.Callback == nil {
					t.Errorf("ann is offered %+v, want the call back", v)
				}
				cancelsAll(w)
				ann.HasNothing()
			})
		})
	}
}

// TestCallbackCancelledByWhoCallsAgain: who calls again and cancels the call waits on the line.
func TestCallbackCancelledByWhoCallsAgain(t *testing.T) {
	world.Run(t, func(w *world.World) {
		b := choosesCallback(w)
		callsAgain(w, b)
		b.Presses("2")
		w.Passes(3 * time.Second)
		if c := theCallback(w); c.State != callback.Cancelled || c.Why != "customer" {
			t.Errorf("it is %s, %s", c.State, c.Why)
		}
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(b)
		if v, _ := ann.InHand(); v.Callback != nil {
			t.Error("ann is offered the call back")
		}
		ann.Accepts()
		ann.TalksWith(b)
		b.HangsUp()
		ann.HasNothing()
		w.Passes(20 * time.Second)
		ann.HasNothing()
	})
}

// TestCallbackOfWhoIsOnTheLine: who is on the line himself is not called meanwhile. Who hangs up without an agent is
// called after all; a talk for another queue changes nothing, one for the same queue ends it.
func TestCallbackOfWhoIsOnTheLine(t *testing.T) {
	world.Run(t, func(w *world.World) {
		b := choosesCallback(w)
		ann := w.Agent("ann")
		offered := func(back bool) {
			t.Helper()
			ann.IsOffered(b)
			if v, _ := ann.InHand(); (v.Callback != nil) != back {
				t.Fatalf("ann is offered a call back: %v, want %v", v.Callback != nil, back)
			}
		}
		b.Dials(direct) // sales
		b.IsAnswered()
		ann.IsAvailable()
		offered(false)
		ann.Accepts()
		ann.TalksWith(b)
		b.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		offered(true)
		callsAgain(w, b) // he is asked for while he calls himself
		w.Passes(time.Second)
		offered(false) // by the waiting flow's offer he did not decide
		ann.Declines()
		b.HangsUp()
		w.Passes(10 * time.Second)
		if got := theCallback(w).State; got != callback.Waiting {
			t.Errorf("without a talk it is %s", got)
		}
		callsAgain(w, b)
		ann.IsAvailable()
		offered(false)
		ann.Accepts()
		ann.TalksWith(b)
		b.HangsUp()
		ann.HasNothing()
		w.Passes(20 * time.Second)
		ann.HasNothing()
		if c := theCallback(w); c.State != callback.Cancelled || c.Why != "customer" {
			t.Errorf("after a talk it is %s, %s", c.State, c.Why)
		}
	})
}

// TestCallbacksAtOnce: with one call at a time, or one a minute, the second customer waits though an agent is free.
func TestCallbacksAtOnce(t *testing.T) {
	for name, c := range map[string]project.Callbacks{"one at a time": {AtOnce: 1}, "one a minute": {PerMinute: 1}} {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				w.Serve("later", "ann", "bob")
				terms(w, c)
				there := w.SIPPhone(firstWay)
				a, b := choosesCallback(w), choosesCallback(w)
				ann := w.Agent("ann").IsAvailable()
				ann.IsOffered(a)
				bob := w.Agent("bob").IsAvailable()
				w.Passes(5 * time.Second)
				bob.HasNothing()
				callsBack(w, ann)
				there.Rings()
				bob.HasNothing()
				there.PicksUp()
				w.Passes(time.Second)
				ann.Connects()
				if c.PerMinute > 0 {
					w.Passes(30 * time.Second)
					bob.HasNothing()
					w.Passes(25 * time.Second)
				}
				bob.IsOffered(b)
				cancelsAll(w)
				bob.HasNothing()
				there.HangsUp()
			})
		})
	}
}

// TestCallbackForEachWish: where a project lets a number have as many as it likes, a second wish is a second call.
func TestCallbackForEachWish(t *testing.T) {
	world.Run(t, func(w *world.World) {
		terms(w, project.Callbacks{OnePer: project.AnyNumber})
		b := choosesCallback(w)
		callsAgain(w, b)
		b.Presses("1") // yes
		w.Passes(2 * time.Second)
		b.Presses("1") // that number
		b.IsHungUpOn()
		w.Passes(6 * time.Second)
		all, err := w.App.Callbacks().List(w.T.Context(), tenant.ID(w.App.Author("").Tenant), callback.Filter{Open: true}, db.Page{})
		if err != nil || len(all) != 2 {
			t.Fatalf("%d callbacks, error %v, want 2", len(all), err)
		}
		for _, r := range w.Records() {
			if r.Segment.Outcome != interaction.CalledBack {
				t.Errorf("a call ended %s", r.Segment.Outcome)
			}
		}
		cancelsAll(w)
	})
}
