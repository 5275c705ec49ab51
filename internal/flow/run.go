package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// Limits of a run. A program that compiles cannot turn without waiting, but flows that run each other
// can, and a day of menus is no call either.
const (
	maxHurry = 1000 // nodes in a row that took no time
	maxSteps = 100_000
	maxDepth = 10
	maxRun   = 4 * time.Hour // of a flow that is not a waiting one
)

// run is one flow of one interaction. It belongs to its goroutine.
type run struct {
	life     context.Context // ends when the flow is stopped
	cfg      *RunnerConfig
	spec     interaction.FlowRun
	talker   Talker // nil: the channel has no sound
	writer   Writer // nil: the channel has no text
	program  *Program
	runner   *Runner
	position Position
	callers  []*Program // of the frames of the position

	inputs map[string]any // given to the program's input variables
	cause  error          // why the flow failed for which this one runs
	began  time.Time
	steps  int       // nodes visited
	hurry  int       // nodes since time last went on
	moment time.Time // when it was

	facts  *Facts    // read once
	person *Customer // read once

	ahead   []rune          // keys pressed before somebody asked for them
	ender   ender           // the key that may still follow digits that were complete without it
	bar     int             // of the music, to go on with
	place   int             // the number in line told last
	expects string          // the range of minutes told last
	told    map[string]bool // node and word of steps told once already
	way     string          // by which the node is left at which it begins; empty: it is run
	taken   int             // keys, in a flow that takes secret digits
	tongue  string          // of the text that is being filled in; empty: the run's
	letter  bool            // that text is sent, and spoken by nobody
}

// newRun makes a run that lives as long as ctx; execute runs it.
func newRun(ctx context.Context, runner *Runner, spec interaction.FlowRun) *run {
	r := &run{life: ctx, cfg: &runner.cfg, spec: spec, runner: runner, told: map[string]bool{}}
	r.began = r.cfg.Clock.Now()
	r.position.Language = cmp.Or(spec.State.Language, spec.State.Arrival.Language, Languages()[0])
	return r
}

// execute runs a flow to its end. The customer of a flow that fails hears another: of a waiting flow
// the built-in one, for a mistake in the music must not cost him his place, and else the project's
// safety flow, then the built-in one.
func (r *run) execute(ctx context.Context, from *Position) {
	spec := r.spec
	err := r.prepare(ctx, from)
	if err == nil {
		err = r.walk(ctx)
	}
	for _, next := range []func(context.Context) *Program{r.safety, r.lastResort} {
		if err == nil || over(ctx, err) {
			break
		}
		if r.cause == nil {
			r.cause = err
		}
		program := next(ctx)
		if program == nil || r.talker == nil && r.writer == nil {
			continue
		}
		r.cfg.Log.Warn("flow failed", "interaction", spec.State.ID, "flow", spec.Flow, "node", r.position.Node, "error", err)
		r.tell(interaction.FlowStepped{Node: r.position.Node, What: StepFailed, Text: err.Error()})
		r.steps, r.hurry, r.began = 0, 0, r.cfg.Clock.Now()
		r.begin(program, nil)
		err = r.walk(ctx)
	}
	if err != nil && !over(ctx, err) {
		r.cfg.Log.Warn("flow failed", "interaction", spec.State.ID, "flow", spec.Flow, "node", r.position.Node, "error", err)
		r.end("")
	}
}

// end tells that the flow is over without a place in line. When one has failed before, that is why.
func (r *run) end(detail string) {
	if r.cause != nil {
		detail = "the flow failed: " + r.cause.Error()
	}
	r.tell(interaction.FlowEnded{Detail: detail})
}

// over says that nobody wants to hear of the flow any more: it was stopped, or the leg is gone, of
// which the channel tells.
func over(ctx context.Context, err error) bool { return ctx.Err() != nil || errors.Is(err, ErrGone) }

// safety is the project's flow for calls whose own has failed; nil: it has none.
func (r *run) safety(ctx context.Context) *Program {
	if r.spec.Waiting || r.cfg.Programs == nil {
		return nil
	}
	facts, err := r.setup(ctx)
	if err != nil || facts.Safety == "" || facts.Safety == ID(r.spec.Flow) {
		return nil
	}
	p, err := r.cfg.Programs.Program(ctx, r.tenant(), facts.Safety, 0)
	if err != nil {
		r.cfg.Log.Warn("safety flow cannot be used", "flow", facts.Safety, "error", err)
		return nil
	}
	return p
}

// lastResort is built in; nil when that is what failed.
func (r *run) lastResort(context.Context) *Program {
	p := r.runner.safety
	if r.spec.Waiting {
		p = r.runner.builtin
	}
	if r.program == p {
		return nil
	}
	return p
}

// prepare finds the channel's abilities, the program and the place to begin at.
func (r *run) prepare(ctx context.Context, from *Position) error {
	r.talker, _ = r.spec.Channel.(Talker)
	r.writer, _ = r.spec.Channel.(Writer)
	if r.talker == nil && r.writer == nil {
		return fmt.Errorf("the channel can neither play nor write")
	}
	if r.way != "" { // a rehearsal goes on where it was
		return nil
	}
	if from != nil && r.resume(ctx, *from) {
		return nil
	}
	program, err := r.load(ctx, ID(r.spec.Flow), 0)
	if err != nil {
		return err
	}
	r.begin(program, r.inputs)
	return nil
}

