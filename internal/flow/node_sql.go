package flow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"linekeeper/internal/kit/sqlsource"
)

// Sources are databases of others that flows look up in; sqlsource.Sources implements it.
type Sources interface {
	// Look gives the first rows of a query, most at the most. :name in it stands for the value of that name.
	Look(ctx context.Context, source, query string, values map[string]string, most int) ([]map[string]any, error)
}

// sqlRows is how many rows a look-up gives at the most.
const sqlRows = 50

// sqlKinds are the nodes that look up in databases.
func sqlKinds() []Kind {
	return []Kind{{
		Name: "sql", Doc: "Looks up in a database the server's configuration names (flow-sources), read only, and puts what it found into variables.",
		Next: true,
		Params: []Param{
			{Name: "source", Type: TemplateParam, Required: true, Names: SourceThing, Doc: "name of the source, as flow-sources has it"},
			{Name: "query", Type: TemplateParam, Required: true, Doc: "one SELECT without expressions; :name stands for a value"},
			{Name: "bind", Type: TemplatesParam, Secrets: true, Doc: "the values the query names; they are bound, not pasted into it"},
			{Name: "timeout", Type: SecondsParam, Default: 2.0, Min: 0.1, Max: 10, Doc: "how long the customer waits for the answer at most"},
			{Name: "take", Type: AssignParam, On: []string{"next"}, With: map[string]any{"row": nil, "rows": nil}, Doc: "variables and the expression each is set to: row.balance of the first row, rows are all, 50 at the most"},
		},
		Edges: []Edge{
			{Name: "none", Doc: "there is no such row"},
			{Name: "failed", Doc: "the source does not answer in time, or has not what is wanted of it"},
		},
		run: runSQL, check: checkSQL,
	}}
}

func checkSQL(n *node) (found Problems) {
	source, _ := n.params["source"].(*template)
	query, _ := n.params["query"].(*template)
	values, _ := n.params["bind"].(map[string]*template)
	if !fieldKey.MatchString(source.fixed()) {
		found.add(n.id, "source", "must be the name of a source, without expressions")
	}
	if query.fixed() == "" {
		found.add(n.id, "query", "must not hold expressions: name values in it as :contract and give them in bind")
		return found
	}
	if problem := sqlsource.Check(query.fixed(), slices.Sorted(maps.Keys(values))); problem != "" {
		found.add(n.id, "query", "cannot be asked: %s", problem)
	}
	return found
}

func runSQL(ctx context.Context, r *run, n *node) (string, error) {
	if r.cfg.Sources == nil {
		return r.failed(ctx, n, errors.New("there are no sources here"))
	}
	source, _ := n.params["source"].(*template)
	query, _ := n.params["query"].(*template)
	all, _ := n.params["bind"].(map[string]*template)
	values := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		v, err := r.fill(ctx, all[name], nil)
		if err != nil {
			return r.failed(ctx, n, fmt.Errorf("value %s has none", name)) // it may hold a secret
		}
		values[name] = v
	}
	r.waits(n)
	began := r.cfg.Clock.Now()
	within, cancel := context.WithTimeout(ctx, n.seconds("timeout"))
	defer cancel()
	rows, err := r.cfg.Sources.Look(within, source.fixed(), query.fixed(), values, sqlRows)
	if err != nil {
		return r.failed(ctx, n, fmt.Errorf("source %s: %w", source.fixed(), err))
	}
	r.step(n, StepSought, fmt.Sprintf("%s, %d found in %s", source.fixed(), len(rows), r.cfg.Clock.Now().Sub(began).Round(time.Millisecond)))
	if len(rows) == 0 {
		return "none", nil
	}
	list := make([]any, len(rows))
	for i, row := range rows {
		list[i] = map[string]any(row)
	}
	if err := r.assign(ctx, n, "take", extra{"row": list[0], "rows": list}); err != nil {
		return r.failed(ctx, n, err)
	}
	return "next", nil
}
