package story

import (
	"testing"
	"time"

	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/test/world"
)

func TestSIPPhone(t *testing.T) {
	world.Run(t, func(w *world.World) {
		phone := w.SIPPhone("127.0.0.1:7070")
		cid := w.Agent("cid").IsAvailable()
		caller := w.Caller().Dials(menu)
		caller.IsAnswered()
		w.Passes(7 * time.Second)
		caller.Presses("2")
		cid.IsOffered(caller)
		phone.Rings()
		w.Passes(2 * time.Second)
		phone.PicksUp()
		w.Eventually(3*time.Second, "cid talks", func() bool { v, ok := cid.InHand(); return ok && v.Phase == "connected" })
		caller.Speaks()
		phone.HearsSound("the caller")
		phone.HangsUp() // the queue has no wrap-up: it is over
		caller.IsHungUpOn()
		cid.HasNothing()
		if r := w.OneRecord(); r.Cause != interaction.ByAgent {
			t.Errorf("got cause %s, want agent", r.Cause)
		}
		// The next one he leaves ringing, and the third he declines on the phone.
		for _, leave := range []bool{true, false} {
			cid.IsAvailable()
			caller := w.Caller().Dials(menu)
			w.Passes(7 * time.Second)
			caller.Presses("2")
			cid.IsOffered(caller)
			phone.Rings()
			if leave {
				w.Passes(16 * time.Second)
			} else {
				phone.Declines()
			}
			cid.HasNothing()
			if cid.Me.Reason != "missed" {
				t.Errorf("cid is %s %s, want a break for the missed offer", cid.Me.Status, cid.Me.Reason)
			}
			caller.HangsUp()
			w.Passes(time.Second)
		}
	})
}

func TestMuteAndKeys(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		id := ann.Has()
		if err := ann.Does(desk.Command{Kind: desk.CmdMute, Interaction: id, On: true}); err != nil {
			t.Fatalf("mute: %+v", err)
		}
		w.Passes(time.Second)
		if caller.Hears() {
			t.Error("the caller hears a muted agent")
		}
		if err := ann.Does(desk.Command{Kind: desk.CmdMute, Interaction: id}); err != nil {
			t.Fatalf("unmute: %+v", err)
		}
		caller.HearsSound("the agent again")
		if err := ann.Does(desk.Command{Kind: desk.CmdDigits, Interaction: id, Digits: "5#"}); err != nil {
			t.Fatalf("keys: %+v", err)
		}
		w.Eventually(3*time.Second, "the keys arrive", func() bool { return caller.Call.Keys() == "5#" })
		if err := ann.Does(desk.Command{Kind: desk.CmdDigits, Interaction: id, Digits: "x"}); err == nil || err.Field != "digits" {
			t.Errorf("a key that is none: got %+v, want the field named", err)
		}
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
	})
}

func TestWhoMayWhat(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, sue := w.Agent("ann"), w.Agent("sue")
		if err := ann.Does(desk.Command{Kind: desk.CmdSetStatus, Status: "available"}); err == nil || err.Code != "phone_check_needed" {
			t.Errorf("available without a phone check: got %+v", err)
		}
		ann.IsAvailable()
		if err := ann.Does(desk.Command{Kind: desk.CmdWatchBoard}); err == nil || err.Code != "denied" {
			t.Errorf("an agent watches the board: got %+v, want denied", err)
		}
		if err := ann.Does(desk.Command{Kind: desk.CmdSetStatus, Status: "break", Reason: "fishing"}); err == nil || err.Field != "reason" {
			t.Errorf("a break for no known reason: got %+v, want the field named", err)
		}
		if err := ann.Does(desk.Command{Kind: "dance"}); err == nil || err.Code != "invalid" {
			t.Errorf("an unknown command: got %+v, want invalid", err)
		}
		if err := sue.Does(desk.Command{Kind: desk.CmdWatchBoard}); err != nil {
			t.Fatalf("the supervisor watches the board: %+v", err)
		}
		w.Settles()
		for _, name := range []string{"Sales", "Support", "Later"} {
			if _, ok := sue.Board[name]; !ok {
				t.Errorf("the supervisor sees %d queues, %s is missing", len(sue.Board), name)
			}
		}
		if len(sue.Agents) < 3 {
			t.Errorf("the supervisor sees %d agents, want 3", len(sue.Agents))
		}
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		w.Passes(500 * time.Millisecond) // the board may be half a second behind, the agent not
		if got := sue.Agents["Ann"].Activity; got != "offered" {
			t.Errorf("the supervisor sees ann as %s, want offered", got)
		}
		caller.HangsUp()
		ann.HasNothing()
	})
}
