package story

import (
	"testing"
	"time"

	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/test/world"
)

// direct is the number that leads straight to the sales line, menu the one with a menu.
const (
	direct = "+4420200"
	menu   = "+4420100"
)

func TestAnswered(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		caller.IsAnswered()
		ann.IsOffered(caller)
		w.Passes(3 * time.Second)
		ann.Accepts()
		ann.TalksWith(caller)
		w.Passes(time.Minute)
		caller.HangsUp()
		ann.WrapsUp()
		w.Passes(10 * time.Second)
		ann.Finishes("sold_big", "wants two")
		ann.HasNothing()

		r := w.OneRecord()
		if r.Phase != interaction.Done || r.Cause != interaction.ByCustomer || r.Note != "wants two" || r.Disposition == "" {
			t.Errorf("got %s by %s, note %q, disposition %q; want a finished call by the customer", r.Phase, r.Cause, r.Note, r.Disposition)
		}
		if talk := r.Talk; talk < 59*time.Second || talk > 63*time.Second {
			t.Errorf("got talk of %v, want about a minute", talk)
		}
		if r.Recording != "complete" {
			t.Errorf("the recording is %q, want complete", r.Recording)
		}
		if ann.Day.Calls != 1 || ann.Me.Status != "available" || ann.Me.Activity != "idle" {
			t.Errorf("afterwards ann shows %+v with %d calls; want available, idle, 1 call", ann.Me, ann.Day.Calls)
		}
	})
}

func TestAgentHangsUp(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		ann.HangsUp()
		caller.IsHungUpOn()
		ann.WrapsUp()
		for _, wrong := range []string{"sold", "sold_long", "nothing like it"} { // a group, one for long talks, none at all
			id := w.App.DispositionID(wrong)
			if id == "" {
				id = wrong
			}
			if err := ann.Does(desk.Command{Kind: desk.CmdFinish, Interaction: ann.Has(), Disposition: id, Note: "x"}); err == nil || err.Field != "disposition" {
				t.Errorf("finishing with %q: got %+v, want the field named", wrong, err)
			}
		}
		ann.Finishes("sold_big", "")
		if r := w.OneRecord(); r.Cause != interaction.ByAgent {
			t.Errorf("got cause %s, want agent", r.Cause)
		}
	})
}

func TestMissed(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		w.Passes(16 * time.Second) // an offer rings for 15
		ann.HasNothing()
		w.Settles()
		if ann.Me.Status != "break" || ann.Me.Reason != "missed" {
			t.Errorf("ann is %s %s, want break missed", ann.Me.Status, ann.Me.Reason)
		}
		bob := w.Agent("bob").IsAvailable()
		bob.IsOffered(caller)
		bob.Accepts()
		bob.TalksWith(caller)
		caller.HangsUp()
		bob.WrapsUp()
		bob.Finishes("sold_big", "")
		r := w.OneRecord()
		if r.Segment.Missed != 1 || r.Segment.Agent == "" {
			t.Errorf("got %d missed offers by the end, want 1", r.Segment.Missed)
		}
		if ann.Day.Missed != 1 {
			t.Errorf("ann's day shows %d missed, want 1", ann.Day.Missed)
		}
	})
}

func TestDeclined(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		first := w.Caller().Dials(direct)
		ann.IsOffered(first)
		second := w.Caller().Dials(direct)
		ann.Declines()
		ann.HasNothing()
		// Whoever had his turn goes first, although the second caller waits too.
		bob := w.Agent("bob").IsAvailable()
		bob.IsOffered(first)
		first.HangsUp()
		bob.IsOffered(second)
		second.HangsUp()
		bob.HasNothing()
	})
}

func TestAbandonedWaiting(t *testing.T) {
	world.Run(t, func(w *world.World) {
		caller := w.Caller().Dials(direct)
		caller.IsAnswered()
		caller.HearsSound("music or a word")
		w.Passes(40 * time.Second)
		caller.HangsUp()
		w.Settles()
		if r := w.OneRecord(); r.Segment.Outcome != interaction.Abandoned {
			t.Errorf("got outcome %s, want abandoned", r.Segment.Outcome)
		}
		quick := w.Caller().Dials(direct)
		quick.IsAnswered()
		w.Passes(2 * time.Second)
		quick.HangsUp()
		w.Settles()
		if r := w.Records()[1]; r.Segment.Outcome != interaction.ShortAbandon {
			t.Errorf("got outcome %s, want short_abandon", r.Segment.Outcome)
		}
	})
}

