package flow

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"linekeeper/internal/customer"
)

// Limits of an expression; the budget counts what it allocates.
const (
	maxExpression = 1000 // bytes
	maxSyntax     = 300  // parts
	memoryBudget  = 100_000
)

// Call is what an expression sees as call: the interaction the program runs for.
type Call struct {
	Number   string    `expr:"number" doc:"the customer's number or address; empty: withheld"`
	Line     string    `expr:"line" doc:"the number or address the customer chose"`
	Entry    string    `expr:"entry" doc:"key of the entry"`
	Project  string    `expr:"project" doc:"key of the project"`
	Channel  string    `expr:"channel" doc:"voice, chat"`
	Language string    `expr:"language" doc:"en, ru, th"`
	Country  string    `expr:"country" doc:"of the customer's number, as TH; empty: not known"`
	Waited   float64   `expr:"waited" doc:"seconds in line"`
	Began    time.Time `expr:"began" doc:"when the customer came"`
}

// Customer is what an expression sees as customer.
type Customer struct {
	Known    bool              `json:"known" expr:"known" doc:"whether we know the customer"`
	Name     string            `json:"name" expr:"name" doc:"the customer's name; empty: not known"`
	Language string            `json:"language,omitempty" expr:"language" doc:"the customer's language: en, ru, th; empty: not known"`
	Segment  string            `json:"segment,omitempty" expr:"segment" doc:"key of the customer's segment; empty: none"`
	Numbers  []string          `json:"numbers,omitempty" expr:"numbers" doc:"the customer's numbers, a list"`
	Fields   map[string]string `json:"fields,omitempty" expr:"fields" doc:"what else is known, as customer.fields.contract; empty: not known"`

	id customer.ID // empty: nobody we know
}

// QueueState is what queue("key") gives.
type QueueState struct {
	Waiting   int     `expr:"waiting"`   // customers in line
	Longest   float64 `expr:"longest"`   // seconds the first one has waited
	Agents    int     `expr:"agents"`    // signed in for it
	Available int     `expr:"available"` // ready for the next customer
	Wait      float64 `expr:"wait"`      // seconds who comes now has to expect; 0: none, or not known
}

// function is a word of the expression language that asks something of the run.
type function struct {
	name, doc string
	// make gives the function for one evaluation. It is called with a nil run by the checker, which
	// looks at the type only.
	make func(ctx context.Context, r *run) any
}

// functions is the table of them; the language's own (len, trim, round, ...) come on top.
func functions() []function {
	return append(valueFunctions(), []function{
		{"now", "the time, in the project's zone", func(_ context.Context, r *run) any {
			return func() time.Time { return r.now() }
		}},
		{"queue", "the state of the queue with this key", func(ctx context.Context, r *run) any {
			return func(key string) (QueueState, error) { return r.queueState(ctx, key) }
		}},
		{"counted", `what a counter has today, or in the present hour or month, or ever: counted("vip", "hour")`, counted},
		{"open", "whether the calendar with this key is open now", func(ctx context.Context, r *run) any {
			return func(key string) (bool, error) { return r.open(ctx, key) }
		}},
	}...)
}

// Name is a word of the expression language, for an editor.
type Name struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

// Names are what expressions know beside a program's variables and the language's own functions.
func Names() (all []Name) {
	for _, part := range []struct {
		name string
		what any
	}{{"call", Call{}}, {"customer", Customer{}}} {
		t := reflect.TypeOf(part.what)
		for i := range t.NumField() {
			if tag := t.Field(i).Tag; t.Field(i).IsExported() {
				all = append(all, Name{part.name + "." + tag.Get("expr"), tag.Get("doc")})
			}
		}
	}
	for _, f := range functions() {
		all = append(all, Name{f.name, f.doc})
	}
	return all
}

// given are the names every expression knows, beside the program's variables.
var given = func() map[string]bool {
	names := map[string]bool{"call": true, "customer": true}
	for _, f := range functions() {
		names[f.name] = true
	}
	return names
}()

// language compiles the expressions of one program.
type language struct {
	variables map[string]Variable
	env       map[string]any
}

