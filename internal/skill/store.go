package skill

import (
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/tenant"
)

const columns = `id, key, names`

func scan(row db.Row) (Skill, error) {
	var s Skill
	err := row.Scan(&s.ID, &s.Key, db.FromJSON(&s.Names))
	return s, err
}

// Get reads one.
func Get(tx *db.Tx, t tenant.ID, s ID) (Skill, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM skill WHERE tenant_id = $1 AND id = $2`, t, s)
}

// ByKey reads the one with this key.
func ByKey(tx *db.Tx, t tenant.ID, key string) (Skill, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM skill WHERE tenant_id = $1 AND key = $2`, t, key)
}

// List reads them by key; the page goes on after a key.
func List(tx *db.Tx, t tenant.ID, page db.Page) ([]Skill, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM skill
		WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3`, t, page.After, page.Rows())
}

// Create saves a new one and gives it its id.
func Create(tx *db.Tx, by audit.Author, s Skill) (Skill, error) {
	if err := s.Validate(); err != nil {
		return Skill{}, err
	}
	s.ID = ID(id.New())
	_, err := tx.Exec(`INSERT INTO skill (tenant_id, `+columns+`) VALUES ($1, $2, $3, $4)`, by.Tenant, s.ID, s.Key, db.JSON(s.Names))
	if err != nil {
		return Skill{}, refuse(err, s)
	}
	return s, audit.Created(tx, by, "skill", string(s.ID), s)
}

// Change saves one under its id; nothing happens when it is as it was.
func Change(tx *db.Tx, by audit.Author, s Skill) (Skill, error) {
	if err := s.Validate(); err != nil {
		return Skill{}, err
	}
	old, err := Get(tx, tenant.ID(by.Tenant), s.ID)
	if err != nil {
		return Skill{}, err
	}
	if db.JSON(old) == db.JSON(s) {
		return s, nil
	}
	_, err = tx.Exec(`UPDATE skill SET key = $3, names = $4 WHERE tenant_id = $1 AND id = $2`, by.Tenant, s.ID, s.Key, db.JSON(s.Names))
	if err != nil {
		return Skill{}, refuse(err, s)
	}
	return s, audit.Changed(tx, by, "skill", string(s.ID), old, s)
}

// Delete removes one; no agent has it any more.
func Delete(tx *db.Tx, by audit.Author, which ID) error {
	old, err := Get(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM agent_skill WHERE tenant_id = $1 AND skill_id = $2`, by.Tenant, which); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM skill WHERE tenant_id = $1 AND id = $2`, by.Tenant, which); err != nil {
		return err
	}
	return audit.Deleted(tx, by, "skill", string(which), old)
}

// refuse names the field when the database says that a key is taken.
func refuse(err error, s Skill) error {
	if db.Taken(err) {
		return fault.OneField("key", fault.Taken, "there is already a skill with the key %q", s.Key)
	}
	return err
}
