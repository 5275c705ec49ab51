package center

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"linekeeper/internal/audit"
	"linekeeper/internal/flow"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// Use is something that needs a thing, and where it names it.
type Use struct {
	Kind  string // entry, queue, project, trigger, disposition, flow, alert_rule
	ID    string
	Key   string
	Name  string
	Node  string // of a flow; empty: it is none
	Field string // as in the file: closing.after.flow; of a flow, the node's parameter

	byKey bool // it names the key, which must stay then
}

func (u Use) String() string {
	where := fault.Join(u.Node, u.Field)
	if u.Kind != "flow" && u.Field == "" {
		where = ""
	}
	text := fmt.Sprintf("the %s %q", u.Kind, u.Key)
	if where != "" {
		text += " (" + where + ")"
	}
	return text
}

// InUse is why a thing cannot be removed, or its key not be changed. It is the detail of a fault of kind Conflict.
type InUse struct {
	Kind string
	Key  string
	Uses []Use
}

// Error lists who uses it.
func (e *InUse) Error() string {
	users := make([]string, len(e.Uses))
	for i, u := range e.Uses {
		users[i] = u.String()
	}
	return fmt.Sprintf("the %s %q is used by %s", e.Kind, e.Key, strings.Join(users, ", "))
}

func (e *InUse) fault(format string) error {
	if len(e.Uses) == 0 {
		return nil
	}
	return fault.Conflict.Wrap(e, format, e.Error())
}

// Removable gives a Conflict with an InUse while something needs the thing. It is where every removal asks,
// whoever wants it; of a kind that nothing names it gives nil.
func Removable(tx *db.Tx, t tenant.ID, kind, id string) error {
	f, ids, err := export(tx, t)
	if err != nil {
		return err
	}
	key := ids.key(kind, id)
	if key == "" {
		return nil
	}
	uses, err := f.uses(ids, thing{kind, key}, false)
	if err != nil {
		return err
	}
	return (&InUse{kind, key, uses}).fault("It cannot be removed: %s.")
}

// Renamable is Removable for another key: only what names things by key is asked.
func Renamable(tx *db.Tx, t tenant.ID, kind, id string) error {
	f, ids, err := export(tx, t)
	if err != nil {
		return err
	}
	key := ids.key(kind, id)
	uses, err := f.uses(ids, thing{kind, key}, true)
	if err != nil || key == "" {
		return err
	}
	uses = slices.DeleteFunc(uses, func(u Use) bool { return !u.byKey })
	return (&InUse{kind, key, uses}).fault("Its key cannot be changed: %s.")
}

// DeleteQueue removes a queue, and with it the flow it came with, if that is as it was and nothing needs it.
func DeleteQueue(tx *db.Tx, by audit.Author, which queue.ID) error {
	f, ids, err := export(tx, tenant.ID(by.Tenant))
	if err != nil {
		return err
	}
	if err := queue.Delete(tx, by, which); err != nil {
		return err
	}
	key := ids.key("queue", string(which))
	own := slices.IndexFunc(f.Flows, func(w Flow) bool { return flow.IsStarter(w.Key, json.RawMessage(w.Program), key) })
	if own < 0 {
		return nil
	}
	uses, err := f.uses(ids, thing{"flow", f.Flows[own].Key}, false)
	if err != nil || len(uses) > 0 {
		return err
	}
	return flow.Delete(tx, by, flow.ID(ids["flow"][f.Flows[own].Key]))
}

