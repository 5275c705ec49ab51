package voice

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/wire/rtc"
)

func TestTheBrowsersOfferMayComeFirst(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l := w.talks()
		l.Ring(ann, time.Now().Add(20*time.Second))
		p := w.offers(l, ann)
		p.is(rtc.Connected)
		w.quiet(time.Second)
		l.Connect(ann)
		if in := expect[interaction.PhoneConnected](w); in.Agent != ann {
			t.Errorf("agent: got %s, want ann", in.Agent)
		}
		l.Disconnect(interaction.BySystem)
		w.over(c)
		w.released(l)
	})
}

func TestTheBrowserNeverConnects(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(*world, *Leg){
		"no offer": func(*world, *Leg) {},
		"no connection": func(w *world, l *Leg) {
			w.offers(l, ann)
		},
		"it fails": func(w *world, l *Leg) {
			w.offers(l, ann).is(rtc.Gone)
		},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				c, l := w.talks()
				l.Ring(ann, time.Now().Add(20*time.Second))
				began := time.Now()
				l.Connect(ann)
				synctest.Wait()
				f(w, l)
				if in := expect[interaction.PhoneFailed](w); in.Agent != ann || in.Detail == "" {
					t.Errorf("got %+v, want ann's, with a detail", in)
				}
				if got := time.Since(began); got >= interaction.ConnectTime {
					t.Errorf("told after %s, want before the interaction gives up", got)
				}
				l.StopRinging(ann)
				l.DropAgent(ann)
				// The next agent takes it.
				p := w.connects(l, bob)
				p.sings(700)
				l.Arrange(pair(bob))
				time.Sleep(2 * time.Second)
				w.hears("the customer", c.Heard(time.Second), 700)
				c.HangUp()
				expect[interaction.CustomerLeft](w)
				w.released(l)
			})
		})
	}
}

func TestOffersThatAreRefused(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l := w.talks()
		phones := w.edge.Phones()
		ctx := context.Background()
		if _, err := phones.Connect(ctx, ann, "nobody", "offer"); !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown interaction: got %v, want not found", err)
		}
		l.Ring(ann, time.Now().Add(20*time.Second))
		if _, err := phones.Connect(ctx, bob, l.id, "offer"); !fault.Is(err, fault.Conflict) {
			t.Errorf("somebody else's call: got %v, want conflict", err)
		}
		if _, err := phones.Connect(ctx, ann, l.id, ""); !fault.Is(err, fault.Unavailable) {
			t.Errorf("a broken engine: got %v, want unavailable", err)
		}
		w.browsers.err = rtc.ErrOffer
		if _, err := phones.Connect(ctx, ann, l.id, "nonsense"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a broken offer: got %v, want invalid", err)
		}
		w.browsers.err = nil
		l.DropAgent(ann)
		l.Ring(sam, time.Now().Add(20*time.Second))
		<-w.rings
		if _, err := phones.Connect(ctx, sam, l.id, "offer"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a browser beside a SIP phone: got %v, want conflict", err)
		}
		l.Disconnect(interaction.BySystem)
		w.released(l)
		if _, err := phones.Connect(ctx, ann, l.id, "offer"); !fault.Is(err, fault.NotFound) {
			t.Errorf("after the end: got %v, want not found", err)
		}
		w.over(c)
	})
}

func TestTheBrowserFallsSilentAndComesBack(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l, p := w.joins()
		time.Sleep(5 * time.Second)
		p.hush()
		began := time.Now()
		expect[interaction.PhoneLost](w)
		if got := time.Since(began); got < 1900*time.Millisecond || got > 2100*time.Millisecond {
			t.Errorf("lost after %s, want 2 s", got)
		}
		l.Arrange(nil)
		time.Sleep(3 * time.Second)
		w.hears("the customer", c.Heard(2*time.Second), 0)
		p.sings(900)
		expect[interaction.PhoneConnected](w)
		l.Arrange(pair(ann))
		time.Sleep(2 * time.Second)
		w.hears("the customer", c.Heard(time.Second), 900)
		p.lately()
		time.Sleep(time.Second)
		w.hears("the agent", p.lately(), 440)
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
	})
}

func TestKeysFromTheBrowserAreNoSilence(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l, p := w.joins()
		time.Sleep(time.Second)
		p.hush()
		if err := p.leg.SendDigits("0123456789012345678901234567890123456789"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		p.sings(700)
		w.quiet(10 * time.Second)
		if got := len(c.Keys()); got < 20 {
			t.Errorf("the carrier heard %d keys, want them", got)
		}
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
	})
}

