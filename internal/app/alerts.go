package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/alert"
	"linekeeper/internal/audit"
	"linekeeper/internal/edge/gateway"
	"linekeeper/internal/edge/voice"
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/live"
	"linekeeper/internal/outgoing"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// makeAlerts makes the engine that watches the center; it stands still until Start.
func (a *App) makeAlerts() {
	w := &watched{app: a, spoken: map[string]uint64{}}
	a.alerts = alert.New(alert.Ports{
		DB: a.db, Tenant: func() tenant.Tenant { return a.dir.page().tenant }, Present: w.present,
		Queue: a.sendAlert, Show: a.showAlerts, Log: a.log,
	})
	a.onUndo(a.alerts.Close)
}

// sendAlert implements alert.Ports.Queue.
func (a *App) sendAlert(tx *db.Tx, t tenant.ID, l alert.Letter) error {
	m := outgoing.Message{Tenant: t, Key: l.Key, Way: outgoing.Email, To: l.To, Subject: l.Subject, Body: l.Body, Expires: l.Expires}
	if l.Hook {
		m.Way = outgoing.Hook
	}
	_, err := a.outgoing.Queue(tx, m, "")
	switch {
	case errors.Is(err, outgoing.ErrNoGateway), errors.Is(err, outgoing.ErrTooMany):
		return fmt.Errorf("%w: %w", alert.ErrUnsent, err)
	case fault.Is(err, fault.Invalid):
		return fmt.Errorf("%w: %s", alert.ErrUnsent, fault.Message(err))
	}
	return err
}

// showAlerts tells leaders' screens.
func (a *App) showAlerts(all []alert.Alert) {
	views := make([]live.AlertView, 0, len(all))
	for _, l := range all {
		views = append(views, live.AlertView{
			Alert: string(l.ID), Rule: l.Name, What: string(l.What), AboutKind: string(l.Subject.Kind), AboutID: l.Subject.ID, About: l.About, Project: l.Project,
			Value: l.Value, Limit: l.Limit, Detail: l.Detail, Since: db.Millis(l.Since), Raised: db.Millis(l.Raised),
			Seen: db.Millis(l.Seen), SeenName: l.SeenName, Untold: l.Untold,
		})
	}
	a.live.SetAlerts(views)
}

// hookKey is the key that signs what goes to an address. Only its receiver and who sets it up know it.
func (a *App) hookKey(address string) ([]byte, error) {
	b, err := openBox(a.cfg)
	if err != nil {
		return nil, err
	}
	key, err := b.Derive("web hook to " + address)
	return []byte(hex.EncodeToString(key)), err // text: it is copied from one form into another
}

// alertsPort is what the API asks of alerts.
type alertsPort struct {
	*alert.Engine
	app *App
}

// SeesAlert has a user say that he is on an alert, for stories.
func (a *App) SeesAlert(login, which string) (alert.Alert, error) {
	p := a.dir.page()
	id := a.ID("user", login)
	by := audit.Author{Tenant: string(p.tenant.ID), User: id, Source: "story"}
	return a.alerts.See(context.Background(), by, p.users[access.UserID(id)].Name, alert.ID(which))
}

// HookKey is the key of an address, for stories.
func (a *App) HookKey(address string) ([]byte, error) { return a.hookKey(address) }

// HookKey implements api.Alerts.
func (p alertsPort) HookKey(address string) ([]byte, error) { return p.app.hookKey(address) }

// hooks is the gateway of web hooks.
func (a *App) hooks(net gateway.Dialer) outgoing.Named {
	inside := strings.FieldsFunc(a.cfg.FlowHosts, func(r rune) bool { return r == ',' || r == ' ' })
	return gateway.Hook(a.hookKey, inside, net)
}

// watched gathers what alerts look at. It is used by one goroutine.
type watched struct {
	app    *App
	spoken map[string]uint64 // what an engine had done well at the last look
}

