package story

import (
	"testing"
	"time"

	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/test/world"
)

// Numbers at which messages are left: for a queue, and for ann alone.
const (
	afterHours = "+4420700"
	forAnn     = "+4420701"
)

// speaksAfterTheTone has a new caller hear the greeting and say something for so long.
func speaksAfterTheTone(w *world.World, number string, d time.Duration) *world.Caller {
	w.T.Helper()
	c := w.Caller().Dials(number)
	c.IsAnswered()
	w.Passes(3 * time.Second)
	c.Speaks()
	w.Passes(d)
	c.Hushes()
	return c
}

// messages are the records of messages.
func messages(w *world.World) (all []interaction.State) {
	w.T.Helper()
	for _, s := range w.Records() {
		if s.IsMessage() {
			all = append(all, s)
		}
	}
	return all
}

// takes has an agent take the message of a caller, close it and finish.
func takes(a *world.Agent, c *world.Caller) {
	a.IsOffered(c)
	opens(a)
	a.HangsUp()
	a.WrapsUp()
	a.Finishes("sold_big", "called back")
}

func opens(a *world.Agent) {
	if err := a.Does(desk.Command{Kind: desk.CmdAccept, Interaction: a.Has()}); err != nil {
		panic("the message was refused: " + err.Message)
	}
}

// TestMessageIsLeftAndTaken: a caller speaks, is silent, sends; an agent who comes later gets the message, has it in
// hand like a call but without a telephone, and closes it with a disposition.
func TestMessageIsLeftAndTaken(t *testing.T) {
	world.Run(t, func(w *world.World) {
		sue := w.Agent("sue")
		if err := sue.Does(desk.Command{Kind: desk.CmdWatchBoard}); err != nil {
			t.Fatal(err)
		}
		c := speaksAfterTheTone(w, afterHours, 6*time.Second)
		w.Passes(6 * time.Second) // the silence ends it; what to do with it is asked
		c.Presses("2")            // to hear it
		w.Passes(time.Second)
		if !c.Hears() {
			t.Error("the caller does not hear what he said")
		}
		w.Passes(7 * time.Second)
		c.Presses("1")
		c.IsHungUpOn()
		w.Passes(time.Second)
		if q := sue.Board["Sales"]; q.Messages != 1 || q.Waiting != 0 || q.Offered != 1 {
			t.Errorf("the board shows %d messages, %d waiting, %d offered, want 1, 0, 1", q.Messages, q.Waiting, q.Offered)
		}
		w.Passes(10 * time.Minute)
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(c)
		opens(ann)
		v, _ := ann.InHand()
		if v.Phase != "connected" || v.Channel != "voicemail" || v.Recording != "complete" {
			t.Errorf("in hand is %s over %s, recording %s", v.Phase, v.Channel, v.Recording)
		}
		if said := time.Duration(v.MessageMs) * time.Millisecond; said < 6*time.Second || said > 7*time.Second {
			t.Errorf("the message is %v long, want the 6 s without the silence", said)
		}
		if err := ann.Does(desk.Command{Kind: desk.CmdHold, Interaction: ann.Has(), On: true}); err == nil {
			t.Error("a message was put on hold")
		}
		w.Passes(time.Minute)
		ann.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "called back")
		ann.HasNothing()
		if q := sue.Board["Sales"]; q.Messages != 0 || q.Answered != 1 || q.InTime != 1 {
			t.Errorf("the board shows %d messages, %d answered, %d in time, want 0, 1, 1", q.Messages, q.Answered, q.InTime)
		}
		all := messages(w)
		if len(all) != 1 || all[0].Arrival.CustomerAddress != c.Number || all[0].Phase != interaction.Done || all[0].Segment.Agent == "" {
			t.Errorf("the records are %+v", all)
		}
	})
}

