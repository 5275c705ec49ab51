package sip

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// noticeWorld is a registrar that also tells how many messages there are.
func (w *world) noticeWorld(waiting *atomic.Int64) (*Stack, *Registrar) {
	secret := NewSecret("ann", "lk", "secret-ann")
	auth := NewAuthenticator(AuthConfig{Realm: "lk", Secret: func(account string) (Secret, bool) { return secret, account == "ann" }})
	r := NewRegistrar(RegistrarConfig{})
	return w.stack("10.0.0.1:5060", takesG711, func(c *Config) {
		c.Auth, c.Registrar = auth, r
		c.Notices = NewNotices(NoticesConfig{Event: "message-summary", Type: "application/simple-message-summary", Domain: "lk",
			Body: func(_ context.Context, user string, at func(string) string) []byte {
				return fmt.Appendf(nil, "Messages-Waiting: %v\r\nMessage-Account: %s\r\n", waiting.Load() > 0, at("box-of-"+user))
			}})
	}), r
}

// subscribes sends a SUBSCRIBE, answers a challenge once, and gives the answer. A To with a tag goes on with a dialog.
func (p *phone) subscribes(to, headers string) inMessage {
	p.w.t.Helper()
	send := func() inMessage {
		p.seq++
		p.sent++
		authorization := ""
		if p.nonce != "" {
			p.count++
			authorization = "Authorization: " + p.credentials("SUBSCRIBE", "sip:ann@lk.example", p.count) + "\n"
		}
		p.send("10.0.0.1:5060", fmt.Sprintf("SUBSCRIBE sip:ann@lk.example SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bKs%d;rport\nMax-Forwards: 70\n"+
			"From: <sip:ann@lk.example>;tag=s\nTo: %s\nCall-ID: sub\nCSeq: %d SUBSCRIBE\nContact: <sip:ann@%s>\n%s%sContent-Length: 0\n\n",
			p.at, p.sent, to, p.seq, p.at, authorization, headers))
		return p.learns(p.expect("SIP/2.0"))
	}
	m := send()
	if m.code == 401 {
		m = send()
	}
	return m
}

// noticed takes the next NOTIFY and says 200.
func (p *phone) noticed(code int, wants ...string) inMessage {
	p.w.t.Helper()
	m := p.expect("NOTIFY")
	p.send("10.0.0.1:5060", p.answer(m, code, "", "", nil))
	for _, want := range wants {
		if !strings.Contains(m.text, want) {
			p.w.t.Errorf("without %q:\n%s", want, m.text)
		}
	}
	return m
}

// TestSubscription: who subscribes is told at once, at each change and at the end, in one dialog; it lasts as long as was
// granted, goes on when it is asked for again, and is over when nobody knows of it.
func TestSubscription(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var waiting atomic.Int64
		s, _ := w.noticeWorld(&waiting)
		p := w.phone("10.0.0.2:5060", "ann", "secret-ann")
		const to = "<sip:ann@lk.example>"
		const event = "Event: message-summary;id=7\n"
		for headers, code := range map[string]int{"Event: dialog\n": 489, event + "Expires: 5\n": 423, event + "Expires: soon\n": 400,
			event + "Accept: text/plain\n": 406, "": 489} {
			if m := p.subscribes(to, headers); m.code != code {
				t.Errorf("%q: got %d, want %d", headers, m.code, code)
			}
		}
		if m := p.subscribes(to+";tag=nobody", event); m.code != 481 {
			t.Errorf("a dialog that is not there: %d", m.code)
		}
		ok := p.subscribes(to, event+"Expires: 600\nAccept: application/simple-message-summary\n")
		if ok.code != 200 || ok.get("Expires") != "600" || !ok.has("Contact") {
			t.Fatalf("got\n%s", ok.text)
		}
		first := p.noticed(200, "Event: message-summary;id=7", "Subscription-State: active;expires=600", "Messages-Waiting: false",
			"Message-Account: sip:box-of-ann@10.0.0.1:5060\r\n", "Content-Type: application/simple-message-summary", "CSeq: 1 NOTIFY", "To: <sip:ann@lk.example>;tag=s")
		if first.get("From") != ok.get("To") || first.callID != "sub" {
			t.Errorf("another dialog:\n%s", first.text)
		}
		waiting.Store(2)
		s.Notify("ann")
		s.Notify("bob") // nobody asks for him
		p.noticed(200, "CSeq: 2 NOTIFY", "Messages-Waiting: true")
		time.Sleep(590 * time.Second)
		again := p.subscribes(ok.get("To"), event+"Expires: 600\n")
		if again.code != 200 || again.get("To") != ok.get("To") {
			t.Fatalf("got\n%s", again.text)
		}
		p.noticed(200, "CSeq: 3 NOTIFY", "active;expires=600")
		time.Sleep(599 * time.Second)
		p.silent("NOTIFY", 500*time.Millisecond)
		p.noticed(200, "CSeq: 4 NOTIFY", "Subscription-State: terminated;reason=timeout")
		s.Notify("ann")
		p.silent("NOTIFY", time.Second)
		// It ends when the phone wants it to, and when the phone knows nothing of it.
		ok = p.subscribes(to, event)
		p.noticed(200, "active;expires=3600")
		if m := p.subscribes(ok.get("To"), event+"Expires: 0\n"); m.code != 200 {
			t.Errorf("got %d", m.code)
		}
		p.noticed(200, "terminated")
		p.subscribes(to, event)
		p.noticed(481, "active")
		time.Sleep(time.Second)
		s.Notify("ann")
		p.silent("NOTIFY", time.Second)
		w.idle()
	})
}

// TestNoticeWithoutSubscription: a registered phone is told where it is.
func TestNoticeWithoutSubscription(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var waiting atomic.Int64
		waiting.Store(1)
		s, r := w.noticeWorld(&waiting)
		p := w.phone("10.0.0.2:5060", "ann", "secret-ann")
		p.registers("Contact: <sip:ann@192.168.1.2:5060>\nExpires: 600\n")
		contacts, err := r.Lookup(t.Context(), "ann@lk.example")
		if err != nil || len(contacts) != 1 {
			t.Fatalf("%d contacts, %v", len(contacts), err)
		}
		for code, fails := range map[int]bool{200: false, 489: true} {
			done := make(chan error, 1)
			go func() { done <- s.Tell(context.Background(), "ann", contacts[0]) }()
			p.noticed(code, "NOTIFY sip:ann@192.168.1.2:5060", "Event: message-summary", "Subscription-State: terminated", "Messages-Waiting: true",
				"Message-Account: sip:box-of-ann@10.0.0.1:5060\r\n")
			if err := <-done; (err != nil) != fails {
				t.Errorf("%d: error %v", code, err)
			}
		}
		if s.config.Notices.Subscribed("ann", contacts[0]) {
			t.Error("a subscription that nobody has made")
		}
		w.idle()
	})
}
