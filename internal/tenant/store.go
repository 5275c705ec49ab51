package tenant

import (
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
)

const columns = `id, name, time_zone, language, created_ms`

func scan(row db.Row) (Tenant, error) {
	var t Tenant
	err := row.Scan(&t.ID, &t.Name, &t.TimeZone, &t.Language, db.FromMillis(&t.Created))
	return t, err
}

// Get reads one tenant.
func Get(tx *db.Tx, t ID) (Tenant, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM tenant WHERE id = $1`, t)
}

// List reads the tenants in the order they were made; the page goes on after an id.
func List(tx *db.Tx, page db.Page) ([]Tenant, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM tenant WHERE id > $1 ORDER BY id LIMIT $2`, page.After, page.Rows())
}

// First is the oldest tenant, which is the only one until an installation has several; NotFound on a
// new database.
func First(tx *db.Tx) (Tenant, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM tenant ORDER BY id LIMIT 1`)
}

// Create makes a tenant. The author's tenant is ignored: it is the new one.
func Create(tx *db.Tx, by audit.Author, t Tenant) (Tenant, error) {
	if err := t.Validate(); err != nil {
		return Tenant{}, err
	}
	t.ID, t.Created = ID(id.New()), time.Now().UTC().Truncate(time.Millisecond)
	_, err := tx.Exec(`INSERT INTO tenant (id, name, time_zone, language, created_ms) VALUES ($1, $2, $3, $4, $5)`,
		t.ID, t.Name, t.TimeZone, t.Language, db.Millis(t.Created))
	if err != nil {
		return Tenant{}, err
	}
	by.Tenant = string(t.ID)
	return t, audit.Created(tx, by, "tenant", string(t.ID), t)
}

// Change saves a tenant's settings; the author must be of it.
func Change(tx *db.Tx, by audit.Author, t Tenant) (Tenant, error) {
	if err := t.Validate(); err != nil {
		return Tenant{}, err
	}
	if by.Tenant != string(t.ID) {
		return Tenant{}, fault.Denied.New("Only a tenant's own users may change it.")
	}
	old, err := Get(tx, t.ID)
	if err != nil {
		return Tenant{}, err
	}
	t.Created = old.Created
	if t == old {
		return t, nil
	}
	_, err = tx.Exec(`UPDATE tenant SET name = $2, time_zone = $3, language = $4 WHERE id = $1`,
		t.ID, t.Name, t.TimeZone, t.Language)
	if err != nil {
		return Tenant{}, err
	}
	return t, audit.Changed(tx, by, "tenant", string(t.ID), old, t)
}
