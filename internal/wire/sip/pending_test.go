package sip

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// kept is what survives a process: what was told of calls that nobody has picked up.
type kept struct {
	t    *testing.T
	mu   sync.Mutex
	all  map[string][]byte
	told int
}

func (k *kept) tell(callID string, p *Pending) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.told++
	if p == nil {
		delete(k.all, callID)
		return
	}
	if p.Dialog.CallID != callID {
		k.t.Errorf("told of %q for %q", p.Dialog.CallID, callID)
	}
	b, err := json.Marshal(p)
	if err != nil {
		k.t.Error(err)
	}
	for _, secret := range []string{"m=audio", "secret", "Authorization"} {
		if strings.Contains(string(b), secret) {
			k.t.Errorf("%q is written down: %s", secret, b)
		}
	}
	k.all[callID] = b
}

func (k *kept) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.all)
}

// one is the only call there is.
func (k *kept) one() (p Pending) {
	k.t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.all) != 1 {
		k.t.Fatalf("%d calls are written down, want 1", len(k.all))
	}
	for _, b := range k.all {
		if err := json.Unmarshal(b, &p); err != nil {
			k.t.Fatal(err)
		}
	}
	return p
}

// TestACallIsCancelledAfterACrash: the next process ends a call that rang, whatever the peer does meanwhile.
func TestACallIsCancelledAfterACrash(t *testing.T) {
	t.Parallel()
	const us = "10.0.0.1:5060"
	ring := func(_ *testing.T, p *peer) inMessage {
		invite := p.expect("INVITE")
		p.send(us, p.answer(invite, 180, "x", "", nil))
		return invite
	}
	cancelled := func(t *testing.T, p *peer, invite inMessage) inMessage {
		t.Helper()
		m := p.expect("CANCEL")
		for _, name := range []string{"Via", "From", "To", "Call-ID", "Route", "Max-Forwards"} {
			if got, want := strings.Join(m.all(name), ","), strings.Join(invite.all(name), ","); got != want {
				t.Errorf("%s of CANCEL: %q, of INVITE: %q", name, got, want)
			}
		}
		if m.target != invite.target || m.seq != invite.seq || m.seqMethod != "CANCEL" || len(m.body) > 0 {
			t.Errorf("got\n%s", m.text)
		}
		p.send(us, p.answer(m, 200, "x", "", nil))
		return m
	}
	refuses := func(t *testing.T, p *peer, invite inMessage, code int) {
		t.Helper()
		for range 2 { // our first ACK was lost
			p.send(us, p.answer(invite, code, "x", "", nil))
			ack := p.expect("ACK")
			if ack.via.branch != invite.via.branch || ack.seq != invite.seq || ack.to.tag() != "x" || ack.target != invite.target {
				t.Errorf("got\n%s", ack.text)
			}
		}
	}
	answersLate := func(t *testing.T, p *peer, invite inMessage) {
		t.Helper()
		p.send(us, p.answer(invite, 200, "x", "Record-Route: <sip:10.0.0.2:5060;lr>\n", pcmuOnly))
		if ack := p.expect("ACK"); ack.seq != invite.seq || ack.get("Route") == "" || ack.via.branch == invite.via.branch {
			t.Errorf("got\n%s", ack.text)
		}
		bye := p.expect("BYE")
		if bye.to.tag() != "x" || bye.from.tag() != invite.from.tag() || bye.seq <= invite.seq {
			t.Errorf("got\n%s", bye.text)
		}
		p.send(us, p.answer(invite, 200, "x", "Record-Route: <sip:10.0.0.2:5060;lr>\n", pcmuOnly)) // the ACK was lost
		p.expect("ACK")
		p.send(us, p.answer(bye, 200, "", "", nil))
	}
	for name, c := range map[string]struct {
		request DialRequest
		before  func(t *testing.T, p *peer) inMessage
		after   func(t *testing.T, p *peer, invite inMessage)
	}{
		"it rings": {before: ring, after: func(t *testing.T, p *peer, invite inMessage) {
			cancelled(t, p, invite)
			refuses(t, p, invite, 487)
		}},
		"by a proxy": {request: DialRequest{Routes: []string{"<sip:10.0.0.2:5060;lr>"}, Peer: netip.MustParseAddrPort("10.0.0.2:5060")},
			before: ring, after: func(t *testing.T, p *peer, invite inMessage) {
				cancelled(t, p, invite)
				refuses(t, p, invite, 487)
			}},
		"by a strict router": {request: DialRequest{Routes: []string{"<sip:10.0.0.2:5060>"}, Peer: netip.MustParseAddrPort("10.0.0.2:5060")},
			before: ring, after: func(t *testing.T, p *peer, invite inMessage) {
				cancelled(t, p, invite)
				refuses(t, p, invite, 487)
			}},
		"nothing was heard of it": {before: func(_ *testing.T, p *peer) inMessage { return p.expect("INVITE") }, after: func(t *testing.T, p *peer, invite inMessage) {
			m := p.expect("CANCEL")
			p.send(us, p.answer(m, 481, "x", "", nil))
			p.silent("CANCEL", 40*time.Second)
		}},
		"the peer is silent": {before: ring, after: func(t *testing.T, p *peer, invite inMessage) { p.expect("CANCEL") }},
		"it was refused meanwhile": {before: ring, after: func(t *testing.T, p *peer, invite inMessage) {
			m := p.expect("CANCEL")
			p.send(us, p.answer(m, 481, "x", "", nil))
			refuses(t, p, invite, 486)
		}},
		"it was picked up meanwhile": {before: ring, after: func(t *testing.T, p *peer, invite inMessage) {
			m := p.expect("CANCEL")
			answersLate(t, p, invite)
			p.send(us, p.answer(m, 200, "x", "", nil))
		}},
		"it is picked up in spite of the cancel": {before: ring, after: func(t *testing.T, p *peer, invite inMessage) {
			cancelled(t, p, invite)
			answersLate(t, p, invite)
		}},
		"it was challenged": {request: DialRequest{Username: "u", Password: "secret"}, before: func(_ *testing.T, p *peer) inMessage {
			p.send(us, p.answer(p.expect("INVITE"), 401, "y", "WWW-Authenticate: Digest realm=\"r\",nonce=\"n\"\n", nil))
			p.expect("ACK")
			return ring(nil, p)
		}, after: func(t *testing.T, p *peer, invite inMessage) {
			if m := cancelled(t, p, invite); m.seq != 2 {
				t.Errorf("CSeq %d is cancelled, want 2", m.seq)
			}
			refuses(t, p, invite, 487)
		}},
		"it was just answered": {before: func(t *testing.T, p *peer) inMessage {
			invite := ring(t, p)
			p.send(us, p.answer(invite, 200, "x", "", pcmuOnly))
			p.expect("ACK")
			return invite
		}, after: func(t *testing.T, p *peer, invite inMessage) {
			bye := p.expect("BYE")
			if bye.to.tag() != "x" || bye.get("Reason") == "" {
				t.Errorf("got\n%s", bye.text)
			}
			p.send(us, p.answer(bye, 200, "", "", nil))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				k := &kept{t: t, all: map[string][]byte{}}
				a, p := w.stack(us, nil), w.peer("10.0.0.2:5060")
				c.request.Offer, c.request.OnPending = pcmuOnly, k.tell
				w.dial(a, c.request)
				invite := c.before(t, p)
				synctest.Wait()
				if err := a.Close(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(3 * time.Second)
				p.silent("CANCEL", time.Second) // nobody is told by who dies
				b := w.stack(us, nil)
				left := k.one()
				if err := b.CancelPending(left, `Q.850;cause=41`, k.tell); err != nil {
					t.Fatal(err)
				}
				if err := b.CancelPending(left, "", k.tell); !errors.Is(err, ErrKnown) {
					t.Errorf("a second time: %v", err)
				}
				c.after(t, p, invite)
				w.idle()
				if n := k.count(); n != 0 {
					t.Errorf("%d calls are still written down", n)
				}
			})
		})
	}
}

