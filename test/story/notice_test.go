package story

import (
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/notice"
	"linekeeper/internal/tenant"
	"linekeeper/test/world"
)

func written(title string, importance notice.Importance, whom notice.Audience) notice.Notice {
	return notice.Notice{Texts: notice.Texts{"en": {Title: title, Body: "Read it."}, "ru": {Title: title + " (ru)", Body: "Прочтите."}},
		Importance: importance, Audience: whom}
}

func writes(w *world.World, n notice.Notice) notice.Notice {
	w.T.Helper()
	n, err := w.App.WriteNotice(w.T.Context(), w.App.Author(w.ID("sue")), n)
	if err != nil {
		w.T.Fatal(err)
	}
	w.Settles()
	return n
}

func toAvailable() desk.Command { return desk.Command{Kind: desk.CmdSetStatus, Status: "available"} }

// TestNoticeBlocksReady is SUP-07: a notice comes to the desks at once; who talks goes on and is not thrown out; nobody
// becomes available before he has confirmed it, and the refusal says which it is. A confirmation that was shown outlives
// the death of the process.
func TestNoticeBlocksReady(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, bob := w.Agent("ann").IsAvailable(), w.Agent("bob")
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		n := writes(w, written("New tariff", notice.Blocks, notice.Audience{Everybody: true}))
		w.Eventually(time.Second, "both desks show it", func() bool { return len(ann.Notices) == 1 && len(bob.Notices) == 1 })
		if v := ann.Notices[0]; v.Importance != "block" || v.Done || v.Author != w.Name(w.ID("sue")) || len(v.Texts) != 2 {
			t.Errorf("ann sees %+v", v)
		}
		if ann.Me.Status != "available" {
			t.Errorf("ann, who talks, is %s", ann.Me.Status)
		}
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		w.Settles()
		if ann.Me.Status != "available" {
			t.Errorf("after the talk ann is %s: nobody throws her out", ann.Me.Status)
		}
		ann.GoesOnBreak("lunch")
		for _, a := range []*world.Agent{ann, bob} {
			if err := a.Does(desk.Command{Kind: desk.CmdCheckDone, Check: &desk.Check{Permission: true, Microphone: true, Speaker: true, Loop: true}}); err != nil {
				t.Fatal(err)
			}
			err := a.Does(toAvailable())
			if err == nil || err.Code != "not_ready" || len(err.Because) != 1 || err.Because[0] != (desk.Because{Code: "notice", About: string(n.ID),
				Name: "New tariff", Text: "Confirm the notice “New tariff” first."}) {
				t.Fatalf("%s is told %+v", a.Login, err)
			}
		}
		if err := ann.Does(desk.Command{Kind: desk.CmdNoticeRead, Notice: string(n.ID), Revision: 1}); err != nil {
			t.Fatal(err)
		}
		if err := ann.Does(toAvailable()); err == nil || err.Code != "not_ready" {
			t.Errorf("reading is not confirming: %+v", err)
		}
		if err := ann.Does(desk.Command{Kind: desk.CmdNoticeConfirm, Notice: string(n.ID), Revision: 1}); err != nil {
			t.Fatal(err)
		}
		w.Crashes() // between the reply and anything else
		w.Starts()
		ann.Arrives()
		w.Eventually(time.Second, "ann's confirmation is there", func() bool { return len(ann.Notices) == 1 && ann.Notices[0].Done })
		ann.IsAvailable()
		bob.Arrives()
		if err := bob.Does(desk.Command{Kind: desk.CmdCheckDone, Check: &desk.Check{Permission: true, Microphone: true, Speaker: true, Loop: true}}); err != nil {
			t.Fatal(err)
		}
		if err := bob.Does(toAvailable()); err == nil || err.Code != "not_ready" {
			t.Errorf("bob has not confirmed: %+v", err)
		}
		// Withdrawn, it keeps nobody out.
		change(w, func(tx *db.Tx, by audit.Author) error {
			_, err := notice.Withdraw(tx, by, n.ID)
			return err
		})
		bob.IsAvailable()
		w.Eventually(time.Second, "it is gone from the desks", func() bool { return len(ann.Notices) == 0 && len(bob.Notices) == 0 })
		ann.GoesOnBreak("lunch")
		bob.GoesOnBreak("lunch")
	})
}

