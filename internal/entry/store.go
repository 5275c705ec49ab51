package entry

import (
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/tenant"
)

const columns = `id, key, name, number, project_id, flow_id, COALESCE(hours_id, ''), language, blocked, blocked_answer`

func scan(row db.Row) (Entry, error) {
	var e Entry
	err := row.Scan(&e.ID, &e.Key, &e.Name, &e.Number, &e.ProjectID, &e.FlowID, &e.HoursID, &e.Language, db.FromJSON(&e.Blocked), &e.Answer)
	return e, err
}

// blocked is never nil, so that JSON has a list and equal ones look equal.
func (e Entry) blocked() []string {
	if e.Blocked == nil {
		return []string{}
	}
	return e.Blocked
}

// Get reads one.
func Get(tx *db.Tx, t tenant.ID, e ID) (Entry, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM entry WHERE tenant_id = $1 AND id = $2`, t, e)
}

// ByKey reads the one with this key.
func ByKey(tx *db.Tx, t tenant.ID, key string) (Entry, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM entry WHERE tenant_id = $1 AND key = $2`, t, key)
}

// List reads them by key; the page goes on after a key.
func List(tx *db.Tx, t tenant.ID, page db.Page) ([]Entry, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM entry
		WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3`, t, page.After, page.Rows())
}

// Create saves a new one and gives it its id.
func Create(tx *db.Tx, by audit.Author, e Entry) (Entry, error) {
	e.Number, e.Blocked = Clean(e.Number), e.blocked()
	if err := e.Validate(); err != nil {
		return Entry{}, err
	}
	if err := checkReferences(tx, tenant.ID(by.Tenant), e); err != nil {
		return Entry{}, err
	}
	e.ID = ID(id.New())
	_, err := tx.Exec(`INSERT INTO entry (tenant_id, id, key, name, number, project_id, flow_id, hours_id, language, blocked, blocked_answer)
		VALUES ($1, $2, $3, $4, $5, $6, $7, NULLIF($8, ''), $9, $10, $11)`,
		by.Tenant, e.ID, e.Key, e.Name, e.Number, e.ProjectID, e.FlowID, e.HoursID, e.Language, db.JSON(e.Blocked), e.Answer)
	if err != nil {
		return Entry{}, refuse(err, e)
	}
	return e, audit.Created(tx, by, "entry", string(e.ID), e)
}

// Change saves one under its id; nothing happens when it is as it was.
func Change(tx *db.Tx, by audit.Author, e Entry) (Entry, error) {
	e.Number, e.Blocked = Clean(e.Number), e.blocked()
	if err := e.Validate(); err != nil {
		return Entry{}, err
	}
	old, err := Get(tx, tenant.ID(by.Tenant), e.ID)
	if err != nil {
		return Entry{}, err
	}
	if db.JSON(old) == db.JSON(e) {
		return e, nil
	}
	if err := checkReferences(tx, tenant.ID(by.Tenant), e); err != nil {
		return Entry{}, err
	}
	_, err = tx.Exec(`UPDATE entry SET key = $3, name = $4, number = $5, project_id = $6, flow_id = $7, hours_id = NULLIF($8, ''),
		language = $9, blocked = $10, blocked_answer = $11
		WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, e.ID, e.Key, e.Name, e.Number, e.ProjectID, e.FlowID, e.HoursID, e.Language, db.JSON(e.Blocked), e.Answer)
	if err != nil {
		return Entry{}, refuse(err, e)
	}
	return e, audit.Changed(tx, by, "entry", string(e.ID), old, e)
}

// Delete removes one; Conflict while other set-up refers to it.
func Delete(tx *db.Tx, by audit.Author, which ID) error {
	old, err := Get(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM entry WHERE tenant_id = $1 AND id = $2`, by.Tenant, which); err != nil {
		return inUse(err)
	}
	return audit.Deleted(tx, by, "entry", string(which), old)
}

// refuse names the field when the database says that a key is taken or a reference dangles.
func refuse(err error, e Entry) error {
	if db.Taken(err) {
		return fault.OneField("key", fault.Taken, "there is already a entry with the key %q", e.Key)
	}
	if db.Dangling(err) {
		return fault.OneField("flow_id", fault.Unknown, "there is no such flow")
	}
	return err
}

func inUse(err error) error {
	if db.Dangling(err) {
		return fault.Conflict.Wrap(err, "This entry is still in use.")
	}
	return err
}
