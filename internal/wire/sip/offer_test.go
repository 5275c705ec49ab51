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

func TestHoldByPeer(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"INVITE", "UPDATE"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				calls := make(chan *Call, 1)
				w.stack("10.0.0.1:5060", answers(calls))
				p := w.peer("10.0.0.2:5060")
				p.send("10.0.0.1:5060", p.invite("h", "", pcmuOnly))
				ok := p.expect("SIP/2.0 200")
				p.send("10.0.0.1:5060", p.inDialog("ACK", 10, ok, "", nil))
				in := <-calls
				hold := sdp.Offer(sdp.Local{Address: netip.MustParseAddrPort("10.0.0.2:4000"), Direction: sdp.SendOnly}).Bytes()
				p.send("10.0.0.1:5060", p.inDialog(method, 11, ok, "", hold))
				p.expect("SIP/2.0 488") // nobody answers offers yet
				if method == "INVITE" {
					p.send("10.0.0.1:5060", p.inDialog("ACK", 11, ok, "", nil))
				}
				held := make(chan bool, 1)
				in.OnOffer(func(offer *sdp.Session) ([]byte, int) {
					held <- offer.Held()
					answer, _, err := sdp.Answer(offer, sdp.Local{Address: netip.MustParseAddrPort("10.0.0.1:4000")})
					if err != nil {
						return nil, 488
					}
					return answer.Bytes(), 200
				})
				p.send("10.0.0.1:5060", strings.Replace(p.inDialog(method, 12, ok, "", hold), "<sip:al@10.0.0.2:5060>", "<sip:moved@10.0.0.2:5060>", 1))
				second := p.expect("SIP/2.0 200")
				if !<-held {
					t.Error("not held")
				}
				if s, err := sdp.Parse(second.body); err != nil || s.Audio().Direction != sdp.RecvOnly {
					t.Errorf("answer: %v\n%s", err, second.text)
				}
				if method == "INVITE" {
					p.send("10.0.0.1:5060", p.inDialog("ACK", 12, ok, "", nil))
				}
				p.send("10.0.0.1:5060", p.inDialog("INFO", 3, ok, "", nil)) // an old CSeq
				p.expect("SIP/2.0 500")
				time.Sleep(time.Second)
				_ = in.Hangup(context.Background(), "")
				bye := p.expect("BYE")
				if bye.target != "sip:moved@10.0.0.2:5060" {
					t.Errorf("target not refreshed: %s", bye.target)
				}
				p.send("10.0.0.1:5060", p.answer(bye, 200, "", "", nil))
				w.idle()
			})
		})
	}
}

func TestReofferAndGlare(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		a := w.stack("10.0.0.1:5060", nil)
		w.stack("10.0.0.2:5060", answers(calls))
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		<-out.Answered()
		in := <-calls
		synctest.Wait()
		answer := func(port uint16) func(*sdp.Session) ([]byte, int) {
			return func(offer *sdp.Session) ([]byte, int) {
				s, _, err := sdp.Answer(offer, sdp.Local{Address: netip.AddrPortFrom(netip.MustParseAddr("10.0.0.7"), port)})
				if err != nil {
					return nil, 488
				}
				return s.Bytes(), 200
			}
		}
		in.OnOffer(answer(1))
		out.OnOffer(answer(2))
		if s, err := out.Reoffer(context.Background(), pcmuOnly); err != nil || s.Audio().Port != 1 {
			t.Fatalf("reoffer: %v %v", s, err)
		}
		type result struct {
			s   *sdp.Session
			err error
		}
		results := make(chan result, 2)
		for _, c := range []*Call{out, in} {
			go func() {
				s, err := c.Reoffer(context.Background(), pcmuOnly)
				results <- result{s, err}
			}()
		}
		for range 2 {
			if r := <-results; r.err != nil {
				t.Errorf("glare was not resolved: %v", r.err)
			}
		}
		in.OnOffer(nil)
		var refusal *Refusal
		other := []byte(strings.Replace(string(pcmuOnly), "4000", "4010", 1)) // the same again could be a session refresh
		if _, err := out.Reoffer(context.Background(), other); !errors.As(err, &refusal) || refusal.Code != 488 || !errors.Is(err, ErrRefused) {
			t.Errorf("got %v, want a refusal with 488", err)
		}
		if out.Phase() != Confirmed || in.Phase() != Confirmed {
			t.Error("a refused offer ended the call")
		}
		_ = out.Hangup(context.Background(), "")
		w.idle()
	})
}

