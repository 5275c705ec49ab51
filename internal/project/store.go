package project

import (
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/tenant"
)

const columns = `id, key, name`

func scan(row db.Row) (Project, error) {
	var p Project
	err := row.Scan(&p.ID, &p.Key, &p.Name)
	return p, err
}

// Get reads one.
func Get(tx *db.Tx, t tenant.ID, p ID) (Project, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM project WHERE tenant_id = $1 AND id = $2`, t, p)
}

// ByKey reads the one with this key.
func ByKey(tx *db.Tx, t tenant.ID, key string) (Project, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM project WHERE tenant_id = $1 AND key = $2`, t, key)
}

// List reads them by key; the page goes on after a key.
func List(tx *db.Tx, t tenant.ID, page db.Page) ([]Project, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM project
		WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3`, t, page.After, page.Rows())
}

// Create saves a new one and gives it its id.
func Create(tx *db.Tx, by audit.Author, p Project) (Project, error) {
	if err := p.Validate(); err != nil {
		return Project{}, err
	}
	p.ID = ID(id.New())
	_, err := tx.Exec(`INSERT INTO project (tenant_id, id, key, name)
		VALUES ($1, $2, $3, $4)`,
		by.Tenant, p.ID, p.Key, p.Name)
	if err != nil {
		return Project{}, refuse(err, p)
	}
	return p, audit.Created(tx, by, "project", string(p.ID), p)
}

// Change saves one under its id; nothing happens when it is as it was.
func Change(tx *db.Tx, by audit.Author, p Project) (Project, error) {
	if err := p.Validate(); err != nil {
		return Project{}, err
	}
	old, err := Get(tx, tenant.ID(by.Tenant), p.ID)
	if err != nil {
		return Project{}, err
	}
	if db.JSON(old) == db.JSON(p) {
		return p, nil
	}
	_, err = tx.Exec(`UPDATE project SET key = $3, name = $4
		WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, p.ID, p.Key, p.Name)
	if err != nil {
		return Project{}, refuse(err, p)
	}
	return p, audit.Changed(tx, by, "project", string(p.ID), old, p)
}

// Delete removes one; Conflict while other set-up refers to it.
func Delete(tx *db.Tx, by audit.Author, which ID) error {
	old, err := Get(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM project WHERE tenant_id = $1 AND id = $2`, by.Tenant, which); err != nil {
		return inUse(err)
	}
	return audit.Deleted(tx, by, "project", string(which), old)
}

// refuse names the field when the database says that a key is taken.
func refuse(err error, p Project) error {
	if db.Taken(err) {
		return fault.OneField("key", fault.Taken, "there is already a project with the key %q", p.Key)
	}
	return err
}

func inUse(err error) error {
	if db.Dangling(err) {
		return fault.Conflict.Wrap(err, "This project is still in use.")
	}
	return err
}
