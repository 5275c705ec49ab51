package trunk

import (
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/tenant"
)

const columns = `id, key, name, kind, addresses, nat, codecs, max_calls, password, settings`

func scan(row db.Row) (Trunk, error) {
	var k Trunk
	err := row.Scan(&k.ID, &k.Key, &k.Name, &k.Kind, db.FromJSON(&k.Addresses), &k.NAT, db.FromJSON(&k.Codecs), &k.MaxCalls,
		&k.Password, db.FromJSON(&k.Settings))
	return k, err
}

// Get reads one.
func Get(tx *db.Tx, t tenant.ID, k ID) (Trunk, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM trunk WHERE tenant_id = $1 AND id = $2`, t, k)
}

// ByKey reads the one with this key.
func ByKey(tx *db.Tx, t tenant.ID, key string) (Trunk, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM trunk WHERE tenant_id = $1 AND key = $2`, t, key)
}

// List reads them by key; the page goes on after a key.
func List(tx *db.Tx, t tenant.ID, page db.Page) ([]Trunk, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM trunk
		WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3`, t, page.After, page.Rows())
}

// Create saves a new one and gives it its id.
func Create(tx *db.Tx, by audit.Author, k Trunk) (Trunk, error) {
	k = k.clean()
	if err := k.Validate(); err != nil {
		return Trunk{}, err
	}
	k.ID = ID(id.New())
	_, err := tx.Exec(`INSERT INTO trunk (tenant_id, id, key, name, kind, addresses, nat, codecs, max_calls, password, settings)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		by.Tenant, k.ID, k.Key, k.Name, k.Kind, db.JSON(k.Addresses), k.NAT, db.JSON(k.Codecs), k.MaxCalls, k.Password,
		db.JSON(k.Settings))
	if err != nil {
		return Trunk{}, refuse(err, k)
	}
	return k, audit.Created(tx, by, "trunk", string(k.ID), k)
}

// clean fills in what an older file or client does not know.
func (k Trunk) clean() Trunk {
	if k.Kind == "" {
		k.Kind = ByAddress
	}
	return k
}

// Change saves one under its id, with its old password if none is given; nothing happens when it is as
// it was.
func Change(tx *db.Tx, by audit.Author, k Trunk) (Trunk, error) {
	k = k.clean()
	if err := k.Validate(); err != nil {
		return Trunk{}, err
	}
	old, err := Get(tx, tenant.ID(by.Tenant), k.ID)
	if err != nil {
		return Trunk{}, err
	}
	if k.Password == "" {
		k.Password = old.Password
	}
	if db.JSON(old) == db.JSON(k) {
		return k, nil
	}
	_, err = tx.Exec(`UPDATE trunk SET key = $3, name = $4, kind = $5, addresses = $6, nat = $7, codecs = $8, max_calls = $9,
		password = $10, settings = $11 WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, k.ID, k.Key, k.Name, k.Kind, db.JSON(k.Addresses), k.NAT, db.JSON(k.Codecs), k.MaxCalls, k.Password,
		db.JSON(k.Settings))
	if err != nil {
		return Trunk{}, refuse(err, k)
	}
	return k, audit.Changed(tx, by, "trunk", string(k.ID), old, k)
}

// Delete removes one; Conflict while other set-up refers to it.
func Delete(tx *db.Tx, by audit.Author, which ID) error {
	old, err := Get(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM trunk WHERE tenant_id = $1 AND id = $2`, by.Tenant, which); err != nil {
		return inUse(err)
	}
	return audit.Deleted(tx, by, "trunk", string(which), old)
}

// refuse names the field when the database says that a key is taken.
func refuse(err error, k Trunk) error {
	if db.Taken(err) {
		return fault.OneField("key", fault.Taken, "there is already a trunk with the key %q", k.Key)
	}
	return err
}

func inUse(err error) error {
	if db.Dangling(err) {
		return fault.Conflict.Wrap(err, "This trunk is still in use.")
	}
	return err
}
