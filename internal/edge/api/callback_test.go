package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/callback"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/queue"
)

// noCallbacks notes what it is asked for.
type noCallbacks struct{ asked []string }

func (n *noCallbacks) Cancel(_ context.Context, by callback.By, id callback.ID, why string) error {
	n.asked = append(n.asked, fmt.Sprint("cancel ", by.Role, " ", id, " ", why))
	return nil
}

func (n *noCallbacks) Promise(_ context.Context, by callback.By, id interaction.ID, w callback.Word, own bool) (callback.ID, error) {
	n.asked = append(n.asked, fmt.Sprint("promise ", by.Role, " ", id, " ", db.Millis(w.At), " ", w.Note, " ", own))
	return "cb-0", nil
}

func (n *noCallbacks) Move(_ context.Context, by callback.By, id callback.ID, at time.Time) error {
	n.asked = append(n.asked, fmt.Sprint("move ", by.Role, " ", id, " ", db.Millis(at)))
	return nil
}

func (n *noCallbacks) Reopen(_ context.Context, by callback.By, id callback.ID) error {
	n.asked = append(n.asked, fmt.Sprint("reopen ", by.Role, " ", id))
	return nil
}

// TestCallbacks: supervisors see and change all callbacks, agents those of the queues they serve.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		engine := &noCallbacks{}
		w := newWorld(t, d, func(deps *Deps) { deps.Callbacks = engine })
		now := time.Now().UTC().Truncate(time.Millisecond)
		w.write(func(tx *db.Tx) error {
			for i, c := range []callback.Callback{
				{Queue: w.queue, State: callback.Resting, Next: now.Add(time.Hour), Attempts: 1, Why: "busy", Asked: now, Since: now.Add(-time.Minute)},
				{Queue: "gone", State: callback.Cancelled, Ended: now, Why: "customer", Asked: now.Add(-time.Hour)},
				{Queue: "gone", State: callback.GivenUp, Ended: now.Add(-recent), Asked: now.Add(-2 * recent)},
			} {
				c.ID, c.Tenant, c.Project, c.First, c.Number = callback.ID(fmt.Sprint("cb-", i)), w.tenant, w.project, "i", fmt.Sprint("+44207123100", i)
				if err := callback.Insert(tx, c); err != nil {
					return err
				}
			}
			return queue.SetMembers(tx, audit.Author{Tenant: string(w.tenant)}, w.queue, []access.UserID{w.users[access.Agent]})
		})
		ids := func(who, query string) string {
			var l List[Callback]
			w.must(http.StatusOK, &l, who, "GET", "/api/v1/callbacks"+query, "")
			var all []string
			for _, c := range l.Items {
				all = append(all, c.ID)
			}
			return strings.Join(all, " ")
		}
		for _, test := range [][3]string{
			{"supervisor", "", "cb-1 cb-0"}, {"supervisor", "?state=open", "cb-0"}, {"supervisor", "?state=over", "cb-1"},
			{"supervisor", "?from=1", "cb-2 cb-1 cb-0"}, {"agent", "", "cb-0"}, {"quality", "?queue=gone", "cb-1"}, {"token", "?limit=1", "cb-1"},
		} {
			if got := ids(test[0], test[1]); got != test[2] {
				t.Errorf("%s%s: got %q, want %q", test[0], test[1], got, test[2])
			}
		}
		var one Callback
		w.must(http.StatusOK, &one, "agent", "PUT", "/api/v1/callbacks/cb-0/time", `{"at_ms":5}`)
		if one.QueueName != "Sales" || one.ProjectName != "Internet" || one.Attempts != 1 || one.NextMs != db.Millis(now.Add(time.Hour)) ||
			one.SinceMs != db.Millis(now.Add(-time.Minute)) {
			t.Errorf("got %+v", one)
		}
		w.must(http.StatusNoContent, nil, "agent", "DELETE", "/api/v1/callbacks/cb-0?why=moved+away", "")
		w.must(http.StatusCreated, &one, "agent", "POST", "/api/v1/callbacks", `{"interaction_id":"i","at_ms":7,"note":"the price","own":true}`)
		if one.ID != "cb-0" || one.TimeZone != "Europe/London" {
			t.Errorf("promised %+v", one)
		}
		w.must(http.StatusOK, nil, "supervisor", "POST", "/api/v1/callbacks/cb-1/reopen", "{}")
		w.refused(http.StatusNotFound, "agent", "DELETE", "/api/v1/callbacks/cb-1", "")
		w.refused(http.StatusNotFound, "supervisor", "DELETE", "/api/v1/callbacks/none", "")
		want := "move agent cb-0 5, cancel agent cb-0 moved away, promise agent i 7 the price true, reopen supervisor cb-1"
		if got := strings.Join(engine.asked, ", "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
