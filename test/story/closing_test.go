package story

import (
	"testing"
	"time"

	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/test/world"
)

// The lines that close: fake time begins at midnight, and they are open until ten past. One sends who waits to
// another queue, one calls back, one says that it is closed; who comes later hears a flow or that it is closed.
const (
	closesToQueue    = "+4420601"
	closesToCallback = "+4420602"
	closesToGoodbye  = "+4420603"
)

// untilClosing lets the time pass to some seconds before ten past midnight.
func untilClosing(w *world.World, before time.Duration) {
	w.T.Helper()
	now := time.Now().UTC()
	closes := time.Date(now.Year(), now.Month(), now.Day(), 0, 10, 0, 0, time.UTC)
	if !now.Before(closes.Add(-before)) {
		w.T.Fatalf("the story began too late: %v", now)
	}
	w.Passes(closes.Add(-before).Sub(now))
}

// TestClosingSendsOn is IVR-08: who is in line at closing time waits in another queue, as long as he has waited
// already; who is being offered then is served.
func TestClosingSendsOn(t *testing.T) {
	world.Run(t, func(w *world.World) {
		untilClosing(w, 60*time.Second)
		a := w.Caller().Dials(closesToQueue)
		a.IsAnswered()
		w.Passes(10 * time.Second)
		direct := w.Caller().Dials(direct)
		direct.IsAnswered()
		untilClosing(w, 10*time.Second)
		b := w.Caller().Dials(closesToQueue)
		b.IsAnswered()
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(a)
		w.Passes(11 * time.Second) // it closes meanwhile
		ann.Accepts()
		ann.TalksWith(a)
		a.HangsUp()
		ann.WrapsUp()
		bob := w.Agent("bob").IsAvailable()
		bob.IsOffered(direct) // he has waited longer
		direct.HangsUp()
		bob.IsOffered(b)
		bob.Accepts()
		bob.TalksWith(b)
		b.HangsUp()
		bob.WrapsUp()
		bob.Finishes("sold_big", "")
		ann.Finishes("sold_big", "")
	})
}

// TestClosingCallsBack: who is in line at closing time is promised a call and keeps his place, also when the process
// dies before closing time and is back after it.
func TestClosingCallsBack(t *testing.T) {
	for _, dies := range []bool{false, true} {
		t.Run(map[bool]string{false: "alive", true: "killed"}[dies], func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				there := w.SIPPhone(firstWay)
				untilClosing(w, 5*time.Second)
				a := w.Caller().Dials(closesToCallback)
				a.IsAnswered()
				w.Passes(2 * time.Second)
				if dies {
					w.Crashes()
					w.Passes(4 * time.Second)
					w.Starts()
				}
				w.Passes(4 * time.Second)
				a.IsHungUpOn()
				w.Passes(6 * time.Second)
				ann := w.Agent("ann").IsAvailable()
				ann.IsOffered(a)
				callsBack(w, ann)
				there.Rings()
				there.PicksUp()
				w.Passes(time.Second)
				ann.Connects()
				there.HangsUp()
				ann.HasNothing()
				for _, r := range w.Records() {
					if r.Arrival.Origin == interaction.Inbound && r.Segment.Outcome != interaction.CalledBack {
						t.Errorf("the call's outcome is %q, want %q", r.Segment.Outcome, interaction.CalledBack)
					}
				}
			})
		})
	}
}

// TestClosingSaysGoodbye: who is in line hears that it is closed; who comes later is taken by a flow, which may
// put him in line after all.
func TestClosingSaysGoodbye(t *testing.T) {
	world.Run(t, func(w *world.World) {
		untilClosing(w, 5*time.Second)
		a := w.Caller().Dials(closesToGoodbye)
		a.IsAnswered()
		w.Passes(20 * time.Second)
		a.IsHungUpOn()
		r := w.OneRecord()
		if r.Segment.Outcome != interaction.Requeued || r.Cause != interaction.BySystem {
			t.Errorf("got %s by %s, want %s by %s", r.Segment.Outcome, r.Cause, interaction.Requeued, interaction.BySystem)
		}
		b := w.Caller().Dials(closesToGoodbye)
		b.IsAnswered()
		w.Passes(time.Second)
		b.Presses("1") // it is urgent
		w.Passes(30 * time.Second)
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(b)
		ann.Accepts()
		ann.TalksWith(b)
		if e := ann.Does(desk.Command{Kind: desk.CmdHangUp, Interaction: ann.Has()}); e != nil {
			t.Fatalf("hanging up: %+v", e)
		}
		b.IsHungUpOn()
		ann.HasNothing()
	})
}
