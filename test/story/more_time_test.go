package story

import (
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
	"linekeeper/test/world"
)

// ownExtensions sets how often agents of sales prolong their wrap-up themselves.
func ownExtensions(w *world.World, extensions int64, each time.Duration) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		q, err := queue.ByKey(tx, tenant.ID(by.Tenant), "sales")
		if err != nil {
			return err
		}
		q.Desk.Extensions, q.Desk.ExtensionMS = extensions, each.Milliseconds()
		_, err = queue.Change(tx, by, q)
		return err
	})
}

// TestMoreTime is DSK-03: when the own extensions are spent the agent asks, the supervisor sees it at once and gives
// more time; a second request is refused. Both answers are in the audit list. The process dies in between.
func TestMoreTime(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ownExtensions(w, 1, 10*time.Second)
		sue := w.Agent("sue")
		ann, caller := talks(w)
		caller.HangsUp()
		ann.WrapsUp() // 30 s
		id := ann.Has()
		answer := func(yes bool) desk.Command {
			return desk.Command{Kind: desk.CmdMoreTimeAnswer, Interaction: id, On: yes, Target: &desk.Target{Kind: "agent", ID: w.ID("ann")}}
		}
		more := desk.Command{Kind: desk.CmdExtendWrapUp, Interaction: id}
		ask := desk.Command{Kind: desk.CmdMoreTime, Interaction: id}
		if v, _ := ann.InHand(); v.WrapExtensions != 1 || v.MoreTime != "" {
			t.Errorf("the desk shows %d own extensions and %q", v.WrapExtensions, v.MoreTime)
		}
		if err := ann.Does(ask); err == nil {
			t.Error("asked while an own extension is left")
		}
		if err := ann.Does(more); err != nil {
			t.Error(err)
		}
		if err := ann.Does(more); err == nil {
			t.Error("prolonged twice where the queue allows once")
		}
		w.Passes(35 * time.Second) // 5 s are left
		if err := ann.Does(ask); err != nil {
			t.Fatal(err)
		}
		w.Settles()
		if v, _ := ann.InHand(); v.MoreTime != "asked" {
			t.Errorf("the desk shows %q", v.MoreTime)
		}
		if len(sue.Asks) != 1 || sue.Asks[0].AgentName != "Ann" || sue.Asks[0].QueueName != "Sales" || sue.Asks[0].Extended != 1 {
			t.Fatalf("the supervisor sees %+v", sue.Asks)
		}
		if err := ann.Does(answer(true)); err == nil || err.Code != "denied" {
			t.Errorf("the agent answers herself: %+v", err)
		}
		w.Crashes()
		w.Passes(10 * time.Second) // her time would be over
		w.Starts()
		ann.Arrives()
		sue.Arrives()
		w.Settles()
		if len(sue.Asks) != 1 || ann.Has() != id {
			t.Fatalf("after the crash the supervisor sees %+v, ann has %q", sue.Asks, ann.Has())
		}
		if err := sue.Does(answer(true)); err != nil {
			t.Fatal(err)
		}
		w.Settles()
		if v, _ := ann.InHand(); v.MoreTime != "granted" || v.MoreTimeBy != "Sue" {
			t.Errorf("the desk shows %q by %q", v.MoreTime, v.MoreTimeBy)
		}
		if len(sue.Asks) != 0 {
			t.Errorf("the supervisor still sees %+v", sue.Asks)
		}
		if err := ann.Does(ask); err != nil {
			t.Fatal(err)
		}
		if err := sue.Does(answer(false)); err != nil {
			t.Fatal(err)
		}
		w.Settles()
		if v, _ := ann.InHand(); v.MoreTime != "refused" {
			t.Errorf("the desk shows %q", v.MoreTime)
		}
		if err := ann.Does(ask); err == nil {
			t.Error("asked again after a refusal")
		}
		w.Passes(20 * time.Second)
		ann.HasNothing()
		var modes []string
		err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) error {
			lines, err := audit.List(tx, string(w.OneRecord().Arrival.Tenant), audit.Filter{ObjectID: id}, db.Page{Limit: 100})
			for _, l := range lines {
				if l.Action == audit.Supervise && l.User == w.ID("sue") {
					modes = append(modes, string(l.Detail))
				}
			}
			return err
		})
		if err != nil || len(modes) != 2 {
			t.Errorf("the audit list has %q, %v; want both answers", modes, err)
		}
	})
}

// TestMoreTimeUnanswered: a request that nobody answers ends with the wrap-up, a minute after it was made.
func TestMoreTimeUnanswered(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ownExtensions(w, 0, 0)
		sue := w.Agent("sue")
		ann, caller := talks(w)
		caller.HangsUp()
		ann.WrapsUp()
		w.Passes(25 * time.Second)
		if err := ann.Does(desk.Command{Kind: desk.CmdMoreTime, Interaction: ann.Has()}); err != nil {
			t.Fatal(err)
		}
		w.Passes(58 * time.Second)
		if len(ann.Work) != 1 || len(sue.Asks) != 1 {
			t.Fatalf("after 58 s ann has %d in hand, the supervisor sees %d", len(ann.Work), len(sue.Asks))
		}
		w.Passes(3 * time.Second)
		ann.HasNothing()
		w.Settles()
		if len(sue.Asks) != 0 {
			t.Errorf("the supervisor still sees %+v", sue.Asks)
		}
	})
}
