package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// center is a center whose present is what the test says.
type center struct {
	t      *testing.T
	db     *db.DB
	home   tenant.Tenant
	by     audit.Author
	mu     sync.Mutex // guards now and fails: an engine that runs looks at them
	now    Present
	fails  error // of the look
	refuse error // of the outbox
	sent   []Letter
	shown  [][]Alert
}

func newCenter(t *testing.T, d *db.DB) *center {
	t.Helper()
	c := &center{t: t, db: d}
	c.write(func(tx *db.Tx) (err error) {
		c.home, err = tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "Call House", TimeZone: "UTC", Language: "en"})
		c.by = audit.Author{Tenant: string(c.home.ID), User: "u", Source: "test"}
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

func (c *center) rule(r Rule) Rule {
	c.t.Helper()
	c.write(func(tx *db.Tx) (err error) { r, err = CreateRule(tx, c.by, r); return err })
	return r
}

// engine is a process: a new one knows only what the database does.
func (c *center) engine() *Engine {
	e := New(Ports{
		DB: c.db, Tenant: func() tenant.Tenant { return c.home }, Log: slog.New(slog.DiscardHandler),
		Present: func(context.Context, bool, time.Time) (Present, error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.now, c.fails
		},
		Queue: func(_ *db.Tx, _ tenant.ID, m Letter) error {
			if c.refuse == nil {
				c.sent = append(c.sent, m)
			}
			return c.refuse
		},
		Show: func(all []Alert) { c.shown = append(c.shown, all) },
	})
	if err := e.read(); err != nil {
		c.t.Fatal(err)
	}
	return e
}

func (c *center) look(e *Engine) {
	c.t.Helper()
	if err := e.look(); err != nil {
		c.t.Fatal(err)
	}
}

func (c *center) history() (all []Alert) {
	c.t.Helper()
	err := c.db.Read(c.t.Context(), func(tx *db.Tx) (err error) {
		all, err = History(tx, c.home.ID, Filter{}, db.Page{})
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return all
}

// waits has somebody wait in the queue for so long.
func (c *center) waits(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = Present{Queues: []Queue{{ID: "q", Name: "Sales", ProjectName: "Net", Open: true, Members: 1, SignedIn: 1, OnDuty: 1, Waiting: 1, Longest: now().Add(-d)}}}
}

func (c *center) nobodyWaits() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = Present{Queues: []Queue{{ID: "q", Name: "Sales", Open: true, Members: 1, SignedIn: 1, OnDuty: 1}}}
}

// fail has the next looks fail, or work again.
func (c *center) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fails = err
}

// TestOutage raises, restarts, repeats nothing, clears: one alert, and each message once.
func TestOutage(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d)
		c.rule(Rule{Key: "wait", Name: "Waits", Terms: Terms{What: LongWait, LimitMS: 60_000, Emails: []string{"lead@example.com"}, Hook: "https://example.com/hook"}})
		e := c.engine()
		c.waits(30 * time.Second)
		c.look(e)
		if n := len(c.history()); n != 0 {
			t.Fatalf("%d alerts below the limit", n)
		}
		c.waits(2 * time.Minute)
		c.look(e)
		c.look(e)
		for range 3 { // killed and started again
			e = c.engine()
			c.look(e)
		}
		all := c.history()
		if len(all) != 1 || all[0].About != "Sales" || all[0].Project != "Net" || all[0].Limit != 60_000 || all[0].Value < 119_000 || !all[0].Cleared.IsZero() {
			t.Fatalf("got %+v, want one that lasts", all)
		}
		if d := all[0].Raised.Sub(all[0].Since); d < 119*time.Second || d > 3*time.Minute {
			t.Errorf("it is since %s before it was raised, want since the customer came", d)
		}
		if len(c.sent) != 2 {
			t.Fatalf("sent %+v, want an e-mail and a web hook", c.sent)
		}
		mail, hook := c.sent[0], c.sent[1]
		if mail.To != "lead@example.com" || !strings.HasPrefix(mail.Subject, "Call House: Alert: Sales: somebody waits for 2 min") || !strings.Contains(mail.Body, "Rule: Waits") {
			t.Errorf("e-mail: %+v", mail)
		}
		var call Call
		if err := json.Unmarshal([]byte(hook.Body), &call); err != nil || call.Event != "raised" || call.Alert != all[0].ID || call.About != "Sales" || !hook.Hook {
			t.Errorf("web hook: %+v, %v", hook, err)
		}
		c.nobodyWaits()
		c.look(e)
		c.look(c.engine())
		all = c.history()
		if len(all) != 1 || all[0].Cleared.IsZero() || all[0].Why != Calm {
			t.Errorf("got %+v, want one that is over", all)
		}
		if len(c.sent) != 4 || c.sent[2].Key == mail.Key || !strings.Contains(c.sent[2].Subject, "Alert over") {
			t.Errorf("sent %+v, want that it is over", c.sent[2:])
		}
		if last := c.shown[len(c.shown)-1]; len(last) != 0 {
			t.Errorf("screens still show %+v", last)
		}
	})
}

