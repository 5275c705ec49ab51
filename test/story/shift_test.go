package story

import (
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/shift"
	"linekeeper/test/world"
)

// TestCheckBeforeTheShift is DSK-07: nobody becomes available without a check that was passed at this sign-in, not by
// his own wish and not by a leader's, unless a leader lets him with a note, which he sees. What was done outlives the
// process, and ends with its hours.
func TestCheckBeforeTheShift(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann")
		ready := desk.Command{Kind: desk.CmdSetStatus, Status: "available"}
		refused := func(when string) {
			t.Helper()
			if err := ann.Does(ready); err == nil || err.Code != "phone_check_needed" {
				t.Errorf("%s: got %+v, want that the check is asked for", when, err)
			}
		}
		refused("before the check")
		check := desk.Check{Permission: true, Microphone: true, LevelDB: -12, NoiseDB: -52, Loop: true, RoundTripMs: 20, JitterMs: 2, Packets: 150, InputName: "Jabra"}
		if err := ann.Does(desk.Command{Kind: desk.CmdCheckDone, Check: &check}); err != nil {
			t.Fatal(err)
		}
		refused("with a check that failed")
		w.Eventually(time.Second, "the check is shown with its values", func() bool {
			c := ann.Me.Shift.Check
			return c != nil && !c.Passed && len(c.Failed) == 1 && c.Failed[0] == "speaker" && c.NoiseDB == -52 && c.Score > 4 && c.Input == "Jabra"
		})

		sue, id := w.App.Author(w.ID("sue")), access.UserID(w.ID("ann"))
		lunch := desk.Command{Kind: desk.CmdSetStatus, Status: "break", Reason: "lunch"}
		if err := ann.Does(lunch); err != nil {
			t.Fatal(err)
		}
		err := w.App.LeaderPort().SetStatus(w.T.Context(), sue, id, agent.Standing{Status: agent.Break, Reason: "lunch"}, agent.Standing{Status: agent.Available})
		if fault.KindOf(err) != fault.Conflict {
			t.Errorf("a leader makes her available without it: got %v", err)
		}
		if err := w.App.ShiftPort().Allow(w.T.Context(), sue, id, "the new headset comes at ten"); err != nil {
			t.Fatal(err)
		}
		if err := ann.Does(ready); err != nil {
			t.Errorf("with a leader's word: %+v", err)
		}
		w.Eventually(time.Second, "she sees whose word it is", func() bool {
			s := ann.Me.Shift
			return s.AllowedNote == "the new headset comes at ten" && s.AllowedBy == w.Name(w.ID("sue")) && len(s.Lacks) == 1 && !s.Lacks[0].Blocks
		})
		if w.Audited("shift_override", "comes at ten") == 0 {
			t.Error("a leader's word is not in the audit")
		}

		check.Speaker = true
		if err := ann.Does(desk.Command{Kind: desk.CmdCheckDone, Check: &check}); err != nil {
			t.Fatal(err)
		}
		w.Crashes()
		w.Passes(3 * time.Second)
		w.Starts()
		ann.Arrives()
		if s := ann.Me.Shift; s.Check == nil || !s.Check.Passed || s.AllowedNote == "" || len(s.Lacks) != 0 {
			t.Errorf("after the crash she sees %+v, want her check and the word", s)
		}
		if err := ann.Does(ready); err != nil {
			t.Errorf("after the crash: %+v", err)
		}
		if err := ann.Does(lunch); err != nil {
			t.Fatal(err)
		}
		w.Passes(12 * time.Hour)
		refused("twelve hours later")

		terms := w.App.ShiftPort().Terms()
		terms.Check = shift.Warn
		if err := w.App.ShiftPort().SetTerms(w.T.Context(), sue, terms); err != nil {
			t.Fatal(err)
		}
		if err := ann.Does(ready); err != nil {
			t.Errorf("where the check is not insisted on: %+v", err)
		}
	})
}
