package crash

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/test/rig"
)

// TestDatabaseGoneDuringCalls takes PostgreSQL away while people talk: they go on, what is asked for is
// refused, nothing is lost, and afterwards everything is written as it happened.
func TestDatabaseGoneDuringCalls(t *testing.T) {
	address := dbtest.PostgresURL(t)
	proxy := dbtest.NewProxy(t, address)
	c := newCenter(t, proxy.URL)
	c.onDuty()
	at := c.server.Ready.SIP()
	k, err := carrier.New(carrier.Config{Target: at})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	dial := func(from string) *carrier.Call {
		t.Helper()
		call, err := k.Dial(t.Context(), carrier.Numbers{From: from, To: rig.Number})
		if err != nil {
			t.Fatal(err)
		}
		call.Repeat(carrier.Tone(440, 0.5, time.Second))
		return call
	}
	leaves, stays := dial("+79160000001"), dial("+79160000002")
	talking := func(want int) func() error {
		return func() error {
			n := 0
			for _, r := range c.records() {
				if r.Phase == "connected" {
					n++
				}
			}
			if n != want {
				return fmt.Errorf("%d talk", n)
			}
			return nil
		}
	}
	eventually(t, 30*time.Second, "both talk", talking(2))

	proxy.Down()
	for what, call := range map[string]*carrier.Call{"the first": leaves, "the second": stays} {
		before := call.Sound().Heard
		eventually(t, 10*time.Second, what+" call goes on", func() error {
			if n := call.Sound().Heard - before; n < 75 {
				return fmt.Errorf("%d packets heard", n)
			}
			return nil
		})
	}
	ctx, stop := rig.Within(60 * time.Second)
	defer stop()
	if err := c.desks[5].Status(ctx, "break", "lunch"); err == nil || !strings.Contains(err.Error(), "unavailable") {
		t.Errorf("a break without a database: got %v, want unavailable", err)
	}
	if err := c.server.As(rig.AdminToken).Get(ctx, "/queues", nil); rig.Status(err) != 503 {
		t.Errorf("a list without a database: got %v, want 503", err)
	}
	if _, _, err := c.server.NewClient().Bytes(ctx, "/readyz", nil); rig.Status(err) != 503 {
		t.Errorf("/readyz without a database: got %v, want 503", err)
	}
	if _, _, err := c.server.NewClient().Bytes(ctx, "/healthz", nil); err != nil {
		t.Errorf("/healthz without a database: %v", err)
	}
	began := time.Now()
	refused := dial("+79160000003")
	waitFor(ctx, t, "a new call is refused", refused.Done())
	if r := refused.Result(); r.Code != 503 {
		t.Errorf("a new call without a database: got %+v after %v, want 503", r, time.Since(began))
	}
	leaves.HangUp()
	waitFor(ctx, t, "the first is gone", leaves.Done())
	_, left := leaves.Times()
	<-time.After(4 * time.Second) // the outage lasts
	proxy.Up()
	began = time.Now()

	eventually(t, 30*time.Second, "the first call is written", func() error {
		for _, r := range c.records() {
			if r.CustomerAddress != "+79160000001" {
				continue
			}
			if r.Phase != "done" || r.Recording != "complete" {
				return fmt.Errorf("%+v", r)
			}
			if off := time.UnixMilli(r.LeftMs).Sub(left).Abs(); off > time.Second || r.Cause != "customer" {
				t.Errorf("the record says left at %v by %s, it was %v", time.UnixMilli(r.LeftMs), r.Cause, left)
			}
			return nil
		}
		return errors.New("no record")
	})
	t.Logf("written %v after the database was back", time.Since(began).Round(time.Millisecond))
	another := dial("+79160000004")
	eventually(t, 30*time.Second, "a new call is taken", talking(2))
	if err := c.desks[5].Status(ctx, "break", "lunch"); err != nil {
		t.Errorf("a break with the database back: %v", err)
	}
	for _, call := range []*carrier.Call{stays, another} {
		call.HangUp()
		waitFor(ctx, t, "the call is over", call.Done())
	}
	eventually(t, 30*time.Second, "all is closed", func() error {
		for _, r := range c.records() {
			if r.Phase != "done" || r.Recording != "complete" {
				return fmt.Errorf("%+v", r)
			}
		}
		return nil
	})
	if n := len(c.records()); n != 3 {
		t.Errorf("%d records, want 3: the refused call has none", n)
	}
	if err := c.server.Stop(20 * time.Second); err != nil {
		t.Errorf("stopping the server: %v", err)
	}
	audit(t, c.options.Data, address)
}

// TestSecondProcess: another process on the same database refuses to start and harms nothing.
func TestSecondProcess(t *testing.T) {
	for name, database := range databases(t) {
		t.Run(name, func(t *testing.T) {
			c := newCenter(t, database)
			c.onDuty()
			k, err := carrier.New(carrier.Config{Target: c.server.Ready.SIP()})
			if err != nil {
				t.Fatal(err)
			}
			defer k.Close()
			call, err := k.Dial(t.Context(), carrier.Numbers{From: "+79160000001", To: rig.Number})
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, 30*time.Second, "somebody talks", func() error {
				if all := c.records(); len(all) != 1 || all[0].Phase != "connected" {
					return fmt.Errorf("%+v", all)
				}
				return nil
			})
			second := c.options
			second.HTTP, second.SIP, second.Patience = free(t), free(t), 3*time.Second
			ctx, stop := rig.Within(60 * time.Second)
			defer stop()
			if s, err := rig.Start(ctx, second); err == nil {
				s.Kill()
				t.Error("a second process runs on the same data")
			}
			if all := c.records(); len(all) != 1 || all[0].Phase != "connected" {
				t.Errorf("after the attempt: %+v, want the call untouched", all)
			}
			call.HangUp()
			waitFor(ctx, t, "the call is over", call.Done())
		})
	}
}

func waitFor(ctx context.Context, t *testing.T, what string, ch <-chan struct{}) {
	t.Helper()
	select {
	case <-ch:
	case <-ctx.Done():
		t.Fatalf("not in time: %s", what)
	}
}
