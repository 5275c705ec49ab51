package interaction

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/kit/mailbox"
)

// Ports are the engines an interaction uses; app plugs them in.
type Ports struct {
	Router   Router
	Flows    FlowRunner
	Recorder Recorder
	// Identify completes an arrival in the transaction that records it: who is the customer. Nil: nobody is looked up.
	Identify func(tx *db.Tx, a *Arrival) error
	// Follow writes what hangs on an interaction in the transaction that writes its events; an error refuses them. The
	// first ones begin with the zero state. Nil: nothing does.
	Follow func(tx *db.Tx, before, after State, events []Recorded) error
	// Focus is told that an agent talks in this interaction now. It must not block. Nil: nobody is told.
	Focus func(agent access.UserID, id ID)
	// Recover gives an agent a break of this length, from when he is told on: nothing may be offered to him any more
	// when it returns. It must not block. Nil: nobody gets one.
	Recover func(agent access.UserID, length time.Duration)
}

// Registry holds the running interactions. Safe for concurrent use.
type Registry struct {
	db    *db.DB
	store *Store
	ports Ports
	log   *slog.Logger

	ctx            context.Context // of all actors
	stop           context.CancelFunc
	wg             sync.WaitGroup
	late           atomic.Int64 // inputs refused as late
	panics, failed atomic.Int64

	mu       sync.Mutex
	actors   map[ID]*actor
	messages int // actors nobody is on the line of: they outlive the process
	draining bool
	closed   bool
	idled    sync.Once
	idle     chan struct{} // closed when draining and nothing but messages is left

	watchMu  sync.RWMutex
	watchers []func(Commit)
}

// NewRegistry gives an empty registry. Close ends it.
func NewRegistry(d *db.DB, ports Ports, log *slog.Logger) *Registry {
	ctx, stop := context.WithCancel(context.Background())
	return &Registry{
		db: d, store: &Store{db: d, follow: ports.Follow}, ports: ports, log: log,
		ctx: ctx, stop: stop,
		actors: make(map[ID]*actor), idle: make(chan struct{}),
	}
}

// Watch has fn called for every commit, in the order of the commits, before anybody is answered. fn
// must be quick and must not call the registry or the database.
func (r *Registry) Watch(fn func(Commit)) {
	r.watchMu.Lock()
	defer r.watchMu.Unlock()
	r.watchers = append(r.watchers, fn)
}

func (r *Registry) announce(c Commit) {
	r.watchMu.RLock()
	defer r.watchMu.RUnlock()
	for _, fn := range r.watchers {
		fn(c)
	}
}

func (r *Registry) write(ctx context.Context, fn func(*db.Tx) error) error {
	return r.db.Write(ctx, fn)
}

// Begin records an arrival and starts the interaction on its channel. An error means that nothing
// was recorded and the customer must be refused: busy while draining, unavailable without a database.
// Effects may reach the channel before Begin returns.
func (r *Registry) Begin(ctx context.Context, in Arrived, ch Channel) (ID, error) {
	name := NewID()
	if err := r.BeginAs(ctx, name, in, ch); err != nil {
		return "", err
	}
	return name, nil
}

// NewID is the identity of an interaction that is about to begin.
func NewID() ID { return ID(id.New()) }

// BeginAs is Begin for an interaction whose identity had to be known before.
func (r *Registry) BeginAs(ctx context.Context, name ID, in Arrived, ch Channel) error {
	now := time.Now()
	a := &actor{
		id: name, reg: r, channel: ch, box: mailbox.New[message](),
		wall: now.UTC().Round(0), since: now, timers: make(map[Timer]time.Time),
	}
	a.log = r.log.With("interaction", a.id)
	a.state.ID = a.id
	a.busy.Store(true) // until it is begun, or settled that it is not
	r.mu.Lock()
	if r.closed || r.draining && in.Arrival.Task == nil { // calls that go on to their end may need one
		r.mu.Unlock()
		return fault.Busy.New("The center is closing down and takes no new calls.")
	}
	r.add(a, in.Arrival)
	r.mu.Unlock()

	err := a.begin(ctx, in)
	switch {
	case err == nil:
		return nil
	case db.Unknown(err) && !in.Arrival.lineless(): // the customer is refused; what may have been written of him is closed
		go func() {
			defer r.wg.Done()
			defer r.forget(a)
			a.retract(r.ctx)
		}()
	default:
		r.forget(a)
		r.wg.Done()
	}
	return fmt.Errorf("recording an arrival: %w", err)
}

