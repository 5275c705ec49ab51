package sip

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestCallBetweenTwoStacks(t *testing.T) {
	t.Parallel()
	for _, transport := range []Transport{UDP, TCP} {
		for _, hangs := range []string{"caller", "callee"} {
			t.Run(string(transport)+" "+hangs+" hangs up", func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(w *world) {
					calls := make(chan *Call, 1)
					a := w.stack("10.0.0.1:5060", nil)
					w.stack("10.0.0.2:5060", answers(calls))
					out := w.dial(a, DialRequest{Offer: pcmuOnly, Transport: transport, Display: `A "b" \c`, Headers: []Header{{"X-Test", "1\r\n2"}}})
					answer, ok := <-out.Answered()
					if !ok || answer.Session == nil || answer.Session.Audio() == nil {
						t.Fatalf("not answered: %+v, end %+v", answer, out.End())
					}
					if p, ok := <-out.Progress(); !ok || p.Code != 180 {
						t.Errorf("progress: got %+v", p)
					}
					in := <-calls
					synctest.Wait()
					if in.Phase() != Confirmed || out.Phase() != Confirmed {
						t.Errorf("phases: got %d and %d", in.Phase(), out.Phase())
					}
					if in.RequestUser() != "+4930123" || in.From().User != "alice" || in.From().Display != `A "b" \c` || in.Header("x-test") != "1  2" {
						t.Errorf("got %q %+v %q", in.RequestUser(), in.From(), in.Header("X-Test"))
					}
					if in.Transport() != transport || in.Offer().Audio() == nil || in.ID() != out.ID() {
						t.Errorf("got %s, %v", in.Transport(), in.Offer())
					}
					first, second := out, in
					if hangs == "callee" {
						first, second = in, out
					}
					if err := first.Hangup(context.Background(), `Q.850;cause=16;text="done"`); err != nil {
						t.Fatal(err)
					}
					w.ended(first, ByLocal, EndedBye, 0)
					w.ended(second, ByPeer, EndedBye, time.Second)
					if end := second.End(); end.Q850 != 16 || end.Reason != "done" {
						t.Errorf("reason: got %+v", end)
					}
					if err := first.Hangup(context.Background(), ""); err != nil {
						t.Errorf("second hangup: %v", err)
					}
					w.idle()
				})
			})
		}
	}
}

func TestRejected(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		a := w.stack("10.0.0.1:5060", nil)
		w.stack("10.0.0.2:5060", func(_ context.Context, c *Call) {
			if err := c.Reject(486, "Very Busy", Header{"Retry-After", "9"}); err != nil {
				t.Error(err)
			}
			if err := c.Answer(context.Background(), nil); !errors.Is(err, ErrEnded) {
				t.Errorf("answer after reject: got %v", err)
			}
		})
		w.losesFirst(2, "ACK sip:")
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		w.ended(out, ByPeer, EndedRejected, time.Second)
		if end := out.End(); end.Code != 486 || end.Reason != "Very Busy" || out.Header("Retry-After") != "9" {
			t.Errorf("got %+v", end)
		}
		if _, ok := <-out.Answered(); ok {
			t.Error("answered")
		}
		w.idle()
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for _, transport := range []Transport{UDP, TCP} {
		t.Run(string(transport), func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				calls := make(chan *Call, 1)
				a := w.stack("10.0.0.1:5060", nil)
				w.stack("10.0.0.2:5060", func(ctx context.Context, c *Call) {
					_ = c.Ring()
					calls <- c
					<-ctx.Done()
				})
				w.losesFirst(1, "CANCEL sip:")
				out := w.dial(a, DialRequest{Offer: pcmuOnly, Transport: transport})
				in := <-calls
				time.Sleep(time.Second)
				if err := out.Hangup(context.Background(), `SIP;cause=200;text="elsewhere"`); err != nil {
					t.Fatal(err)
				}
				w.ended(out, ByLocal, EndedCanceled, 0)
				w.ended(in, ByPeer, EndedCanceled, time.Second)
				if end := in.End(); end.Code != 200 || end.Reason != "elsewhere" {
					t.Errorf("got %+v", end)
				}
				w.idle()
			})
		})
	}
}

