package agent_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

type center struct {
	d    *db.DB
	t    tenant.ID
	by   audit.Author
	user []access.UserID
}

func newCenter(t testing.TB, d *db.DB, agents int) center {
	t.Helper()
	c := center{d: d}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		home, err := tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"})
		if err != nil {
			return err
		}
		c.t, c.by = home.ID, audit.Author{Tenant: string(home.ID), Source: "test"}
		c.user = nil
		for i := range agents {
			u, err := access.CreateUser(tx, c.by, access.User{Login: fmt.Sprintf("u%d", i), Name: "U", Role: access.Agent, Phone: access.BrowserPhone})
			if err != nil {
				return err
			}
			c.user = append(c.user, u.ID)
		}
		_, err = agent.CreateBreakReason(tx, c.by, agent.BreakReason{Key: "lunch", Names: tenant.Names{"en": "Lunch"}, LimitMS: 3_600_000})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c center) log(t testing.TB, user access.UserID) []agent.Stretch {
	t.Helper()
	var log []agent.Stretch
	err := c.d.Read(context.Background(), func(tx *db.Tx) error {
		var err error
		log, err = agent.Log(tx, c.t, user, time.Time{}, time.Now().Add(time.Hour), 1000)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func TestBoard(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d, 1)
		ann := c.user[0]
		board := agent.NewBoard(d)
		if err := board.Start(t.Context(), time.Time{}); err != nil {
			t.Fatal(err)
		}
		var told []string
		var changes []agent.Change
		stop := board.Watch(func(ch agent.Change) {
			changes = append(changes, ch)
			told = append(told, fmt.Sprintf("%s/%s>%s/%s", ch.Before.Status, ch.Before.Reason, ch.After.Status, ch.After.Reason))
			if got := board.Get(c.t, ann); got != ch.After { // watchers may ask the board
				t.Errorf("the board shows %+v, told %+v", got, ch.After)
			}
		})
		if got := board.Get(c.t, ann); got.Status != agent.Offline || !got.Since.IsZero() {
			t.Errorf("never signed in: %+v", got)
		}
		set := func(s agent.Status, reason string) error {
			_, err := board.Set(t.Context(), c.by, ann, s, reason)
			return err
		}
		for _, step := range []struct {
			status agent.Status
			reason string
			kind   fault.Kind // Internal: none
		}{
			{agent.Available, "", 0}, {agent.Available, "", 0}, {agent.Break, "lunch", 0}, {agent.Break, "golf", fault.Invalid},
			{agent.Break, "", fault.Invalid}, {agent.Available, "x", fault.Invalid}, {"busy", "", fault.Invalid},
			{agent.Break, agent.Missed, 0}, {agent.Available, "", 0}, {agent.Offline, "lunch", fault.Invalid}, {agent.Offline, agent.SignedOut, 0},
		} {
			err := set(step.status, step.reason)
			if (err == nil) != (step.kind == 0) || err != nil && fault.KindOf(err) != step.kind {
				t.Errorf("%s %s: got %v", step.status, step.reason, err)
			}
		}
		want := "[offline/>available/ available/>break/lunch break/lunch>break/missed break/missed>available/ available/>offline/signed_out]"
		if fmt.Sprint(told) != want {
			t.Errorf("told %v, want %s", told, want)
		}
		stop()
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			logged, err := agent.Changes(tx, c.t, changes[0].After.Since)
			for i := range changes {
				changes[i].Before.Since = time.Time{}
			}
			if !slices.Equal(logged, changes) {
				t.Errorf("logged %+v, told %+v", logged, changes)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		log := c.log(t, ann)
		for i, s := range log {
			if last := i == len(log)-1; s.To.IsZero() != last || !last && !s.To.Equal(log[i+1].From) {
				t.Errorf("the log has a hole or an overlap at %d: %+v", i, log)
			}
		}
		if _, err := board.Set(t.Context(), c.by, "nobody", agent.Available, ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown user: %v", err)
		}
	})
}

// TestRestart kills a board with people at work, and starts another on the same database.
func TestRestart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d, 3)
		old := agent.NewBoard(d)
		for i, s := range []agent.Status{agent.Available, agent.Break} {
			reason := ""
			if s == agent.Break {
				reason = "lunch"
			}
			if _, err := old.Set(t.Context(), c.by, c.user[i], s, reason); err != nil {
				t.Fatal(err)
			}
		}
		died := old.Get(c.t, c.user[1]).Since // the second was the last sign of life
		board := agent.NewBoard(d)
		if err := board.Start(t.Context(), died); err != nil {
			t.Fatal(err)
		}
		all := board.All(c.t)
		if len(all) != 2 {
			t.Fatalf("got %+v, want two", all)
		}
		for _, s := range all {
			if s.Status != agent.Offline || s.Reason != agent.Restart {
				t.Errorf("got %+v, want offline by restart", s)
			}
		}
		log := c.log(t, c.user[0])
		if n := len(log); n == 0 || log[n-1].Reason != agent.Restart || n > 1 && !log[0].To.Equal(died) {
			t.Errorf("log: %+v, want available until %s", log, died)
		}
		if err := agent.NewBoard(d).Start(t.Context(), time.Time{}); err != nil { // again: nothing happens
			t.Fatal(err)
		}
		if again := c.log(t, c.user[0]); len(again) != len(log) {
			t.Errorf("a second start has written: %+v", again)
		}
	})
}

