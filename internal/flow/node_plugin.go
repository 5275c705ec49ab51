package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/plugin"
	"linekeeper/internal/tenant"
)

// Plugins knows programs outside that lead a part of a talk; Store implements it.
type Plugins interface {
	// Plugin finds one by its key; the error says why it cannot be asked.
	Plugin(ctx context.Context, t tenant.ID, key string) (plugin.Plugin, error)
}

// Asker asks plug-ins; plugin.Client implements it.
type Asker interface {
	// Ask gives the next turn. The error does not repeat the question, for it may hold secrets.
	Ask(ctx context.Context, p plugin.Plugin, q plugin.Question) (plugin.Answer, error)
}

// pluginKind is the kind of the node that a plug-in leads.
const pluginKind = "plugin"

// maxTurns is how often a plug-in is asked in one visit: one that never finishes is stopped.
const maxTurns = 100

// pluginKinds are the nodes that programs outside lead.
func pluginKinds() []Kind {
	return []Kind{{
		Name: pluginKind, Doc: "Lets a plug-in, a program outside that is registered in the set-up, lead a part of the talk. After a crash it may be asked the same again.",
		Next: true, Free: true,
		Params: []Param{
			{Name: "plugin", Type: PluginParam, Required: true, Doc: "key of the plug-in"},
			{Name: "does", Type: OfferParam, Required: true, Doc: "which of the things it offers"},
			{Name: "with", Type: TemplatesParam, Secrets: true, Doc: "its parameters by name"},
			{Name: "take", Type: AssignParam, On: []string{unlessFailed}, With: map[string]any{"result": nil}, Doc: "variables and the expression each is set to: result.balance is what the plug-in has set as balance"},
		},
		Edges: []Edge{{Name: failedWay, Doc: "it does not answer rightly and in time, finishes by a way that is not drawn here, or has not what is wanted of it"}},
		run:   runPlugin,
	}}
}

const failedWay = "failed"

// pluginTalk is how far a plug-in is; it is written with the position.
type pluginTalk struct {
	ID   string `json:"id"`
	Step int    `json:"step"` // of the next question
	// Do is what is left of its last answer.
	Do      []plugin.Action `json:"do,omitempty"`
	State   json.RawMessage `json:"state,omitempty"`
	Heard   *plugin.Heard   `json:"heard,omitempty"`
	Results map[string]any  `json:"results,omitempty"`
}

// led is a visit of a node that a plug-in leads.
type led struct {
	r    *run
	n    *node
	p    plugin.Plugin
	kind plugin.Kind
	talk *pluginTalk
}

func runPlugin(ctx context.Context, r *run, n *node) (string, error) {
	way, results, err := r.lead(ctx, n)
	r.position.Tries, r.position.Plugin = 0, nil
	switch {
	case errors.Is(err, ErrGone):
		return "", err
	case err != nil:
		return r.failed(ctx, n, fmt.Errorf("plug-in %s: %w", n.str("plugin"), err))
	case n.edges[way] == "":
		return r.failed(ctx, n, fmt.Errorf("plug-in %s finishes by %q, which leads nowhere", n.str("plugin"), way))
	}
	if err := r.assign(ctx, n, "take", extra{"result": results}); err != nil {
		return r.failed(ctx, n, err)
	}
	r.step(n, StepTook, way)
	return way, nil
}

// lead does what the plug-in wants until it finishes, by a way and with results.
func (r *run) lead(ctx context.Context, n *node) (way string, results map[string]any, err error) {
	if r.cfg.Plugins == nil || r.cfg.Asker == nil {
		return "", nil, errors.New("there are no plug-ins here")
	}
	l := &led{r: r, n: n}
	if l.p, err = r.cfg.Plugins.Plugin(ctx, r.tenant(), n.str("plugin")); err != nil {
		return "", nil, err
	}
	var ok bool
	if l.kind, ok = l.p.Kind(n.str("does")); !ok {
		return "", nil, fmt.Errorf("it does not offer %q", n.str("does"))
	}
	l.begin()
	for {
		for len(l.talk.Do) > 0 {
			way, err := l.act(ctx, l.talk.Do[0])
			if err != nil || way != "" {
				return way, l.talk.Results, err
			}
			l.talk.Do = l.talk.Do[1:]
		}
		if l.talk.Step > maxTurns {
			return "", nil, fmt.Errorf("it did not finish within %d turns", maxTurns)
		}
		if err := l.ask(ctx); err != nil {
			return "", nil, err
		}
	}
}