// TestWhatIsPendingIsForgotten: nothing is written down of a call that is over, however it has ended.
func TestWhatIsPendingIsForgotten(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]func(w *world, p *peer, invite inMessage, c *Call){
		"refused": func(_ *world, p *peer, invite inMessage, _ *Call) {
			p.send("10.0.0.1:5060", p.answer(invite, 486, "x", "", nil))
		},
		"cancelled": func(_ *world, p *peer, invite inMessage, c *Call) {
			p.send("10.0.0.1:5060", p.answer(invite, 180, "x", "", nil))
			time.Sleep(time.Second)
			_ = c.Hangup(context.Background(), "")
			p.send("10.0.0.1:5060", p.answer(p.expect("CANCEL"), 200, "x", "", nil))
			p.send("10.0.0.1:5060", p.answer(invite, 487, "x", "", nil))
		},
		"no answer at all": func(*world, *peer, inMessage, *Call) {},
		"answered and ended": func(_ *world, p *peer, invite inMessage, c *Call) {
			p.send("10.0.0.1:5060", p.answer(invite, 200, "x", "", pcmuOnly))
			p.expect("ACK")
			_ = c.Hangup(context.Background(), "")
			p.send("10.0.0.1:5060", p.answer(p.expect("BYE"), 200, "", "", nil))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				k := &kept{t: t, all: map[string][]byte{}}
				a, p := w.stack("10.0.0.1:5060", nil), w.peer("10.0.0.2:5060")
				c := w.dial(a, DialRequest{Offer: pcmuOnly, OnPending: k.tell})
				invite := p.expect("INVITE")
				k.one() // before the peer has it
				ends(w, p, invite, c)
				w.idle()
				if n := k.count(); n != 0 || k.told < 2 {
					t.Errorf("%d calls are still written down; told %d times", n, k.told)
				}
			})
		})
	}
}

