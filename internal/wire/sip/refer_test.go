package sip

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// follows lets a call do what its peer asks by REFER, from a stack.
func follows(t *testing.T, s *Stack, c *Call, made chan<- *Call) {
	c.OnRefer(func(r *Referral) int {
		s.spawn("transfer", func() {
			out, err := s.Dial(context.Background(), DialRequest{Target: r.Target, From: "follower", Offer: pcmuOnly, Replaces: r.Replaces})
			if err != nil {
				t.Error(err)
				return
			}
			for p := range out.Progress() {
				_ = r.Notify(p.Code, p.Reason)
			}
			if _, ok := <-out.Answered(); ok {
				_ = r.Notify(200, "")
				made <- out
				return
			}
			_ = r.Notify(out.End().Code, out.End().Reason)
		})
		return 0
	})
}

// TestTransfers: a blind transfer, an attended one, and refusals, between three stacks.
func TestTransfers(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		ctx := context.Background()
		bobs, carols := make(chan *Call, 4), make(chan *Call, 4)
		a := w.stack("10.0.0.1:5060", nil)
		b := w.stack("10.0.0.2:5060", answers(bobs))
		w.stack("10.0.0.3:5060", func(ctx context.Context, c *Call) {
			if c.RequestUser() == "busy" {
				_ = c.Reject(486, "")
				return
			}
			answers(carols)(ctx, c)
		})
		made := make(chan *Call, 4)
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		<-out.Answered()
		atBob := <-bobs
		synctest.Wait()
		var refusal *Refusal
		if _, err := out.Refer(ctx, Transfer{Target: "sip:carol@10.0.0.3"}); !errors.As(err, &refusal) || refusal.Code != 603 {
			t.Errorf("nobody decides: got %v", err)
		}
		follows(t, b, atBob, made)
		codes := func(notices <-chan Progress) string {
			var got []string
			for p := range notices {
				got = append(got, fmt.Sprint(p.Code))
			}
			return strings.Join(got, " ")
		}
		notices, err := out.Refer(ctx, Transfer{Target: "sip:busy@10.0.0.3"})
		if err != nil {
			t.Fatal(err)
		}
		if got := codes(notices); got != "100 486" {
			t.Errorf("notices: got %s", got)
		}
		if out.Phase() != Confirmed {
			t.Error("the call has ended")
		}
		if notices, err = out.Refer(ctx, Transfer{Target: "sip:carol@10.0.0.3"}); err != nil {
			t.Fatal(err)
		}
		if got := codes(notices); got != "100 180 200" {
			t.Errorf("notices: got %s", got)
		}
		_ = out.Hangup(ctx, "")
		first, atCarol := <-made, <-carols
		w.ended(atBob, ByPeer, EndedBye, time.Second)
		_ = first.Hangup(ctx, "")
		w.ended(atCarol, ByPeer, EndedBye, time.Second)

		// Attended: the call to Carol is taken over by Bob.
		out = w.dial(a, DialRequest{Offer: pcmuOnly})
		<-out.Answered()
		atBob = <-bobs
		consult := w.dial(a, DialRequest{Target: "sip:carol@10.0.0.3", Offer: pcmuOnly})
		<-consult.Answered()
		atCarol = <-carols
		synctest.Wait()
		follows(t, b, atBob, made)
		if notices, err = out.Refer(ctx, Transfer{Target: "sip:carol@10.0.0.3", Replaces: ref(consult.Replaces())}); err != nil {
			t.Fatal(err)
		}
		if got := codes(notices); got != "100 603" { // Carol does not want to be taken over
			t.Errorf("notices: got %s", got)
		}
		taken := make(chan *Call, 1)
		atCarol.OnReplace(func(ctx context.Context, by *Call) {
			_ = by.Answer(ctx, pcmuOnly)
			taken <- by
		})
		if notices, err = out.Refer(ctx, Transfer{Target: "sip:carol@10.0.0.3", Replaces: ref(consult.Replaces())}); err != nil {
			t.Fatal(err)
		}
		if got := codes(notices); got != "100 200" {
			t.Errorf("notices: got %s", got)
		}
		w.ended(consult, ByPeer, EndedBye, time.Second)
		w.ended(atCarol, ByLocal, EndedBye, 0)
		_ = out.Hangup(ctx, "")
		second := <-made
		synctest.Wait()
		if by := <-taken; by.Phase() != Confirmed || second.Phase() != Confirmed {
			t.Error("the new call does not stand")
		}
		_ = second.Hangup(ctx, "")
		w.idle()
	})
}

func ref[T any](v T) *T { return &v }

