package flow

import (
	"context"
	"encoding/json"
	"maps"

	"linekeeper/internal/interaction"
)

// Position is where a flow stands, enough to go on after a restart. It is written at each wait.
type Position struct {
	Flow     ID             `json:"flow,omitempty"` // empty: built in
	Version  int64          `json:"version,omitempty"`
	Node     string         `json:"node"`
	Tries    int            `json:"tries,omitempty"` // of a menu: how often it was asked before
	Language string         `json:"language"`
	Vars     map[string]any `json:"vars,omitempty"`
	// Wrong is how often a node that verifies was told something wrong, by flow and node.
	Wrong map[string]int `json:"wrong,omitempty"`
	// Tasks is how many tasks were made; a flow that goes on from here counts on from there.
	Tasks int `json:"tasks,omitempty"`
	// Plugin is how far the plug-in is that leads the node; nil: none does.
	Plugin *pluginTalk `json:"plugin,omitempty"`
	// Letter identifies the message that the node sends, so that a restart does not send it again.
	Letter string `json:"letter,omitempty"`
	// Code is the one-time code the node waits for; nil: none was sent.
	Code *sentCode `json:"code,omitempty"`
	// Frames are the flows that wait for this one to return, the first of all first.
	Frames []Frame `json:"frames,omitempty"`
}

// Frame is a flow that runs another and waits for it.
type Frame struct {
	Flow    ID             `json:"flow"`
	Version int64          `json:"version"`
	Node    string         `json:"node"` // the node that runs the other
	Vars    map[string]any `json:"vars,omitempty"`
}

// ParsePosition reads the Position of a FlowStepped whose What is StepWaits; false: it has none.
func ParsePosition(s interaction.FlowStepped) (Position, bool) {
	var p Position
	if s.What != StepWaits || json.Unmarshal([]byte(s.Text), &p) != nil || p.Node == "" {
		return Position{}, false
	}
	return p, true
}

// resume goes on from a position, with the versions it began with; false: a version or a node is no
// longer there, and the flow begins anew.
func (r *run) resume(ctx context.Context, from Position) bool {
	load := func(id ID, version int64, node string, vars map[string]any) (*Program, map[string]any) {
		p, err := r.load(ctx, id, version)
		if err != nil || p.nodes[node] == nil {
			return nil, nil
		}
		return p, p.revive(vars)
	}
	var callers []*Program
	for i, f := range from.Frames {
		p, vars := load(f.Flow, f.Version, f.Node, f.Vars)
		if p == nil {
			return false
		}
		from.Frames[i].Vars = vars
		callers = append(callers, p)
	}
	program, vars := load(from.Flow, from.Version, from.Node, from.Vars)
	if program == nil {
		return false
	}
	if from.Language == "" {
		from.Language = r.position.Language
	}
	from.Vars = vars
	if program.nodes[from.Node].kind.Name != pluginKind {
		from.Plugin = nil
	}
	if program.nodes[from.Node].kind.Name != sendKind {
		from.Letter = ""
	}
	if program.nodes[from.Node].kind.Name != codeKind {
		from.Code = nil
	}
	r.program, r.callers, r.position, r.way = program, callers, from, r.spec.Way
	return true
}

// revive gives values read from JSON their types again.
func (p *Program) revive(vars map[string]any) map[string]any {
	all := map[string]any{}
	for name, value := range vars {
		if v, err := convert(value, p.variables[name].Type); err == nil {
			all[name] = v
		}
	}
	return all
}

// shown are the values that may be written down: those that are not secret.
func (p *Program) shown(vars map[string]any) map[string]any {
	open := maps.Clone(vars)
	maps.DeleteFunc(open, func(name string, _ any) bool { return p.variables[name].Secret })
	return open
}

// waits writes the position. A waiting flow begins anew after a restart and needs none.
func (r *run) waits(n *node) {
	if r.spec.Waiting {
		return
	}
	text, err := r.where()
	if err != nil {
		r.step(n, StepFailed, "the position cannot be written: "+err.Error())
		return
	}
	r.step(n, StepWaits, text)
}

// where is the position as it is written down; empty in a waiting flow.
func (r *run) where() (string, error) {
	if r.spec.Waiting {
		return "", nil
	}
	at := r.position
	at.Vars = r.program.shown(at.Vars)
	at.Frames = make([]Frame, len(r.position.Frames))
	for i, f := range r.position.Frames {
		f.Vars = r.callers[i].shown(f.Vars)
		at.Frames[i] = f
	}
	text, err := json.Marshal(at)
	return string(text), err
}

// The edges of nodes that leave a program for another.
const (
	entered  = "\x00entered"
	returned = "\x00returned"
)

// enter begins another program, to come back to the node.
func (r *run) enter(p *Program, inputs map[string]any) {
	frames := append(r.position.Frames[:len(r.position.Frames):len(r.position.Frames)],
		Frame{Flow: r.position.Flow, Version: r.position.Version, Node: r.position.Node, Vars: r.position.Vars})
	callers := append(r.callers[:len(r.callers):len(r.callers)], r.program)
	r.begin(p, inputs)
	r.position.Frames, r.callers = frames, callers
}

// back leaves a program for the one that runs it, and gives its node and the way to go on; nil when
// nobody runs it.
func (r *run) back() (n *node, way string) {
	depth := len(r.callers)
	if depth == 0 {
		return nil, ""
	}
	inner, result, vars := r.program, r.program.nodes[r.position.Node].str("way"), r.position.Vars
	frame := r.position.Frames[depth-1]
	r.program = r.callers[depth-1]
	r.callers = r.callers[:depth-1]
	r.position = Position{
		Flow: frame.Flow, Version: frame.Version, Node: frame.Node, Language: r.position.Language,
		Vars: frame.Vars, Wrong: r.position.Wrong, Tasks: r.position.Tasks, Frames: r.position.Frames[:depth-1],
	}
	n = r.program.nodes[frame.Node]
	takeOutputs(r, n, inner, vars)
	if _, ok := n.edges[result]; ok && result != "" {
		return n, result
	}
	return n, "next"
}