func TestAbandonedWhileOffered(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		w.Passes(7 * time.Second)
		caller.HangsUp()
		ann.HasNothing()
		if len(ann.Gone) != 1 || ann.Gone[0] != "abandoned" {
			t.Errorf("ann was told %q, want that the caller has gone", ann.Gone)
		}
		// It is not her fault: she is still available and gets the next one.
		next := w.Caller().Dials(direct)
		ann.IsOffered(next)
		next.HangsUp()
		ann.HasNothing()
	})
}

func TestAgentLostInMidCall(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		ann.LosesPhone()
		w.Eventually(4*time.Second, "the talk is interrupted", func() bool { v, ok := ann.InHand(); return ok && v.Phase == "interrupted" })
		caller.HearsSound("music")
		w.Passes(10 * time.Second)
		ann.Connects() // within 20 s: she goes on
		ann.TalksWith(caller)
		ann.LosesPhone()
		w.Passes(25 * time.Second) // this time she stays away
		ann.HasNothing()
		if ann.Me.Status != "break" || ann.Me.Reason != "phone_lost" {
			t.Errorf("ann is %s %s, want break phone_lost", ann.Me.Status, ann.Me.Reason)
		}
		bob := w.Agent("bob").IsAvailable()
		bob.IsOffered(caller)
		bob.Accepts()
		bob.TalksWith(caller)
		caller.HangsUp()
		bob.WrapsUp()
		bob.Finishes("sold_big", "")
		if r := w.OneRecord(); r.Segment.Seq != 2 || r.Hold < 10*time.Second {
			t.Errorf("got %d segments and hold of %v, want 2 and more than 10s", r.Segment.Seq, r.Hold)
		}
	})
}

func TestTwoCallersOneAgent(t *testing.T) {
	world.Run(t, func(w *world.World) {
		first, second := w.Caller(), w.Caller()
		first.Dials(direct)
		w.Passes(time.Second)
		second.Dials(direct)
		w.Passes(time.Second)
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(first)
		if len(ann.Work) != 1 {
			t.Fatalf("ann has %d in hand, want 1", len(ann.Work))
		}
		ann.Accepts()
		ann.TalksWith(first)
		w.Passes(20 * time.Second)
		if len(ann.Work) != 1 {
			t.Fatalf("while she talks ann has %d in hand, want 1", len(ann.Work))
		}
		first.HangsUp()
		ann.WrapsUp()
		w.Passes(5 * time.Second)
		if len(ann.Work) != 1 {
			t.Fatalf("while she wraps up ann has %d in hand, want 1", len(ann.Work))
		}
		ann.Finishes("sold_big", "")
		ann.IsOffered(second)
		second.HangsUp()
		ann.HasNothing()
	})
}

func TestOneCallerTwoAgents(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		w.Passes(time.Second)
		bob := w.Agent("bob").IsAvailable()
		caller := w.Caller().Dials(direct)
		bob.IsOffered(caller) // he serves this queue only: ann, though longer idle, is kept for the others
		if len(ann.Work) != 0 {
			t.Errorf("ann is offered the caller too")
		}
		if err := ann.Does(desk.Command{Kind: desk.CmdAccept, Interaction: bob.Has()}); err == nil || err.Code != "late" {
			t.Errorf("ann accepts bob's caller: got %+v, want late", err)
		}
		caller.HangsUp()
		bob.HasNothing()
	})
}

func TestWrapUpExpires(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		caller.HangsUp()
		ann.WrapsUp()
		id := ann.Has()
		if err := ann.Does(desk.Command{Kind: desk.CmdFinish, Interaction: id}); err == nil || err.Field != "disposition" {
			t.Errorf("finishing without a disposition: got %+v, want the field named", err)
		}
		if err := ann.Does(desk.Command{Kind: desk.CmdSaveDraft, Interaction: id, Note: "half a sent"}); err != nil {
			t.Errorf("saving a draft: %+v", err)
		}
		if err := ann.Does(desk.Command{Kind: desk.CmdExtendWrapUp, Interaction: id}); err != nil {
			t.Errorf("asking for more time: %+v", err)
		}
		w.Passes(45 * time.Second)
		if len(ann.Work) != 1 {
			t.Fatal("the extension was not given")
		}
		w.Passes(20 * time.Second)
		ann.HasNothing()
		r := w.OneRecord()
		if r.Note != "half a sent" || r.WrapUp < 59*time.Second || r.WrapUp > 61*time.Second {
			t.Errorf("got note %q and wrap-up %v, want the draft and a minute", r.Note, r.WrapUp)
		}
		next := w.Caller().Dials(direct)
		ann.IsOffered(next)
		next.HangsUp()
		ann.HasNothing()
	})
}

