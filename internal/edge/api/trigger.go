package api

import (
	"context"
	"net/http"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/audit"
	"linekeeper/internal/flow"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trigger"
)

// Triggers starts flows without a customer.
type Triggers interface {
	// Fire starts a trigger's flow now. A request of the same identity is the same start; empty: a new one.
	Fire(ctx context.Context, id trigger.ID, request, by string, inputs map[string]any) (trigger.Run, error)
}

// TriggerFields are what an administrator sets of a trigger.
type TriggerFields struct {
	Key       string      `json:"key" maxLength:"64" doc:"Short name"`
	Name      string      `json:"name" maxLength:"200"`
	ProjectID string      `json:"project_id" maxLength:"64"`
	FlowID    string      `json:"flow_id" maxLength:"64" doc:"A flow for the channel none"`
	Kind      string      `json:"kind" enum:"schedule,event,hook"`
	Disabled  bool        `json:"disabled,omitempty"`
	Rule      TriggerRule `json:"rule"`
}

// TriggerRule is when a trigger starts its flow; what belongs to other kinds is empty.
type TriggerRule struct {
	TimeZone  string   `json:"time_zone,omitempty" maxLength:"64" doc:"Of the times; empty: the center's"`
	Days      []string `json:"days,omitempty" maxItems:"7" doc:"mon, tue, …; none: every day"`
	Times     []string `json:"times,omitempty" maxItems:"100" doc:"09:00. A time the clock jumps over is the jump, one it shows twice the first"`
	On        string   `json:"on,omitempty" maxLength:"40" doc:"interaction_ended; queue_waiting: more than so many wait for so long; status_changed: an agent's; low_score: a customer has answered badly"`
	Queue     string   `json:"queue,omitempty" maxLength:"64" doc:"Its key; empty: any of the project, but for queue_waiting. For status_changed: one the agent serves"`
	More      int64    `json:"more,omitempty" doc:"For queue_waiting"`
	ForMs     int64    `json:"for_ms,omitempty" doc:"For queue_waiting"`
	PerMinute int64    `json:"per_minute,omitempty" doc:"How often the flow may start within a minute; 0: 30"`
	Status    string   `json:"status,omitempty" maxLength:"20" doc:"For status_changed: the new one, available, break or offline; empty: any"`
	Reason    string   `json:"reason,omitempty" maxLength:"64" doc:"For status_changed: of the new one, a break reason's key, or missed, phone_lost, signed_out, desk_gone, restart; empty: any"`
	Question  string   `json:"question,omitempty" maxLength:"64" doc:"For low_score: its key; empty: any"`
	AtMost    *float64 `json:"at_most,omitempty" minimum:"0" maximum:"10" doc:"For low_score: the highest score that starts the flow, with question; missing: 1 or 2 of five, 0 to 6 of ten, no"`
	Last      int64    `json:"last,omitempty" doc:"For low_score: the mean of so many last answers is compared, when it falls to at_most; 0: each answer by itself"`
}

// Trigger starts a flow without a customer.
type Trigger struct {
	ID string `json:"id"`
	TriggerFields
	HasAddress bool `json:"has_address" doc:"Of a web hook"`
}

