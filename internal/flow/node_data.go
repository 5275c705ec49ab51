package flow

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"linekeeper/internal/interaction"
)

// dataKinds are the nodes that remember, decide and run other flows.
func dataKinds() []Kind {
	return []Kind{
		{
			Name: "set", Doc: "Puts values into variables, all at once.", Next: true,
			Params: []Param{{Name: "values", Type: AssignParam, Required: true, Secrets: true, Doc: "what each variable is set to"}},
			Edges:  []Edge{{Name: "failed", Optional: true, Doc: "an expression has no value; without this way the flow fails"}},
			run:    runSet,
		},
		{
			Name: "branch", Doc: "Goes the way of the first case that is true.", Ways: true,
			Params: []Param{{Name: "cases", Type: CasesParam, Required: true, Doc: "the ways and when each is taken, the first that is true"}},
			Edges:  []Edge{{Name: otherwise, Doc: "no case is true, or none can be told"}},
			run:    runBranch,
		},
		{
			Name: "share", Doc: "Goes ways by chance, each as often as its percent say.", Ways: true,
			Params: []Param{{Name: "shares", Type: SharesParam, Required: true, Doc: "the ways and how often each is taken"}},
			Edges:  []Edge{{Name: otherwise, Doc: "the rest"}},
			run:    runShare,
		},
		{
			Name: "wait", Doc: "Lets time pass in silence.", Next: true, Waits: true,
			Params: []Param{{Name: "seconds", Type: SecondsParam, Required: true, Min: 0.1, Max: 3600, Doc: "how long"}},
			run:    runWait,
		},
		{
			Name: "tag", Doc: "Marks the interaction with a word that search and reports know.", Next: true,
			Params: []Param{{Name: "tag", Type: TemplateParam, Required: true, Doc: "the word"}},
			Needs:  []Ability{CanServe},
			run:    runTag,
		},
		{
			Name: "run", Doc: "Runs another flow and goes on when it returns.", Next: true, Ways: true,
			Params: []Param{
				{Name: "flow", Type: FlowParam, Required: true, Doc: "the flow"},
				{Name: "give", Type: TemplatesParam, Doc: "the other flow's input variables and the text each is given"},
				{Name: "take", Type: AssignParam, Doc: "variables and the expression of result each is set to afterwards",
					On: []string{"next"}, With: map[string]any{"result": nil}},
			},
			Edges: []Edge{{Name: "failed", Optional: true, Doc: "the flow is not there; without this way the flow fails"}},
			run:   runRun,
		},
		{
			Name: "return", Doc: "Ends a flow that another runs, which goes on; ends the call when none does.",
			Params: []Param{{Name: "way", Type: ChoiceParam, Options: []string{"next", "failed"}, Default: "next", Doc: "how the other goes on"}},
			run:    runReturn,
		},
	}
}

func runSet(ctx context.Context, r *run, n *node) (string, error) {
	if err := r.assign(ctx, n, "values", nil); err != nil {
		return r.failed(ctx, n, err)
	}
	return "next", nil
}

// assign sets the variables of a parameter, all at once: the expressions see what was before.
func (r *run) assign(ctx context.Context, n *node, param string, more extra) error {
	all, _ := n.params[param].(map[string]*expression)
	values := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		v, err := r.eval(ctx, all[name], more)
		if err != nil {
			return err
		}
		values[name] = v
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := r.set(name, values[name]); err != nil {
			return err
		}
		shown := "…"
		if !r.program.variables[name].Secret {
			shown = short(values[name])
		}
		r.step(n, StepSet, name+" = "+shown)
	}
	return nil
}

// short is a value for the time line.
func short(v any) string {
	s := fmt.Sprint(v)
	if r := []rune(s); len(r) > 100 {
		s = string(r[:100]) + "…"
	}
	return s
}

func runBranch(ctx context.Context, r *run, n *node) (string, error) {
	cases, _ := n.params["cases"].([]oneCase)
	for _, c := range cases {
		yes, err := r.eval(ctx, c.when, nil)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err != nil {
			r.step(n, StepFailed, err.Error())
			continue
		}
		if yes == true {
			r.step(n, StepTook, c.way)
			return c.way, nil
		}
	}
	r.step(n, StepTook, otherwise)
	return otherwise, nil
}

func runShare(_ context.Context, r *run, n *node) (string, error) {
	list, _ := n.params["shares"].([]share)
	way := shareOf(list, 100*r.chance())
	r.step(n, StepTook, way)
	return way, nil
}

// shareOf is the way of a draw between 0 and 100.
func shareOf(list []share, draw float64) string {
	for _, s := range list {
		if draw < s.percent {
			return s.way
		}
		draw -= s.percent
	}
	return otherwise
}

// chance is a draw from 0 up to 1.
func (r *run) chance() float64 {
	if r.cfg.Chance != nil {
		return r.cfg.Chance()
	}
	return rand.Float64() //nolint:gosec // who is asked what is no secret
}

func runWait(ctx context.Context, r *run, n *node) (string, error) {
	r.waits(n)
	return "next", r.rest(ctx, n.seconds("seconds"))
}

func runTag(ctx context.Context, r *run, n *node) (string, error) {
	t, _ := n.params["tag"].(*template)
	tag, err := r.fill(ctx, t, nil)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		r.step(n, StepFailed, err.Error())
		return "next", nil
	}
	r.step(n, StepTagged, short(tag))
	return "next", nil
}

func runRun(ctx context.Context, r *run, n *node) (string, error) {
	key := n.str("flow")
	if r.cfg.Programs == nil {
		return r.failed(ctx, n, fmt.Errorf("flow %q: there are no flows here", key))
	}
	if len(r.callers) >= maxDepth {
		return "", fmt.Errorf("flow %q: flows run each other more than %d deep", key, maxDepth)
	}
	p, err := r.cfg.Programs.ProgramByKey(ctx, r.tenant(), key)
	if err != nil {
		return r.failed(ctx, n, fmt.Errorf("flow %q: %w", key, err))
	}
	if r.spec.State.Arrival.Channel == interaction.NoChannel && !p.ForNobody() {
		return r.failed(ctx, n, fmt.Errorf("flow %q: %w", key, errCustomer))
	}
	give, _ := n.params["give"].(map[string]*template)
	inputs := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(give)) {
		v, declared := p.variables[name]
		if !declared || !v.Input {
			return r.failed(ctx, n, fmt.Errorf("flow %q has no input %q", key, name))
		}
		text, err := r.fill(ctx, give[name], nil)
		if err == nil {
			inputs[name], err = convert(text, v.Type)
		}
		if err != nil {
			return r.failed(ctx, n, fmt.Errorf("input %s: %w", name, err))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.variables)) {
		if v := p.variables[name]; v.Input && v.Default == nil && inputs[name] == nil {
			return r.failed(ctx, n, fmt.Errorf("flow %q needs the input %q", key, name))
		}
	}
	r.step(n, StepEntered, key)
	r.enter(p, inputs)
	return entered, nil
}

// takeOutputs sets the caller's variables to what a flow returns.
func takeOutputs(r *run, n *node, inner *Program, vars map[string]any) {
	result := map[string]any{}
	for name, v := range inner.variables {
		if v.Output && !v.Secret {
			result[name] = vars[name]
		}
	}
	if err := r.assign(r.life, n, "take", extra{"result": result}); err != nil {
		r.step(n, StepFailed, err.Error())
	}
}

func runReturn(_ context.Context, r *run, n *node) (string, error) {
	if len(r.callers) == 0 {
		return runHangup(r.life, r, n)
	}
	return returned, nil
}
