package flow

import (
	"context"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// tallyDays is how long counters of past periods are kept.
const tallyDays = 40

// Tally implements Tallies.
func (s *Store) Tally(ctx context.Context, t tenant.ID, p project.ID, name string, began time.Time, add int64) (n int64, err error) {
	if add == 0 {
		err = s.db.Read(ctx, func(tx *db.Tx) error {
			n, err = db.One(tx, db.Scalar[int64], `SELECT n FROM flow_counter
				WHERE tenant_id = $1 AND project_id = $2 AND name = $3 AND began_ms = $4`, t, p, name, db.Millis(began))
			if fault.Is(err, fault.NotFound) {
				return nil
			}
			return err
		})
		return n, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		n, err = db.One(tx, db.Scalar[int64], `INSERT INTO flow_counter (tenant_id, project_id, name, began_ms, n) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (tenant_id, project_id, name, began_ms) DO UPDATE SET n = flow_counter.n + excluded.n RETURNING n`,
			t, p, name, db.Millis(began), add)
		if err != nil || n != add || began.IsZero() {
			return err
		}
		// The first of a period takes away the old ones; began_ms 0 is the one without periods.
		_, err = tx.Exec(`DELETE FROM flow_counter WHERE tenant_id = $1 AND project_id = $2 AND name = $3 AND began_ms > 0 AND began_ms < $4`,
			t, p, name, db.Millis(began.AddDate(0, 0, -tallyDays)))
		return err
	})
	return n, err
}
