package app

import (
	"context"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/callback"
	"linekeeper/internal/edge/voice"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
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
		Outcome: a.callOutcome, Standing: a.standing,
		Figures: func(q queue.ID, f callback.Figures) { a.live.Callbacks(q, f.Open, f.Since) },
		Zone:    func() *time.Location { return a.dir.page().zone }, Log: a.log,
	})
	if err != nil {
		return err
	}
	a.registry.Watch(a.callbacks.Committed)
	a.onUndo(a.callbacks.Close)
	return nil
}

// Callbacks is the engine that calls customers back, and Author somebody of the tenant who changes
// something by it; both are for stories.
func (a *App) Callbacks() *callback.Engine { return a.callbacks }

// Author is a user as he stands in audit lines.
func (a *App) Author(user string) audit.Author {
	return audit.Author{Tenant: string(a.dir.page().tenant.ID), User: user, Source: "story"}
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

// callOutcome reads in the journal how the call for a request ended.
func (a *App) callOutcome(ctx context.Context, id interaction.ID) (in callback.Input, at time.Time, err error) {
	var all []interaction.Recorded
	err = a.db.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = interaction.NewStore(a.db).Journal(tx, id)
		return err
	})
	for _, r := range all {
		switch e := r.Event.(type) {
		case interaction.EventReached:
			return callback.Answered{Interaction: id}, r.At, err
		case interaction.EventNotReached:
			return callback.NotReached{Interaction: id, Why: e.Why}, r.At, err
		}
	}
	return nil, time.Time{}, err
}

// standing tells the estimates of waits of a customer who stands in line without being on the line.
func (a *App) standing(c callback.Callback, in bool) {
	a.live.Standing(c.Queue, string(c.ID), c.Since, in)
}