func TestCancelBeforeTheFirstAnswerWaitsForIt(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		a := w.stack("10.0.0.1:5060", nil)
		p := w.peer("10.0.0.2:5060")
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		invite := p.expect("INVITE")
		_ = out.Hangup(context.Background(), "")
		p.silent("CANCEL", 3*time.Second)
		p.send("10.0.0.1:5060", p.answer(invite, 180, "b", "", nil))
		cancel := p.expect("CANCEL")
		if cancel.get("Via") != invite.get("Via") || cancel.get("CSeq") != "1 CANCEL" || cancel.target != invite.target {
			t.Errorf("got\n%s", cancel.text)
		}
		p.send("10.0.0.1:5060", p.answer(cancel, 200, "b", "", nil))
		p.send("10.0.0.1:5060", p.answer(invite, 487, "b", "", nil))
		p.expect("ACK")
		// A repeated refusal is acknowledged at once, not after four seconds as by sipgo.
		p.send("10.0.0.1:5060", p.answer(invite, 487, "b", "", nil))
		before := time.Now()
		if ack := p.expect("ACK"); ack.when.Sub(before) > 100*time.Millisecond || ack.get("To") != "<sip:+4930123@10.0.0.2:5060>;tag=b" {
			t.Errorf("after %v:\n%s", ack.when.Sub(before), ack.text)
		}
		w.idle()
	})
}

func TestAnswerCrossesCancel(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		a := w.stack("10.0.0.1:5060", nil)
		p := w.peer("10.0.0.2:5060")
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		invite := p.expect("INVITE")
		p.send("10.0.0.1:5060", p.answer(invite, 180, "b", "", nil))
		synctest.Wait()
		_ = out.Hangup(context.Background(), "")
		cancel := p.expect("CANCEL")
		p.send("10.0.0.1:5060", p.answer(invite, 200, "b", "", pcmuOnly))
		p.send("10.0.0.1:5060", p.answer(cancel, 481, "b", "", nil))
		p.expect("ACK")
		bye := p.expect("BYE sip:bob@10.0.0.2:5060")
		p.send("10.0.0.1:5060", p.answer(bye, 200, "", "", nil))
		w.ended(out, ByLocal, EndedCanceled, 0)
		w.idle()
	})
}

func TestForkedSecondAnswerIsEnded(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		a := w.stack("10.0.0.1:5060", nil)
		p, q := w.peer("10.0.0.2:5060"), w.peer("10.0.0.3:5060")
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		invite := p.expect("INVITE")
		p.send("10.0.0.1:5060", p.answer(invite, 200, "one", "", pcmuOnly))
		p.expect("ACK")
		for range 2 {
			q.send("10.0.0.1:5060", q.answer(invite, 200, "two", "", pcmuOnly))
			q.expect("ACK sip:bob@10.0.0.3:5060")
		}
		bye := q.expect("BYE")
		if bye.to.tag() != "two" {
			t.Errorf("got\n%s", bye.text)
		}
		q.send("10.0.0.1:5060", q.answer(bye, 200, "", "", nil))
		p.send("10.0.0.1:5060", p.answer(invite, 200, "one", "", pcmuOnly)) // our ACK was lost
		p.expect("ACK")
		if out.Phase() != Confirmed {
			t.Errorf("phase: got %d", out.Phase())
		}
		_ = out.Hangup(context.Background(), "")
		p.send("10.0.0.1:5060", p.answer(p.expect("BYE"), 200, "", "", nil))
		w.idle()
	})
}

func TestOkIsRepeatedUntilAck(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		w.stack("10.0.0.1:5060", answers(calls))
		p := w.peer("10.0.0.2:5060")
		p.send("10.0.0.1:5060", p.invite("r1", "", pcmuOnly))
		begin := time.Now()
		var at []time.Duration
		var ok inMessage
		for range 6 {
			ok = p.expect("SIP/2.0 200")
			at = append(at, ok.when.Sub(begin))
		}
		want := []time.Duration{0, t1, 3 * t1, 7 * t1, 15 * t1, 23 * t1}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("200 number %d: got %v, want %v", i, at[i], want[i])
			}
		}
		in := <-calls
		// Requests between the 200 and its ACK do not break the matching of the ACK.
		p.send("10.0.0.1:5060", p.inDialog("OPTIONS", 11, ok, "", nil))
		p.expect("SIP/2.0 200")
		p.send("10.0.0.1:5060", p.inDialog("ACK", 10, ok, "", nil))
		p.silent("SIP/2.0 200 OK", 40*time.Second)
		if in.Phase() != Confirmed {
			t.Errorf("phase: got %d", in.Phase())
		}
		p.send("10.0.0.1:5060", p.inDialog("BYE", 12, ok, "", nil))
		p.expect("SIP/2.0 200")
		w.ended(in, ByPeer, EndedBye, 0)
		w.idle()
	})
}

