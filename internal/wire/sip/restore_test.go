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

// TestARepeated200IsAcknowledgedAfterACrash: a peer whose 200 was acknowledged by the process before, but in vain, gets
// the ACK from the next one, as often as it asks, and no BYE; who answers late from elsewhere gets both.
func TestARepeated200IsAcknowledgedAfterACrash(t *testing.T) {
	t.Parallel()
	const us = "10.0.0.1:5060"
	acknowledged := func(t *testing.T, p *peer, invite inMessage, ok string) {
		t.Helper()
		for range 3 {
			p.send(us, ok)
			ack := p.expect("ACK")
			if ack.seq != invite.seq || ack.to.tag() != "x" || ack.from.tag() != invite.from.tag() || ack.get("Route") == "" || ack.target != "sip:bob@10.0.0.2:5060" || len(ack.body) > 0 {
				t.Errorf("got\n%s", ack.text)
			}
		}
		p.silent("BYE", 40*time.Second)
	}
	const extra = "Record-Route: <sip:10.0.0.2:5060;lr>\n"
	for _, by := range []string{"INVITE", "re-INVITE", "fork"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				a, p := w.stack(us, nil), w.peer("10.0.0.2:5060")
				out := w.dial(a, DialRequest{Offer: pcmuOnly})
				invite := p.expect("INVITE")
				ok := p.answer(invite, 200, "x", extra, pcmuOnly)
				p.send(us, ok)
				p.expect("ACK")
				<-out.Answered()
				if by == "re-INVITE" {
					go func() { _, _ = out.Reoffer(context.Background(), pcmuOnly) }()
					invite = p.expect("INVITE")
					ok = p.answer(invite, 200, "", extra, pcmuOnly)
					p.send(us, ok)
					p.expect("ACK")
				}
				synctest.Wait()
				state := out.State()
				if err := a.Close(); err != nil {
					t.Fatal(err)
				}
				b := w.stack(us, nil)
				back, err := b.Restore(state)
				if err != nil {
					t.Fatal(err)
				}
				if by == "fork" {
					p.send(us, p.answer(invite, 200, "y", extra, pcmuOnly))
					if ack := p.expect("ACK"); ack.to.tag() != "y" {
						t.Errorf("got\n%s", ack.text)
					}
					bye := p.expect("BYE")
					if bye.to.tag() != "y" {
						t.Errorf("got\n%s", bye.text)
					}
					p.send(us, p.answer(bye, 200, "", "", nil))
				}
				acknowledged(t, p, invite, ok)
				if back.Phase() != Confirmed {
					t.Errorf("the call is %v", back.Phase())
				}
				go func() { _ = back.Hangup(context.Background(), "") }()
				p.send(us, p.answer(p.expect("BYE"), 200, "", "", nil))
				w.idle()
				if n := b.Counters().Panics; n != 0 {
					t.Errorf("%d panics", n)
				}
			})
		})
	}
}
