package center

import (
	"bytes"
	"context"
	"fmt"

	"go.yaml.in/yaml/v3"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/alert"
	"linekeeper/internal/disposition"
	"linekeeper/internal/entry"
	"linekeeper/internal/flow"
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/phone"
	"linekeeper/internal/plugin"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trigger"
	"linekeeper/internal/trunk"
)

// YAML writes the file.
func (f File) YAML() ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(f); err != nil {
		return nil, fmt.Errorf("writing the center as YAML: %w", err)
	}
	return b.Bytes(), enc.Close()
}

// ids are what things are called in the database, by kind and key.
type ids map[string]map[string]string

func (m ids) set(kind, key, id string) {
	if m[kind] == nil {
		m[kind] = make(map[string]string)
	}
	m[kind][key] = id
}

// key finds the key of an id.
func (m ids) key(kind, id string) string {
	for k, v := range m[kind] {
		if v == id && id != "" {
			return k
		}
	}
	return ""
}

// Export reads a tenant's whole center. Without secrets, passwords and tokens are left out, and
// applying the file leaves them as they are; with secrets their hashes are written, so that the file
// makes the same center elsewhere.
func (c *Center) Export(ctx context.Context, t tenant.ID, secrets bool) (File, error) {
	var f File
	err := c.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		f, _, err = export(tx, t)
		return err
	})
	if err != nil {
		return File{}, err
	}
	for i := range f.Users {
		if !secrets {
			f.Users[i].PasswordHash, f.Users[i].PhoneSecretHash = "", ""
		}
	}
	for i := range f.Trunks {
		if !secrets {
			f.Trunks[i].PasswordSealed = ""
		}
	}
	for i := range f.APITokens {
		if !secrets {
			f.APITokens[i].TokenHash = ""
		}
	}
	for i := range f.Triggers {
		if !secrets {
			f.Triggers[i].TokenHash = ""
		}
	}
	for i := range f.Plugins {
		if !secrets {
			f.Plugins[i].SecretSealed = ""
		}
	}
	for i := range f.Dispositions { // a position that is the place in the list says nothing
		drop(&f.Dispositions[i].Position, i)
		for j := range f.Dispositions[i].Children {
			drop(&f.Dispositions[i].Children[j].Position, j)
		}
	}
	for i := range f.BreakReasons {
		drop(&f.BreakReasons[i].Position, i)
	}
	return f, nil
}

func drop(position **int64, i int) {
	if **position == int64(i) {
		*position = nil
	}
}

// export reads everything with all fields set. Every list is there, if only empty.
func export(tx *db.Tx, t tenant.ID) (File, ids, error) {
	r := reader{tx: tx, t: t, ids: make(ids)}
	f := r.file()
	if r.err != nil {
		return File{}, nil, fmt.Errorf("reading the center: %w", r.err)
	}
	return f, r.ids, nil
}

// reader reads list after list until one fails.
type reader struct {
	tx  *db.Tx
	t   tenant.ID
	ids ids
	err error
}

// all reads a list whole: set-up is small.
func all[T any](r *reader, list func(*db.Tx, tenant.ID, db.Page) ([]T, error)) []T {
	if r.err != nil {
		return nil
	}
	items, err := list(r.tx, r.t, db.Page{Limit: db.Unlimited})
	r.err = err
	return items
}

