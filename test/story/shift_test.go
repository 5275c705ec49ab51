package story

import (
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/live"
	"linekeeper/internal/notice"
	"linekeeper/internal/shift"
	"linekeeper/internal/tenant"
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

// TestMorning is WFM-15, WFM-07 and SUP-09: a leader sets the checklist and when ann's shift begins; she comes an hour early
// and is credited a quarter of it, ticks, and is looked at. All of it is on the leader's board, and outlives the process.
func TestMorning(t *testing.T) {
	world.Run(t, func(w *world.World) {
		sue, id, port := w.App.Author(w.ID("sue")), access.UserID(w.ID("ann")), w.App.ShiftPort()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		ctx := w.T.Context()
		terms := port.Terms()
		terms.Checklist = shift.Block
		must(port.SetTerms(ctx, sue, terms))
		must(port.SetItems(ctx, sue, []shift.Item{
			{Key: "water", Part: shift.AtStart, Texts: tenant.Names{"en": "Only water on the desk"}},
			{Key: "clean", Part: shift.AtEnd, Texts: tenant.Names{"en": "The desk is clean"}},
		}))
		begins := time.Now().Add(time.Hour).Truncate(time.Minute)
		on := begins.UTC()
		must(port.SetStarts(ctx, sue, id, []shift.Start{{On: on.Format("2006-01-02"), Minute: int64(on.Hour()*60 + on.Minute())}}))
		lead := w.Agent("sue")
		if err := lead.Does(desk.Command{Kind: desk.CmdWatchBoard}); err != nil {
			t.Fatalf("%+v", err)
		}
		w.Eventually(time.Second, "she is not there yet", func() bool {
			s := lead.Agents["Ann"].Shift
			return s.Planned == begins.UnixMilli() && s.AbsentAt == begins.Add(30*time.Minute).UnixMilli() && s.Arrived == 0
		})
		came := time.Now()
		ann := w.Agent("ann")
		w.Eventually(2*time.Second, "she is there, and credited a quarter of an hour", func() bool {
			s := lead.Agents["Ann"].Shift
			return s.Arrived != 0 && s.Arrived-came.UnixMilli() < 1000 && s.Credited == begins.Add(-15*time.Minute).UnixMilli()
		})
		check := desk.Check{Permission: true, Microphone: true, Speaker: true, Loop: true}
		ready := desk.Command{Kind: desk.CmdSetStatus, Status: "available"}
		err := ann.Does(ready)
		if err == nil || err.Code != "not_ready" || len(err.Because) != 2 || err.Because[0].Code != "phone_check" || err.Because[1].Code != "checklist" {
			t.Fatalf("nothing is done: got %+v", err)
		}
		if err := ann.Does(desk.Command{Kind: desk.CmdCheckDone, Check: &check}); err != nil {
			t.Fatalf("%+v", err)
		}
		n := writes(w, written("Read this first", notice.Blocks, notice.Audience{Everybody: true}))
		w.Eventually(time.Second, "the notice is asked for", func() bool {
			s := lead.Agents["Ann"].Shift
			return s.NoticesAsked == 1 && s.NoticesDone == 0 && s.Lacks[len(s.Lacks)-1] == live.LackView{Code: "notice", Blocks: true}
		})
		if err := ann.Does(desk.Command{Kind: desk.CmdNoticeConfirm, Notice: string(n.ID), Revision: n.Revision}); err != nil {
			t.Fatalf("%+v", err)
		}
		w.Eventually(time.Second, "it is confirmed", func() bool { return lead.Agents["Ann"].Shift.NoticesDone == 1 })
		must(port.Tick(ctx, id, "water", true))
		must(port.Spot(ctx, sue, id, false, "a cup of tea"))
		if err := ann.Does(ready); err != nil {
			t.Fatalf("all is done: got %+v", err)
		}
		must(port.Tick(ctx, id, "water", false))
		w.Eventually(time.Second, "what she took back is missing again", func() bool {
			s := lead.Agents["Ann"].Shift
			return len(s.Ticked) == 0 && len(s.Lacks) == 1 && s.Lacks[0].Blocks && s.Spot != nil && s.Spot.Note == "a cup of tea"
		})
		must(port.Tick(ctx, id, "water", true))
		w.Crashes()
		w.Passes(3 * time.Second)
		w.Starts()
		ann.Arrives()
		w.Passes(time.Second)
		s := ann.Me.Shift
		if len(s.Ticked) != 1 || s.Spot == nil || s.Arrived-came.UnixMilli() >= 1000 || s.Credited != begins.Add(-15*time.Minute).UnixMilli() || len(s.Lacks) != 0 {
			t.Errorf("after the crash she sees %+v", s)
		}
		w.Passes(30 * time.Hour)
		if s := ann.Me.Shift; len(s.Ticked) != 0 || s.Arrived != 0 || s.Check != nil || s.Planned != 0 {
			t.Errorf("on another day she sees %+v", s)
		}
	})
}
