package customer

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
)

// MarkKind says what a mark warns of.
type MarkKind string

// The kinds of marks.
const (
	Abuse MarkKind = "abuse" // has insulted an agent
)

// Mark is what agents should know before they speak with a customer.
type Mark struct {
	Kind        MarkKind
	At          time.Time
	By          access.UserID // who said so
	Interaction string        // in which
}

// maxMarks is how many marks of a customer are read.
const maxMarks = 20

// AddMark marks a customer, once by the same user in the same interaction.
func AddMark(tx *db.Tx, t tenant.ID, c ID, m Mark) error {
	_, err := tx.Exec(`INSERT INTO customer_mark (tenant_id, customer_id, at_ms, kind, user_id, interaction_id)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, customer_id, interaction_id, kind, user_id) DO NOTHING`,
		t, c, db.Millis(m.At), string(m.Kind), m.By, m.Interaction)
	return err
}

// Marks are a customer's latest marks, the newest first.
func Marks(tx *db.Tx, t tenant.ID, c ID) ([]Mark, error) {
	return db.All(tx, func(row db.Row) (m Mark, err error) {
		return m, row.Scan(&m.Kind, db.FromMillis(&m.At), &m.By, &m.Interaction)
	}, `SELECT kind, at_ms, user_id, interaction_id FROM customer_mark
		WHERE tenant_id = $1 AND customer_id = $2 ORDER BY at_ms DESC, interaction_id, user_id LIMIT $3`, t, c, maxMarks)
}
