package api

import (
	"context"
	"encoding/base64"
	"net/http"

	"linekeeper/internal/access"
	"linekeeper/internal/alert"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
)

// Alerts notes who has seen an alert, and tells the key that signs what web hooks are sent.
type Alerts interface {
	See(ctx context.Context, by audit.Author, name string, which alert.ID) (alert.Alert, error)
	HookKey(address string) ([]byte, error)
}

// AlertRuleFields are what an administrator sets of a rule.
type AlertRuleFields struct {
	Key       string     `json:"key" maxLength:"64" doc:"Short name"`
	Name      string     `json:"name" maxLength:"200"`
	Disabled  bool       `json:"disabled,omitempty"`
	ProjectID string     `json:"project_id,omitempty" maxLength:"64" doc:"Empty: all"`
	QueueID   string     `json:"queue_id,omitempty" maxLength:"64" doc:"Empty: all of the project. For long_break: agents who serve it"`
	Terms     AlertTerms `json:"terms"`
}

// AlertTerms are when a rule raises and clears, and whom it tells beside the supervisors' screens.
type AlertTerms struct {
	What     string   `json:"what" enum:"long_wait,abandoned,long_break,nobody_available,nobody_signed_in,service_fails" doc:"nobody_signed_in and nobody_available: in the queue's opening hours; without hours, while somebody waits"`
	LimitMs  int64    `json:"limit_ms,omitempty" doc:"For long_wait and long_break; 0 for long_break: what the break's reason allows"`
	Percent  int64    `json:"percent,omitempty" doc:"For abandoned: of those who came within 15 minutes, without short abandons"`
	Least    int64    `json:"least,omitempty" doc:"For abandoned: of at least so many customers"`
	Service  string   `json:"service,omitempty" enum:"trunk,speech,recognizer,gateway,web_hook,store," doc:"For service_fails; empty: any"`
	HoldMs   int64    `json:"hold_ms,omitempty" doc:"For how long it must be so before the alert is raised"`
	CalmMs   int64    `json:"calm_ms,omitempty" doc:"For how long it must be well again before it clears; a share must fall below four fifths of its limit"`
	RepeatMs int64    `json:"repeat_ms,omitempty" doc:"After what time it is sent again while it lasts and nobody has seen it; 0: never"`
	Emails   []string `json:"emails,omitempty" maxItems:"20"`
	Hook     string   `json:"hook,omitempty" maxLength:"2000" doc:"URL that is sent signed JSON when the alert is raised, repeated and cleared; empty: none"`
}

// AlertRule says what is trouble, and who is told.
type AlertRule struct {
	ID string `json:"id"`
	AlertRuleFields
}

func (s *server) alertRules() kept[alert.Rule, AlertRule, AlertRuleFields] {
	return kept[alert.Rule, AlertRule, AlertRuleFields]{
		kind: "alert_rule", title: "AlertRule", titles: "AlertRules", path: "/alert-rules", read: may(access.SeeSetup), write: may(access.ChangeSetup),
		list: alert.ListRules, after: func(r alert.Rule) string { return r.Key },
		get: byID(alert.GetRule), create: alert.CreateRule, change: alert.ChangeRule, remove: removeByID(alert.DeleteRule),
		show: func(r alert.Rule) AlertRule {
			t := r.Terms
			return AlertRule{ID: string(r.ID), AlertRuleFields: AlertRuleFields{Key: r.Key, Name: r.Name, Disabled: r.Disabled,
				ProjectID: string(r.Project), QueueID: string(r.Queue), Terms: AlertTerms{What: string(t.What), LimitMs: t.LimitMS, Percent: t.Percent,
					Least: t.Least, Service: string(t.Service), HoldMs: t.HoldMS, CalmMs: t.CalmMS, RepeatMs: t.RepeatMS, Emails: t.Emails, Hook: t.Hook}}}
		},
		take: func(id string, f AlertRuleFields) alert.Rule {
			t := f.Terms
			return alert.Rule{ID: alert.RuleID(id), Key: f.Key, Name: f.Name, Disabled: f.Disabled, Project: project.ID(f.ProjectID), Queue: queue.ID(f.QueueID),
				Terms: alert.Terms{What: alert.What(t.What), LimitMS: t.LimitMs, Percent: t.Percent, Least: t.Least, Service: alert.Service(t.Service),
					HoldMS: t.HoldMs, CalmMS: t.CalmMs, RepeatMS: t.RepeatMs, Emails: t.Emails, Hook: t.Hook}}
		},
	}
}

func (s *server) alertRoutes() []route {
	return []route{
		rt(http.MethodGet, "/alerts", "alerts", may(access.Monitor), "Alerts that last and that are over, the newest first", s.alerts),
		rt(http.MethodPost, "/alerts/{id}/seen", "seeAlert", may(access.Monitor), "Note that one has seen an alert; the first counts", s.seeAlert),
		rt(http.MethodPost, "/alert-rules/hook-key", "alertHookKey", may(access.ChangeSetup), "The key that signs what is sent to an address", s.alertHookKey,
			describe("Linekeeper-Signature is t=<seconds>,v1=<hex>: HMAC-SHA-256, by this key, of the seconds, a full stop and the body. A delivery may come twice; Idempotency-Key tells.")),
	}
}