// begin takes up a talk that a restart has broken off, or begins one. What was pressed in secret is not written down, so
// he is asked again, and the question that follows is not the one that was perhaps answered before.
func (l *led) begin() {
	if l.r.position.Plugin == nil {
		l.r.position.Plugin = &pluginTalk{ID: id.New(), Step: 1}
	} else if do := l.r.position.Plugin.Do; len(do) > 0 && do[0].Secret {
		l.r.position.Plugin.Step++
	}
	l.talk = l.r.position.Plugin
}

// ask asks for the next actions.
func (l *led) ask(ctx context.Context) error {
	r, t := l.r, l.talk
	given, err := l.parameters(ctx)
	if err != nil {
		return err
	}
	wanted, err := l.wanted(ctx)
	if err != nil {
		return err
	}
	if t.Heard == nil || !t.Heard.Secret {
		r.waits(l.n)
	}
	began := r.cfg.Clock.Now()
	answer, err := r.cfg.Asker.Ask(ctx, l.p, plugin.Question{
		Contract: plugin.Contract, Run: string(r.spec.State.ID), Talk: t.ID, Step: t.Step, Kind: l.kind.Key,
		Channel: string(r.spec.State.Arrival.Channel), Language: r.position.Language,
		Parameters: given, Variables: wanted, State: t.State, Heard: t.Heard,
	})
	if err != nil {
		return err
	}
	r.step(l.n, StepAsked, fmt.Sprintf("%s/%s, step %d, answered in %s", l.p.Key, l.kind.Key, t.Step, r.cfg.Clock.Now().Sub(began).Round(time.Millisecond)))
	t.Do, t.State, t.Heard = answer.Do, answer.State, nil
	t.Step++
	return nil
}

