package trigger

import (
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

const columns = `id, key, name, project_id, flow_id, kind, disabled, rule, token_hash, since_ms`

func scan(row db.Row) (Trigger, error) {
	var t Trigger
	err := row.Scan(&t.ID, &t.Key, &t.Name, &t.ProjectID, &t.FlowID, &t.Kind, &t.Disabled, db.FromJSON(&t.Rule), &t.TokenHash, db.FromMillis(&t.Since))
	return t, err
}

// Get reads one.
func Get(tx *db.Tx, t tenant.ID, which ID) (Trigger, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM trigger_ WHERE tenant_id = $1 AND id = $2`, t, which)
}

// List reads them by key; the page goes on after a key.
func List(tx *db.Tx, t tenant.ID, page db.Page) ([]Trigger, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM trigger_
		WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3`, t, page.After, page.Rows())
}

// ByToken reads the web hook with this address; NotFound: there is none, or it is switched off.
func ByToken(tx *db.Tx, t tenant.ID, token string) (Trigger, error) {
	found, err := db.One(tx, scan, `SELECT `+columns+` FROM trigger_ WHERE tenant_id = $1 AND token_hash = $2`, t, secret.HashToken(token))
	if err == nil && (found.Disabled || found.Kind != Hook) {
		return Trigger{}, fault.NotFound.New("This web hook is switched off.")
	}
	return found, err
}

// Create saves a new one and gives it its id.
func Create(tx *db.Tx, by audit.Author, t Trigger) (Trigger, error) {
	if err := t.Validate(); err != nil {
		return Trigger{}, err
	}
	if err := checkQueue(tx, by, t); err != nil {
		return Trigger{}, err
	}
	t.ID, t.TokenHash, t.Since = ID(id.New()), "", now()
	_, err := tx.Exec(`INSERT INTO trigger_ (tenant_id, `+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		by.Tenant, t.ID, t.Key, t.Name, t.ProjectID, t.FlowID, string(t.Kind), t.Disabled, db.JSON(t.Rule), t.TokenHash, db.Millis(t.Since))
	if err != nil {
		return Trigger{}, refuse(err, t)
	}
	return t, audit.Created(tx, by, "trigger", string(t.ID), t)
}