func (r *reader) file() File {
	home, err := tenant.Get(r.tx, r.t)
	if err != nil {
		r.err = err
		return File{}
	}
	f := File{
		Tenant:   &Tenant{Name: home.Name, TimeZone: home.TimeZone, Language: home.Language},
		Projects: []Project{}, Hours: []Hours{}, Trunks: []Trunk{}, Prompts: []Prompt{}, Flows: []Flow{}, Queues: []Queue{},
		Entries: []Entry{}, Dispositions: []Disposition{}, BreakReasons: []BreakReason{}, Skills: []Skill{}, Users: []User{}, APITokens: []APIToken{}, Triggers: []Trigger{}, Plugins: []Plugin{}, AlertRules: []AlertRule{},
	}
	for _, n := range all(r, hours.List) {
		r.ids.set("hours", n.Key, string(n.ID))
		f.Hours = append(f.Hours, hoursFrom(n))
	}
	for _, n := range all(r, trunk.List) {
		r.ids.set("trunk", n.Key, string(n.ID))
		f.Trunks = append(f.Trunks, trunkFrom(n))
	}
	for _, n := range all(r, project.List) {
		r.ids.set("project", n.Key, string(n.ID))
		p := Project{
			Key: n.Key, Name: n.Name, Country: n.Country, RecordingDays: n.RecordingDays, RecordingFormat: n.RecordingFormat,
			HangUpAfter: fromMillis(n.HangUpAfterMS), HangUpReason: n.HangUpReason,
			AnnounceMonitoring: n.AnnounceMonitoring, HoldMusic: n.HoldMusic, SafetyFlow: n.SafetyFlow, DefaultQueue: n.DefaultQueue,
		}
		for _, k := range n.Trunks {
			p.Trunks = append(p.Trunks, r.ids.key("trunk", string(k)))
		}
		for _, v := range n.Voices {
			p.Voices = append(p.Voices, Voice(v))
		}
		for _, v := range n.Recognizers {
			p.Recognizers = append(p.Recognizers, Recognizer(v))
		}
		if c := ProjectCallbacks(n.Callbacks); c != (ProjectCallbacks{}) {
			p.Callbacks = &c
		}
		if m := Messaging(n.Messaging); m != (Messaging{}) {
			p.Messaging = &m
		}
		if a := n.Abuse; a != (project.Abuse{}) {
			p.Abuse = &ProjectAbuse{Boundary: a.Boundary, MayEnd: a.MayEnd, Farewell: a.Farewell, Recovery: fromMillis(a.RecoveryMS)}
		}
		f.Projects = append(f.Projects, p)
	}
	for _, n := range all(r, flow.ListPrompts) {
		r.ids.set("prompt", n.Key, string(n.ID))
		f.Prompts = append(f.Prompts, promptFrom(n))
	}
	for _, n := range all(r, flow.List) {
		r.ids.set("flow", n.Key, string(n.ID))
		f.Flows = append(f.Flows, flowFrom(n))
	}
	for _, n := range all(r, skill.List) {
		r.ids.set("skill", n.Key, string(n.ID))
		f.Skills = append(f.Skills, Skill{Key: n.Key, Names: n.Names})
	}
	for _, n := range all(r, queue.List) {
		r.ids.set("queue", n.Key, string(n.ID))
		q := queueFrom(n)
		q.Project, q.WaitingFlow, q.Hours = r.ids.key("project", q.Project), r.ids.key("flow", q.WaitingFlow), r.ids.key("hours", q.Hours)
		q.AfterFlow = r.ids.key("flow", q.AfterFlow)
		if q.Routing != nil {
			for i := range q.Routing.Needs {
				need := &q.Routing.Needs[i]
				need.Skill = r.ids.key("skill", need.Skill)
			}
		}
		f.Queues = append(f.Queues, q)
	}
	for _, n := range all(r, entry.List) {
		r.ids.set("entry", n.Key, string(n.ID))
		e := entryFrom(n)
		e.Project, e.Flow, e.Hours = r.ids.key("project", e.Project), r.ids.key("flow", e.Flow), r.ids.key("hours", e.Hours)
		f.Entries = append(f.Entries, e)
	}
	r.dispositions(&f)
	reasons := all(r, func(tx *db.Tx, t tenant.ID, _ db.Page) ([]agent.BreakReason, error) { return agent.BreakReasons(tx, t) })
	for _, n := range reasons {
		r.ids.set("break_reason", n.Key, string(n.ID))
		f.BreakReasons = append(f.BreakReasons, breakReasonFrom(n))
	}
	r.users(&f)
	for _, n := range all(r, access.ListTokens) {
		r.ids.set("api_token", n.Key, string(n.ID))
		f.APITokens = append(f.APITokens, tokenFrom(n))
	}
	for _, n := range all(r, trigger.List) {
		r.ids.set("trigger", n.Key, string(n.ID))
		k := triggerFrom(n)
		k.Project, k.Flow = r.ids.key("project", k.Project), r.ids.key("flow", k.Flow)
		f.Triggers = append(f.Triggers, k)
	}
	for _, n := range all(r, plugin.List) {
		r.ids.set("plugin", n.Key, string(n.ID))
		f.Plugins = append(f.Plugins, pluginFrom(n))
	}
	for _, n := range all(r, alert.ListRules) {
		r.ids.set("alert_rule", n.Key, string(n.ID))
		k := alertRuleFrom(n)
		k.Project, k.Queue = r.ids.key("project", k.Project), r.ids.key("queue", k.Queue)
		f.AlertRules = append(f.AlertRules, k)
	}
	return f
}

