package story

import (
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
	"linekeeper/test/world"
)

func available(a *world.Agent) *desk.Error {
	return a.Does(desk.Command{Kind: desk.CmdSetStatus, Status: "available"})
}

// TestAvailableAtTheMomentOfAMiss: the button and the end of the offer cross. Whoever wins, board,
// router and screen say the same.
func TestAvailableAtTheMomentOfAMiss(t *testing.T) {
	for _, early := range []time.Duration{time.Millisecond, 0, -time.Millisecond} {
		t.Run(early.String(), func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				ann := w.Agent("ann").IsAvailable()
				caller := w.Caller().Dials(direct)
				ann.IsOffered(caller)
				v, _ := ann.InHand()
				time.Sleep(time.Until(time.UnixMilli(v.OfferUntil).Add(-early)))
				if err := available(ann); err != nil {
					t.Fatalf("available: %+v", err)
				}
				w.Passes(2 * time.Second)
				_, offered := ann.InHand()
				if shown := ann.Me.Status == "available"; offered != shown {
					t.Fatalf("ann is shown as %s %s; offered again: %v", ann.Me.Status, ann.Me.Reason, offered)
				}
				if !offered {
					if err := available(ann); err != nil {
						t.Fatalf("available again: %+v", err)
					}
				}
				ann.IsOffered(caller)
				caller.HangsUp()
				ann.HasNothing()
			})
		})
	}
}

func TestAgentDisabledInMidCall(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		w.ChangesUser("ann", func(u *access.User) { u.Disabled = true })
		w.Passes(10 * time.Second)
		if !caller.Hears() {
			t.Error("the talk was cut because ann was disabled")
		}
		waiting := w.Caller().Dials(direct)
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "my last one")
		w.Passes(5 * time.Second)
		if len(ann.Work) != 0 {
			t.Error("a disabled agent is offered a caller")
		}
		if err := available(ann); err == nil || err.Code != "denied" {
			t.Errorf("a disabled agent becomes available: got %+v, want denied", err)
		}
		w.ChangesUser("ann", func(u *access.User) { u.Disabled = false })
		ann.IsOffered(waiting) // she never chose another status
		if ann.Day.Calls != 1 {
			t.Errorf("ann's day has %d calls, want the one before she was disabled", ann.Day.Calls)
		}
		waiting.HangsUp()
		ann.HasNothing()
		if r := w.Records()[0]; r.Note != "my last one" || r.Cause != interaction.ByCustomer {
			t.Errorf("the record says %q by %s", r.Note, r.Cause)
		}
	})
}

func TestAgentDisabledWhileOffered(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		w.ChangesUser("ann", func(u *access.User) { u.Disabled = true })
		w.Passes(16 * time.Second)
		ann.HasNothing()
		bob := w.Agent("bob").IsAvailable()
		bob.IsOffered(caller)
		caller.HangsUp()
		bob.HasNothing()
	})
}

func TestAgentTakenOutOfTheQueueInMidCall(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		w.Serve("sales", "bob")
		waiting := w.Caller().Dials(direct)
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		w.Passes(5 * time.Second)
		if len(ann.Work) != 0 {
			t.Error("ann is offered a caller of a queue she does not serve any more")
		}
		w.Serve("sales", "bob", "ann")
		ann.IsOffered(waiting)
		waiting.HangsUp()
		ann.HasNothing()
	})
}

func TestQueueDeletedWhileSomebodyWaits(t *testing.T) {
	world.Run(t, func(w *world.World) {
		first, second := w.Caller().Dials(direct), w.Caller()
		first.IsAnswered()
		w.Passes(10 * time.Second)
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(first)
		second.Dials(direct)
		second.IsAnswered()
		w.ChangesQueue("sales", nil)
		second.IsHungUpOn() // nobody would ever come
		if _, ok := ann.InHand(); !ok {
			t.Error("the offer that was out was taken back")
		}
		ann.Declines()
		first.IsHungUpOn()
		w.Settles()
		for _, r := range w.Records() {
			if r.Cause != interaction.BySystem || r.Segment.Outcome != interaction.Lost {
				t.Errorf("got cause %s, outcome %s; want system, lost", r.Cause, r.Segment.Outcome)
			}
		}
		third := w.Caller().Dials(direct) // the flow has no such queue: it goes its way for failures
		third.IsHungUpOn()
	})
}

