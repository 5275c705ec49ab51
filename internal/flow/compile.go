package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
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
	start string
	ids   []string // in the order written
	nodes map[string]map[string]json.RawMessage
}

// Compile parses and checks a program. The error is Problems, with everything that is wrong.
func Compile(text []byte) (*Program, error) {
	var found Problems
	src := parse(text, &found)
	if src == nil {
		return nil, found.err()
	}
	p := &Program{start: src.start, nodes: map[string]*node{}}
	kinds := map[string]*Kind{}
	for _, k := range Kinds() {
		kinds[k.Name] = &k
	}
	whole := true // every node is of a known kind, so that ways through the graph can be judged
	for _, id := range src.ids {
		n := compileNode(id, src.nodes[id], kinds, &found)
		whole = whole && n != nil
		if n != nil {
			p.nodes[id] = n
		}
	}
	checkTargets(p, src, &found)
	if whole && p.nodes[p.start] != nil {
		checkReach(p, &found)
		checkLoops(p, &found)
	}
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
		fields := []string{"schema", "start", "nodes", "layout", "comment", "$schema"}
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

func compileNode(id string, fields map[string]json.RawMessage, kinds map[string]*Kind, found *Problems) *node {
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
	n := &node{id: id, kind: kind, params: map[string]any{}, edges: map[string]string{}}
	before := len(*found)
	for _, p := range kind.Params {
		raw, given := fields[p.Name]
		switch {
		case given:
			value, problem := paramValue(p, raw)
			if problem != "" {
				found.add(id, p.Name, "%s", problem)
			}
			n.params[p.Name] = value
		case p.Required:
			found.add(id, p.Name, "must be set: %s", p.Doc)
		case p.Default != nil:
			n.params[p.Name] = p.Default
		}
	}
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
			found.add(n.id, "edges."+e.Name, "must name a node: %s", e.Doc)
		}
	}
	if n.kind.Keys && keys == 0 {
		found.add(n.id, "edges", "must lead somewhere for at least one key: 0-9, * or #")
	}
}

func waysOut(k *Kind) string {
	var ways []string
	if k.Next {
		ways = append(ways, `"next"`)
	}
	if k.Keys {
		ways = append(ways, "the keys 0-9 * #")
	}
	for _, e := range k.Edges {
		ways = append(ways, `"`+e.Name+`"`)
	}
	if len(ways) == 0 {
		return "the flow ends with it"
	}
	return "its ways out are " + strings.Join(ways, ", ")
}

// paramValue reads a parameter; problem is empty when it is right.
func paramValue(p Param, raw json.RawMessage) (value any, problem string) {
	var s string
	var f float64
	var b bool
	switch p.Type {
	case PromptParam, QueueParam, HoursParam:
		if json.Unmarshal(raw, &s) != nil || s == "" || len(s) > maxName {
			return "", fmt.Sprintf("must be the key of a %s", nounOf(p.Type))
		}
		return s, ""
	case LanguageParam:
		if json.Unmarshal(raw, &s) != nil || !slices.Contains(Languages(), s) {
			return "", "must be one of " + strings.Join(Languages(), ", ")
		}
		return s, ""
	case BooleanParam:
		if json.Unmarshal(raw, &b) != nil || string(raw) == "null" {
			return false, "must be true or false"
		}
		return b, ""
	case SecondsParam, IntegerParam:
		if json.Unmarshal(raw, &f) != nil || string(raw) == "null" || f < p.Min || f > p.Max {
			return 0.0, fmt.Sprintf("must be a number between %g and %g", p.Min, p.Max)
		}
		if p.Type == IntegerParam && f != float64(int64(f)) {
			return 0.0, "must be a whole number"
		}
		return f, ""
	case TextParam:
		return textValue(raw)
	}
	return nil, fmt.Sprintf("has the unknown type %q", p.Type)
}

func textValue(raw json.RawMessage) (value any, problem string) {
	var s string
	if json.Unmarshal(raw, &s) == nil && string(raw) != "null" {
		if strings.TrimSpace(s) == "" || len(s) > maxText {
			return "", fmt.Sprintf("must be 1 to %d bytes of text", maxText)
		}
		return s, ""
	}
	texts, _, err := object(raw)
	if err != nil || len(texts) == 0 {
		return "", "must be a text, or an object from language to text"
	}
	all := map[string]string{}
	for _, l := range slices.Sorted(maps.Keys(texts)) {
		if json.Unmarshal(texts[l], &s) != nil || strings.TrimSpace(s) == "" || len(s) > maxText || l == "" || len(l) > 16 {
			return "", fmt.Sprintf("in language %q: must be 1 to %d bytes of text", l, maxText)
		}
		all[l] = s
	}
	return all, ""
}

// checkTargets finds edges to nowhere.
func checkTargets(p *Program, src *source, found *Problems) {
	if _, ok := src.nodes[p.start]; p.start != "" && !ok {
		found.add("", "start", "there is no node %q%s", p.start, suggest(p.start, src.ids))
	}
	for _, id := range src.ids {
		n := p.nodes[id]
		if n == nil {
			continue
		}
		for _, edge := range slices.Sorted(maps.Keys(n.edges)) {
			if _, ok := src.nodes[n.edges[edge]]; !ok {
				field := "edges." + edge
				if edge == "next" {
					field = edge
				}
				found.add(id, field, "there is no node %q%s", n.edges[edge], suggest(n.edges[edge], src.ids))
			}
		}
	}
}

// checkReach finds nodes no way leads to.
func checkReach(p *Program, found *Problems) {
	reached := map[string]bool{}
	todo := []string{p.start}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n := p.nodes[id]; n != nil && !reached[id] {
			reached[id] = true
			todo = slices.AppendSeq(todo, maps.Values(n.edges))
		}
	}
	for id := range p.nodes {
		if !reached[id] {
			found.add(id, "", "no way leads here from the start")
		}
	}
}

// checkLoops finds loops in which nothing takes time: a run would turn in them without end. It is a
// depth-first walk over the nodes that do not wait; each loop is told once, at its first node.
func checkLoops(p *Program, found *Problems) {
	const (
		open = 1
		done = 2
	)
	state := map[string]int{}
	var path []string
	var walk func(id string)
	walk = func(id string) {
		n := p.nodes[id]
		if n == nil || n.kind.Waits || state[id] == done {
			return
		}
		if state[id] == open {
			loop := slices.Clone(path[slices.Index(path, id):])
			found.add(slices.Min(loop), "", "this loop never waits: %s", strings.Join(append(loop, id), " → "))
			return
		}
		state[id] = open
		path = append(path, id)
		for _, edge := range slices.Sorted(maps.Keys(n.edges)) {
			walk(n.edges[edge])
		}
		path = path[:len(path)-1]
		state[id] = done
	}
	for _, id := range slices.Sorted(maps.Keys(p.nodes)) {
		walk(id)
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
func suggest(name string, known []string) string {
	best, at := "", max(2, len(name)/3)+1
	for _, k := range known {
		if d := distance(name, k); d < at {
			best, at = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
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
