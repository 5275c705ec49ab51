package task

import (
	"cmp"
	"context"
	"errors"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// Ports are what an engine uses; app plugs them in.
type Ports struct {
	DB *db.DB
	// Begin begins an interaction; again does no harm.
	Begin func(context.Context, interaction.ID, interaction.Arrival) error
	// Ask tells an interaction something and waits until it is written down.
	Ask func(context.Context, interaction.ID, interaction.Input) error
	// Rules are a queue's as they are now, and its project.
	Rules func(tenant.ID, queue.ID) (interaction.QueueRules, project.ID, bool)
	// Agent says whether there is an agent of that identity.
	Agent func(access.UserID) bool
}

// Engine makes and changes tasks. It keeps none in memory; safe for concurrent use.
type Engine struct {
	ports Ports
	turn  chan struct{} // has room for who begins one: numbers are given one by one, and nobody is in anybody's way at the row they come from
}

// New gives an engine.
func New(ports Ports) *Engine { return &Engine{ports, make(chan struct{}, 1)} }

// DueIn is until when a task is to be done of which nobody has said so, from when it may be begun.
const DueIn = 24 * time.Hour

const (
	tryAgain  = 250 * time.Millisecond
	writeTime = 10 * time.Second
)

// Wish is a task to be made.
type Wish struct {
	Tenant   tenant.ID
	Project  project.ID // empty: the queue's
	Queue    queue.ID
	Customer customer.ID // empty: whoever has the address
	Name     string      // of the customer, if he is known
	Address  string      // empty: of nobody
	Language string
	Subject  string
	Text     string
	Priority int
	Only     access.UserID
	Start    time.Time // zero: at once
	Due      time.Time // zero: DueIn after the start
	Maker    interaction.TaskMaker
	From     interaction.ID
	// Once is what it is made for: a second wish for the same gives the first one's task. Empty: for nothing else.
	Once string
}

// Make makes a task, or gives the one that was made for the same before. The number is given once the task is on disk.
func (e *Engine) Make(ctx context.Context, w Wish) (Task, error) {
	now := time.Now().UTC().Truncate(time.Millisecond)
	rules, of, ok := e.ports.Rules(w.Tenant, w.Queue)
	if !ok {
		return Task{}, fault.OneField("queue", fault.Unknown, "There is no such queue.")
	}
	if err := e.agent(w.Only); err != nil {
		return Task{}, err
	}
	id := interaction.NewID()
	w.Once = cmp.Or(w.Once, string(id))
	terms := interaction.TaskTerms{Subject: w.Subject, Text: w.Text, Due: instant(w.Due), Start: instant(w.Start),
		Priority: w.Priority, Only: w.Only, Rules: rules.ForTasks()}
	if terms.Due.IsZero() {
		terms.Due = now.Add(DueIn)
		if terms.Start.After(now) {
			terms.Due = terms.Start.Add(DueIn)
		}
	}
	if err := terms.Check(now); err != nil {
		return Task{}, err
	}
	err := e.begin(ctx, id, interaction.Arrival{
		Tenant: w.Tenant, Project: cmp.Or(w.Project, of), Channel: interaction.TaskWork, Origin: interaction.Internal,
		CustomerAddress: w.Address, Customer: w.Customer, CustomerName: w.Name, Language: w.Language,
		Task: &interaction.Task{Round: 1, From: w.From, Maker: w.Maker, Once: w.Once, TaskTerms: terms},
	})
	if err != nil && !errors.Is(err, errMade) {
		return Task{}, err
	}
	return e.read(ctx, func(tx *db.Tx) (Task, error) { return byOnce(tx, w.Tenant, w.Once) })
}

// instant is a moment in the journal's precision.
func instant(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Millisecond)
}

// begin begins an interaction. While nobody knows whether it was written it is tried again: under its identity that does
// no harm.
func (e *Engine) begin(ctx context.Context, id interaction.ID, a interaction.Arrival) error {
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		return fault.Busy.New("The database does not answer in time. Try again.")
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	for {
		err := e.ports.Begin(within, id, a)
		if !db.Unknown(err) {
			return err
		}
		select {
		case <-time.After(tryAgain):
		case <-within.Done():
			return err
		}
	}
}

func (e *Engine) agent(id access.UserID) error {
	if id != "" && !e.ports.Agent(id) {
		return fault.OneField("agent", fault.Unknown, "There is no such agent.")
	}
	return nil
}