func TestNoAckEndsWithBye(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		w.stack("10.0.0.1:5060", answers(calls))
		p := w.peer("10.0.0.2:5060")
		p.send("10.0.0.1:5060", p.invite("na", "", pcmuOnly))
		begin := time.Now()
		bye := p.expect("BYE sip:al@10.0.0.2:5060")
		if got := bye.when.Sub(begin); got != timeout {
			t.Errorf("bye after %v, want %v", got, timeout)
		}
		if bye.from.tag() == "" || bye.to.tag() != "fna" || bye.to.display != `Al "X"` {
			t.Errorf("got\n%s", bye.text)
		}
		w.ended(<-calls, ByTimeout, EndedNoAck, 0)
		w.idle() // without an answer to BYE
	})
}

func TestHangupBeforeAckWaitsForIt(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		w.stack("10.0.0.1:5060", answers(calls))
		p := w.peer("10.0.0.2:5060")
		p.send("10.0.0.1:5060", p.invite("hb", "", pcmuOnly))
		ok := p.expect("SIP/2.0 200")
		in := <-calls
		_ = in.Hangup(context.Background(), "")
		w.ended(in, ByLocal, EndedBye, 0)
		p.silent("BYE", 5*time.Second)
		p.send("10.0.0.1:5060", p.inDialog("ACK", 10, ok, "", nil))
		p.send("10.0.0.1:5060", p.answer(p.expect("BYE"), 200, "", "", nil))
		w.idle()
	})
}

func TestLossyNetwork(t *testing.T) {
	t.Parallel()
	for _, lost := range [][]string{{"INVITE sip:"}, {"SIP/2.0 200 OK", "INVITE"}, {"ACK sip:"}, {"BYE sip:"}, {"SIP/2.0 200 OK", "BYE"}} {
		t.Run(strings.Join(lost, " "), func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				calls := make(chan *Call, 2)
				a := w.stack("10.0.0.1:5060", nil)
				b := w.stack("10.0.0.2:5060", answers(calls))
				w.losesFirst(2, lost...)
				out := w.dial(a, DialRequest{Offer: pcmuOnly})
				if _, ok := <-out.Answered(); !ok {
					t.Fatalf("not answered: %+v", out.End())
				}
				in := <-calls
				time.Sleep(5 * time.Second)
				if in.Phase() != Confirmed {
					t.Fatalf("phase: got %d, want confirmed", in.Phase())
				}
				_ = out.Hangup(context.Background(), "")
				w.ended(in, ByPeer, EndedBye, 5*time.Second)
				w.idle()
				if n := b.Counters().CallsIn; n != 1 {
					t.Errorf("%d calls, want 1", n)
				}
			})
		})
	}
}

func TestDeadPeer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		a := w.stack("10.0.0.1:5060", nil)
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		begin := time.Now()
		w.ended(out, ByTimeout, EndedLost, time.Minute)
		if got := time.Since(begin); got != timeout {
			t.Errorf("after %v, want %v", got, timeout)
		}
		if _, err := a.Dial(context.Background(), DialRequest{Target: "sip:x@10.0.0.9", Transport: TCP}); err == nil {
			t.Error("dialing a closed TCP port succeeded")
		}
		w.idle()
	})
}

func TestUnansweredCallEnds(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		a := w.stack("10.0.0.1:5060", nil)
		w.stack("10.0.0.2:5060", func(_ context.Context, c *Call) { _ = c.Ring(); calls <- c })
		out := w.dial(a, DialRequest{Offer: pcmuOnly, Timeout: 20 * time.Second})
		w.ended(out, ByTimeout, EndedNoAnswer, 21*time.Second)
		w.ended(<-calls, ByPeer, EndedCanceled, time.Second)
		out = w.dial(a, DialRequest{Offer: pcmuOnly, Timeout: time.Hour})
		w.ended(<-calls, ByTimeout, EndedNoAnswer, 4*time.Minute)
		w.ended(out, ByPeer, EndedRejected, time.Second)
		w.idle()
	})
}

