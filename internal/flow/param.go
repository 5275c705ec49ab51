package flow

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// oneCase is a way out and when it is taken.
type oneCase struct {
	way  string
	when *expression
}

// share is a way out and how often it is taken.
type share struct {
	way     string
	percent float64
}

// Limits of lists in parameters.
const maxItems = 100

// ways are the ways out that cases and shares name.
func (n *node) ways() (all []string) {
	if !n.kind.Ways {
		return nil
	}
	for _, value := range n.params {
		switch list := value.(type) {
		case []oneCase:
			for _, c := range list {
				all = append(all, c.way)
			}
		case []share:
			for _, s := range list {
				all = append(all, s.way)
			}
		}
	}
	return all
}

// reads notes what an expression of the node reads.
func (n *node) reads(all ...*expression) {
	for _, e := range all {
		n.names, n.refs = append(n.names, e.names...), append(n.refs, e.refs...)
	}
}

// param reads a parameter of a node; problem is empty when it is right. It gives: a string for names
// and choices, float64, bool, *expression, *template, map[string]*template (by language or by name),
// map[string]*expression (by variable), []oneCase, []share, or labels.
func (l *language) param(n *node, p Param, raw json.RawMessage) (value any, problem Said) {
	var s string
	var f float64
	var b bool
	switch p.Type {
	case PromptParam, QueueParam, HoursParam, FlowParam, PluginParam, OfferParam:
		if json.Unmarshal(raw, &s) != nil || s == "" || len(s) > maxName {
			thing := things[p.Type]
			if p.Type == OfferParam { // which is looked for at its plug-in, not by its key alone
				thing = OfferThing
			}
			return "", saidf("must be the key of a %s", nounOf(thing))
		}
		return s, Said{}
	case LanguageParam:
		if json.Unmarshal(raw, &s) != nil || !slices.Contains(Languages(), s) {
			return "", saidf("must be one of %s", strings.Join(Languages(), ", "))
		}
		return s, Said{}
	case ChoiceParam:
		if json.Unmarshal(raw, &s) != nil || !slices.Contains(p.Options, s) {
			return "", saidf("must be one of %s", strings.Join(p.Options, ", "))
		}
		return s, Said{}
	case BooleanParam:
		if json.Unmarshal(raw, &b) != nil || string(raw) == "null" {
			return false, saidf("must be true or false")
		}
		return b, Said{}
	case SecondsParam, IntegerParam:
		if json.Unmarshal(raw, &f) != nil || string(raw) == "null" || f < p.Min || f > p.Max {
			return 0.0, saidf("must be a number between %g and %g", p.Min, p.Max)
		}
		if p.Type == IntegerParam && f != float64(int64(f)) {
			return 0.0, saidf("must be a whole number")
		}
		return f, Said{}
	case TextParam:
		return l.text(n, raw, p.With)
	case ExpressionParam:
		return l.expression(n, p, raw)
	case TemplateParam:
		return l.oneTemplate(n, p, raw)
	case TemplatesParam, LabelsParam:
		return l.templates(n, p, raw)
	case VariableParam:
		return l.variable(n, p, raw)
	case AssignParam:
		return l.assign(n, p, raw)
	case CasesParam:
		return l.cases(n, raw)
	case SharesParam:
		return shares(raw)
	}
	return nil, saidf("has the unknown type %q", p.Type)
}

func plainText(raw json.RawMessage) (string, bool) {
	var s string
	ok := json.Unmarshal(raw, &s) == nil && string(raw) != "null" && strings.TrimSpace(s) != "" && len(s) <= maxText
	return s, ok
}

// text reads a text, or texts by language.
func (l *language) text(n *node, raw json.RawMessage, more extra) (value any, problem Said) {
	bad := saidf("must be 1 to %d bytes of text", maxText)
	one := func(raw json.RawMessage) (*template, Said) {
		s, ok := plainText(raw)
		if !ok {
			return nil, bad
		}
		t, problem := l.template(s, false, more)
		if problem.Empty() {
			n.reads(t.expressions()...)
		}
		return t, problem
	}
	if len(raw) > 0 && raw[0] == '"' {
		return one(raw)
	}
	texts, _, err := object(raw)
	if err != nil || len(texts) == 0 {
		return nil, saidf("must be a text, or an object from language to text")
	}
	all := map[string]*template{}
	for _, in := range slices.Sorted(maps.Keys(texts)) {
		t, problem := one(texts[in])
		if in == "" || len(in) > 16 {
			problem = bad
		}
		if !problem.Empty() {
			return nil, saidf("in language %q: %s", in, problem)
		}
		all[in] = t
	}
	return all, Said{}
}

func (l *language) expression(n *node, p Param, raw json.RawMessage) (any, Said) {
	var s string
	if json.Unmarshal(raw, &s) != nil || string(raw) == "null" {
		return nil, saidf("must be an expression, written as text")
	}
	yields := p.Yields
	if yields == "" {
		yields = DataVar
	}
	e, problem := l.compile(s, yields, p.With)
	if !problem.Empty() {
		return nil, problem
	}
	if e.secret && !p.Secrets {
		return nil, saidf("reads a secret variable, which cannot be used here")
	}
	n.reads(e)
	return e, Said{}
}

