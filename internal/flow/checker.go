package flow

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/entry"
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/plugin"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
	"linekeeper/internal/tenant"
)

// Checker compares programs with the set-up they are to work in. The zero value believes that every text is
// spoken.
type Checker struct {
	// Speaks says whether an engine speaks a language; nil: it is not looked at.
	Speaks func(language string) bool
	// Sources are the names of the databases that flows look up in; nil: they are not looked at.
	Sources []string
}

// Check looks up what a flow's program names; what is not there, or cannot be heard, is an Invalid error with its
// fields. Warnings are left out. It is done last when a whole center is applied, for queues name flows as flows
// name queues.
func (c Checker) Check(tx *db.Tx, t tenant.ID, f Flow) error {
	all, err := c.Problems(tx, t, f.ID, f.Program)
	if err != nil {
		return err
	}
	var found fault.Fields
	addProblems(&found, all.grave().err())
	return found.Err()
}

// Problems compiles a program, looks up what it names and how its prompts are heard, and gives all that is wrong,
// warnings too. The flow may be empty: it is not saved yet. The error is of the database.
func (c Checker) Problems(tx *db.Tx, t tenant.ID, id ID, text json.RawMessage) (Problems, error) {
	program, err := Compile(text)
	if err != nil {
		var found Problems
		errors.As(err, &found)
		return found, nil
	}
	prompts, err := ListPrompts(tx, t, db.Page{Limit: db.Unlimited})
	if err != nil {
		return nil, err
	}
	known, err := knownTo(tx, t, program)
	if err != nil {
		return nil, err
	}
	if c.Sources != nil {
		known[SourceThing] = c.Sources
	}
	sound := audible{prompts: map[string]Prompt{}, shipped: map[string]bool{}, speaks: c.Speaks}
	if c.Speaks == nil {
		sound.speaks = func(string) bool { return true }
	}
	for _, key := range ShippedPrompts() {
		sound.shipped[key] = true
	}
	known[PromptThing] = ShippedPrompts()
	for _, p := range prompts {
		sound.prompts[p.Key] = p
		known[PromptThing] = append(known[PromptThing], p.Key)
	}
	languages, err := languagesOf(tx, t, id)
	if err != nil {
		return nil, err
	}
	languages = append(languages, program.chosen()...)
	slices.Sort(languages)
	var found Problems
	program.checkRefs(known, &found)
	if err := program.lookAtOffers(tx, t, &found); err != nil {
		return nil, err
	}
	if err := program.lookAtUsers(tx, t, &found); err != nil {
		return nil, err
	}
	sound.check(program, slices.Compact(languages), &found)
	found.sort()
	return found, nil
}

// knownTo reads the keys of what the program names; what it does not name stays out, and is not checked.
func knownTo(tx *db.Tx, t tenant.ID, p *Program) (Known, error) {
	known := Known{}
	for _, r := range p.Refs() {
		if _, read := known[r.Thing]; read || r.Thing == PromptThing || r.Thing == SourceThing {
			continue
		}
		keys, err := keysOf(tx, t, r.Thing)
		if err != nil {
			return nil, err
		}
		known[r.Thing] = keys
	}
	return known, nil
}

func keysOf(tx *db.Tx, t tenant.ID, what Thing) ([]string, error) {
	every := db.Page{Limit: db.Unlimited}
	switch what {
	case PromptThing:
		all, err := ListPrompts(tx, t, every)
		return append(ShippedPrompts(), keys(all, func(p Prompt) string { return p.Key })...), err
	case QueueThing:
		all, err := queue.List(tx, t, every)
		return keys(all, func(q queue.Queue) string { return q.Key }), err
	case HoursThing:
		all, err := hours.List(tx, t, every)
		return keys(all, func(h hours.Hours) string { return h.Key }), err
	case EntryThing:
		all, err := entry.List(tx, t, every)
		return keys(all, func(e entry.Entry) string { return e.Key }), err
	case UserThing:
		all, err := access.ListUsers(tx, t, every)
		return keys(all, func(u access.User) string { return u.Login }), err
	case ProjectThing:
		all, err := project.List(tx, t, every)
		return keys(all, func(p project.Project) string { return p.Key }), err
	case SkillThing:
		all, err := skill.List(tx, t, every)
		return keys(all, func(s skill.Skill) string { return s.Key }), err
	case PluginThing:
		all, err := plugin.List(tx, t, every)
		return keys(all, func(p plugin.Plugin) string { return p.Key }), err
	case FlowThing:
		return db.All(tx, db.Scalar[string], `SELECT key FROM flow WHERE tenant_id = $1 ORDER BY key`, t)
	case CounterThing:
		return counters(tx, t)
	}
	return nil, nil
}

// lookAtUsers warns of users who are named and disabled.
func (p *Program) lookAtUsers(tx *db.Tx, t tenant.ID, found *Problems) error {
	if len(p.Names(UserThing)) == 0 {
		return nil
	}
	all, err := access.ListUsers(tx, t, db.Page{Limit: db.Unlimited})
	for _, r := range p.Refs() {
		if r.Thing == UserThing && slices.ContainsFunc(all, func(u access.User) bool { return u.Login == r.Key && u.Disabled }) {
			found.warn(r.Node, r.Field, "the user %q is disabled, and nobody signs in by that name", r.Key)
		}
	}
	return err
}