func TestQueueDeletedInMidCall(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		w.ChangesQueue("sales", nil)
		w.Passes(5 * time.Second)
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		ann.HasNothing()
	})
}

// TestRulesOfTheDayOfQueueing: a changed queue does not touch who waits already.
func TestRulesOfTheDayOfQueueing(t *testing.T) {
	world.Run(t, func(w *world.World) {
		caller := w.Caller().Dials(direct)
		caller.IsAnswered()
		w.ChangesQueue("sales", func(q *queue.Queue) { q.OfferMS, q.WrapUpMS, q.DispositionRequired = 60_000, 0, false })
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(caller)
		w.Passes(16 * time.Second)
		ann.HasNothing()
		ann.IsAvailable()
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		next := w.Caller().Dials(direct)
		ann.IsOffered(next)
		ann.Accepts()
		ann.TalksWith(next)
		next.HangsUp()
		ann.HasNothing() // the new rules have no wrap-up
	})
}

func TestTwoTabs(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann")
		tab := w.Tab("ann")
		ann.IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		tab.IsOffered(caller)
		ann.Leaves() // one tab is closed: she still sits there
		w.Passes(time.Second)
		tab.Accepts()
		tab.TalksWith(caller)
		ann.Arrives()
		ann.Connects() // and goes on in the other
		ann.TalksWith(caller)
		tab.Leaves()
		w.Passes(time.Minute)
		if ann.Me.Status != "available" || ann.Me.Activity != "talking" {
			t.Errorf("ann is %s and %s, want available and talking", ann.Me.Status, ann.Me.Activity)
		}
		ann.HangsUp()
		caller.IsHungUpOn()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		if r := w.OneRecord(); r.Segment.Seq != 1 || r.Hold != 0 {
			t.Errorf("%d segments and %v of hold, want one and none: nothing was interrupted", r.Segment.Seq, r.Hold)
		}
	})
}

func TestBothTabsAccept(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, tab := w.Agent("ann"), w.Tab("ann")
		ann.IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		tab.IsOffered(caller)
		id := ann.Has()
		done := make(chan *desk.Error)
		go func() { done <- w.Command("ann", desk.Command{Kind: desk.CmdAccept, Interaction: id}) }()
		if err := ann.Does(desk.Command{Kind: desk.CmdAccept, Interaction: id}); err != nil {
			t.Errorf("one tab accepts: %+v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("the other tab accepts: %+v", err)
		}
		tab.Connects()
		ann.Connects()
		ann.TalksWith(caller)
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		tab.HasNothing()
	})
}

func TestPhoneNeverConnects(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		if err := ann.Does(desk.Command{Kind: desk.CmdAccept, Interaction: ann.Has()}); err != nil {
			t.Fatalf("accept: %+v", err)
		}
		w.Passes(8 * time.Second)
		if !caller.Hears() {
			t.Error("the caller hears nothing while the phone is connected")
		}
		w.Passes(3 * time.Second)
		ann.HasNothing()
		if ann.Me.Status != "break" || ann.Me.Reason != "missed" {
			t.Errorf("ann is %s %s, want break missed", ann.Me.Status, ann.Me.Reason)
		}
		bob := w.Agent("bob").IsAvailable()
		bob.IsOffered(caller)
		caller.HangsUp()
		bob.HasNothing()
	})
}

func TestAbandonedWhileConnecting(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		id := ann.Has()
		if err := ann.Does(desk.Command{Kind: desk.CmdAccept, Interaction: id}); err != nil {
			t.Fatalf("accept: %+v", err)
		}
		w.Passes(6 * time.Second)
		caller.HangsUp()
		ann.HasNothing()
		if err := ann.TriesToConnect(id); err == nil {
			t.Error("the browser was connected to a call that is over")
		}
		if ann.Me.Status != "available" {
			t.Errorf("ann is %s %s, want available: it is not her fault", ann.Me.Status, ann.Me.Reason)
		}
		next := w.Caller().Dials(direct)
		ann.IsOffered(next)
		next.HangsUp()
		ann.HasNothing()
	})
}

