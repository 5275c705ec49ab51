package app

import (
	"context"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/callback"
	"linekeeper/internal/edge/api"
	"linekeeper/internal/edge/voice"
	"linekeeper/internal/flow"
	"linekeeper/internal/hours"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/live"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/report"
	"linekeeper/internal/tenant"
)

// makeCallbacks makes the engine that calls customers back; it stands still until Start.
func (a *App) makeCallbacks(ctx context.Context) (err error) {
	a.callbacks, err = callback.New(ctx, callback.Ports{
		DB: a.db, Router: a.lines(), Begin: a.beginCallback, Tell: a.registry.Tell, Ask: a.registry.Ask,
		Rules: func(_ tenant.ID, id queue.ID) (queue.Callback, bool) {
			q, ok := a.dir.page().queues[id]
			return q.Callback, ok
		},
		Terms: func(_ tenant.ID, p project.ID) project.Callbacks { return a.dir.page().projects[p].Callbacks },
		Number: func(t tenant.ID, p project.ID, raw string) (string, bool) {
			country, _ := a.dir.Project(t, p)
			return number.Dialed(raw, country)
		},
		Outcome: a.callOutcome, Soon: a.callSoon, Standing: a.standing,
		Figures: func(q queue.ID, f callback.Figures) { a.live.Callbacks(q, f.Open, f.Since) },
		Remind:  func(user access.UserID, _ callback.Callback) { a.hub.Notify(user, "callback_soon") },
		Changed: a.countCallbacks, Calendar: a.slotCalendar,
		Zone: func() *time.Location { return a.dir.page().zone }, Log: a.log,
	})
	if err != nil {
		return err
	}
	a.countCallbacks(a.dir.page().tenant.ID, "")
	a.registry.Watch(a.callbacks.Committed)
	a.onUndo(a.callbacks.Close)
	return nil
}

// slotCalendar says when customers of a queue can be called at a time they choose: by its hours, in their time zone.
func (a *App) slotCalendar(_ tenant.ID, id queue.ID) callback.Calendar {
	p := a.dir.page()
	if h, ok := p.hours[hours.ID(p.queues[id].HoursID)]; ok {
		return callback.Calendar{Open: h.OpenAt, Zone: tenant.Location(h.TimeZone)}
	}
	return callback.Calendar{Zone: p.zone}
}

// countCallbacks shows on the board what became of the requests of today; an empty queue stands for all.
func (a *App) countCallbacks(t tenant.ID, which queue.ID) {
	day := a.midnight()
	ctx, cancel := context.WithTimeout(context.Background(), countTime)
	defer cancel()
	days, err := report.New(a.db).CallbackDays(ctx, t, which, day)
	if err != nil {
		a.log.Error("the callbacks of the day could not be counted", "queue", which, "error", err)
		return
	}
	for id, d := range days {
		a.live.CalledBack(id, day, live.CallbackDay{Asked: int(d.Asked), Reached: int(d.Reached), Delay: time.Duration(d.DelayMs) * time.Millisecond})
	}
}

// countTime is how long the callbacks of the day may take to be counted.
const countTime = 5 * time.Second

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

// Asked implements flow.Callbacks.
func (p callbackPort) Asked(ctx context.Context, s interaction.State, rules interaction.QueueRules) (bool, error) {
	return p.app.callbacks.Has(ctx, s, rules.Queue)
}

// Revoke implements flow.Callbacks.
func (p callbackPort) Revoke(ctx context.Context, s interaction.State, rules interaction.QueueRules) error {
	return p.app.callbacks.Revoke(ctx, s, rules.Queue)
}

// Zone implements flow.Callbacks.
func (p callbackPort) Zone(s interaction.State, rules interaction.QueueRules) *time.Location {
	if !p.app.dir.page().queues[rules.Queue].Callback.Slots() {
		return nil
	}
	return p.app.slotCalendar(s.Arrival.Tenant, rules.Queue).Zone
}

// Slot implements flow.Callbacks.
func (p callbackPort) Slot(ctx context.Context, s interaction.State, rules interaction.QueueRules, from time.Time) (time.Time, bool, error) {
	return p.app.callbacks.Slot(ctx, s.Arrival.Tenant, rules.Queue, from)
}

// Request implements flow.Callbacks.
func (p callbackPort) Request(ctx context.Context, w flow.CallbackWish) error {
	return p.app.callbacks.Request(ctx, callback.Wish{State: w.State, Queue: w.Rules.Queue, Rules: w.Rules, Number: w.Number,
		CustomerFirst: w.CustomerFirst, Prompt: w.Prompt, At: w.At})
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

// callbackDesk changes promises for the API, and makes those of agents.
type callbackDesk struct {
	*callback.Engine
	app *App
}

// Promise implements api.Callbacks.
func (d callbackDesk) Promise(ctx context.Context, by callback.By, id interaction.ID, w callback.Word, own bool) (callback.ID, error) {
	s, err := interaction.NewStore(d.app.db).Load(ctx, id)
	if err != nil {
		return "", err
	}
	user, p := access.UserID(by.User), d.app.dir.page()
	if string(s.Arrival.Tenant) != by.Tenant || !s.InHand(user) {
		return "", fault.Conflict.New("This is not in your hand any more.")
	}
	if w.Queue == "" {
		w.Queue = s.Segment.Rules.Queue
	}
	q, ok := p.queues[w.Queue]
	if !ok || q.ProjectID != s.Arrival.Project {
		return "", fault.OneField("queue_id", fault.Unknown, "This queue is not there any more, or of another project.")
	}
	if own {
		if !slices.Contains(p.serves[user], w.Queue) {
			return "", fault.OneField("own", fault.NotAllowed, "You do not serve this queue: leave the call to everybody.")
		}
		w.Own = user
	}
	w.State, w.Rules = s, flow.RulesOf(q, p.projects[q.ProjectID])
	c, err := d.Engine.Promise(ctx, by, w)
	return c.ID, err
}

// CallbackDesk changes promises as the API does; for stories.
func (a *App) CallbackDesk() api.Callbacks { return callbackDesk{a.callbacks, a} }