// add makes an actor known. The mutex is held.
func (r *Registry) add(a *actor, arrival Arrival) {
	r.actors[a.id] = a
	if a.message = arrival.lineless(); a.message {
		r.messages++
	}
	r.wg.Add(1)
}

// settle closes idle when it is time. The mutex is held.
func (r *Registry) settle() {
	if r.draining && len(r.actors) == r.messages {
		r.idled.Do(func() { close(r.idle) })
	}
}

// retract closes an arrival of which nobody knows whether it was written.
func (a *actor) retract(ctx context.Context) {
	for wait := retryFirst; ; wait = min(2*wait, retryMost) {
		select {
		case <-time.After(wait): // also at first: the database may still be at it
		case <-ctx.Done():
			return // the next start closes it
		}
		s, err := a.reg.store.Load(ctx, a.id)
		if err == nil && s.Open() {
			err = a.reg.closeOne(ctx, s, a.now(), "the database did not answer; the customer was refused")
		}
		if err == nil {
			return
		}
		a.log.Error("an arrival is not settled", "error", err)
	}
}

// begin commits the arrival and starts the goroutine.
func (a *actor) begin(ctx context.Context, in Arrived) error {
	r := a.reg
	now := a.now()
	var effects []Effect
	var recorded []Recorded
	var after State
	lost := error(nil) // the answer to an attempt to commit
	write := func(tx *db.Tx) error {
		if lost != nil {
			events, err := r.store.Journal(tx, a.id)
			if err != nil {
				return err
			}
			if len(events) > 0 {
				recorded, after = events, Fold(a.id, events)
				tx.AfterCommit(func() { r.announce(Commit{after, recorded}) })
				return nil
			}
		}
		in := in // the function may run again
		if r.ports.Identify != nil {
			if err := r.ports.Identify(tx, &in.Arrival); err != nil {
				return err
			}
		}
		var events []Event
		var err error
		events, effects, err = Decide(a.state, in, now)
		if err != nil {
			return err
		}
		recorded = recorded[:0]
		for i, e := range events {
			recorded = append(recorded, Recorded{int64(i) + 1, now, e})
		}
		if after, err = r.store.append(tx, a.state, recorded); err != nil {
			return err
		}
		tx.AfterCommit(func() { r.announce(Commit{after, recorded}) })
		return nil
	}
	for {
		err := r.write(ctx, write)
		if err == nil {
			break
		}
		r.failed.Add(1)
		if db.Unknown(err) {
			lost = err
		}
		if lost == nil {
			return err
		}
		select {
		case <-time.After(retryFirst):
		case <-ctx.Done():
			return lost
		}
	}
	a.state = after
	go func() {
		defer r.wg.Done()
		a.contained(message{in: in}, func() { a.perform(effects) })
		a.run(r.ctx)
	}()
	return nil
}

// Tell gives an input to an interaction and does not wait. For one that is over it does nothing but
// undo what the input reserved.
func (r *Registry) Tell(id ID, in Input) {
	r.mu.Lock()
	a := r.actors[id]
	r.mu.Unlock()
	if a == nil || !a.box.Put(message{in: in, at: time.Now()}) {
		r.late.Add(1)
		for _, e := range Undo(id, in) {
			if e, ok := e.(ReleaseSeat); ok {
				r.ports.Router.Release(e.Release)
			}
		}
	}
}

