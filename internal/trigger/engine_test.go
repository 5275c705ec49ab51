package trigger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// center is a database with one project, and what runs on it.
type center struct {
	t    *testing.T
	db   *db.DB
	home tenant.ID
	by   audit.Author
	shop project.ID
	flow string

	mu      sync.Mutex
	ran     []string
	waiting int
	fails   bool
	holds   chan struct{} // runs wait for it; nil: they do not
}

func newCenter(t *testing.T, d *db.DB) *center {
	t.Helper()
	c := &center{t: t, db: d, flow: "flow"}
	c.write(func(tx *db.Tx) error {
		home, err := tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"})
		if err != nil {
			return err
		}
		c.home, c.by = home.ID, audit.Author{Tenant: string(home.ID), Source: "test"}
		p, err := project.Create(tx, c.by, project.Project{Key: "p", Name: "P"})
		if err != nil {
			return err
		}
		c.shop = p.ID
		q := queue.Usual()
		q.Key, q.Name, q.ProjectID = "q", "Q", p.ID
		if _, err := queue.Create(tx, c.by, q); err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO flow (tenant_id, id, key, name, version, program, draft, draft_by, revision) VALUES ($1, 'flow', 'f', 'F', 1, '{}', '', '', 1)`, home.ID)
		return err
	})
	return c
}

func (c *center) write(fn func(*db.Tx) error) {
	c.t.Helper()
	if err := c.db.Write(c.t.Context(), fn); err != nil {
		c.t.Fatal(err)
	}
}

// has makes a trigger.
func (c *center) has(k Kind, rule Rule) (made Trigger) {
	c.t.Helper()
	c.write(func(tx *db.Tx) (err error) {
		made, err = Create(tx, c.by, Trigger{Key: "k", Name: "K", ProjectID: c.shop, FlowID: c.flow, Kind: k, Rule: rule})
		return err
	})
	return made
}

func (c *center) starts() *Engine {
	c.t.Helper()
	e, err := New(c.t.Context(), Ports{
		DB: c.db, Tenant: func() tenant.ID { return c.home }, Zone: func() *time.Location { return time.UTC }, Log: slog.New(slog.DiscardHandler),
		QueueKey: func(q queue.ID) string { return string(q) },
		Agent: func(u access.UserID) Agent {
			return Agent{Login: string(u), Name: "Ann", Serves: []Served{{Key: "q", Project: c.shop}}}
		},
		Waiting: func(string) (int, bool) { c.mu.Lock(); defer c.mu.Unlock(); return c.waiting, true },
		Run: func(ctx context.Context, _ tenant.ID, _ Trigger, in map[string]any) (Outcome, error) {
			c.mu.Lock()
			c.ran = append(c.ran, fmt.Sprint(in["n"], in["outcome"], in["waiting"]))
			fails, holds := c.fails, c.holds
			c.mu.Unlock()
			if holds != nil {
				select {
				case <-holds:
				case <-ctx.Done():
					return Outcome{}, ctx.Err()
				}
			}
			if fails {
				return Outcome{7, []string{"a: failed"}}, errors.New("the service is gone")
			}
			return Outcome{7, []string{"a: set"}}, nil
		},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	e.Start()
	return e
}

// count is how many flows have begun so far.
func (c *center) count() int {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ran)
}

func (c *center) runs(t Trigger) (all []Run) {
	c.t.Helper()
	if err := c.db.Read(c.t.Context(), func(tx *db.Tx) (err error) { all, err = Runs(tx, c.home, t.ID, 100); return err }); err != nil {
		c.t.Fatal(err)
	}
	return all
}

// within plays a story in fake time on an embedded database.
func within(t *testing.T, story func(t *testing.T, c *center)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := dbtest.SQLite(t)
		story(t, newCenter(t, d))
	})
}

// TestStore writes and reads on both databases.
func TestStore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d)
		one := c.has(Schedule, Rule{Times: []string{"09:00"}})
		now := time.UnixMilli(1_800_000_000_000).UTC()
		c.write(func(tx *db.Tx) error {
			got, err := Get(tx, c.home, one.ID)
			if err != nil || db.JSON(got) != db.JSON(one) {
				t.Errorf("got %+v, %v; want %+v", got, err, one)
			}
			one.Kind, one.Rule = Hook, Rule{PerMinute: 5}
			if _, err := Change(tx, c.by, one); err != nil {
				return err
			}
			token, err := NewToken(tx, c.by, one.ID)
			if err != nil {
				return err
			}
			if got, err := ByToken(tx, c.home, token); err != nil || got.ID != one.ID {
				t.Errorf("by token: %+v, %v", got, err)
			}
			if _, err := ByToken(tx, c.home, token+"x"); !fault.Is(err, fault.NotFound) {
				t.Errorf("by another token: %v", err)
			}
			run := Run{Tenant: c.home, Trigger: one.ID, Moment: "m", At: now, State: Due, Inputs: map[string]any{"n": 1.0}, Steps: []string{}}
			for i, want := range []bool{true, false} {
				if fresh, err := InsertRun(tx, run); err != nil || fresh != want {
					t.Errorf("insert %d: fresh %v, %v", i, fresh, err)
				}
			}
			run.State, run.Started = Running, now
			for i, want := range []bool{true, false} {
				if there, err := SaveRun(tx, run, Due); err != nil || there != want {
					t.Errorf("begin %d: there %v, %v", i, there, err)
				}
			}
			run.FlowID, run.Version = "flow", 2
			if _, err := SaveRun(tx, run, Running); err != nil {
				return err
			}
			open, err := OpenRuns(tx)
			if err != nil || len(open) != 1 || db.JSON(open[0]) != db.JSON(run) {
				t.Errorf("open: %+v, %v; want %+v", open, err, run)
			}
			other := run
			other.Moment, other.At, other.FlowID, other.Version = "l", now.Add(-time.Minute), "flow", 3
			if _, err := InsertRun(tx, other); err != nil {
				return err
			}
			if last, err := LastRuns(tx, c.home); err != nil || len(last) != 1 || db.JSON(last[0]) != db.JSON(run) {
				t.Errorf("the last: %+v, %v; want %+v", last, err, run)
			}
			for since, want := range map[time.Time]int{now: 1, now.Add(-time.Minute): 2} {
				if had, err := Moments(tx, c.home, one.ID, since); err != nil || len(had) != want || !had["m"] {
					t.Errorf("moments: %v, %v; want %d", had, err, want)
				}
			}
			if at, err := LastAt(tx, c.home, one.ID); err != nil || !at.Equal(now) {
				t.Errorf("the last was at %v, %v", at, err)
			}
			return Delete(tx, c.by, one.ID)
		})
		if _, err := c.tries(Trigger{Key: "k", Name: "K", ProjectID: c.shop, FlowID: "gone", Kind: Hook}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a flow that is not there: %v", err)
		}
	})
}

func (c *center) tries(t Trigger) (made Trigger, err error) {
	err = c.db.Write(c.t.Context(), func(tx *db.Tx) (err error) { made, err = Create(tx, c.by, t); return err })
	return made, err
}

// TestScheduleOverRestarts: a moment is neither lost nor doubled by a restart before, at or after it.
func TestScheduleOverRestarts(t *testing.T) {
	within(t, func(t *testing.T, c *center) {
		one := c.has(Schedule, Rule{Times: []string{"00:10", "00:20"}})
		e := c.starts()
		time.Sleep(9 * time.Minute)
		e.Close()
		if n := c.count(); n != 0 {
			t.Errorf("%d flows have begun before the time", n)
		}
		e = c.starts() // nothing was served yet: it counts from here
		time.Sleep(2 * time.Minute)
		e.Close()
		e = c.starts()
		time.Sleep(5 * time.Minute)
		e.Close()
		if n := c.count(); n != 1 {
			t.Errorf("%d flows have begun, want 1", n)
		}
		time.Sleep(10 * time.Minute) // the second time passes while nothing runs
		e = c.starts()
		time.Sleep(time.Minute)
		e.Close()
		if n := c.count(); n != 2 {
			t.Errorf("%d flows have begun, want 2", n)
		}
		for _, r := range c.runs(one) {
			if r.State != Done || len(r.Steps) != 1 || r.FlowID != one.FlowID || r.Version != 7 {
				t.Errorf("got %+v, want it done", r)
			}
		}
	})
}

// TestCountsFromItsMaking: a trigger that has never started anything counts from when it was made, switched on or
// changed, not from the start of the server.
func TestCountsFromItsMaking(t *testing.T) {
	within(t, func(t *testing.T, c *center) {
		one := c.has(Schedule, Rule{Times: []string{"00:10"}})
		runs := func(want int) {
			t.Helper()
			e := c.starts()
			time.Sleep(time.Minute)
			e.Close()
			if n := c.count(); n != want {
				t.Errorf("%d flows have begun, want %d", n, want)
			}
		}
		time.Sleep(20 * time.Minute) // nothing ran at its time
		runs(1)
		one.Rule.Times = []string{"00:10", "00:15"} // past both
		c.changes(one)
		runs(1)
		one.Disabled = true
		c.changes(one)
		time.Sleep(24 * time.Hour)
		one.Disabled = false
		c.changes(one)
		runs(1)
		one.Name = "another name" // changes nothing about when
		time.Sleep(24*time.Hour - 10*time.Minute)
		c.changes(one)
		runs(2)
	})
}

func (c *center) changes(t Trigger) {
	c.t.Helper()
	c.write(func(tx *db.Tx) error { _, err := Change(tx, c.by, t); return err })
}

// TestInterrupted: a flow that runs when the process ends is not begun again; one that had not begun is.
func TestInterrupted(t *testing.T) {
	within(t, func(t *testing.T, c *center) {
		one := c.has(Hook, Rule{})
		c.holds = make(chan struct{})
		e := c.starts()
		for i := range atOnce + 1 {
			if _, err := e.Fire(t.Context(), one.ID, fmt.Sprint(i), "", map[string]any{"n": i}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second) // in this order
		}
		if _, err := e.Fire(t.Context(), one.ID, "0", "", nil); err != nil { // sent again
			t.Error(err)
		}
		if n := c.count(); n != atOnce {
			t.Errorf("%d flows run at once, want %d", n, atOnce)
		}
		e.Close()
		close(c.holds)
		e = c.starts()
		time.Sleep(time.Minute)
		e.Close()
		if n := c.count(); n != atOnce+1 {
			t.Errorf("%d flows have begun, want %d", n, atOnce+1)
		}
		states := map[State]int{}
		for _, r := range c.runs(one) {
			states[r.State]++
		}
		if states[Interrupted] != atOnce || states[Done] != 1 {
			t.Errorf("got %v", states)
		}
	})
}

// TestThreshold: a line that is too long for long enough is told of once, until it was shorter.
func TestThreshold(t *testing.T) {
	within(t, func(t *testing.T, c *center) {
		one := c.has(Event, Rule{On: QueueWaiting, Queue: "q", More: 3, ForMS: 60_000})
		e := c.starts()
		lasts := func(waiting int, d time.Duration, want int) {
			t.Helper()
			c.mu.Lock()
			c.waiting = waiting
			c.mu.Unlock()
			time.Sleep(d)
			if n := c.count(); n != want {
				t.Errorf("%d wait for %v: %d flows have begun, want %d", waiting, d, n, want)
			}
		}
		lasts(3, 5*time.Minute, 0)
		lasts(4, 50*time.Second, 0)
		lasts(2, time.Minute, 0)
		lasts(9, 5*time.Minute, 1)
		e.Close()
		e = c.starts() // it is still the same line
		lasts(9, 5*time.Minute, 1)
		lasts(0, time.Minute, 1)
		lasts(4, 2*time.Minute, 2)
		e.Close()
		if all := c.runs(one); len(all) != 2 {
			t.Errorf("%d runs, want 2", len(all))
		}
	})
}

// TestEndedAndStorm: the end of an interaction of the project starts the flow once, and too many do not.
func TestEndedAndStorm(t *testing.T) {
	within(t, func(t *testing.T, c *center) {
		one := c.has(Event, Rule{On: InteractionEnded, PerMinute: 5})
		c.fails = true
		e := c.starts()
		defer e.Close()
		end := func(id interaction.ID, p project.ID) {
			s := interaction.State{ID: id, Arrival: interaction.Arrival{Project: p}, Ended: time.Now()}
			e.Committed(interaction.Commit{State: s, Events: []interaction.Recorded{{Event: interaction.EventEnded{}}}})
		}
		for i := range 8 {
			end(interaction.ID(fmt.Sprint("i", i)), c.shop)
			end("i0", c.shop)
			end(interaction.ID(fmt.Sprint("other", i)), "other")
		}
		if n := c.count(); n != 5 {
			t.Errorf("%d flows have begun, want 5", n)
		}
		if _, err := e.Fire(t.Context(), one.ID, "", "Ann", nil); !fault.Is(err, fault.Busy) {
			t.Errorf("in a storm: %v", err)
		}
		time.Sleep(time.Minute)
		if _, err := e.Fire(t.Context(), one.ID, "", "Ann", nil); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		states := map[State]int{}
		for _, r := range c.runs(one) {
			states[r.State]++
		}
		if states[Failed] != 6 || states[Skipped] != 3 {
			t.Errorf("got %v, want 6 failed and 3 skipped", states)
		}
	})
}
