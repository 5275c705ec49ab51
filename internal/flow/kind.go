package flow

import (
	"context"
	"slices"

	"linekeeper/internal/interaction"
)

// Ability is something a node needs of the channel it runs on.
type Ability string

// The abilities.
const (
	CanSay  Ability = "say"  // the customer hears or reads words
	CanAsk  Ability = "ask"  // the customer answers: by keys, or by typing
	CanPlay Ability = "play" // the customer hears sound
	CanKeys Ability = "keys" // the customer presses keys
	// CanDetect says that fax machines and answering machines are told by their tones.
	CanDetect Ability = "detect"
	// CanServe says that there is a customer at all.
	CanServe Ability = "customer"
)

// abilities are those of each medium a program may be written for.
func abilities() map[interaction.Medium][]Ability {
	return map[interaction.Medium][]Ability{
		interaction.Voice: {CanSay, CanAsk, CanPlay, CanKeys, CanDetect, CanServe},
		interaction.Chat:  {CanSay, CanAsk, CanServe},
		// Nobody is there: what a trigger starts.
		interaction.NoChannel: {},
	}
}

// ParamType says what a parameter holds, for the checker, the JSON Schema and the editor.
type ParamType string

// The types of parameters.
const (
	PromptParam   ParamType = "prompt"   // key of a prompt
	QueueParam    ParamType = "queue"    // key of a queue
	HoursParam    ParamType = "hours"    // key of a calendar
	LanguageParam ParamType = "language" // one of Languages
	FlowParam     ParamType = "flow"     // key of a flow
	TextParam     ParamType = "text"     // spoken text: a string, or an object from language to string; {{expression}} inside
	SecondsParam  ParamType = "seconds"  // number, fractions allowed
	IntegerParam  ParamType = "integer"
	BooleanParam  ParamType = "boolean"
	ChoiceParam   ParamType = "choice" // one of Param.Options
	// ExpressionParam is an expression that yields Param.Yields.
	ExpressionParam ParamType = "expression"
	// TemplateParam is text that is sent or stored, in one language; {{expression}} inside.
	TemplateParam ParamType = "template"
	// TemplatesParam is an object from a name to a TemplateParam.
	TemplatesParam ParamType = "templates"
	// VariableParam names the variable that is set to what the node got.
	VariableParam ParamType = "variable"
	// AssignParam is an object from a variable to the expression it is set to.
	AssignParam ParamType = "assign"
	// CasesParam is a list of {way, when}: the first whose expression is true names the way out.
	CasesParam ParamType = "cases"
	// SharesParam is a list of {way, percent}: ways out by chance.
	SharesParam ParamType = "shares"
	// PluginParam is the key of a plug-in, OfferParam that of one of the things it offers.
	PluginParam ParamType = "plugin"
	OfferParam  ParamType = "offer"
	// LabelsParam is an object from a key of a menu to its TextParam: what its button says.
	LabelsParam ParamType = "labels"
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
	// Options are the values of a choice.
	Options []string `json:"options,omitempty"`
	// Yields is the type of an expression's value, or of what is put into a variable; empty: any.
	Yields VarType `json:"yields,omitempty"`
	// On are the ways out by which a variable is set; empty: all; !failed: all but failed.
	On []string `json:"on,omitempty"`
	// Hidden says that the variable must be a secret one.
	Hidden bool `json:"hidden,omitempty"`
	// Secrets says that expressions in the text may read secret variables: it is not shown to anybody.
	Secrets bool `json:"secrets,omitempty"`
	// Names says of what a template without expressions is the key; empty: of nothing.
	Names Thing `json:"-"`
	// Spoken says that customers say the text, and not we.
	Spoken bool `json:"-"`
	// Letter says that the text is sent and read, and spoken by nobody.
	Letter bool `json:"-"`
	// With are names the expressions know beside the program's, with a value of their type.
	With map[string]any `json:"-"`
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
	// Ways says that the cases or shares of a parameter name ways out too.
	Ways bool `json:"ways,omitempty"`
	// Free says that further ways out have names of the author's choice: somebody outside goes by them.
	Free bool `json:"free,omitempty"`
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
	all := slices.Concat(talkKinds(), queueKinds(), callbackKinds(), messageKinds(), taskKinds(), logicKinds(), dataKinds(), collectKinds(), httpKinds(), trustKinds(), customerKinds(), counterKinds(),
		agentKinds(), sqlKinds(), transferKinds(), pluginKinds(), askKinds(), surveyKinds(), sendKinds(), codeKinds())
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
