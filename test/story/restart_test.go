package story

import (
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/test/world"
)

// TestCallsOutliveTheProcess: one caller talks to a browser, one to a SIP phone, one is parked, one wraps up, two
// wait, one is in a menu. The process dies; three seconds later the next one goes on with all of them.
func TestCallsOutliveTheProcess(t *testing.T) {
	world.Run(t, func(w *world.World) {
		bob := w.Agent("bob").IsAvailable()
		parked := w.Caller().Dials(direct)
		bob.IsOffered(parked)
		bob.Accepts()
		bob.TalksWith(parked)
		if err := bob.Does(desk.Command{Kind: desk.CmdPark, Interaction: bob.Has()}); err != nil {
			t.Fatalf("parking: %+v", err)
		}
		bob.HasNothing()
		done := w.Caller().Dials(direct)
		bob.IsOffered(done)
		bob.Accepts()
		bob.TalksWith(done)
		done.HangsUp()
		bob.WrapsUp()
		ann := w.Agent("ann").IsAvailable()
		talker := w.Caller().Dials(direct)
		ann.IsOffered(talker)
		ann.Accepts()
		ann.TalksWith(talker)
		cid, phone := w.Agent("cid").IsAvailable(), w.SIPPhone("127.0.0.1:7070")
		second := w.Caller().Dials(menu)
		second.IsAnswered()
		w.Passes(time.Second)
		second.Presses("2")
		phone.Rings()
		phone.PicksUp()
		second.Speaks()
		phone.Call.Repeat(carrier.Tone(700, 0.3, time.Second))
		phone.HearsSound("the caller")
		one, two := w.Caller().Dials(direct), w.Caller()
		w.Passes(2 * time.Second)
		two.Dials(direct)
		two.IsAnswered()
		chooser := w.Caller().Dials(menu)
		chooser.IsAnswered()
		w.Passes(4 * time.Second)
		talking := ann.Has()

		w.Crashes()
		w.Passes(3 * time.Second)
		w.Starts()
		for _, c := range []*world.Caller{talker, second, parked, one, two, chooser} {
			if ended(c.Call) {
				t.Fatalf("%s was cut: %+v", c.Number, c.Call.Result())
			}
		}
		if n := w.App.Running(); n != 7 {
			t.Fatalf("%d interactions run, want 7", n)
		}
		// Media within a second, to who waits too.
		talker.HearsSound("music until the agent is back")
		w.Passes(time.Second)
		for _, c := range []*world.Caller{second, one, two, parked} {
			if !c.Hears() {
				t.Errorf("%s hears nothing a second after the start", c.Number)
			}
		}
		if ended(phone.Call) {
			t.Fatal("the SIP phone's call was ended")
		}
		phone.HearsSound("the caller, on the same call")
		// The agents are as they were, and come back.
		ann.Arrives()
		if ann.Me.Status != "available" || ann.Has() != talking {
			t.Fatalf("ann is %+v with %v in hand, want available with %s", ann.Me, ann.Work, talking)
		}
		ann.Connects()
		ann.TalksWith(talker)
		bob.Arrives()
		bob.WrapsUp()
		bob.Finishes("sold_big", "")
		// The line is in the order it was.
		bob.IsOffered(one)
		bob.Declines()
		talker.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		ann.IsOffered(one)
		one.HangsUp()
		ann.IsOffered(two)
		two.HangsUp()
		ann.HasNothing()
		// Who was in the menu chooses.
		chooser.Presses("1")
		ann.IsOffered(chooser)
		chooser.HangsUp()
		parked.HangsUp()
		phone.HangsUp()
		second.IsHungUpOn()
		cid.Arrives()
		cid.HasNothing()
		w.Passes(time.Second)
		all := w.Records()
		if len(all) != 7 {
			t.Fatalf("got %d records, want 7", len(all))
		}
		for _, r := range all {
			want := interaction.ByCustomer
			if r.Arrival.CustomerAddress == second.Number {
				want = interaction.ByAgent
			}
			if r.Phase != interaction.Done || r.Cause != want {
				t.Errorf("%s: got %s by %s (%s), want done by %s", r.Arrival.CustomerAddress, r.Phase, r.Cause, r.CauseDetail, want)
			}
			if r.Arrival.CustomerAddress == talker.Number && r.Recording != "partial" && r.Recording != "complete" {
				t.Errorf("the recording that went on is %q", r.Recording)
			}
		}
	})
}

