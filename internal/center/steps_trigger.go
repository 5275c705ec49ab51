package center

import (
	"errors"

	"linekeeper/internal/agent"
	"linekeeper/internal/flow"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trigger"
)

func (k Trigger) noun() trigger.Trigger {
	r := k.Rule
	return trigger.Trigger{Key: k.Key, Name: k.Name, ProjectID: project.ID(k.Project), FlowID: k.Flow, Kind: trigger.Kind(k.Kind), Disabled: k.Disabled,
		TokenHash: k.TokenHash, Rule: trigger.Rule{TimeZone: r.TimeZone, Days: r.Days, Times: r.Times, On: trigger.Happening(r.On), Queue: r.Queue,
			More: r.More, ForMS: r.For.Milliseconds(), PerMinute: r.PerMinute,
			Status: agent.Status(r.Status), Reason: r.Reason, Question: r.Question, AtMost: r.AtMost, Last: r.Last}}
}

func triggerFrom(n trigger.Trigger) Trigger {
	r := n.Rule
	return Trigger{Key: n.Key, Name: n.Name, Project: string(n.ProjectID), Flow: n.FlowID, Kind: string(n.Kind), Disabled: n.Disabled,
		TokenHash: n.TokenHash, Rule: TriggerRule{TimeZone: r.TimeZone, Days: r.Days, Times: r.Times, On: string(r.On), Queue: r.Queue,
			More: r.More, For: fromMillis(r.ForMS), PerMinute: r.PerMinute,
			Status: string(r.Status), Reason: r.Reason, Question: r.Question, AtMost: r.AtMost, Last: r.Last}}
}

func (r *run) triggers(have File) error {
	had := make(map[string]Trigger)
	for _, k := range have.Triggers {
		had[k.Key] = k
	}
	for i := range r.f.Triggers {
		k := &r.f.Triggers[i]
		if k.TokenHash == "" {
			k.TokenHash = had[k.Key].TokenHash
		}
	}
	resolve := func(path string, k Trigger) (trigger.Trigger, error) {
		n := k.noun()
		p, err1 := r.ref(path+".project", "project", k.Project)
		f, err2 := r.ref(path+".flow", "flow", k.Flow)
		_, err3 := r.ref(path+".rule.queue", "queue", k.Rule.Queue)
		n.ProjectID, n.FlowID = project.ID(p), f
		err := errors.Join(err1, err2, err3)
		if err == nil {
			err = flow.CheckAlone(r.tx, tenant.ID(r.by.Tenant), flow.ID(f))
		}
		return n, err
	}
	return bring(r, step[Trigger]{
		kind: "trigger", want: r.f.Triggers, have: have.Triggers, path: in("triggers"), leaf: true,
		key: func(k Trigger) string { return k.Key },
		create: func(path string, k Trigger) (string, error) {
			n, err := resolve(path, k)
			if err != nil {
				return "", err
			}
			if n, err = trigger.Create(r.tx, r.by, n); err == nil && k.TokenHash != "" {
				err = trigger.PutTokenHash(r.tx, r.by, n.ID, k.TokenHash)
			}
			return string(n.ID), err
		},
		change: func(path, id string, k Trigger) error {
			n, err := resolve(path, k)
			if err != nil {
				return err
			}
			n.ID = trigger.ID(id)
			if _, err = trigger.Change(r.tx, r.by, n); err == nil && k.TokenHash != had[k.Key].TokenHash {
				err = trigger.PutTokenHash(r.tx, r.by, n.ID, k.TokenHash)
			}
			return err
		},
		remove: func(id string) error { return trigger.Delete(r.tx, r.by, trigger.ID(id)) },
	})
}
