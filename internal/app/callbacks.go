package app

import (
	"context"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/callback"
	"linekeeper/internal/edge/voice"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// makeCallbacks makes the engine that calls customers back; it stands still until Start.
func (a *App) makeCallbacks(ctx context.Context) (err error) {
	a.callbacks, err = callback.New(ctx, callback.Ports{
		DB: a.db, Router: a.router, Begin: a.beginCallback, Tell: a.registry.Tell, Ask: a.registry.Ask,
		Rules: func(_ tenant.ID, id queue.ID) (queue.Callback, bool) {
			q, ok := a.dir.page().queues[id]
			return q.Callback, ok
		},
		Number: func(t tenant.ID, p project.ID, raw string) (string, bool) {
			country, _ := a.dir.Project(t, p)
			return number.Dialed(raw, country)
		},
		Zone: func() *time.Location { return a.dir.page().zone }, Log: a.log,
	})
	if err != nil {
		return err
	}
	a.registry.Watch(a.callbacks.Committed)
	a.onUndo(a.callbacks.Close)
	return nil
}

// offer tells of an agent who is reserved: an interaction that waits, or a customer who is to be called back.
func (a *App) offer(id interaction.ID, o interaction.OfferMade) {
	if callback.Is(id) {
		a.callbacks.Offer(id, o.Agent)
		return
	}
	a.registry.Tell(id, o)
}

func (a *App) stranded(id interaction.ID) {
	if callback.Is(id) {
		a.callbacks.Stranded(id)
		return
	}
	a.registry.Tell(id, interaction.QueueRemoved{})
}

// beginCallback begins the interaction that calls a customer back.
func (a *App) beginCallback(ctx context.Context, c callback.Callback) (interaction.ID, error) {
	shown := c.CenterAddress
	if own := a.dir.page().queues[c.Queue].Callback.Caller; own != "" {
		shown = own
	}
	ch := a.voice.Promise(voice.OutCall{Tenant: c.Tenant, Project: c.Project, Number: c.Number, Caller: shown}, c.Language)
	id, err := a.registry.Begin(ctx, interaction.Arrived{Arrival: interaction.Arrival{
		Tenant: c.Tenant, Project: c.Project, Channel: interaction.Voice, Origin: interaction.Callback,
		CustomerAddress: c.Number, CenterAddress: c.CenterAddress, Language: c.Language, Promise: c.Promise(),
	}}, ch)
	if err == nil {
		ch.Known(id)
	}
	return id, err
}

// callbackPort lets flows ask for callbacks.
type callbackPort struct{ app *App }

var _ flow.Callbacks = callbackPort{}

// Offers implements flow.Callbacks.
func (p callbackPort) Offers(s interaction.State, rules interaction.QueueRules) bool {
	return s.Arrival.Promise == nil && p.app.dir.page().queues[rules.Queue].Callback.On
}

// Request implements flow.Callbacks.
func (p callbackPort) Request(ctx context.Context, s interaction.State, rules interaction.QueueRules, number string) error {
	return p.app.callbacks.Request(ctx, callback.Wish{State: s, Queue: rules.Queue, Rules: rules, Number: number})
}

// Callbacks implements api.Callbacks.
func (p callbackPort) Callbacks(ctx context.Context, t tenant.ID) ([]callback.Callback, error) {
	return p.app.callbacks.List(ctx, t)
}

// Cancel implements api.Callbacks.
func (p callbackPort) Cancel(ctx context.Context, t tenant.ID, id callback.ID, role access.Role) error {
	return p.app.callbacks.Cancel(ctx, t, id, string(role))
}
