package callback

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/kit/mailbox"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// Router keeps the places of requests; package routing has it.
type Router interface {
	Enqueue(interaction.Place)
	Withdraw(interaction.ID, interaction.PartyID)
	Keep(interaction.ID, access.UserID)
	Release(interaction.Release)
	// GiveBack ends a reservation that was not used: the agent keeps his turn.
	GiveBack(id interaction.ID, agent access.UserID)
}

// Ports are what an engine uses; app plugs them in.
type Ports struct {
	DB     *db.DB
	Router Router
	// Begin begins the interaction that calls the customer.
	Begin func(context.Context, Callback) (interaction.ID, error)
	Tell  func(interaction.ID, interaction.Input)
	Ask   func(context.Context, interaction.ID, interaction.Input) error
	// Soon says whether a place is the first in its line, and an agent is expected within a time.
	Soon func(Callback, time.Duration) bool
	// Rules are a queue's settings as they are now; false: there is no such queue.
	Rules func(tenant.ID, queue.ID) (queue.Callback, bool)
	// Terms are a project's as they are now; the zero value if there is none.
	Terms func(tenant.ID, project.ID) project.Callbacks
	// Number is a number as it is dialed from a project; false: it is none.
	Number func(tenant.ID, project.ID, string) (string, bool)
	// Outcome tells how an earlier run's call ended, as Answers says, and when; nil: it goes on.
	Outcome func(context.Context, interaction.ID) (Input, time.Time, error)
	// Standing is told of a place that came into line or left it, and Figures how many wait; neither blocks.
	Standing func(c Callback, in bool)
	Figures  func(queue.ID, Figures)
	// Changed tells that a request of a queue was made, ended, or that its customer talks.
	Changed func(tenant.ID, queue.ID)
	// Remind tells an agent that the time of a callback of his own comes; it does not block.
	Remind func(access.UserID, Callback)
	Zone   func() *time.Location
	// Calendar says when a queue is served, now.
	Calendar func(tenant.ID, queue.ID) Calendar
	Log      *slog.Logger
}

// Figures are a queue's open requests.
type Figures struct {
	Open  int       // calls that are being made too
	Since time.Time // the customer who waits longest does since then; zero: none
}

// look is how often the engine looks at what is due.
const look = 5 * time.Second

// lead is how long before an agent is expected a customer is called who is called first: it rings, he listens.
const lead = 20 * time.Second

// Engine carries the rule out. Its methods that return an error wait for its goroutine; the others do not
// block. Safe for concurrent use. Run must run.
type Engine struct {
	ports  Ports
	worker *mailbox.Worker

	// Owned by the goroutine.
	open    map[ID]Callback
	inLine  map[ID]bool
	unsaid  map[ID]Callback      // states that could not be written
	still   bool                 // the center drains: nobody is called any more
	ringing map[access.UserID]ID // for whom an agent's being free had a customer called first; some are over
	begun   map[line][]time.Time // when the calls of the last minute began
	onLine  map[interaction.ID]caller
	minded  map[ID]time.Time // of which its agent was told, and for which time
}