func (l *language) oneTemplate(n *node, p Param, raw json.RawMessage) (any, Said) {
	s, ok := plainText(raw)
	if !ok {
		return nil, saidf("must be 1 to %d bytes of text", maxText)
	}
	t, problem := l.template(s, p.Secrets, p.With)
	if !problem.Empty() {
		return nil, problem
	}
	n.reads(t.expressions()...)
	return t, Said{}
}

// templates reads an object of templates; those of labels may be by language.
func (l *language) templates(n *node, p Param, raw json.RawMessage) (any, Said) {
	fields, names, err := object(raw)
	if err != nil || len(names) > maxItems {
		return nil, saidf("must be an object of at most %d texts", maxItems)
	}
	texts, labels := map[string]*template{}, map[string]any{}
	for _, name := range names {
		var value any
		var problem Said
		if p.Type == LabelsParam {
			value, problem = l.text(n, fields[name], nil)
			labels[name] = value
		} else {
			value, problem = l.oneTemplate(n, p, fields[name])
			texts[name], _ = value.(*template)
		}
		if !problem.Empty() {
			return nil, saidf("%s: %s", name, problem)
		}
	}
	if p.Type == LabelsParam {
		return labels, Said{}
	}
	return texts, Said{}
}

// variable reads the name of a variable that the node sets.
func (l *language) variable(n *node, p Param, raw json.RawMessage) (any, Said) {
	var name string
	if json.Unmarshal(raw, &name) != nil {
		return "", saidf("must be the name of a variable")
	}
	v, ok := l.variables[name]
	switch {
	case !ok:
		return "", saidf("there is no variable %q%s", name, suggest(name, slices.Sorted(maps.Keys(l.variables))))
	case p.Yields != "" && v.Type != p.Yields && v.Type != DataVar:
		return "", saidf("%q holds %s, but %s is put into it", name, v.Type.said(), p.Yields.said())
	case p.Hidden && !v.Secret:
		return "", saidf("%q must be declared secret", name)
	}
	n.assigns(name, p.On)
	return name, Said{}
}

// assigns notes that the node sets a variable on leaving by these ways; none: by all.
func (n *node) assigns(variable string, ways []string) {
	if len(ways) == 0 {
		ways = []string{""}
	}
	for _, way := range ways {
		n.sets[way] = append(n.sets[way], variable)
	}
}

func (l *language) assign(n *node, p Param, raw json.RawMessage) (any, Said) {
	fields, names, err := object(raw)
	if err != nil || len(names) == 0 || len(names) > maxItems {
		return nil, saidf("must be an object from variable to expression, of 1 to %d", maxItems)
	}
	all := map[string]*expression{}
	for _, name := range names {
		v, ok := l.variables[name]
		if !ok {
			return nil, saidf("there is no variable %q%s", name, suggest(name, slices.Sorted(maps.Keys(l.variables))))
		}
		var s string
		if json.Unmarshal(fields[name], &s) != nil {
			return nil, saidf("%s: %s", name, saidf("must be an expression, written as text"))
		}
		e, problem := l.compile(s, v.Type, p.With)
		switch {
		case !problem.Empty():
			return nil, saidf("%s: %s", name, problem)
		case e.secret && !v.Secret:
			return nil, saidf("%s: %s", name, saidf("a secret cannot be put into a variable that is not secret"))
		}
		n.reads(e)
		n.assigns(name, p.On)
		all[name] = e
	}
	return all, Said{}
}

func (l *language) cases(n *node, raw json.RawMessage) (any, Said) {
	var list []struct{ Way, When string }
	if err := strict(raw, &list); err != nil || len(list) == 0 || len(list) > maxItems {
		return nil, saidf("must be a list of 1 to %d cases, each with a way and when it is taken", maxItems)
	}
	var all []oneCase
	for i, c := range list {
		if problem := wayName(c.Way); !problem.Empty() {
			return nil, saidf("case %d: %s", i+1, problem)
		}
		e, problem := l.compile(c.When, BooleanVar, nil)
		if !problem.Empty() {
			return nil, saidf("case %d: %s", i+1, problem)
		}
		n.reads(e)
		all = append(all, oneCase{c.Way, e})
	}
	return all, Said{}
}

func shares(raw json.RawMessage) (any, Said) {
	var list []struct {
		Way     string
		Percent float64
	}
	if err := strict(raw, &list); err != nil || len(list) == 0 || len(list) > maxItems {
		return nil, saidf("must be a list of 1 to %d shares, each with a way and percent", maxItems)
	}
	var all []share
	sum := 0.0
	for i, c := range list {
		if problem := wayName(c.Way); !problem.Empty() {
			return nil, saidf("share %d: %s", i+1, problem)
		}
		if c.Percent <= 0 || c.Percent > 100 {
			return nil, saidf("share %d: percent must be above 0 and at most 100", i+1)
		}
		sum += c.Percent
		all = append(all, share{c.Way, c.Percent})
	}
	if sum > 100 {
		return nil, saidf("the shares make %g percent together, more than 100", sum)
	}
	return all, Said{}
}

// otherwise is the way out when no case is true.
const otherwise = "otherwise"

func wayName(s string) Said {
	if !isName(s) || s == "next" || s == otherwise {
		return saidf("a way is named by 1 to %d letters, digits, _ and -, not next or %s", maxName, otherwise)
	}
	return Said{}
}

// strict reads JSON and refuses fields that are not known.
func strict(raw json.RawMessage, into any) error {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
