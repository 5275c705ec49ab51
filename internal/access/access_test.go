package access_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/tenant"
)

// center is a tenant with one agent, ann, and one administrator, adam; both have the password
// "correct horse".
type center struct {
	d         *db.DB
	door      *access.Door
	t         tenant.ID
	by        audit.Author
	ann, adam access.User
}

func newCenter(t testing.TB, d *db.DB) center {
	t.Helper()
	c := center{d: d, door: access.NewDoor(d, secret.NewHasher(2))}
	hash, err := c.door.Hasher().Hash(context.Background(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	c.write(t, func(tx *db.Tx) error {
		home, err := tenant.Create(tx, audit.Author{Source: "test"}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "ru"})
		if err != nil {
			return err
		}
		c.t, c.by = home.ID, audit.Author{Tenant: string(home.ID), Source: "test"}
		c.ann, err = access.CreateUser(tx, c.by, access.User{Login: " Ann ", Name: "Ann", Role: access.Agent, Phone: access.BrowserPhone, PasswordHash: hash})
		if err != nil {
			return err
		}
		c.adam, err = access.CreateUser(tx, c.by, access.User{Login: "adam", Name: "Adam", Role: access.Administrator, Language: "th", Phone: access.BrowserPhone, PasswordHash: hash})
		return err
	})
	return c
}

func (c center) write(t testing.TB, fn func(*db.Tx) error) {
	t.Helper()
	if err := c.d.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func (c center) signIn(login, password, source string) (string, access.Identity, error) {
	return c.door.SignIn(context.Background(), c.t, login, password, source, "Firefox")
}

func TestSession(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d)
		token, who, err := c.signIn("ANN", "correct horse", "192.0.2.1")
		if err != nil || who.User != c.ann.ID || who.Language != "ru" || who.Role != access.Agent {
			t.Fatalf("got %+v, %v", who, err)
		}
		if got, err := c.door.Identify(t.Context(), token); err != nil || got != who {
			t.Errorf("identify: got %+v, %v; want %+v", got, err, who)
		}
		second, _, err := c.signIn("ann", "correct horse", "192.0.2.2")
		if err != nil {
			t.Fatal(err)
		}
		var list []access.Session
		read := func() {
			t.Helper()
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				var err error
				list, err = access.Sessions(tx, c.t, c.ann.ID)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if read(); len(list) != 2 || list[0].Device != "Firefox" || strings.Contains(fmt.Sprint(list), token) {
			t.Errorf("sessions: %+v", list)
		}
		c.write(t, func(tx *db.Tx) error { return access.RevokeSession(tx, c.by, c.ann.ID, secret.HashToken(second)) })
		if _, err := c.door.Identify(t.Context(), second); !fault.Is(err, fault.Denied) {
			t.Errorf("revoked: got %v, want denied", err)
		}
		if err := c.door.SignOut(t.Context(), token, "192.0.2.1"); err != nil {
			t.Error(err)
		}
		if _, err := c.door.Identify(t.Context(), token); !fault.Is(err, fault.Denied) {
			t.Errorf("signed out: got %v, want denied", err)
		}
		for _, bad := range []string{"", "x", "lk_", "lk_x", token} {
			if _, err := c.door.Identify(t.Context(), bad); !fault.Is(err, fault.Denied) {
				t.Errorf("token %q: got %v, want denied", bad, err)
			}
		}
		// A new password, a new role and being disabled end sessions.
		for name, end := range map[string]func(*db.Tx, access.User) error{
			"password": func(tx *db.Tx, u access.User) error { return access.SetPassword(tx, c.by, u.ID, u.PasswordHash, "") },
			"role": func(tx *db.Tx, u access.User) error {
				u.Role = access.Supervisor
				_, err := access.ChangeUser(tx, c.by, u)
				return err
			},
		} {
			token, _, err := c.signIn("ann", "correct horse", "192.0.2.1")
			if err != nil {
				t.Fatal(err)
			}
			c.write(t, func(tx *db.Tx) error { return end(tx, c.ann) })
			if _, err := c.door.Identify(t.Context(), token); !fault.Is(err, fault.Denied) {
				t.Errorf("after a new %s: got %v, want denied", name, err)
			}
		}
		c.ann.Disabled = true
		c.write(t, func(tx *db.Tx) error { _, err := access.ChangeUser(tx, c.by, c.ann); return err })
		if _, _, err := c.signIn("ann", "correct horse", "192.0.2.1"); !fault.Is(err, fault.Denied) {
			t.Errorf("disabled: got %v, want denied", err)
		}
	})
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := open(t, folder)
		defer d.Close()
		c := newCenter(t, d)
		idle, _, err := c.signIn("ann", "correct horse", "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		busy, _, err := c.signIn("ann", "correct horse", "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for time.Since(start) < access.SessionLimit {
			if _, err := c.door.Identify(t.Context(), busy); err != nil {
				t.Fatalf("in use, after %v: %v", time.Since(start), err)
			}
			_, err := c.door.StillValid(t.Context(), secret.HashToken(idle))
			if alive := time.Since(start) < access.SessionIdle; alive != (err == nil) {
				t.Fatalf("idle, after %v: %v", time.Since(start), err)
			}
			time.Sleep(6 * time.Hour)
		}
		if _, err := c.door.Identify(t.Context(), busy); !fault.Is(err, fault.Denied) {
			t.Errorf("after a week: got %v, want denied", err)
		}
		c.write(t, func(tx *db.Tx) error {
			if err := access.Sweep(tx, time.Now()); err != nil {
				return err
			}
			n, err := db.One(tx, db.Scalar[int64], "SELECT COUNT(token_hash) FROM session")
			if n != 0 {
				t.Errorf("%d sessions are left", n)
			}
			return err
		})
	})
}

