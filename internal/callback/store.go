package callback

import (
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

const columns = `tenant_id, id, first_id, last_id, project_id, queue_id, number, center_address, language, priority, rules,
	since_ms, asked_ms, state, attempts, next_ms, ended_ms, why`

func scan(row db.Row) (Callback, error) {
	var c Callback
	err := row.Scan(&c.Tenant, &c.ID, &c.First, &c.Last, &c.Project, &c.Queue, &c.Number, &c.CenterAddress, &c.Language, &c.Priority,
		db.FromJSON(&c.Rules), db.FromMillis(&c.Since), db.FromMillis(&c.Asked), &c.State, &c.Attempts, db.FromMillis(&c.Next),
		db.FromMillis(&c.Ended), &c.Why)
	return c, err
}

// Insert saves a new request. Conflict: one of the same number is open.
func Insert(tx *db.Tx, c Callback) error {
	_, err := tx.Exec(`INSERT INTO callback (`+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		c.Tenant, c.ID, c.First, c.Last, c.Project, c.Queue, c.Number, c.CenterAddress, c.Language, c.Priority, db.JSON(c.Rules),
		db.Millis(c.Since), db.Millis(c.Asked), string(c.State), c.Attempts, db.Millis(c.Next), db.Millis(c.Ended), c.Why)
	if db.Taken(err) {
		return fault.Conflict.New("This number is to be called back already.")
	}
	return err
}

// Save writes what may change of a request.
func Save(tx *db.Tx, c Callback) error {
	_, err := tx.Exec(`UPDATE callback SET last_id = $3, state = $4, attempts = $5, next_ms = $6, ended_ms = $7, why = $8
		WHERE tenant_id = $1 AND id = $2`,
		c.Tenant, c.ID, c.Last, string(c.State), c.Attempts, db.Millis(c.Next), db.Millis(c.Ended), c.Why)
	return err
}

// Remove takes back a request that was never promised.
func Remove(tx *db.Tx, t tenant.ID, id ID) error {
	_, err := tx.Exec(`DELETE FROM callback WHERE tenant_id = $1 AND id = $2`, t, id)
	return err
}

// Open reads all that are not over, the longest waiting first.
func Open(tx *db.Tx) ([]Callback, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM callback WHERE ended_ms = 0 ORDER BY since_ms, id LIMIT 100000`)
}

// Since reads a tenant's requests asked for since a moment, and those that are open; the newest first.
func Since(tx *db.Tx, t tenant.ID, from time.Time, most int) ([]Callback, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM callback
		WHERE tenant_id = $1 AND (asked_ms >= $2 OR ended_ms = 0) ORDER BY asked_ms DESC, id DESC LIMIT $3`, t, db.Millis(from), most)
}
