package center

import (
	"errors"
	"slices"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/disposition"
	"linekeeper/internal/entry"
	"linekeeper/internal/flow"
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/phone"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// all applies list after list: what others refer to comes first, and is removed last.
func (r *run) all() error {
	r.fixed = make(map[string]bool)
	zone, err := r.tenant()
	if err != nil {
		return err
	}
	have, ids, err := export(r.tx, tenant.ID(r.by.Tenant))
	if err != nil {
		return err
	}
	r.ids = ids
	for i := range r.f.Hours {
		if r.f.Hours[i].TimeZone == "" {
			r.f.Hours[i].TimeZone = zone
		}
	}
	for _, do := range []func(File) error{
		r.trunks, r.projects, r.hours, r.prompts, r.plugins, r.skills, r.flows, r.queues, r.entries, r.dispositions, r.breakReasons,
		r.users, r.apiTokens, r.triggers, r.alertRules,
	} {
		if err := do(have); err != nil {
			return err
		}
	}
	if len(r.src.problems) == 0 {
		if err := r.leaving(); err != nil {
			return err
		}
	}
	if len(r.src.problems) > 0 {
		return nil // they would only be followed by others
	}
	for _, remove := range slices.Backward(r.last) {
		if err := remove(); err != nil {
			return err
		}
	}
	if err := r.checkProjects(); err != nil {
		return err
	}
	return r.checkFlows()
}

// tenant applies the tenant's settings, and makes it in an empty database.
func (r *run) tenant() (zone string, err error) {
	t, err := home(r.tx, r.by)
	var old tenant.Tenant
	if err == nil {
		old, err = tenant.Get(r.tx, t)
	}
	if fault.Is(err, fault.NotFound) && r.by.Tenant == "" {
		return r.newTenant()
	}
	if err != nil {
		return "", err
	}
	r.by.Tenant = string(old.ID)
	if r.f.Tenant == nil {
		return old.TimeZone, nil
	}
	s := step[Tenant]{
		kind: "tenant",
		want: []Tenant{*r.f.Tenant},
		have: []Tenant{{Name: old.Name, TimeZone: old.TimeZone, Language: old.Language}},
		key:  func(Tenant) string { return "settings" },
		path: func(int) string { return "tenant" },
		change: func(_, _ string, v Tenant) error {
			n := v.noun()
			n.ID = old.ID
			_, err := tenant.Change(r.tx, r.by, n)
			return err
		},
	}
	return r.f.Tenant.TimeZone, bring(r, s)
}

func (r *run) newTenant() (zone string, err error) {
	n := tenant.Tenant{Name: "My center", TimeZone: "UTC", Language: tenant.English}
	if r.f.Tenant != nil {
		n = r.f.Tenant.noun()
	}
	n, err = tenant.Create(r.tx, r.by, n)
	if err != nil {
		return "", err
	}
	r.by.Tenant = string(n.ID)
	flat, err := flatten(Tenant{Name: n.Name, TimeZone: n.TimeZone, Language: n.Language})
	r.diff.Changes = append(r.diff.Changes, Change{Action: "create", Kind: "tenant", Key: "settings", Fields: compare(nil, flat)})
	return n.TimeZone, err
}

// in is the path of a list's items.
func in(list string) func(int) string { return func(i int) string { return at(list, i) } }

func (r *run) hours(have File) error {
	return bring(r, step[Hours]{
		kind: "hours", want: r.f.Hours, have: have.Hours, path: in("hours"),
		key: func(h Hours) string { return h.Key },
		create: func(_ string, h Hours) (string, error) {
			n, err := hours.Create(r.tx, r.by, h.noun(""))
			return string(n.ID), err
		},
		change: func(_, id string, h Hours) error {
			n := h.noun("")
			n.ID = hours.ID(id)
			_, err := hours.Change(r.tx, r.by, n)
			return err
		},
		remove: func(id string) error { return hours.Delete(r.tx, r.by, hours.ID(id)) },
	})
}

func (r *run) prompts(have File) error {
	return bring(r, step[Prompt]{
		kind: "prompt", want: r.f.Prompts, have: have.Prompts, path: in("prompts"),
		key: func(p Prompt) string { return p.Key },
		create: func(_ string, p Prompt) (string, error) {
			n, err := flow.CreatePrompt(r.tx, r.by, p.noun())
			return string(n.ID), err
		},
		change: func(_, id string, p Prompt) error {
			n := p.noun()
			n.ID = flow.PromptID(id)
			_, err := flow.ChangePrompt(r.tx, r.by, n)
			return err
		},
		remove: func(id string) error { return flow.DeletePrompt(r.tx, r.by, flow.PromptID(id)) },
	})
}

func (r *run) flows(have File) error {
	return bring(r, step[Flow]{
		kind: "flow", want: r.f.Flows, have: have.Flows, path: in("flows"),
		key: func(f Flow) string { return f.Key },
		create: func(_ string, f Flow) (string, error) {
			n, err := flow.Create(r.tx, r.by, f.noun())
			return string(n.ID), err
		},
		change: func(_, id string, f Flow) error {
			n := f.noun()
			n.ID = flow.ID(id)
			_, err := flow.Change(r.tx, r.by, n)
			return err
		},
		remove: func(id string) error { return flow.Delete(r.tx, r.by, flow.ID(id)) },
	})
}

// checkFlows looks up what programs name, at the end because queues name flows as flows name queues;
// and all programs, because one that is not in the file may name something that was removed.
func (r *run) checkFlows() error {
	flows, err := flow.List(r.tx, tenant.ID(r.by.Tenant), db.Page{Limit: db.Unlimited})
	if err != nil {
		return err
	}
	for _, f := range flows {
		i := slices.IndexFunc(r.f.Flows, func(w Flow) bool { return w.Key == f.Key })
		if err := r.checked("flow", "flows", f.Key, i, flow.Checker{}.Check(r.tx, tenant.ID(r.by.Tenant), f)); err != nil {
			return err
		}
	}
	return nil
}

// checkProjects looks up what projects and queues name by key, at the end as checkFlows.
func (r *run) checkProjects() error {
	t, every := tenant.ID(r.by.Tenant), db.Page{Limit: db.Unlimited}
	projects, err := project.List(r.tx, t, every)
	if err != nil {
		return err
	}
	for _, p := range projects {
		i := slices.IndexFunc(r.f.Projects, func(w Project) bool { return w.Key == p.Key })
		if err := r.checked("project", "projects", p.Key, i, flow.CheckProject(r.tx, t, p)); err != nil {
			return err
		}
	}
	queues, err := queue.List(r.tx, t, every)
	if err != nil {
		return err
	}
	for _, q := range queues {
		i := slices.IndexFunc(r.f.Queues, func(w Queue) bool { return w.Key == q.Key })
		if err := r.checked("queue", "queues", q.Key, i, flow.CheckQueue(r.tx, t, q)); err != nil {
			return err
		}
	}
	return nil
}

// checked notes what is wrong with a thing, where the file has it; -1: it does not.
func (r *run) checked(kind, list, key string, i int, err error) error {
	if i >= 0 {
		return r.src.nest(at(list, i), err)
	}
	if fields := fault.FieldsOf(err); fields != nil {
		r.src.add(list, fault.Unknown, "the %s %q, which is not in the file: %s", kind, key, fields.Error())
		return nil
	}
	return err
}

func (r *run) queues(have File) error {
	resolve := func(path string, q Queue) (queue.Queue, error) {
		n := q.noun()
		p, err1 := r.ref(path+".project", "project", q.Project)
		f, err2 := r.ref(path+".waiting_flow", "flow", q.WaitingFlow)
		h, err3 := r.ref(path+".hours", "hours", q.Hours)
		a, err4 := r.ref(path+".after_flow", "flow", q.AfterFlow)
		n.ProjectID, n.WaitingFlowID, n.HoursID, n.AfterFlowID = project.ID(p), f, h, a
		err5 := r.askedSkills(path, n.Routing.Needs)
		return n, errors.Join(err1, err2, err3, err4, err5)
	}
	return bring(r, step[Queue]{
		kind: "queue", want: r.f.Queues, have: have.Queues, path: in("queues"),
		key: func(q Queue) string { return q.Key },
		create: func(path string, q Queue) (string, error) {
			n, err := resolve(path, q)
			if err == nil {
				n, err = queue.Create(r.tx, r.by, n)
			}
			return string(n.ID), err
		},
		change: func(path, id string, q Queue) error {
			n, err := resolve(path, q)
			if err != nil {
				return err
			}
			n.ID = queue.ID(id)
			_, err = queue.Change(r.tx, r.by, n)
			return err
		},
		remove: func(id string) error { return DeleteQueue(r.tx, r.by, queue.ID(id)) },
	})
}

func (r *run) entries(have File) error {
	resolve := func(path string, e Entry) (entry.Entry, error) {
		n := e.noun()
		p, err1 := r.ref(path+".project", "project", e.Project)
		f, err2 := r.ref(path+".flow", "flow", e.Flow)
		h, err3 := r.ref(path+".hours", "hours", e.Hours)
		n.ProjectID, n.FlowID, n.HoursID = project.ID(p), f, hours.ID(h)
		return n, errors.Join(err1, err2, err3)
	}
	for i := range r.f.Entries { // as stored, so that only another number is a change
		r.f.Entries[i].Number = entry.Clean(r.f.Entries[i].Number)
	}
	return bring(r, step[Entry]{
		kind: "entry", want: r.f.Entries, have: have.Entries, path: in("entries"), leaf: true,
		key: func(e Entry) string { return e.Key },
		create: func(path string, e Entry) (string, error) {
			n, err := resolve(path, e)
			if err == nil {
				n, err = entry.Create(r.tx, r.by, n)
			}
			return string(n.ID), err
		},
		change: func(path, id string, e Entry) error {
			n, err := resolve(path, e)
			if err != nil {
				return err
			}
			n.ID = entry.ID(id)
			_, err = entry.Change(r.tx, r.by, n)
			return err
		},
		remove: func(id string) error { return entry.Delete(r.tx, r.by, entry.ID(id)) },
	})
}

func (r *run) dispositions(have File) error {
	want := r.f.outcomes()
	resolve := func(path string, o outcome) (disposition.Disposition, error) {
		n := o.noun()
		p, err1 := r.ref(path+".project", "project", o.Project)
		parent, err2 := r.ref(path, "disposition", o.Parent)
		n.ProjectID, n.ParentID = project.ID(p), disposition.ID(parent)
		return n, errors.Join(err1, err2)
	}
	had := have.outcomes()
	slices.Reverse(had) // children are removed before their parents
	return bring(r, step[outcome]{
		kind: "disposition", want: want, have: had, leaf: true,
		path: func(i int) string { return want[i].path },
		key:  func(o outcome) string { return o.Key },
		// A child may move below a new parent.
		createFirst: true,
		create: func(path string, o outcome) (string, error) {
			n, err := resolve(path, o)
			if err == nil {
				n, err = disposition.Create(r.tx, r.by, n)
			}
			return string(n.ID), err
		},
		change: func(path, id string, o outcome) error {
			n, err := resolve(path, o)
			if err != nil {
				return err
			}
			n.ID = disposition.ID(id)
			_, err = disposition.Change(r.tx, r.by, n)
			return err
		},
		remove: func(id string) error { return disposition.Delete(r.tx, r.by, disposition.ID(id)) },
	})
}

func (r *run) breakReasons(have File) error {
	return bring(r, step[BreakReason]{
		kind: "break_reason", want: r.f.BreakReasons, have: have.BreakReasons, path: in("break_reasons"), leaf: true,
		key: func(b BreakReason) string { return b.Key },
		create: func(_ string, b BreakReason) (string, error) {
			n, err := agent.CreateBreakReason(r.tx, r.by, b.noun())
			return string(n.ID), err
		},
		change: func(_, id string, b BreakReason) error {
			n := b.noun()
			n.ID = agent.BreakReasonID(id)
			_, err := agent.ChangeBreakReason(r.tx, r.by, n)
			return err
		},
		remove: func(id string) error { return agent.DeleteBreakReason(r.tx, r.by, agent.BreakReasonID(id)) },
	})
}

func (r *run) users(have File) error {
	had := make(map[string]User)
	for _, u := range have.Users {
		had[u.Login] = u
	}
	for i := range r.f.Users {
		u := &r.f.Users[i]
		old, exists := had[u.Login]
		if hash, ok := r.hashes[u.Login]; ok {
			u.Password, u.PasswordHash = "", hash
		} else if u.PasswordHash == "" {
			u.PasswordHash = old.PasswordHash
		}
		u.PhoneNumber = access.CleanNumber(u.PhoneNumber)
		if u.PhoneSecret != "" {
			u.PhoneSecret, u.PhoneSecretHash = "", phone.HashOf(phone.NameFor(u.Login), u.PhoneSecret)
		} else if u.PhoneSecretHash == "" {
			u.PhoneSecretHash = old.PhoneSecretHash
		}
		if u.Skills == nil {
			u.Skills = r.staying(old.Skills)
		}
		if u.Queues == nil && exists {
			u.Queues = old.Queues
		} else if u.Queues == nil {
			u.Queues = []string{}
		}
	}
	if r.f.Prune && r.f.Users != nil { // users are disabled, not removed
		for _, u := range have.Users {
			named := slices.ContainsFunc(r.f.Users, func(w User) bool { return w.Login == u.Login })
			if !named && !u.Disabled {
				u.Disabled, u.Skills = true, r.staying(u.Skills)
				r.f.Users = append(r.f.Users, u)
			}
		}
	}
	return bring(r, step[User]{
		kind: "user", want: sorted(r.f.Users), have: have.Users, path: in("users"),
		// A new administrator is made before the last old one may cease to be one.
		createFirst: true,
		key:         func(u User) string { return u.Login },
		create: func(path string, u User) (string, error) {
			queues, err := r.queueIDs(path, u)
			if err != nil {
				return "", err
			}
			n := u.noun()
			n.PasswordHash = u.PasswordHash
			n, err = access.CreateUser(r.tx, r.by, n)
			if err == nil && u.PhoneSecretHash != "" {
				err = phone.Put(r.tx, r.by, n.ID, u.PhoneSecretHash)
			}
			if err == nil {
				err = queue.SetOfAgent(r.tx, r.by, n.ID, queues)
			}
			if err == nil {
				err = r.setSkills(path, n.ID, u.Skills)
			}
			return string(n.ID), err
		},
		change: func(path, id string, u User) error {
			queues, err := r.queueIDs(path, u)
			if err != nil {
				return err
			}
			n := u.noun()
			n.ID = access.UserID(id)
			if _, err = access.ChangeUser(r.tx, r.by, n); err != nil {
				return err
			}
			if u.PasswordHash != had[u.Login].PasswordHash {
				if err := access.SetPassword(r.tx, r.by, n.ID, u.PasswordHash, ""); err != nil {
					return err
				}
			}
			if u.PhoneSecretHash != had[u.Login].PhoneSecretHash {
				if err := phone.Put(r.tx, r.by, n.ID, u.PhoneSecretHash); err != nil {
					return err
				}
			}
			if err := queue.SetOfAgent(r.tx, r.by, n.ID, queues); err != nil {
				return err
			}
			return r.setSkills(path, n.ID, u.Skills)
		},
	})
}

// sorted puts each user's queues in the order of the database, in which their order means nothing.
func sorted(users []User) []User {
	for i := range users {
		users[i].Queues = slices.Clone(users[i].Queues)
		slices.Sort(users[i].Queues)
	}
	return users
}

func (r *run) queueIDs(path string, u User) ([]queue.ID, error) {
	var list []queue.ID
	var failed error
	for i, key := range u.Queues {
		id, err := r.ref(at(path+".queues", i), "queue", key)
		if err != nil {
			failed = err
		}
		list = append(list, queue.ID(id))
	}
	return list, failed
}

func (r *run) apiTokens(have File) error {
	had := make(map[string]APIToken)
	for _, k := range have.APITokens {
		had[k.Key] = k
	}
	for i := range r.f.APITokens {
		k := &r.f.APITokens[i]
		switch {
		case k.Token != "":
			k.Token, k.TokenHash = "", secret.HashToken(k.Token)
		case k.TokenHash == "":
			k.TokenHash = had[k.Key].TokenHash
		}
	}
	return bring(r, step[APIToken]{
		kind: "api_token", want: r.f.APITokens, have: have.APITokens, path: in("api_tokens"), leaf: true,
		key: func(k APIToken) string { return k.Key },
		create: func(_ string, k APIToken) (string, error) {
			n, err := access.CreateToken(r.tx, r.by, k.noun())
			return string(n.ID), err
		},
		change: func(_, id string, k APIToken) error {
			n := k.noun()
			n.ID = access.TokenID(id)
			_, err := access.ChangeToken(r.tx, r.by, n)
			return err
		},
		remove: func(id string) error { return access.DeleteToken(r.tx, r.by, access.TokenID(id)) },
	})
}
