package ladder

import (
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// Save writes an interaction's ladder. What is stored of it already, by a process before a restart,
// stays in front.
func Save(tx *db.Tx, t tenant.ID, id interaction.ID, at time.Time, l Ladder) error {
	body, err := encode(l)
	if err != nil {
		return err
	}
	return save(tx, t, id, at, l, body)
}

// save is Save of a ladder that was encoded before, so that others do not wait for that.
func save(tx *db.Tx, t tenant.ID, id interaction.ID, at time.Time, l Ladder, body []byte) error {
	n, err := tx.Exec(`INSERT INTO sip_ladder (tenant_id, interaction_id, at_ms, messages, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, interaction_id) DO NOTHING`, t, id, db.Millis(at), l.Count(), body)
	if err != nil || n == 1 {
		return err
	}
	old, err := Load(tx, t, id)
	if err != nil {
		return err
	}
	l = Merge(old, l)
	if body, err = encode(l); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE sip_ladder SET at_ms = $3, messages = $4, body = $5 WHERE tenant_id = $1 AND interaction_id = $2`,
		t, id, db.Millis(at), l.Count(), body)
	return err
}

// Load reads what is stored; an empty Ladder if there is nothing.
func Load(tx *db.Tx, t tenant.ID, id interaction.ID) (Ladder, error) {
	body, err := db.One(tx, db.Scalar[[]byte], `SELECT body FROM sip_ladder WHERE tenant_id = $1 AND interaction_id = $2`, t, id)
	if fault.Is(err, fault.NotFound) {
		return Ladder{}, nil
	}
	if err != nil {
		return Ladder{}, err
	}
	return decode(body)
}

// sweepAtOnce is how many rows one transaction removes, so that calls do not wait for it.
const sweepAtOnce = 1000

// Sweep removes ladders that were written before an instant, some at a time; more says that there
// may be others.
func Sweep(tx *db.Tx, before time.Time) (more bool, err error) {
	n, err := tx.Exec(`DELETE FROM sip_ladder WHERE (tenant_id, interaction_id) IN
		(SELECT tenant_id, interaction_id FROM sip_ladder WHERE at_ms < $1 ORDER BY at_ms LIMIT $2)`, db.Millis(before), sweepAtOnce)
	return n == sweepAtOnce, err
}
