package story

import (
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/test/world"
)

// talks begins a talk between ann and a caller, with everybody's voice.
func talks(w *world.World) (*world.Agent, *world.Caller) {
	ann := w.Agent("ann").IsAvailable()
	caller := w.Caller().Dials(direct)
	ann.IsOffered(caller)
	ann.Accepts()
	ann.TalksWith(caller)
	ann.Hears("caller")
	caller.Listens("ann")
	return ann, caller
}

// consults has ann ask bob privately, and bob take it.
func consults(w *world.World, ann *world.Agent) *world.Agent {
	bob := w.Agent("bob").IsAvailable()
	ann.Controls(desk.Command{Kind: desk.CmdConsult, Target: &desk.Target{Kind: "agent", ID: w.ID("bob")}})
	w.Eventually(5*time.Second, "bob is asked", func() bool { v, ok := bob.InHand(); return ok && v.Phase == "offered" && v.Part == "party" })
	bob.Accepts()
	bob.Hears("ann")
	return bob
}

func TestHold(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, caller := talks(w)
		ann.Controls(desk.Command{Kind: desk.CmdHold, On: true})
		caller.Listens("music")
		ann.Hears("")
		w.Passes(10 * time.Second)
		ann.Controls(desk.Command{Kind: desk.CmdHold})
		caller.Listens("ann")
		ann.Hears("caller")
		ann.Controls(desk.Command{Kind: desk.CmdMuteParty, Party: "customer", On: true})
		ann.Hears("")
		caller.Listens("ann")
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		r := w.OneRecord()
		if r.Hold < 9*time.Second || r.Hold > 12*time.Second {
			t.Errorf("got %v of hold, want about 10 s", r.Hold)
		}
	})
}

func TestConsultAndHandOver(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, caller := talks(w)
		bob := consults(w, ann)
		caller.Listens("music")
		ann.Hears("bob")
		ann.Controls(desk.Command{Kind: desk.CmdSwap})
		caller.Listens("ann")
		ann.Hears("caller")
		bob.Hears("music")
		ann.Controls(desk.Command{Kind: desk.CmdMerge})
		caller.Listens("ann bob")
		ann.Hears("bob caller")
		bob.Hears("ann caller")
		ann.Controls(desk.Command{Kind: desk.CmdLeave})
		ann.FinishesOwnPart()
		caller.Listens("bob")
		bob.Hears("caller")
		w.Passes(time.Minute)
		caller.HangsUp()
		bob.WrapsUp()
		bob.Finishes("sold_big", "")
		r := w.OneRecord()
		if r.Segment.Seq != 2 || string(r.Segment.Agent) != w.ID("bob") || !r.Segment.Handed {
			t.Errorf("the last segment is %+v, want the second, bob's, handed over", r.Segment)
		}
		if r.Recording != "complete" {
			t.Errorf("the recording is %q, want complete", r.Recording)
		}
		if ann.Me.Status != "available" || ann.Me.Activity != "idle" {
			t.Errorf("ann is %s %s, want free for the next", ann.Me.Status, ann.Me.Activity)
		}
	})
}

func TestConsultNotAnswered(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, caller := talks(w)
		bob := w.Agent("bob").IsAvailable()
		ann.Controls(desk.Command{Kind: desk.CmdConsult, Target: &desk.Target{Kind: "agent", ID: w.ID("bob")}})
		caller.Listens("music")
		w.Passes(interaction.RingTime)
		caller.Listens("ann")
		ann.Hears("caller")
		bob.HasNothing()
		// Somebody who is not free is said so at once.
		ann.Controls(desk.Command{Kind: desk.CmdConsult, Target: &desk.Target{Kind: "agent", ID: w.ID("bob")}})
		caller.Listens("ann")
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
	})
}

func TestBlindTransfers(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, caller := talks(w)
		bob := w.Agent("bob").IsAvailable()
		ann.Controls(desk.Command{Kind: desk.CmdTransfer, Target: &desk.Target{Kind: "agent", ID: w.ID("bob")}})
		ann.FinishesOwnPart()
		bob.IsOffered(caller)
		caller.HearsSound("music")
		bob.Accepts()
		bob.TalksWith(caller)
		bob.Controls(desk.Command{Kind: desk.CmdTransfer, Target: &desk.Target{Kind: "queue", ID: w.App.ID("queue", "support")}})
		bob.FinishesOwnPart()
		ann.IsOffered(caller) // of the two only she serves it
		ann.Accepts()
		ann.TalksWith(caller)
		ann.Controls(desk.Command{Kind: desk.CmdTransfer, Target: &desk.Target{Kind: "entry", ID: w.App.ID("entry", "menu")}})
		ann.HasNothing()
		caller.Hushes()
		w.Passes(8 * time.Second)
		caller.Presses("1")
		w.Eventually(20*time.Second, "somebody is offered the caller again", func() bool { _, a := ann.InHand(); _, b := bob.InHand(); return a || b })
		caller.HangsUp()
	})
}

func TestTransferToSomebodyWhoDoesNotAnswer(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, caller := talks(w)
		bob := w.Agent("bob").IsAvailable()
		ann.GoesOnBreak("lunch")
		ann.Controls(desk.Command{Kind: desk.CmdTransfer, Target: &desk.Target{Kind: "agent", ID: w.ID("bob")}})
		ann.FinishesOwnPart()
		bob.IsOffered(caller)
		bob.Declines()
		bob.HasNothing()
		ann.IsAvailable()
		ann.IsOffered(caller) // it is everybody's now
		ann.Accepts()
		ann.TalksWith(caller)
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
	})
}

