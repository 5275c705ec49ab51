package sip

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/wire/sdp"
)

// TestSessionTimerOfCallee: what we agree to in the 200, by RFC 4028 section 9 and its table 2.
func TestSessionTimerOfCallee(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, headers string
		code          int
		want, require string
	}{
		{"peer knows none", "", 200, "", ""},
		{"peer knows, asks for none", "Supported: timer\n", 200, "1800;refresher=uas", "timer"},
		{"peer asks", "Supported: replaces, timer\nSession-Expires: 600\n", 200, "600;refresher=uas", "timer"},
		{"peer refreshes", "Supported: timer\nx: 600 ; refresher=UAC\n", 200, "600;refresher=uac", "timer"},
		{"we are to refresh", "Supported: timer\nSession-Expires: 600;refresher=uas\n", 200, "600;refresher=uas", "timer"},
		{"required", "Require: timer\nSession-Expires: 600;refresher=uac\n", 200, "600;refresher=uac", "timer"},
		{"a proxy asks", "Session-Expires: 600\n", 200, "600;refresher=uas", ""},
		{"too long is cut", "Supported: timer\nSession-Expires: 7200\n", 200, "1800;refresher=uas", "timer"},
		{"not below Min-SE", "Supported: timer\nSession-Expires: 7200\nMin-SE: 3600\n", 200, "3600;refresher=uas", "timer"},
		{"too short", "Supported: timer\nSession-Expires: 60\n", 422, "", ""},
		{"a proxy asks for too little", "Session-Expires: 60\n", 200, "60;refresher=uas", ""},
		{"not a number", "Supported: timer\nSession-Expires: soon\n", 200, "1800;refresher=uas", "timer"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				w.stack("10.0.0.1:5060", takesG711)
				p := w.peer("10.0.0.2:5060")
				p.send("10.0.0.1:5060", p.invite("st", c.headers, pcmuOnly))
				m := p.expect(fmt.Sprintf("SIP/2.0 %d", c.code))
				if m.get("Session-Expires") != c.want || m.get("Require") != c.require {
					t.Errorf("got %q and Require %q, want %q and %q", m.get("Session-Expires"), m.get("Require"), c.want, c.require)
				}
				if c.code == 422 && m.get("Min-SE") != "90" {
					t.Errorf("got Min-SE %q", m.get("Min-SE"))
				}
			})
		})
	}
}

// TestSessionIsRefreshed: two stacks keep a call alive for hours, by UPDATE and by re-INVITE.
func TestSessionIsRefreshed(t *testing.T) {
	t.Parallel()
	for _, byUpdate := range []bool{true, false} {
		t.Run(fmt.Sprint("UPDATE ", byUpdate), func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				calls := make(chan *Call, 1)
				a := w.stack("10.0.0.1:5060", nil)
				b := w.stack("10.0.0.2:5060", answers(calls))
				out := w.dial(a, DialRequest{Offer: pcmuOnly})
				<-out.Answered()
				in := <-calls
				synctest.Wait()
				out.mu.Lock()
				out.timer.updates = byUpdate
				if !out.timer.ours || out.timer.interval != 30*time.Minute {
					t.Errorf("got %+v", &out.timer)
				}
				out.mu.Unlock()
				before := b.Counters().MessagesIn
				time.Sleep(4*time.Hour + time.Minute)
				if out.Phase() != Confirmed || in.Phase() != Confirmed {
					t.Fatalf("ended: %+v %+v", out.End(), in.End())
				}
				want := 16 // one in 15 minutes
				if !byUpdate {
					want = 16 + 1 // after the first re-INVITE's 200 has told that UPDATE is taken, and its ACK
				}
				if got := int(b.Counters().MessagesIn - before); got != want {
					t.Errorf("got %d messages, want %d", got, want)
				}
				// The same the other way round: the peer falls silent.
				w.loses(func(_, _ addr, _ string) bool { return true })
				begin := time.Now()
				w.ended(out, ByTimeout, EndedLost, time.Hour)
				w.ended(in, ByTimeout, EndedLost, time.Hour)
				if got := time.Since(begin); got > 30*time.Minute {
					t.Errorf("noticed after %v", got)
				}
				w.idle()
			})
		})
	}
}

func TestPeerRefreshesOrNot(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		w.stack("10.0.0.1:5060", answers(calls))
		p := w.peer("10.0.0.2:5060")
		p.send("10.0.0.1:5060", p.invite("pr", "Supported: timer\nSession-Expires: 90;refresher=uac\n", pcmuOnly))
		ok := p.expect("SIP/2.0 200")
		p.send("10.0.0.1:5060", p.inDialog("ACK", 10, ok, "", nil))
		in := <-calls
		timer := "Supported: timer\nSession-Expires: 90;refresher=uac\n"
		for i := range 4 {
			time.Sleep(45 * time.Second)
			method, body := "INVITE", pcmuOnly
			if i%2 == 1 {
				method, body = "UPDATE", nil
			}
			p.send("10.0.0.1:5060", p.inDialog(method, 11+i, ok, timer, body))
			m := p.expect("SIP/2.0 200")
			if m.get("Session-Expires") != "90;refresher=uac" || (body != nil) != (len(m.body) > 0) {
				t.Errorf("got\n%s", m.text)
			}
			if method == "INVITE" {
				p.send("10.0.0.1:5060", p.inDialog("ACK", 11+i, ok, "", nil))
			}
		}
		p.send("10.0.0.1:5060", p.inDialog("UPDATE", 20, ok, "Supported: timer\nSession-Expires: 30\n", nil))
		p.expect("SIP/2.0 422")
		begin := time.Now()
		bye := p.expect("BYE")
		if got := bye.when.Sub(begin); got != time.Minute { // 90 s less a third
			t.Errorf("BYE after %v", got)
		}
		p.send("10.0.0.1:5060", p.answer(bye, 200, "", "", nil))
		w.ended(in, ByTimeout, EndedLost, 0)
		w.idle()
	})
}

func TestIntervalTooSmallIsAskedAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		a := w.stack("10.0.0.1:5060", nil, func(c *Config) { c.SessionExpires = 2 * time.Minute })
		p := w.peer("10.0.0.2:5060")
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		var invite inMessage
		for i, least := range []int{300, 600} {
			invite = p.expect("INVITE")
			if want := []string{"120;refresher=uac", "300;refresher=uac"}[i]; invite.get("Session-Expires") != want {
				t.Errorf("got %q, want %q", invite.get("Session-Expires"), want)
			}
			p.send("10.0.0.1:5060", p.answer(invite, 422, "x", fmt.Sprintf("Min-SE: %d\n", least), nil))
			p.expect("ACK")
		}
		invite = p.expect("INVITE")
		if invite.get("Session-Expires") != "600;refresher=uac" || invite.get("Min-SE") != "600" || invite.seq != 3 {
			t.Errorf("got\n%s", invite.text)
		}
		// The peer refreshes, and does not know UPDATE; then we are to refresh by re-INVITE.
		p.send("10.0.0.1:5060", p.answer(invite, 200, "b", "Require: timer\nSession-Expires: 600;refresher=uas\nAllow: INVITE, ACK, BYE\n", pcmuOnly))
		p.expect("ACK")
		if _, ok := <-out.Answered(); !ok {
			t.Fatalf("%+v", out.End())
		}
		answered := make(chan *sdp.Session, 1)
		out.OnAnswer(func(s *sdp.Session) { answered <- s })
		ours := out.State().LocalSDP
		p.send("10.0.0.1:5060", strings.Replace(p.inDialog("UPDATE", 1, invite, "Supported: timer\nSession-Expires: 600;refresher=uas\n", nil),
			"From: "+invite.get("From")+"\nTo: "+invite.get("To"), "From: "+invite.get("To")+";tag=b\nTo: "+invite.get("From"), 1))
		if m := p.expect("SIP/2.0 200"); m.get("Session-Expires") != "600;refresher=uas" {
			t.Errorf("got\n%s", m.text)
		}
		begin := time.Now()
		again := p.expectWithin("INVITE", 6*time.Minute)
		if got := again.when.Sub(begin); got != 5*time.Minute || string(again.body) != string(ours) || again.get("Session-Expires") != "600;refresher=uac" {
			t.Errorf("after %v\n%s", got, again.text)
		}
		moved := strings.Replace(string(pcmuOnly), "4000", "4002", 1)
		p.send("10.0.0.1:5060", p.answer(again, 200, "", "Session-Expires: 600;refresher=uac\n", []byte(moved)))
		p.expect("ACK")
		if s := <-answered; s.Audio().Port != 4002 {
			t.Errorf("got %+v", s.Audio())
		}
		// A refusal of the refresh leaves the call until the expiry; then it ends.
		begin = time.Now()
		tries := 0
		for out.Phase() == Confirmed {
			select {
			case m := <-p.in:
				switch m.method {
				case "INVITE":
					tries++
					p.send("10.0.0.1:5060", p.answer(m, 500, "", "", nil))
				case "BYE":
					p.send("10.0.0.1:5060", p.answer(m, 200, "", "", nil))
				}
			case <-time.After(time.Minute):
			}
		}
		if got := time.Since(begin); tries < 3 || got > 600*time.Second || got < 500*time.Second {
			t.Errorf("%d tries in %v", tries, got)
		}
		w.ended(out, ByTimeout, EndedLost, time.Second)
		w.idle()
	})
}

func TestPeerWithoutSessionTimers(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		a := w.stack("10.0.0.1:5060", nil)
		p := w.peer("10.0.0.2:5060")
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		p.send("10.0.0.1:5060", p.answer(p.expect("INVITE"), 200, "b", "", pcmuOnly))
		p.expect("ACK")
		p.silent("", 5*time.Hour)
		_ = out.Hangup(context.Background(), "")
		p.send("10.0.0.1:5060", p.answer(p.expect("BYE"), 200, "", "", nil))
		w.idle()
	})
}

func TestRestoredCallIsRefreshed(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		a := w.stack("10.0.0.1:5060", nil)
		w.stack("10.0.0.2:5060", answers(calls))
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		<-out.Answered()
		in := <-calls
		synctest.Wait()
		old := out.State() // the dialog goes on after it
		time.Sleep(50 * time.Minute)
		_ = a.Close()
		time.Sleep(time.Minute)
		a = w.stack("10.0.0.1:5060", nil)
		back, err := a.Restore(old)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		if back.Phase() != Confirmed || in.Phase() != Confirmed {
			t.Fatalf("ended: %+v %+v", back.End(), in.End())
		}
		_ = back.Hangup(context.Background(), "")
		w.ended(in, ByPeer, EndedBye, time.Second)
		w.idle()
	})
}
