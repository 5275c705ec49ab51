package shift

import (
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// GetTerms reads a center's terms; the usual ones, if it has not chosen.
func GetTerms(tx *db.Tx, t tenant.ID) (Terms, error) {
	v, err := db.One(tx, func(row db.Row) (Terms, error) {
		var v Terms
		err := row.Scan(&v.Check, &v.Checklist, &v.HoldsH, &v.EarlyMin, &v.AbsentMin, &v.MostNoise, &v.LeastScore)
		return v, err
	}, `SELECT check_demand, list_demand, holds_h, early_min, absent_min, most_noise, least_score FROM shift_terms WHERE tenant_id = $1`, t)
	if fault.Is(err, fault.NotFound) {
		return Usual(), nil
	}
	return v, err
}

// SetTerms saves a center's terms; nothing happens when they are as they were.
func SetTerms(tx *db.Tx, by audit.Author, v Terms) error {
	if err := v.Validate(); err != nil {
		return err
	}
	old, err := GetTerms(tx, tenant.ID(by.Tenant))
	if err != nil || old == v {
		return err
	}
	_, err = tx.Exec(`INSERT INTO shift_terms (tenant_id, check_demand, list_demand, holds_h, early_min, absent_min, most_noise, least_score)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (tenant_id) DO UPDATE SET check_demand = excluded.check_demand, list_demand = excluded.list_demand,
			holds_h = excluded.holds_h, early_min = excluded.early_min, absent_min = excluded.absent_min,
			most_noise = excluded.most_noise, least_score = excluded.least_score`,
		by.Tenant, v.Check, v.Checklist, v.HoldsH, v.EarlyMin, v.AbsentMin, v.MostNoise, v.LeastScore)
	if err != nil {
		return err
	}
	return audit.Changed(tx, by, "shift_terms", by.Tenant, old, v)
}

// Allow writes down a leader's word that an agent may work without what he lacks.
func Allow(tx *db.Tx, by audit.Author, user access.UserID, note string) (Override, error) {
	o := Override{At: time.Now().UTC().Truncate(time.Millisecond), By: by.User, Note: strings.TrimSpace(note)}
	var f fault.Fields
	if f.Text("note", o.Note, true, 500); f.Err() != nil {
		return Override{}, f.Err()
	}
	_, err := tx.Exec(`INSERT INTO shift_override (tenant_id, user_id, at_ms, by_user, note) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, user_id, at_ms) DO UPDATE SET by_user = excluded.by_user, note = excluded.note`,
		by.Tenant, user, db.Millis(o.At), o.By, o.Note)
	if err != nil {
		return Override{}, err
	}
	return o, audit.Created(tx, by, "shift_override", string(user), map[string]string{"note": o.Note})
}

// Overrides reads each agent's last word of a leader since a time.
func Overrides(tx *db.Tx, t tenant.ID, since time.Time) (map[access.UserID]Override, error) {
	type line struct {
		user access.UserID
		o    Override
	}
	rows, err := db.All(tx, func(row db.Row) (line, error) {
		var l line
		err := row.Scan(&l.user, db.FromMillis(&l.o.At), &l.o.By, &l.o.Note)
		return l, err
	}, `SELECT user_id, at_ms, by_user, note FROM shift_override WHERE tenant_id = $1 AND at_ms >= $2 ORDER BY at_ms, user_id`, t, db.Millis(since))
	all := make(map[access.UserID]Override, len(rows))
	for _, l := range rows {
		all[l.user] = l.o
	}
	return all, err
}