func keys[T any](all []T, key func(T) string) []string {
	out := make([]string, len(all))
	for i, one := range all {
		out[i] = key(one)
	}
	return out
}

// counters are those that published flows count, as counterKey writes them.
func counters(tx *db.Tx, t tenant.ID) ([]string, error) {
	programs, err := db.All(tx, db.Scalar[string], `SELECT program FROM flow WHERE tenant_id = $1 ORDER BY key`, t)
	all := []string{}
	for _, text := range programs {
		if !strings.Contains(text, `"`+counterKind+`"`) {
			continue
		}
		if p, err := Compile([]byte(text)); err == nil {
			for key := range p.counts() {
				all = append(all, key)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all), err
}

// languagesOf are those customers of a flow speak: of the entries that lead to it, or, when none does, of all
// entries; the center's own when there are none.
func languagesOf(tx *db.Tx, t tenant.ID, id ID) ([]string, error) {
	home, err := tenant.Get(tx, t)
	if err != nil {
		return nil, err
	}
	entries, err := entry.List(tx, t, db.Page{Limit: db.Unlimited})
	if err != nil {
		return nil, err
	}
	var own, all []string
	for _, e := range entries {
		language := string(e.Language)
		if language == "" {
			language = string(home.Language)
		}
		all = append(all, language)
		if id != "" && e.FlowID == string(id) {
			own = append(own, language)
		}
	}
	switch {
	case len(own) > 0:
		return own, nil
	case len(all) > 0:
		return all, nil
	}
	return []string{string(home.Language)}, nil
}

// named is a key that set-up names in a field.
type named struct {
	field, key string
	of         Thing
}

// CheckProject looks up the flow, the queue and the prompt a project names by key; what is not there is an Invalid
// error with its fields. As Check, it is done last when a whole center is applied.
func CheckProject(tx *db.Tx, t tenant.ID, p project.Project) error {
	return checkNamed(tx, t, []named{
		{"abuse.boundary", p.Abuse.Boundary, PromptThing}, {"abuse.farewell", p.Abuse.Farewell, PromptThing},
		{"hold_music", p.HoldMusic, PromptThing}, {"safety_flow", p.SafetyFlow, FlowThing}, {"default_queue", p.DefaultQueue, QueueThing},
	})
}

// CheckQueue looks up what a queue's customers go to when it closes or overflows, as CheckProject, and that they do not go round.
func CheckQueue(tx *db.Tx, t tenant.ID, q queue.Queue) error {
	c := q.Closing
	all := []named{
		{"closing.in_line.queue", c.InLine.Queue, QueueThing}, {"closing.in_line.flow", c.InLine.Flow, FlowThing},
		{"closing.after.queue", c.After.Queue, QueueThing}, {"closing.after.flow", c.After.Flow, FlowThing},
	}
	for i, o := range q.Overflow {
		path := fmt.Sprintf("overflow[%d].", i)
		all = append(all, named{path + "queue", o.Queue, QueueThing}, named{path + "flow", o.Flow, FlowThing})
	}
	if err := checkNamed(tx, t, all); err != nil || len(q.Overflow) == 0 {
		return err
	}
	if err := checkBreaks(tx, t, q); err != nil {
		return err
	}
	queues, err := queue.List(tx, t, db.Page{Limit: db.Unlimited})
	if err != nil {
		return err
	}
	var found fault.Fields
	if names, field := queue.Circle(queues, q); names != nil {
		found.Add(field, fault.NotAllowed, "customers would go round: %s", strings.Join(names, " → "))
	}
	return found.Err()
}

// checkBreaks looks up the break reasons that overflow rules count.
func checkBreaks(tx *db.Tx, t tenant.ID, q queue.Queue) error {
	reasons, err := agent.BreakReasons(tx, t)
	if err != nil {
		return err
	}
	there := append(keys(reasons, func(r agent.BreakReason) string { return r.Key }), queue.SystemBreaks()...)
	var found fault.Fields
	for i, o := range q.Overflow {
		for _, b := range o.Breaks {
			if !slices.Contains(there, b) {
				found.Add(fmt.Sprintf("overflow[%d].breaks", i), fault.Unknown, "there is no break reason %q", b)
			}
		}
	}
	return found.Err()
}

func checkNamed(tx *db.Tx, t tenant.ID, all []named) error {
	var found fault.Fields
	for _, one := range all {
		if one.key == "" {
			continue
		}
		there, err := keysOf(tx, t, one.of)
		if err != nil {
			return err
		}
		if !slices.Contains(there, one.key) {
			found.Add(one.field, fault.Unknown, "there is no %s %q%s", nounOf(one.of), one.key, suggest(one.key, there))
		}
	}
	return found.Err()
}
