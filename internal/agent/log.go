package agent

import (
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
)

// openRow is a line of the log that lasts until now.
type openRow struct {
	who
	from   time.Time
	seq    int64
	status Status // empty: there is no row
	reason string
	until  time.Time
	by     access.UserID
}

func (r openRow) standing() Standing {
	return Standing{User: r.user, Status: r.status, Reason: r.reason, Since: r.from, Until: r.until, By: r.by}
}

func scanOpen(row db.Row) (openRow, error) {
	var r openRow
	err := row.Scan(&r.tenant, &r.user, db.FromMillis(&r.from), &r.seq, &r.status, &r.reason, db.FromMillis(&r.until), &r.by)
	return r, err
}

// wish is what a status is to become.
type wish struct {
	status Status
	reason string
	until  time.Time
	by     access.UserID // who else wishes it
}

// replace closes the open line, if there is one, and opens the next without a gap. A clock that went
// back does not make time run backwards in the log: the line then begins where the former one did.
func replace(tx *db.Tx, w who, old openRow, next wish, at time.Time) (Standing, int64, error) {
	at = at.UTC().Truncate(time.Millisecond)
	seq := int64(1)
	if old.status != "" {
		if !at.After(old.from) {
			at, seq = old.from, old.seq+1
		}
		_, err := tx.Exec(`UPDATE agent_status SET to_ms = $5
			WHERE tenant_id = $1 AND user_id = $2 AND from_ms = $3 AND seq = $4`,
			w.tenant, w.user, db.Millis(old.from), old.seq, db.Millis(at))
		if err != nil {
			return Standing{}, 0, err
		}
	}
	_, err := tx.Exec(`INSERT INTO agent_status (tenant_id, user_id, from_ms, to_ms, seq, status, reason, until_ms, set_by)
		VALUES ($1, $2, $3, 0, $4, $5, $6, $7, $8)`, w.tenant, w.user, db.Millis(at), seq, next.status, next.reason, db.Millis(next.until), next.by)
	if err != nil {
		return Standing{}, 0, err
	}
	return Standing{User: w.user, Status: next.status, Reason: next.reason, Since: at, Until: next.until, By: next.by}, seq, nil
}

// Log reads an agent's stretches that touch a time, in order. Continue a long log with the last
// stretch's From as the new from.
func Log(tx *db.Tx, t tenant.ID, user access.UserID, from, to time.Time, limit int) ([]Stretch, error) {
	return db.All(tx, func(row db.Row) (Stretch, error) {
		var s Stretch
		err := row.Scan(&s.User, db.FromMillis(&s.From), db.FromMillis(&s.To), &s.Status, &s.Reason, &s.By)
		return s, err
	}, `SELECT user_id, from_ms, to_ms, status, reason, set_by FROM agent_status
		WHERE tenant_id = $1 AND user_id = $2 AND from_ms < $4 AND (to_ms = 0 OR to_ms > $3)
		ORDER BY from_ms, seq LIMIT $5`,
		t, user, db.Millis(from), db.Millis(to), db.Page{Limit: limit}.Rows())
}

// Changes reads the changes since a time from the log, in order. Before has no Since; at the first of an agent it is offline.
func Changes(tx *db.Tx, t tenant.ID, since time.Time) ([]Change, error) {
	return db.All(tx, func(row db.Row) (Change, error) {
		c, before := Change{Tenant: t}, ""
		err := row.Scan(&c.After.User, db.FromMillis(&c.After.Since), &c.Seq, &c.After.Status, &c.After.Reason, &before)
		status, reason, _ := strings.Cut(before, " ")
		c.Before = Standing{User: c.After.User, Status: Status(status), Reason: reason}
		return c, err
	}, `SELECT a.user_id, a.from_ms, a.seq, a.status, a.reason, COALESCE((SELECT b.status || ' ' || b.reason FROM agent_status b
			WHERE b.tenant_id = a.tenant_id AND b.user_id = a.user_id AND (b.from_ms, b.seq) < (a.from_ms, a.seq)
			ORDER BY b.from_ms DESC, b.seq DESC LIMIT 1), 'offline ')
		FROM agent_status a WHERE a.tenant_id = $1 AND a.from_ms >= $2 ORDER BY a.from_ms, a.user_id, a.seq`, t, db.Millis(since))
}

// Import writes an agent's log of a time that is past, in order and without gaps: each stretch lasts until the next, the last
// until now. Their To is not looked at. Nothing may be in the log yet.
func Import(tx *db.Tx, t tenant.ID, log []Stretch) error {
	for i, s := range log {
		var until time.Time
		if i+1 < len(log) {
			until = log[i+1].From
		}
		if _, err := tx.Exec(`INSERT INTO agent_status (tenant_id, user_id, from_ms, to_ms, seq, status, reason, set_by)
			VALUES ($1, $2, $3, $4, 1, $5, $6, $7)`, t, s.User, db.Millis(s.From), db.Millis(until), s.Status, s.Reason, s.By); err != nil {
			return err
		}
	}
	return nil
}