func TestPark(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, caller := talks(w)
		id := ann.Has()
		ann.Controls(desk.Command{Kind: desk.CmdPark})
		ann.HasNothing()
		caller.Listens("music")
		bob := w.Agent("bob").IsAvailable()
		if len(bob.Parked) != 1 || bob.Parked[0].ByName != "Ann" {
			t.Fatalf("bob sees %+v parked, want ann's caller", bob.Parked)
		}
		w.Passes(interaction.ParkTime + time.Second)
		if !bob.Parked[0].Alarm {
			t.Errorf("after %v there is no alarm: %+v", interaction.ParkTime, bob.Parked)
		}
		bob.Controls(desk.Command{Kind: desk.CmdPickUp, Interaction: id})
		w.Eventually(time.Second, "bob has it in hand", func() bool { _, ok := bob.InHand(); return ok })
		bob.Connects()
		bob.TalksWith(caller)
		caller.Listens("bob")
		// Screens of those it does not concern are told with the next gathered news.
		w.Eventually(time.Second, "ann sees nobody parked", func() bool { return len(ann.Parked) == 0 })
		bob.Controls(desk.Command{Kind: desk.CmdPark})
		ann.GoesOnBreak("lunch")
		bob.GoesOnBreak("lunch")
		w.Passes(2*interaction.ParkTime + time.Second)
		ann.IsAvailable()
		ann.IsOffered(caller) // back in his queue
		caller.HangsUp()
	})
}

func TestMonitoring(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, caller := talks(w)
		sue := w.Agent("sue")
		id := ann.Has()
		sue.Controls(desk.Command{Kind: desk.CmdMonitor, Mode: "listen", Interaction: id})
		w.Eventually(time.Second, "sue has it in hand", func() bool { _, ok := sue.InHand(); return ok })
		sue.Connects()
		sue.Hears("ann caller")
		caller.Listens("ann")
		ann.Hears("caller")
		sue.Controls(desk.Command{Kind: desk.CmdMonitor, Mode: "whisper", Interaction: id})
		ann.Hears("caller sue")
		caller.Listens("ann")
		sue.Controls(desk.Command{Kind: desk.CmdMonitor, Mode: "barge", Interaction: id})
		caller.Listens("ann sue")
		sue.Controls(desk.Command{Kind: desk.CmdTakeOver, Interaction: id})
		ann.FinishesOwnPart()
		caller.Listens("sue")
		sue.Hears("caller")
		if err := ann.Does(desk.Command{Kind: desk.CmdMonitor, Mode: "listen", Interaction: id}); err == nil || err.Code != "denied" {
			t.Errorf("an agent who listens: got %+v, want denied", err)
		}
		caller.HangsUp()
		sue.WrapsUp()
		sue.Finishes("sold_big", "")
		if err := sue.Does(desk.Command{Kind: desk.CmdMonitor, Mode: "listen", Interaction: id}); err == nil || err.Code != "late" {
			t.Errorf("listening to a call that is over: got %+v, want late", err)
		}
	})
}

func TestAgentGoesInConference(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, caller := talks(w)
		bob := consults(w, ann)
		ann.Controls(desk.Command{Kind: desk.CmdMerge})
		caller.Listens("ann bob")
		ann.LosesPhone()
		caller.Listens("bob") // nobody is cut off
		w.Passes(interaction.InterruptTime + time.Second)
		ann.HasNothing()
		bob.TalksWith(caller)
		bob.HangsUp()
		caller.IsHungUpOn()
		bob.WrapsUp()
		bob.Finishes("sold_big", "")
	})
}

func TestSecondLine(t *testing.T) {
	world.Run(t, func(w *world.World) {
		w.ChangesUser("ann", func(u *access.User) { u.SecondLine = true })
		ann, first := talks(w)
		one := ann.Has()
		second := w.Caller().Dials(direct)
		w.Passes(5 * time.Second)
		if len(ann.Work) != 1 {
			t.Fatalf("ann, who talks, has %d calls in hand, want 1", len(ann.Work))
		}
		ann.Controls(desk.Command{Kind: desk.CmdHold, On: true, Interaction: one})
		two := ""
		w.Eventually(5*time.Second, "ann is offered the second caller", func() bool {
			for id, v := range ann.Work {
				if v.Phase == "offered" && v.CustomerAddress == second.Number {
					two = id
				}
			}
			return two != ""
		})
		ann.Controls(desk.Command{Kind: desk.CmdAccept, Interaction: two})
		ann.ConnectsTo(two)
		second.Listens("ann")
		first.Listens("music")
		ann.Controls(desk.Command{Kind: desk.CmdHold, Interaction: one}) // back to the first: the second waits
		second.Listens("music")
		second.HangsUp()
		first.HangsUp()
		w.Eventually(5*time.Second, "both are wrapped up", func() bool { return ann.Work[one].Phase == "wrapping_up" && ann.Work[two].Phase == "wrapping_up" })
		for _, id := range []string{one, two} {
			ann.Controls(desk.Command{Kind: desk.CmdFinish, Interaction: id, Disposition: w.App.DispositionID("sold_big")})
		}
		ann.HasNothing()
		for _, r := range w.Records() {
			if r.Recording != "complete" {
				t.Errorf("the recording of %s is %q, want complete: both are recorded apart", r.Arrival.CustomerAddress, r.Recording)
			}
		}
	})
}
