package plugin

import (
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/tenant"
)

const columns = `id, key, name, url, secret, timeout_ms, kinds`

func scan(row db.Row) (Plugin, error) {
	var p Plugin
	err := row.Scan(&p.ID, &p.Key, &p.Name, &p.URL, &p.Secret, &p.TimeoutMS, db.FromJSON(&p.Kinds))
	return p, err
}

// Get reads one.
func Get(tx *db.Tx, t tenant.ID, which ID) (Plugin, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM plugin WHERE tenant_id = $1 AND id = $2`, t, which)
}

// ByKey reads the one with this key.
func ByKey(tx *db.Tx, t tenant.ID, key string) (Plugin, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM plugin WHERE tenant_id = $1 AND key = $2`, t, key)
}

// List reads them by key; the page goes on after a key.
func List(tx *db.Tx, t tenant.ID, page db.Page) ([]Plugin, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM plugin
		WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3`, t, page.After, page.Rows())
}

// Create saves a new one and gives it its id.
func Create(tx *db.Tx, by audit.Author, p Plugin) (Plugin, error) {
	if err := p.Validate(); err != nil {
		return Plugin{}, err
	}
	p.ID = ID(id.New())
	_, err := tx.Exec(`INSERT INTO plugin (tenant_id, `+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		by.Tenant, p.ID, p.Key, p.Name, p.URL, p.Secret, p.TimeoutMS, db.JSON(p.Kinds))
	if err != nil {
		return Plugin{}, refuse(err, p)
	}
	return p, audit.Created(tx, by, "plugin", string(p.ID), p)
}

// Change saves one under its id, with its old secret if none is given, and with what it offered if nothing is said of
// that; nothing happens when it is as it was.
func Change(tx *db.Tx, by audit.Author, p Plugin) (Plugin, error) {
	if err := p.Validate(); err != nil {
		return Plugin{}, err
	}
	old, err := Get(tx, tenant.ID(by.Tenant), p.ID)
	if err != nil {
		return Plugin{}, err
	}
	if p.Secret == "" {
		p.Secret = old.Secret
	}
	if p.Kinds == nil {
		p.Kinds = old.Kinds
	}
	if db.JSON(old) == db.JSON(p) {
		return p, nil
	}
	_, err = tx.Exec(`UPDATE plugin SET key = $3, name = $4, url = $5, secret = $6, timeout_ms = $7, kinds = $8
		WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, p.ID, p.Key, p.Name, p.URL, p.Secret, p.TimeoutMS, db.JSON(p.Kinds))
	if err != nil {
		return Plugin{}, refuse(err, p)
	}
	return p, audit.Changed(tx, by, "plugin", string(p.ID), old, p)
}

// Delete removes one. Flows that name it leave its nodes by the way failed.
func Delete(tx *db.Tx, by audit.Author, which ID) error {
	old, err := Get(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM plugin WHERE tenant_id = $1 AND id = $2`, by.Tenant, which); err != nil {
		return err
	}
	return audit.Deleted(tx, by, "plugin", string(which), old)
}

// refuse names the field when the database says that a key is taken.
func refuse(err error, p Plugin) error {
	if db.Taken(err) {
		return fault.OneField("key", fault.Taken, "there is already a plug-in with the key %q", p.Key)
	}
	return err
}