// TestACallByStreamIsCancelledAfterACrash: by a new connection to the peer, or by the one it has opened meanwhile.
func TestACallByStreamIsCancelledAfterACrash(t *testing.T) {
	t.Parallel()
	for _, registers := range []bool{false, true} {
		inWorld(t, func(w *world) {
			k := &kept{t: t, all: map[string][]byte{}}
			calls := make(chan *Call, 1)
			registrar := func(c *Config) {
				c.Registrar, c.Auth = NewRegistrar(RegistrarConfig{Domain: "a"}), NewAuthenticator(AuthConfig{Realm: "a", Secret: func(string) (Secret, bool) { return Secret{}, false }})
			}
			a := w.stack("10.0.0.1:5060", nil, registrar)
			b := w.stack("10.0.0.2:5060", func(ctx context.Context, c *Call) {
				_ = c.Ring()
				calls <- c
				<-ctx.Done()
			})
			connects := func() netip.AddrPort { // as phones behind NAT do
				conn, err := b.connection(context.Background(), TCP, netip.MustParseAddrPort("10.0.0.1:5060"), "")
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				return conn.local
			}
			request := DialRequest{Offer: pcmuOnly, Transport: TCP, OnPending: k.tell}
			if registers {
				request.Peer = connects()
			}
			w.dial(a, request)
			in := <-calls
			synctest.Wait()
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			left := k.one()
			if left.Transport != TCP {
				t.Errorf("by %s", left.Transport)
			}
			a = w.stack("10.0.0.1:5060", nil, registrar)
			if err := a.CancelPending(left, "", k.tell); err != nil {
				t.Fatal(err)
			}
			if registers {
				time.Sleep(5 * time.Second)
				if in.Phase() == Ended {
					t.Error("cancelled without a way")
				}
				a.config.Registrar.reached([]Contact{{URI: "sip:+4930123@10.0.0.2:5060", Transport: TCP, Source: connects(), Expires: time.Now().Add(time.Hour)}})
			}
			w.ended(in, ByPeer, EndedCanceled, 3*time.Second)
			w.idle()
			if n := k.count(); n != 0 {
				t.Errorf("%d calls are still written down", n)
			}
		})
	}
}

func TestWhatIsKeptOfACallMayBeBroken(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		k := &kept{t: t, all: map[string][]byte{}}
		a, p := w.stack("10.0.0.1:5060", nil), w.peer("10.0.0.2:5060")
		w.dial(a, DialRequest{Offer: pcmuOnly, OnPending: k.tell})
		p.expect("INVITE")
		whole := k.one()
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		b := w.stack("10.0.0.1:5060", nil)
		for name, breaks := range map[string]func(p *Pending){
			"nothing":          func(p *Pending) { *p = Pending{} },
			"no INVITE":        func(p *Pending) { p.Invite = "" },
			"half an INVITE":   func(p *Pending) { p.Invite = p.Invite[:len(p.Invite)/2] },
			"another method":   func(p *Pending) { p.Invite = strings.ReplaceAll(p.Invite, "INVITE", "OPTIONS") },
			"another call":     func(p *Pending) { p.Dialog.CallID = "other" },
			"another tag":      func(p *Pending) { p.Dialog.LocalTag = "other" },
			"no way":           func(p *Pending) { p.Peer = netip.AddrPort{} },
			"half a dialog":    func(p *Pending) { p.Dialog.RemoteTag, p.Dialog.Local = "x", "" },
			"broken addresses": func(p *Pending) { p.Dialog.RemoteTag, p.Dialog.Remote = "x", "<" },
		} {
			broken := whole
			breaks(&broken)
			if err := b.CancelPending(broken, "", k.tell); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
		p.silent("", 5*time.Second)
		if n := b.Counters().Calls; n != 0 {
			t.Errorf("%d dialogs", n)
		}
	})
}