// TestAcceptCrossesHangUp: yes and good-bye in the same instant, in either order.
func TestAcceptCrossesHangUp(t *testing.T) {
	for range 5 {
		t.Run("", func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				ann := w.Agent("ann").IsAvailable()
				caller := w.Caller().Dials(direct)
				ann.IsOffered(caller)
				w.Passes(6 * time.Second)
				caller.Call.HangUp()
				err := ann.Does(desk.Command{Kind: desk.CmdAccept, Interaction: ann.Has()})
				if err != nil && err.Code != "late" {
					t.Errorf("accept: got %+v, want it done or late", err)
				}
				ann.HasNothing()
				if r := w.OneRecord(); r.Segment.Outcome != interaction.Abandoned || r.Cause != interaction.ByCustomer {
					t.Errorf("got %s by %s, want abandoned by customer", r.Segment.Outcome, r.Cause)
				}
				next := w.Caller().Dials(direct)
				ann.IsOffered(next)
				next.HangsUp()
				ann.HasNothing()
			})
		})
	}
}

func TestCustomerLeavesWhileThePhoneIsGone(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		ann.Leaves() // page and phone at once
		w.Passes(5 * time.Second)
		caller.HangsUp()
		ann.Arrives()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		r := w.OneRecord()
		if r.Cause != interaction.ByCustomer || r.Segment.Outcome != interaction.Answered || r.Hold < 2*time.Second || r.Hold > 4*time.Second {
			t.Errorf("got %s by %s with %v of hold, want answered, customer, about 3s", r.Segment.Outcome, r.Cause, r.Hold)
		}
	})
}

// TestAgentGoneForGood: the desk closes in mid-call and nobody comes back; wrap-up ends by itself.
func TestAgentGoneForGood(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		caller.HangsUp()
		ann.WrapsUp()
		ann.Leaves()
		w.Passes(40 * time.Second)
		if n := w.App.Running(); n != 0 {
			t.Errorf("%d interactions run, want none", n)
		}
		ann.Arrives()
		if ann.Me.Status != "offline" || len(ann.Work) != 0 {
			t.Errorf("ann is %s with %d in hand, want offline and nothing", ann.Me.Status, len(ann.Work))
		}
	})
}

// TestMidnight: board, journal and report agree on calls that cross midnight.
func TestMidnight(t *testing.T) {
	world.Run(t, func(w *world.World) {
		w.Passes(24*time.Hour - 30*time.Second) // the bubble's clock begins at midnight
		ann := w.Agent("ann").IsAvailable()
		before := w.Caller().Dials(direct)
		ann.IsOffered(before)
		w.Passes(10 * time.Second)
		ann.Accepts()
		ann.TalksWith(before)
		late := w.Caller().Dials(direct)
		late.IsAnswered()
		w.Passes(30 * time.Second)
		before.HangsUp()
		ann.WrapsUp()
		late.HangsUp()
		ann.Finishes("sold_big", "")
		after := w.Caller().Dials(direct)
		ann.IsOffered(after)
		ann.Declines()
		agrees(t, w)
		w.Passes(time.Second)
		ann.IsAvailable()
		ann.IsOffered(after)
		ann.Accepts()
		ann.TalksWith(after)
		after.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		agrees(t, w)
		if ann.Day.Calls != 1 || ann.Day.Missed != 1 {
			t.Errorf("ann's new day shows %+v, want one call and one missed", ann.Day)
		}
	})
}

// TestShutDownWithEverything: a stop while people are in every phase leaves one closed record each.
func TestShutDownWithEverything(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		talking := w.Caller().Dials(direct)
		ann.IsOffered(talking)
		ann.Accepts()
		ann.TalksWith(talking)
		bob := w.Agent("bob").IsAvailable()
		offered := w.Caller().Dials(direct)
		bob.IsOffered(offered)
		waiting, menued := w.Caller().Dials(direct), w.Caller().Dials(menu)
		waiting.IsAnswered()
		menued.IsAnswered()
		w.Passes(3 * time.Second)
		w.Stops()
		for _, c := range []*world.Caller{talking, offered, waiting, menued} {
			c.IsHungUpOn()
		}
		w.Starts()
		all := w.Records()
		if len(all) != 4 {
			t.Fatalf("got %d records, want 4", len(all))
		}
		for i, want := range []interaction.Outcome{interaction.Answered, interaction.Lost, interaction.Lost, ""} {
			if r := all[i]; r.Phase != interaction.Done || r.Cause != interaction.BySystem || r.Segment.Outcome != want {
				t.Errorf("record %d: got %s by %s, outcome %q; want done, system, %q", i, r.Phase, r.Cause, r.Segment.Outcome, want)
			}
		}
		if all[0].Recording != "complete" {
			t.Errorf("the recording is %q, want complete", all[0].Recording)
		}
		agrees(t, w)
	})
}
