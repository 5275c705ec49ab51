package app

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/edge/api"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/flow"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/report"
	"linekeeper/internal/tenant"
)

// makeWeb makes the API, the desk's socket and the client's pages, and binds their port.
func (a *App) makeWeb(context.Context) error {
	at, err := parseAddr(a.cfg.HTTP)
	if err != nil {
		return err
	}
	proxies, err := parsePrefixes(a.cfg.Proxies)
	if err != nil {
		return err
	}
	a.metrics = a.makeMetrics()
	a.hasher = secret.NewHasher(hashesAtOnce)
	a.promptFiles = flow.NewPromptFiles(a.db, a.cfg.Data)
	a.handler = a.withWebSocket(api.New(api.Deps{
		DB: a.db, Door: access.NewDoor(a.db, a.hasher), Reports: report.New(a.db),
		Board: a.live, Desk: a.deskHandler, Center: centerFile{a}, Demo: a.demoCenter(), Phones: phonesPort{a},
		Ladder:     a.readLadder,
		Control:    a.control,
		Callbacks:  callbackDesk{a.callbacks, a},
		Line:       linePort{a},
		Leader:     leaderPort{a},
		Shifts:     shiftPort{a},
		Triggers:   a.triggers,
		Noticed:    a.notices.changed,
		Mark:       a.notices.Mark,
		Alerts:     alertsPort{a.alerts, a},
		Manifests:  a.plugins,
		Sound:      a.sound,
		FlowCounts: a.passed.Counts,
		Seal:       sealing(a.cfg),
		Trunks:     trunkLines{a},
		Recordings: a.recorder, Library: a.library, PromptFiles: a.promptFiles,
		Speech: a.speechState, Gateways: a.gatewayState, Sources: a.sources,
		Client: a.opt.Client, Changed: a.changed, Ready: a.ready,
		Metrics: a.metrics, TrustedProxies: proxies, Log: a.log, Version: a.opt.Version,
	}), proxies)
	if a.listener, err = a.net.ListenTCP(at); err != nil {
		return fmt.Errorf("opening TCP %s: %w", at, err)
	}
	a.onUndo(func() { a.listener.Close() })
	return nil
}

// sound gives a prompt as customers hear it.
func (a *App) sound(ctx context.Context, t tenant.ID, key, language string) ([]int16, error) {
	clip, err := a.library.Prompt(ctx, t, key, language)
	return clip.PCM, err
}

// deskHandler serves the desk's socket to whom the API knows.
func (a *App) deskHandler(who api.Who) http.Handler {
	return a.hub.Handler(func(r *http.Request) (desk.User, error) {
		i, err := who(r)
		if err != nil {
			if fault.Is(err, fault.Denied) {
				err = desk.ErrSignedOut
			}
			return desk.User{}, err
		}
		seat := desk.User{ID: i.User, Name: i.Name, Role: i.Role, Phone: "browser", Session: i.Session}
		if u, ok := a.dir.page().users[i.User]; ok {
			seat.Phone, seat.AutoAnswer = string(u.Phone), u.AutoAnswer
		}
		return seat, nil
	})
}

// changed takes over a change of the set-up made through the API.
func (a *App) changed(kind string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := a.Refresh(ctx); err != nil {
		a.log.Error("a change of the set-up is not in use yet", "kind", kind, "error", err)
	}
}

// ready says whether calls can be taken.
func (a *App) ready(ctx context.Context) error {
	if a.registry.Draining() {
		return fault.Busy.New("The center is closing down.")
	}
	return a.dir.writable(ctx)
}