// parameters are what the node tells, as what they were declared.
func (l *led) parameters(ctx context.Context) (map[string]any, error) {
	with, _ := l.n.params["with"].(map[string]*template)
	all := map[string]any{}
	for _, p := range l.kind.Parameters {
		if p.Default != nil {
			all[p.Key] = p.Default
		}
		if with[p.Key] == nil && p.Required && p.Default == nil {
			return nil, fmt.Errorf("the parameter %q is missing", p.Key)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(with)) {
		text, err := l.r.fill(ctx, with[name], nil)
		if err != nil {
			return nil, fmt.Errorf("the parameter %q has no value", name) // it may hold a secret
		}
		value, err := valueOf(l.kind, name, text)
		if err != nil {
			return nil, fmt.Errorf("the parameter %q %w", name, err)
		}
		all[name] = value
	}
	return all, nil
}

// valueOf is the text of a parameter as what it was declared; the error does not repeat it.
func valueOf(k plugin.Kind, name, text string) (any, error) {
	i := slices.IndexFunc(k.Parameters, func(p plugin.Parameter) bool { return p.Key == name })
	if i < 0 {
		return text, nil
	}
	switch p := k.Parameters[i]; {
	case p.Type == plugin.Number:
		return convert(text, NumberVar)
	case p.Type == plugin.Boolean:
		return convert(text, BooleanVar)
	case p.Type == plugin.Choice && !slices.Contains(p.Options, text):
		return nil, saidError{saidf("must be one of %s", strings.Join(p.Options, ", "))}
	}
	return text, nil
}

// wanted are the values the plug-in asks for. What is not known is left out, and so is what is secret.
func (l *led) wanted(ctx context.Context) (map[string]any, error) {
	r, all := l.r, map[string]any{}
	for _, name := range l.kind.Wants {
		if value, ok := r.shown(ctx, name); ok {
			all[name] = value
		}
	}
	return all, ctx.Err()
}

// shown is the value of call.number and the like, customer.name and the like, or a variable that is set and not secret.
func (r *run) shown(ctx context.Context, name string) (any, bool) {
	if v, declared := r.program.variables[name]; declared {
		value, set := r.position.Vars[name]
		return value, set && value != nil && !v.Secret
	}
	e, problem := newLanguage(nil).compile(name, DataVar, nil)
	if !problem.Empty() || !slices.Contains(e.names, "call") && !slices.Contains(e.names, "customer") {
		return nil, false
	}
	value, err := r.eval(ctx, e, nil)
	return value, err == nil && value != nil && value != ""
}

// act does one action; a way: it was the last of all.
func (l *led) act(ctx context.Context, a plugin.Action) (way string, err error) {
	r := l.r
	if !l.kind.Talks && (a.Action == plugin.Say || a.Action == plugin.Play || a.Action == plugin.Menu || a.Action == plugin.Digits) {
		return "", fmt.Errorf("its kind %q does not talk, but it wants to %s", l.kind.Key, a.Action)
	}
	if l.kind.Talks && r.talker == nil && r.writer == nil {
		return "", errors.New("it talks, but nobody is there")
	}
	switch a.Action {
	case plugin.Say, plugin.Play:
		r.waits(l.n)
		return "", r.utter(ctx, l.speaking("say", a))
	case plugin.Set:
		return "", l.set(a.Values)
	case plugin.Menu:
		return "", l.menu(ctx, a)
	case plugin.Digits:
		return "", l.digits(ctx, a)
	case plugin.Wait:
		r.waits(l.n)
		err := r.rest(ctx, time.Duration(a.Seconds*float64(time.Second)))
		l.talk.Heard = &plugin.Heard{Action: plugin.Wait}
		return "", err
	}
	if a.Branch != "" {
		return a.Branch, nil
	}
	return "next", nil
}

func (l *led) set(values map[string]any) error {
	all := maps.Clone(l.talk.Results)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, values)
	if size(all) > maxResults {
		return fmt.Errorf("its results are longer than %d bytes", maxResults)
	}
	l.talk.Results = all
	return nil
}

const maxResults = 16 << 10

// speaking is a node of ours that says and asks what the plug-in wants, in its place.
func (l *led) speaking(kind string, a plugin.Action) *node {
	n := &node{id: l.n.id, params: map[string]any{}, edges: map[string]string{}}
	for _, k := range slices.Concat(talkKinds(), collectKinds()) {
		if k.Name == kind {
			n.kind = &k
			break
		}
	}
	for _, p := range n.kind.Params {
		if p.Default != nil {
			n.params[p.Name] = p.Default
		}
	}
	if a.Prompt != "" {
		n.params["prompt"] = a.Prompt
	} else {
		n.params["text"] = wordsOf(a.Text)
	}
	if a.BargeIn != nil {
		n.params["barge_in"] = *a.BargeIn
	}
	for name, value := range map[string]float64{"timeout": a.Timeout, "tries": float64(a.Tries), "least": float64(a.Least), "most": float64(a.Most)} {
		if value != 0 {
			n.params[name] = value
		}
	}
	return n
}

// wordsOf is a plug-in's text as a parameter. Expressions in it are none: what a program outside sends is not run.
func wordsOf(w plugin.Words) any {
	if one, ok := w[""]; ok {
		return &template{parts: []part{{plain: one}}}
	}
	all := map[string]*template{}
	for language, text := range w {
		all[language] = &template{parts: []part{{plain: text}}}
	}
	return all
}

// menu asks for a key.
func (l *led) menu(ctx context.Context, a plugin.Action) error {
	n, labels := l.speaking("menu", a), map[string]any{}
	for key, words := range a.Choices {
		n.edges[key], labels[key] = l.n.id, wordsOf(words)
	}
	n.params["labels"] = labels
	key, err := runMenu(ctx, l.r, n)
	if err != nil {
		return err
	}
	l.talk.Heard = &plugin.Heard{Action: plugin.Menu}
	if isKey(key) {
		l.talk.Heard.Key = key
	} else {
		l.talk.Heard.Nothing = key
	}
	l.r.position.Tries = 0
	return nil
}