func (s *server) triggers() kept[trigger.Trigger, Trigger, TriggerFields] {
	return kept[trigger.Trigger, Trigger, TriggerFields]{
		kind: "trigger", title: "Trigger", titles: "Triggers", path: "/triggers", read: may(access.SeeSetup), write: may(access.ChangeSetup),
		list: trigger.List, after: func(n trigger.Trigger) string { return n.Key },
		get: byID(trigger.Get), create: alone(trigger.Create), change: alone(trigger.Change), remove: removeByID(trigger.Delete),
		show: func(n trigger.Trigger) Trigger {
			r := n.Rule
			return Trigger{ID: string(n.ID), HasAddress: n.TokenHash != "", TriggerFields: TriggerFields{
				Key: n.Key, Name: n.Name, ProjectID: string(n.ProjectID), FlowID: n.FlowID, Kind: string(n.Kind), Disabled: n.Disabled,
				Rule: TriggerRule{TimeZone: r.TimeZone, Days: r.Days, Times: r.Times, On: string(r.On), Queue: r.Queue, More: r.More,
					ForMs: r.ForMS, PerMinute: r.PerMinute, Status: string(r.Status), Reason: r.Reason, Question: r.Question, AtMost: r.AtMost, Last: r.Last}}}
		},
		take: func(id string, f TriggerFields) trigger.Trigger {
			r := f.Rule
			return trigger.Trigger{ID: trigger.ID(id), Key: f.Key, Name: f.Name, ProjectID: project.ID(f.ProjectID), FlowID: f.FlowID,
				Kind: trigger.Kind(f.Kind), Disabled: f.Disabled, Rule: trigger.Rule{TimeZone: r.TimeZone, Days: r.Days, Times: r.Times,
					On: trigger.Happening(r.On), Queue: r.Queue, More: r.More, ForMS: r.ForMs, PerMinute: r.PerMinute,
					Status: agent.Status(r.Status), Reason: r.Reason, Question: r.Question, AtMost: r.AtMost, Last: r.Last}}
		},
	}
}

// alone saves a trigger whose flow may run without a customer.
func alone(save func(*db.Tx, audit.Author, trigger.Trigger) (trigger.Trigger, error)) func(*db.Tx, audit.Author, trigger.Trigger) (trigger.Trigger, error) {
	return func(tx *db.Tx, by audit.Author, n trigger.Trigger) (trigger.Trigger, error) {
		if err := n.Validate(); err != nil {
			return n, err
		}
		if err := flow.CheckAlone(tx, tenant.ID(by.Tenant), flow.ID(n.FlowID)); err != nil {
			return n, err
		}
		return save(tx, by, n)
	}
}

func (s *server) triggerRoutes() []route {
	return []route{
		rt(http.MethodGet, "/triggers/last-runs", "triggerLastRuns", may(access.SeeSetup), "The latest run of each trigger that has one", s.triggerLastRuns),
		rt(http.MethodGet, "/triggers/{id}/runs", "triggerRuns", may(access.SeeSetup), "When it started its flow, and what became of that; the newest first", s.triggerRuns),
		rt(http.MethodPost, "/triggers/{id}/run", "runTrigger", may(access.ChangeSetup), "Start its flow now", s.runTrigger, status(http.StatusAccepted)),
		rt(http.MethodPost, "/triggers/{id}/address", "newTriggerAddress", may(access.ChangeSetup), "Give a web hook a new address; told once, an earlier one is void", s.newTriggerAddress),
		rt(http.MethodPost, "/hooks/{token}", "hook", anyone(), "A web hook: a JSON object gives the flow its inputs", s.hook,
			status(http.StatusAccepted), bodyLimit(flow.MaxHookBody),
			describe("The address is the secret. With the header Idempotency-Key a repeated request is the same one.")),
	}
}

// TriggerRun is a moment of a trigger, and what became of it.
type TriggerRun struct {
	Moment    string   `json:"moment" doc:"Unique in the trigger: a time, an interaction, a request"`
	AtMs      int64    `json:"at_ms"`
	StartedMs int64    `json:"started_ms" doc:"0: not yet"`
	EndedMs   int64    `json:"ended_ms" doc:"0: not yet"`
	State     string   `json:"state" enum:"due,running,done,failed,interrupted,skipped" doc:"skipped: too many within a minute; interrupted: the server was restarted meanwhile"`
	By        string   `json:"by" doc:"Who started it by hand; empty: the trigger"`
	Steps     []string `json:"steps" doc:"What the flow did"`
	TriggerID string   `json:"trigger_id"`
	FlowID    string   `json:"flow_id" doc:"That ran; empty: none yet"`
	Version   int64    `json:"version" doc:"Of the flow; 0: none ran yet"`

	Why *fault.Said `json:"why,omitempty" doc:"Why it failed"`

	Inputs map[string]any `json:"inputs" doc:"What the flow was given; it takes what it declares"`
}