func TestRoutesAndDigits(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		w.stack("10.0.0.1:5060", answers(calls))
		p, proxy := w.peer("10.0.0.2:5060"), w.peer("10.0.0.3:5080")
		p.send("10.0.0.1:5060", p.invite("rr", "Record-Route: <sip:10.0.0.3:5080;lr>, <sip:10.0.0.4;lr>\n", pcmuOnly))
		ok := p.expect("SIP/2.0 200")
		if got := ok.all("Record-Route"); len(got) != 2 {
			t.Errorf("record-route: got %q", got)
		}
		p.send("10.0.0.1:5060", p.inDialog("ACK", 10, ok, "", nil))
		in := <-calls
		digits := make(chan Digit, 3)
		in.OnDigit(func(d Digit) { digits <- d })
		p.send("10.0.0.1:5060", p.inDialog("INFO", 11, ok, "Content-Type: application/dtmf-relay\n", []byte("Signal=5\r\nDuration=160\r\n")))
		p.expect("SIP/2.0 200")
		p.send("10.0.0.1:5060", p.inDialog("INFO", 12, ok, "Content-Type: application/dtmf\n", []byte("11")))
		p.expect("SIP/2.0 200")
		if d := <-digits; d != (Digit{'5', 160 * time.Millisecond}) {
			t.Errorf("got %+v", d)
		}
		if d := <-digits; d.Key != '#' {
			t.Errorf("got %+v", d)
		}
		_ = in.Hangup(context.Background(), "")
		bye := proxy.expect("BYE sip:al@10.0.0.2:5060")
		if got := bye.all("Route"); len(got) != 2 || got[0] != "<sip:10.0.0.3:5080;lr>" {
			t.Errorf("route: got %q", got)
		}
		if bye.source != netip.MustParseAddrPort("10.0.0.1:5060") {
			t.Errorf("BYE left from %s", bye.source)
		}
		proxy.send("10.0.0.1:5060", proxy.answer(bye, 200, "", "", nil))
		w.idle()
	})
}

func TestLargeRequestGoesByTCP(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		a := w.stack("10.0.0.1:5060", nil)
		w.stack("10.0.0.2:5060", answers(calls))
		p := w.peer("10.0.0.3:5060")
		big := []Header{{"X-Big", strings.Repeat("x", 2000)}}
		out := w.dial(a, DialRequest{Offer: pcmuOnly, Headers: big})
		if _, ok := <-out.Answered(); !ok {
			t.Fatalf("%+v", out.End())
		}
		in := <-calls
		if in.Transport() != TCP {
			t.Errorf("got %s", in.Transport())
		}
		synctest.Wait()
		_ = in.Hangup(context.Background(), "")
		w.ended(out, ByPeer, EndedBye, time.Second)
		// A peer without TCP gets it by UDP all the same.
		out = w.dial(a, DialRequest{Target: "sip:x@10.0.0.3", Offer: pcmuOnly, Headers: big})
		p.send("10.0.0.1:5060", p.answer(p.expect("INVITE"), 486, "x", "", nil))
		w.ended(out, ByPeer, EndedRejected, time.Second)
		w.idle()
	})
}

func TestIPv6(t *testing.T) {
	t.Parallel()
	for _, transport := range []Transport{UDP, TCP} {
		t.Run(string(transport), func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				calls := make(chan *Call, 1)
				a := w.stack("[2001:db8::1]:5060", nil)
				w.stack("[2001:db8::2]:5070", answers(calls))
				out := w.dial(a, DialRequest{Target: "sip:x@[2001:db8::2]:5070", Offer: pcmuOnly, Transport: transport})
				if _, ok := <-out.Answered(); !ok {
					t.Fatalf("%+v", out.End())
				}
				in := <-calls
				synctest.Wait()
				if !strings.HasPrefix(out.Contact(), "sip:alice@[2001:db8::1]:5060") {
					t.Errorf("contact: got %s", out.Contact())
				}
				_ = in.Hangup(context.Background(), "")
				w.ended(out, ByPeer, EndedBye, time.Second)
				w.idle()
			})
		})
	}
}