// digits asks for digits; secret ones are in no time line, log or position.
func (l *led) digits(ctx context.Context, a plugin.Action) error {
	n := l.speaking("collect", a)
	n.params["confirm"] = a.Confirm
	if a.Ends != "" {
		n.params["terminator"] = a.Ends
	}
	digits, way, err := l.take(ctx, n, a.Secret)
	if err != nil {
		return err
	}
	l.talk.Heard = &plugin.Heard{Action: plugin.Digits, Secret: a.Secret}
	if way == "next" {
		l.talk.Heard.Digits = digits
		if a.Secret {
			digits = hiddenValue
		}
		l.r.step(n, StepChose, digits)
	} else {
		l.talk.Heard.Nothing = way
	}
	l.r.position.Tries = 0
	return nil
}

func (l *led) take(ctx context.Context, n *node, secret bool) (digits, way string, err error) {
	switch {
	case !secret && l.r.talker == nil:
		return l.r.takeTyped(ctx, n)
	case !secret:
		return l.r.takeDigits(ctx, n, func(digits string) string { return digits })
	case l.r.talker == nil:
		return "", "", errors.New("secret digits cannot be asked for on this channel")
	}
	l.r.tell(interaction.FlowSecret{On: true})
	defer l.r.tell(interaction.FlowSecret{On: false})
	return l.r.takeDigits(ctx, n, func(string) string { return "" })
}

// lookAtOffers compares the nodes of plug-ins with what those offer. One that is not registered is told elsewhere.
func (p *Program) lookAtOffers(tx *db.Tx, t tenant.ID, found *Problems) error {
	for _, key := range p.Names(PluginThing) {
		one, err := plugin.ByKey(tx, t, key)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		p.checkOffers(one, found)
	}
	return nil
}

// checkOffers looks whether a plug-in offers what its nodes want of it.
func (p *Program) checkOffers(one plugin.Plugin, found *Problems) {
	var offers []string
	for _, k := range one.Kinds {
		offers = append(offers, k.Key)
	}
	for _, id := range slices.Sorted(maps.Keys(p.nodes)) {
		n := p.nodes[id]
		if n.kind.Name != pluginKind || n.str("plugin") != one.Key {
			continue
		}
		kind, ok := one.Kind(n.str("does"))
		if !ok {
			found.add(n.id, "does", "the plug-in does not offer %q%s", n.str("does"), suggest(n.str("does"), offers))
			continue
		}
		if kind.Talks && p.ForNobody() {
			found.add(n.id, "does", "it talks, and a flow for the channel none runs without a customer")
		}
		n.checkGiven(kind, found)
		for _, way := range slices.Sorted(maps.Keys(n.edges)) {
			has := slices.ContainsFunc(kind.Branches, func(b plugin.Branch) bool { return b.Key == way })
			if !has && way != "next" && way != failedWay {
				found.add(n.id, "edges."+way, "the plug-in does not finish by %q", way)
			}
		}
	}
}

// checkGiven compares what a node tells a plug-in with the parameters it has.
func (n *node) checkGiven(kind plugin.Kind, found *Problems) {
	with, _ := n.params["with"].(map[string]*template)
	var names []string
	for _, k := range kind.Parameters {
		names = append(names, k.Key)
		given := with[k.Key]
		switch {
		case given == nil && k.Required && k.Default == nil:
			found.add(n.id, "with", "the plug-in needs %q", k.Key)
		case given != nil && given.fixed() != "":
			if _, err := valueOf(kind, k.Key, given.fixed()); err != nil {
				found.add(n.id, "with", "%s: %s", k.Key, saidOf(err))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(with)) {
		if !slices.Contains(names, name) {
			found.add(n.id, "with", "the plug-in has no parameter %q%s", name, suggest(name, names))
		}
	}
}
