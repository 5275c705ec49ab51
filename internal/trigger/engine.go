package trigger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/kit/mailbox"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// Ports are what an engine uses; app plugs them in.
type Ports struct {
	DB *db.DB
	// Run runs a trigger's flow to its end and gives what it did. The error is why it failed.
	Run func(context.Context, tenant.ID, Trigger, map[string]any) (Outcome, error)
	// Waiting is how many wait in a queue, by key; not ok: there is no such queue.
	Waiting func(key string) (n int, ok bool)
	// QueueKey names a queue; empty: there is none.
	QueueKey func(queue.ID) string
	// Agent tells who an agent is.
	Agent  func(access.UserID) Agent
	Tenant func() tenant.ID
	Zone   func() *time.Location
	Log    *slog.Logger
}

// Outcome is what a flow did.
type Outcome struct {
	Version int64 // of the flow; 0: it could not begin
	Steps   []string
}

// Agent is who an agent is.
type Agent struct {
	Login, Name string
	Serves      []Served
}

// Served is a queue that an agent serves.
type Served struct {
	Key     string
	Project project.ID
}

const (
	look    = 5 * time.Second // how often the clock and the lines are looked at
	atOnce  = 10              // flows that run at the same time; others wait
	runTime = 10 * time.Minute
	kept    = 30 * 24 * time.Hour // how long the history is kept
	// mostWait is how many runs may wait for room; what comes then is not begun.
	mostWait = 1000
)

// Engine starts flows. Its methods that return an error wait for its goroutine; the others do not block. Safe for
// concurrent use.
type Engine struct {
	ports  Ports
	worker *mailbox.Worker
	runs   sync.WaitGroup

	// Owned by the goroutine.
	all     map[ID]Trigger
	looked  map[ID]time.Time   // up to then the schedule was served
	recent  map[ID][]time.Time // starts within the last minute
	over    map[ID]time.Time   // since when a queue is over its threshold
	fired   map[ID]bool        // for that
	waiting []Run
	behind  bool // what happened was not all written down; the records tell it
	busy    int
	swept   time.Time
}

