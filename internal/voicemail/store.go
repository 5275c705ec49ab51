package voicemail

import (
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
)

// draft is what a customer is leaving: a row from before the first word until it has become an
// interaction, or was thrown away.
type draft struct {
	tenant  tenant.ID
	id      interaction.ID // it becomes
	path    string         // below the data folder
	codec   string
	started time.Time
	minimum time.Duration
	arrival interaction.Arrival // its message without the length
}

func insert(tx *db.Tx, d draft) error {
	_, err := tx.Exec(`INSERT INTO voicemail (tenant_id, id, path, codec, started_ms, minimum_ms, arrival) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		d.tenant, d.id, d.path, d.codec, db.Millis(d.started), d.minimum.Milliseconds(), db.JSON(d.arrival))
	return err
}

func remove(tx *db.Tx, d draft) error {
	_, err := tx.Exec(`DELETE FROM voicemail WHERE tenant_id = $1 AND id = $2`, d.tenant, d.id)
	return err
}

// drafts reads all there are, the oldest first.
func drafts(tx *db.Tx) ([]draft, error) {
	return db.All(tx, func(row db.Row) (draft, error) {
		var d draft
		var minimum int64
		err := row.Scan(&d.tenant, &d.id, &d.path, &d.codec, db.FromMillis(&d.started), &minimum, db.FromJSON(&d.arrival))
		d.minimum = time.Duration(minimum) * time.Millisecond
		return d, err
	}, `SELECT tenant_id, id, path, codec, started_ms, minimum_ms, arrival FROM voicemail ORDER BY tenant_id, id`)
}
