package trunk

import (
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
)

// Spend is what calls out by a trunk have cost on the numbers of a rate within one clock hour.
type Spend struct {
	Trunk  ID
	Rate   string // its numbers
	Hour   time.Time
	Amount int64 // as Rate has it
}

// spendKept is how long what was spent is kept.
const spendKept = 31 * 24 * time.Hour

// SpentIn reads what was spent in the clock hour that holds a moment.
func SpentIn(tx *db.Tx, t tenant.ID, at time.Time) ([]Spend, error) {
	return db.All(tx, func(row db.Row) (Spend, error) {
		var s Spend
		err := row.Scan(&s.Trunk, &s.Rate, db.FromMillis(&s.Hour), &s.Amount)
		return s, err
	}, `SELECT trunk_id, numbers, hour_ms, amount FROM trunk_spend WHERE tenant_id = $1 AND hour_ms = $2 ORDER BY trunk_id, numbers`,
		t, db.Millis(at.Truncate(time.Hour)))
}

// SaveSpent writes what was spent, in place of what was written for the same hours. What is older than
// 31 days is removed.
func SaveSpent(tx *db.Tx, t tenant.ID, all []Spend) error {
	for _, s := range all {
		_, err := tx.Exec(`INSERT INTO trunk_spend (tenant_id, trunk_id, numbers, hour_ms, amount) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (tenant_id, trunk_id, numbers, hour_ms) DO UPDATE SET amount = excluded.amount`,
			t, s.Trunk, s.Rate, db.Millis(s.Hour), s.Amount)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(`DELETE FROM trunk_spend WHERE tenant_id = $1 AND hour_ms < $2`, t, db.Millis(time.Now().Add(-spendKept)))
	return err
}
