package app

import (
	"context"
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trigger"
)

// makeTriggers makes the engine that starts flows without a customer; it stands still until Start.
func (a *App) makeTriggers(ctx context.Context) (err error) {
	a.triggers, err = trigger.New(ctx, trigger.Ports{
		DB: a.db, Run: a.runTriggered, Waiting: a.waitingIn,
		QueueKey: func(s interaction.State) string { return a.dir.page().queues[s.Segment.Rules.Queue].Key },
		Tenant:   func() tenant.ID { return a.dir.page().tenant.ID }, Zone: func() *time.Location { return a.dir.page().zone }, Log: a.log,
	})
	if err != nil {
		return err
	}
	a.registry.Watch(a.triggers.Committed)
	a.onUndo(a.triggers.Close)
	return nil
}

// runTriggered runs a trigger's flow to its end.
func (a *App) runTriggered(ctx context.Context, t tenant.ID, k trigger.Trigger, inputs map[string]any) ([]string, error) {
	return a.flows.RunAlone(ctx, flow.Alone{
		ID: "trigger " + k.Key, Tenant: t, Project: k.ProjectID, Flow: flow.ID(k.FlowID), Inputs: inputs,
	})
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
