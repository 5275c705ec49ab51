package flow_test

import (
	"testing"

	"linekeeper/internal/audit"
	"linekeeper/internal/flow"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// TestNewQueueHasAFlow: an administrator with an empty center can lead a number to a queue.
func TestNewQueueHasAFlow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			home, err := tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"})
			if err != nil {
				return err
			}
			by := audit.Author{Tenant: string(home.ID)}
			p, err := project.Create(tx, by, project.Project{Key: "p", Name: "P"})
			if err != nil {
				return err
			}
			q := queue.Usual()
			q.Key, q.Name, q.ProjectID = "sales", "Sales", p.ID
			if q, err = flow.CreateQueue(tx, by, q); err != nil {
				return err
			}
			f, err := flow.ByKey(tx, home.ID, flow.StarterKey("sales"))
			if err != nil {
				return err
			}
			if err := (flow.Checker{}).Check(tx, home.ID, f); err != nil {
				t.Errorf("the queue's flow does not hold: %v", err)
			}
			// Made, removed and made again: the flow that is there is kept.
			if err := queue.Delete(tx, by, q.ID); err != nil {
				return err
			}
			_, err = flow.CreateQueue(tx, by, q)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
