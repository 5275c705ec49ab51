package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/wire/sdp"
)

// TestEarlyMediaIsReliable: two stacks; the description arrives though it is lost twice, the 200
// waits for it, and offers in the early dialog are answered.
func TestEarlyMediaIsReliable(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		a := w.stack("10.0.0.1:5060", nil)
		calls := make(chan *Call, 1)
		w.stack("10.0.0.2:5060", func(ctx context.Context, c *Call) {
			_ = c.Ring()
			_ = c.EarlyMedia(pcmuOnly)
			_ = c.Answer(ctx, []byte("another"))
			if err := c.Answer(ctx, nil); !errors.Is(err, ErrState) {
				t.Errorf("answered twice: %v", err)
			}
			if c.Phase() != Ringing {
				t.Errorf("phase %d before the PRACK", c.Phase())
			}
			calls <- c
		})
		w.losesFirst(2, "SIP/2.0 183")
		begin := time.Now()
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		if p := <-out.Progress(); p.Code != 180 || p.Reliable {
			t.Errorf("got %+v", p)
		}
		if p := <-out.Progress(); p.Code != 183 || !p.Reliable || p.Session == nil || p.Dialog == "" {
			t.Errorf("got %+v", p)
		}
		answer, ok := <-out.Answered()
		if got := time.Since(begin); !ok || string(answer.Body) != string(pcmuOnly) || got != 3*t1 {
			t.Errorf("answered after %v: %+v, %+v", got, answer, out.End())
		}
		in := <-calls
		synctest.Wait()
		if in.Phase() != Confirmed {
			t.Errorf("phase %d", in.Phase())
		}
		_ = in.Hangup(context.Background(), "")
		w.ended(out, ByPeer, EndedBye, time.Second)
		w.idle()
	})
}

func TestPrackIsAwaited(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		w.stack("10.0.0.1:5060", func(_ context.Context, c *Call) {
			_ = c.Ring()
			_ = c.EarlyMedia(pcmuOnly)
			calls <- c
		})
		p := w.peer("10.0.0.2:5060")
		p.send("10.0.0.1:5060", p.invite("pa", "Require: 100rel\n", pcmuOnly))
		ringing := p.expect("SIP/2.0 180")
		if ringing.get("Require") != "100rel" || ringing.get("RSeq") == "" {
			t.Errorf("got\n%s", ringing.text)
		}
		p.silent("SIP/2.0 183", 2*time.Second) // one at a time
		rack := func(m inMessage, seq int) string {
			return p.inDialog("PRACK", seq, m, fmt.Sprintf("RAck: %s 10 INVITE\n", m.get("RSeq")), nil)
		}
		p.send("10.0.0.1:5060", p.inDialog("PRACK", 11, ringing, "RAck: 7 10 INVITE\n", nil))
		p.expect("SIP/2.0 481")
		p.send("10.0.0.1:5060", p.inDialog("PRACK", 12, ringing, "RAck: x\n", nil))
		p.expect("SIP/2.0 400")
		p.send("10.0.0.1:5060", rack(ringing, 13))
		p.expect("SIP/2.0 200")
		early := p.expect("SIP/2.0 183")
		begin := time.Now()
		if len(early.body) == 0 {
			t.Error("no description")
		}
		for i, want := range []time.Duration{t1, 3 * t1, 7 * t1, 15 * t1} {
			if m := p.expect("SIP/2.0 183"); m.when.Sub(begin) != want {
				t.Errorf("repetition %d after %v, want %v", i, m.when.Sub(begin), want)
			}
		}
		in := <-calls
		// Before the PRACK the session is not settled: an offer by UPDATE must wait.
		p.send("10.0.0.1:5060", p.inDialog("UPDATE", 14, early, "", pcmuOnly))
		p.expect("SIP/2.0 500")
		p.send("10.0.0.1:5060", rack(early, 15))
		p.expect("SIP/2.0 200")
		p.send("10.0.0.1:5060", rack(early, 16)) // once more, harmless
		p.expect("SIP/2.0 200")
		p.send("10.0.0.1:5060", p.inDialog("UPDATE", 17, early, "", pcmuOnly))
		p.expect("SIP/2.0 488")
		in.OnOffer(func(offer *sdp.Session) ([]byte, int) { return pcmuOnly, 200 })
		p.send("10.0.0.1:5060", p.inDialog("UPDATE", 18, early, "", pcmuOnly))
		if m := p.expect("SIP/2.0 200"); m.seqMethod != "UPDATE" || len(m.body) == 0 {
			t.Errorf("got\n%s", m.text)
		}
		_ = in.Answer(context.Background(), pcmuOnly)
		ok := p.expect("SIP/2.0 200")
		p.send("10.0.0.1:5060", p.inDialog("ACK", 10, ok, "", nil))
		p.send("10.0.0.1:5060", p.inDialog("BYE", 20, ok, "", nil))
		p.expect("SIP/2.0 200")
		w.idle()
		// A peer that never acknowledges is refused after 32 s, and cancelling stops the repetitions.
		p.send("10.0.0.1:5060", p.invite("pb", "Require: 100rel\n", pcmuOnly))
		in = <-calls
		w.ended(in, ByTimeout, EndedNoAck, timeout)
		p.expect("SIP/2.0 504")
		p.send("10.0.0.1:5060", p.invite("pc", "Require: 100rel\n", pcmuOnly))
		in = <-calls
		invite := p.invite("pc", "", nil)
		p.send("10.0.0.1:5060", strings.ReplaceAll(invite, "INVITE", "CANCEL"))
		p.expect("SIP/2.0 487")
		p.silent("SIP/2.0 180", time.Minute)
		w.ended(in, ByPeer, EndedCanceled, 0)
		w.idle()
	})
}