func showRun(r trigger.Run) TriggerRun {
	inputs := r.Inputs
	if inputs == nil {
		inputs = map[string]any{}
	}
	shown := TriggerRun{Moment: r.Moment, AtMs: db.Millis(r.At), StartedMs: db.Millis(r.Started), EndedMs: db.Millis(r.Ended),
		State: string(r.State), By: r.By, Steps: append([]string{}, r.Steps...),
		TriggerID: string(r.Trigger), FlowID: r.FlowID, Version: r.Version, Inputs: inputs}
	if !r.Why.Empty() {
		shown.Why = &r.Why
	}
	return shown
}

type triggerRunsInput struct {
	ID    string `path:"id" maxLength:"64"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"100"`
}

func (s *server) triggerRuns(ctx context.Context, in *triggerRunsInput) (*listOutput[TriggerRun], error) {
	v := viewerOf(ctx)
	out := &listOutput[TriggerRun]{List[TriggerRun]{Items: []TriggerRun{}}}
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		if _, err := trigger.Get(tx, v.Tenant, trigger.ID(in.ID)); err != nil {
			return err
		}
		runs, err := trigger.Runs(tx, v.Tenant, trigger.ID(in.ID), in.Limit)
		for _, r := range runs {
			out.Body.Items = append(out.Body.Items, showRun(r))
		}
		return err
	})
	return out, err
}

func (s *server) triggerLastRuns(ctx context.Context, _ *nothing) (*listOutput[TriggerRun], error) {
	v := viewerOf(ctx)
	out := &listOutput[TriggerRun]{List[TriggerRun]{Items: []TriggerRun{}}}
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		runs, err := trigger.LastRuns(tx, v.Tenant)
		for _, r := range runs {
			out.Body.Items = append(out.Body.Items, showRun(r))
		}
		return err
	})
	return out, err
}

type runTriggerInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Inputs map[string]any `json:"inputs,omitempty" doc:"Of the flow"`
	}
}

func (s *server) runTrigger(ctx context.Context, in *runTriggerInput) (*oneOutput[TriggerRun], error) {
	v := viewerOf(ctx)
	by := v.author()
	r, err := s.fire(ctx, trigger.ID(in.ID), "", v.Name, in.Body.Inputs)
	if err != nil {
		return nil, err
	}
	err = s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		return trigger.NoteRun(tx, by, r)
	})
	return &oneOutput[TriggerRun]{showRun(r)}, err
}

func (s *server) fire(ctx context.Context, id trigger.ID, request, by string, inputs map[string]any) (trigger.Run, error) {
	if s.deps.Triggers == nil {
		return trigger.Run{}, fault.Unavailable.New("Flows cannot be started here.")
	}
	return s.deps.Triggers.Fire(ctx, id, request, by, inputs)
}

// TriggerAddress is the address of a web hook.
type TriggerAddress struct {
	Path string `json:"path" doc:"Behind the address of the center; whoever knows it can start the flow"`
}

func (s *server) newTriggerAddress(ctx context.Context, in *idInput) (*oneOutput[TriggerAddress], error) {
	v := viewerOf(ctx)
	out := &oneOutput[TriggerAddress]{}
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		token, err := trigger.NewToken(tx, v.author(), trigger.ID(in.ID))
		out.Body.Path = prefix + "/hooks/" + token
		return err
	})
	return out, s.changed("trigger", err)
}

type hookInput struct {
	Token   string          `path:"token" maxLength:"100"`
	Request string          `header:"Idempotency-Key" maxLength:"200"`
	Body    *map[string]any `doc:"The flow's inputs by name; others are left out"`
}

// HookAnswer names the run a web hook has begun.
type HookAnswer struct {
	Moment string `json:"moment"`
	State  string `json:"state"`
}

func (s *server) hook(ctx context.Context, in *hookInput) (*oneOutput[HookAnswer], error) {
	var inputs map[string]any
	if in.Body != nil {
		inputs = *in.Body
	}
	if err := flow.CheckHookInputs(inputs); err != nil {
		return nil, err
	}
	var found trigger.Trigger
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		home, err := tenant.First(tx)
		if err == nil {
			found, err = trigger.ByToken(tx, home.ID, in.Token)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	r, err := s.fire(ctx, found.ID, in.Request, "", inputs)
	return &oneOutput[HookAnswer]{HookAnswer{r.Moment, string(r.State)}}, err
}
