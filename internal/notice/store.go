package notice

import (
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

const columns = `id, texts, importance, audience, from_ms, until_ms, revision, version, author_id, written_ms, changed_ms, withdrawn_ms, reminded_ms`

func scan(row db.Row) (Notice, error) {
	var n Notice
	err := row.Scan(&n.ID, db.FromJSON(&n.Texts), &n.Importance, db.FromJSON(&n.Audience), db.FromMillis(&n.From), db.FromMillis(&n.Until),
		&n.Revision, &n.Version, &n.Author, db.FromMillis(&n.Written), db.FromMillis(&n.Changed), db.FromMillis(&n.Withdrawn), db.FromMillis(&n.Reminded))
	n.Audience = n.Audience.clean()
	return n, err
}

// clean sorts the lists and makes them never nil, so that the same audience is always written the same.
func (a Audience) clean() Audience {
	a.Queues, a.Projects, a.People = tidy(a.Queues), tidy(a.Projects), tidy(a.People)
	return a
}

func tidy[T ~string](list []T) []T {
	list = append([]T{}, list...)
	slices.Sort(list)
	return slices.Compact(list)
}

// now is as exact as what is stored.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// Get reads one; NotFound: there is none.
func Get(tx *db.Tx, t tenant.ID, n ID) (Notice, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM notice WHERE tenant_id = $1 AND id = $2`, t, n)
}

// List reads those that hold now or will, or those that are over, the last written first; the page goes on after an id.
func List(tx *db.Tx, t tenant.ID, over bool, at time.Time, page db.Page) ([]Notice, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM notice WHERE tenant_id = $1 AND ($2 = '' OR id < $2)
		AND (withdrawn_ms > 0 OR (until_ms > 0 AND until_ms <= $3)) = $4 ORDER BY id DESC LIMIT $5`,
		t, page.After, db.Millis(at), over, page.Rows())
}

// mostHolding is how many notices can hold at a time; more would be read by nobody.
const mostHolding = 200

// Holding reads all that hold at a time, the last written first.
func Holding(tx *db.Tx, t tenant.ID, at time.Time) ([]Notice, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM notice WHERE tenant_id = $1 AND withdrawn_ms = 0 AND from_ms <= $2
		AND (until_ms = 0 OR until_ms > $2) ORDER BY id DESC LIMIT $3`, t, db.Millis(at), mostHolding)
}

// Turns gives the next time at which a notice begins or ends to hold; zero: none will.
func Turns(tx *db.Tx, t tenant.ID, after time.Time) (time.Time, error) {
	ms, err := db.One(tx, db.Scalar[int64], `SELECT COALESCE(MIN(at_ms), 0) FROM (
			SELECT from_ms AS at_ms FROM notice WHERE tenant_id = $1 AND withdrawn_ms = 0 AND from_ms > $2
			UNION ALL SELECT until_ms FROM notice WHERE tenant_id = $1 AND withdrawn_ms = 0 AND until_ms > $2) AS turn`, t, db.Millis(after))
	return db.Instant(ms), err
}

// Create saves a new one; without a beginning it holds at once.
func Create(tx *db.Tx, by audit.Author, n Notice) (Notice, error) {
	at := now()
	if n.From.IsZero() {
		n.From = at
	}
	n.Audience = n.Audience.clean()
	if err := check(tx, by, n, at); err != nil {
		return Notice{}, err
	}
	holding, err := db.One(tx, db.Scalar[int64], `SELECT COUNT(id) FROM notice WHERE tenant_id = $1 AND withdrawn_ms = 0 AND (until_ms = 0 OR until_ms > $2)`,
		by.Tenant, db.Millis(at))
	if err != nil {
		return Notice{}, err
	}
	if holding >= mostHolding {
		return Notice{}, fault.Busy.New("There are %d notices already. Withdraw those that are of no use any more.", mostHolding)
	}
	n.ID, n.Revision, n.Version, n.Author, n.Written, n.Changed = ID(id.New()), 1, 1, access.UserID(by.User), at, at
	n.Withdrawn, n.Reminded = time.Time{}, time.Time{}
	_, err = tx.Exec(`INSERT INTO notice (tenant_id, `+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0)`,
		by.Tenant, n.ID, db.JSON(n.Texts), string(n.Importance), db.JSON(n.Audience), db.Millis(n.From), db.Millis(n.Until), n.Revision, n.Version,
		n.Author, db.Millis(n.Written), db.Millis(n.Changed))
	if err != nil {
		return Notice{}, err
	}
	return n, audit.Created(tx, by, "notice", string(n.ID), n)
}

