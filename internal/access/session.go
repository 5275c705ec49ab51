package access

import (
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/tenant"
)

// How long a session lasts.
const (
	SessionIdle  = 12 * time.Hour     // without a request
	SessionLimit = 7 * 24 * time.Hour // at most
	// seenEvery is how exact the time of the last request is kept, to spare a write per request.
	seenEvery = time.Minute
)

// Session is a browser that is signed in. Its token is known to the browser only; the hash is its
// name here.
type Session struct {
	TokenHash string    `json:"id"`
	User      UserID    `json:"user_id"`
	Created   time.Time `json:"created"`
	Seen      time.Time `json:"seen"` // exact to a minute
	Expires   time.Time `json:"expires"`
	Source    string    `json:"source"` // address it was opened from
	Device    string    `json:"device"` // the browser's own words

	tenant tenant.ID
}

// Live reports whether the session still counts.
func (s Session) Live(now time.Time) bool {
	return now.Before(s.Expires) && now.Sub(s.Seen) < SessionIdle
}

const sessionColumns = `token_hash, tenant_id, user_id, created_ms, seen_ms, expires_ms, source, device`

func scanSession(row db.Row) (Session, error) {
	var s Session
	err := row.Scan(&s.TokenHash, &s.tenant, &s.User, db.FromMillis(&s.Created), db.FromMillis(&s.Seen),
		db.FromMillis(&s.Expires), &s.Source, &s.Device)
	return s, err
}

func openSession(tx *db.Tx, t tenant.ID, u UserID, now time.Time, source, device string) (token string, s Session, err error) {
	token = secret.NewToken()
	s = Session{TokenHash: secret.HashToken(token), User: u, Created: now, Seen: now, Expires: now.Add(SessionLimit),
		Source: cut(source, 100), Device: cut(device, 300), tenant: t}
	_, err = tx.Exec(`INSERT INTO session (token_hash, tenant_id, user_id, created_ms, seen_ms, expires_ms, source, device)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		s.TokenHash, t, u, db.Millis(now), db.Millis(now), db.Millis(s.Expires), s.Source, s.Device)
	return token, s, err
}

// Sessions reads a user's live sessions, the newest first.
func Sessions(tx *db.Tx, t tenant.ID, u UserID) ([]Session, error) {
	now := time.Now()
	return db.All(tx, scanSession, `SELECT `+sessionColumns+` FROM session
		WHERE tenant_id = $1 AND user_id = $2 AND expires_ms > $3 AND seen_ms > $4
		ORDER BY created_ms DESC, token_hash LIMIT 1000`,
		t, u, db.Millis(now), db.Millis(now.Add(-SessionIdle)))
}

// RevokeSession ends one session of a user.
func RevokeSession(tx *db.Tx, by audit.Author, u UserID, hash string) error {
	n, err := tx.Exec(`DELETE FROM session WHERE tenant_id = $1 AND user_id = $2 AND token_hash = $3`, by.Tenant, u, hash)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFound.New("This session has ended already.")
	}
	return audit.Note(tx, by, audit.Revoke, "session", string(u), nil)
}

// endSessions ends all sessions of a user but one.
func endSessions(tx *db.Tx, t tenant.ID, u UserID, keep string) error {
	_, err := tx.Exec(`DELETE FROM session WHERE tenant_id = $1 AND user_id = $2 AND token_hash <> $3`, t, u, keep)
	return err
}

// Sweep deletes sessions and setup links that have ended.
func Sweep(tx *db.Tx, now time.Time) error {
	_, err := tx.Exec(`DELETE FROM session WHERE expires_ms <= $1 OR seen_ms <= $2`,
		db.Millis(now), db.Millis(now.Add(-SessionIdle)))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM setup_link WHERE expires_ms <= $1`, db.Millis(now))
	return err
}

// cut shortens text from outside to most bytes, at a character's border.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xc0 == 0x80 {
		most--
	}
	return s[:most]
}
