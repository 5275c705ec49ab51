package agent

import (
	"slices"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/tenant"
)

// BreakReasonID identifies a break reason.
type BreakReasonID string

// BreakReason is why agents may be on break.
type BreakReason struct {
	ID       BreakReasonID `json:"id"`
	Key      string        `json:"key"` // unique
	Names    tenant.Names  `json:"names"`
	LimitMS  int64         `json:"limit_ms"` // how long a break should last; 0: no limit
	Position int64         `json:"position"` // order in lists
}

// Limit is how long a break should last; 0: no limit.
func (r BreakReason) Limit() time.Duration { return time.Duration(r.LimitMS) * time.Millisecond }

// Validate checks what can be checked without the database.
func (r BreakReason) Validate() error {
	var f fault.Fields
	f.Key("key", r.Key)
	if slices.Contains([]string{Missed, PhoneLost, Recovery, SignedOut, DeskGone, Restart}, r.Key) {
		f.Add("key", fault.NotAllowed, "%q is a reason the system gives; choose another key", r.Key)
	}
	r.Names.Check(&f, "names")
	f.Range("limit_ms", r.LimitMS, 0, 24*3_600_000)
	f.Range("position", r.Position, 0, 100_000)
	return f.Err()
}

const reasonColumns = `id, key, names, limit_ms, position`

func scanReason(row db.Row) (BreakReason, error) {
	var r BreakReason
	err := row.Scan(&r.ID, &r.Key, db.FromJSON(&r.Names), &r.LimitMS, &r.Position)
	return r, err
}

// GetBreakReason reads one.
func GetBreakReason(tx *db.Tx, t tenant.ID, r BreakReasonID) (BreakReason, error) {
	return db.One(tx, scanReason, `SELECT `+reasonColumns+` FROM break_reason WHERE tenant_id = $1 AND id = $2`, t, r)
}

// BreakReasonByKey reads the one with this key.
func BreakReasonByKey(tx *db.Tx, t tenant.ID, key string) (BreakReason, error) {
	return db.One(tx, scanReason, `SELECT `+reasonColumns+` FROM break_reason WHERE tenant_id = $1 AND key = $2`, t, key)
}

// BreakReasons reads them in their order; a center has a handful, so there are no pages.
func BreakReasons(tx *db.Tx, t tenant.ID) ([]BreakReason, error) {
	return db.All(tx, scanReason, `SELECT `+reasonColumns+` FROM break_reason
		WHERE tenant_id = $1 ORDER BY position, key LIMIT 1000`, t)
}

// CreateBreakReason saves a new one and gives it its id.
func CreateBreakReason(tx *db.Tx, by audit.Author, r BreakReason) (BreakReason, error) {
	if err := r.Validate(); err != nil {
		return BreakReason{}, err
	}
	r.ID = BreakReasonID(id.New())
	_, err := tx.Exec(`INSERT INTO break_reason (tenant_id, id, key, names, limit_ms, position) VALUES ($1, $2, $3, $4, $5, $6)`,
		by.Tenant, r.ID, r.Key, db.JSON(r.Names), r.LimitMS, r.Position)
	if err != nil {
		return BreakReason{}, refuseReason(err, r)
	}
	return r, audit.Created(tx, by, "break_reason", string(r.ID), r)
}

// ChangeBreakReason saves one under its id; nothing happens when it is as it was.
func ChangeBreakReason(tx *db.Tx, by audit.Author, r BreakReason) (BreakReason, error) {
	if err := r.Validate(); err != nil {
		return BreakReason{}, err
	}
	old, err := GetBreakReason(tx, tenant.ID(by.Tenant), r.ID)
	if err != nil {
		return BreakReason{}, err
	}
	if db.JSON(old) == db.JSON(r) {
		return r, nil
	}
	_, err = tx.Exec(`UPDATE break_reason SET key = $3, names = $4, limit_ms = $5, position = $6 WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, r.ID, r.Key, db.JSON(r.Names), r.LimitMS, r.Position)
	if err != nil {
		return BreakReason{}, refuseReason(err, r)
	}
	return r, audit.Changed(tx, by, "break_reason", string(r.ID), old, r)
}

// DeleteBreakReason removes one. Agents who are on this break stay so.
func DeleteBreakReason(tx *db.Tx, by audit.Author, which BreakReasonID) error {
	old, err := GetBreakReason(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM break_reason WHERE tenant_id = $1 AND id = $2`, by.Tenant, which); err != nil {
		return err
	}
	return audit.Deleted(tx, by, "break_reason", string(which), old)
}

func refuseReason(err error, r BreakReason) error {
	if db.Taken(err) {
		return fault.OneField("key", fault.Taken, "there is already a break reason with the key %q", r.Key)
	}
	return err
}