func TestThePageIsReloaded(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l, p := w.joins()
		time.Sleep(time.Second)
		p.is(rtc.Gone)
		expect[interaction.PhoneLost](w)
		l.Arrange(nil)
		q := w.offers(l, ann)
		q.is(rtc.Connected)
		expect[interaction.PhoneConnected](w)
		q.sings(900)
		l.Arrange(pair(ann))
		time.Sleep(2 * time.Second)
		w.hears("the customer", c.Heard(time.Second), 900)

		// Quicker than the loss: the old one serves until the new one is up.
		r := w.offers(l, ann)
		r.sings(1100)
		time.Sleep(time.Second)
		w.hears("the customer", c.Heard(time.Second), 900)
		r.is(rtc.Connected)
		expect[interaction.PhoneConnected](w)
		l.Arrange(pair(ann))
		time.Sleep(2 * time.Second)
		w.hears("the customer", c.Heard(time.Second), 1100)

		// One that does not come up changes nothing, nor does a third that replaces it.
		s := w.offers(l, ann)
		w.offers(l, ann).is(rtc.Gone)
		if !s.isClosed() {
			t.Error("an endpoint that was replaced before it was up is still open")
		}
		w.quiet(20 * time.Second)
		w.hears("the customer", c.Heard(time.Second), 1100)
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
	})
}

func TestThePhoneGoesBetweenConnectedAndJoin(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l := w.talks()
		p := w.connects(l, ann)
		p.is(rtc.Gone)
		expect[interaction.PhoneLost](w)
		l.Arrange(pair(ann))
		q := w.offers(l, ann)
		q.is(rtc.Connected)
		expect[interaction.PhoneConnected](w)
		q.sings(700)
		time.Sleep(2 * time.Second)
		w.hears("the customer", c.Heard(time.Second), 700)
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
	})
}

func TestTheAgentIsLetGoAndAnotherTakesOver(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l, p := w.joins()
		time.Sleep(time.Second)
		l.DropAgent(bob) // somebody else: nothing happens
		time.Sleep(time.Second)
		w.hears("the customer", c.Heard(time.Second), 700)
		l.DropAgent(ann)
		time.Sleep(time.Second)
		if !p.isClosed() {
			t.Error("the browser's endpoint is still open")
		}
		w.hears("the customer", c.Heard(500*time.Millisecond), 0)
		q := w.connects(l, bob)
		q.sings(900)
		l.Arrange(pair(bob))
		time.Sleep(2 * time.Second)
		w.hears("the customer", c.Heard(time.Second), 900)
		l.Disconnect(interaction.ByAgent)
		w.over(c)
		w.released(l)
		w.quiet(time.Minute)
	})
}

func TestTheSIPPhoneIsPickedUp(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l := w.talks()
		c.Repeat(carrier.Tone(440, 0.5, time.Second))
		l.Ring(sam, time.Now().Add(20*time.Second))
		call := <-w.rings
		if call.From != "+4930999" {
			t.Errorf("the SIP phone shows %q, want the caller's number", call.From)
		}
		time.Sleep(3 * time.Second)
		call.Answer()
		if in := expect[interaction.AgentAccepted](w); in.Agent != sam {
			t.Errorf("agent: got %s, want sam", in.Agent)
		}
		l.Connect(sam)
		expect[interaction.PhoneConnected](w)
		l.StopRinging(sam) // too late: nothing happens
		call.Repeat(carrier.Tone(700, 0.5, time.Second))
		l.Arrange(pair(sam))
		time.Sleep(3 * time.Second)
		w.hears("the customer", c.Heard(2*time.Second), 700)
		w.hears("the agent", call.Heard(2*time.Second), 440)
		call.Hold(true)
		if in := expect[interaction.HoldSet](w); in != (interaction.HoldSet{By: sam, Party: interaction.TheCustomer, On: true}) {
			t.Errorf("the hold key: got %+v", in)
		}
		time.Sleep(90 * time.Second)
		call.Hold(false)
		if in := expect[interaction.HoldSet](w); in != (interaction.HoldSet{By: sam, Party: interaction.TheCustomer}) {
			t.Errorf("the key again: got %+v", in)
		}
		time.Sleep(3 * time.Second)
		w.hears("the agent", call.Heard(2*time.Second), 440)
		call.HangUp()
		if in := expect[interaction.AgentHungUp](w); in.Agent != sam {
			t.Errorf("agent: got %s, want sam", in.Agent)
		}
		l.DropAgent(sam)
		l.Disconnect(interaction.ByAgent)
		w.over(c)
		w.released(l)
		w.quiet(time.Minute)
	})
}

func TestTheSIPPhoneIsNotPickedUp(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		phone func(*carrier.Call)
		want  interaction.Input
	}{
		"declined":    {func(c *carrier.Call) { time.Sleep(time.Second); c.Refuse(603) }, interaction.AgentDeclined{Agent: sam}},
		"key pressed": {func(c *carrier.Call) { time.Sleep(time.Second); c.HangUp() }, interaction.AgentDeclined{Agent: sam}},
		"unavailable": {func(c *carrier.Call) { c.Refuse(480) }, interaction.PhoneFailed{Agent: sam}},
		"no answer":   {func(*carrier.Call) {}, interaction.PhoneFailed{Agent: sam}},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				c, l := w.talks()
				l.Ring(sam, time.Now().Add(20*time.Second))
				tt.phone(<-w.rings)
				switch tt.want.(type) {
				case interaction.AgentDeclined:
					expect[interaction.AgentDeclined](w)
				default:
					if in := expect[interaction.PhoneFailed](w); in.Detail == "" {
						t.Error("no detail of the failure")
					}
				}
				l.StopRinging(sam)
				l.DropAgent(sam)
				w.quiet(time.Minute)
				l.Disconnect(interaction.BySystem)
				w.over(c)
				w.released(l)
			})
		})
	}
}

