package flow

import (
	"context"
	"io"
	"log/slog"
	"sync"

	"linekeeper/internal/interaction"
)

// RunnerConfig is what a Runner needs; only Tell and Library must be there.
type RunnerConfig struct {
	Tell     func(interaction.ID, interaction.Input) // never blocks
	Programs Programs                                // nil: only built-in flows
	Library  *Library
	Queues   Queues
	Turns    Turns // nil: every queue is open
	States   States
	Hours    Hours
	Places   Places
	Waits    Waits
	Setup    Setup
	// Callbacks calls customers back; nil: nobody is.
	Callbacks Callbacks
	// Messages takes what customers leave; nil: no messages are taken.
	Messages Messages
	// Tasks makes tasks; nil: none are made.
	Tasks Tasks
	// Customers finds who the customer is; nil: nobody is known.
	Customers Customers
	// Tallies keeps counters; nil: nothing is counted.
	Tallies Tallies
	// Agents knows who is there; nil: nobody is.
	Agents Agents
	// Entries are where customers are sent; nil: nowhere but to numbers.
	Entries Entries
	// Sources are looked up in by SQL; nil: there are none.
	Sources Sources
	// Recognizer hears what customers say; nil: they press keys.
	Recognizer Recognizer
	// Web asks services outside; nil: there are none.
	Web Web
	// Plugins lead parts of talks; nil: there are none.
	Plugins Plugins
	// Outgoing sends e-mail and SMS; nil: nothing is sent.
	Outgoing Outgoing
	Asker    Asker
	Clock    Clock // nil: the machine's
	// Chance draws from 0 up to 1; nil: at random.
	Chance func() float64
	Log    *slog.Logger
	// Passed is told of every node a run leaves, and by which way; "" when the run ends there. It must
	// not block; nil: nobody is told.
	Passed func(flow ID, node, way string)
	// Rescued is told of every panic of a node, for the alarm; nil: only logged.
	Rescued func(what any, stack []byte)

	// recall leaves a node without running it, by a way or "" when the flow is over; false: it is run. Nil: all are.
	recall func(r *run, n *node) (way string, ok bool)
}

// Runner runs flows, one goroutine each. It is the interaction.FlowRunner.
type Runner struct {
	cfg     RunnerConfig
	builtin *Program // what a waiting customer hears when nothing else is chosen
	shipped map[ID]*Program
	safety  *Program // when a flow has failed and the project has none for that
	ctx     context.Context
	stop    context.CancelFunc
	flows   sync.WaitGroup

	mu      sync.Mutex // guards what follows
	running map[interaction.ID]*running
	enders  enders
	closed  bool
}

// running is a flow's goroutine, from the outside.
type running struct {
	cancel context.CancelFunc
	done   chan struct{}
}

var _ interaction.FlowRunner = (*Runner)(nil)

// NewRunner makes a runner; Close ends it.
func NewRunner(c RunnerConfig) *Runner {
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if c.Clock == nil {
		c.Clock = wallClock{}
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Runner{
		cfg: c, builtin: mustCompile(sampleWaiting), shipped: shippedFlows(), safety: mustCompile(safetyProgram),
		ctx: ctx, stop: stop, running: map[interaction.ID]*running{}, enders: enders{},
	}
}

// mustCompile compiles a built-in program; a test compiles them too.
func mustCompile(text []byte) *Program {
	p, err := Compile(text)
	if err != nil {
		panic("a built-in flow is broken: " + err.Error())
	}
	return p
}

// Start runs a flow, replacing the one that runs. It does not wait for that one; the new flow makes
// no sound before the old one has ended.
func (r *Runner) Start(spec interaction.FlowRun) { r.begin(spec, nil) }

// Resume goes on from a position, in case the process was restarted in between. A node that is no
// longer in the program means the beginning.
func (r *Runner) Resume(spec interaction.FlowRun, from Position) { r.begin(spec, &from) }

func (r *Runner) begin(spec interaction.FlowRun, from *Position) {
	ctx, cancel := context.WithCancel(r.ctx)
	now := &running{cancel: cancel, done: make(chan struct{})}
	id := spec.State.ID
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		cancel()
		return
	}
	before := r.running[id]
	r.running[id] = now
	r.flows.Add(1)
	r.mu.Unlock()
	if before != nil {
		before.cancel()
	}
	go func() {
		defer r.flows.Done()
		defer close(now.done)
		defer cancel()
		if before != nil {
			<-before.done
		}
		one := newRun(ctx, r, spec)
		r.mu.Lock()
		one.ender = r.enders.take(id)
		r.mu.Unlock()
		one.execute(ctx, from)
		r.mu.Lock()
		r.enders.leave(id, one.ender, r.cfg.Clock.Now())
		if r.running[id] == now {
			delete(r.running, id)
		}
		r.mu.Unlock()
	}()
}

// Stop ends the interaction's flow; nothing more is told. It is harmless when none runs.
func (r *Runner) Stop(id interaction.ID) {
	r.mu.Lock()
	now := r.running[id]
	r.mu.Unlock()
	if now != nil {
		now.cancel()
	}
}

// Running is the number of flows that run now.
func (r *Runner) Running() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.running)
}

// Close stops all flows and waits until their goroutines have ended. Later starts do nothing.
func (r *Runner) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.stop()
	r.flows.Wait()
}
