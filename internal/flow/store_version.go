package flow

import (
	"encoding/json"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// save writes what has changed of a flow and publishes a new version when the program is another.
func save(tx *db.Tx, by audit.Author, old, now Flow, note string) (Flow, error) {
	published := string(now.Program) != string(old.Program)
	if published {
		now.Version = old.Version + 1
	}
	if db.JSON(old) == db.JSON(now) {
		return now, nil
	}
	now.Revision = old.Revision + 1
	_, err := tx.Exec(`UPDATE flow SET key = $3, name = $4, version = $5, program = $6, draft = $7, draft_by = $8, revision = $9
		WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, now.ID, now.Key, now.Name, now.Version, string(now.Program), string(now.Draft), now.DraftBy, now.Revision)
	if err != nil {
		return Flow{}, refuse(err, "flow", now.Key)
	}
	if published {
		if err := keepVersion(tx, by, now, note); err != nil {
			return Flow{}, err
		}
	}
	return now, audit.Changed(tx, by, "flow", string(now.ID), old, now)
}

func keepVersion(tx *db.Tx, by audit.Author, f Flow, note string) error {
	_, err := tx.Exec(`INSERT INTO flow_version (tenant_id, flow_id, version, program, at, author, note)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		by.Tenant, f.ID, f.Version, string(f.Program), db.Millis(time.Now()), by.User, note)
	return err
}

const versionColumns = `version, program, at, author, note`

func scanVersion(row db.Row) (Version, error) {
	var v Version
	var program string
	err := row.Scan(&v.Number, &program, db.FromMillis(&v.At), &v.Author, &v.Note)
	v.Program = []byte(program)
	return v, err
}

// GetVersion reads a version that was published.
func GetVersion(tx *db.Tx, t tenant.ID, f ID, number int64) (Version, error) {
	return db.One(tx, scanVersion, `SELECT `+versionColumns+` FROM flow_version
		WHERE tenant_id = $1 AND flow_id = $2 AND version = $3`, t, f, number)
}

// Versions are the published versions, the last first: at most so many below a number; 0: from the last.
func Versions(tx *db.Tx, t tenant.ID, f ID, below int64, limit int) ([]Version, error) {
	if below == 0 {
		below = 1 << 62
	}
	return db.All(tx, scanVersion, `SELECT `+versionColumns+` FROM flow_version
		WHERE tenant_id = $1 AND flow_id = $2 AND version < $3 ORDER BY version DESC LIMIT $4`, t, f, below, limit)
}

// atRevision reads a flow that is to be changed and refuses when it is no longer at the revision the author
// has seen.
func atRevision(tx *db.Tx, by audit.Author, which ID, revision int64) (Flow, error) {
	f, err := Get(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return Flow{}, err
	}
	if f.Revision != revision {
		return Flow{}, fault.Conflict.New("Somebody else has saved this flow meanwhile. Compare with what is there now, then save again.")
	}
	return f, nil
}

// SaveDraft keeps a program somebody works on; it may have mistakes, but must be JSON. Nil drops the
// draft. Revision is the one the author began from; another is a Conflict.
func SaveDraft(tx *db.Tx, by audit.Author, which ID, revision int64, draft json.RawMessage) (Flow, error) {
	if len(draft) > maxSource {
		return Flow{}, fault.OneField("draft", fault.TooLong, "must be at most %d bytes", maxSource)
	}
	if len(draft) > 0 && !json.Valid(draft) {
		return Flow{}, fault.OneField("draft", fault.Malformed, "must be JSON")
	}
	old, err := atRevision(tx, by, which, revision)
	if err != nil {
		return Flow{}, err
	}
	now := old
	now.Draft, now.DraftBy = nil, ""
	if len(draft) > 0 {
		now.Draft, now.DraftBy = compact(draft), by.User
	}
	return save(tx, by, old, now, "")
}

// Publish makes the draft the program that new interactions run; those that run go on as they began.
// A draft with mistakes is Invalid.
func (c Checker) Publish(tx *db.Tx, by audit.Author, which ID, revision int64, note string) (Flow, error) {
	old, err := atRevision(tx, by, which, revision)
	if err != nil {
		return Flow{}, err
	}
	if len(old.Draft) == 0 {
		return Flow{}, fault.Conflict.New("There is no draft to publish.")
	}
	now := old
	now.Program, now.Draft, now.DraftBy = old.Draft, nil, ""
	return c.publish(tx, by, old, now, note)
}

// Restore publishes an earlier version again, as a new one. A draft stays.
func (c Checker) Restore(tx *db.Tx, by audit.Author, which ID, revision, number int64, note string) (Flow, error) {
	old, err := atRevision(tx, by, which, revision)
	if err != nil {
		return Flow{}, err
	}
	earlier, err := GetVersion(tx, tenant.ID(by.Tenant), which, number)
	if err != nil {
		return Flow{}, err
	}
	now := old
	now.Program = earlier.Program
	return c.publish(tx, by, old, now, note)
}

func (c Checker) publish(tx *db.Tx, by audit.Author, old, now Flow, note string) (Flow, error) {
	var found fault.Fields
	found.Text("note", note, false, 1000)
	if err := found.Err(); err != nil {
		return Flow{}, err
	}
	if err := now.Validate(); err != nil {
		return Flow{}, err
	}
	if err := c.Check(tx, tenant.ID(by.Tenant), now); err != nil {
		return Flow{}, err
	}
	return save(tx, by, old, now, note)
}