func TestTheSIPPhoneCannotBeReached(t *testing.T) {
	t.Parallel()
	for name, uri := range map[string]string{
		"nobody there": "sip:sam@203.0.113.99",
		"no address":   "tel:+4930",
		"no host":      "sip:sam@phone.invalid",
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				w.dir.phones[sam] = Phone{Kind: SIPPhone, URI: uri}
				c, l := w.talks()
				l.Ring(sam, time.Now().Add(20*time.Second))
				if in := expect[interaction.PhoneFailed](w); in.Detail == "" {
					t.Error("no detail of the failure")
				}
				l.DropAgent(sam)
				l.Disconnect(interaction.BySystem)
				w.over(c)
				w.released(l)
			}, func(c *Config, _ *world) {
				c.SIP.Resolve = resolveNothing
			})
		})
	}
}

func TestRingingStops(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(*world, *carrier.Call, *Leg){
		"by the interaction": func(w *world, c *carrier.Call, l *Leg) {
			l.StopRinging(sam)
			synctest.Wait()
			l.DropAgent(sam)
			time.Sleep(time.Second)
			l.Disconnect(interaction.BySystem)
		},
		"by the caller": func(w *world, c *carrier.Call, l *Leg) {
			c.HangUp()
			expect[interaction.CustomerLeft](w)
		},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				c, l := w.talks()
				l.Ring(sam, time.Now().Add(20*time.Second))
				call := <-w.rings
				time.Sleep(time.Second)
				f(w, c, l)
				if r := w.over(call); r.Code == 200 {
					t.Errorf("the SIP phone: got %+v, want cancelled", r)
				}
				w.over(c)
				w.released(l)
				w.quiet(time.Minute)
			})
		})
	}
}

func TestAcceptedOnTheDeskWhileTheSIPPhoneRings(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l := w.talks()
		l.Ring(sam, time.Now().Add(20*time.Second))
		call := <-w.rings
		time.Sleep(time.Second)
		l.Connect(sam)
		time.Sleep(time.Second)
		call.Answer()
		expect[interaction.PhoneConnected](w)
		l.Arrange(pair(sam))
		time.Sleep(time.Second)
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
		if r := w.over(call); r.ByUs {
			t.Errorf("the SIP phone: got %+v, want ended by the center", r)
		}
	})
}

func TestConnectWithoutRinging(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l := w.talks()
		l.Connect(sam)
		call := <-w.rings
		call.Answer()
		expect[interaction.PhoneConnected](w)
		call.HangUp()
		expect[interaction.AgentHungUp](w)
		l.Connect(sam) // once more
		expectRefused(w, <-w.rings)
		l.Disconnect(interaction.BySystem)
		w.over(c)
		w.released(l)
	})
}

func expectRefused(w *world, call *carrier.Call) {
	call.Refuse(486)
	expect[interaction.PhoneFailed](w)
}

func resolveNothing(context.Context, string) ([]netip.Addr, error) {
	return nil, errors.New("no such host")
}

func TestPhoneCheck(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		ctx := context.Background()
		answer, err := w.edge.Phones().Check(ctx, ann, "offer")
		if err != nil || answer != "answer" {
			t.Fatalf("check: got %q, %v", answer, err)
		}
		p := w.browsers.last()
		p.is(rtc.Connected)
		p.sings(700)
		time.Sleep(3 * time.Second)
		w.hears("the browser", p.lately(), 700)
		if got := w.edge.Snapshot().Checks; got != 1 {
			t.Errorf("checks: got %d, want 1", got)
		}

		// Another one of the same agent replaces it, a closed page ends it, and so does time.
		if _, err := w.edge.Phones().Check(ctx, ann, "offer"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if !p.isClosed() {
			t.Error("the first check is still open")
		}
		w.browsers.last().is(rtc.Gone)
		if got := w.edge.Snapshot().Checks; got != 0 {
			t.Errorf("checks after the page was closed: got %d, want 0", got)
		}
		if _, err := w.edge.Phones().Check(ctx, ann, "offer"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(59 * time.Second)
		if got := w.edge.Snapshot().Checks; got != 1 {
			t.Errorf("checks after 59 s: got %d, want 1", got)
		}
		time.Sleep(2 * time.Second)
		for i := range 3 {
			_, err = w.edge.Phones().Check(ctx, access.UserID(rune('a'+i)), "offer")
		}
		if !fault.Is(err, fault.Busy) {
			t.Errorf("one check too many: got %v, want busy", err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
	}, func(c *Config, _ *world) { c.Limit.Checks = 2 })
}