// load finds a program by its identity; empty: what those who wait hear.
func (r *run) load(ctx context.Context, id ID, version int64) (*Program, error) {
	if id == "" {
		return r.runner.builtin, nil
	}
	if p := r.runner.shipped[id]; p != nil {
		return p, nil
	}
	if r.cfg.Programs == nil {
		return nil, fmt.Errorf("flow %s: there are no flows here", id)
	}
	p, err := r.cfg.Programs.Program(ctx, r.tenant(), id, version)
	if err != nil {
		return nil, fmt.Errorf("flow %s: %w", id, err)
	}
	return p, nil
}

// begin puts the run at a program's start, with what the caller gives it.
func (r *run) begin(p *Program, inputs map[string]any) {
	r.program = p
	r.callers = nil
	r.position = Position{Flow: p.Flow, Version: p.Version, Node: p.start, Language: r.position.Language, Vars: p.initial(inputs), Wrong: r.position.Wrong, Tasks: r.position.Tasks}
}

// initial are the variables at the start.
func (p *Program) initial(inputs map[string]any) map[string]any {
	vars := map[string]any{}
	for name, v := range p.variables {
		if v.Default != nil {
			vars[name] = v.Default
		}
		if given, ok := inputs[name]; ok && v.Input {
			vars[name] = given
		}
	}
	return vars
}

// walk goes from node to node until the flow is over.
func (r *run) walk(ctx context.Context) error {
	for {
		if err := r.budget(); err != nil {
			return err
		}
		n, flow := r.program.nodes[r.position.Node], r.position.Flow
		edge, err := r.goOn(ctx, n)
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.passed(flow, n, edge)
		if edge == "" {
			return nil
		}
		if edge == entered {
			continue // another program begins
		}
		if edge == returned {
			if n, edge = r.back(); n == nil {
				return nil
			}
			r.passed(r.position.Flow, n, edge)
		}
		to, ok := n.edges[edge]
		if !ok {
			return fmt.Errorf("node %s has no way %q", n.id, edge)
		}
		r.position.Node, r.position.Tries = to, 0
	}
}

// returnRest is the silence of a customer who comes back: a flow that sends him on again and again takes time.
const returnRest = time.Second

// goOn visits a node, or leaves it by the way by which its customer came back.
func (r *run) goOn(ctx context.Context, n *node) (string, error) {
	way := r.way
	r.way = ""
	if way != "" && n.edges[way] == "" {
		way = interaction.WayFailed
	}
	if n.edges[way] == "" {
		return r.visit(ctx, n)
	}
	r.step(n, StepTook, way)
	return way, r.rest(ctx, returnRest)
}

// passed tells that a node is left by a way; a node that runs another flow is left twice, into it and
// then on.
func (r *run) passed(flow ID, n *node, way string) {
	if way == entered || way == returned {
		way = ""
	}
	if r.cfg.Passed != nil {
		r.cfg.Passed(flow, n.id, way)
	}
}

// budget stops a run that turns without waiting, or that will not end.
func (r *run) budget() error {
	now := r.cfg.Clock.Now()
	if now.Sub(r.moment) > 100*time.Millisecond {
		r.moment, r.hurry = now, 0
	}
	r.steps++
	r.hurry++
	switch {
	case r.hurry > maxHurry:
		return fault.Conflict.New("The flow turned through %d steps without waiting and was stopped.", maxHurry)
	case !r.spec.Waiting && (r.steps > maxSteps || now.Sub(r.began) > maxRun):
		return fault.Conflict.New("The flow did not end within %d steps or %s and was stopped.", maxSteps, maxRun)
	}
	return nil
}

// visit runs one node and contains its panic.
func (r *run) visit(ctx context.Context, n *node) (edge string, err error) {
	defer func() {
		if what := recover(); what != nil {
			r.rescued(what, debug.Stack())
			edge, err = "", fmt.Errorf("node %s: internal error: %v", n.id, what)
		}
	}()
	if r.cfg.recall != nil {
		if way, ok := r.cfg.recall(r, n); ok {
			return way, nil
		}
	}
	if edge, err = n.kind.run(ctx, r, n); err != nil {
		return "", nodeError{n.id, err}
	}
	return edge, nil
}

// nodeError is why a node failed.
type nodeError struct {
	node  string
	cause error
}

func (e nodeError) Error() string { return "node " + e.node + ": " + e.cause.Error() }

func (e nodeError) Unwrap() error { return e.cause }

// Why implements what fault.Why asks for.
func (e nodeError) Why() fault.Said {
	return fault.Why(fault.Conflict.New("Step %s: %s", e.node, fault.Why(e.cause)))
}

func (r *run) rescued(what any, stack []byte) {
	r.cfg.Log.Error("a flow's node panicked", "interaction", r.spec.State.ID, "node", r.position.Node, "panic", what, "stack", string(stack))
	if r.cfg.Rescued != nil {
		r.cfg.Rescued(what, stack)
	}
}

func (r *run) tenant() tenant.ID { return r.spec.State.Arrival.Tenant }

// library speaks with the voices of the interaction's project; that another engine stands in is noted.
func (r *run) library() *Library {
	return r.cfg.Library.For(r.spec.State.Arrival.Project).Telling(func(who string) {
		if n := r.program.nodes[r.position.Node]; n != nil {
			r.stepOnce(n, StepStoodIn, short(who))
		}
	})
}

// set puts a value into a variable, as what it was declared.
func (r *run) set(name string, value any) error {
	v, err := convert(value, r.program.variables[name].Type)
	if err != nil {
		return fmt.Errorf("variable %s %w", name, err)
	}
	// The position may be in the hands of who writes it down.
	vars := maps.Clone(r.position.Vars)
	if vars == nil {
		vars = map[string]any{}
	}
	vars[name] = v
	r.position.Vars = vars
	return nil
}