func (r *reader) dispositions(f *File) {
	place := make(map[disposition.ID]int) // of a first-level one in the list
	var children []disposition.Disposition
	for _, p := range f.Projects {
		of := project.ID(r.ids["project"][p.Key])
		list := all(r, func(tx *db.Tx, t tenant.ID, _ db.Page) ([]disposition.Disposition, error) {
			return disposition.OfProject(tx, t, of)
		})
		for _, n := range list {
			r.ids.set("disposition", n.Key, string(n.ID))
			if n.ParentID != "" {
				children = append(children, n)
				continue
			}
			place[n.ID] = len(f.Dispositions)
			position := n.Position
			f.Dispositions = append(f.Dispositions,
				Disposition{Key: n.Key, Project: p.Key, Names: n.Names, Success: n.Success, MinTalk: fromMillis(n.MinTalkMS), MaxTalk: fromMillis(n.MaxTalkMS), NoteRequired: n.NoteRequired, Position: &position})
		}
	}
	for _, n := range children {
		parent := &f.Dispositions[place[n.ParentID]]
		position := n.Position
		parent.Children = append(parent.Children, ChildDisposition{Key: n.Key, Names: n.Names, Success: n.Success, MinTalk: fromMillis(n.MinTalkMS), MaxTalk: fromMillis(n.MaxTalkMS), NoteRequired: n.NoteRequired, Position: &position})
	}
}

func (r *reader) users(f *File) {
	serves := make(map[access.UserID][]string)
	members := all(r, func(tx *db.Tx, t tenant.ID, _ db.Page) ([]queue.Member, error) { return queue.AllMembers(tx, t) })
	for _, m := range members {
		serves[m.UserID] = append(serves[m.UserID], r.ids.key("queue", string(m.QueueID)))
	}
	can := make(map[access.UserID]Levels)
	for _, h := range all(r, func(tx *db.Tx, t tenant.ID, _ db.Page) ([]skill.Held, error) { return skill.AllHeld(tx, t) }) {
		if can[h.User] == nil {
			can[h.User] = make(Levels)
		}
		can[h.User][r.ids.key("skill", string(h.Skill))] = int64(h.Level.Level)
	}
	secrets := make(map[access.UserID]string)
	accounts := all(r, func(tx *db.Tx, t tenant.ID, _ db.Page) ([]phone.Account, error) { return phone.Accounts(tx, t) })
	for _, a := range accounts {
		secrets[a.User] = a.Hash()
	}
	for _, n := range all(r, access.ListUsers) {
		r.ids.set("user", n.Login, string(n.ID))
		queues := serves[n.ID]
		if queues == nil {
			queues = []string{}
		}
		u := userFrom(n, queues)
		if u.PhoneSecretHash, u.Skills = secrets[n.ID], can[n.ID]; u.Skills == nil {
			u.Skills = Levels{}
		}
		f.Users = append(f.Users, u)
	}
}