// TestOfferInProvisionalAnswer: a call without an offer gets it in a reliable 183, and answers in
// the PRACK; nothing is exchanged in 200 and ACK.
func TestOfferInProvisionalAnswer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		answered := make(chan *sdp.Session, 2)
		calls := make(chan *Call, 1)
		a := w.stack("10.0.0.1:5060", nil)
		w.stack("10.0.0.2:5060", func(ctx context.Context, c *Call) {
			c.OnAnswer(func(s *sdp.Session) { answered <- s })
			_ = c.EarlyMedia(pcmuOnly)
			<-time.After(time.Second)
			_ = c.Answer(ctx, pcmuOnly)
			calls <- c
		})
		asked := 0
		out := w.dial(a, DialRequest{OnOffer: func(offer *sdp.Session) []byte {
			asked++
			s, _, _ := sdp.Answer(offer, sdp.Local{Address: netip.MustParseAddrPort("10.0.0.1:4444")})
			return s.Bytes()
		}})
		if s := <-answered; s == nil || s.Audio().Port != 4444 {
			t.Errorf("answer in PRACK: got %+v", s)
		}
		answer, ok := <-out.Answered()
		if !ok || answer.Session == nil || asked != 1 || len(out.State().LocalSDP) == 0 {
			t.Errorf("got %+v, asked %d times", answer, asked)
		}
		_ = (<-calls).Hangup(context.Background(), "")
		w.ended(out, ByPeer, EndedBye, time.Second)
		if len(answered) != 0 {
			t.Error("answered twice")
		}
		w.idle()
	})
}

// TestForkedEarlyDialogs: several phones ring; each is acknowledged in its own dialog by its own
// route, repetitions and gaps are ignored, and the one that answers is understood by what it said
// early last.
func TestForkedEarlyDialogs(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		a := w.stack("10.0.0.1:5060", nil)
		p, q := w.peer("10.0.0.2:5060"), w.peer("10.0.0.3:5060")
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		invite := p.expect("INVITE")
		if !listed(invite.list("Supported"), "100rel") {
			t.Errorf("got\n%s", invite.text)
		}
		p.send("10.0.0.1:5060", p.answer(invite, 183, "one", "Require: 100rel\nRSeq: 5\n", pcmuOnly))
		first := p.expect("PRACK sip:bob@10.0.0.2:5060")
		if first.get("RAck") != "5 1 INVITE" || first.to.tag() != "one" || first.seq != 2 {
			t.Errorf("got\n%s", first.text)
		}
		p.send("10.0.0.1:5060", p.answer(first, 200, "", "", nil))
		p.send("10.0.0.1:5060", p.answer(invite, 183, "one", "Require: 100rel\nRSeq: 5\n", pcmuOnly))
		p.send("10.0.0.1:5060", p.answer(invite, 180, "one", "Require: 100rel\nRSeq: 7\n", nil))
		p.silent("PRACK", time.Second)
		moved := strings.Replace(string(pcmuOnly), "4000", "4002", 1)
		q.send("10.0.0.1:5060", q.answer(invite, 183, "two", "Record-Route: <sip:10.0.0.9;lr>\nRecord-Route: <sip:10.0.0.3:5060;lr>\nRequire: 100rel\nRSeq: 1\n", []byte(moved)))
		second := q.expect("PRACK sip:bob@10.0.0.3:5060")
		if got := second.all("Route"); len(got) != 2 || got[0] != "<sip:10.0.0.3:5060;lr>" {
			t.Errorf("route: got %q", got)
		}
		q.send("10.0.0.1:5060", q.answer(second, 200, "", "", nil))
		p.send("10.0.0.1:5060", p.answer(invite, 180, "one", "Require: 100rel\nRSeq: 6\n", nil))
		p.send("10.0.0.1:5060", p.answer(p.expect("PRACK"), 200, "", "", nil))
		for i, want := range []Progress{{Code: 183, Dialog: "one"}, {Code: 183, Dialog: "two"}, {Code: 180, Dialog: "one"}} {
			got := <-out.Progress()
			if got.Code != want.Code || got.Dialog != want.Dialog || !got.Reliable {
				t.Errorf("progress %d: got %+v, want %+v", i, got, want)
			}
		}
		// Each early dialog counts its requests by itself.
		out.OnOffer(func(*sdp.Session) ([]byte, int) { return pcmuOnly, 200 })
		again := strings.Replace(string(pcmuOnly), "4000", "4006", 1)
		for _, x := range []struct {
			p   *peer
			tag string
			seq int
		}{{p, "one", 50}, {q, "two", 3}} {
			x.p.send("10.0.0.1:5060", strings.Replace(x.p.inDialog("UPDATE", x.seq, invite, "", []byte(again)),
				"From: "+invite.get("From")+"\nTo: "+invite.get("To"), "From: "+invite.get("To")+";tag="+x.tag+"\nTo: "+invite.get("From"), 1))
			if m := x.p.expect("SIP/2.0"); m.code != 200 || len(m.body) == 0 {
				t.Errorf("got\n%s", m.text)
			}
		}
		// The 200 repeats what the 183 said; what was offered since holds.
		q.send("10.0.0.1:5060", q.answer(invite, 200, "two", "", []byte(moved)))
		answer, ok := <-out.Answered()
		if !ok || answer.Session == nil || answer.Session.Audio().Port != 4006 || !answer.Settled || !strings.Contains(string(out.State().RemoteSDP), "4006") {
			t.Errorf("got %+v, %+v", answer, out.End())
		}
		q.expect("ACK")
		_ = out.Hangup(context.Background(), "")
		bye := q.expect("BYE sip:bob@10.0.0.3:5060")
		q.send("10.0.0.1:5060", q.answer(bye, 200, "", "", nil))
		w.idle()
	})
}