// present implements alert.Ports.Present.
func (w *watched) present(ctx context.Context, counts bool, since time.Time) (alert.Present, error) {
	p, now := w.app.dir.page(), time.Now()
	shown := w.app.live.Present()
	breaks := slices.ContainsFunc(shown.Agents, func(v live.AgentView) bool { return v.Status == string(agent.Break) })
	reasons, recent := map[string]time.Duration{}, map[queue.ID]live.Counts{}
	// Most of the time nothing is to be asked: this is looked at every few seconds.
	if breaks || counts {
		err := w.app.db.Read(ctx, func(tx *db.Tx) (err error) {
			var all []agent.BreakReason
			if breaks {
				all, err = agent.BreakReasons(tx, p.tenant.ID)
			}
			for _, r := range all {
				reasons[r.Key] = r.Limit()
			}
			if err == nil && counts {
				recent, err = live.ReadCounts(tx, since)
			}
			return err
		})
		if err != nil {
			return alert.Present{}, err
		}
	}
	at := map[queue.ID]int{}
	var all alert.Present
	for _, v := range shown.Queues {
		q, ok := p.queues[v.Queue]
		if !ok {
			continue
		}
		c := recent[v.Queue]
		one := alert.Queue{
			ID: v.Queue, Name: v.Name, Project: q.ProjectID, ProjectName: v.Project, Waiting: v.Waiting, Longest: db.Instant(v.LongestSince), OnDuty: v.Agents,
			Offered: c.Offered, Abandoned: c.Abandoned, Short: c.Short,
		}
		if v.LongestSince == 0 {
			one.Longest = time.Time{}
		}
		h, has := p.hours[hours.ID(q.HoursID)]
		one.Always, one.Open = !has, !has || h.OpenAt(now)
		at[v.Queue] = len(all.Queues)
		all.Queues = append(all.Queues, one)
	}
	for _, v := range shown.Agents {
		one := alert.Agent{ID: string(v.Agent), Name: v.Name, Queues: v.Queues}
		if v.Status == string(agent.Break) {
			one.Break, one.Limit = db.Instant(v.StatusSince), reasons[v.Reason]
		}
		all.Agents = append(all.Agents, one)
		for _, id := range v.Queues {
			i, ok := at[id]
			if !ok || !works(p, access.UserID(v.Agent)) {
				continue
			}
			all.Queues[i].Members++
			if v.Status != string(agent.Offline) {
				all.Queues[i].SignedIn++
			}
		}
	}
	all.Services = w.services(p)
	return all, nil
}

// services are what is outside, as those who use it have found it.
func (w *watched) services(p *page) (all []alert.Outside) {
	a := w.app
	health := func(fails, works bool) alert.Health {
		switch {
		case fails:
			return alert.Fails
		case works:
			return alert.Works
		}
		return alert.Unknown
	}
	for _, l := range a.voice.Lines() {
		if l.Tenant != p.tenant.ID {
			continue
		}
		name := l.Key
		if i := slices.IndexFunc(p.outside, func(k voice.OutTrunk) bool { return k.Trunk.ID == l.Trunk }); i >= 0 && p.outside[i].Trunk.Name != "" {
			name = p.outside[i].Trunk.Name
		}
		all = append(all, alert.Outside{Kind: alert.Trunk, Key: l.Key, Name: name, Detail: l.Detail, State: health(l.State == voice.LineDown, l.State == voice.LineUp)})
	}
	// Who rests is tried again after a while; that it works is known when it has done something since.
	engine := func(kind alert.Service, name string, resting bool, done uint64) {
		key := string(kind) + ":" + name
		all = append(all, alert.Outside{Kind: kind, Key: name, Name: name, State: health(resting, done > w.spoken[key])})
		w.spoken[key] = done
	}
	if a.speaker != nil {
		for _, e := range a.speaker.Engines() {
			engine(alert.Speech, e.Name, e.Resting, e.Counts.Spoken)
		}
	}
	for _, e := range a.ear.Recognizers() {
		engine(alert.Recognizer, e.Name, e.Resting, e.Counts.Heard+e.Counts.Nothing)
	}
	for i, s := range a.outgoing.Stats() {
		kind := alert.Gateway
		if a.outgoing.Gateways()[i].Carries == outgoing.Hook {
			kind = alert.WebHook
		}
		// One try may fail; the next one is seconds away.
		all = append(all, alert.Outside{Kind: kind, Key: s.Gateway, Name: s.Gateway, Detail: s.Detail, State: health(s.InRow >= 2, s.InRow == 0 && s.Sent > 0)})
	}
	if r := a.recorder.Stats(); r.StoreDown || r.Uploaded > 0 {
		all = append(all, alert.Outside{Kind: alert.Store, Key: "recordings", Name: "S3", State: health(r.StoreDown, !r.StoreDown)})
	}
	return all
}
