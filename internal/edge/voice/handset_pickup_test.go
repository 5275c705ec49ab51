package voice

import (
	"context"
	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/interaction"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
	"strings"
	"testing"
	"time"
)

// TestAPhonePicksUp: *8 gives the parked call to the phone that has dialed, by that very call.
func TestAPhonePicksUp(t *testing.T) {
	t.Parallel()
	var o office
	story(t, func(w *world) {
		h := newHandset(w)
		defer h.close()
		nothing, p := h.dials("*8")
		<-nothing.Done()
		p.leg.Close()
		if end := nothing.End(); end.Code != 404 {
			t.Errorf("nothing is parked: got %+v, want 404", end)
		}
		refused, r := h.dials("+442079460000")
		<-refused.Done()
		r.leg.Close()
		if end := refused.End(); end.Code != 480 {
			t.Errorf("he may not call: got %+v, want 480", end)
		}
		c, l := w.talks()
		c.Repeat(carrier.Tone(440, 0.5, time.Second))
		o.set(func(o *office) { o.parked = l.id })
		call, q := h.dials("*8")
		defer q.leg.Close()
		expect[interaction.PickUp](w)
		l.Connect(sam)
		expect[interaction.PhoneConnected](w)
		answer := <-call.Answered()
		q.speaks(w, answer.Session)
		q.sings(700)
		l.Arrange(pair(sam))
		time.Sleep(3 * time.Second)
		w.hears("the customer", c.Heard(time.Second), 700)
		w.hears("sam", tail(q.lately()), 440)
		_ = call.Hangup(context.Background(), "")
		if in := expect[interaction.AgentHungUp](w); in.Agent != sam {
			t.Errorf("got %+v", in)
		}
		l.DropAgent(sam)

		late, s := h.dials("*8") // nobody connects him: another one was faster
		defer s.leg.Close()
		expect[interaction.PickUp](w)
		<-late.Done()
		if end := late.End(); end.Code != 480 {
			t.Errorf("too late: got %+v, want 480", end)
		}
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
	}, inTheOffice(&o))
}

// TestAnotherPhoneTakesTheCallOver: an INVITE with Replaces from the same agent moves his talk; what the first phone
// held is on hold no longer.
func TestAnotherPhoneTakesTheCallOver(t *testing.T) {
	t.Parallel()
	var o office
	story(t, func(w *world) {
		h := newHandset(w)
		defer h.close()
		c, l, first, p := w.withSam(h, &o)
		defer p.leg.Close()
		h.holds(first, p, true) // its hold ends with it
		if in := expect[interaction.HoldSet](w); in.Party != interaction.TheCustomer || !in.On {
			t.Errorf("got %+v", in)
		}
		q := h.party()
		defer q.leg.Close()
		replaces := first.Replaces()
		call, err := h.stack.Dial(context.Background(), sip.DialRequest{
			Target: "sip:sam@" + edgeAt.String(), From: "sip:sam@lk", Offer: sdp.Offer(q.local(), sdp.PCMU()).Bytes(),
			Username: "sam", Password: "secret", Replaces: &replaces,
		})
		if err != nil {
			t.Fatal(err)
		}
		answer := <-call.Answered()
		q.speaks(w, answer.Session)
		q.sings(900)
		<-first.Done()
		expect[interaction.PhoneConnected](w)
		if in := expect[interaction.HoldSet](w); in.By != sam || in.Party != interaction.TheCustomer || in.On {
			t.Errorf("got %+v", in)
		}
		time.Sleep(3 * time.Second)
		w.hears("the customer", c.Heard(time.Second), 900)
		w.hears("sam", tail(q.lately()), 440)
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
	}, inTheOffice(&o))
}

// TestAPhoneThatForwards is taken as one that declines: where calls go is the center's to say.
func TestAPhoneThatForwards(t *testing.T) {
	t.Parallel()
	var o office
	story(t, func(w *world) {
		h := newHandset(w)
		defer h.close()
		c, l := w.talks()
		for _, wanted := range []bool{false, true} {
			l.Ring(sam, time.Now().Add(20*time.Second))
			call := <-h.calls
			if wanted {
				l.Connect(sam)
				time.Sleep(time.Second)
			}
			_ = call.Reject(302, "", sip.Header{Name: "Contact", Value: "<sip:+19005551234@" + carrierAt.String() + ">"})
			if wanted {
				if in := expect[interaction.PhoneFailed](w); !strings.Contains(in.Detail, "forwards") {
					t.Errorf("got %+v", in)
				}
			} else {
				expect[interaction.AgentDeclined](w)
			}
			l.DropAgent(sam)
		}
		w.quiet(time.Second)
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
	}, inTheOffice(&o))
}
