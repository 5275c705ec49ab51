package flow

import (
	"context"
	"testing"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// TestOutageEndsNoFlow holds that a customer in a flow outlives a short outage of the database.
func TestOutageEndsNoFlow(t *testing.T) {
	t.Parallel()
	proxy := dbtest.NewProxy(t, dbtest.PostgresURL(t))
	d, err := db.Open(t.Context(), db.Config{URL: proxy.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	by := office(t, d)
	var sales queue.Queue
	write(t, d, func(tx *db.Tx) error {
		p, err := project.Create(tx, by, project.Project{Key: "shop", Name: "Shop"})
		if err != nil {
			return err
		}
		q := queue.Usual()
		q.Key, q.Name, q.ProjectID = "sales", "Sales", p.ID
		sales, err = queue.Create(tx, by, q)
		return err
	})
	store := NewStore(d)
	proxy.Down()
	time.AfterFunc(1500*time.Millisecond, proxy.Up)
	rules, err := store.Rules(t.Context(), tenant.ID(by.Tenant), "sales")
	if err != nil || rules.Queue != sales.ID {
		t.Errorf("got the rules of %q, %v; want those of sales when the database is back", rules.Queue, err)
	}
	proxy.Down()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := store.Rules(ctx, tenant.ID(by.Tenant), "sales"); err == nil {
		t.Errorf("a flow that was stopped: got %v, want an error", err)
	}
	proxy.Up()
}
