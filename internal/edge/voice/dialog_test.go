package voice

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/media"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
)

// exchange is another carrier, on the product's own stack, for what the fake one does not do: calls
// without an offer, other addresses in mid-call, headers, keys by INFO.
type exchange struct {
	w     *world
	stack *sip.Stack
	ports *media.Ports
	ran   chan error
}

func newExchange(w *world) *exchange {
	w.Helper()
	udp, err := w.net.ListenUDP(netip.AddrPortFrom(carrierAt.Addr(), 5080))
	if err != nil {
		w.Fatal(err)
	}
	x := &exchange{w: w, ran: make(chan error, 1)}
	if x.stack, err = sip.New(sip.Config{UDP: udp, Network: w.net}, nil); err != nil {
		w.Fatal(err)
	}
	x.ports, _ = media.NewPorts(w.net, carrierAt.Addr(), 0, 0)
	go func() { x.ran <- x.stack.Run(context.Background()) }()
	return x
}

func (x *exchange) close() {
	_ = x.stack.Close()
	<-x.ran
}

// party is a caller's media: it sings, and remembers what it hears.
type party struct {
	page
	transport *media.UDPTransport
}

func (x *exchange) party() *party {
	conn, err := x.ports.Listen()
	if err != nil {
		x.w.Fatal(err)
	}
	p := &party{transport: media.NewUDP(conn, media.UDPConfig{})}
	p.leg = media.NewLeg(media.LegConfig{Transport: p.transport, Codec: media.PCMU(), Events: 101})
	p.leg.AddTap(&p.page)
	return p
}

func (p *party) local() sdp.Local {
	return sdp.Local{Address: p.transport.LocalAddr(), SessionID: 1, Version: 1}
}

// speaks sends to what the other side described.
func (p *party) speaks(w *world, answer *sdp.Session) {
	w.Helper()
	if answer == nil || answer.Audio() == nil {
		w.Fatal("no audio in the description")
	}
	m := answer.Audio()
	p.transport.Renegotiate(media.UDPConfig{Remote: netip.AddrPortFrom(m.Connection, m.Port)})
}

func TestACallWithoutAnOffer(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		x := newExchange(w)
		defer x.close()
		p := x.party()
		defer p.leg.Close()
		call, err := x.stack.Dial(context.Background(), sip.DialRequest{
			Target: "sip:+49-30-111@198.51.100.1:5060", From: "sip:anonymous@anonymous.invalid",
			Headers: []sip.Header{{Name: "P-Asserted-Identity", Value: `"J" <sip:+4930777@carrier>`}},
			OnOffer: func(offer *sdp.Session) []byte {
				answer, _, err := sdp.Answer(offer, p.local())
				if err != nil {
					t.Error(err)
					return nil
				}
				p.speaks(w, offer)
				return answer.Bytes()
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		l := w.center.leg()
		if got := w.center.arrival().CustomerAddress; got != "+4930777" {
			t.Errorf("the caller is %q, want +4930777", got)
		}
		l.Answer()
		<-call.Answered()
		b := w.connects(l, ann)
		l.Arrange(pair(ann))
		b.sings(700)
		p.sings(440)
		time.Sleep(3 * time.Second)
		w.hears("the customer", tail(p.lately()), 700)
		w.hears("the agent", tail(b.lately()), 440)

		// The caller moves to another address, which is the only one believed from then on.
		q := x.party()
		defer q.leg.Close()
		offer := q.local()
		offer.Version = 2
		answer, err := call.Reoffer(context.Background(), sdp.Offer(offer, sdp.PCMU()).Bytes())
		if err != nil {
			t.Fatal(err)
		}
		q.speaks(w, answer)
		q.sings(550)
		time.Sleep(3 * time.Second)
		w.hears("the customer at the new place", tail(q.lately()), 700)
		w.hears("the agent", tail(b.lately()), 550)

		// An offer that we cannot take changes nothing.
		if _, err := call.Reoffer(context.Background(), []byte(strings.ReplaceAll(string(sdp.Offer(offer, sdp.PCMA()).Bytes()), "PCMA", "G729"))); err == nil {
			t.Error("an offer without our codec: got no error, want 488")
		}
		time.Sleep(2 * time.Second)
		w.hears("the customer", tail(q.lately()), 700)
		_ = call.Hangup(context.Background(), `Q.850;cause=38;text="Network out of order"`)
		if in := expect[interaction.CustomerLeft](w); in.Cause != interaction.ByCarrier {
			t.Errorf("cause: got %+v, want carrier", in)
		}
		w.released(l)
	})
}

// tail is the last second.
func tail(sound []int16) []int16 { return sound[max(0, len(sound)-tone.Rate):] }

func TestACallWhoseAckHasNoAnswer(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		x := newExchange(w)
		defer x.close()
		call, err := x.stack.Dial(context.Background(), sip.DialRequest{Target: "sip:4930111@198.51.100.1:5060"})
		if err != nil {
			t.Fatal(err)
		}
		l := w.center.leg()
		l.Answer()
		in := expect[interaction.CustomerLeft](w)
		if in.Cause == "" {
			t.Errorf("got %+v, want a cause", in)
		}
		w.released(l)
		<-call.Done()
	})
}