// TestDoubled has the database refuse a second open alert of the same trouble.
func TestDoubled(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d)
		a := Alert{ID: "1", Rule: "r", Subject: Subject{OfQueue, "q"}, Raised: now()}
		c.write(func(tx *db.Tx) error { return insert(tx, c.home.ID, a) })
		a.ID = "2"
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return insert(tx, c.home.ID, a) }); !db.Taken(err) {
			t.Errorf("got %v, want that it is there", err)
		}
		a.Cleared = now()
		c.write(func(tx *db.Tx) error { return insert(tx, c.home.ID, a) })
	})
}

// TestSeen notes the first who has seen it, and who looks later sees his name.
func TestSeen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d)
		c.rule(Rule{Key: "wait", Name: "Waits", Terms: Terms{What: LongWait, LimitMS: 60_000, RepeatMS: leastRepeat}})
		e := c.engine()
		c.waits(2 * time.Minute)
		c.look(e)
		which := c.history()[0].ID
		for _, name := range []string{"Lea", "Max"} {
			a, err := e.See(t.Context(), c.by, name, which)
			if err != nil || a.SeenName != "Lea" || a.Seen.IsZero() {
				t.Errorf("%s: got %+v, %v; want seen by Lea", name, a, err)
			}
		}
		if err := e.read(); err != nil {
			t.Fatal(err)
		}
		if last := c.shown[len(c.shown)-1]; len(last) != 1 || last[0].SeenName != "Lea" {
			t.Errorf("screens show %+v", last)
		}
		if s := e.states[watch{c.history()[0].Rule, Subject{OfQueue, "q"}}]; !s.Seen || !s.Raised {
			t.Errorf("the engine remembers %+v", s)
		}
		if _, err := e.See(t.Context(), c.by, "Lea", "none"); !fault.Is(err, fault.NotFound) {
			t.Errorf("one that is not there: %v", err)
		}
		var lines []audit.Line
		err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
			lines, err = audit.List(tx, string(c.home.ID), audit.Filter{ObjectKind: "alert"}, db.Page{})
			return err
		})
		if err != nil || len(lines) != 1 {
			t.Errorf("audit: %+v, %v; want one line", lines, err)
		}
	})
}

// TestRuleChanges ends what was raised for a reason that does not hold any more, and keeps the history.
func TestRuleChanges(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for name, change := range map[string]func(tx *db.Tx, c *center, r Rule) error{
			"off": func(tx *db.Tx, c *center, r Rule) error {
				r.Disabled = true
				_, err := ChangeRule(tx, c.by, r)
				return err
			},
			"removed": func(tx *db.Tx, c *center, r Rule) error { return DeleteRule(tx, c.by, r.ID) },
		} {
			c := newCenter(t, d)
			r := c.rule(Rule{Key: "wait", Name: "Waits", Terms: Terms{What: LongWait, LimitMS: 60_000}})
			e := c.engine()
			c.waits(2 * time.Minute)
			c.look(e)
			c.write(func(tx *db.Tx) error { return change(tx, c, r) })
			e.fresh = false
			c.look(e)
			all := c.history()
			if len(all) != 1 || all[0].Why != Changed || len(e.open) != 0 || len(e.states) != 0 {
				t.Errorf("%s: got %+v, remembered %+v", name, all, e.states)
			}
		}
		c := newCenter(t, d) // another limit is no other trouble
		r := c.rule(Rule{Key: "wait", Name: "Waits", Terms: Terms{What: LongWait, LimitMS: 60_000}})
		e := c.engine()
		c.waits(2 * time.Minute)
		c.look(e)
		r.Terms.LimitMS = 90_000
		c.write(func(tx *db.Tx) error { _, err := ChangeRule(tx, c.by, r); return err })
		e.fresh = false
		c.look(e)
		c.now = Present{} // the queue is removed
		c.look(e)
		if all := c.history(); len(all) != 1 || all[0].Why != Gone {
			t.Errorf("got %+v, want one that ended with its queue", all)
		}
	})
}

// TestUnsent raises an alert although nobody can be told of it, and says so.
func TestUnsent(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d)
		c.rule(Rule{Key: "wait", Name: "Waits", Terms: Terms{What: LongWait, LimitMS: 60_000, Emails: []string{"lead@example.com"}}})
		e := c.engine()
		c.waits(2 * time.Minute)
		c.refuse = errors.New("the database is gone")
		if err := e.look(); err == nil || len(c.history()) != 0 {
			t.Errorf("got %v and %+v, want another try", err, c.history())
		}
		c.refuse = fmt.Errorf("%w: no gateway for this is configured", ErrUnsent)
		c.look(e)
		if all := c.history(); len(all) != 1 || all[0].Untold != "no gateway for this is configured" {
			t.Errorf("got %+v, want one that tells of the e-mail", all)
		}
	})
}

