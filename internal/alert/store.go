package alert

import (
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/tenant"
)

const ruleColumns = `id, key, name, disabled, project_id, queue_id, terms`

func scanRule(row db.Row) (Rule, error) {
	var r Rule
	return r, row.Scan(&r.ID, &r.Key, &r.Name, &r.Disabled, &r.Project, &r.Queue, db.FromJSON(&r.Terms))
}

// GetRule reads one.
func GetRule(tx *db.Tx, t tenant.ID, which RuleID) (Rule, error) {
	return db.One(tx, scanRule, `SELECT `+ruleColumns+` FROM alert_rule WHERE tenant_id = $1 AND id = $2`, t, which)
}

// ListRules reads them by key; the page goes on after a key.
func ListRules(tx *db.Tx, t tenant.ID, page db.Page) ([]Rule, error) {
	return db.All(tx, scanRule, `SELECT `+ruleColumns+` FROM alert_rule
		WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3`, t, page.After, page.Rows())
}

// CreateRule saves a new one and gives it its id.
func CreateRule(tx *db.Tx, by audit.Author, r Rule) (Rule, error) {
	if err := r.check(tx, by); err != nil {
		return Rule{}, err
	}
	r.ID = RuleID(id.New())
	_, err := tx.Exec(`INSERT INTO alert_rule (tenant_id, `+ruleColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		by.Tenant, r.ID, r.Key, r.Name, r.Disabled, r.Project, r.Queue, db.JSON(r.Terms))
	if err != nil {
		return Rule{}, refuse(err, r)
	}
	return r, audit.Created(tx, by, "alert_rule", string(r.ID), r)
}

// ChangeRule saves one under its id. Nothing happens when it is as it was.
func ChangeRule(tx *db.Tx, by audit.Author, r Rule) (Rule, error) {
	if err := r.check(tx, by); err != nil {
		return Rule{}, err
	}
	old, err := GetRule(tx, tenant.ID(by.Tenant), r.ID)
	if err != nil || db.JSON(old) == db.JSON(r) {
		return r, err
	}
	_, err = tx.Exec(`UPDATE alert_rule SET key = $3, name = $4, disabled = $5, project_id = $6, queue_id = $7, terms = $8 WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, r.ID, r.Key, r.Name, r.Disabled, r.Project, r.Queue, db.JSON(r.Terms))
	if err != nil {
		return Rule{}, refuse(err, r)
	}
	if old.watches(r) {
		if err := end(tx, tenant.ID(by.Tenant), r.ID); err != nil {
			return Rule{}, err
		}
	}
	return r, audit.Changed(tx, by, "alert_rule", string(r.ID), old, r)
}

// DeleteRule removes one; its alerts stay in the history.
func DeleteRule(tx *db.Tx, by audit.Author, which RuleID) error {
	old, err := GetRule(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return err
	}
	if err := end(tx, tenant.ID(by.Tenant), which); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM alert_rule WHERE tenant_id = $1 AND id = $2`, by.Tenant, which); err != nil {
		return err
	}
	return audit.Deleted(tx, by, "alert_rule", string(which), old)
}

// CreateDefaults gives a new center its rules.
func CreateDefaults(tx *db.Tx, by audit.Author) error {
	for _, r := range Defaults() {
		if _, err := CreateRule(tx, by, r); err != nil {
			return err
		}
	}
	return nil
}

func (r Rule) check(tx *db.Tx, by audit.Author) error {
	if err := r.Validate(); err != nil {
		return err
	}
	var f fault.Fields
	for _, of := range []struct{ field, table, id string }{{"project_id", "project", string(r.Project)}, {"queue_id", "queue", string(r.Queue)}} {
		if of.id == "" {
			continue
		}
		_, err := db.One(tx, db.Scalar[string], `SELECT id FROM `+of.table+` WHERE tenant_id = $1 AND id = $2`, by.Tenant, of.id)
		if fault.Is(err, fault.NotFound) {
			f.Add(of.field, fault.Unknown, "it is not there any more")
		} else if err != nil {
			return err
		}
	}
	return f.Err()
}

func refuse(err error, r Rule) error {
	if db.Taken(err) {
		return fault.OneField("key", fault.Taken, "there is already a %s with the key %q", "rule", r.Key)
	}
	return err
}

const columns = `id, rule_id, name, what, subject_kind, subject_id, about, project, value, limit_value, worst, detail,
	since_ms, raised_ms, cleared_ms, why, seen_by, seen_name, seen_ms, told_ms, times, untold`

func scan(row db.Row) (Alert, error) {
	var a Alert
	return a, row.Scan(&a.ID, &a.Rule, &a.Name, &a.What, &a.Subject.Kind, &a.Subject.ID, &a.About, &a.Project, &a.Value, &a.Limit, &a.Worst,
		&a.Detail, db.FromMillis(&a.Since), db.FromMillis(&a.Raised), db.FromMillis(&a.Cleared), &a.Why, &a.SeenBy, &a.SeenName, db.FromMillis(&a.Seen),
		db.FromMillis(&a.Told), &a.Times, &a.Untold)
}