// TestMessageEnds: hanging up sends it, a short one is not kept, and neither is silence.
func TestMessageEnds(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		short := speaksAfterTheTone(w, afterHours, time.Second)
		short.HangsUp()
		w.Passes(10 * time.Second)
		silent := w.Caller().Dials(afterHours)
		silent.IsAnswered()
		w.Passes(9 * time.Second)
		silent.HangsUp()
		w.Passes(10 * time.Second)
		ann.HasNothing()
		if n := len(messages(w)); n != 0 {
			t.Fatalf("%d messages of callers who said nothing", n)
		}
		c := speaksAfterTheTone(w, afterHours, 5*time.Second)
		c.HangsUp()
		takes(ann, c)
		// A key ends it, another throws it away, and what is said again is sent by the longest time.
		c = speaksAfterTheTone(w, afterHours, 4*time.Second)
		c.Presses("#")
		w.Passes(2 * time.Second)
		c.Presses("3")
		w.Passes(time.Second)
		c.Speaks()
		w.Passes(32 * time.Second)
		c.Hushes()
		c.Presses("1")
		takes(ann, c)
		c.IsHungUpOn()
		all := messages(w)
		if len(all) != 2 {
			t.Fatalf("%d messages, want 2", len(all))
		}
		if said := all[1].Arrival.Message.Length; said < 28*time.Second || said > 31*time.Second {
			t.Errorf("the longest message is %v, want 30 s", said)
		}
	})
}

// TestMessageOutlivesTheProcess: what was said before the process died is sent by the next one, and a message that
// waits for an agent goes on waiting, long after calls have been given up.
func TestMessageOutlivesTheProcess(t *testing.T) {
	world.Run(t, func(w *world.World) {
		first := speaksAfterTheTone(w, afterHours, 5*time.Second)
		first.HangsUp()
		w.Passes(time.Second)
		second := w.Caller().Dials(afterHours)
		second.IsAnswered()
		w.Passes(3 * time.Second)
		second.Speaks()
		w.Passes(5 * time.Second)
		w.Crashes()
		w.Passes(2 * time.Hour)
		w.Starts()
		w.Passes(2 * time.Second)
		if all := messages(w); len(all) != 2 || all[0].Phase != interaction.Waiting || all[1].Phase != interaction.Waiting {
			t.Fatalf("after the restart the messages are %+v", all)
		}
		ann := w.Agent("ann").IsAvailable()
		takes(ann, first)
		takes(ann, second)
		ann.HasNothing()
	})
}

// TestMessageForOneAgent: nobody else of the queue gets it, and who lets it lie gets it again.
func TestMessageForOneAgent(t *testing.T) {
	world.Run(t, func(w *world.World) {
		cid := w.Agent("cid").IsAvailable()
		c := speaksAfterTheTone(w, forAnn, 5*time.Second)
		c.HangsUp()
		w.Passes(time.Minute)
		cid.HasNothing()
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(c)
		opens(ann)
		w.Passes(interaction.MessageTime + time.Minute)
		ann.HasNothing()
		cid.HasNothing()
		ann.IsAvailable()
		ann.IsOffered(c)
		opens(ann)
		ann.HangsUp()
		ann.HasNothing()
	})
}

// TestMessageIsAnsweredByACall: who has a message in hand calls whoever left it with one command. The message stays
// in hand, whatever becomes of the call, and is finished by itself.
func TestMessageIsAnsweredByACall(t *testing.T) {
	world.Run(t, func(w *world.World) {
		there := w.SIPPhone(firstWay)
		ann, cid := w.Agent("ann").IsAvailable(), w.Agent("cid")
		c := speaksAfterTheTone(w, afterHours, 5*time.Second)
		c.HangsUp()
		ann.IsOffered(c)
		message := ann.Has()
		back := desk.Command{Kind: desk.CmdDial, Interaction: message}
		if e := ann.Does(back); e == nil {
			t.Error("called back before the message was taken")
		}
		opens(ann)
		if e := cid.IsAvailable().Does(back); e == nil {
			t.Error("another agent has called back for it")
		}
		callsForIt := func() string {
			t.Helper()
			if e := ann.Does(back); e != nil {
				t.Fatalf("calling back is refused: %+v", e)
			}
			w.Eventually(5*time.Second, "ann has both in hand", func() bool { return len(ann.Work) == 2 })
			if e := ann.Does(back); e == nil {
				t.Error("called back twice at once")
			}
			for _, v := range ann.Work {
				if id := string(v.Interaction); id != message {
					ann.ConnectsTo(id)
					return id
				}
			}
			return ""
		}
		callsForIt()
		there.Rings()
		there.Declines()
		w.Eventually(5*time.Second, "he is busy, and ann has the message only", func() bool { return len(ann.Work) == 1 && ann.Has() == message })
		call := callsForIt()
		there.Rings()
		there.PicksUp()
		there.Speaks()
		ann.Hears("outside")
		there.HangsUp()
		w.Passes(time.Second)
		if e := ann.Does(desk.Command{Kind: desk.CmdFinish, Interaction: call, Disposition: w.App.DispositionID("sold_big")}); e != nil {
			t.Fatalf("finishing the call: %+v", e)
		}
		w.Passes(time.Second)
		if ann.Has() != message {
			t.Fatalf("ann has %q in hand, want the message", ann.Has())
		}
		ann.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "called back")
		ann.HasNothing()
		queue, calls := messages(w)[0].Segment.Rules.Queue, 0
		for _, r := range w.Records() {
			if r.Arrival.Origin == interaction.ByHand {
				calls++
				if r.Arrival.CustomerAddress != c.Number || string(r.Arrival.Manual.Message) != message || r.Segment.Rules.Queue != queue {
					t.Errorf("the call is %+v", r.Arrival)
				}
			}
		}
		if calls != 2 {
			t.Errorf("%d calls, want 2", calls)
		}
	})
}

