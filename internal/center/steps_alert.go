package center

import (
	"errors"

	"linekeeper/internal/alert"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
)

// AlertRule says what is trouble, and who is told beside the supervisors' screens. What belongs to other kinds is missing.
type AlertRule struct {
	Key      string   `yaml:"key"`
	Name     string   `yaml:"name"` // missing: the key
	Disabled bool     `yaml:"disabled,omitempty"`
	What     string   `yaml:"what"`               // long_wait, abandoned, long_break, nobody_available, nobody_signed_in or service_fails
	Project  string   `yaml:"project,omitempty"`  // key; missing: all
	Queue    string   `yaml:"queue,omitempty"`    // key; missing: all of the project
	Limit    Duration `yaml:"limit,omitempty"`    // long_wait and long_break; missing for long_break: what the break's reason allows
	Percent  int64    `yaml:"percent,omitempty"`  // abandoned: of those who came within 15 minutes
	AtLeast  int64    `yaml:"at_least,omitempty"` // abandoned: of so many customers at least
	Service  string   `yaml:"service,omitempty"`  // service_fails: trunk, speech, recognizer, gateway, web_hook or store; missing: any
	Hold     Duration `yaml:"hold,omitempty"`     // it must be so for so long
	Calm     Duration `yaml:"calm,omitempty"`     // it must be well again for so long
	Repeat   Duration `yaml:"repeat,omitempty"`   // sent again after so long while nobody has seen it; missing: never
	Emails   []string `yaml:"emails,omitempty"`
	Hook     string   `yaml:"hook,omitempty"` // URL that is sent signed JSON
}

func (k AlertRule) noun() alert.Rule {
	return alert.Rule{Key: k.Key, Name: k.Name, Disabled: k.Disabled, Project: project.ID(k.Project), Queue: queue.ID(k.Queue),
		Terms: alert.Terms{What: alert.What(k.What), LimitMS: k.Limit.Milliseconds(), Percent: k.Percent, Least: k.AtLeast, Service: alert.Service(k.Service),
			HoldMS: k.Hold.Milliseconds(), CalmMS: k.Calm.Milliseconds(), RepeatMS: k.Repeat.Milliseconds(), Emails: k.Emails, Hook: k.Hook}}
}

func alertRuleFrom(n alert.Rule) AlertRule {
	t := n.Terms
	return AlertRule{Key: n.Key, Name: n.Name, Disabled: n.Disabled, What: string(t.What), Project: string(n.Project), Queue: string(n.Queue),
		Limit: fromMillis(t.LimitMS), Percent: t.Percent, AtLeast: t.Least, Service: string(t.Service),
		Hold: fromMillis(t.HoldMS), Calm: fromMillis(t.CalmMS), Repeat: fromMillis(t.RepeatMS), Emails: t.Emails, Hook: t.Hook}
}

func (r *run) alertRules(have File) error {
	resolve := func(path string, k AlertRule) (alert.Rule, error) {
		n := k.noun()
		p, err1 := r.ref(path+".project", "project", k.Project)
		q, err2 := r.ref(path+".queue", "queue", k.Queue)
		n.Project, n.Queue = project.ID(p), queue.ID(q)
		return n, errors.Join(err1, err2)
	}
	return bring(r, step[AlertRule]{
		kind: "alert_rule", want: r.f.AlertRules, have: have.AlertRules, path: in("alert_rules"), leaf: true,
		key: func(k AlertRule) string { return k.Key },
		create: func(path string, k AlertRule) (string, error) {
			n, err := resolve(path, k)
			if err == nil {
				n, err = alert.CreateRule(r.tx, r.by, n)
			}
			return string(n.ID), err
		},
		change: func(path, id string, k AlertRule) error {
			n, err := resolve(path, k)
			if err != nil {
				return err
			}
			n.ID = alert.RuleID(id)
			_, err = alert.ChangeRule(r.tx, r.by, n)
			return err
		},
		remove: func(id string) error { return alert.DeleteRule(r.tx, r.by, alert.RuleID(id)) },
	})
}
