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
		Outcome: a.callOutcome, Soon: a.callSoon, Standing: a.standing,
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
	arrival := interaction.Arrival{
		Tenant: c.Tenant, Project: c.Project, Channel: interaction.Voice, Origin: interaction.Callback,
		CustomerAddress: c.Number, CenterAddress: c.CenterAddress, Language: c.Language, Promise: c.Promise(),
	}
	if c.CustomerFirst {
		arrival.Flow, arrival.Promise.Name = string(flow.CallingBack), a.dir.page().projects[c.Project].Name
	}
	id := interaction.NewID()
	ch.Known(id) // before the interaction, which may call at once
	if err := a.registry.BeginAs(ctx, id, interaction.Arrived{Arrival: arrival}, ch); err != nil {
		ch.Disconnect(interaction.BySystem)
		return "", err
	}
	return id, nil
}

// callbackPort lets flows ask for callbacks.
type callbackPort struct{ app *App }

var _ flow.Callbacks = callbackPort{}

// Offers implements flow.Callbacks.
func (p callbackPort) Offers(s interaction.State, rules interaction.QueueRules) bool {
	return s.Arrival.Promise == nil && p.app.dir.page().queues[rules.Queue].Callback.On
}

// Request implements flow.Callbacks.
func (p callbackPort) Request(ctx context.Context, w flow.CallbackWish) error {
	return p.app.callbacks.Request(ctx, callback.Wish{State: w.State, Queue: w.Rules.Queue, Rules: w.Rules, Number: w.Number,
		CustomerFirst: w.CustomerFirst, Prompt: w.Prompt})
}

// callOutcome reads in the journal how the call for a request ended.
func (a *App) callOutcome(ctx context.Context, id interaction.ID) (in callback.Input, at time.Time, err error) {
	var all []interaction.Recorded
	err = a.db.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = interaction.NewStore(a.db).Journal(tx, id)
		return err
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	s := interaction.Fold(id, all)
	for _, r := range all {
		if in := callback.Answers(s, r.Event); in != nil {
			return in, r.At, nil
		}
	}
	if s.HasCustomer() { // he is asked whether he is the one: that goes on, or ends by itself
		return nil, time.Time{}, nil
	}
	return callback.Broken{Interaction: id}, s.Last, nil
}

// callSoon says whether a callback is the first in its line and an agent is expected in time.
func (a *App) callSoon(c callback.Callback, within time.Duration) bool {
	if n, ok := a.router.Position(interaction.ID(c.ID)); !ok || n != 1 {
		return false
	}
	e, ok := a.live.Wait(c.Queue, 1)
	return ok && e.Wait <= within
}

// standing tells the estimates of waits of a customer who stands in line without being on the line.
func (a *App) standing(c callback.Callback, in bool) {
	a.live.Standing(c.Queue, string(c.ID), c.Since, in)
}