// Alert is one trouble from its beginning to its end.
type Alert struct {
	ID        string `json:"id"`
	RuleID    string `json:"rule_id"`
	Rule      string `json:"rule" doc:"Its name when the alert was raised"`
	What      string `json:"what" enum:"long_wait,abandoned,long_break,nobody_available,nobody_signed_in,service_fails"`
	AboutKind string `json:"about_kind" enum:"queue,agent,service"`
	AboutID   string `json:"about_id"`
	About     string `json:"about"`
	Project   string `json:"project" doc:"Its name; empty: none"`
	Value     int64  `json:"value" doc:"When it was raised: milliseconds, percent or people, as what has it"`
	Limit     int64  `json:"limit"`
	Worst     int64  `json:"worst" doc:"Of an alert that is over: the worst value"`
	Detail    string `json:"detail" doc:"Of a service: what went wrong"`
	SinceMs   int64  `json:"since_ms" doc:"The trouble began"`
	RaisedMs  int64  `json:"raised_ms"`
	ClearedMs int64  `json:"cleared_ms" doc:"0: it lasts"`
	Why       string `json:"why" enum:"calm,changed,gone," doc:"It is over: it was well again; its rule was changed; what it was about is gone"`
	SeenMs    int64  `json:"seen_ms" doc:"0: nobody has seen it"`
	SeenName  string `json:"seen_name"`
	Times     int64  `json:"times" doc:"How often it was sent"`
	Untold    string `json:"untold" doc:"Why a message about it could not be sent; empty: all were"`
}

func shownAlert(a alert.Alert) Alert {
	return Alert{ID: string(a.ID), RuleID: string(a.Rule), Rule: a.Name, What: string(a.What), AboutKind: string(a.Subject.Kind), AboutID: a.Subject.ID,
		About: a.About, Project: a.Project, Value: a.Value, Limit: a.Limit, Worst: a.Worst, Detail: a.Detail, SinceMs: db.Millis(a.Since),
		RaisedMs: db.Millis(a.Raised), ClearedMs: db.Millis(a.Cleared), Why: a.Why, SeenMs: db.Millis(a.Seen), SeenName: a.SeenName, Times: a.Times, Untold: a.Untold}
}

type alertsInput struct {
	What      string `query:"what" enum:"long_wait,abandoned,long_break,nobody_available,nobody_signed_in,service_fails"`
	Rule      string `query:"rule" maxLength:"64" doc:"Id"`
	AboutKind string `query:"about_kind" enum:"queue,agent,service"`
	AboutID   string `query:"about_id" maxLength:"200"`
	Lasting   bool   `query:"lasting" doc:"Only those that are not over"`
	Unseen    bool   `query:"unseen" doc:"Only those that nobody has seen"`
	From      int64  `query:"from" minimum:"0" doc:"UTC milliseconds; raised since then"`
	To        int64  `query:"to" minimum:"0" doc:"UTC milliseconds; raised before; 0: no end"`
	Cursor    string `query:"cursor" maxLength:"400" doc:"Where the last page ended"`
	Limit     int    `query:"limit" minimum:"1" maximum:"200" default:"100"`
}

func (s *server) alerts(ctx context.Context, in *alertsInput) (*listOutput[Alert], error) {
	after, err := base64.RawURLEncoding.DecodeString(in.Cursor)
	if err != nil || !clean(string(after)) {
		return nil, fault.OneField("cursor", fault.Malformed, "This is not the cursor of an earlier page.")
	}
	f := alert.Filter{What: alert.What(in.What), Rule: alert.RuleID(in.Rule), Subject: alert.Subject{Kind: alert.SubjectKind(in.AboutKind), ID: in.AboutID},
		Lasting: in.Lasting, Unseen: in.Unseen, From: db.Instant(in.From)}
	if in.To > 0 {
		f.To = db.Instant(in.To)
	}
	out := &listOutput[Alert]{List[Alert]{Items: []Alert{}}}
	err = s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := alert.History(tx, viewerOf(ctx).Tenant, f, db.Page{After: string(after), Limit: in.Limit})
		for _, a := range all {
			out.Body.Items = append(out.Body.Items, shownAlert(a))
		}
		if len(all) == in.Limit {
			out.Body.Next = base64.RawURLEncoding.EncodeToString([]byte(all[len(all)-1].ID))
		}
		return err
	})
	return out, err
}

func (s *server) seeAlert(ctx context.Context, in *idInput) (*oneOutput[Alert], error) {
	if s.deps.Alerts == nil {
		return nil, fault.Unavailable.New("This server raises no alerts.")
	}
	v := viewerOf(ctx)
	a, err := s.deps.Alerts.See(ctx, v.author(), v.Name, alert.ID(in.ID))
	return &oneOutput[Alert]{shownAlert(a)}, err
}

type hookKeyInput struct {
	Body struct {
		Address string `json:"address" maxLength:"2000" doc:"The URL of the web hook"`
	}
}

// HookKey signs what a web hook is sent.
type HookKey struct {
	Key string `json:"key" doc:"As text; its bytes are the key"`
}

func (s *server) alertHookKey(_ context.Context, in *hookKeyInput) (*oneOutput[HookKey], error) {
	if s.deps.Alerts == nil {
		return nil, fault.Unavailable.New("This server raises no alerts.")
	}
	key, err := s.deps.Alerts.HookKey(in.Body.Address)
	return &oneOutput[HookKey]{HookKey{string(key)}}, err
}