// insert writes a new one; a second open one of the same rule and subject is refused by the database.
func insert(tx *db.Tx, t tenant.ID, a Alert) error {
	_, err := tx.Exec(`INSERT INTO alert (tenant_id, `+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`,
		t, a.ID, a.Rule, a.Name, string(a.What), string(a.Subject.Kind), a.Subject.ID, a.About, a.Project, a.Value, a.Limit, a.Worst, a.Detail,
		db.Millis(a.Since), db.Millis(a.Raised), db.Millis(a.Cleared), a.Why, a.SeenBy, a.SeenName, db.Millis(a.Seen), db.Millis(a.Told), a.Times, a.Untold)
	return err
}

// update writes what the engine changes of one; who has seen it is not among that.
func update(tx *db.Tx, t tenant.ID, a Alert) error {
	_, err := tx.Exec(`UPDATE alert SET worst = $3, cleared_ms = $4, why = $5, told_ms = $6, times = $7, untold = $8 WHERE tenant_id = $1 AND id = $2`,
		t, a.ID, a.Worst, db.Millis(a.Cleared), a.Why, db.Millis(a.Told), a.Times, a.Untold)
	return err
}

// end has the open alerts of a rule be over.
func end(tx *db.Tx, t tenant.ID, which RuleID) error {
	_, err := tx.Exec(`UPDATE alert SET cleared_ms = $3, why = $4 WHERE tenant_id = $1 AND rule_id = $2 AND cleared_ms = 0`, t, which, db.Millis(now()), Changed)
	return err
}

// mostOpen is how many alerts last at once at most: a center whose every queue burns is not helped by more.
const mostOpen = 1000

// Open reads those that last, the newest first.
func Open(tx *db.Tx, t tenant.ID) ([]Alert, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM alert WHERE tenant_id = $1 AND cleared_ms = 0 ORDER BY raised_ms DESC, id DESC LIMIT $2`, t, mostOpen)
}

// Get reads one.
func Get(tx *db.Tx, t tenant.ID, which ID) (Alert, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM alert WHERE tenant_id = $1 AND id = $2`, t, which)
}

// Filter says which alerts of the history are wanted; empty fields are all.
type Filter struct {
	What     What
	Rule     RuleID
	Subject  Subject
	Lasting  bool // those that are not over
	Unseen   bool
	From, To time.Time // raised within; zero: no end
}

// History reads alerts, the newest first; the page goes on after an id, for ids are made in the order of time.
func History(tx *db.Tx, t tenant.ID, f Filter, page db.Page) ([]Alert, error) {
	to := f.To
	if to.IsZero() {
		to = now().AddDate(100, 0, 0)
	}
	return db.All(tx, scan, `SELECT `+columns+` FROM alert
		WHERE tenant_id = $1 AND raised_ms >= $2 AND raised_ms < $3 AND ($4 = '' OR what = $4) AND ($5 = '' OR rule_id = $5)
			AND ($6 = '' OR subject_kind = $6) AND ($7 = '' OR subject_id = $7) AND (NOT $8 OR cleared_ms = 0) AND (NOT $9 OR seen_ms = 0) AND ($10 = '' OR id < $10)
		ORDER BY id DESC LIMIT $11`,
		t, db.Millis(f.From), db.Millis(to), string(f.What), string(f.Rule), string(f.Subject.Kind), f.Subject.ID, f.Lasting, f.Unseen, page.After, page.Rows())
}

// See notes who has seen an alert; the first counts. It is for who cares to say "I am on it", so that nobody else runs.
func See(tx *db.Tx, by audit.Author, name string, which ID) (Alert, error) {
	t := tenant.ID(by.Tenant)
	n, err := tx.Exec(`UPDATE alert SET seen_by = $3, seen_name = $4, seen_ms = $5 WHERE tenant_id = $1 AND id = $2 AND seen_ms = 0`,
		t, which, by.User, name, db.Millis(now()))
	if err != nil {
		return Alert{}, err
	}
	a, err := Get(tx, t, which)
	if err != nil || n == 0 {
		return a, err
	}
	return a, audit.Changed(tx, by, "alert", string(which), nil, map[string]string{"seen": a.About, "rule": a.Name})
}

// Keep is how long alerts are kept that are over.
const Keep = 400 * 24 * time.Hour

// Sweep removes those that are older.
func Sweep(tx *db.Tx, at time.Time) error {
	_, err := tx.Exec(`DELETE FROM alert WHERE cleared_ms > 0 AND cleared_ms < $1`, db.Millis(at.Add(-Keep)))
	return err
}
