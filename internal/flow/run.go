package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/tenant"
)

// Position is where a flow stands, enough to go on after a restart. It is written at each wait.
type Position struct {
	Flow     ID                `json:"flow,omitempty"` // empty: built in
	Version  int64             `json:"version,omitempty"`
	Node     string            `json:"node"`
	Tries    int               `json:"tries,omitempty"` // of a menu: how often it was asked before
	Language string            `json:"language"`
	Vars     map[string]string `json:"vars,omitempty"` // no node sets any yet
}

// ParsePosition reads the Position of a FlowStepped whose What is StepWaits; false: it has none.
func ParsePosition(s interaction.FlowStepped) (Position, bool) {
	var p Position
	if s.What != StepWaits || json.Unmarshal([]byte(s.Text), &p) != nil || p.Node == "" {
		return Position{}, false
	}
	return p, true
}

// What FlowStepped says of a node, in its field What; Text is given behind.
const (
	StepWaits    = interaction.FlowWaits // Position as JSON; not for people
	StepPlayed   = "played"              // the prompt's key or the text spoken
	StepChose    = "chose"               // the key
	StepInvalid  = "invalid"             // the key that is no choice
	StepNoInput  = "no_input"            // nothing
	StepTook     = "took"                // the edge a decision took: open, closed
	StepLanguage = "language"            // the language from here on
	StepPlace    = "place"               // the number in line the customer was told
	StepMissing  = "prompt_missing"      // the prompt's key and language, and why
	StepFailed   = "failed"              // why
)

// speechLimit is how long a customer may be kept in silence while an engine speaks.
const speechLimit = 5 * time.Second

// run is one flow of one interaction. It belongs to its goroutine.
type run struct {
	life     context.Context // ends when the flow is stopped
	cfg      *RunnerConfig
	spec     interaction.FlowRun
	talker   Talker
	program  *Program
	shut     *Program // Closed
	position Position

	ahead []rune          // keys pressed before somebody asked for them
	bar   int             // of the music, to go on with
	place int             // the number in line told last
	told  map[string]bool // node and word of steps told once already
}

// execute runs a flow to its end. The customer of a waiting flow that fails hears the built-in one:
// a mistake in the music must not cost him his place.
func execute(ctx context.Context, runner *Runner, spec interaction.FlowRun, from *Position) {
	r := &run{life: ctx, cfg: &runner.cfg, spec: spec, program: runner.builtin, shut: runner.shut, told: map[string]bool{}}
	r.position.Language = spec.State.Arrival.Language
	if r.position.Language == "" {
		r.position.Language = Languages()[0]
	}
	err := r.prepare(ctx, from)
	if err == nil {
		err = r.walk(ctx)
	}
	if err != nil && spec.Waiting && !over(ctx, err) && r.talker != nil && r.program != runner.builtin {
		r.tell(interaction.FlowStepped{Node: r.position.Node, What: StepFailed, Text: err.Error()})
		r.begin(runner.builtin)
		err = r.walk(ctx)
	}
	if err != nil && !over(ctx, err) {
		r.cfg.Log.Warn("flow failed", "interaction", spec.State.ID, "flow", spec.Flow, "node", r.position.Node, "error", err)
		r.tell(interaction.FlowEnded{Detail: "the flow failed: " + err.Error()})
	}
}

// over says that nobody wants to hear of the flow any more: it was stopped, or the leg is gone, of
// which the channel tells.
func over(ctx context.Context, err error) bool { return ctx.Err() != nil || errors.Is(err, ErrGone) }

// prepare finds the channel's ability, the program and the place to begin at.
func (r *run) prepare(ctx context.Context, from *Position) error {
	talker, ok := r.spec.Channel.(Talker)
	if !ok {
		return fmt.Errorf("the channel can neither play nor hear")
	}
	r.talker = talker
	program := r.program
	switch ID(r.spec.Flow) {
	case "":
	case Closed:
		program = r.shut
	default:
		if r.cfg.Programs == nil {
			r.program = nil
			return fmt.Errorf("flow %s: there are no flows here", r.spec.Flow)
		}
		r.program = nil
		var err error
		if program, err = r.cfg.Programs.Program(ctx, r.tenant(), ID(r.spec.Flow)); err != nil {
			return fmt.Errorf("flow %s: %w", r.spec.Flow, err)
		}
	}
	r.begin(program)
	if from != nil && program.nodes[from.Node] != nil {
		r.position.Node, r.position.Tries, r.position.Vars = from.Node, from.Tries, from.Vars
		if from.Language != "" {
			r.position.Language = from.Language
		}
	}
	return nil
}

// begin puts the run at a program's start.
func (r *run) begin(p *Program) {
	r.program = p
	r.position = Position{Flow: p.Flow, Version: p.Version, Node: p.start, Language: r.position.Language}
}

// walk goes from node to node until the flow is over.
func (r *run) walk(ctx context.Context) error {
	for {
		n := r.program.nodes[r.position.Node]
		edge, err := r.visit(ctx, n)
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if edge == "" {
			return nil
		}
		to, ok := n.edges[edge]
		if !ok {
			return fmt.Errorf("node %s has no way %q", n.id, edge)
		}
		r.position.Node, r.position.Tries = to, 0
	}
}