// open is dbtest.SQLite for inside a bubble, where the folder must come from outside.
func open(t testing.TB, folder string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), db.Config{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(context.Background(), dbtest.Schema()); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestGuessing has a stranger guess ann's password: he waits longer and longer, she does not.
func TestGuessing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := open(t, folder)
		defer d.Close()
		c := newCenter(t, d)
		start, tries := time.Now(), 0
		var longest time.Duration
		for time.Since(start) < 8*time.Hour {
			_, _, err := c.signIn("ann", "wrong", "198.51.100.9")
			switch {
			case fault.Is(err, fault.Denied):
				tries++
			case fault.Is(err, fault.Busy):
				wait := access.RetryAfter(err)
				longest = max(longest, wait)
				time.Sleep(max(wait, time.Millisecond))
			default:
				t.Fatalf("got %v", err)
			}
			if tries%10 == 1 {
				if _, _, err := c.signIn("ann", "correct horse", "192.0.2.1"); err != nil && access.RetryAfter(err) > 5*time.Second {
					t.Fatalf("the owner is locked out: %v", err)
				}
			}
		}
		if tries > 60 || longest < 10*time.Minute {
			t.Errorf("%d guesses in 8 hours, longest wait %v", tries, longest)
		}
	})
}

// TestUnknownLogin shows that an unknown login looks like a wrong password: same error, same work.
func TestUnknownLogin(t *testing.T) {
	c := newCenter(t, dbtest.SQLite(t)) // alone: it looks at what the process allocates
	_, _, wrong := c.signIn("ann", "wrong password", "192.0.2.1")
	_, _, unknown := c.signIn("nobody", "wrong password", "192.0.2.1")
	if wrong == nil || unknown == nil || wrong.Error() != unknown.Error() {
		t.Errorf("wrong password: %v; unknown login: %v", wrong, unknown)
	}
	// Hashing allocates its whole working memory, so the memory tells whether it was done; time would tell
	// how busy the machine is.
	hashed := func(login string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for i := range 5 {
			c.signIn(login, "wrong password", fmt.Sprintf("203.0.113.%d", i))
		}
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) >> 20
	}
	a, b := hashed("ann"), hashed("nobody")
	if b < a/3 || a < b/3 {
		t.Errorf("wrong passwords need %d MB, unknown logins %d MB", a, b)
	}
}

