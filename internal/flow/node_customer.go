package flow

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
)

// customerKinds are the nodes about who the customer is.
func customerKinds() []Kind {
	return []Kind{
		{
			Name: "find_customer", Doc: "Finds out who the customer is by a number or by one of the customers' fields, such as the number of a contract. From then on agents see this customer.",
			Params: []Param{
				{Name: "by", Type: TemplateParam, Doc: "key of the field to look in; absent: the customers' numbers"},
				{Name: "value", Type: ExpressionParam, Required: true, Yields: TextVar, Secrets: true, Doc: "what is looked for, as call.number"},
			},
			Edges: []Edge{
				{Name: "found", Doc: "we know this customer"},
				{Name: "unknown", Doc: "nobody has it, or nothing was given"},
				{Name: "several", Optional: true, Doc: "more than one has it; without this way as unknown"},
				{Name: "failed", Optional: true, Doc: "customers cannot be looked up; without this way the flow fails"},
			},
			run: runFindCustomer, check: checkFindCustomer,
		},
		{
			Name: "set_customer", Doc: "Writes down what was learned of the customer; the flow is named as the author.", Next: true,
			Params: []Param{
				{Name: "name", Type: TemplateParam, Doc: "the name"},
				{Name: "language", Type: TemplateParam, Doc: "the language: en, ru or th"},
				{Name: "segment", Type: TemplateParam, Doc: "key of the segment, such as vip"},
				{Name: "fields", Type: TemplatesParam, Doc: "keys of fields and their values; an expression that gives nothing takes the field away"},
			},
			Edges: []Edge{{Name: "failed", Optional: true, Doc: "the customer is not known, or a value is none; without this way the flow fails"}},
			run:   runSetCustomer, check: checkSetCustomer,
		},
	}
}

// fieldKey is what a field of customers may be called, as the customer base has it.
var fieldKey = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

func checkFindCustomer(n *node) (found Problems) {
	if by, _ := n.params["by"].(*template); by != nil && !fieldKey.MatchString(by.fixed()) {
		found.add(n.id, "by", "must be the key of a field, without expressions: small letters, digits, _ and -")
	}
	return found
}

func checkSetCustomer(n *node) (found Problems) {
	fields, _ := n.params["fields"].(map[string]*template)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !fieldKey.MatchString(name) {
			found.add(n.id, "fields", "%q must be the key of a field: small letters, digits, _ and -", name)
		}
	}
	if n.params["name"] == nil && n.params["language"] == nil && n.params["segment"] == nil && len(fields) == 0 {
		found.add(n.id, "", "changes nothing: set name, language, segment or fields")
	}
	return found
}

func runFindCustomer(ctx context.Context, r *run, n *node) (string, error) {
	if r.cfg.Customers == nil {
		return r.failed(ctx, n, errors.New("customers cannot be looked up here"))
	}
	field, by := "", "number"
	if t, _ := n.params["by"].(*template); t != nil {
		field, by = t.fixed(), t.fixed()
	}
	e, _ := n.params["value"].(*expression)
	value, err := r.eval(ctx, e, nil)
	if err != nil {
		return r.failed(ctx, n, errors.New("what is looked for has no value")) // it may hold a secret
	}
	wanted := strings.TrimSpace(value.(string))
	var found []Customer
	if wanted != "" {
		found, err = r.cfg.Customers.FindCustomers(ctx, r.tenant(), field, wanted)
	}
	switch {
	case err != nil:
		return r.failed(ctx, n, errors.New(fault.Message(err)))
	case len(found) > 1 && n.edges["several"] != "":
		r.step(n, StepUnknown, by)
		return "several", nil
	case len(found) != 1:
		r.step(n, StepUnknown, by)
		return "unknown", nil
	}
	r.step(n, StepFound, by)
	r.knows(found[0])
	return "found", nil
}

// knows says from here on who the customer is.
func (r *run) knows(c Customer) {
	r.person = &c
	r.spec.State.Arrival.Customer, r.spec.State.Arrival.CustomerName = c.id, c.Name
	r.tell(interaction.CustomerIdentified{Customer: c.id, Name: c.Name})
}

func runSetCustomer(ctx context.Context, r *run, n *node) (string, error) {
	id := r.spec.State.Arrival.Customer
	if r.cfg.Customers == nil || id == "" {
		return r.failed(ctx, n, errors.New("the customer is not known"))
	}
	change, what, err := r.customerChange(ctx, n)
	if err != nil {
		return r.failed(ctx, n, err)
	}
	c, err := r.cfg.Customers.ChangeCustomer(ctx, r.tenant(), r.position.Flow, id, change)
	if err != nil {
		return r.failed(ctx, n, errors.New(fault.Message(err)))
	}
	r.step(n, StepChanged, strings.Join(what, ", "))
	r.knows(c)
	return "next", nil
}

// customerChange fills in what a node changes, and names it.
func (r *run) customerChange(ctx context.Context, n *node) (c CustomerChange, what []string, err error) {
	for _, one := range []struct {
		name string
		to   **string
	}{{"name", &c.Name}, {"language", &c.Language}, {"segment", &c.Segment}} {
		t, _ := n.params[one.name].(*template)
		if t == nil {
			continue
		}
		text, err := r.fill(ctx, t, nil)
		if err != nil {
			return c, nil, err
		}
		text = strings.TrimSpace(text)
		*one.to, what = &text, append(what, one.name)
	}
	fields, _ := n.params["fields"].(map[string]*template)
	c.Fields = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		text, err := r.fill(ctx, fields[name], nil)
		if err != nil {
			return c, nil, err
		}
		c.Fields[name], what = strings.TrimSpace(text), append(what, name)
	}
	return c, what, nil
}