func (e *Engine) read(ctx context.Context, fn func(*db.Tx) (Task, error)) (t Task, err error) {
	err = e.ports.DB.Read(ctx, func(tx *db.Tx) (err error) {
		t, err = fn(tx)
		return err
	})
	return t, err
}

// Get reads a task; NotFound: there is none.
func (e *Engine) Get(ctx context.Context, t tenant.ID, n Number) (Task, error) {
	return e.read(ctx, func(tx *db.Tx) (Task, error) { return Get(tx, t, n) })
}

// List reads tasks; List of the package says in which order.
func (e *Engine) List(ctx context.Context, t tenant.ID, f Filter, page db.Page) (all []Task, err error) {
	err = e.ports.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = List(tx, t, f, page)
		return err
	})
	return all, err
}

// Changes are what is to be changed of a task; what is nil stays.
type Changes struct {
	Subject, Text *string
	Due, Start    *time.Time
	Priority      *int
	Only          *access.UserID
	Queue         *queue.ID
}

// Change changes a task. Conflict: it is over, or an agent has it and it would have to leave his hand.
func (e *Engine) Change(ctx context.Context, by By, n Number, c Changes) error {
	t, err := e.Get(ctx, tenant.ID(by.Tenant), n)
	if err != nil {
		return err
	}
	in := interaction.TaskChanged{By: access.UserID(by.User), Source: by.Source, Subject: c.Subject, Text: c.Text, Due: c.Due, Start: c.Start,
		Priority: c.Priority, Only: c.Only}
	for _, at := range []*time.Time{in.Due, in.Start} {
		if at != nil {
			*at = instant(*at)
		}
	}
	if c.Only != nil {
		if err := e.agent(*c.Only); err != nil {
			return err
		}
	}
	if c.Queue != nil {
		rules, of, ok := e.ports.Rules(t.Tenant, *c.Queue)
		if !ok || of != t.Project {
			return fault.OneField("queue", fault.Unknown, "There is no such queue in this task's project.")
		}
		in.Queue = &rules
	}
	return e.ask(ctx, t, in)
}

// Cancel ends a task that need not be done. Conflict: it is over, or an agent has it.
func (e *Engine) Cancel(ctx context.Context, by By, n Number, note string) error {
	t, err := e.Get(ctx, tenant.ID(by.Tenant), n)
	if err != nil {
		return err
	}
	return e.ask(ctx, t, interaction.TaskCancelled{By: access.UserID(by.User), Source: by.Source, Note: note})
}

func (e *Engine) ask(ctx context.Context, t Task, in interaction.Input) error {
	err := e.ports.Ask(ctx, t.Interaction, in)
	if errors.Is(err, interaction.ErrLate) {
		return fault.Conflict.New("This task is over. Open it again first.")
	}
	return err
}

// Reopen has a task that is over done once more, by its old terms: in a new round, whose journal begins anew. A zero due
// is DueIn from now. Conflict: it is open.
func (e *Engine) Reopen(ctx context.Context, by By, n Number, due time.Time) error {
	t, err := e.Get(ctx, tenant.ID(by.Tenant), n)
	if err != nil {
		return err
	}
	if t.Ended.IsZero() {
		return fault.Conflict.New("This task is open already.")
	}
	rules, _, ok := e.ports.Rules(t.Tenant, t.Queue)
	if !ok {
		return fault.Conflict.New("The queue of this task is gone.")
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	terms := interaction.TaskTerms{Subject: t.Subject, Text: t.Text, Due: instant(due), Priority: t.Priority, Rules: rules.ForTasks()}
	if e.agent(t.Only) == nil {
		terms.Only = t.Only
	}
	if due.IsZero() {
		terms.Due = now.Add(DueIn)
	}
	if err := terms.Check(now); err != nil {
		return err
	}
	return e.begin(ctx, interaction.NewID(), interaction.Arrival{
		Tenant: t.Tenant, Project: t.Project, Channel: interaction.TaskWork, Origin: interaction.Internal,
		CustomerAddress: t.Address, Customer: t.Customer, Language: t.Language,
		Task: &interaction.Task{Number: int64(n), Round: t.Round + 1, From: t.From, Once: t.Once, TaskTerms: terms,
			Maker: interaction.TaskMaker{Kind: interaction.MadeByAPI, User: access.UserID(by.User), Source: by.Source}},
	})
}
