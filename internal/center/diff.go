package center

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"linekeeper/internal/audit"
)

// Diff is what a file changes, or would change.
type Diff struct {
	Changes []Change `json:"changes"` // kind by kind, in the order of the file
}

// Change is one thing made, changed or removed.
type Change struct {
	Action audit.Action  `json:"action"` // create, change or delete
	Kind   string        `json:"kind"`   // queue, user, entry …
	Key    string        `json:"key"`
	Fields []FieldChange `json:"fields"`
}

// FieldChange is a field before and after, as in the file. Secrets are not shown.
type FieldChange struct {
	Path   string `json:"path"`
	Before string `json:"before"` // empty: was not there
	After  string `json:"after"`  // empty: is not there any more
}

// Empty reports whether the center is already as the file says.
func (d Diff) Empty() bool { return len(d.Changes) == 0 }

// Kinds lists the kinds of things changed, each once, for whoever keeps them in memory.
func (d Diff) Kinds() []string {
	var kinds []string
	for _, c := range d.Changes {
		if !slices.Contains(kinds, c.Kind) {
			kinds = append(kinds, c.Kind)
		}
	}
	return kinds
}

// String prints the diff for people: + for new, ~ for changed, - for removed.
func (d Diff) String() string {
	if d.Empty() {
		return "Nothing to change.\n"
	}
	var b strings.Builder
	for _, c := range d.Changes {
		sign := map[audit.Action]string{audit.Create: "+", audit.Change: "~", audit.Delete: "-"}[c.Action]
		fmt.Fprintf(&b, "%s %s %s\n", sign, c.Kind, c.Key)
		if c.Action == audit.Delete {
			continue
		}
		for _, f := range c.Fields {
			switch {
			case c.Action == audit.Create:
				fmt.Fprintf(&b, "    %s: %s\n", f.Path, short(f.After))
			case f.Before == "":
				fmt.Fprintf(&b, "    %s: + %s\n", f.Path, short(f.After))
			case f.After == "":
				fmt.Fprintf(&b, "    %s: - %s\n", f.Path, short(f.Before))
			default:
				fmt.Fprintf(&b, "    %s: %s → %s\n", f.Path, short(f.Before), short(f.After))
			}
		}
	}
	return b.String()
}

// short keeps a line readable.
func short(s string) string {
	s = strings.ReplaceAll(s, "\n", `\n`)
	if r := []rune(s); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return s
}

// hidden are the fields whose values are never shown.
func hidden(path string) bool {
	return path == "password_hash" || path == "token_hash" || path == "phone_secret_hash"
}

// compare lists the fields in which two items differ.
func compare(before, after *flat) []FieldChange {
	var out []FieldChange
	add := func(path string) {
		a, b := before.get(path), after.get(path)
		if a == b {
			return
		}
		if hidden(path) {
			if a != "" {
				a = "(hidden)"
			}
			if b != "" {
				b = "(hidden, new)"
			}
		}
		out = append(out, FieldChange{Path: path, Before: a, After: b})
	}
	for _, path := range after.order {
		add(path)
	}
	if before != nil {
		for _, path := range before.order {
			if after == nil || !after.has(path) {
				add(path)
			}
		}
	}
	return out
}

// flat is an item as a list of paths and values.
type flat struct {
	order  []string
	values map[string]string
}

func (f *flat) get(path string) string {
	if f == nil {
		return ""
	}
	return f.values[path]
}

func (f *flat) has(path string) bool {
	_, ok := f.values[path]
	return ok
}

// flatten takes an item apart the way the file shows it.
func flatten(item any) (*flat, error) {
	var n yaml.Node
	if err := n.Encode(item); err != nil {
		return nil, err
	}
	f := &flat{values: make(map[string]string)}
	f.walk(&n, "")
	return f, nil
}

func (f *flat) walk(n *yaml.Node, path string) {
	switch {
	case n.Kind == yaml.MappingNode && len(n.Content) > 0:
		for i := 0; i+1 < len(n.Content); i += 2 {
			inner := n.Content[i].Value
			if path != "" {
				inner = path + "." + inner
			}
			f.walk(n.Content[i+1], inner)
		}
		return
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0:
		for i, c := range n.Content {
			f.walk(c, at(path, i))
		}
		return
	}
	f.order = append(f.order, path)
	f.values[path] = shown(n)
}

// shown is a scalar's one form: numbers that are equal look alike, and a text that looks like
// something else is in quotes. Nothing at all is empty.
func shown(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode {
		return ""
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		if v, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
	case "!!str":
		bare := yaml.Node{Kind: yaml.ScalarNode, Value: n.Value}
		if n.Value != "" && bare.ShortTag() != "!!str" {
			return strconv.Quote(n.Value)
		}
	case "!!null":
		return ""
	}
	return n.Value
}
