package wait

import (
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// keptFor is how long what was learned says anything about a queue.
const keptFor = 7 * 24 * time.Hour

// Save writes what lines have learned, each under its queue.
func Save(tx *db.Tx, t tenant.ID, all map[queue.ID]Learned, now time.Time) error {
	for id, k := range all {
		if _, err := tx.Exec(`INSERT INTO queue_pace (tenant_id, queue_id, at_ms, learned) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant_id, queue_id) DO UPDATE SET at_ms = excluded.at_ms, learned = excluded.learned`,
			t, id, db.Millis(now), db.JSON(k)); err != nil {
			return err
		}
	}
	return nil
}

// Read gives what was learned in the last week, and forgets what is older.
func Read(tx *db.Tx, t tenant.ID, now time.Time) (map[queue.ID]Learned, error) {
	if _, err := tx.Exec(`DELETE FROM queue_pace WHERE tenant_id = $1 AND at_ms < $2`, t, db.Millis(now.Add(-keptFor))); err != nil {
		return nil, err
	}
	type row struct {
		id queue.ID
		k  Learned
	}
	rows, err := db.All(tx, func(r db.Row) (v row, err error) {
		err = r.Scan(&v.id, db.FromJSON(&v.k))
		return v, err
	}, `SELECT queue_id, learned FROM queue_pace WHERE tenant_id = $1`, t)
	all := make(map[queue.ID]Learned, len(rows))
	for _, v := range rows {
		all[v.id] = v.k
	}
	return all, err
}
