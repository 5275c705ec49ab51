package project

import (
	"cmp"
	"fmt"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
)

const columns = `id, key, name, country, recording_days, hang_up_after_ms, hang_up_reason, announce_monitoring, hold_music, safety_flow, default_queue, recording_format, voices, recognizers, callbacks, messaging, abuse`

func scan(row db.Row) (Project, error) {
	p := Project{Voices: []Voice{}, Recognizers: []Recognizer{}}
	err := row.Scan(&p.ID, &p.Key, &p.Name, &p.Country, &p.RecordingDays, &p.HangUpAfterMS, &p.HangUpReason, &p.AnnounceMonitoring, &p.HoldMusic,
		&p.SafetyFlow, &p.DefaultQueue, &p.RecordingFormat, db.FromJSON(&p.Voices), db.FromJSON(&p.Recognizers), db.FromJSON(&p.Callbacks), db.FromJSON(&p.Messaging), db.FromJSON(&p.Abuse))
	return p, err
}

// Get reads one.
func Get(tx *db.Tx, t tenant.ID, p ID) (Project, error) {
	return one(tx, t)(db.One(tx, scan, `SELECT `+columns+` FROM project WHERE tenant_id = $1 AND id = $2`, t, p))
}

// ByKey reads the one with this key.
func ByKey(tx *db.Tx, t tenant.ID, key string) (Project, error) {
	return one(tx, t)(db.One(tx, scan, `SELECT `+columns+` FROM project WHERE tenant_id = $1 AND key = $2`, t, key))
}

// List reads them by key; the page goes on after a key.
func List(tx *db.Tx, t tenant.ID, page db.Page) ([]Project, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM project
		WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3`, t, page.After, page.Rows())
	if err != nil {
		return nil, err
	}
	return all, addTrunks(tx, t, all)
}

// one adds to a project what stands in another table.
func one(tx *db.Tx, t tenant.ID) func(Project, error) (Project, error) {
	return func(p Project, err error) (Project, error) {
		if err != nil {
			return Project{}, err
		}
		all := []Project{p}
		err = addTrunks(tx, t, all)
		return all[0], err
	}
}

// use is a row of project_trunk.
type use struct {
	project ID
	trunk   trunk.ID
}

func scanUse(row db.Row) (use, error) {
	var u use
	err := row.Scan(&u.project, &u.trunk)
	return u, err
}

// addTrunks gives projects their trunks.
func addTrunks(tx *db.Tx, t tenant.ID, all []Project) error {
	uses, err := db.All(tx, scanUse, `SELECT project_id, trunk_id FROM project_trunk
		WHERE tenant_id = $1 ORDER BY project_id, position`, t)
	for i := range all {
		all[i].Trunks = []trunk.ID{}
		for _, u := range uses {
			if u.project == all[i].ID {
				all[i].Trunks = append(all[i].Trunks, u.trunk)
			}
		}
	}
	return err
}

// setTrunks replaces the list of a project's trunks.
func setTrunks(tx *db.Tx, by audit.Author, p Project) error {
	if _, err := tx.Exec(`DELETE FROM project_trunk WHERE tenant_id = $1 AND project_id = $2`, by.Tenant, p.ID); err != nil {
		return err
	}
	for i, k := range p.Trunks {
		if _, err := tx.Exec(`INSERT INTO project_trunk (tenant_id, project_id, trunk_id, position) VALUES ($1, $2, $3, $4)`,
			by.Tenant, p.ID, k, i); err != nil {
			if db.Dangling(err) {
				return fault.OneField(fmt.Sprintf("trunks[%d]", i), fault.Unknown, "there is no such trunk")
			}
			return err
		}
	}
	return nil
}

// Create saves a new one and gives it its id.
func Create(tx *db.Tx, by audit.Author, p Project) (Project, error) {
	if err := p.Validate(); err != nil {
		return Project{}, err
	}
	p.ID, p.Trunks, p.RecordingFormat = ID(id.New()), listed(p.Trunks), cmp.Or(p.RecordingFormat, Opus)
	p.Voices, p.Recognizers = voices(p.Voices), recognizers(p.Recognizers)
	_, err := tx.Exec(`INSERT INTO project (tenant_id, id, key, name, country, recording_days,
			hang_up_after_ms, hang_up_reason, announce_monitoring, hold_music, safety_flow, default_queue, recording_format, voices, recognizers, callbacks, messaging, abuse)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		by.Tenant, p.ID, p.Key, p.Name, p.Country, p.RecordingDays, p.HangUpAfterMS, p.HangUpReason, p.AnnounceMonitoring, p.HoldMusic,
		p.SafetyFlow, p.DefaultQueue, p.RecordingFormat, db.JSON(p.Voices), db.JSON(p.Recognizers), db.JSON(p.Callbacks), db.JSON(p.Messaging), db.JSON(p.Abuse))
	if err != nil {
		return Project{}, refuse(err, p)
	}
	if err := setTrunks(tx, by, p); err != nil {
		return Project{}, err
	}
	return p, audit.Created(tx, by, "project", string(p.ID), p)
}

// Change saves one under its id; nothing happens when it is as it was.
func Change(tx *db.Tx, by audit.Author, p Project) (Project, error) {
	if err := p.Validate(); err != nil {
		return Project{}, err
	}
	p.Trunks, p.RecordingFormat = listed(p.Trunks), cmp.Or(p.RecordingFormat, Opus)
	p.Voices, p.Recognizers = voices(p.Voices), recognizers(p.Recognizers)
	old, err := Get(tx, tenant.ID(by.Tenant), p.ID)
	if err != nil {
		return Project{}, err
	}
	if db.JSON(old) == db.JSON(p) {
		return p, nil
	}
	_, err = tx.Exec(`UPDATE project SET key = $3, name = $4, country = $5, recording_days = $6, hang_up_after_ms = $7,
			hang_up_reason = $8, announce_monitoring = $9, hold_music = $10,
			safety_flow = $11, default_queue = $12, recording_format = $13, voices = $14, recognizers = $15, callbacks = $16, messaging = $17, abuse = $18
		WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, p.ID, p.Key, p.Name, p.Country, p.RecordingDays, p.HangUpAfterMS, p.HangUpReason, p.AnnounceMonitoring, p.HoldMusic,
		p.SafetyFlow, p.DefaultQueue, p.RecordingFormat, db.JSON(p.Voices), db.JSON(p.Recognizers), db.JSON(p.Callbacks), db.JSON(p.Messaging), db.JSON(p.Abuse))
	if err != nil {
		return Project{}, refuse(err, p)
	}
	if err := setTrunks(tx, by, p); err != nil {
		return Project{}, err
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

// listed is a list that is never nil, so that it compares equal to one that was read.
func listed(trunks []trunk.ID) []trunk.ID {
	if trunks == nil {
		return []trunk.ID{}
	}
	return trunks
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