// TestTooLateToGoOn: nobody waits on the line for ten minutes; the calls are closed as of the moment of the crash.
func TestTooLateToGoOn(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		w.Passes(10 * time.Second)
		w.Crashes()
		died := time.Now()
		w.Passes(10 * time.Minute)
		w.Starts()
		caller.IsHungUpOn()
		ann.Arrives()
		if ann.Me.Status != "offline" || len(ann.Work) != 0 {
			t.Errorf("ann is %+v with %v, want offline with nothing", ann.Me, ann.Work)
		}
		if r := w.OneRecord(); r.Cause != interaction.BySystem || r.Left.Sub(died).Abs() > time.Second {
			t.Errorf("got %s at %v, want system at %v", r.Cause, r.Left, died)
		}
	})
}

// TestTheOtherSideEndsAfterARestart: a caller who hung up while nobody listened is heard of by his repeated BYE, and
// an agent who does not come back loses the talk as if his phone had failed.
func TestTheOtherSideEndsAfterARestart(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		waiting := w.Caller().Dials(direct)
		waiting.IsAnswered()
		w.Crashes()
		go waiting.Call.HangUp()
		w.Passes(time.Second)
		w.Starts()
		w.Eventually(5*time.Second, "the one who hung up is gone", func() bool { return w.App.Running() == 1 })
		w.Passes(90 * time.Second) // ann does not come back
		if ended(caller.Call) {
			t.Fatal("the caller was cut because his agent did not come back")
		}
		ann.Arrives()
		if ann.Me.Status != "offline" {
			t.Errorf("ann is %s, want offline after so long", ann.Me.Status)
		}
		bob := w.Agent("bob").IsAvailable()
		bob.IsOffered(caller)
		caller.HangsUp()
		bob.HasNothing()
	})
}

// TestATelephoneThatRingsAfterACrash: the telephone on the table that rang when the process died is told that the call is
// over, also if it is picked up while nobody listens, and rings anew for the caller who waits still.
func TestATelephoneThatRingsAfterACrash(t *testing.T) {
	for name, picksUp := range map[string]bool{"it rings": false, "it is picked up meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				phone := w.SIPPhone("127.0.0.1:7070")
				w.Agent("cid").IsAvailable()
				caller := w.Caller().Dials(menu)
				caller.IsAnswered()
				w.Passes(time.Second)
				caller.Presses("2")
				phone.Rings()
				w.Crashes()
				w.Passes(time.Second)
				if ended(phone.Call) {
					t.Fatal("who dies says nothing")
				}
				if picksUp {
					phone.PicksUp()
				}
				w.Passes(time.Second)
				w.Starts()
				phone.IsOver()
				if r := phone.Call.Result(); r.Err != nil || r.ByUs {
					t.Errorf("the telephone's call ended with %+v", r)
				}
				cid := w.Agent("cid")
				phone.Rings()
				phone.PicksUp()
				caller.Speaks()
				phone.HearsSound("the caller")
				caller.HangsUp()
				phone.IsOver()
				cid.HasNothing()
				w.Passes(time.Second)
				if r := w.OneRecord(); r.Cause != interaction.ByCustomer || r.Segment.Outcome != interaction.Answered {
					t.Errorf("the call is %s by %s", r.Segment.Outcome, r.Cause)
				}
			})
		})
	}
}

// TestAnAnswerThatIsRepeatedAfterACrash: a telephone that never got the ACK of its answer gets it from the next process,
// and the talk goes on.
func TestAnAnswerThatIsRepeatedAfterACrash(t *testing.T) {
	world.Run(t, func(w *world.World) {
		phone := w.SIPPhone("127.0.0.1:7070")
		cid := w.Agent("cid").IsAvailable()
		caller := w.Caller().Dials(menu)
		caller.IsAnswered()
		w.Passes(time.Second)
		caller.Presses("2")
		phone.Rings()
		caller.Speaks()
		phone.AcksAreLost.Store(true)
		phone.PicksUp()
		phone.Speaks()
		caller.Listens("outside")
		w.Passes(2 * time.Second) // a talk is written down after its first second
		w.Crashes()
		phone.AcksAreLost.Store(false)
		w.Passes(time.Second)
		w.Starts()
		w.Passes(time.Minute) // who gets no ACK for 32 s gives up
		if ended(phone.Call) {
			t.Fatalf("the telephone's call ended with %+v", phone.Call.Result())
		}
		phone.Listens("caller")
		caller.Listens("outside")
		caller.HangsUp()
		phone.IsOver()
		cid.Arrives()
		cid.HasNothing()
		if r := w.OneRecord(); r.Cause != interaction.ByCustomer || r.Talk < time.Minute {
			t.Errorf("ended by %s after a talk of %v", r.Cause, r.Talk)
		}
	})
}

func ended(c *carrier.Call) bool {
	select {
	case <-c.Done():
		return true
	default:
		return false
	}
}