func TestACallLeftBehindIsEnded(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		x := newExchange(w)
		defer x.close()
		p := x.party()
		defer p.leg.Close()
		call, err := x.stack.Dial(context.Background(), sip.DialRequest{
			Target: "sip:4930111@198.51.100.1:5060", Offer: sdp.Offer(p.local(), sdp.PCMU()).Bytes(),
		})
		if err != nil {
			t.Fatal(err)
		}
		w.center.leg().Answer()
		<-call.Answered()
		restore := w.center.arrival().Restore
		// The process dies.
		if err := w.edge.Close(); err != nil {
			t.Fatal(err)
		}
		<-w.ran
		expect[interaction.CustomerLeft](w)
		if call.Phase() == sip.Ended {
			t.Fatal("the carrier knows that we died")
		}
		// It is started again.
		udp, err := w.net.ListenUDP(edgeAt)
		if err != nil {
			t.Fatal(err)
		}
		c := w.edge.config
		c.SIP = sip.Config{UDP: udp, Network: w.net}
		if w.edge, err = New(c); err != nil {
			t.Fatal(err)
		}
		go func() { w.ran <- w.edge.Run(context.Background()) }()
		if err := w.edge.RestoreAndHangUp(context.Background(), restore); err != nil {
			t.Fatal(err)
		}
		<-call.Done()
		if end := call.End(); end.Kind != sip.EndedBye || end.By != sip.ByPeer {
			t.Errorf("the carrier's call: got %+v, want BYE", end)
		}
		if err := w.edge.RestoreAndHangUp(context.Background(), []byte("{}")); err == nil {
			t.Error("restoring nothing: got no error")
		}
		time.Sleep(time.Minute)
	})
}

func TestBehindATranslatorTheFirstPacketTells(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		w.dir.trunk.NAT = true
		x := newExchange(w)
		defer x.close()
		p := x.party()
		defer p.leg.Close()
		lie := p.local()
		lie.Address = netip.MustParseAddrPort("10.0.0.5:4000")
		call, err := x.stack.Dial(context.Background(), sip.DialRequest{
			Target: "sip:4930111@198.51.100.1:5060", Offer: sdp.Offer(lie, sdp.PCMU()).Bytes(),
		})
		if err != nil {
			t.Fatal(err)
		}
		l := w.center.leg()
		l.Answer()
		answer := <-call.Answered()
		p.speaks(w, answer.Session)
		p.sings(440)
		b := w.connects(l, ann)
		l.Arrange(pair(ann))
		b.sings(700)
		time.Sleep(3 * time.Second)
		w.hears("the customer", tail(p.lately()), 700)
		w.hears("the agent", tail(b.lately()), 440)
		_ = call.Hangup(context.Background(), "")
		expect[interaction.CustomerLeft](w)
		w.released(l)
	})
}