// visit runs one node and contains its panic.
func (r *run) visit(ctx context.Context, n *node) (edge string, err error) {
	defer func() {
		if what := recover(); what != nil {
			r.rescued(what, debug.Stack())
			edge, err = "", fmt.Errorf("node %s: internal error: %v", n.id, what)
		}
	}()
	if edge, err = n.kind.run(ctx, r, n); err != nil {
		return "", fmt.Errorf("node %s: %w", n.id, err)
	}
	return edge, nil
}

func (r *run) rescued(what any, stack []byte) {
	r.cfg.Log.Error("a flow's node panicked", "interaction", r.spec.State.ID, "node", r.position.Node, "panic", what, "stack", string(stack))
	if r.cfg.Rescued != nil {
		r.cfg.Rescued(what, stack)
	}
}

func (r *run) tenant() tenant.ID { return r.spec.State.Arrival.Tenant }

// tell tells the interaction, unless the flow was stopped. A stop at the very same time may let one
// input through: it comes late and is refused there.
func (r *run) tell(in interaction.Input) {
	if r.life.Err() == nil {
		r.cfg.Tell(r.spec.State.ID, in)
	}
}

// step tells what a node did.
func (r *run) step(n *node, what, text string) {
	r.tell(interaction.FlowStepped{Node: n.id, What: what, Text: text})
}

// played tells that a node was heard; while somebody waits, only the first time.
func (r *run) played(n *node, said string) {
	if r.spec.Waiting {
		r.stepOnce(n, StepPlayed, said)
	} else {
		r.step(n, StepPlayed, said)
	}
}

// stepOnce tells it the first time only.
func (r *run) stepOnce(n *node, what, text string) {
	if key := n.id + " " + what; !r.told[key] {
		r.told[key] = true
		r.step(n, what, text)
	}
}

// waits writes the position. A waiting flow begins anew after a restart and needs none.
func (r *run) waits(n *node) {
	if r.spec.Waiting {
		return
	}
	text, err := json.Marshal(r.position)
	if err != nil {
		panic(err) // strings and numbers only
	}
	r.step(n, StepWaits, string(text))
}

// words is the sound of a node's prompt or text, and how to call it.
func (r *run) words(ctx context.Context, n *node) (Clip, string) {
	if key := n.str("prompt"); key != "" {
		return r.prompt(ctx, n, key), key
	}
	text, language := n.text("text", r.position.Language)
	within, cancel := context.WithTimeout(ctx, speechLimit)
	defer cancel()
	clip, err := r.cfg.Library.Text(within, text, language)
	if err != nil {
		r.missing(ctx, n, "text", err)
		return beep(), text
	}
	return clip, text
}

// prompt is a prompt's sound; a beep stands for one that is missing, and the flow goes on.
func (r *run) prompt(ctx context.Context, n *node, key string) Clip {
	within, cancel := context.WithTimeout(ctx, speechLimit)
	defer cancel()
	clip, err := r.cfg.Library.Prompt(within, r.tenant(), key, r.position.Language)
	if err != nil {
		r.missing(ctx, n, key, err)
		return beep()
	}
	return clip
}

// aside is the prompt a parameter names, if it names one.
func (r *run) aside(ctx context.Context, n *node, param string) []Clip {
	key := n.str(param)
	if key == "" || r.position.Tries+1 >= int(n.number("tries")) {
		return nil // nothing follows that it would introduce
	}
	return []Clip{r.prompt(ctx, n, key)}
}

func (r *run) missing(ctx context.Context, n *node, key string, err error) {
	if ctx.Err() == nil {
		r.stepOnce(n, StepMissing, fmt.Sprintf("%s (%s): %v", key, r.position.Language, err))
	}
}

// play plays to the end.
func (r *run) play(ctx context.Context, clips ...Clip) error {
	err := r.talker.Play(ctx, clips, PlayOptions{})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// forgetKeys drops what was pressed so far.
func (r *run) forgetKeys() {
	r.ahead = nil
	r.talker.FlushDigits()
}

// listen plays the clips and waits for a key, which stops them, until so long after their end.
func (r *run) listen(ctx context.Context, clips []Clip, after time.Duration) (digit rune, pressed bool, err error) {
	if len(r.ahead) > 0 {
		digit, r.ahead = r.ahead[0], r.ahead[1:]
		return digit, true, nil
	}
	playing, stop := context.WithCancel(ctx)
	ended := make(chan error, 1) // of size one: the player never waits for us
	go func() {
		defer func() {
			if what := recover(); what != nil {
				r.rescued(what, debug.Stack())
				ended <- fmt.Errorf("internal error: %v", what)
			}
		}()
		if len(clips) == 0 {
			ended <- nil
			return
		}
		ended <- r.talker.Play(playing, clips, PlayOptions{})
	}()
	silent := false // ended was read
	defer func() {
		stop()
		if !silent {
			<-ended
		}
	}()
	var timeout <-chan time.Time
	for {
		select {
		case digit, ok := <-r.talker.Digits():
			if !ok {
				return 0, false, ErrGone
			}
			return digit, true, nil
		case err := <-ended:
			silent = true
			if ctx.Err() != nil {
				return 0, false, ctx.Err()
			}
			if err != nil {
				return 0, false, err
			}
			timer := time.NewTimer(after)
			defer timer.Stop()
			timeout = timer.C
		case <-timeout:
			return 0, false, nil
		case <-ctx.Done():
			return 0, false, ctx.Err()
		}
	}
}