// New gives an engine with the open requests of earlier runs; a call that was under way then is made anew.
func New(ctx context.Context, ports Ports) (*Engine, error) {
	e := &Engine{ports: ports, worker: mailbox.NewWorker(), open: make(map[ID]Callback),
		inLine: make(map[ID]bool), unsaid: make(map[ID]Callback), ringing: make(map[access.UserID]ID),
		begun: make(map[line][]time.Time), onLine: make(map[interaction.ID]caller), minded: make(map[ID]time.Time)}
	var all []Callback
	err := ports.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = Open(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if err := e.takeUp(ctx, c); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// takeUp goes on with a request of an earlier run. If that died between the end of a call and the row of it,
// the interaction's journal knows: who has picked up is not called once more.
func (e *Engine) takeUp(ctx context.Context, c Callback) error {
	if c.State != Calling {
		e.open[c.ID] = c
		return nil
	}
	in, at, err := e.ports.Outcome(ctx, c.Last)
	if err != nil {
		return fmt.Errorf("looking what became of callback %s: %w", c.ID, err)
	}
	if in == nil {
		e.open[c.ID] = c
		return nil
	}
	rules, _ := e.ports.Rules(c.Tenant, c.Queue)
	after := Next(c, in, rules, at)
	e.unsaid[c.ID] = after
	if !after.State.Over() {
		e.open[c.ID] = after
	}
	return nil
}

// Start begins to call back.
func (e *Engine) Start() {
	e.worker.Start(func() {
		for _, c := range e.open {
			e.figures(c.Queue)
		}
		e.look()
	}, look, func() bool {
		e.look()
		return true
	})
}

// Close ends the engine; the requests stay.
func (e *Engine) Close() { e.worker.Close() }

// ask has the goroutine do something and waits for it.
func (e *Engine) ask(ctx context.Context, do func() error) error {
	err := e.worker.Ask(ctx, do)
	if errors.Is(err, mailbox.ErrClosed) {
		return fault.Unavailable.New("The center is closing down.")
	}
	return err
}

// look does what is due, writes what could not be written, and brings the line up to date.
func (e *Engine) look() {
	for _, c := range e.unsaid {
		e.save(c)
	}
	for _, c := range e.open {
		e.happens(c.ID, Due{})
	}
	e.callSoon()
	e.remind(time.Now())
}

// callSoon calls a customer who is called first a little before an agent is expected: one of a queue at a time,
// for the estimate knows of no other.
func (e *Engine) callSoon() {
	calling := map[queue.ID]bool{}
	for _, c := range e.open {
		calling[c.Queue] = calling[c.Queue] || c.CustomerFirst && c.State == Calling
	}
	for _, c := range e.open {
		if c.CustomerFirst && e.inLine[c.ID] && !calling[c.Queue] && e.ports.Soon(c, lead) {
			calling[c.Queue] = true
			e.place(c, false)
			e.callFirst(c)
		}
	}
}

// callFirst begins the call to a customer whose place is out of the line.
func (e *Engine) callFirst(c Callback) {
	call, err := e.ports.Begin(e.worker.Context(), c)
	if err != nil {
		e.ports.Log.Error("a callback could not begin", "callback", c.ID, "error", err)
		return // at the next look it is in line again
	}
	e.happens(c.ID, Offered{call})
}

// happens gives an input to a request.
func (e *Engine) happens(id ID, in Input) {
	c, ok := e.open[id]
	if !ok {
		return
	}
	rules, there := e.ports.Rules(c.Tenant, c.Queue)
	now := time.Now().UTC().Truncate(time.Millisecond)
	after := Next(c, in, rules, now)
	if !there {
		after = Next(after, Cancel{Who: "system"}, rules, now)
	}
	if after.State != c.State || after.Last != c.Last {
		e.save(after)
	}
	e.becomes(after, rules, now)
}

// becomes takes over what a request has become.
func (e *Engine) becomes(c Callback, rules queue.Callback, now time.Time) {
	before, was := e.open[c.ID]
	e.open[c.ID] = c
	e.place(c, e.stands(c, rules, now))
	if c.State.Over() {
		delete(e.open, c.ID)
		delete(e.inLine, c.ID)
		delete(e.minded, c.ID)
	}
	e.counted(before, c, now)
	if !was || before.State.Over() != c.State.Over() {
		e.figures(c.Queue)
		e.ports.Changed(c.Tenant, c.Queue)
	}
}

// figures counts a queue's open requests and tells of them.
func (e *Engine) figures(q queue.ID) {
	var f Figures
	for _, c := range e.open {
		if c.Queue != q {
			continue
		}
		if f.Open++; f.Since.IsZero() || c.Since.Before(f.Since) {
			f.Since = c.Since
		}
	}
	e.ports.Figures(q, f)
}

// Drain calls nobody any more: the places leave the line, the requests stay for the next run. It does not block.
func (e *Engine) Drain() {
	e.worker.Put(func() {
		e.still = true
		e.look()
	})
}

// place puts a request in line or takes it out.
func (e *Engine) place(c Callback, in bool) {
	if in == e.inLine[c.ID] {
		return
	}
	e.inLine[c.ID] = in
	e.ports.Standing(c, in)
	if in {
		e.ports.Router.Enqueue(c.Place(e.ports.Terms(c.Tenant, c.Project).Grace(), time.Now()))
	} else {
		e.ports.Router.Withdraw(interaction.ID(c.ID), "")
	}
}

func (e *Engine) save(c Callback) {
	err := e.ports.DB.Write(e.worker.Context(), func(tx *db.Tx) error { return Save(tx, c) })
	if err != nil {
		e.ports.Log.Error("a callback is not written; it is tried again", "callback", c.ID, "error", err)
		e.unsaid[c.ID] = c
		return
	}
	delete(e.unsaid, c.ID)
}

// Wish is a customer's wish to be called back.
type Wish struct {
	State         interaction.State // in which he asks
	Queue         queue.ID
	Rules         interaction.QueueRules
	Number        string
	CustomerFirst bool
	Prompt        string    // what he is asked when he is called first; empty: shipped words
	At            time.Time // the time he has chosen, as Slot says; zero: when it is his turn
}

// Request promises a customer to be called back and takes him out of the line. Who waits for the same
// call already keeps his older place; that is no error. An error means that he still waits on the line.
func (e *Engine) Request(ctx context.Context, w Wish) error {
	return e.ask(ctx, func() error { return e.request(ctx, w) })
}

func (e *Engine) request(ctx context.Context, w Wish) error {
	a := w.State.Arrival
	rules, ok := e.ports.Rules(a.Tenant, w.Queue)
	if !ok || !rules.On {
		return fault.Conflict.New("This queue calls nobody back.")
	}
	number, ok := e.ports.Number(a.Tenant, a.Project, w.Number)
	if !ok {
		return fault.OneField("number", fault.Malformed, "%q is not a telephone number", w.Number)
	}
	if c, ok := e.standing(a.Tenant, a.Project, w.Queue, number); ok {
		return e.accepts(ctx, w, c.ID)
	}
	if err := e.free(a.Tenant, w.Queue, w.At); err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	c := Callback{ID: ID(prefix + string(id.New())), Tenant: a.Tenant, First: w.State.ID, Project: a.Project, Queue: w.Queue, Number: number,
		CenterAddress: a.CenterAddress, Language: a.Language, Priority: w.State.Segment.Priority, Rules: w.Rules,
		Since: now, Asked: now, State: Waiting, CustomerFirst: w.CustomerFirst, Prompt: w.Prompt}
	if !w.State.Queued.IsZero() && w.State.Segment.Rules.Queue == w.Queue {
		c.Since = w.State.Segment.Queued
	}
	if !w.At.IsZero() {
		c.State, c.Next, c.Slot = Resting, w.At.UTC(), w.At.UTC()
	}
	if err := e.ports.DB.Write(ctx, func(tx *db.Tx) error { return Insert(tx, c) }); err != nil {
		return err
	}
	if err := e.accepts(ctx, w, c.ID); err != nil {
		if gone := e.ports.DB.Write(e.worker.Context(), func(tx *db.Tx) error { return Remove(tx, c.Tenant, c.ID) }); gone != nil {
			return fmt.Errorf("%w; taking the callback back: %w", err, gone)
		}
		return err
	}
	if own, ok := e.ports.Number(a.Tenant, a.Project, a.CustomerAddress); ok && own == number {
		e.onLine[w.State.ID] = caller{a.Tenant, number} // he is told of it, and is not called before he has hung up
	}
	e.becomes(c, rules, now)
	return nil
}

func (e *Engine) accepts(ctx context.Context, w Wish, id ID) error {
	return e.ports.Ask(ctx, w.State.ID, interaction.CallbackAccepted{Callback: string(id)})
}

// Offer takes an agent who is reserved for a place. It does not block.
func (e *Engine) Offer(place interaction.ID, agent access.UserID) {
	e.worker.Put(func() { e.offered(ID(place), agent) })
}

// offered begins the call. The seat passes from the place to the interaction.
func (e *Engine) offered(id ID, agent access.UserID) {
	release := interaction.Release{Interaction: interaction.ID(id), Agent: agent}
	c, ok := e.open[id]
	if !ok || c.State != Waiting || !e.inLine[id] {
		e.ports.Router.GiveBack(interaction.ID(id), agent)
		return
	}
	delete(e.inLine, id) // the router has taken it out
	e.ports.Standing(c, false)
	if c.CustomerFirst {
		e.ports.Router.GiveBack(interaction.ID(id), agent)
		if e.open[e.ringing[agent]].State == Calling {
			return // one agent has one customer called; at the next look it is in line again
		}
		e.ringing[agent] = id
		e.callFirst(c)
		return
	}
	call, err := e.ports.Begin(e.worker.Context(), c)
	if err != nil {
		e.ports.Log.Error("a callback could not begin", "callback", id, "error", err)
		e.ports.Router.Release(release) // at the next look it is in line again
		return
	}
	e.happens(id, Offered{call})
	e.ports.Router.Keep(call, agent)
	e.ports.Router.Release(release)
	e.ports.Tell(call, interaction.OfferMade{Agent: agent})
}

// Stranded tells that the queue of a place was removed.
func (e *Engine) Stranded(place interaction.ID) {
	e.worker.Put(func() { e.happens(ID(place), Cancel{Who: "system"}) })
}

// Committed follows interactions; it is a watcher of the registry.
func (e *Engine) Committed(k interaction.Commit) {
	a := k.State.Arrival
	for _, r := range k.Events {
		if a.Origin == interaction.Inbound && a.Message == nil && a.CustomerAddress != "" {
			e.comes(k.State, r.Event)
			continue
		}
		if _, talks := r.Event.(interaction.EventConnected); talks && a.Promise != nil {
			e.worker.Put(func() { e.ports.Changed(a.Tenant, a.Promise.Rules.Queue) })
		}
		if in := Answers(k.State, r.Event); in != nil {
			e.follow(k.State, in)
		}
	}
}

func (e *Engine) follow(s interaction.State, in Input) {
	if p := s.Arrival.Promise; p != nil {
		e.worker.Put(func() { e.happens(ID(p.Callback), in) })
	}
}

// comes follows a customer who calls.
func (e *Engine) comes(s interaction.State, event interaction.Event) {
	switch event.(type) {
	case interaction.EventArrived, interaction.EventRestored:
		if s.HasCustomer() {
			e.worker.Put(func() { e.calls(s.ID, s.Arrival) })
		}
	case interaction.EventConnected:
		e.worker.Put(func() { e.talks(s) })
	case interaction.EventEnded:
		e.worker.Put(func() { e.leaves(s.ID) })
	}
}

// cancel ends a request and the call for it.
func (e *Engine) cancel(c Callback, who string) {
	e.happens(c.ID, Cancel{Who: who})
	e.hangUp(c, who)
}

// hangUp ends the call for a request that is over.
func (e *Engine) hangUp(c Callback, who string) {
	if c.State == Calling {
		e.ports.Tell(c.Last, interaction.CallbackCancelled{Detail: "cancelled by " + who})
	}
}

// Is says whether an identity the router speaks of is that of a request's place.
func Is(place interaction.ID) bool { return len(place) > len(prefix) && place[:len(prefix)] == prefix }

const prefix = "cb-"
