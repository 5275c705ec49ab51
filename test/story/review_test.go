package story

import (
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/internal/report"
	"linekeeper/internal/tenant"
	"linekeeper/test/world"
)

// guards lets the project's agents end a talk after 30 s only, and say why.
func guards(w *world.World) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		p, err := project.ByKey(tx, tenant.ID(by.Tenant), "shop")
		if err != nil {
			return err
		}
		p.HangUpAfterMS, p.HangUpReason = 30_000, true
		_, err = project.Change(tx, by, p)
		return err
	})
}

// toReview is what the search finds on the review list, newest first.
func toReview(w *world.World) []report.Interaction {
	w.T.Helper()
	found, err := report.New(w.App.DB()).Search(w.T.Context(),
		report.Viewer{Tenant: w.Records()[0].Arrival.Tenant, SeesAll: true}, report.Filter{Review: report.HangUp}, report.Page{})
	if err != nil {
		w.T.Fatal(err)
	}
	if found.Total != len(found.Items) {
		w.T.Errorf("counted %d, listed %d", found.Total, len(found.Items))
	}
	return found.Items
}

// TestEndedByTheAgent is DSK-13: the button waits and asks why; what the agent ended first is on the review
// list with the reason, what the customer ended is not.
func TestEndedByTheAgent(t *testing.T) {
	world.Run(t, func(w *world.World) {
		guards(w)
		ann, caller := talks(w)
		hangUp := desk.Command{Kind: desk.CmdHangUp, Interaction: ann.Has(), Reason: "bored"}
		if err := ann.Does(hangUp); err == nil || err.Code != "conflict" {
			t.Fatalf("at once: got %+v, want conflict", err)
		}
		if v, _ := ann.InHand(); !v.HangUpReason || v.HangUpFrom != v.Answered+30_000 {
			t.Errorf("the desk shows %v from %d, answered %d; want a reason and 30 s", v.HangUpReason, v.HangUpFrom, v.Answered)
		}
		w.Passes(30 * time.Second)
		hangUp.Reason = ""
		if err := ann.Does(hangUp); err == nil || err.Code != "invalid" {
			t.Fatalf("without a reason: got %+v, want invalid", err)
		}
		caller.Listens("ann") // nothing has happened yet
		hangUp.Reason = "He is silent"
		ann.Controls(hangUp)
		caller.IsHungUpOn()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")

		ann.IsAvailable()
		second := w.Caller().Dials(direct)
		ann.IsOffered(second)
		ann.Accepts()
		ann.TalksWith(second)
		w.Passes(40 * time.Second)
		second.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		list := toReview(w)
		if len(list) != 1 || list[0].CustomerAddress != caller.Number || list[0].HangUpReason != "He is silent" || list[0].Cause != interaction.ByAgent {
			t.Errorf("to review are %+v, want the first call and its reason", list)
		}
	})
}

// TestEndedByATelephone: a telephone on the table cannot be held back and asks nothing; it is looked at.
func TestEndedByATelephone(t *testing.T) {
	world.Run(t, func(w *world.World) {
		guards(w)
		phone := w.SIPPhone("127.0.0.1:7070")
		cid := w.Agent("cid").IsAvailable()
		caller := w.Caller().Dials(menu)
		caller.IsAnswered()
		w.Passes(7 * time.Second)
		caller.Presses("2")
		cid.IsOffered(caller)
		phone.Rings()
		phone.PicksUp()
		w.Eventually(3*time.Second, "cid talks", func() bool { v, ok := cid.InHand(); return ok && v.Phase == "connected" })
		w.Passes(5 * time.Second)
		phone.HangsUp()
		caller.IsHungUpOn()
		cid.HasNothing()
		list := toReview(w)
		if len(list) != 1 || !list[0].HangUpReview || list[0].HangUpReason != "" {
			t.Errorf("to review are %+v, want the call, without a reason", list)
		}
	})
}
