package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/alert"
	"linekeeper/internal/edge/api"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/network"
)

// stopTime is the patience for records and recordings of calls that are cut.
const stopTime = 10 * time.Second

// Ready is the line printed on standard output when everything is served.
type Ready struct {
	Ready   bool   `json:"ready"`
	HTTP    string `json:"http"`
	SIPUDP  string `json:"sip_udp"`
	SIPTCP  string `json:"sip_tcp"`
	SIPTLS  string `json:"sip_tls,omitempty"`
	WebRTC  string `json:"webrtc,omitempty"`
	StartMs int64  `json:"start_ms"`            // from New to ready
	Setup   string `json:"setup_url,omitempty"` // creates the first administrator, once
}

// Start serves. It returns at once; failed is called, from another goroutine, if serving ends by itself.
func (a *App) Start(failed func(error)) Ready {
	ctx, stop := context.WithCancel(context.Background())
	a.stopRun = stop
	a.mu.Lock()
	a.failed = failed
	lost := a.lost
	a.mu.Unlock()
	if lost != nil {
		failed(lost)
	}
	a.wg.Add(5)
	go func() {
		defer a.wg.Done()
		a.repairs.run(ctx)
	}()
	go func() {
		defer a.wg.Done()
		a.housekeep(ctx)
	}()
	go func() {
		defer a.wg.Done()
		a.recorder.Keep(ctx)
	}()
	go func() {
		defer a.wg.Done()
		if err := a.voice.Run(ctx); err != nil && ctx.Err() == nil {
			failed(fmt.Errorf("telephony stopped: %w", err))
		}
	}()
	a.server = api.Server(a.handler, a.log)
	a.server.BaseContext = func(net.Listener) context.Context { return ctx }
	go func() {
		defer a.wg.Done()
		if err := a.server.Serve(a.listener); err != nil && !errors.Is(err, http.ErrServerClosed) && ctx.Err() == nil {
			failed(fmt.Errorf("the web server stopped: %w", err))
		}
	}()
	a.voice.CancelRinging() // who is called anew at once must not be busy with it
	a.lights.start()
	a.restored.Begin()
	a.callbacks.Start()
	a.overflow.Start()
	a.triggers.Start()
	a.alerts.Start()
	a.wg.Go(func() { a.keepWaitsEvery(ctx) })
	a.wg.Go(func() { a.tellUnserved(ctx) })
	a.messages.Start()
	a.scribe.Start()
	a.outgoing.Start()
	a.wg.Go(func() { a.notices.run(ctx) })
	a.hangUpOrphans(ctx)
	r := Ready{
		Ready: true, HTTP: network.AddrPort(a.listener.Addr()).String(),
		SIPUDP: a.voice.UDPAddr().String(), SIPTCP: a.voice.TCPAddr().String(),
		StartMs: time.Since(a.started).Milliseconds(),
	}
	if at := a.voice.TLSAddr(); at.IsValid() {
		r.SIPTLS = at.String()
	}
	if a.rtc != nil {
		r.WebRTC = a.rtc.Addr().String()
	}
	if a.setup != "" {
		r.Setup = "http://" + r.HTTP + "/setup?token=" + a.setup
	}
	return r
}

// housekeep removes what has ended, every hour.
func (a *App) housekeep(ctx context.Context) {
	t := time.NewTicker(time.Hour)
	defer t.Stop()
	a.keepRecordings(ctx)
	for {
		select {
		case <-t.C:
			err := a.db.Write(ctx, func(tx *db.Tx) error {
				return errors.Join(access.Sweep(tx, time.Now()), alert.Sweep(tx, time.Now()))
			})
			if err != nil && ctx.Err() == nil {
				a.log.Error("old sessions and alerts not removed", "error", err)
			}
			a.sweepLadders(ctx)
			a.keepRecordings(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// hangUpOrphans sends BYE for calls a crashed process left behind.
func (a *App) hangUpOrphans(ctx context.Context) {
	legs := a.orphans
	a.orphans = nil
	if len(legs) == 0 {
		return
	}
	a.wg.Add(1)
	go func() {
		defer a.wg.Done()
		for _, leg := range legs {
			if err := a.voice.RestoreAndHangUp(ctx, leg); err != nil {
				a.log.Warn("a call of the earlier run was not hung up", "error", err)
			}
		}
	}()
}

// Handler is the web server's handler, for tests without sockets.
func (a *App) Handler() http.Handler { return a.handler }

// Drain refuses new calls; the channel is closed when the running ones are over.
func (a *App) Drain() <-chan struct{} {
	a.draining.Do(func() {
		a.log.Info("draining: no new calls", "running", a.registry.Running())
		a.voice.Drain()
		a.callbacks.Drain()
		a.hub.NotifyAll("draining")
	})
	return a.registry.Drain()
}

// Running is the number of interactions that are not over.
func (a *App) Running() int { return a.registry.Running() }

// Close ends everything now: calls are cut with cause system, their records and recordings closed.
// Everything New and Start began has ended when it returns.
func (a *App) Close() {
	a.closing.Do(func() {
		a.Drain()
		ctx, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		a.registry.StopAll(ctx, "the server was shut down")
		a.voice.Wait(ctx) // until the carriers know
		a.end()
	})
}

// end ends what is left when the calls are over or left.
func (a *App) end() {
	if a.stopRun != nil {
		a.stopRun()
	}
	if a.server != nil {
		a.server.Close()
	} else {
		a.listener.Close()
	}
	a.voice.Close()
	a.wg.Wait()
	a.keepWaits(context.Background())
	a.unmake()
}