func newLanguage(variables map[string]Variable) *language {
	l := &language{variables: variables, env: map[string]any{
		"call": Call{}, "customer": Customer{}, anything: func(string) any { return nil },
	}}
	for _, f := range functions() {
		l.env[f.name] = f.make(nil, nil)
	}
	for name, v := range variables {
		if v.Type != DataVar {
			l.env[name] = v.Type.zero()
		}
	}
	return l
}

// anything is the function by which expressions read what has no type that is known beforehand: the
// checker takes a name without a value for nothing, but believes a function that gives any.
const anything = "any__"

// readAnything rewrites such names into calls of it.
type readAnything struct{ is func(name string) bool }

// Visit implements ast.Visitor.
func (v readAnything) Visit(n *ast.Node) {
	if name, ok := (*n).(*ast.IdentifierNode); ok && v.is(name.Value) {
		ast.Patch(n, &ast.CallNode{Callee: &ast.IdentifierNode{Value: anything}, Arguments: []ast.Node{&ast.StringNode{Value: name.Value}}})
	}
}

// expression is one that was checked.
type expression struct {
	text    string
	program *vm.Program
	yields  VarType
	names   []string // of variables and of what is given, sorted
	refs    []Ref    // keys it names, without node and field
	secret  bool     // it reads a secret variable
}

// extra are names beyond the program's: what a look-up answered.
type extra map[string]any

// compile checks an expression and what it yields; problem is for the person who wrote it.
func (l *language) compile(text string, want VarType, more extra) (e *expression, problem Said) {
	if len(text) > maxExpression {
		return nil, saidf("is longer than %d bytes", maxExpression)
	}
	if strings.TrimSpace(text) == "" {
		return nil, saidf("must be an expression")
	}
	env := l.env
	if len(more) > 0 {
		env = maps.Clone(env)
		maps.Copy(env, more)
		maps.DeleteFunc(env, func(name string, v any) bool { return v == nil })
	}
	untyped := readAnything{func(name string) bool {
		v, given := more[name]
		return l.variables[name].Type == DataVar || given && v == nil
	}}
	options := []expr.Option{expr.Env(env), expr.MaxNodes(maxSyntax), expr.DisableBuiltin("now"), expr.Patch(untyped), expr.AsAny()}
	tree, err := parser.Parse(text)
	if err != nil {
		return nil, saidf("cannot be worked out: %s", firstLine(err))
	}
	look := &looker{names: map[string]bool{}}
	look.walk(tree.Node, 0)
	if look.nested {
		return nil, saidf("a loop within a loop is not allowed: set a variable in between")
	}
	program, err := expr.Compile(text, options...)
	if err != nil {
		return nil, l.unfit(err, env)
	}
	e = &expression{text: text, program: program, yields: want, names: slices.Sorted(maps.Keys(look.names)), refs: look.refs}
	if got := program.Node().Type(); got != nil && !fits(got, want) {
		return nil, saidf("gives %s where %s is needed", kindOf(got), needed(want))
	}
	for _, name := range e.names {
		e.secret = e.secret || l.variables[name].Secret
	}
	return e, Said{}
}