// TestByeCrossesARequest: the peer hangs up just before our re-INVITE or session refresh reaches it. Its BYE tells how
// the call ended, though the 481 comes first. Without a BYE the peer has forgotten the call.
func TestByeCrossesARequest(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"INVITE", "UPDATE"} {
		for _, hungUp := range []bool{true, false} {
			t.Run(fmt.Sprint(method, " hung up ", hungUp), func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(w *world) {
					a := w.stack("10.0.0.1:5060", nil)
					p := w.peer("10.0.0.2:5060")
					out := w.dial(a, DialRequest{Offer: pcmuOnly})
					invite := p.expect("INVITE")
					p.send("10.0.0.1:5060", p.answer(invite, 200, "b", "Require: timer\nSession-Expires: 600;refresher=uac\nAllow: INVITE, ACK, BYE, UPDATE\n", pcmuOnly))
					p.expect("ACK")
					<-out.Answered()
					if method == "INVITE" {
						go func() { _, _ = out.Reoffer(context.Background(), pcmuOnly) }()
					}
					m := p.expectWithin(method, 6*time.Minute)
					p.send("10.0.0.1:5060", p.answer(m, 481, "", "", nil))
					if !hungUp {
						p.send("10.0.0.1:5060", p.answer(p.expect("BYE"), 481, "", "", nil))
						w.ended(out, ByPeer, EndedLost, 0)
						w.idle()
						return
					}
					time.Sleep(600 * time.Millisecond) // its first BYE was lost
					p.send("10.0.0.1:5060", strings.Replace(p.inDialog("BYE", 1, invite, "Reason: Q.850;cause=16\n", nil),
						"From: "+invite.get("From")+"\nTo: "+invite.get("To"), "From: "+invite.get("To")+";tag=b\nTo: "+invite.get("From"), 1))
					p.expect("SIP/2.0 200")
					w.ended(out, ByPeer, EndedBye, 0)
					if got := out.End().Q850; got != 16 {
						t.Errorf("got cause %d of its BYE, want 16", got)
					}
					p.silent("BYE", time.Minute)
					w.idle()
				})
			})
		}
	}
}

func TestOfferless(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		answered := make(chan *sdp.Session, 2)
		calls := make(chan *Call, 1)
		a := w.stack("10.0.0.1:5060", nil)
		w.stack("10.0.0.2:5060", func(ctx context.Context, c *Call) {
			if c.Offer() != nil {
				t.Error("an offer where none was made")
			}
			c.OnAnswer(func(s *sdp.Session) { answered <- s })
			_ = c.Answer(ctx, pcmuOnly)
			calls <- c
		})
		out := w.dial(a, DialRequest{OnOffer: func(offer *sdp.Session) []byte {
			s, _, _ := sdp.Answer(offer, sdp.Local{Address: netip.MustParseAddrPort("10.0.0.1:4444")})
			return s.Bytes()
		}})
		if _, ok := <-out.Answered(); !ok {
			t.Fatalf("not answered: %+v", out.End())
		}
		if s := <-answered; s == nil || s.Audio().Port != 4444 {
			t.Errorf("answer in ACK: got %+v", s)
		}
		// A re-INVITE without offer: the side that is asked offers.
		out.OnOffer(func(offer *sdp.Session) ([]byte, int) {
			if offer != nil {
				t.Error("an offer where none was made")
			}
			return pcmuOnly, 200
		})
		_ = (<-calls).Hangup(context.Background(), "")
		w.ended(out, ByPeer, EndedBye, time.Second)
		// Without anybody to answer the offer in the 200, the call ends.
		out = w.dial(a, DialRequest{})
		w.ended(out, ByLocal, EndedBye, 5*time.Second)
		w.idle()
	})
}

func TestOfferlessReinvite(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		w.stack("10.0.0.1:5060", answers(calls))
		p := w.peer("10.0.0.2:5060")
		p.send("10.0.0.1:5060", p.invite("or", "", pcmuOnly))
		ok := p.expect("SIP/2.0 200")
		p.send("10.0.0.1:5060", p.inDialog("ACK", 10, ok, "", nil))
		in := <-calls
		answered := make(chan *sdp.Session, 1)
		in.OnAnswer(func(s *sdp.Session) { answered <- s })
		in.OnOffer(func(offer *sdp.Session) ([]byte, int) { return pcmuOnly, 0 })
		p.send("10.0.0.1:5060", p.inDialog("INVITE", 11, ok, "", nil))
		second := p.expect("SIP/2.0 200")
		if len(second.body) == 0 {
			t.Error("no offer in the 200")
		}
		p.send("10.0.0.1:5060", p.inDialog("ACK", 11, ok, "", pcmuOnly))
		if s := <-answered; s == nil {
			t.Error("no answer")
		}
		p.send("10.0.0.1:5060", p.inDialog("BYE", 12, ok, "", nil))
		p.expect("SIP/2.0 200")
		w.idle()
	})
}