// TestReferFromPeer: what a REFER must look like, and what the NOTIFY to it looks like.
func TestReferFromPeer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		w.stack("10.0.0.1:5060", answers(calls))
		p := w.peer("10.0.0.2:5060")
		p.send("10.0.0.1:5060", p.request("REFER", "sip:10.0.0.1", "q", "Refer-To: <sip:x@y>\n"))
		p.expect("SIP/2.0 403")
		p.send("10.0.0.1:5060", p.invite("re", "", pcmuOnly))
		ok := p.expect("SIP/2.0 200")
		p.send("10.0.0.1:5060", p.inDialog("ACK", 10, ok, "", nil))
		in := <-calls
		referrals := make(chan *Referral, 8)
		in.OnRefer(func(r *Referral) int {
			if strings.Contains(r.Target, "expensive") {
				return 403
			}
			referrals <- r
			return 0
		})
		seq := 10
		for _, c := range []struct {
			headers string
			code    int
		}{
			{"", 400},
			{"Refer-To: <sip:a@b>\nRefer-To: <sip:c@d>\n", 400},
			{"Refer-To: <nonsense>\n", 400},
			{"Refer-To: <sip:a@b?Replaces=x>\n", 400},
			{"Refer-To: <mailto:a@b>\n", 416},
			{"Refer-To: <sip:expensive@b>\n", 403},
			{"r: sip:a@b\nRefer-Sub: false\n", 202},
			{"Refer-To: \"C\" <sip:carol@chicago.example;x=y?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994&X=1>\nReferred-By: <sip:al@x>\n", 202},
		} {
			seq++
			p.send("10.0.0.1:5060", p.inDialog("REFER", seq, ok, c.headers, nil))
			if m := p.expect("SIP/2.0"); m.code != c.code {
				t.Errorf("%q: got %d, want %d", c.headers, m.code, c.code)
			}
		}
		quiet, r := <-referrals, <-referrals
		if err := quiet.Notify(200, ""); err != nil {
			t.Error(err)
		}
		if r.Target != "sip:carol@chicago.example;x=y" || r.Replaces == nil || *r.Replaces != (Replaces{"12345@192.168.118.3", "12345", "5FFE-3994", false}) || r.By != "<sip:al@x>" {
			t.Errorf("got %+v, %+v", r.Target, r.Replaces)
		}
		notify := p.expect("NOTIFY sip:al@10.0.0.2:5060")
		if notify.get("Event") != fmt.Sprintf("refer;id=%d", seq) || string(notify.body) != "SIP/2.0 100 Trying\r\n" || notify.get("Content-Type") != sipfrag ||
			!strings.HasPrefix(notify.get("Subscription-State"), "active") || !notify.has("Contact") {
			t.Errorf("got\n%s", notify.text)
		}
		if err := errors.Join(r.Notify(180, ""), r.Notify(503, "No Way\r\nX: y")); err != nil {
			t.Error(err)
		}
		if err := r.Notify(200, ""); !errors.Is(err, ErrEnded) {
			t.Errorf("after the final one: got %v", err)
		}
		p.send("10.0.0.1:5060", p.answer(notify, 200, "", "", nil))
		p.send("10.0.0.1:5060", p.answer(p.expect("NOTIFY"), 200, "", "", nil))
		last := p.expect("NOTIFY")
		if string(last.body) != "SIP/2.0 503 No Way  X: y\r\n" || !strings.HasPrefix(last.get("Subscription-State"), "terminated") {
			t.Errorf("got\n%s", last.text)
		}
		p.send("10.0.0.1:5060", p.answer(last, 200, "", "", nil))
		p.send("10.0.0.1:5060", p.inDialog("NOTIFY", 30, ok, "Event: message-summary\n", nil))
		p.expect("SIP/2.0 489")
		p.send("10.0.0.1:5060", p.inDialog("NOTIFY", 31, ok, "Event: refer\n", nil))
		p.expect("SIP/2.0 481")
		p.send("10.0.0.1:5060", p.inDialog("BYE", 32, ok, "", nil))
		p.expect("SIP/2.0 200")
		w.idle()
	})
}

// TestReplacesIsRefused: RFC 3891 section 3.
func TestReplacesIsRefused(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		s := w.stack("10.0.0.1:5060", func(ctx context.Context, c *Call) {
			_ = c.Ring()
			if c.RequestUser() != "sales" {
				_ = c.Answer(ctx, pcmuOnly)
			}
			calls <- c
		})
		p := w.peer("10.0.0.2:5060")
		p.send("10.0.0.1:5060", p.invite("one", "", pcmuOnly))
		in := <-calls
		id := in.Replaces()
		mine := Replaces{CallID: id.CallID, ToTag: id.FromTag, FromTag: id.ToTag}
		n := 0
		try := func(code int, headers ...string) {
			t.Helper()
			n++
			p.send("10.0.0.1:5060", p.invite(fmt.Sprint("try", n), "Require: replaces\n"+strings.Join(headers, ""), pcmuOnly))
			for {
				m := p.expect("SIP/2.0")
				if m.code > 199 && strings.HasPrefix(m.callID, "try") {
					if m.code != code {
						t.Errorf("%q: got %d, want %d", headers, m.code, code)
					}
					return
				}
			}
		}
		header := func(r Replaces) string { return "Replaces: " + r.String() + "\n" }
		try(481, header(mine)) // it rings here, and is not answered
		p.send("10.0.0.1:5060", strings.ReplaceAll(p.invite("one", "", nil), "INVITE", "CANCEL"))
		p.send("10.0.0.1:5060", strings.Replace(p.invite("two", "", pcmuOnly), "sip:sales@", "sip:other@", 1))
		in = <-calls
		id = in.Replaces()
		mine = Replaces{CallID: id.CallID, ToTag: id.FromTag, FromTag: id.ToTag}
		stranger := mine
		stranger.FromTag = "guessed"
		early := mine
		early.EarlyOnly = true
		try(481, header(stranger))
		try(486, header(early))
		try(603, header(mine))
		try(400, header(mine), header(mine))
		try(400, "Replaces: x;to-tag=1\n")
		// A ringing call of ours is picked up by its peer's other phone.
		out := w.dial(s, DialRequest{Offer: pcmuOnly})
		invite := p.expect("INVITE")
		p.send("10.0.0.1:5060", p.answer(invite, 180, "far", "", nil))
		<-out.Progress()
		out.OnReplace(func(ctx context.Context, by *Call) { _ = by.Answer(ctx, pcmuOnly) })
		try(200, header(Replaces{out.ID(), invite.from.tag(), "far", true}))
		w.ended(out, ByLocal, EndedCanceled, time.Second)
		p.expect("CANCEL")
	})
}