// change changes what stories do not do at a desk, and tells the desks.
func change(w *world.World, do func(*db.Tx, audit.Author) error) {
	w.T.Helper()
	if err := w.App.Change(w.T.Context(), do); err != nil {
		w.T.Fatal(err)
	}
	w.Settles()
}

// TestNoticeTimes lets a notice begin and end by itself, for one queue; who comes to the queue meanwhile is reached, and a
// change that is to be confirmed anew asks again who had confirmed.
func TestNoticeTimes(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, bob := w.Agent("ann"), w.Agent("bob")
		from := time.Now().Add(time.Hour)
		draft := written("Night shift", notice.ToConfirm, notice.Audience{People: []access.UserID{access.UserID(w.ID("ann"))}})
		draft.From, draft.Until = from, from.Add(time.Hour)
		n := writes(w, draft)
		if len(ann.Notices) != 0 {
			t.Errorf("an hour before: %+v", ann.Notices)
		}
		if err := ann.Does(desk.Command{Kind: desk.CmdNoticeConfirm, Notice: string(n.ID), Revision: 1}); err == nil || err.Code != "notice_over" {
			t.Errorf("confirmed before it holds: %+v", err)
		}
		w.Passes(time.Hour + time.Second)
		if len(ann.Notices) != 1 || len(bob.Notices) != 0 {
			t.Fatalf("it holds: ann %+v, bob %+v", ann.Notices, bob.Notices)
		}
		ann.IsAvailable() // what is to be confirmed does not block
		if err := bob.Does(desk.Command{Kind: desk.CmdNoticeRead, Notice: string(n.ID), Revision: 1}); err == nil || err.Code != "notice_none" {
			t.Errorf("bob, whom it does not reach, reads it: %+v", err)
		}
		if err := ann.Does(desk.Command{Kind: desk.CmdNoticeConfirm, Notice: string(n.ID), Revision: 1}); err != nil || !ann.Notices[0].Done {
			t.Errorf("%+v, %+v", err, ann.Notices)
		}
		change(w, func(tx *db.Tx, by audit.Author) error {
			n.Audience.People = append(n.Audience.People, access.UserID(w.ID("bob")))
			var err error
			n, err = notice.Change(tx, by, n, true)
			return err
		})
		w.Eventually(time.Second, "both are asked", func() bool {
			return len(bob.Notices) == 1 && !bob.Notices[0].Done && !ann.Notices[0].Done && ann.Notices[0].Revision == 2
		})
		if err := ann.Does(desk.Command{Kind: desk.CmdNoticeConfirm, Notice: string(n.ID), Revision: 1}); err == nil || err.Code != "notice_changed" {
			t.Errorf("confirmed what is not there any more: %+v", err)
		}
		change(w, func(tx *db.Tx, by audit.Author) error {
			_, asked, err := notice.Remind(tx, by, n.ID)
			if asked != 2 {
				t.Errorf("%d are reminded", asked)
			}
			return err
		})
		w.Eventually(time.Second, "ann is reminded", func() bool { return ann.Notices[0].Reminded > 0 })
		w.Passes(time.Hour)
		if len(ann.Notices)+len(bob.Notices) != 0 {
			t.Errorf("it is over: ann %+v, bob %+v", ann.Notices, bob.Notices)
		}
		ann.GoesOnBreak("lunch")
		err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) error {
			list, err := notice.Readers(tx, tenant.ID(w.App.Author("").Tenant), n)
			if len(list) != 2 || list[0].Reading.Revision != 1 || list[0].Reading.Confirmed.IsZero() || list[1].Reading.Revision != 0 {
				t.Errorf("the read list: %+v", list)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
