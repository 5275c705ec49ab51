package notice

import (
	"cmp"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

func scanReading(row db.Row) (Reading, error) {
	var r Reading
	err := row.Scan(&r.Notice, &r.User, &r.Revision, db.FromMillis(&r.Read), db.FromMillis(&r.Confirmed))
	return r, err
}

// Mark notes that somebody has read, or confirmed, a revision of a notice; the first time counts. Conflict: it was changed
// so that it is to be read anew, or it was withdrawn.
func Mark(tx *db.Tx, t tenant.ID, user access.UserID, which ID, revision int64, confirm bool) (Reading, error) {
	n, err := Get(tx, t, which)
	if err != nil {
		return Reading{}, err
	}
	at := now()
	switch {
	case n.Revision != revision:
		return Reading{}, fault.Conflict.New("This notice has been changed meanwhile. Read it once more, then confirm it.")
	case !n.Holds(at):
		return Reading{}, fault.Conflict.New("This notice is over; nothing is to be done.")
	}
	r := Reading{Notice: which, User: user, Revision: revision, Read: at}
	old, err := db.One(tx, scanReading, `SELECT notice_id, user_id, revision, read_ms, confirmed_ms FROM notice_reading
		WHERE tenant_id = $1 AND notice_id = $2 AND user_id = $3 AND revision = $4`, t, which, user, revision)
	switch {
	case err == nil:
		r = old
	case !fault.Is(err, fault.NotFound):
		return Reading{}, err
	}
	if confirm && n.Importance != ToRead && r.Confirmed.IsZero() {
		r.Confirmed = at
	}
	if r == old {
		return r, nil
	}
	_, err = tx.Exec(`INSERT INTO notice_reading (tenant_id, notice_id, user_id, revision, read_ms, confirmed_ms) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, notice_id, user_id, revision) DO UPDATE SET confirmed_ms = excluded.confirmed_ms`,
		t, which, user, revision, db.Millis(r.Read), db.Millis(r.Confirmed))
	return r, err
}

// Own is a notice that reaches somebody, with his last reading.
type Own struct {
	Notice
	Reading Reading
}

// For reads what reaches somebody at a time, the last written first.
func For(tx *db.Tx, t tenant.ID, p Person, at time.Time) ([]Own, error) {
	all, err := Holding(tx, t, at)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(n Notice) bool { return !n.Audience.Reaches(p) })
	if len(all) == 0 {
		return nil, nil
	}
	read, err := db.All(tx, scanReading, `SELECT notice_id, user_id, revision, read_ms, confirmed_ms FROM notice_reading
		WHERE tenant_id = $1 AND user_id = $2 AND notice_id >= $3 ORDER BY revision`, t, p.ID, all[len(all)-1].ID) // ids grow
	if err != nil {
		return nil, err
	}
	last := make(map[ID]Reading)
	for _, r := range read {
		last[r.Notice] = r
	}
	own := make([]Own, len(all))
	for i, n := range all {
		own[i] = Own{n, last[n.ID]}
	}
	return own, nil
}

// Reader is a line of a notice's read list.
type Reader struct {
	User    access.UserID
	Name    string
	Login   string
	Reached bool // the notice reaches him now; otherwise he has read it when it did
	Reading Reading
}

// Readers gives whom a notice reaches and who else has read it, by name, each with his last reading.
func Readers(tx *db.Tx, t tenant.ID, n Notice) ([]Reader, error) {
	lists, err := ReadLists(tx, t, []Notice{n})
	return lists[n.ID], err
}

// ReadLists gives the read lists of several notices.
func ReadLists(tx *db.Tx, t tenant.ID, notices []Notice) (map[ID][]Reader, error) {
	lists := make(map[ID][]Reader)
	if len(notices) == 0 {
		return lists, nil
	}
	users, people, err := persons(tx, t)
	if err != nil {
		return nil, err
	}
	for _, n := range notices {
		last := make(map[access.UserID]Reading)
		read, err := db.All(tx, scanReading, `SELECT notice_id, user_id, revision, read_ms, confirmed_ms FROM notice_reading
			WHERE tenant_id = $1 AND notice_id = $2 ORDER BY revision`, t, n.ID)
		if err != nil {
			return nil, err
		}
		for _, r := range read {
			last[r.User] = r
		}
		var list []Reader
		for i, u := range users {
			r, seen := last[u.ID]
			if reached := n.Audience.Reaches(people[i]) && !u.Disabled; reached || seen {
				list = append(list, Reader{User: u.ID, Name: u.Name, Login: u.Login, Reached: reached, Reading: r})
			}
		}
		lists[n.ID] = list
	}
	return lists, nil
}

// persons are all users by name, and the same as notices see them.
func persons(tx *db.Tx, t tenant.ID) ([]access.User, []Person, error) {
	users, err := access.ListUsers(tx, t, db.Page{Limit: db.Unlimited})
	if err != nil {
		return nil, nil, err
	}
	slices.SortStableFunc(users, func(a, b access.User) int { return cmp.Compare(a.Name, b.Name) })
	queues, err := queue.List(tx, t, db.Page{Limit: db.Unlimited})
	if err != nil {
		return nil, nil, err
	}
	of := make(map[queue.ID]project.ID)
	for _, q := range queues {
		of[q.ID] = q.ProjectID
	}
	members, err := queue.AllMembers(tx, t)
	if err != nil {
		return nil, nil, err
	}
	serves := make(map[access.UserID][]queue.ID)
	for _, m := range members {
		serves[m.UserID] = append(serves[m.UserID], m.QueueID)
	}
	people := make([]Person, len(users))
	for i, u := range users {
		people[i] = PersonOf(u, serves[u.ID], func(q queue.ID) project.ID { return of[q] })
	}
	return users, people, nil
}

// PersonOf is a user as notices see him: he works if he is an agent or serves a queue.
func PersonOf(u access.User, serves []queue.ID, of func(queue.ID) project.ID) Person {
	p := Person{ID: u.ID, Queues: serves,
		Works: !u.Disabled && access.May(u.Role, access.WorkCalls) && (u.Role == access.Agent || len(serves) > 0)}
	for _, q := range serves {
		p.Projects = append(p.Projects, of(q))
	}
	return p
}

// Exported notes that a read list has left the house.
func Exported(tx *db.Tx, by audit.Author, which ID, rows int) error {
	return audit.Note(tx, by, audit.Export, "notice", string(which), map[string]any{"rows": rows})
}
