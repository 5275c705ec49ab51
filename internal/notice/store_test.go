package notice_test

import (
	"fmt"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/notice"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// center is a tenant with a project, its queue, two agents of whom the first serves it, and a leader.
type center struct {
	t         tenant.ID
	by        audit.Author
	project   project.ID
	queue     queue.ID
	ann, bob  access.User
	leader    access.User
	serves    map[access.UserID][]queue.ID
	projectOf func(queue.ID) project.ID
}

func newCenter(t *testing.T, tx *db.Tx) center {
	t.Helper()
	var c center
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	home, err := tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"})
	must(err)
	c.t, c.by = home.ID, audit.Author{Tenant: string(home.ID), Source: "test"}
	user := func(login string, role access.Role) access.User {
		u, err := access.CreateUser(tx, c.by, access.User{Login: login, Name: login, Role: role, Phone: access.BrowserPhone})
		must(err)
		return u
	}
	c.ann, c.bob, c.leader = user("ann", access.Agent), user("bob", access.Agent), user("leader", access.Supervisor)
	p, err := project.Create(tx, c.by, project.Project{Key: "net", Name: "Net"})
	must(err)
	q := queue.Usual()
	q.Key, q.Name, q.ProjectID = "sales", "Sales", p.ID
	q, err = queue.Create(tx, c.by, q)
	must(err)
	must(queue.SetMembers(tx, c.by, q.ID, []access.UserID{c.ann.ID}))
	c.project, c.queue = p.ID, q.ID
	c.serves = map[access.UserID][]queue.ID{c.ann.ID: {q.ID}}
	c.projectOf = func(queue.ID) project.ID { return p.ID }
	c.by.User = string(c.leader.ID)
	return c
}

func (c center) person(u access.User) notice.Person {
	return notice.PersonOf(u, c.serves[u.ID], c.projectOf)
}

func text(title string) notice.Texts { return notice.Texts{"en": {Title: title, Body: "Body."}} }

// list tells a read list in a line.
func list(t *testing.T, tx *db.Tx, c center, n notice.Notice) string {
	t.Helper()
	readers, err := notice.Readers(tx, c.t, n)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range readers {
		state := "not"
		switch {
		case n.Done(r.Reading) && n.Importance == notice.ToRead:
			state = "read"
		case n.Done(r.Reading):
			state = "confirmed"
		case r.Reading.Revision != 0 && r.Reading.Revision != n.Revision:
			state = "earlier"
		case !r.Reading.Read.IsZero():
			state = "seen"
		}
		if !r.Reached {
			state += " (gone)"
		}
		out = append(out, r.Login+" "+state)
	}
	return fmt.Sprint(out)
}

func TestLife(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			c := newCenter(t, tx)
			n, err := notice.Create(tx, c.by, notice.Notice{Texts: text("New tariff"), Importance: notice.Blocks, Audience: notice.Audience{Projects: []project.ID{c.project}}})
			if err != nil {
				return err
			}
			if n.Revision != 1 || n.Author != c.leader.ID || n.From.IsZero() {
				t.Errorf("made %+v", n)
			}
			if got := list(t, tx, c, n); got != "[ann not]" {
				t.Errorf("at first: %s", got)
			}
			if _, err := notice.Mark(tx, c.t, c.ann.ID, n.ID, 1, false); err != nil {
				return err
			}
			if got := list(t, tx, c, n); got != "[ann seen]" {
				t.Errorf("opened: %s", got)
			}
			first, err := notice.Mark(tx, c.t, c.ann.ID, n.ID, 1, true)
			if err != nil {
				return err
			}
			if again, err := notice.Mark(tx, c.t, c.ann.ID, n.ID, 1, true); err != nil || again != first {
				t.Errorf("confirmed twice: %+v %v, want the first time %+v", again, err, first)
			}
			if got := list(t, tx, c, n); got != "[ann confirmed]" {
				t.Errorf("confirmed: %s", got)
			}
			// A word put right asks nobody; a change that is to be confirmed anew asks everybody.
			same := n
			same.Texts = text("New tariffs")
			if n, err = notice.Change(tx, c.by, same, false); err != nil || n.Revision != 1 || n.Version != 2 {
				t.Errorf("put right: %+v %v", n, err)
			}
			if got := list(t, tx, c, n); got != "[ann confirmed]" {
				t.Errorf("put right: %s", got)
			}
			if _, err := notice.Change(tx, c.by, same, true); !fault.Is(err, fault.Conflict) {
				t.Errorf("of two writers the second is told %v", err)
			}
			if n, err = notice.Change(tx, c.by, n, true); err != nil || n.Revision != 2 {
				t.Errorf("anew: %+v %v", n, err)
			}
			if got := list(t, tx, c, n); got != "[ann earlier]" {
				t.Errorf("anew: %s", got)
			}
			if _, err := notice.Mark(tx, c.t, c.ann.ID, n.ID, 1, true); !fault.Is(err, fault.Conflict) {
				t.Errorf("what he saw is not there any more: %v", err)
			}
			if _, asked, err := notice.Remind(tx, c.by, n.ID); err != nil || asked != 1 {
				t.Errorf("reminded %d, %v", asked, err)
			}
			if _, err := notice.Mark(tx, c.t, c.ann.ID, n.ID, 2, true); err != nil {
				return err
			}
			// Who leaves the queue stays on the list.
			if err := queue.SetMembers(tx, c.by, c.queue, []access.UserID{c.bob.ID}); err != nil {
				return err
			}
			if got := list(t, tx, c, n); got != "[ann confirmed (gone) bob not]" {
				t.Errorf("after the change of the queue: %s", got)
			}
			if n, err = notice.Withdraw(tx, c.by, n.ID); err != nil || n.Holds(time.Now()) {
				t.Errorf("withdrawn: %+v %v", n, err)
			}
			if _, err := notice.Change(tx, c.by, n, false); !fault.Is(err, fault.Conflict) {
				t.Errorf("changing one that was withdrawn: %v", err)
			}
			if _, err := notice.Mark(tx, c.t, c.bob.ID, n.ID, 2, true); !fault.Is(err, fault.Conflict) {
				t.Errorf("confirming one that was withdrawn: %v", err)
			}
			lines, err := audit.List(tx, string(c.t), audit.Filter{ObjectKind: "notice"}, db.Page{})
			if len(lines) != 5 { // made, two changes, reminded, withdrawn
				t.Errorf("%d lines in the audit", len(lines))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestWhen looks at what holds at which time, and when that changes next.
func TestWhen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			c := newCenter(t, tx)
			at := time.Now().UTC().Truncate(time.Millisecond)
			hour := func(n int) time.Time { return at.Add(time.Duration(n) * time.Hour) }
			for title, times := range map[string][2]time.Time{"later": {hour(1), hour(3)}, "short": {{}, hour(2)}, "always": {}} {
				if _, err := notice.Create(tx, c.by, notice.Notice{Texts: text(title), Importance: notice.ToRead, From: times[0], Until: times[1],
					Audience: notice.Audience{Everybody: true}}); err != nil {
					return err
				}
			}
			last := time.Now()
			for h, want := range map[int][2]int{0: {2, 1}, 1: {3, 2}, 2: {2, 3}, 3: {1, 0}} {
				now := hour(h)
				if h == 0 {
					now = last
				}
				own, err := notice.For(tx, c.t, c.person(c.bob), now)
				if err != nil || len(own) != want[0] {
					t.Errorf("after %d hours %d notices, %v; want %d", h, len(own), err, want[0])
				}
				turn, err := notice.Turns(tx, c.t, now)
				if err != nil {
					return err
				}
				next := time.Time{}
				if want[1] > 0 {
					next = hour(want[1])
				}
				if !turn.Equal(next) {
					t.Errorf("after %d hours it turns at %v, want %v", h, turn, next)
				}
			}
			for over, want := range map[bool]int{false: 1, true: 2} {
				all, err := notice.List(tx, c.t, over, hour(3), db.Page{})
				if err != nil || len(all) != want {
					t.Errorf("over %v: %d, %v", over, len(all), err)
				}
			}
			_, err := notice.Create(tx, c.by, notice.Notice{Texts: text("x"), Importance: notice.ToRead, From: hour(-2), Until: hour(-1), Audience: notice.Audience{Queues: []queue.ID{"none"}}})
			if f := fault.FieldsOf(err); len(f) != 2 || f[0].Path != "until" || f[1].Path != "audience.queues" {
				t.Errorf("over before it begins, for a queue that is not there: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