// TestDefaults are taken by a database, once.
func TestDefaults(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d)
		c.write(func(tx *db.Tx) error { return CreateDefaults(tx, c.by) })
		err := d.Write(t.Context(), func(tx *db.Tx) error { return CreateDefaults(tx, c.by) })
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("again: %v", err)
		}
		if _, err := c.create(Rule{Key: "x", Name: "X", Queue: "none", Terms: Terms{What: LongWait, LimitMS: 1000}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a queue that is not there: %v", err)
		}
	})
}

func (c *center) create(r Rule) (Rule, error) {
	err := c.db.Write(c.t.Context(), func(tx *db.Tx) (err error) { r, err = CreateRule(tx, c.by, r); return err })
	return r, err
}

// TestHistory pages and filters.
func TestHistory(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d)
		c.write(func(tx *db.Tx) error {
			for i := range 5 {
				a := Alert{ID: ID(fmt.Sprint(i)), Rule: "r", What: LongWait, Subject: Subject{OfQueue, fmt.Sprint(i)}, Raised: at(i)}
				if i == 3 {
					a.Cleared, a.What = at(9), LongBreak
				}
				if err := insert(tx, c.home.ID, a); err != nil {
					return err
				}
			}
			return nil
		})
		for want, f := range map[string]Filter{
			"43210": {}, "4210": {Lasting: true}, "3": {What: LongBreak}, "2": {Subject: Subject{OfQueue, "2"}}, "21": {From: at(1), To: at(3)}, "": {Rule: "x"}, "4 3210": {Unseen: true},
		} {
			got := ""
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				page := db.Page{Limit: 2}
				for {
					all, err := History(tx, c.home.ID, f, page)
					for _, a := range all {
						got += string(a.ID)
					}
					if err != nil || len(all) < 2 {
						return err
					}
					page.After = string(all[1].ID)
				}
			})
			if err != nil || got != strings.ReplaceAll(want, " ", "") {
				t.Errorf("%+v: got %q, %v; want %q", f, got, err, want)
			}
		}
		c.write(func(tx *db.Tx) error { return Sweep(tx, at(10).Add(Keep)) })
		if n := len(c.history()); n != 4 {
			t.Errorf("%d are left, want the four that last", n)
		}
	})
}

// TestRuns looks by itself every five seconds, and logs a failure once.
func TestRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCenter(t, dbtest.SQLite(t))
		c.rule(Rule{Key: "wait", Name: "Waits", Terms: Terms{What: LongWait, LimitMS: 60_000, HoldMS: 12_000, CalmMS: 20_000}})
		log := &counting{}
		e := c.engine()
		e.ports.Log = slog.New(log)
		e.Start()
		defer e.Close()
		passes := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
		c.fail(errors.New("not now"))
		passes(time.Minute)
		if log.errors != 1 {
			t.Errorf("%d errors were logged in a minute, want one", log.errors)
		}
		c.fail(nil)
		c.waits(2 * time.Minute)
		passes(11 * time.Second)
		if n := len(c.history()); n != 0 {
			t.Errorf("%d alerts before it has held", n)
		}
		passes(11 * time.Second)
		c.nobodyWaits()
		passes(10 * time.Second)
		c.waits(2 * time.Minute) // it flaps
		passes(10 * time.Second)
		c.nobodyWaits()
		passes(10 * time.Second)
		if all := c.history(); len(all) != 1 || !all[0].Cleared.IsZero() {
			t.Errorf("got %+v, want one that lasts", all)
		}
		passes(20 * time.Second)
		if all := c.history(); len(all) != 1 || all[0].Cleared.IsZero() {
			t.Errorf("got %+v, want one that is over", all)
		}
	})
}

type counting struct{ errors int }

func (*counting) Enabled(context.Context, slog.Level) bool { return true }
func (l *counting) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		l.errors++
	}
	return nil
}
func (l *counting) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l *counting) WithGroup(string) slog.Handler      { return l }

// TestLetters reads in each language, and no place is left open.
func TestLetters(t *testing.T) {
	t.Parallel()
	for _, l := range []tenant.Language{"en", "ru", "th"} {
		for _, what := range Whats() {
			for _, turn := range []Turn{Raise, Repeat, Clear} {
				a := Alert{Name: "Rule", What: what, About: "Sales", Value: 95_000, Limit: 60_000, Worst: 3_700_000, Raised: at(0), Since: at(0)}
				subject, body := written(tenant.Tenant{Name: "C", TimeZone: "Asia/Bangkok", Language: l}, turn, a)
				if text := subject + body; strings.ContainsAny(text, "{}") || !strings.Contains(text, "Sales") || strings.Contains(text, "::") || slices.Contains(strings.Split(text, ": "), "") {
					t.Errorf("%s %s %d: %s\n%s", l, what, turn, subject, body)
				}
			}
		}
	}
}