func TestOffice(t *testing.T) {
	t.Parallel()
	c := newCenter(t, dbtest.SQLite(t))
	for i := range 60 { // many people behind one address, each mistyping once
		if _, _, err := c.signIn(fmt.Sprintf("user%d", i), "wrong", "192.0.2.1"); i < 50 && !fault.Is(err, fault.Denied) || i > 52 && !fault.Is(err, fault.Busy) {
			t.Fatalf("attempt %d: got %v", i, err)
		}
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d)
		create := func(u access.User) error {
			return d.Write(t.Context(), func(tx *db.Tx) error { _, err := access.CreateUser(tx, c.by, u); return err })
		}
		err := create(access.User{Login: "ANN", Name: "Other", Role: access.Agent, Phone: access.BrowserPhone})
		if f := fault.FieldsOf(err); len(f) != 1 || f[0].Path != "login" || f[0].Rule != fault.Taken {
			t.Errorf("same login: got %v", err)
		}
		err = create(access.User{Login: "x y", Role: "boss", Phone: "fax", PhoneURI: "tel:1", Language: "de"})
		if f := fault.FieldsOf(err); len(f) != 6 {
			t.Errorf("got %v, want 6 fields", err)
		}
		adam := c.adam
		adam.Role = access.Agent
		err = d.Write(t.Context(), func(tx *db.Tx) error { _, err := access.ChangeUser(tx, c.by, adam); return err })
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("the last administrator: got %v, want a conflict", err)
		}
		for i := range 5 {
			if err := create(access.User{Login: fmt.Sprintf("u%d", i), Name: "U", Role: access.Agent, Phone: access.BrowserPhone}); err != nil {
				t.Fatal(err)
			}
		}
		var logins []string
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			for page := (db.Page{Limit: 3}); ; page.After = logins[len(logins)-1] {
				list, err := access.ListUsers(tx, c.t, page)
				if err != nil || len(list) == 0 {
					return err
				}
				for _, u := range list {
					logins = append(logins, u.Login)
				}
			}
		})
		if got := strings.Join(logins, " "); err != nil || got != "adam ann u0 u1 u2 u3 u4" {
			t.Errorf("got %q, %v", got, err)
		}
		other := c.by
		other.Tenant = "elsewhere"
		err = d.Write(t.Context(), func(tx *db.Tx) error { _, err := access.ChangeUser(tx, other, c.ann); return err })
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("another tenant's user: got %v, want not found", err)
		}
	})
}

func (c *center) token(t *testing.T, id access.TokenID) (k access.Token) {
	t.Helper()
	c.write(t, func(tx *db.Tx) (err error) {
		k, err = access.GetToken(tx, tenant.ID(c.by.Tenant), id)
		return err
	})
	return k
}