// Change saves texts, importance, audience and times under a notice's id. Anew: who has read or confirmed it has to do so
// again. The version is the one the writer saw; Conflict: somebody else has changed it since.
func Change(tx *db.Tx, by audit.Author, n Notice, anew bool) (Notice, error) {
	old, err := editable(tx, by, n.ID)
	if err != nil {
		return Notice{}, err
	}
	if old.Version != n.Version {
		return Notice{}, fault.Conflict.New("Somebody else has changed this notice meanwhile. Look what it says now, then change it.")
	}
	next, at := old, now()
	next.Texts, next.Importance, next.Audience, next.From, next.Until = n.Texts, n.Importance, n.Audience.clean(), n.From, n.Until
	if next.From.IsZero() {
		next.From = old.From
	}
	if err := check(tx, by, next, at); err != nil {
		return Notice{}, err
	}
	if anew {
		next.Revision++
	}
	if db.JSON(next) == db.JSON(old) {
		return old, nil
	}
	next.Version, next.Changed = old.Version+1, at
	_, err = tx.Exec(`UPDATE notice SET texts = $3, importance = $4, audience = $5, from_ms = $6, until_ms = $7, revision = $8, version = $9,
		changed_ms = $10 WHERE tenant_id = $1 AND id = $2`, by.Tenant, n.ID, db.JSON(next.Texts), string(next.Importance), db.JSON(next.Audience),
		db.Millis(next.From), db.Millis(next.Until), next.Revision, next.Version, db.Millis(next.Changed))
	if err != nil {
		return Notice{}, err
	}
	return next, audit.Changed(tx, by, "notice", string(n.ID), old, next)
}

// Withdraw ends a notice; what was read and confirmed stays. Withdrawn already: nothing happens.
func Withdraw(tx *db.Tx, by audit.Author, which ID) (Notice, error) {
	old, err := Get(tx, tenant.ID(by.Tenant), which)
	if err != nil || !old.Withdrawn.IsZero() {
		return old, err
	}
	next := old
	next.Withdrawn, next.Version = now(), old.Version+1
	if _, err := tx.Exec(`UPDATE notice SET withdrawn_ms = $3, version = $4 WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, which, db.Millis(next.Withdrawn), next.Version); err != nil {
		return Notice{}, err
	}
	return next, audit.Changed(tx, by, "notice", string(which), old, next)
}

// Remind notes that those are asked again who have not done what a notice asks for, and gives how many they are.
func Remind(tx *db.Tx, by audit.Author, which ID) (Notice, int, error) {
	n, err := editable(tx, by, which)
	if err != nil {
		return Notice{}, 0, err
	}
	at := now()
	if !n.Holds(at) {
		return Notice{}, 0, fault.Conflict.New("This notice does not hold now: nobody sees it at the desk.")
	}
	readers, err := Readers(tx, tenant.ID(by.Tenant), n)
	if err != nil {
		return Notice{}, 0, err
	}
	asked := 0
	for _, r := range readers {
		if r.Reached && !n.Done(r.Reading) {
			asked++
		}
	}
	n.Reminded = at
	if _, err := tx.Exec(`UPDATE notice SET reminded_ms = $3 WHERE tenant_id = $1 AND id = $2`, by.Tenant, which, db.Millis(at)); err != nil {
		return Notice{}, 0, err
	}
	return n, asked, audit.Note(tx, by, audit.Change, "notice", string(which), map[string]any{"reminded": asked})
}

// editable reads a notice that is not withdrawn.
func editable(tx *db.Tx, by audit.Author, which ID) (Notice, error) {
	n, err := Get(tx, tenant.ID(by.Tenant), which)
	if err == nil && !n.Withdrawn.IsZero() {
		err = fault.Conflict.New("This notice was withdrawn. Write a new one.")
	}
	return n, err
}

// check looks whether a notice can be saved: whom it names must be there.
func check(tx *db.Tx, by audit.Author, n Notice, at time.Time) error {
	var f fault.Fields
	if err := f.Nest("", n.Validate()); err != nil {
		return err
	}
	if !n.Until.IsZero() && !n.Until.After(at) {
		f.Add("until", fault.OutOfRange, "must be in the future")
	}
	t := tenant.ID(by.Tenant)
	for _, q := range n.Audience.Queues {
		if err := known(&f, "audience.queues", func() error { _, err := queue.Get(tx, t, q); return err }); err != nil {
			return err
		}
	}
	for _, j := range n.Audience.Projects {
		if err := known(&f, "audience.projects", func() error { _, err := project.Get(tx, t, j); return err }); err != nil {
			return err
		}
	}
	for _, u := range n.Audience.People {
		if err := known(&f, "audience.people", func() error { _, err := access.GetUser(tx, t, u); return err }); err != nil {
			return err
		}
	}
	return f.Err()
}

func known(f *fault.Fields, path string, get func() error) error {
	err := get()
	if fault.Is(err, fault.NotFound) {
		f.Add(path, fault.Unknown, "names something that is not there any more")
		return nil
	}
	return err
}
