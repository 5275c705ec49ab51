package flow

import (
	"context"
	"slices"
)

// Ability is something a node needs of the channel it runs on.
type Ability string

// The abilities there are so far.
const (
	CanPlay Ability = "play" // the customer hears sound
	CanHear Ability = "keys" // the customer presses keys
)

// ParamType says what a parameter holds, for the checker, the JSON Schema and the editor.
type ParamType string

// The types of parameters.
const (
	PromptParam   ParamType = "prompt"   // key of a prompt
	QueueParam    ParamType = "queue"    // key of a queue
	HoursParam    ParamType = "hours"    // key of a calendar
	LanguageParam ParamType = "language" // one of Languages
	TextParam     ParamType = "text"     // spoken text: a string, or an object from language to string
	SecondsParam  ParamType = "seconds"  // number, fractions allowed
	IntegerParam  ParamType = "integer"
	BooleanParam  ParamType = "boolean"
)

// Param is a parameter of a kind of node.
type Param struct {
	Name     string    `json:"name"`
	Type     ParamType `json:"type"`
	Doc      string    `json:"doc"`
	Required bool      `json:"required,omitempty"`
	// Default is what an absent parameter means: float64, bool or string; nil: nothing.
	Default any `json:"default,omitempty"`
	// Min and Max bound numbers.
	Min float64 `json:"min,omitempty"`
	Max float64 `json:"max,omitempty"`
}

// Edge is a named way out of a node.
type Edge struct {
	Name     string `json:"name"`
	Doc      string `json:"doc"`
	Optional bool   `json:"optional,omitempty"`
}

// Kind is one entry of the table of nodes.
type Kind struct {
	Name   string  `json:"name"`
	Doc    string  `json:"doc"`
	Params []Param `json:"params,omitempty"`
	// Next says that the node has the plain way out, written "next".
	Next bool `json:"next,omitempty"`
	// Edges are the named ways out, written in "edges".
	Edges []Edge `json:"edges,omitempty"`
	// Keys says that every key (0-9 * #) may be an edge too, and at least one must be.
	Keys bool `json:"keys,omitempty"`
	// Waits says that the node always takes the customer's time; every loop must hold such a node.
	Waits bool      `json:"waits,omitempty"`
	Needs []Ability `json:"needs,omitempty"`

	// run does the node's work and names the edge to leave by: "next", an edge's name, or "" when
	// the flow is over.
	run func(ctx context.Context, r *run, n *node) (edge string, err error)
	// check finds what the table cannot say; nil: nothing.
	check func(n *node) Problems
}

// Kinds is the table of nodes, sorted by name.
func Kinds() []Kind {
	all := slices.Concat(talkKinds(), queueKinds(), logicKinds())
	slices.SortFunc(all, func(a, b Kind) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return all
}

// edge finds a named way out.
func (k *Kind) edge(name string) (Edge, bool) {
	for _, e := range k.Edges {
		if e.Name == name {
			return e, true
		}
	}
	return Edge{}, k.Keys && isKey(name)
}

func isKey(s string) bool {
	return len(s) == 1 && (s[0] >= '0' && s[0] <= '9' || s[0] == '*' || s[0] == '#')
}