// uses finds what of a whole center needs a thing, or its key to stay as it is.
func (f File) uses(ids ids, of thing, renamed bool) ([]Use, error) {
	c := collector{ids: ids, kind: of.kind, key: of.key, renamed: renamed}
	for _, p := range f.Projects {
		u := Use{Kind: "project", Key: p.Key, Name: p.Name}
		for i, k := range p.Trunks {
			c.see(u, at("trunks", i), "trunk", k, false)
		}
		if !isShipped(p.HoldMusic) {
			c.see(u, "hold_music", "prompt", p.HoldMusic, true)
		}
		if a := p.Abuse; a != nil {
			if !isShipped(a.Boundary) {
				c.see(u, "abuse.boundary", "prompt", a.Boundary, true)
			}
			if !isShipped(a.Farewell) {
				c.see(u, "abuse.farewell", "prompt", a.Farewell, true)
			}
		}
		c.see(u, "safety_flow", "flow", p.SafetyFlow, true)
		c.see(u, "default_queue", "queue", p.DefaultQueue, true)
	}
	for _, q := range f.Queues {
		u := Use{Kind: "queue", Key: q.Key, Name: q.Name}
		c.see(u, "project", "project", q.Project, false)
		c.see(u, "waiting_flow", "flow", q.WaitingFlow, false)
		c.see(u, "hours", "hours", q.Hours, false)
		n := q.noun()
		c.see(u, "closing.in_line.queue", "queue", n.Closing.InLine.Queue, true)
		c.see(u, "closing.in_line.flow", "flow", n.Closing.InLine.Flow, true)
		c.see(u, "closing.after.queue", "queue", n.Closing.After.Queue, true)
		c.see(u, "closing.after.flow", "flow", n.Closing.After.Flow, true)
		for i, o := range n.Overflow {
			c.see(u, at("overflow", i)+".queue", "queue", o.Queue, true)
			c.see(u, at("overflow", i)+".flow", "flow", o.Flow, true)
			for _, b := range o.Breaks {
				c.see(u, at("overflow", i)+".breaks", "break_reason", b, true)
			}
		}
		for i, need := range n.Routing.Needs {
			c.see(u, at("routing.needs", i), "skill", string(need.Skill), false)
		}
	}
	for _, e := range f.Entries {
		u := Use{Kind: "entry", Key: e.Key, Name: e.Name}
		c.see(u, "project", "project", e.Project, false)
		c.see(u, "flow", "flow", e.Flow, false)
		c.see(u, "hours", "hours", e.Hours, false)
	}
	for _, d := range f.Dispositions {
		c.see(Use{Kind: "disposition", Key: d.Key, Name: d.Key}, "project", "project", d.Project, false)
	}
	for _, k := range f.Triggers {
		u := Use{Kind: "trigger", Key: k.Key, Name: k.Name}
		c.see(u, "project", "project", k.Project, false)
		c.see(u, "flow", "flow", k.Flow, false)
		c.see(u, "rule.queue", "queue", k.Rule.Queue, true)
	}
	for _, k := range f.AlertRules {
		u := Use{Kind: "alert_rule", Key: k.Key, Name: k.Name}
		c.see(u, "project", "project", k.Project, false)
		c.see(u, "queue", "queue", k.Queue, false)
	}
	err := c.flows(f)
	return c.found, err
}

// collector gathers uses of one thing.
type collector struct {
	ids       ids
	kind, key string
	renamed   bool // it stays, under another key
	found     []Use
}

// see adds a user that names the thing in a field. Who needs himself only goes with himself.
func (c *collector) see(u Use, field, kind, key string, byKey bool) {
	if kind != c.kind || key != c.key || key == "" || u.Kind == kind && u.Key == key {
		return
	}
	u.ID, u.Field, u.byKey = c.ids[u.Kind][u.Key], field, byKey
	c.found = append(c.found, u)
}

// flows adds the flows whose nodes name the thing. A queue's own first flow goes with the queue, as long as it
// is as it was made and nothing needs it.
func (c *collector) flows(f File) error {
	if !slices.Contains([]string{"flow", "prompt", "hours", "queue", "entry", "user", "plugin", "project", "skill"}, c.kind) || c.kind == "prompt" && isShipped(c.key) {
		return nil
	}
	for _, w := range f.Flows {
		if c.kind == "queue" && !c.renamed && flow.IsStarter(w.Key, json.RawMessage(w.Program), c.key) {
			uses, err := f.uses(c.ids, thing{"flow", w.Key}, false)
			if err != nil {
				return err
			}
			if len(uses) == 0 {
				continue
			}
		}
		if !strings.Contains(string(w.Program), c.key) { // most do not; a key needs no escapes
			continue
		}
		p, err := flow.Compile(json.RawMessage(w.Program))
		if err != nil {
			return fmt.Errorf("flow %s: %w", w.Key, err)
		}
		for _, r := range p.Refs() {
			c.see(Use{Kind: "flow", Key: w.Key, Name: w.Name, Node: r.Node}, r.Field, string(r.Thing), r.Key, true)
		}
	}
	return nil
}

