package app

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/demo/carrier"
)

// caller is one of the demo's agents at whose desk nobody sits: he is on a break to call customers, and does.
type caller struct {
	login, language string
	phone           func(*carrier.Call)
}

// team are the demo's agents who call customers now and then. Each call is a manual call as from a desk:
// the agent's phone rings, then the customer's, over SIP.
type team struct {
	app *App
	log *slog.Logger
	all []caller
	wg  sync.WaitGroup
}

// Between two calls of one of the team, and how long he talks, from this to twice as long.
const (
	teamRests = 2 * time.Minute
	teamTalks = 30 * time.Second
)

func newTeam(a *App, log *slog.Logger) (*team, error) {
	t := &team{app: a, log: log}
	for login, language := range map[string]string{"nina": "ru", "arthit": "th"} {
		phone, err := carrier.Agent(language, 2*time.Second, func() time.Duration { return upToTwice(teamTalks) })
		if err != nil {
			return nil, err
		}
		t.all = append(t.all, caller{login, language, phone})
	}
	return t, nil
}

func upToTwice(d time.Duration) time.Duration { return d + rand.N(d) }

// phone is what a SIP address of the team rings; nil: it is none of theirs.
func (t *team) phone(address string) func(*carrier.Call) {
	for _, c := range t.all {
		if c.login == address {
			return c.phone
		}
	}
	return nil
}

// start lets them work until ctx ends; wait then waits for them.
func (t *team) start(ctx context.Context) {
	for _, c := range t.all {
		t.wg.Go(func() { t.work(ctx, c) })
	}
}

func (t *team) wait() { t.wg.Wait() }

// work is the day of one of them.
func (t *team) work(ctx context.Context, c caller) {
	user := t.app.userOf(c.login)
	if user == "" { // the center was set up otherwise
		return
	}
	t.app.duty.Present(user, true)
	defer t.app.duty.Present(user, false)
	if err := t.app.duty.SetStatus(ctx, user, "", string(agent.Break), "calling"); err != nil {
		t.log.Warn("demo: an agent does not begin to work", "login", c.login, "error", err)
		return
	}
	rest := upToTwice(teamRests / 4)
	for {
		timer := time.NewTimer(rest)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		rest = upToTwice(teamRests)
		if t.app.registry.Draining() {
			continue
		}
		var theirs []string
		for _, p := range carrier.People() {
			if p.Language == c.language && !t.app.talks(p.Number) {
				theirs = append(theirs, p.Number)
			}
		}
		if len(theirs) == 0 {
			continue
		}
		number := theirs[rand.IntN(len(theirs))]
		if _, err := t.app.control.Dial(ctx, user, "", number, ""); err != nil { // the last call's wrap-up, for one
			t.log.Info("demo: an agent calls nobody now", "login", c.login, "number", number, "error", err)
		}
	}
}

// userOf finds who has a login; empty: nobody.
func (a *App) userOf(login string) access.UserID {
	for id, u := range a.dir.page().users {
		if u.Login == login {
			return id
		}
	}
	return ""
}