// New gives an engine that stands still until Start. What ran when an earlier process died is not begun again; what
// had not begun is.
func New(ctx context.Context, ports Ports) (*Engine, error) {
	e := &Engine{
		ports: ports, worker: mailbox.NewWorker(), all: make(map[ID]Trigger), looked: make(map[ID]time.Time),
		recent: make(map[ID][]time.Time), over: make(map[ID]time.Time), fired: make(map[ID]bool), behind: true,
	}
	now := e.now()
	err := ports.DB.Write(ctx, func(tx *db.Tx) error {
		open, err := OpenRuns(tx)
		if err != nil {
			return err
		}
		e.waiting = nil
		for _, r := range open {
			if r.State == Due {
				e.waiting = append(e.waiting, r)
				continue
			}
			r.State, r.Ended, r.Why = Interrupted, now, fault.Why(fault.Unavailable.New("The server was restarted meanwhile."))
			if _, err := SaveRun(tx, r, Running); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return e, e.read(ctx)
}

// life ends with the engine.
func (e *Engine) life() context.Context { return e.worker.Context() }

// now is the present in the journal's precision.
func (e *Engine) now() time.Time { return now() }

// read takes the set-up over. A trigger that is new here was served up to its last moment. What was before it counts
// was for nobody.
func (e *Engine) read(ctx context.Context) error {
	t := e.ports.Tenant()
	all, looked, fired := make(map[ID]Trigger), maps.Clone(e.looked), maps.Clone(e.fired)
	err := e.ports.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := List(tx, t, db.Page{Limit: db.Unlimited})
		if err != nil {
			return err
		}
		for _, one := range list {
			all[one.ID] = one
			if before, known := looked[one.ID]; known {
				looked[one.ID] = later(before, one.Since)
				continue
			}
			last, err := LastAt(tx, t, one.ID)
			if err != nil {
				return err
			}
			looked[one.ID] = later(last, one.Since)
			// A line that was too long when an earlier process died was told of then.
			fired[one.ID] = !last.IsZero() && e.now().Sub(last) < Late
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading triggers: %w", err)
	}
	e.all, e.looked, e.fired = all, looked, fired
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Start begins to start flows.
func (e *Engine) Start() {
	e.worker.Start(e.look, look, func() bool {
		e.look()
		return true
	})
}

// Close ends the engine and the flows it has started; they are interrupted.
func (e *Engine) Close() {
	e.worker.Close()
	e.runs.Wait()
}

// Refresh takes a changed set-up over.
func (e *Engine) Refresh() {
	e.worker.Put(func() {
		if err := e.read(e.life()); err != nil && e.life().Err() == nil {
			e.ports.Log.Error("triggers are as they were", "error", err)
		}
	})
}

// look starts what is due.
func (e *Engine) look() {
	now := e.now()
	for _, t := range e.all {
		if t.Disabled {
			continue
		}
		switch {
		case t.Kind == Schedule:
			e.calendar(t, now)
		case t.Kind == Event && t.Rule.On == QueueWaiting:
			e.threshold(t, now)
		}
	}
	e.catchUp(now)
	e.sweep(now)
	e.next()
}

func (e *Engine) calendar(t Trigger, now time.Time) {
	at, ok := t.Rule.Due(e.looked[t.ID], now, e.ports.Zone())
	if !ok {
		return
	}
	if _, err := e.fire(e.life(), t, Run{Moment: at.Format(time.RFC3339), At: at}, false); err == nil {
		e.looked[t.ID] = at
	}
}

// threshold starts a flow once for each time a line gets too long.
func (e *Engine) threshold(t Trigger, now time.Time) {
	n, ok := e.ports.Waiting(t.Rule.Queue)
	if !ok || int64(n) <= t.Rule.More {
		delete(e.over, t.ID)
		delete(e.fired, t.ID)
		return
	}
	since, already := e.over[t.ID]
	if !already {
		since = now
		e.over[t.ID] = now
	}
	if e.fired[t.ID] || now.Sub(since) < time.Duration(t.Rule.ForMS)*time.Millisecond {
		return
	}
	in := map[string]any{"queue_key": t.Rule.Queue, "waiting": float64(n), "since": since.Format(time.RFC3339)}
	if _, err := e.fire(e.life(), t, Run{Moment: "over since " + since.Format(time.RFC3339Nano), At: now, Inputs: in}, false); err == nil {
		e.fired[t.ID] = true
	}
}

// fire writes a moment, once, and lets its flow wait for room. Asked says that somebody waits for the answer.
func (e *Engine) fire(ctx context.Context, t Trigger, r Run, asked bool) (Run, error) {
	now := e.now()
	r.Tenant, r.Trigger, r.State = e.ports.Tenant(), t.ID, Due
	starts := e.recent[t.ID]
	for len(starts) > 0 && now.Sub(starts[0]) >= time.Minute {
		starts = starts[1:]
	}
	e.recent[t.ID] = starts
	switch {
	case len(starts) >= t.Limit():
		r.State, r.Ended, r.Why = Skipped, now, fault.Why(fault.Busy.New("More than %d within a minute.", t.Limit()))
	case len(e.waiting) >= mostWait:
		r.State, r.Ended, r.Why = Skipped, now, fault.Why(fault.Busy.New("%d flows wait to be started.", mostWait))
	}
	if r.State == Skipped && asked {
		return r, nil // who asked is told; a flood of requests writes no rows
	}
	fresh := false
	err := e.ports.DB.Write(ctx, func(tx *db.Tx) (err error) {
		fresh, err = InsertRun(tx, r)
		return err
	})
	if err != nil || !fresh || r.State == Skipped {
		return r, err
	}
	e.recent[t.ID] = append(e.recent[t.ID], now)
	e.waiting = append(e.waiting, r)
	return r, nil
}

// next begins what waits while there is room.
func (e *Engine) next() {
	for len(e.waiting) > 0 && e.busy < atOnce {
		r := e.waiting[0]
		e.waiting = e.waiting[1:]
		t, there := e.all[r.Trigger]
		e.busy++
		e.runs.Go(func() {
			e.carryOut(t, there, r)
			e.worker.Put(func() { e.busy--; e.next() })
		})
	}
}

// carryOut runs one flow. The row says that it runs before it does: after a crash nobody knows how far it was.
func (e *Engine) carryOut(t Trigger, there bool, r Run) {
	r.State, r.Started = Running, e.now()
	mine := false
	err := e.ports.DB.Write(e.life(), func(tx *db.Tx) (err error) {
		mine, err = SaveRun(tx, r, Due)
		return err
	})
	if err != nil || !mine {
		if err != nil && e.life().Err() == nil {
			e.ports.Log.Error("a flow is started by the next start", "trigger", r.Trigger, "moment", r.Moment, "error", err)
		}
		return
	}
	ctx, cancel := context.WithTimeout(e.life(), runTime)
	defer cancel()
	if !there {
		err = fault.NotFound.New("The trigger was removed.")
	} else {
		var did Outcome
		did, err = e.ports.Run(ctx, r.Tenant, t, r.Inputs)
		r.FlowID, r.Version, r.Steps = t.FlowID, did.Version, did.Steps
	}
	if e.life().Err() != nil {
		return // the next start says that it was interrupted
	}
	r.State, r.Ended = Done, e.now()
	if err != nil {
		r.State, r.Why = Failed, fault.Why(err)
	}
	if err := e.ports.DB.Write(e.life(), func(tx *db.Tx) error { _, err := SaveRun(tx, r, Running); return err }); err != nil && e.life().Err() == nil {
		e.ports.Log.Error("what became of a flow is not written", "trigger", r.Trigger, "moment", r.Moment, "error", err)
	}
}

// Fire starts a trigger's flow now: by hand, or by a web hook whose request has this identity (empty: a new one). The
// flow runs later; the run says what became of it. Busy: too many within a minute.
func (e *Engine) Fire(ctx context.Context, which ID, request, by string, inputs map[string]any) (Run, error) {
	if request == "" {
		request = id.New()
	}
	var r Run
	err := e.worker.Ask(ctx, func() error {
		defer e.next()
		t, ok := e.all[which]
		if !ok {
			return fault.NotFound.New("There is no such trigger.")
		}
		fired, err := e.fire(ctx, t, Run{Moment: "request " + request, At: e.now(), By: by, Inputs: inputs}, true)
		if err == nil && fired.State == Skipped {
			err = fault.Busy.New("This trigger may start %d times a minute; try again later.", t.Limit())
		}
		r = fired
		return err
	})
	if errors.Is(err, mailbox.ErrClosed) {
		err = fault.Unavailable.New("The center is closing down.")
	}
	if err != nil {
		return Run{}, err
	}
	return r, nil
}

// sweep removes old history, once an hour.
func (e *Engine) sweep(now time.Time) {
	if now.Sub(e.swept) < time.Hour {
		return
	}
	e.swept = now
	if err := e.ports.DB.Write(e.life(), func(tx *db.Tx) error { return SweepRuns(tx, now.Add(-kept)) }); err != nil && e.life().Err() == nil {
		e.ports.Log.Error("old runs of triggers not removed", "error", err)
	}
}