func TestMenu(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(menu)
		caller.IsAnswered()
		caller.HearsSound("the greeting")
		w.Passes(8 * time.Second)
		caller.Presses("9") // no such choice
		w.Passes(4 * time.Second)
		caller.Presses("1")
		ann.IsOffered(caller)
		if v, _ := ann.InHand(); v.QueueName != "Sales" {
			t.Errorf("the caller came by %q, want Sales", v.QueueName)
		}
		caller.HangsUp()
		ann.HasNothing()
		if status, _ := w.Get("/healthz"); status != 200 {
			t.Errorf("/healthz says %d, want 200", status)
		}
	})
}

func TestUnknownNumber(t *testing.T) {
	world.Run(t, func(w *world.World) {
		w.Caller().Dials("+4420999").IsRefused(404)
		if n := len(w.Records()); n != 0 {
			t.Errorf("%d interactions were recorded for a number that is not ours", n)
		}
	})
}

func TestClosed(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials("+4420300")
		caller.IsAnswered()
		caller.HearsSound("that we are closed")
		w.Passes(15 * time.Second)
		caller.IsHungUpOn()
		if len(ann.Seen) > 0 && len(ann.Work) > 0 {
			t.Error("ann was offered a caller out of hours")
		}
		if r := w.OneRecord(); r.Cause != interaction.BySystem || r.Segment.Seq != 0 {
			t.Errorf("got cause %s and %d segments, want system and none", r.Cause, r.Segment.Seq)
		}
	})
}

func TestDrain(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		idle := w.App.Drain()
		w.Caller().Dials(direct).IsRefused(503)
		w.Passes(30 * time.Second)
		select {
		case <-idle:
			t.Fatal("the center is idle although a call runs")
		default:
		}
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		w.Eventually(5*time.Second, "the center is idle", func() bool {
			select {
			case <-idle:
				return true
			default:
				return false
			}
		})
	})
}

func TestRestartWithWaitingCaller(t *testing.T) {
	world.Run(t, func(w *world.World) {
		caller := w.Caller().Dials(direct)
		caller.IsAnswered()
		w.Passes(10 * time.Second)
		w.Stops()
		caller.IsHungUpOn()
		w.Passes(time.Minute)
		w.Starts()
		r := w.OneRecord()
		if r.Cause != interaction.BySystem || r.Segment.Outcome != interaction.Lost {
			t.Errorf("got cause %s, outcome %s; want system, lost", r.Cause, r.Segment.Outcome)
		}
		if lasted := r.Ended.Sub(r.Arrived); lasted < 9*time.Second || lasted > 12*time.Second {
			t.Errorf("the record lasts %v, want about 10s: the minute of silence is not part of it", lasted)
		}
		ann := w.Agent("ann").IsAvailable()
		again := w.Caller().Dials(direct)
		ann.IsOffered(again)
		again.HangsUp()
		ann.HasNothing()
	})
}

func TestDeskClosedAndBack(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		ann.Leaves()
		caller := w.Caller().Dials(direct)
		w.Passes(5 * time.Second) // nobody sits there: nothing is offered
		ann.Arrives()
		ann.IsOffered(caller)
		caller.HangsUp()
		ann.HasNothing()
		ann.Leaves()
		w.Passes(31 * time.Second)
		ann.Arrives()
		if ann.Me.Status != "offline" || ann.Me.Reason != "desk_gone" {
			t.Errorf("after half a minute away ann is %s %s, want offline desk_gone", ann.Me.Status, ann.Me.Reason)
		}
	})
}

// TestDeskClosedWhileItRings: a page that is loaded anew keeps its offer; one that stays away gives it to
// the next agent at once.
func TestDeskClosedWhileItRings(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Leaves()
		w.Passes(3 * time.Second)
		ann.Arrives()
		w.Passes(4 * time.Second)
		ann.IsOffered(caller)
		bob := w.Agent("bob").IsAvailable()
		ann.Leaves()
		w.Passes(4 * time.Second)
		if len(bob.Work) != 0 {
			t.Error("the offer was taken back before a page could be loaded anew")
		}
		w.Passes(2 * time.Second)
		bob.IsOffered(caller) // ann's offer had 2 more seconds to go
		bob.Accepts()
		bob.TalksWith(caller)
		r := w.OneRecord()
		if r.Segment.Missed != 1 {
			t.Errorf("%d offers are missed, want 1", r.Segment.Missed)
		}
		caller.HangsUp()
		bob.WrapsUp()
		bob.Finishes("sold_big", "")
	})
}
