package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/kit/mailbox"
	"linekeeper/internal/tenant"
)

// Ports are what an engine uses; app plugs them in.
type Ports struct {
	DB     *db.DB
	Tenant func() tenant.Tenant
	// Present is how things are. Counts says whether what queues counted since an instant is wanted.
	Present func(ctx context.Context, counts bool, since time.Time) (Present, error)
	// Queue has a letter sent from the end of the transaction on. An error that wraps ErrUnsent: it cannot be, and why.
	Queue func(*db.Tx, tenant.ID, Letter) error
	// Show is told the alerts that last, whenever they change.
	Show func([]Alert)
	Log  *slog.Logger
}

// ErrUnsent means that a letter is not sent at all; the transaction is as it was.
var ErrUnsent = errors.New("not sent")

// every is how often the present is looked at.
const every = 5 * time.Second

// Engine looks at the present by the rules. One goroutine owns what it remembers. Its methods are safe for concurrent use.
type Engine struct {
	ports  Ports
	worker *mailbox.Worker

	// Owned by the goroutine.
	rules  []Rule
	states map[watch]State
	open   map[watch]Alert
	fresh  bool // rules and open alerts are as the database has them
	failed bool // the last look did
}

// watch is a rule's eye on a subject.
type watch struct {
	rule    RuleID
	subject Subject
}

// New gives an engine that stands still until Start. Close it.
func New(ports Ports) *Engine {
	return &Engine{ports: ports, worker: mailbox.NewWorker(), states: map[watch]State{}, open: map[watch]Alert{}}
}

// Start begins; alerts that an earlier process has raised go on.
func (e *Engine) Start() {
	e.worker.Start(func() { e.note(e.read()) }, every, func() bool {
		e.note(e.look())
		return true
	})
}

// Close ends it and waits for it.
func (e *Engine) Close() { e.worker.Close() }

// Refresh has rules and open alerts be read anew, and looks at once.
func (e *Engine) Refresh() {
	e.worker.Put(func() {
		e.fresh = false
		e.note(e.look())
	})
}

// See notes that somebody has seen an alert, and shows it to all.
func (e *Engine) See(ctx context.Context, by audit.Author, name string, which ID) (a Alert, err error) {
	err = e.ports.DB.Write(ctx, func(tx *db.Tx) error { a, err = See(tx, by, name, which); return err })
	if err == nil {
		e.worker.Put(func() { e.note(e.read()) })
	}
	return a, err
}

// note logs an error once, not every five seconds.
func (e *Engine) note(err error) {
	if err != nil && !e.failed && e.worker.Context().Err() == nil {
		e.ports.Log.Error("the center cannot be watched; it is tried again", "error", err)
	}
	e.failed = err != nil
}

