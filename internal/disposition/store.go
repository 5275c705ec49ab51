package disposition

import (
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/tenant"
)

const columns = `id, key, project_id, COALESCE(parent_id, ''), names, success, min_talk_ms, max_talk_ms, note_required, position`

func scan(row db.Row) (Disposition, error) {
	var d Disposition
	err := row.Scan(&d.ID, &d.Key, &d.ProjectID, &d.ParentID, db.FromJSON(&d.Names), &d.Success, &d.MinTalkMS, &d.MaxTalkMS, &d.NoteRequired, &d.Position)
	return d, err
}

// Get reads one.
func Get(tx *db.Tx, t tenant.ID, d ID) (Disposition, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM disposition WHERE tenant_id = $1 AND id = $2`, t, d)
}

// ByKey reads the one with this key.
func ByKey(tx *db.Tx, t tenant.ID, key string) (Disposition, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM disposition WHERE tenant_id = $1 AND key = $2`, t, key)
}

// List reads them by key; the page goes on after a key.
func List(tx *db.Tx, t tenant.ID, page db.Page) ([]Disposition, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM disposition
		WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3`, t, page.After, page.Rows())
}

// Create saves a new one and gives it its id.
func Create(tx *db.Tx, by audit.Author, d Disposition) (Disposition, error) {
	if err := d.Validate(); err != nil {
		return Disposition{}, err
	}
	if err := checkReferences(tx, tenant.ID(by.Tenant), d); err != nil {
		return Disposition{}, err
	}
	d.ID = ID(id.New())
	_, err := tx.Exec(`INSERT INTO disposition (tenant_id, id, key, project_id, parent_id, names, success,
			min_talk_ms, max_talk_ms, note_required, position)
		VALUES ($1, $2, $3, $4, NULLIF($5, ''), $6, $7, $8, $9, $10, $11)`,
		by.Tenant, d.ID, d.Key, d.ProjectID, d.ParentID, db.JSON(d.Names), d.Success, d.MinTalkMS, d.MaxTalkMS, d.NoteRequired, d.Position)
	if err != nil {
		return Disposition{}, refuse(err, d)
	}
	return d, audit.Created(tx, by, "disposition", string(d.ID), d)
}

// Change saves one under its id; nothing happens when it is as it was.
func Change(tx *db.Tx, by audit.Author, d Disposition) (Disposition, error) {
	if err := d.Validate(); err != nil {
		return Disposition{}, err
	}
	old, err := Get(tx, tenant.ID(by.Tenant), d.ID)
	if err != nil {
		return Disposition{}, err
	}
	if db.JSON(old) == db.JSON(d) {
		return d, nil
	}
	if err := checkReferences(tx, tenant.ID(by.Tenant), d); err != nil {
		return Disposition{}, err
	}
	_, err = tx.Exec(`UPDATE disposition SET key = $3, project_id = $4, parent_id = NULLIF($5, ''), names = $6, success = $7,
			min_talk_ms = $8, max_talk_ms = $9, note_required = $10, position = $11
		WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, d.ID, d.Key, d.ProjectID, d.ParentID, db.JSON(d.Names), d.Success, d.MinTalkMS, d.MaxTalkMS, d.NoteRequired, d.Position)
	if err != nil {
		return Disposition{}, refuse(err, d)
	}
	return d, audit.Changed(tx, by, "disposition", string(d.ID), old, d)
}

// Delete removes one; Conflict while other set-up refers to it.
func Delete(tx *db.Tx, by audit.Author, which ID) error {
	old, err := Get(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM disposition WHERE tenant_id = $1 AND id = $2`, by.Tenant, which); err != nil {
		return inUse(err)
	}
	return audit.Deleted(tx, by, "disposition", string(which), old)
}

// refuse names the field when the database says that a key is taken.
func refuse(err error, d Disposition) error {
	if db.Taken(err) {
		return fault.OneField("key", fault.Taken, "there is already a disposition with the key %q", d.Key)
	}
	return err
}

func inUse(err error) error {
	if db.Dangling(err) {
		return fault.Conflict.Wrap(err, "This disposition is still in use.")
	}
	return err
}
