package callback

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

const columns = `tenant_id, id, first_id, last_id, project_id, queue_id, number, center_address, language, priority, rules,
	since_ms, asked_ms, state, attempts, next_ms, ended_ms, why, customer_first, prompt, slot_ms, by_id, own_id, note, reason`

func scan(row db.Row) (Callback, error) {
	var c Callback
	err := row.Scan(&c.Tenant, &c.ID, &c.First, &c.Last, &c.Project, &c.Queue, &c.Number, &c.CenterAddress, &c.Language, &c.Priority,
		db.FromJSON(&c.Rules), db.FromMillis(&c.Since), db.FromMillis(&c.Asked), &c.State, &c.Attempts, db.FromMillis(&c.Next),
		db.FromMillis(&c.Ended), &c.Why, &c.CustomerFirst, &c.Prompt, db.FromMillis(&c.Slot), &c.By, &c.Own, &c.Note, &c.Reason)
	return c, err
}

// Insert saves a new request.
func Insert(tx *db.Tx, c Callback) error {
	_, err := tx.Exec(`INSERT INTO callback (`+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)`,
		c.Tenant, c.ID, c.First, c.Last, c.Project, c.Queue, c.Number, c.CenterAddress, c.Language, c.Priority, db.JSON(c.Rules),
		db.Millis(c.Since), db.Millis(c.Asked), string(c.State), c.Attempts, db.Millis(c.Next), db.Millis(c.Ended), c.Why, c.CustomerFirst, c.Prompt, db.Millis(c.Slot),
		c.By, c.Own, c.Note, c.Reason)
	return err
}

// Save writes what may change of a request.
func Save(tx *db.Tx, c Callback) error {
	_, err := tx.Exec(`UPDATE callback SET last_id = $3, state = $4, attempts = $5, next_ms = $6, ended_ms = $7, why = $8, slot_ms = $9, reason = $10
		WHERE tenant_id = $1 AND id = $2`,
		c.Tenant, c.ID, c.Last, string(c.State), c.Attempts, db.Millis(c.Next), db.Millis(c.Ended), c.Why, db.Millis(c.Slot), c.Reason)
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

// Get reads one; NotFound: there is none.
func Get(tx *db.Tx, t tenant.ID, id ID) (Callback, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM callback WHERE tenant_id = $1 AND id = $2`, t, id)
}

// Filter says which requests are wanted; zero fields are no condition.
type Filter struct {
	ID      ID
	Open    bool // not over
	Over    bool
	Queue   queue.ID
	Project project.ID
	Serves  access.UserID // of queues this agent serves, and his own
	Asked   time.Time     // since then; open ones are always in
}

// List reads a tenant's requests, those asked for last first; the page goes on after an ID.
func List(tx *db.Tx, t tenant.ID, f Filter, page db.Page) ([]Callback, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM callback
		WHERE tenant_id = $1 AND ($2 = '' OR id < $2) AND ($3 = '' OR queue_id = $3) AND ($4 = '' OR project_id = $4)
		AND ($5 = '' OR own_id = $5 OR queue_id IN (SELECT queue_id FROM queue_agent WHERE tenant_id = $1 AND user_id = $5))
		AND (asked_ms >= $6 OR ended_ms = 0) AND (NOT $7 OR ended_ms = 0) AND (NOT $8 OR ended_ms > 0)
		AND ($9 = '' OR id = $9) ORDER BY id DESC LIMIT $10`, t, page.After, string(f.Queue), string(f.Project), string(f.Serves), db.Millis(f.Asked),
		f.Open, f.Over, string(f.ID), page.Rows())
}
