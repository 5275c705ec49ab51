package sip

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

func TestRedirection(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		a := w.stack("10.0.0.1:5060", nil)
		p, q := w.peer("10.0.0.2:5060"), w.peer("10.0.0.3:5060")
		var seen []Redirect
		out := w.dial(a, DialRequest{Offer: pcmuOnly, OnRedirect: func(r Redirect) string {
			seen = append(seen, r)
			return r.Contacts[2-len(seen)] // the peer's own Contact, without q, is the best first

		}})
		invite := p.expect("INVITE")
		p.send("10.0.0.1:5060", p.answer(invite, 302, "x", "Contact: <sip:low@10.0.0.3>;q=0.1, <sip:best@10.0.0.3?X-Bad=1>;q=0.9, <mailto:a@b>, <sip:m@10.0.0.3;method=MESSAGE>\n", nil))
		p.expect("ACK")
		second := q.expect("INVITE sip:best@10.0.0.3 SIP/2.0")
		if second.callID != invite.callID || second.seq != 2 || second.get("To") != invite.get("To") || second.from.tag() != invite.from.tag() || second.has("X-Bad") {
			t.Errorf("got\n%s", second.text)
		}
		q.send("10.0.0.1:5060", q.answer(second, 301, "y", "", nil))
		q.expect("ACK")
		third := q.expect("INVITE sip:bob@10.0.0.3:5060")
		q.send("10.0.0.1:5060", q.answer(third, 200, "z", "", pcmuOnly))
		if _, ok := <-out.Answered(); !ok {
			t.Fatalf("%+v", out.End())
		}
		q.expect("ACK")
		if len(seen) != 2 || !slices.Equal(seen[0].Contacts, []string{"sip:bob@10.0.0.2:5060", "sip:best@10.0.0.3", "sip:low@10.0.0.3"}) || seen[1].Followed != 1 {
			t.Errorf("got %+v", seen)
		}
		_ = out.Hangup(context.Background(), "")
		q.send("10.0.0.1:5060", q.answer(q.expect("BYE"), 200, "", "", nil))
		w.idle()
	})
}

func TestRedirectionIsLimited(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]DialRequest{
		"no policy":      {},
		"policy says no": {OnRedirect: func(Redirect) string { return "" }},
		"loop":           {OnRedirect: func(Redirect) string { return "sip:+4930123@10.0.0.2:5060" }},
		"limit":          {Redirects: 1, OnRedirect: func(r Redirect) string { return r.Contacts[0] }},
		"nonsense":       {OnRedirect: func(Redirect) string { return "::" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				a := w.stack("10.0.0.1:5060", nil)
				p := w.peer("10.0.0.2:5060")
				request.Offer = pcmuOnly
				out := w.dial(a, request)
				hops := 0
				for i := 0; ; i++ {
					select {
					case m := <-p.in:
						if m.method == "INVITE" {
							hops++
							p.send("10.0.0.1:5060", p.answer(m, 302, "x", "Contact: <sip:n"+string(rune('a'+i))+"@10.0.0.2:5060>\n", nil))
						}
						continue
					case <-out.Done():
					}
					break
				}
				if end := out.End(); end.Code != 302 || end.Kind != EndedRejected || end.By != ByPeer {
					t.Errorf("got %+v", end)
				}
				if want := map[bool]int{true: 2, false: 1}[name == "limit"]; hops != want {
					t.Errorf("%d INVITEs, want %d", hops, want)
				}
				w.idle()
			})
		})
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		a := w.stack("10.0.0.1:5060", nil)
		p := w.peer("10.0.0.2:5060")
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		p.send("10.0.0.1:5060", p.answer(p.expect("INVITE"), 503, "x", "Retry-After: 18 (maintenance);duration=60\n", nil))
		<-out.Done()
		var refusal *Refusal
		if err := out.End().Err(); !errors.As(err, &refusal) || refusal.Code != 503 || refusal.RetryAfter != 18*time.Second || !errors.Is(err, ErrRefused) {
			t.Errorf("got %v, %+v", err, out.End())
		}
		w.idle()
	})
}