// unfit says why an expression does not compile; of a name that is not there, which was meant.
func (l *language) unfit(err error, env map[string]any) Said {
	_, after, ok := strings.Cut(firstLine(err), "unknown name ")
	if !ok {
		return saidf("cannot be worked out: %s", firstLine(err))
	}
	name, place, _ := strings.Cut(after, " ")
	return saidf("unknown name %s %s%s", name, place, suggest(name, slices.Sorted(maps.Keys(env))))
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

var timeType = reflect.TypeFor[time.Time]()

// fits says whether a Go type may become the wished type; numbers and texts convert into each other
// when the program runs.
func fits(t reflect.Type, want VarType) bool {
	switch {
	case t.Kind() == reflect.Interface || want == DataVar:
		return true
	case t == timeType:
		return want == TimeVar || want == TextVar
	}
	switch t.Kind() {
	case reflect.String:
		return want != BooleanVar
	case reflect.Bool:
		return want == BooleanVar || want == TextVar
	case reflect.Int, reflect.Int64, reflect.Float64:
		return want == NumberVar || want == TextVar
	}
	return false
}

// needed is a type in words.
func needed(t VarType) Said {
	return map[VarType]Said{TextVar: saidf("text"), NumberVar: saidf("a number"), BooleanVar: saidf("true or false"), TimeVar: saidf("a time")}[t]
}

func kindOf(t reflect.Type) Said {
	switch {
	case t == timeType:
		return saidf("a time")
	case t.Kind() == reflect.String:
		return saidf("text")
	case t.Kind() == reflect.Bool:
		return saidf("true or false")
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		return saidf("a list")
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		return saidf("an object")
	case t.Kind() == reflect.Func:
		return saidf("a function")
	}
	return saidf("a number")
}

// looker finds the names an expression reads and loops within loops, which could take for ever.
type looker struct {
	names  map[string]bool
	refs   []Ref
	nested bool
}

func (l *looker) walk(n ast.Node, loops int) {
	switch n := n.(type) {
	case nil:
	case *ast.IdentifierNode:
		l.names[n.Value] = true
	case *ast.PredicateNode:
		l.nested = l.nested || loops > 0
		l.walk(n.Node, loops+1)
	case *ast.UnaryNode:
		l.walk(n.Node, loops)
	case *ast.BinaryNode:
		l.refs = append(l.refs, compared(n)...)
		l.walk(n.Left, loops)
		l.walk(n.Right, loops)
	case *ast.ChainNode:
		l.walk(n.Node, loops)
	case *ast.MemberNode:
		l.walk(n.Node, loops)
		l.walk(n.Property, loops)
	case *ast.SliceNode:
		l.walk(n.Node, loops)
		l.walk(n.From, loops)
		l.walk(n.To, loops)
	case *ast.CallNode:
		if r, ok := refOf(n); ok {
			l.refs = append(l.refs, r)
		}
		l.walk(n.Callee, loops)
		l.all(n.Arguments, loops)
	case *ast.BuiltinNode:
		if n.Name == "now" { // ours, which the parser takes for its own
			l.names[n.Name] = true
		}
		l.all(n.Arguments, loops)
	case *ast.VariableDeclaratorNode:
		l.walk(n.Value, loops)
		l.walk(n.Expr, loops)
	case *ast.SequenceNode:
		l.all(n.Nodes, loops)
	case *ast.ConditionalNode:
		l.walk(n.Cond, loops)
		l.walk(n.Exp1, loops)
		l.walk(n.Exp2, loops)
	case *ast.ArrayNode:
		l.all(n.Nodes, loops)
	case *ast.MapNode:
		l.all(n.Pairs, loops)
	case *ast.PairNode:
		l.walk(n.Key, loops)
		l.walk(n.Value, loops)
	}
}

func (l *looker) all(nodes []ast.Node, loops int) {
	for _, n := range nodes {
		l.walk(n, loops)
	}
}

// machines are the interpreters of expressions, one at work per evaluation.
var machines = sync.Pool{New: func() any { return &vm.VM{MemoryBudget: memoryBudget} }}

// eval is the expression's value, of the type it yields. The error is for the person who wrote it.
func (r *run) eval(ctx context.Context, e *expression, more extra) (value any, err error) {
	env := map[string]any{}
	maps.Copy(env, more)
	for _, name := range e.names {
		if err := r.provide(ctx, env, name); err != nil {
			return nil, fmt.Errorf("%s: %w", e.text, err)
		}
	}
	env[anything] = func(name string) any { return env[name] }
	m := machines.Get().(*vm.VM)
	defer machines.Put(m)
	if value, err = m.Run(e.program, env); err != nil {
		return nil, fmt.Errorf("%s: %s", e.text, firstLine(err))
	}
	if value, err = convert(value, e.yields); err != nil {
		return nil, fmt.Errorf("%s %w", e.text, err)
	}
	return value, nil
}

// provide puts what a name means now into the environment.
func (r *run) provide(ctx context.Context, env map[string]any, name string) error {
	if _, ok := env[name]; ok {
		return nil
	}
	if v, ok := r.program.variables[name]; ok {
		value, set := r.position.Vars[name]
		if !set || value == nil {
			value = v.Type.zero()
		}
		env[name] = value
		return nil
	}
	switch name {
	case "call":
		c, err := r.call(ctx)
		if err != nil {
			return err
		}
		env[name] = c
	case "customer":
		c, err := r.customer(ctx)
		if err != nil {
			return err
		}
		env[name] = c
	}
	for _, f := range functions() {
		if f.name == name {
			env[name] = f.make(ctx, r)
		}
	}
	return nil
}