// read reads rules and open alerts, and shows these.
func (e *Engine) read() error {
	t := e.ports.Tenant().ID
	var rules []Rule
	var open []Alert
	err := e.ports.DB.Read(e.worker.Context(), func(tx *db.Tx) (err error) {
		if rules, err = ListRules(tx, t, db.Page{Limit: db.Unlimited}); err == nil {
			open, err = Open(tx, t)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("reading the rules of alerts: %w", err)
	}
	e.rules = slices.DeleteFunc(rules, func(r Rule) bool { return r.Disabled })
	before := e.open
	e.open = make(map[watch]Alert, len(open))
	for _, a := range open {
		k := watch{a.Rule, a.Subject}
		a.Worst = max(a.Worst, before[k].Worst)
		e.open[k] = a
		s := e.states[k]
		if !s.Raised {
			s = State{Bad: a.Since, Raised: true, Told: a.Told}
		}
		s.Seen = !a.Seen.IsZero()
		e.states[k] = s
	}
	for k, s := range e.states { // ended by who changed the rule
		if _, there := e.open[k]; s.Raised && !there {
			delete(e.states, k)
		}
	}
	e.fresh = true
	e.show()
	return nil
}

// show tells what lasts, the newest first.
func (e *Engine) show() {
	all := make([]Alert, 0, len(e.open))
	for _, a := range e.open {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Alert) int {
		if c := b.Raised.Compare(a.Raised); c != 0 {
			return c
		}
		return strings.Compare(string(b.ID), string(a.ID))
	})
	e.ports.Show(all)
}

// change is what one look makes of a subject.
type change struct {
	turn  Turn
	alert Alert
	rule  Rule
}

// look compares the present with the rules. What it decides counts when it is in the database; until then everything is as before.
func (e *Engine) look() error {
	if !e.fresh {
		if err := e.read(); err != nil {
			return err
		}
	}
	at := now()
	counts := slices.ContainsFunc(e.rules, func(r Rule) bool { return r.Terms.What == Abandoned })
	p, err := e.ports.Present(e.worker.Context(), counts, at.Add(-Window))
	if err != nil {
		return fmt.Errorf("looking at the center: %w", err)
	}
	states, changes := e.judge(p, at)
	if len(changes) > 0 {
		err := e.ports.DB.Write(e.worker.Context(), func(tx *db.Tx) error {
			for i := range changes {
				if err := e.write(tx, &changes[i], at); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			e.fresh = false // it may have been committed all the same: the next look asks
			return fmt.Errorf("keeping an alert: %w", err)
		}
	}
	e.states = states
	for _, c := range changes {
		k := watch{c.alert.Rule, c.alert.Subject}
		if c.turn == Clear {
			delete(e.open, k)
		} else {
			e.open[k] = c.alert
		}
		e.log(c)
	}
	if len(changes) > 0 {
		e.show()
	}
	return nil
}

// judge applies every rule to every subject of it.
func (e *Engine) judge(p Present, at time.Time) (map[watch]State, []change) {
	states := make(map[watch]State, len(e.states))
	var changes []change
	for _, r := range e.rules {
		for _, s := range r.Samples(p, at) {
			k := watch{r.ID, s.Subject}
			if _, twice := states[k]; twice {
				continue
			}
			state, turn := r.Terms.Step(e.states[k], s.Verdict, at)
			a, lasts := e.open[k]
			if turn == Raise && (lasts || len(e.open)+len(changes) >= mostOpen) {
				continue
			}
			if lasts && s.Verdict == Bad {
				a.Worst = max(a.Worst, s.Value)
				e.open[k] = a
			}
			switch turn {
			case Raise:
				a = Alert{
					ID: ID(id.New()), Rule: r.ID, Name: r.Name, What: r.Terms.What, Subject: s.Subject, About: s.About, Project: s.Project,
					Value: s.Value, Limit: s.Limit, Worst: s.Value, Detail: s.Detail, Since: state.Bad, Raised: at, Told: at, Times: 1,
				}
				if !s.Since.IsZero() {
					a.Since = s.Since.UTC().Truncate(time.Millisecond)
				}
			case Repeat:
				a.Told, a.Times = at, a.Times+1
			case Clear:
				a.Cleared, a.Why = at, Calm
			}
			if turn != Nothing {
				changes = append(changes, change{turn, a, r})
			}
			if state != (State{}) {
				states[k] = state
			}
		}
	}
	for k, a := range e.open { // what it was about has left the center
		if _, there := states[k]; !there && !slices.ContainsFunc(changes, func(c change) bool { return c.alert.ID == a.ID }) {
			a.Cleared, a.Why = at, Gone
			i := slices.IndexFunc(e.rules, func(r Rule) bool { return r.ID == k.rule })
			if i < 0 {
				a.Why = Changed
				changes = append(changes, change{Clear, a, Rule{}})
				continue
			}
			changes = append(changes, change{Clear, a, e.rules[i]})
		}
	}
	return states, changes
}

// write keeps a change and queues the messages it sends. A message that cannot be sent does not keep the alert from being raised.
func (e *Engine) write(tx *db.Tx, c *change, at time.Time) error {
	home := e.ports.Tenant()
	a := &c.alert
	a.Untold = ""
	for _, m := range messages(home, c.turn, *a, c.rule.Terms) {
		m.Expires = at.Add(day * time.Millisecond)
		if err := e.ports.Queue(tx, home.ID, m); errors.Is(err, ErrUnsent) {
			a.Untold = strings.TrimPrefix(err.Error(), ErrUnsent.Error()+": ")
			e.ports.Log.Warn("an alert's message was not sent", "alert", a.ID, "to", m.To, "error", err)
		} else if err != nil {
			return err
		}
	}
	if c.turn == Raise {
		return insert(tx, home.ID, *a)
	}
	return update(tx, home.ID, *a)
}

func (e *Engine) log(c change) {
	a := c.alert
	switch c.turn {
	case Raise:
		e.ports.Log.Warn("alert", "rule", a.Name, "what", a.What, "about", a.About, "value", a.Value, "limit", a.Limit, "detail", a.Detail)
	case Clear:
		e.ports.Log.Info("alert over", "rule", a.Name, "what", a.What, "about", a.About, "why", a.Why, "worst", a.Worst)
	}
}
