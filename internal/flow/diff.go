package flow

import (
	"encoding/json"
	"maps"
	"slices"

	"linekeeper/internal/kit/fault"
)

// Difference is one thing in which two programs differ.
type Difference struct {
	Node  string          `json:"node,omitempty"`  // empty: the program itself
	Field string          `json:"field,omitempty"` // parameter, next, or edges.1; empty: the whole node
	Was   json.RawMessage `json:"was,omitempty"`   // absent: it is new
	Is    json.RawMessage `json:"is,omitempty"`    // absent: it is gone
}

// Diff are the differences between two programs, those of the program first, then by node and field.
// The layout is not looked at. The error says that one of them is no JSON object.
func Diff(was, is json.RawMessage) ([]Difference, error) {
	old, _, err := object(was)
	if err != nil {
		return nil, fault.Invalid.Wrap(err, "The earlier program cannot be read.")
	}
	now, _, err := object(is)
	if err != nil {
		return nil, fault.Invalid.Wrap(err, "The later program cannot be read.")
	}
	all := fields(old, now, "layout", "nodes", "$schema")
	oldNodes, _, _ := object(old["nodes"])
	nowNodes, _, _ := object(now["nodes"])
	for _, id := range both(oldNodes, nowNodes) {
		a, b := oldNodes[id], nowNodes[id]
		if a == nil || b == nil {
			all = append(all, Difference{Node: id, Was: a, Is: b})
			continue
		}
		before, _, _ := object(a)
		after, _, _ := object(b)
		beforeEdges, _, _ := object(before["edges"])
		afterEdges, _, _ := object(after["edges"])
		for _, d := range fields(before, after, "edges") {
			d.Node = id
			all = append(all, d)
		}
		for _, d := range fields(beforeEdges, afterEdges) {
			d.Node, d.Field = id, "edges."+d.Field
			all = append(all, d)
		}
	}
	return all, nil
}

// fields are the differences between two objects, but for the fields that are left out.
func fields(was, is map[string]json.RawMessage, without ...string) (all []Difference) {
	for _, name := range both(was, is) {
		if slices.Contains(without, name) || sameProgram(was[name], is[name]) {
			continue
		}
		all = append(all, Difference{Field: name, Was: was[name], Is: is[name]})
	}
	return all
}

// both are the names in either, sorted.
func both(a, b map[string]json.RawMessage) []string {
	names := maps.Clone(a)
	if names == nil {
		names = map[string]json.RawMessage{}
	}
	maps.Copy(names, b)
	return slices.Sorted(maps.Keys(names))
}
