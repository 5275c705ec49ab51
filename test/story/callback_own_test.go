package story

import (
	"testing"
	"time"

	"linekeeper/internal/callback"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/test/world"
)

// told says whether a desk was given a hint.
func told(a *world.Agent, code string) bool {
	for _, c := range a.Seen {
		if c.Kind == desk.ChgNotice && c.Notice.Code == code {
			return true
		}
	}
	return false
}

// TestOwnCallback is DSK-11: ann promises the customer she talks with a call in two hours, as her own. She is told ten
// minutes before, also over the death of the process; at the time the call is offered to her although bob has been idle for
// longer, with her note; and to everybody when the grace is over.
func TestOwnCallback(t *testing.T) {
	for _, dies := range []bool{false, true} {
		t.Run(map[bool]string{false: "alive", true: "killed"}[dies], func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				there := w.SIPPhone(firstWay)
				ann := w.Agent("ann").IsAvailable()
				c := w.Caller().Dials(later)
				ann.IsOffered(c)
				ann.Accepts()
				ann.TalksWith(c)
				by := callback.By{Author: w.App.Author(w.ID("ann")), Role: "agent"}
				at := time.Now().Add(2 * time.Hour)
				in := interaction.ID(ann.Has())
				if _, err := w.App.CallbackDesk().Promise(w.T.Context(), by, in, callback.Word{At: time.Now().Add(-time.Hour)}, true); fault.KindOf(err) != fault.Invalid {
					t.Errorf("a time that has passed: %v", err)
				}
				other := callback.By{Author: w.App.Author(w.ID("bob")), Role: "agent"}
				if _, err := w.App.CallbackDesk().Promise(w.T.Context(), other, in, callback.Word{At: at}, false); fault.KindOf(err) != fault.Conflict {
					t.Errorf("bob, who has it not in hand: %v", err)
				}
				if _, err := w.App.CallbackDesk().Promise(w.T.Context(), by, in, callback.Word{At: at, Note: "the price of 500"}, true); err != nil {
					t.Fatal(err)
				}
				if _, err := w.App.CallbackDesk().Promise(w.T.Context(), by, in, callback.Word{At: at}, true); fault.KindOf(err) != fault.Conflict {
					t.Errorf("the same number once more: %v", err)
				}
				c.HangsUp()
				if dies {
					w.Crashes()
					w.Passes(3 * time.Second)
					w.Starts()
					ann.Arrives()
					w.Passes(6 * time.Second)
				}
				w.Passes(time.Until(at) - 11*time.Minute)
				if told(ann, "callback_soon") {
					t.Error("ann is told too early")
				}
				w.Passes(2 * time.Minute)
				if !told(ann, "callback_soon") {
					t.Error("ann is not told")
				}
				w.Passes(time.Until(at) + 6*time.Second)
				v, ok := ann.InHand()
				if !ok || v.Phase != "offered" || v.Callback == nil || v.Callback.Note != "the price of 500" {
					t.Fatalf("ann has %+v in hand", v)
				}
				callsBack(w, ann)
				there.Rings()
				if err := w.App.Callbacks().Cancel(w.T.Context(), by, theCallback(w).ID, "he has called himself"); err != nil {
					t.Fatal(err)
				}
				ann.HasNothing()
				if k := theCallback(w); k.Reason != "he has called himself" || k.State != callback.Cancelled {
					t.Errorf("the callback is %+v", k)
				}
			})
		})
	}
}