// Ask gives an input and waits until it is decided and committed, or refused.
func (r *Registry) Ask(ctx context.Context, id ID, in Input) error {
	reply := make(chan error, 1)
	r.mu.Lock()
	a := r.actors[id]
	r.mu.Unlock()
	if a == nil || !a.box.Put(message{in: in, reply: reply}) {
		return ErrLate
	}
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Running is the number of interactions that are not over.
func (r *Registry) Running() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.actors)
}

// Stats are figures for metrics.
type Stats struct {
	Running int
	Backlog int   // inputs waiting in mailboxes
	Late    int64 // inputs refused as too late
	Panics  int64
	Failed  int64 // commits that failed
}

// Stats gives the present figures.
func (r *Registry) Stats() Stats {
	s := Stats{Late: r.late.Load(), Panics: r.panics.Load(), Failed: r.failed.Load()}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.Running = len(r.actors)
	for _, a := range r.actors {
		s.Backlog += a.box.Len()
	}
	return s
}

func (r *Registry) forget(a *actor) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.actors[a.id] != a {
		return
	}
	delete(r.actors, a.id)
	if a.message {
		r.messages--
	}
	r.settle()
}

// Drain refuses new interactions. The channel is closed when the last running one is over; messages are left
// to the next process.
func (r *Registry) Drain() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.draining = true
	r.settle()
	return r.idle
}

// Draining says whether Drain was called.
func (r *Registry) Draining() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.draining
}

// StopAll ends every running interaction but messages by the system, waits for their records until ctx ends.
func (r *Registry) StopAll(ctx context.Context, detail string) {
	idle := r.Drain()
	r.mu.Lock()
	for _, a := range r.actors {
		if !a.message {
			a.box.Put(message{in: Stopped{Detail: detail}})
		}
	}
	r.mu.Unlock()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

// Close ends all actors, finished or not, and waits for them.
func (r *Registry) Close() {
	r.Drain()
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.stop()
	r.wg.Wait()
}

// LastSign is the newest event of all interactions that have not ended; zero: there are none.
func (r *Registry) LastSign(ctx context.Context) (time.Time, error) {
	var at time.Time
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT COALESCE(MAX(e.at_ms), 0) FROM interaction i
			JOIN event e ON e.tenant_id = i.tenant_id AND e.interaction_id = i.id WHERE i.ended_ms = 0`).Scan(db.FromMillis(&at))
	})
	return at, err
}

// Lives says whether an interaction may still change here: it is running, or its last word is awaited.
func (r *Registry) Lives(id ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.actors[id] != nil
}

// Busy are the interactions that have inputs to work on, or an arrival to settle: what they believe is about to
// change, however long the database takes.
func (r *Registry) Busy() map[ID]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	busy := make(map[ID]bool)
	for id, a := range r.actors {
		if a.busy.Load() || a.box.Len() > 0 {
			busy[id] = true
		}
	}
	return busy
}

// Note adds a recording's change to an interaction, also to one that is over: its file may be closed
// late, or repaired after a crash. What the journal says already is not said again.
func (r *Registry) Note(ctx context.Context, id ID, change RecordingChanged) error {
	if err := r.Ask(ctx, id, change); !errors.Is(err, ErrLate) {
		return err
	}
	s, err := r.store.Load(ctx, id)
	if err != nil || s.Recording == change.State {
		return err
	}
	at := s.Last // what was found after a crash belongs to its end
	if change.State == "removed" {
		at = time.Now().UTC().Truncate(time.Millisecond)
	}
	events, _, err := Decide(s, change, at)
	if err != nil {
		return err
	}
	recorded := []Recorded{{s.Seq + 1, at, events[0]}}
	return r.write(ctx, func(tx *db.Tx) error {
		after, err := r.store.append(tx, s, recorded)
		if err != nil {
			return err
		}
		tx.AfterCommit(func() { r.announce(Commit{after, recorded}) })
		return nil
	})
}
