package agent

import (
	"encoding/json"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// PhoneCheck is the outcome of trying an agent's microphone, speaker and network before the first
// interaction of the day.
type PhoneCheck struct {
	At     time.Time       `json:"at"`
	Passed bool            `json:"passed"`
	Result json.RawMessage `json:"result"` // each step with its measure, as the client found it
}

// largestResult bounds what a client may store.
const largestResult = 16 << 10

// SavePhoneCheck stores a check as of now.
func SavePhoneCheck(tx *db.Tx, t tenant.ID, user access.UserID, c PhoneCheck) (PhoneCheck, error) {
	if len(c.Result) > largestResult || !json.Valid(c.Result) {
		return PhoneCheck{}, fault.OneField("result", fault.Malformed, "must be JSON of at most %d bytes", largestResult)
	}
	c.At = time.Now().UTC().Truncate(time.Millisecond)
	_, err := tx.Exec(`INSERT INTO phone_check (tenant_id, user_id, at_ms, passed, result) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, user_id, at_ms) DO UPDATE SET passed = excluded.passed, result = excluded.result`,
		t, user, db.Millis(c.At), c.Passed, string(c.Result))
	return c, err
}

// LastPhoneCheck reads an agent's newest check; NotFound if there was none.
func LastPhoneCheck(tx *db.Tx, t tenant.ID, user access.UserID) (PhoneCheck, error) {
	return db.One(tx, func(row db.Row) (PhoneCheck, error) {
		var c PhoneCheck
		var result string
		err := row.Scan(db.FromMillis(&c.At), &c.Passed, &result)
		c.Result = json.RawMessage(result)
		return c, err
	}, `SELECT at_ms, passed, result FROM phone_check WHERE tenant_id = $1 AND user_id = $2 ORDER BY at_ms DESC LIMIT 1`, t, user)
}
