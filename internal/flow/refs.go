package flow

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// Thing is what a key is of, in the words of the center file.
type Thing string

// The things programs name.
const (
	PromptThing  Thing = "prompt"
	QueueThing   Thing = "queue"
	HoursThing   Thing = "hours"
	FlowThing    Thing = "flow"
	EntryThing   Thing = "entry"
	UserThing    Thing = "user" // by user name
	PluginThing  Thing = "plugin"
	OfferThing   Thing = "offer"   // of a plug-in
	CounterThing Thing = "counter" // as counterKey writes it
	ProjectThing Thing = "project"
	SkillThing   Thing = "skill"
	SourceThing  Thing = "source" // that flows look up in, as the server's configuration names it
)

// things are what parameters of a type name.
var things = map[ParamType]Thing{PromptParam: PromptThing, QueueParam: QueueThing, HoursParam: HoursThing, FlowParam: FlowThing, PluginParam: PluginThing}

// Ref is a key that a program names: written out in a parameter, given to a function of an expression, or compared in
// one with the entry or the project of the call.
type Ref struct {
	Thing Thing
	Key   string
	Node  string
	Field string // the parameter
}

// Refs are the keys a program names, by node and field. A key that is only made when it runs is not among them.
func (p *Program) Refs() []Ref {
	var all []Ref
	for _, id := range slices.Sorted(maps.Keys(p.nodes)) {
		n := p.nodes[id]
		for _, param := range n.kind.Params {
			thing, key := things[param.Type], n.str(param.Name)
			if t, ok := n.params[param.Name].(*template); ok && param.Names != "" {
				thing, key = param.Names, t.fixed()
			}
			if thing != "" && key != "" {
				all = append(all, Ref{thing, key, id, param.Name})
			}
		}
		all = append(all, n.refs...)
	}
	slices.SortStableFunc(all, func(a, b Ref) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Key, b.Key))
	})
	return slices.Compact(all)
}

// Names are the keys of such things the program names, sorted, each once.
func (p *Program) Names(t Thing) []string {
	names := map[string]bool{}
	for _, r := range p.Refs() {
		if r.Thing == t {
			names[r.Key] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// counterKey names a counter with its period.
func counterKey(name, per string) string { return per + "/" + name }

// counts are the counters the program counts, as counterKey writes them.
func (p *Program) counts() map[string]bool {
	all := map[string]bool{}
	for _, n := range p.nodes {
		if t, ok := n.params["counter"].(*template); ok && n.kind.Name == counterKind {
			all[counterKey(t.fixed(), n.str("per"))] = true
		}
	}
	return all
}

// refOf is the key that a call of a function names; false: it names none, or one that is only known later.
func refOf(call *ast.CallNode) (Ref, bool) {
	callee, ok := call.Callee.(*ast.IdentifierNode)
	if !ok || len(call.Arguments) == 0 {
		return Ref{}, false
	}
	first, ok := call.Arguments[0].(*ast.StringNode)
	if !ok {
		return Ref{}, false
	}
	switch callee.Value {
	case "queue":
		return Ref{Thing: QueueThing, Key: first.Value}, true
	case "open":
		return Ref{Thing: HoursThing, Key: first.Value}, true
	case "counted":
		per := PerDay
		if len(call.Arguments) > 1 {
			second, ok := call.Arguments[1].(*ast.StringNode)
			if !ok {
				return Ref{}, false
			}
			per = second.Value
		}
		return Ref{Thing: CounterThing, Key: counterKey(first.Value, per)}, true
	}
	return Ref{}, false
}

// compared are the keys that a comparison wants the call's entry or project to have.
func compared(n *ast.BinaryNode) []Ref {
	thing, with := calls(n.Left), n.Right
	if thing == "" {
		thing, with = calls(n.Right), n.Left
	}
	if thing == "" {
		return nil
	}
	wanted := []ast.Node{with}
	switch n.Operator {
	case "==", "!=":
	case "in":
		list, ok := with.(*ast.ArrayNode)
		if !ok {
			return nil
		}
		wanted = list.Nodes
	default:
		return nil
	}
	var all []Ref
	for _, w := range wanted {
		if key, ok := w.(*ast.StringNode); ok && key.Value != "" {
			all = append(all, Ref{Thing: thing, Key: key.Value})
		}
	}
	return all
}

// calls is what a part of an expression is the key of: call.entry or call.project; empty: of nothing.
func calls(n ast.Node) Thing {
	if chain, ok := n.(*ast.ChainNode); ok {
		n = chain.Node
	}
	member, ok := n.(*ast.MemberNode)
	if !ok {
		return ""
	}
	of, _ := member.Node.(*ast.IdentifierNode)
	name, _ := member.Property.(*ast.StringNode)
	if of == nil || name == nil || of.Value != "call" {
		return ""
	}
	return map[string]Thing{"entry": EntryThing, "project": ProjectThing}[name.Value]
}

// Known are the keys there are, by what they are of; a thing that is not in it is not checked.
type Known map[Thing][]string

// Check finds what the program names and nothing is called. The error is Problems.
func (p *Program) Check(k Known) error {
	var found Problems
	p.checkRefs(k, &found)
	return found.err()
}

func (p *Program) checkRefs(k Known, found *Problems) {
	counts := p.counts()
	for _, r := range p.Refs() {
		there, looked := k[r.Thing]
		switch {
		case !looked || slices.Contains(there, r.Key) || counts[r.Key]:
		case r.Thing == CounterThing:
			per, name, _ := strings.Cut(r.Key, "/")
			found.add(r.Node, r.Field, "no flow counts %q per %s%s", name, per, counterMeant(name, per, slices.Concat(there, slices.Sorted(maps.Keys(counts)))))
		case r.Thing == SourceThing: // sources come and go with the server
			found.warn(r.Node, r.Field, "this server has no source %q: the flow goes on by failed%s", r.Key, suggest(r.Key, there))
		default:
			found.add(r.Node, r.Field, "there is no %s %q%s", nounOf(r.Thing), r.Key, suggest(r.Key, there))
		}
	}
}

// counterMeant is the nearest of the counters as a question.
func counterMeant(name, per string, there []string) Said {
	var names []string
	for _, key := range there {
		has, of, _ := strings.Cut(key, "/")
		if of == name {
			return saidf("; it is counted per %s", has)
		}
		if has == per {
			names = append(names, of)
		}
	}
	return suggest(name, names)
}

// nounOf is what such a thing is called.
func nounOf(t Thing) Said {
	switch t {
	case PromptThing:
		return saidf("prompt")
	case QueueThing:
		return saidf("queue")
	case HoursThing:
		return saidf("calendar of hours")
	case FlowThing:
		return saidf("flow")
	case EntryThing:
		return saidf("entry")
	case UserThing:
		return saidf("user")
	case PluginThing:
		return saidf("plug-in")
	case ProjectThing:
		return saidf("project")
	case SkillThing:
		return saidf("skill")
	case OfferThing:
		return saidf("thing the plug-in offers")
	}
	return Said{Text: string(t)}
}
