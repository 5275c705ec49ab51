package app

import (
	"context"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/flow"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trigger"
)

// makeTriggers makes the engine that starts flows without a customer; it stands still until Start.
func (a *App) makeTriggers(ctx context.Context) (err error) {
	a.triggers, err = trigger.New(ctx, trigger.Ports{
		DB: a.db, Run: a.runTriggered, Waiting: a.waitingIn,
		QueueKey: func(q queue.ID) string { return a.dir.page().queues[q].Key }, Agent: a.triggeringAgent,
		Tenant: func() tenant.ID { return a.dir.page().tenant.ID }, Zone: func() *time.Location { return a.dir.page().zone }, Log: a.log,
	})
	if err != nil {
		return err
	}
	a.registry.Watch(a.triggers.Committed)
	a.agents.Watch(a.triggers.StatusChanged)
	a.onUndo(a.triggers.Close)
	return nil
}

// runTriggered runs a trigger's flow to its end.
func (a *App) runTriggered(ctx context.Context, t tenant.ID, k trigger.Trigger, inputs map[string]any) (trigger.Outcome, error) {
	did, err := a.flows.RunAlone(ctx, flow.Alone{
		ID: "trigger " + k.Key, Tenant: t, Project: k.ProjectID, Flow: flow.ID(k.FlowID), Inputs: inputs,
	})
	return trigger.Outcome(did), err
}

// triggeringAgent is who an agent is, for triggers; a user who was removed is nobody.
func (a *App) triggeringAgent(u access.UserID) trigger.Agent {
	p := a.dir.page()
	who := trigger.Agent{Login: p.users[u].Login, Name: p.users[u].Name}
	for _, id := range p.serves[u] {
		who.Serves = append(who.Serves, trigger.Served{Key: p.queues[id].Key, Project: p.queues[id].ProjectID})
	}
	return who
}

// waitingIn is how many wait in a queue.
func (a *App) waitingIn(key string) (int, bool) {
	for id, q := range a.dir.page().queues {
		if q.Key == key {
			v, ok := a.live.Queue(id)
			return v.Waiting, ok
		}
	}
	return 0, false
}