// TestManyAtOnce sets statuses from many goroutines: the log must be a chain for each agent, and the
// board, the log and the last one told must agree.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d, 4)
		board := agent.NewBoard(d)
		var mu sync.Mutex
		last := make(map[access.UserID]agent.Standing)
		board.Watch(func(ch agent.Change) {
			mu.Lock()
			defer mu.Unlock()
			if before := last[ch.After.User]; before.Status != "" && before != ch.Before {
				t.Errorf("told %+v, but before came %+v", ch, before)
			}
			last[ch.After.User] = ch.After
		})
		var all sync.WaitGroup
		for g := range 8 {
			all.Go(func() {
				for i := range 15 {
					status, reason := agent.Available, ""
					if (g+i)%2 == 0 {
						status, reason = agent.Break, "lunch"
					}
					_, err := board.Set(context.Background(), c.by, c.user[(g+i)%4], status, reason)
					if err != nil && !fault.Is(err, fault.Busy) {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		for _, u := range c.user {
			var open, broken int64
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				var err error
				if open, err = db.One(tx, db.Scalar[int64], `SELECT COUNT(user_id) FROM agent_status WHERE user_id = $1 AND to_ms = 0`, u); err != nil {
					return err
				}
				broken, err = db.One(tx, db.Scalar[int64], `SELECT COUNT(a.user_id) FROM agent_status a WHERE a.user_id = $1 AND a.to_ms > 0
					AND NOT EXISTS (SELECT 1 FROM agent_status b WHERE b.user_id = a.user_id AND b.from_ms = a.to_ms)`, u)
				return err
			})
			if err != nil || open != 1 || broken != 0 {
				t.Errorf("%d open lines, %d broken, %v; want 1 and 0", open, broken, err)
			}
			if board.Get(c.t, u) != last[u] {
				t.Errorf("the board shows %+v, the last told is %+v", board.Get(c.t, u), last[u])
			}
		}
	})
}

func TestSupervisorSets(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d, 2)
		board := agent.NewBoard(d)
		by := c.by
		by.User = string(c.user[1])
		if _, err := board.Set(t.Context(), by, c.user[0], agent.Available, ""); err != nil {
			t.Fatal(err)
		}
		by.User = string(c.user[0])
		if _, err := board.Set(t.Context(), by, c.user[0], agent.Break, "lunch"); err != nil {
			t.Fatal(err)
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			lines, err := audit.List(tx, string(c.t), audit.Filter{ObjectKind: "agent_status"}, db.Page{})
			if len(lines) != 1 || lines[0].User != string(c.user[1]) {
				t.Errorf("audit: %+v, want only the other's", lines)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		// Who is disabled, or is no agent, cannot become available.
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			u, err := access.GetUser(tx, c.t, c.user[0])
			if err != nil {
				return err
			}
			u.Disabled = true
			_, err = access.ChangeUser(tx, c.by, u)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := board.Set(t.Context(), c.by, c.user[0], agent.Available, ""); !fault.Is(err, fault.Denied) {
			t.Errorf("disabled: %v", err)
		}
		if _, err := board.Set(t.Context(), c.by, c.user[0], agent.Offline, agent.SignedOut); err != nil {
			t.Errorf("going offline: %v", err)
		}
	})
}

func TestBreakReasons(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d, 0)
		write := func(fn func(tx *db.Tx) error) error { return d.Write(t.Context(), fn) }
		var tea agent.BreakReason
		err := write(func(tx *db.Tx) error {
			var err error
			tea, err = agent.CreateBreakReason(tx, c.by, agent.BreakReason{Key: "tea", Names: tenant.Names{"th": "ชา"}, Position: -0})
			return err
		})
		if err != nil || tea.Names.In("ru") != "ชา" {
			t.Fatalf("%+v, %v", tea, err)
		}
		for _, bad := range []agent.BreakReason{{Key: "lunch", Names: tenant.Names{"en": "x"}}, {Key: "missed", Names: tenant.Names{"en": "x"}}, {Key: "x"}} {
			if err := write(func(tx *db.Tx) error { _, err := agent.CreateBreakReason(tx, c.by, bad); return err }); !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v: got %v, want invalid", bad, err)
			}
		}
		tea.Position = 9
		err = write(func(tx *db.Tx) error {
			if _, err := agent.ChangeBreakReason(tx, c.by, tea); err != nil {
				return err
			}
			list, err := agent.BreakReasons(tx, c.t)
			if len(list) != 2 || list[0].Key != "lunch" || list[1].Key != "tea" {
				t.Errorf("list: %+v", list)
			}
			if err != nil {
				return err
			}
			return agent.DeleteBreakReason(tx, c.by, tea.ID)
		})
		if err != nil {
			t.Error(err)
		}
	})
}