func TestTokens(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d)
		token, hash := access.NewAPIToken()
		if err := access.CheckAPIToken(token); err != nil {
			t.Fatal(err)
		}
		var k access.Token
		c.write(t, func(tx *db.Tx) error {
			var err error
			k, err = access.CreateToken(tx, c.by, access.Token{Key: "crm", Name: "CRM", Role: access.Supervisor, Hash: hash})
			return err
		})
		who, err := c.door.Identify(t.Context(), token)
		if err != nil || who.Token != k.ID || !who.May(access.SeeReports) || who.May(access.ChangeSetup) || who.Require(access.ManageAccess) == nil {
			t.Errorf("got %+v, %v", who, err)
		}
		if kept := c.token(t, k.ID); time.Since(kept.Used) > time.Minute || !kept.Expires.IsZero() {
			t.Errorf("used: got %+v, want just now and no end", kept)
		}
		k.Expires = time.Now().Add(time.Hour).UTC().Truncate(time.Second)
		c.write(t, func(tx *db.Tx) error { _, err := access.ChangeToken(tx, c.by, k); return err })
		if kept := c.token(t, k.ID); !kept.Expires.Equal(k.Expires) || kept.Used.IsZero() {
			t.Errorf("changed: got %+v, want it to end at %v and still used", kept, k.Expires)
		}
		if _, err := c.door.Identify(t.Context(), token); err != nil {
			t.Errorf("before its end: got %v", err)
		}
		k.Expires = time.Now().Add(-time.Second).UTC().Truncate(time.Second)
		c.write(t, func(tx *db.Tx) error { _, err := access.ChangeToken(tx, c.by, k); return err })
		if _, err := c.door.Identify(t.Context(), token); !fault.Is(err, fault.Denied) || !strings.Contains(err.Error(), "expired") {
			t.Errorf("after its end: got %v, want denied, expired", err)
		}
		c.write(t, func(tx *db.Tx) error { return access.DeleteToken(tx, c.by, k.ID) })
		if _, err := c.door.Identify(t.Context(), token); !fault.Is(err, fault.Denied) {
			t.Errorf("deleted: got %v, want denied", err)
		}
	})
}

func TestSetupLink(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door := access.NewDoor(d, secret.NewHasher(2))
		var home tenant.Tenant
		var link string
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			var err error
			home, err = tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"})
			if err != nil {
				return err
			}
			if needed, err := access.NeedsSetup(tx, home.ID); !needed || err != nil {
				t.Errorf("needed %v, %v", needed, err)
			}
			link, err = access.CreateSetupLink(tx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		use := func(link, password string) error {
			_, err := door.FirstAdministrator(t.Context(), home.ID, link, "Boss", "The Boss", password, "192.0.2.1")
			return err
		}
		if err := use("guess", "long enough"); !fault.Is(err, fault.Denied) {
			t.Errorf("wrong link: got %v", err)
		}
		if err := use(link, "short"); !fault.Is(err, fault.Invalid) {
			t.Errorf("short password: got %v", err)
		}
		if err := use(link, "long enough"); err != nil {
			t.Errorf("the link: %v", err)
		}
		if err := use(link, "long enough"); !fault.Is(err, fault.Denied) {
			t.Errorf("used twice: got %v", err)
		}
		if _, who, err := door.SignIn(t.Context(), home.ID, "boss", "long enough", "x", "y"); err != nil || who.Role != access.Administrator {
			t.Errorf("got %+v, %v", who, err)
		}
	})
}

// TestMatrix is the permission matrix, for review: a change of May is seen here.
func TestMatrix(t *testing.T) {
	t.Parallel()
	const want = `work_calls        agent supervisor administrator
see_own_day       agent supervisor administrator
see_live          supervisor quality administrator
set_others_status supervisor administrator
move_waiting      supervisor administrator
see_interactions  supervisor quality administrator
monitor           supervisor administrator
listen_recordings supervisor quality administrator
hold_recordings   supervisor administrator
see_reports       supervisor quality administrator
see_customers     agent supervisor quality administrator
change_customers  agent supervisor administrator
see_setup         supervisor administrator
change_setup      administrator
manage_access     administrator
see_audit         administrator
write_notices     supervisor administrator
`
	var b strings.Builder
	for _, p := range access.Permissions() {
		fmt.Fprintf(&b, "%-17s", p)
		for _, r := range access.Roles() {
			if access.May(r, p) {
				b.WriteString(" " + string(r))
			}
		}
		b.WriteString("\n")
	}
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	if access.May("", access.SeeOwnDay) || access.May("root", access.SeeOwnDay) || access.May(access.Administrator, "fly") {
		t.Error("an unknown role or permission is allowed")
	}
}
