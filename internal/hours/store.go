package hours

import (
	"cmp"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/tenant"
)

const columns = `id, key, name, time_zone, week, holidays, closed, closed_by, closed_ms`

func scan(row db.Row) (Hours, error) {
	var h Hours
	err := row.Scan(&h.ID, &h.Key, &h.Name, &h.TimeZone, db.FromJSON(&h.Week), db.FromJSON(&h.Holidays), &h.Closed, &h.ClosedBy, &h.ClosedMS)
	return h, err
}

// Get reads one.
func Get(tx *db.Tx, t tenant.ID, h ID) (Hours, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM hours WHERE tenant_id = $1 AND id = $2`, t, h)
}

// ByKey reads the one with this key.
func ByKey(tx *db.Tx, t tenant.ID, key string) (Hours, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM hours WHERE tenant_id = $1 AND key = $2`, t, key)
}

// List reads them by key; the page goes on after a key.
func List(tx *db.Tx, t tenant.ID, page db.Page) ([]Hours, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM hours
		WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3`, t, page.After, page.Rows())
}

// Create saves a new one and gives it its id.
func Create(tx *db.Tx, by audit.Author, h Hours) (Hours, error) {
	if err := h.Validate(); err != nil {
		return Hours{}, err
	}
	h.ID = ID(id.New())
	h.switched(by, Hours{})
	_, err := tx.Exec(`INSERT INTO hours (tenant_id, id, key, name, time_zone, week, holidays, closed, closed_by, closed_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		by.Tenant, h.ID, h.Key, h.Name, h.TimeZone, db.JSON(h.Week), db.JSON(h.Holidays), h.Closed, h.ClosedBy, h.ClosedMS)
	if err != nil {
		return Hours{}, refuse(err, h)
	}
	return h, audit.Created(tx, by, "hours", string(h.ID), h)
}

// Change saves one under its id; nothing happens when it is as it was.
func Change(tx *db.Tx, by audit.Author, h Hours) (Hours, error) {
	if err := h.Validate(); err != nil {
		return Hours{}, err
	}
	old, err := Get(tx, tenant.ID(by.Tenant), h.ID)
	if err != nil {
		return Hours{}, err
	}
	h.switched(by, old)
	if db.JSON(old) == db.JSON(h) {
		return h, nil
	}
	_, err = tx.Exec(`UPDATE hours SET key = $3, name = $4, time_zone = $5, week = $6, holidays = $7, closed = $8, closed_by = $9, closed_ms = $10
		WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, h.ID, h.Key, h.Name, h.TimeZone, db.JSON(h.Week), db.JSON(h.Holidays), h.Closed, h.ClosedBy, h.ClosedMS)
	if err != nil {
		return Hours{}, refuse(err, h)
	}
	return h, audit.Changed(tx, by, "hours", string(h.ID), old, h)
}

// Delete removes one; Conflict while other set-up refers to it.
func Delete(tx *db.Tx, by audit.Author, which ID) error {
	old, err := Get(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM hours WHERE tenant_id = $1 AND id = $2`, by.Tenant, which); err != nil {
		return inUse(err)
	}
	return audit.Deleted(tx, by, "hours", string(which), old)
}

// switched notes who closed the center, and when, or keeps what was noted.
func (h *Hours) switched(by audit.Author, old Hours) {
	switch {
	case !h.Closed:
		h.ClosedBy, h.ClosedMS = "", 0
	case old.Closed:
		h.ClosedBy, h.ClosedMS = old.ClosedBy, old.ClosedMS
	default:
		h.ClosedBy, h.ClosedMS = cmp.Or(by.User, by.Source), time.Now().UnixMilli()
	}
}

// refuse names the field when the database says that a key is taken.
func refuse(err error, h Hours) error {
	if db.Taken(err) {
		return fault.OneField("key", fault.Taken, "there is already a hours with the key %q", h.Key)
	}
	return err
}

func inUse(err error) error {
	if db.Dangling(err) {
		return fault.Conflict.Wrap(err, "This hours is still in use.")
	}
	return err
}