// TestMessageStaysWhileItsCustomerIsCalled: a message in hand goes to another after half an hour, but not while its
// agent talks with who left it; the half hour begins anew then. So it is over a restart.
func TestMessageStaysWhileItsCustomerIsCalled(t *testing.T) {
	for _, dies := range []bool{false, true} {
		t.Run(map[bool]string{false: "alive", true: "killed"}[dies], func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				there := w.SIPPhone(firstWay)
				ann := w.Agent("ann").IsAvailable()
				c := speaksAfterTheTone(w, afterHours, 5*time.Second)
				c.HangsUp()
				ann.IsOffered(c)
				opens(ann)
				message := ann.Has()
				w.Passes(interaction.MessageTime - time.Minute)
				if e := ann.Does(desk.Command{Kind: desk.CmdDial, Interaction: message}); e != nil {
					t.Fatalf("calling back is refused: %+v", e)
				}
				w.Eventually(5*time.Second, "ann has both in hand", func() bool { return len(ann.Work) == 2 })
				call := ""
				for _, v := range ann.Work {
					if id := string(v.Interaction); id != message {
						call = id
					}
				}
				ann.ConnectsTo(call)
				there.Rings()
				there.PicksUp()
				if dies {
					w.Passes(time.Second)
					w.Crashes()
					w.Passes(2 * time.Second)
					w.Starts()
					w.Passes(2 * time.Second)
					ann = w.Agent("ann")
					ann.ConnectsTo(call)
				}
				w.Passes(2 * time.Minute)
				if m := messages(w)[0]; m.Phase != interaction.Connected || string(m.CalledBy) != call {
					t.Fatalf("while its customer is called the message is %s, called by %q, want %q", m.Phase, m.CalledBy, call)
				}
				there.HangsUp()
				w.Passes(time.Second)
				if e := ann.Does(desk.Command{Kind: desk.CmdFinish, Interaction: call, Disposition: w.App.DispositionID("sold_big")}); e != nil {
					t.Fatalf("finishing the call: %+v", e)
				}
				w.Passes(interaction.MessageTime - time.Minute)
				if ann.Has() != message {
					t.Fatal("the message has left her hand")
				}
				w.Passes(2 * time.Minute)
				ann.HasNothing()
				takes(ann.IsAvailable(), c)
				ann.HasNothing()
			})
		})
	}
}

// TestMessageLeftOverARestart: who was leaving a message when the process died is asked anew on the same call, and what he
// said before and after is one message.
func TestMessageLeftOverARestart(t *testing.T) {
	for _, again := range []bool{true, false} {
		t.Run(map[bool]string{true: "says more", false: "hangs up"}[again], func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				c := speaksAfterTheTone(w, afterHours, 5*time.Second)
				w.Crashes()
				w.Passes(2 * time.Second)
				w.Starts()
				w.Passes(4 * time.Second)
				least := 4 * time.Second
				if again {
					c.Speaks()
					w.Passes(5 * time.Second)
					c.Hushes()
					least = 9 * time.Second
				}
				c.HangsUp()
				w.Passes(time.Second)
				ann := w.Agent("ann").IsAvailable()
				takes(ann, c)
				ann.HasNothing()
				all := messages(w)
				if len(all) != 1 {
					t.Fatalf("%d messages, want one", len(all))
				}
				if said := all[0].Arrival.Message.Length; said < least || said > least+4*time.Second {
					t.Errorf("the message is %v, want %v and a little", said, least)
				}
			})
		})
	}
}
