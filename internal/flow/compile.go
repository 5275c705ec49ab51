package flow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"linekeeper/internal/interaction"
)

// Limits of a program: more is a mistake or an attack.
const (
	maxSource = 1 << 20 // bytes
	maxNodes  = 1000
	maxName   = 64   // bytes of a node's id and of a key
	maxText   = 2000 // bytes of spoken text
)

// source is a program as written, its nodes not looked at yet.
type source struct {
	start     string
	channels  []interaction.Medium
	variables map[string]Variable
	ids       []string // in the order written
	nodes     map[string]map[string]json.RawMessage
}

// Compile parses and checks a program. The error is Problems, with everything that is wrong.
func Compile(text []byte) (*Program, error) {
	var found Problems
	src := parse(text, &found)
	if src == nil {
		return nil, found.err()
	}
	p := &Program{start: src.start, nodes: map[string]*node{}, channels: src.channels, variables: src.variables}
	lang := newLanguage(src.variables)
	kinds := map[string]*Kind{}
	for _, k := range Kinds() {
		kinds[k.Name] = &k
	}
	whole := true // every node is of a known kind, so that ways through the graph can be judged
	for _, id := range src.ids {
		n := lang.node(id, src.nodes[id], kinds, &found)
		whole = whole && n != nil
		if n != nil {
			p.nodes[id] = n
		}
	}
	checkTargets(p, src, &found)
	if whole && p.nodes[p.start] != nil {
		checkReach(p, &found)
		checkLoops(p, &found)
		if len(found) == 0 { // a mistake in a node would be told twice
			checkSet(p, &found)
		}
	}
	checkAbilities(p, &found)
	if err := found.err(); err != nil {
		return nil, err
	}
	return p, nil
}

// parse reads the outer shape; nil when there is none.
func parse(text []byte, found *Problems) *source {
	if len(text) > maxSource {
		found.add("", "", "the program is longer than %d bytes", maxSource)
		return nil
	}
	top, _, err := object(text)
	if err != nil {
		found.add("", "", "this is not a program: %v", err)
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(top)) {
		fields := []string{"schema", "start", "nodes", "channels", "variables", "tests", "layout", "comment", "$schema"}
		if !slices.Contains(fields, name) {
			found.add("", name, "there is no such field%s", suggest(name, fields))
		}
	}
	src := &source{nodes: map[string]map[string]json.RawMessage{}}
	var schema int
	switch {
	case top["schema"] == nil:
		found.add("", "schema", "must be there; the present format is %d", SchemaVersion)
	case json.Unmarshal(top["schema"], &schema) != nil || schema != SchemaVersion:
		found.add("", "schema", "only format %d can be read", SchemaVersion)
	}
	if top["start"] == nil {
		found.add("", "start", "must name the first node")
	} else if json.Unmarshal(top["start"], &src.start) != nil || src.start == "" {
		found.add("", "start", "must be the name of a node")
	}
	src.channels = parseChannels(top["channels"], found)
	src.variables = parseVariables(top["variables"], found)
	if _, err := Scripts(text); err != nil {
		var problems Problems
		if errors.As(err, &problems) {
			*found = append(*found, problems...)
		} else {
			found.add("", "tests", "must be a list of tests: %v", err)
		}
	}
	if top["nodes"] == nil {
		found.add("", "nodes", "must be there")
		return nil
	}
	nodes, ids, err := object(top["nodes"])
	if err != nil {
		found.add("", "nodes", "must be an object from name to node: %v", err)
		return nil
	}
	if len(ids) == 0 || len(ids) > maxNodes {
		found.add("", "nodes", "must hold between 1 and %d nodes, not %d", maxNodes, len(ids))
		return nil
	}
	for _, id := range ids {
		fields, _, err := object(nodes[id])
		switch {
		case !isName(id):
			found.add(id, "", "a node's name is 1 to %d letters, digits, _ and -", maxName)
		case err != nil:
			found.add(id, "", "must be an object: %v", err)
		}
		src.ids = append(src.ids, id)
		src.nodes[id] = fields
	}
	return src
}

// object reads a JSON object and refuses a name that is written twice, of which encoding/json would
// silently keep the last.
func object(text []byte) (fields map[string]json.RawMessage, names []string, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		if err == nil {
			err = fmt.Errorf("it does not begin with {")
		}
		return nil, nil, err
	}
	fields = map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		name, _ := t.(string)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, nil, err
		}
		if _, twice := fields[name]; twice {
			return nil, nil, fmt.Errorf("%q is written twice", name)
		}
		fields[name] = value
		names = append(names, name)
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, nil, fmt.Errorf("something follows its end")
	}
	return fields, names, nil
}

