package flow

import (
	"strings"
)

// SchemaVersion is the version of the program format this package writes.
const SchemaVersion = 1

// Problem is one thing that is wrong with a program.
type Problem struct {
	Node  string `json:"node,omitempty"`  // empty: the program itself
	Field string `json:"field,omitempty"` // parameter, or "next", or "edges.1"; empty: the node
	Text  string `json:"text"`
}

// String is for people: menu1.edges.3: there is no node "sals"; did you mean "sales"?
func (p Problem) String() string {
	where := p.Node
	if p.Field != "" {
		if where != "" {
			where += "."
		}
		where += p.Field
	}
	if where == "" {
		return p.Text
	}
	return where + ": " + p.Text
}

// Problems are all that is wrong, in the order of node ids.
type Problems []Problem

// Error joins them, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// Program is a compiled flow. It never changes and is shared by all its runs.
type Program struct{}

// Compile parses and checks a program. The error is Problems, with everything that is wrong.
func Compile(source []byte) (*Program, error) { panic("not yet") }

// Known tells what a program may name; a nil function: not checked.
type Known struct {
	Prompt func(key string) bool
	Queue  func(key string) bool
	Hours  func(key string) bool
}

// Check looks up what the program names. The error is Problems.
func (p *Program) Check(k Known) error { panic("not yet") }

// JSONSchema is the JSON Schema (2020-12) of the program format, made from the table of nodes.
func JSONSchema() []byte { panic("not yet") }