// Change saves one under its id; the address of a web hook stays. Nothing happens when it is as it was.
func Change(tx *db.Tx, by audit.Author, t Trigger) (Trigger, error) {
	if err := t.Validate(); err != nil {
		return Trigger{}, err
	}
	old, err := Get(tx, tenant.ID(by.Tenant), t.ID)
	if err != nil {
		return Trigger{}, err
	}
	if err := checkQueue(tx, by, t); err != nil {
		return Trigger{}, err
	}
	t.TokenHash, t.Since = old.TokenHash, old.Since
	if old.counts(t) {
		t.Since = now()
	}
	if db.JSON(old) == db.JSON(t) {
		return t, nil
	}
	_, err = tx.Exec(`UPDATE trigger_ SET key = $3, name = $4, project_id = $5, flow_id = $6, kind = $7, disabled = $8, rule = $9, since_ms = $10
		WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, t.ID, t.Key, t.Name, t.ProjectID, t.FlowID, string(t.Kind), t.Disabled, db.JSON(t.Rule), db.Millis(t.Since))
	if err != nil {
		return Trigger{}, refuse(err, t)
	}
	return t, audit.Changed(tx, by, "trigger", string(t.ID), old, t)
}

// counts says whether a change has it count anew: only what happens from then on starts its flow.
func (t Trigger) counts(to Trigger) bool {
	return t.Disabled && !to.Disabled || t.Kind != to.Kind || t.ProjectID != to.ProjectID || db.JSON(t.Rule) != db.JSON(to.Rule)
}

// now is the present in the database's precision.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// Delete removes one with its history.
func Delete(tx *db.Tx, by audit.Author, which ID) error {
	old, err := Get(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return err
	}
	for _, text := range []string{`DELETE FROM trigger_run WHERE tenant_id = $1 AND trigger_id = $2`, `DELETE FROM trigger_ WHERE tenant_id = $1 AND id = $2`} {
		if _, err := tx.Exec(text, by.Tenant, which); err != nil {
			return err
		}
	}
	return audit.Deleted(tx, by, "trigger", string(which), old)
}

// NewToken gives a web hook a new secret for its address; an earlier one is void. It is shown once.
func NewToken(tx *db.Tx, by audit.Author, which ID) (string, error) {
	old, err := Get(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return "", err
	}
	if old.Kind != Hook {
		return "", fault.Conflict.New("Only a web hook has an address.")
	}
	token := secret.NewToken()
	return token, PutTokenHash(tx, by, which, secret.HashToken(token))
}

// PutTokenHash gives a web hook the address whose token has this hash, as a center file says.
func PutTokenHash(tx *db.Tx, by audit.Author, which ID, hash string) error {
	_, err := tx.Exec(`UPDATE trigger_ SET token_hash = $3 WHERE tenant_id = $1 AND id = $2`, by.Tenant, which, hash)
	if db.Taken(err) {
		return fault.OneField("token_hash", fault.Taken, "another trigger has this address already")
	}
	if err != nil {
		return err
	}
	return audit.Changed(tx, by, "trigger", string(which), nil, map[string]string{"address": "new"})
}

// checkQueue refuses a queue that is not there. One that is removed later is never too long, and nothing ends in it.
func checkQueue(tx *db.Tx, by audit.Author, t Trigger) error {
	if t.Kind != Event || t.Rule.Queue == "" {
		return nil
	}
	_, err := queue.ByKey(tx, tenant.ID(by.Tenant), t.Rule.Queue)
	if fault.Is(err, fault.NotFound) {
		return fault.OneField("rule.queue", fault.Unknown, "there is no queue with the key %q", t.Rule.Queue)
	}
	return err
}

func refuse(err error, t Trigger) error {
	if db.Taken(err) {
		return fault.OneField("key", fault.Taken, "there is already a trigger with the key %q", t.Key)
	}
	if db.Dangling(err) {
		return fault.OneField("flow_id", fault.Unknown, "there is no such flow, or no such project")
	}
	return err
}

const runColumns = `tenant_id, trigger_id, moment, at_ms, started_ms, ended_ms, state, by_whom, why, inputs, steps, flow_id, version`

func scanRun(row db.Row) (Run, error) {
	var r Run
	err := row.Scan(&r.Tenant, &r.Trigger, &r.Moment, db.FromMillis(&r.At), db.FromMillis(&r.Started), db.FromMillis(&r.Ended),
		&r.State, &r.By, db.FromJSON(&r.Why), db.FromJSON(&r.Inputs), db.FromJSON(&r.Steps), &r.FlowID, &r.Version)
	return r, err
}

// InsertRun writes a moment; not fresh: it was written before.
func InsertRun(tx *db.Tx, r Run) (fresh bool, err error) {
	n, err := tx.Exec(`INSERT INTO trigger_run (`+runColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (tenant_id, trigger_id, moment) DO NOTHING`,
		r.Tenant, r.Trigger, r.Moment, db.Millis(r.At), db.Millis(r.Started), db.Millis(r.Ended), string(r.State), r.By, db.JSON(r.Why),
		db.JSON(r.Inputs), db.JSON(r.Steps), r.FlowID, r.Version)
	return n == 1, err
}

// SaveRun writes what became of a run that was in a state; not there: it is in another one.
func SaveRun(tx *db.Tx, r Run, was State) (there bool, err error) {
	n, err := tx.Exec(`UPDATE trigger_run SET started_ms = $4, ended_ms = $5, state = $6, why = $7, steps = $8, flow_id = $9, version = $10
		WHERE tenant_id = $1 AND trigger_id = $2 AND moment = $3 AND state = $11`,
		r.Tenant, r.Trigger, r.Moment, db.Millis(r.Started), db.Millis(r.Ended), string(r.State), db.JSON(r.Why), db.JSON(r.Steps),
		r.FlowID, r.Version, string(was))
	return n == 1, err
}

// OpenRuns reads what has not ended, the oldest first.
func OpenRuns(tx *db.Tx) ([]Run, error) {
	return db.All(tx, scanRun, `SELECT `+runColumns+` FROM trigger_run WHERE ended_ms = 0 ORDER BY at_ms LIMIT 10000`)
}

// Runs reads the latest runs of a trigger, the newest first.
func Runs(tx *db.Tx, t tenant.ID, which ID, most int) ([]Run, error) {
	return db.All(tx, scanRun, `SELECT `+runColumns+` FROM trigger_run
		WHERE tenant_id = $1 AND trigger_id = $2 ORDER BY at_ms DESC, moment DESC LIMIT $3`, t, which, most)
}

// LastRuns reads the latest run of each trigger that has one.
func LastRuns(tx *db.Tx, t tenant.ID) ([]Run, error) {
	return db.All(tx, scanRun, `SELECT r.tenant_id, r.trigger_id, r.moment, r.at_ms, r.started_ms, r.ended_ms, r.state, r.by_whom, r.why,
			r.inputs, r.steps, r.flow_id, r.version
		FROM trigger_ k JOIN trigger_run r ON r.tenant_id = k.tenant_id AND r.trigger_id = k.id AND r.moment = (
			SELECT l.moment FROM trigger_run l WHERE l.tenant_id = k.tenant_id AND l.trigger_id = k.id ORDER BY l.at_ms DESC, l.moment DESC LIMIT 1)
		WHERE k.tenant_id = $1 ORDER BY k.key`, t)
}

// Moments are those of a trigger since a time.
func Moments(tx *db.Tx, t tenant.ID, which ID, since time.Time) (map[string]bool, error) {
	all, err := db.All(tx, db.Scalar[string], `SELECT moment FROM trigger_run
		WHERE tenant_id = $1 AND trigger_id = $2 AND at_ms >= $3`, t, which, db.Millis(since))
	had := make(map[string]bool, len(all))
	for _, m := range all {
		had[m] = true
	}
	return had, err
}

// LastAt is when a trigger's latest moment was; zero: it had none.
func LastAt(tx *db.Tx, t tenant.ID, which ID) (at time.Time, err error) {
	err = tx.QueryRow(`SELECT COALESCE(MAX(at_ms), 0) FROM trigger_run WHERE tenant_id = $1 AND trigger_id = $2 AND by_whom = ''`, t, which).
		Scan(db.FromMillis(&at))
	return at, err
}

// SweepRuns removes what ended before a moment.
func SweepRuns(tx *db.Tx, before time.Time) error {
	_, err := tx.Exec(`DELETE FROM trigger_run WHERE ended_ms > 0 AND ended_ms < $1`, db.Millis(before))
	return err
}

// NoteRun writes into the audit that somebody started a flow by hand.
func NoteRun(tx *db.Tx, by audit.Author, r Run) error {
	return audit.Created(tx, by, "trigger_run", string(r.Trigger), map[string]any{"moment": r.Moment, "inputs": r.Inputs})
}