func (l *language) node(id string, fields map[string]json.RawMessage, kinds map[string]*Kind, found *Problems) *node {
	if fields == nil {
		return nil // told already
	}
	var name string
	if fields["kind"] == nil || json.Unmarshal(fields["kind"], &name) != nil {
		found.add(id, "kind", "must say what the node does: %s", strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
		return nil
	}
	kind := kinds[name]
	if kind == nil {
		found.add(id, "kind", "there is no kind %q%s", name, suggest(name, slices.Sorted(maps.Keys(kinds))))
		return nil
	}
	n := &node{id: id, kind: kind, params: map[string]any{}, edges: map[string]string{}, sets: map[string][]string{}}
	before := len(*found)
	for _, p := range kind.Params {
		raw, given := fields[p.Name]
		switch {
		case given:
			refs := len(n.refs)
			value, problem := l.param(n, p, raw)
			for i := range n.refs[refs:] {
				n.refs[refs+i].Node, n.refs[refs+i].Field = id, p.Name
			}
			if !problem.Empty() {
				found.tell(id, p.Name, problem)
			}
			n.params[p.Name] = value
		case p.Required:
			found.add(id, p.Name, "must be set: %s", docOf(paramDocCode, kind.Name, p.Name, p.Doc))
		case p.Default != nil:
			n.params[p.Name] = p.Default
		}
	}
	slices.Sort(n.names)
	n.names = slices.Compact(n.names)
	if kind.check != nil && len(*found) == before {
		*found = append(*found, kind.check(n)...)
	}
	compileEdges(n, fields, found)
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		known := []string{"kind", "comment", "next", "edges"}
		for _, p := range kind.Params {
			known = append(known, p.Name)
		}
		if !slices.Contains(known, field) {
			found.add(id, field, "%s has no such parameter%s", kind.Name, suggest(field, known))
		}
	}
	return n
}

func compileEdges(n *node, fields map[string]json.RawMessage, found *Problems) {
	var next string
	raw, given := fields["next"]
	switch {
	case given && !n.kind.Next:
		found.add(n.id, "next", "%s does not go on by itself; %s", n.kind.Name, waysOut(n.kind))
	case given && (json.Unmarshal(raw, &next) != nil || next == ""):
		found.add(n.id, "next", "must be the name of a node")
	case given:
		n.edges["next"] = next
	case n.kind.Next:
		found.add(n.id, "next", "must name the node that follows")
	}
	edges := map[string]json.RawMessage{}
	if raw, given := fields["edges"]; given {
		var err error
		if edges, _, err = object(raw); err != nil {
			found.add(n.id, "edges", "must be an object from a way out to a node: %v", err)
			return
		}
	}
	keys := 0
	for _, name := range slices.Sorted(maps.Keys(edges)) {
		var to string
		_, known := n.kind.edge(name)
		known = known || slices.Contains(n.ways(), name) || n.kind.Free && wayName(name).Empty()
		switch {
		case !known:
			found.add(n.id, "edges."+name, "%s has no such way out; %s", n.kind.Name, waysOut(n.kind))
		case json.Unmarshal(edges[name], &to) != nil || to == "":
			found.add(n.id, "edges."+name, "must be the name of a node")
		default:
			n.edges[name] = to
		}
		if isKey(name) {
			keys++
		}
	}
	for _, e := range n.kind.Edges {
		if _, given := edges[e.Name]; !given && !e.Optional {
			found.add(n.id, "edges."+e.Name, "must name a node: %s", docOf(edgeDocCode, n.kind.Name, e.Name, e.Doc))
		}
	}
	for _, way := range n.ways() {
		if _, given := edges[way]; !given {
			found.add(n.id, "edges."+way, "must name a node: a case of it goes there")
		}
	}
	if n.kind.Keys && keys == 0 {
		found.add(n.id, "edges", "must lead somewhere for at least one key: 0-9, * or #")
	}
}

func waysOut(k *Kind) Said {
	var ways []string
	if k.Next {
		ways = append(ways, `"next"`)
	}
	for _, e := range k.Edges {
		ways = append(ways, `"`+e.Name+`"`)
	}
	switch all := strings.Join(ways, ", "); {
	case k.Keys:
		return saidf("its ways out are the keys 0-9 * #, %s", all)
	case k.Free:
		return saidf("its ways out are %s, and those of the plug-in", all)
	case all == "":
		return saidf("the flow ends with it")
	default:
		return saidf("its ways out are %s", all)
	}
}

func isName(s string) bool {
	if s == "" || len(s) > maxName {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-')
	}) < 0
}

// suggest is the nearest of the known names as a question, or nothing when none is near.
func suggest(name string, known []string) Said {
	best, at := "", max(2, len(name)/3)+1
	for _, k := range known {
		if d := distance(name, k); d < at {
			best, at = k, d
		}
	}
	if best == "" {
		return Said{}
	}
	return saidf("; did you mean %q?", best)
}

// distance is the number of letters to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	if len(a) > maxName || len(b) > maxName {
		return maxName
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
