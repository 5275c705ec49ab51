package sip

import (
	"context"
	"encoding/json"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func TestRestoreAfterCrash(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 2)
		a := w.stack("10.0.0.1:5060", nil)
		b := w.stack("10.0.0.2:5060", answers(calls))
		var outs []*Call
		var states []State
		for range 2 {
			out := w.dial(a, DialRequest{Offer: pcmuOnly})
			<-out.Answered()
			outs = append(outs, out)
			in := <-calls
			synctest.Wait()
			states = append(states, in.State())
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		b = w.stack("10.0.0.2:5060", nil)
		var back []*Call
		for _, state := range states {
			text, err := state.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			var read State
			if err := json.Unmarshal(text, &read); err != nil {
				t.Fatal(err)
			}
			c, err := b.Restore(read)
			if err != nil {
				t.Fatal(err)
			}
			back = append(back, c)
			if _, err := b.Restore(state); err == nil {
				t.Error("restored twice")
			}
		}
		_ = back[0].Hangup(context.Background(), "")
		for _, c := range outs {
			if c.ID() == back[0].ID() {
				w.ended(c, ByPeer, EndedBye, time.Second)
			} else {
				_ = c.Hangup(context.Background(), "")
			}
		}
		w.ended(back[1], ByPeer, EndedBye, time.Second)
		w.idle()
	})
}

// TestARestoredDialogFollowsANewConnection: a peer that cannot be connected to is reached by the connection that
// its next request comes by, or by which it has registered again.
func TestARestoredDialogFollowsANewConnection(t *testing.T) {
	t.Parallel()
	for _, registers := range []bool{false, true} {
		inWorld(t, func(w *world) {
			calls := make(chan *Call, 1)
			unreachable := func(c *Config) { c.TCP.Close(); c.TCP = nil }
			registrar := func(c *Config) {
				c.Registrar, c.Auth = NewRegistrar(RegistrarConfig{Domain: "b"}), NewAuthenticator(AuthConfig{Realm: "b", Secret: func(string) (Secret, bool) { return Secret{}, false }})
			}
			a := w.stack("10.0.0.1:5060", nil, unreachable)
			b := w.stack("10.0.0.2:5060", answers(calls), registrar)
			out := w.dial(a, DialRequest{Offer: pcmuOnly, Transport: TCP})
			<-out.Answered()
			in := <-calls
			synctest.Wait()
			state := in.State()
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second) // the other side has seen it
			b = w.stack("10.0.0.2:5060", nil, registrar)
			back, err := b.Restore(state)
			if err != nil {
				t.Fatal(err)
			}
			if registers {
				c := Contact{URI: state.RemoteTarget, Transport: TCP, Expires: time.Now().Add(time.Hour)}
				conn, err := a.connection(context.Background(), TCP, netip.MustParseAddrPort("10.0.0.2:5060"), "")
				if err != nil {
					t.Fatal(err)
				}
				c.Source = conn.local
				synctest.Wait()
				b.config.Registrar.reached([]Contact{c})
			} else if _, err := out.Reoffer(context.Background(), pcmuOnly); err != nil {
				t.Error(err)
			}
			if err := back.Hangup(context.Background(), ""); err != nil {
				t.Errorf("registers %v: %v", registers, err)
			}
			w.ended(out, ByPeer, EndedBye, time.Second)
			w.idle()
		})
	}
}
