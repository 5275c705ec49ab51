package flow

import (
	"maps"
	"slices"
	"strings"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
)

// SchemaVersion is the version of the program format this package reads and writes.
const SchemaVersion = 1

// Problem is one thing that is wrong with a program.
type Problem struct {
	Node  string `json:"node,omitempty"`  // empty: the program itself
	Field string `json:"field,omitempty"` // parameter, or "next", or "edges.1"; empty: the node
	Said
	// Warning says that the program can be published all the same.
	Warning bool `json:"warning,omitempty"`
}

// String is for people: menu.edges.3: there is no node "sals"; did you mean "sales"?
func (p Problem) String() string {
	where := fault.Join(p.Node, p.Field)
	if where == "" {
		return p.Text
	}
	return where + ": " + p.Text
}

// Problems are all that is wrong, those of the program first, then by node.
type Problems []Problem

// Error joins them, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// Fields are the problems as faults of the program's JSON: nodes.menu.edges.3.
func (p Problems) Fields() fault.Fields {
	var f fault.Fields
	for _, one := range p {
		path := one.Field
		if one.Node != "" {
			path = fault.Join("nodes."+one.Node, one.Field)
		}
		f.Tell(path, fault.Malformed, one.Said)
	}
	return f
}

func (p *Problems) add(node, field, format string, args ...any) {
	p.tell(node, field, saidf(format, args...))
}

func (p *Problems) warn(node, field, format string, args ...any) {
	*p = append(*p, Problem{Node: node, Field: field, Said: saidf(format, args...), Warning: true})
}

func (p *Problems) tell(node, field string, what Said) {
	*p = append(*p, Problem{Node: node, Field: field, Said: what})
}

// grave are those that are no warnings.
func (p Problems) grave() Problems {
	return slices.DeleteFunc(slices.Clone(p), func(one Problem) bool { return one.Warning })
}

func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	p.sort()
	return p
}

func (p Problems) sort() {
	slices.SortStableFunc(p, func(a, b Problem) int { return strings.Compare(a.Node, b.Node) })
}

// Program is a compiled flow. It never changes and is shared by all its runs.
type Program struct {
	// Flow and Version name what it was compiled from; the store sets them. Zero: built in.
	Flow    ID
	Version int64

	start     string
	nodes     map[string]*node
	channels  []interaction.Medium
	variables map[string]Variable
}

// node is a checked node: every parameter is there or has its default, every edge leads somewhere.
type node struct {
	id     string
	kind   *Kind
	params map[string]any // as paramValue gives them
	edges  map[string]string
	names  []string            // of variables its parameters read
	refs   []Ref               // keys its expressions name
	sets   map[string][]string // variables set, by the way out; "": by any
}

// Start is the first node.
func (p *Program) Start() string { return p.start }

// Channels are the media it was written for.
func (p *Program) Channels() []interaction.Medium { return slices.Clone(p.channels) }

// Variables are what it remembers, by name.
func (p *Program) Variables() map[string]Variable { return maps.Clone(p.variables) }

// Needs are the abilities a channel must have to run the program, sorted.
func (p *Program) Needs() []Ability {
	need := map[Ability]bool{}
	for _, n := range p.nodes {
		for _, a := range n.kind.Needs {
			need[a] = true
		}
	}
	return slices.Sorted(maps.Keys(need))
}

// str is a parameter of text; empty when it was not given.
func (n *node) str(name string) string { s, _ := n.params[name].(string); return s }

func (n *node) number(name string) float64 { f, _ := n.params[name].(float64); return f }

func (n *node) seconds(name string) time.Duration {
	return time.Duration(n.number(name) * float64(time.Second))
}

func (n *node) flag(name string) bool { b, _ := n.params[name].(bool); return b }

// text is the spoken text in the language or the nearest there is; nil: none was given.
func (n *node) text(name, language string) (text *template, in string) {
	return inLanguage(n.params[name], language)
}

func inLanguage(value any, language string) (text *template, in string) {
	switch t := value.(type) {
	case *template:
		return t, language
	case map[string]*template:
		in = nearest(language, t)
		return t[in], in
	}
	return nil, language
}

// assigned are the variables set on leaving by this way, sorted.
func (n *node) assigned(way string) []string {
	all := slices.Concat(n.sets[""], n.sets[way])
	if way != failedWay {
		all = append(all, n.sets[unlessFailed]...)
	}
	return slices.Sorted(slices.Values(all))
}

// unlessFailed stands in Param.On for every way out but failed.
const unlessFailed = "!failed"

// nearest chooses among what there is by language: the one asked for, its base ("en" of "en-GB"),
// the first of Languages, any; empty when there is nothing.
func nearest[T any](language string, have map[string]T) string {
	base, _, _ := strings.Cut(language, "-")
	for _, l := range append([]string{language, base}, Languages()...) {
		if _, ok := have[l]; ok {
			return l
		}
	}
	for _, l := range slices.Sorted(maps.Keys(have)) {
		return l
	}
	return ""
}

// Aside says whether a program, given as in Flow, may run beside a talk to take a customer's keys: it hears keys and
// neither puts him in line, sends him on nor promises to call him. What does not compile may not.
func Aside(program []byte) bool {
	p, err := Compile(program)
	if err != nil {
		return false
	}
	hears := false
	for _, n := range p.nodes {
		if n.kind.Name == enqueueKind || n.kind.Name == offerKind || n.kind.Name == messageKind || n.kind.Name == agentKind || n.kind.Name == transferKind {
			return false
		}
		hears = hears || slices.Contains(n.kind.Needs, CanAsk) || slices.Contains(n.kind.Needs, CanKeys)
	}
	return hears
}
