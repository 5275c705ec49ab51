package flow

import (
	"context"
	"errors"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/plugin"
	"linekeeper/internal/tenant"
)

const columns = `id, key, name, version, program, draft, draft_by, revision`

func scan(row db.Row) (Flow, error) {
	var f Flow
	var program, draft string
	err := row.Scan(&f.ID, &f.Key, &f.Name, &f.Version, &program, &draft, &f.DraftBy, &f.Revision)
	f.Program = []byte(program)
	if draft != "" {
		f.Draft = []byte(draft)
	}
	return f, err
}

// Get reads a flow.
func Get(tx *db.Tx, t tenant.ID, f ID) (Flow, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM flow WHERE tenant_id = $1 AND id = $2`, t, f)
}

// ByKey reads the flow with this key.
func ByKey(tx *db.Tx, t tenant.ID, key string) (Flow, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM flow WHERE tenant_id = $1 AND key = $2`, t, key)
}

// List reads flows by key; the page goes on after a key.
func List(tx *db.Tx, t tenant.ID, page db.Page) ([]Flow, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM flow
		WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3`, t, page.After, page.Rows())
}

// Create saves a new flow, gives it its id and publishes version 1. What the program names need not
// be there yet: Check looks.
func Create(tx *db.Tx, by audit.Author, f Flow) (Flow, error) {
	if err := f.Validate(); err != nil {
		return Flow{}, err
	}
	f.ID, f.Version, f.Program = ID(id.New()), 1, compact(f.Program)
	f.Draft, f.DraftBy, f.Revision = nil, "", 1
	_, err := tx.Exec(`INSERT INTO flow (tenant_id, id, key, name, version, program, draft, draft_by, revision)
		VALUES ($1, $2, $3, $4, $5, $6, '', '', $7)`,
		by.Tenant, f.ID, f.Key, f.Name, f.Version, string(f.Program), f.Revision)
	if err != nil {
		return Flow{}, refuse(err, "flow", f.Key)
	}
	if err := keepVersion(tx, by, f, ""); err != nil {
		return Flow{}, err
	}
	return f, audit.Created(tx, by, "flow", string(f.ID), f)
}

// Change saves a flow under its id; when the program is another it is published as a new version, and
// a draft stays as it is. Nothing happens when it is as it was.
func Change(tx *db.Tx, by audit.Author, f Flow) (Flow, error) {
	if err := f.Validate(); err != nil {
		return Flow{}, err
	}
	old, err := Get(tx, tenant.ID(by.Tenant), f.ID)
	if err != nil {
		return Flow{}, err
	}
	if sameProgram(old.Program, f.Program) {
		f.Program = old.Program
	}
	now := old
	now.Key, now.Name, now.Program = f.Key, f.Name, compact(f.Program)
	return save(tx, by, old, now, "")
}

// Delete removes a flow; Conflict while an entry or a queue uses it.
func Delete(tx *db.Tx, by audit.Author, which ID) error {
	old, err := Get(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM flow_version WHERE tenant_id = $1 AND flow_id = $2`, by.Tenant, which); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM flow WHERE tenant_id = $1 AND id = $2`, by.Tenant, which); err != nil {
		if db.Dangling(err) {
			return fault.Conflict.Wrap(err, "This flow is still in use.")
		}
		return err
	}
	return audit.Deleted(tx, by, "flow", string(which), old)
}

// Plugin finds a plug-in by its key; Store is Plugins.
func (s *Store) Plugin(ctx context.Context, t tenant.ID, key string) (p plugin.Plugin, err error) {
	err = s.read(ctx, func(tx *db.Tx) error {
		p, err = plugin.ByKey(tx, t, key)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return p, errors.New("it is not registered")
	}
	return p, err
}

// refuse names the field when the database says that a key is taken.
func refuse(err error, what, key string) error {
	if db.Taken(err) {
		return fault.OneField("key", fault.Taken, "there is already a %s with the key %q", what, key)
	}
	return err
}