// isShipped says that a prompt of this key comes along, and is heard when there is no other.
func isShipped(prompt string) bool { return slices.Contains(flow.ShippedPrompts(), prompt) }

// leaving refuses removals of what remains in use. It looks at the center as it will be without them.
func (r *run) leaving() error {
	if len(r.gone) == 0 {
		return nil
	}
	f, ids, err := export(r.tx, tenant.ID(r.by.Tenant))
	if err != nil {
		return err
	}
	f = f.without(r.gone)
	for _, g := range r.gone {
		uses, err := f.uses(ids, g, false)
		if err != nil {
			return err
		}
		for _, u := range uses {
			path := r.pathOf(u)
			r.src.add(path, fault.NotAllowed, "%s needs the %s %q, which is not in the file and would be removed", u, g.kind, g.key)
		}
	}
	return nil
}

// thing is what a file does not have any more.
type thing struct{ kind, key string }

// without is the center when those are gone.
func (f File) without(gone []thing) File {
	is := func(kind, key string) bool { return slices.Contains(gone, thing{kind, key}) }
	f.Projects = slices.DeleteFunc(f.Projects, func(p Project) bool { return is("project", p.Key) })
	f.Queues = slices.DeleteFunc(f.Queues, func(q Queue) bool { return is("queue", q.Key) })
	f.Entries = slices.DeleteFunc(f.Entries, func(e Entry) bool { return is("entry", e.Key) })
	f.Dispositions = slices.DeleteFunc(f.Dispositions, func(d Disposition) bool { return is("disposition", d.Key) })
	f.Triggers = slices.DeleteFunc(f.Triggers, func(k Trigger) bool { return is("trigger", k.Key) })
	f.AlertRules = slices.DeleteFunc(f.AlertRules, func(k AlertRule) bool { return is("alert_rule", k.Key) })
	f.Flows = slices.DeleteFunc(f.Flows, func(w Flow) bool { return is("flow", w.Key) })
	return f
}

// pathOf is where the file has a user; the name of its list when the file does not have it.
func (r *run) pathOf(u Use) string {
	list, i := "", -1
	switch u.Kind {
	case "project":
		list, i = "projects", slices.IndexFunc(r.f.Projects, func(p Project) bool { return p.Key == u.Key })
	case "queue":
		list, i = "queues", slices.IndexFunc(r.f.Queues, func(q Queue) bool { return q.Key == u.Key })
	case "entry":
		list, i = "entries", slices.IndexFunc(r.f.Entries, func(e Entry) bool { return e.Key == u.Key })
	case "disposition":
		list, i = "dispositions", slices.IndexFunc(r.f.Dispositions, func(d Disposition) bool { return d.Key == u.Key })
	case "trigger":
		list, i = "triggers", slices.IndexFunc(r.f.Triggers, func(k Trigger) bool { return k.Key == u.Key })
	case "alert_rule":
		list, i = "alert_rules", slices.IndexFunc(r.f.AlertRules, func(k AlertRule) bool { return k.Key == u.Key })
	case "flow":
		list, i = "flows", slices.IndexFunc(r.f.Flows, func(w Flow) bool { return w.Key == u.Key })
	}
	if i < 0 {
		return list
	}
	field := u.Field
	if u.Kind == "flow" {
		field = cmp.Or(fault.Join("program.nodes."+u.Node, u.Field), "program")
	}
	return fault.Join(at(list, i), field)
}
