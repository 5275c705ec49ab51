package voice

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/media"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
)

// office answers what handsets ask; what they ask of the interaction goes to the center's inputs.
type office struct {
	center *center

	mu      sync.Mutex
	refusal error // of Ask
	beside  bool
	party   interaction.PartyID
	parties []interaction.PartyID
	parked  interaction.ID
	inHand  []interaction.ID
}

func (o *office) Dialed(number string) (interaction.Target, error) {
	if number == "nobody" {
		return interaction.Target{}, fault.NotFound.New("Nobody is there.")
	}
	if strings.HasPrefix(number, "+") {
		return interaction.Target{Kind: interaction.ToOutside, Address: number}, nil
	}
	return interaction.Target{Kind: interaction.ToAgent, Agent: access.UserID(number)}, nil
}

func (o *office) Ask(_ context.Context, id interaction.ID, in interaction.Input) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refusal != nil {
		return o.refusal
	}
	if _, ok := in.(interaction.Consult); ok {
		o.beside, o.party, o.parties = true, "p1", []interaction.PartyID{"p1"}
	}
	o.center.Tell(id, in)
	return nil
}

func (o *office) InHand(access.UserID) []interaction.ID {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.inHand
}

func (o *office) Beside(interaction.ID) (bool, interaction.PartyID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.beside, o.party
}

func (o *office) Takes(_ interaction.ID, party interaction.PartyID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Contains(o.parties, party)
}

func (o *office) Parked(n int) (interaction.ID, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.parked, o.parked != "" && n == 1
}

func (o *office) Call(context.Context, access.UserID, string) (interaction.ID, error) {
	return "", fault.Conflict.New("You have a call in hand.")
}

func (o *office) MayPickUp(access.UserID) error { return nil }

func (o *office) set(change func(*office)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change(o)
}

// handset is sam's phone on the product's own stack: it holds, refers and has two lines.
type handset struct {
	*exchange
	calls chan *sip.Call
}

var handsetAt = netip.MustParseAddrPort("203.0.113.7:5066")

func newHandset(w *world) *handset {
	w.Helper()
	h := &handset{exchange: &exchange{w: w, ran: make(chan error, 1)}, calls: make(chan *sip.Call, 4)}
	udp, err := w.net.ListenUDP(handsetAt)
	if err != nil {
		w.Fatal(err)
	}
	h.stack, err = sip.New(sip.Config{UDP: udp, Network: w.net}, sip.HandlerFunc(func(_ context.Context, c *sip.Call) {
		h.calls <- c
		<-c.Done()
	}))
	if err != nil {
		w.Fatal(err)
	}
	h.ports, _ = media.NewPorts(w.net, handsetAt.Addr(), 0, 0)
	go func() { h.ran <- h.stack.Run(context.Background()) }()
	return h
}

// picksUp answers the next call with a line of its own that sings.
func (h *handset) picksUp(hz float64) (*sip.Call, *party) {
	h.w.Helper()
	call, p := <-h.calls, h.party()
	answer, _, err := sdp.Answer(call.Offer(), p.local(), sdp.PCMU())
	if err != nil {
		h.w.Fatal(err)
	}
	p.speaks(h.w, call.Offer())
	p.sings(hz)
	if err := call.Answer(context.Background(), answer.Bytes()); err != nil {
		h.w.Fatal(err)
	}
	return call, p
}

// dials makes a call from the handset, with sam's password.
func (h *handset) dials(number string) (*sip.Call, *party) {
	h.w.Helper()
	p := h.party()
	call, err := h.stack.Dial(context.Background(), sip.DialRequest{
		Target: "sip:" + number + "@" + edgeAt.String(), From: "sip:sam@lk", Offer: sdp.Offer(p.local(), sdp.PCMU()).Bytes(),
		Username: "sam", Password: "secret",
	})
	if err != nil {
		h.w.Fatal(err)
	}
	return call, p
}

// holds presses the hold key.
func (h *handset) holds(call *sip.Call, p *party, on bool) {
	h.w.Helper()
	offer := sdp.Offer(p.local(), sdp.PCMU())
	body := string(offer.Bytes())
	if on {
		body = strings.Replace(body, "a=sendrecv", "a=sendonly", 1)
		if !strings.Contains(body, "a=sendonly") {
			body += "a=sendonly\r\n"
		}
	}
	if _, err := call.Reoffer(context.Background(), []byte(body)); err != nil {
		h.w.Fatal(err)
	}
}

// inTheOffice has sam's handset registered and an office behind it.
func inTheOffice(o *office) func(*Config, *world) {
	return func(c *Config, w *world) {
		var sent wiretap
		registered(&sent)(c, w)
		store := &contacts{all: map[string][]sip.Contact{"sam@lk": {{Address: "sam@lk", URI: "sip:sam@" + handsetAt.String(), Source: handsetAt,
			Transport: sip.UDP, Q: 1, Expires: time.Now().Add(time.Hour)}}}}
		c.Accounts.Store = store
		o.center = w.center
		c.Handsets = o
		c.Prompt = music
	}
}

// withSam gives a call in which sam's handset, 700 Hz, and the customer, 440 Hz, talk.
func (w *world) withSam(h *handset, o *office) (*carrier.Call, *Leg, *sip.Call, *party) {
	w.Helper()
	c, l := w.talks()
	o.set(func(o *office) { o.inHand = []interaction.ID{l.id} })
	c.Repeat(carrier.Tone(440, 0.5, time.Second))
	l.Connect(sam)
	call, p := h.picksUp(700)
	expect[interaction.PhoneConnected](w)
	l.Arrange(pair(sam))
	time.Sleep(2 * time.Second)
	w.hears("the customer", c.Heard(time.Second), 700)
	w.hears("sam", tail(p.lately()), 440)
	return c, l, call, p
}

// music is every prompt: 330 Hz.
func music(context.Context, tenant.ID, project.ID, string, string) (flow.Clip, error) {
	return sounds("music", 330, 10*time.Second), nil
}

// ends gives the last notice about a transfer.
func ends(t *testing.T, notices <-chan sip.Progress) (last sip.Progress) {
	t.Helper()
	for {
		select {
		case p, ok := <-notices:
			if !ok {
				return last
			}
			last = p
		case <-time.After(20 * time.Second):
			t.Fatalf("no end of the transfer; last %+v", last)
		}
	}
}

// TestTheHoldKey: the customer hears music before the interaction has even decided.
func TestTheHoldKey(t *testing.T) {
	t.Parallel()
	var o office
	story(t, func(w *world) {
		h := newHandset(w)
		defer h.close()
		c, l, call, p := w.withSam(h, &o)
		defer p.leg.Close()
		h.holds(call, p, true)
		if in := expect[interaction.HoldSet](w); in.By != sam || in.Party != interaction.TheCustomer || !in.On {
			t.Errorf("got %+v", in)
		}
		time.Sleep(2 * time.Second)
		w.hears("the customer", c.Heard(time.Second), 330)
		h.holds(call, p, true) // a refresh
		w.quiet(time.Second)
		h.holds(call, p, false)
		if in := expect[interaction.HoldSet](w); in.On {
			t.Errorf("got %+v", in)
		}
		time.Sleep(2 * time.Second)
		w.hears("the customer", c.Heard(time.Second), 700)

		conference := append(pair(sam), interaction.Ear{Of: "p1", Hears: []interaction.PartyID{interaction.TheAgent, interaction.TheCustomer}})
		conference[0].Hears, conference[1].Hears = []interaction.PartyID{interaction.TheAgent, "p1"}, []interaction.PartyID{interaction.TheCustomer, "p1"}
		l.Arrange(conference)
		h.holds(call, p, true)
		if in := expect[interaction.HoldSet](w); in.Party != interaction.TheAgent || !in.On {
			t.Errorf("in a conference: got %+v, want the agent's own part", in)
		}
		h.holds(call, p, false)
		expect[interaction.HoldSet](w)
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
	}, inTheOffice(&o))
}

// TestTheTransferKey: a phone's REFER becomes a transfer, and the phone is told how it went before it is
// let go.
func TestTheTransferKey(t *testing.T) {
	t.Parallel()
	var o office
	story(t, func(w *world) {
		h := newHandset(w)
		defer h.close()
		c, l, call, p := w.withSam(h, &o)
		defer p.leg.Close()
		ctx := context.Background()
		if _, err := call.Refer(ctx, sip.Transfer{Target: "sip:nobody@lk"}); err == nil || !strings.Contains(err.Error(), "404") {
			t.Errorf("to nobody: got %v, want 404", err)
		}
		o.set(func(o *office) { o.refusal = fault.Conflict.New("Others are in this call.") })
		notices, err := call.Refer(ctx, sip.Transfer{Target: "sip:bob@lk"})
		if err != nil {
			t.Fatal(err)
		}
		if end := ends(t, notices); end.Code != 603 || end.Reason != "Others are in this call." {
			t.Errorf("a transfer that is refused: got %+v", end)
		}
		stranger := sip.Replaces{CallID: "x", ToTag: "y", FromTag: "z"}
		o.set(func(o *office) { o.refusal = nil })
		notices, err = call.Refer(ctx, sip.Transfer{Target: "sip:bob@lk", Replaces: &stranger})
		if err != nil {
			t.Fatal(err)
		}
		if end := ends(t, notices); end.Code != 603 {
			t.Errorf("with a call that is none of his: got %+v, want 603", end)
		}
		w.quiet(time.Second)
		w.hears("the customer", c.Heard(time.Second), 700)

		notices, err = call.Refer(ctx, sip.Transfer{Target: "sip:bob@lk"})
		if err != nil {
			t.Fatal(err)
		}
		if in := expect[interaction.Transfer](w); in.By != sam || in.Target.Agent != bob {
			t.Errorf("got %+v, want sam's transfer to bob", in)
		}
		l.DropAgent(sam)
		if end := ends(t, notices); end.Code != 200 {
			t.Errorf("a transfer: got %+v, want 200", end)
		}
		<-call.Done()
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
	}, inTheOffice(&o))
}

// privately is the arrangement of a private talk between sam and bob.
func privately() interaction.Arrangement {
	return interaction.Arrangement{
		{Of: interaction.TheCustomer, Music: true},
		{Of: interaction.TheAgent, User: sam, Hears: []interaction.PartyID{"p1"}},
		{Of: "p1", User: bob, Hears: []interaction.PartyID{interaction.TheAgent}},
	}
}

// TestTheSecondLine: a call that the phone makes during a talk is a private talk beside it; the lines'
// hold keys change between the two, and the end of the line ends the private talk.
func TestTheSecondLine(t *testing.T) {
	t.Parallel()
	var o office
	for name, finish := range map[string]func(w *world, l *Leg, first, second *sip.Call){
		"it is hung up": func(w *world, l *Leg, first, second *sip.Call) {
			_ = second.Hangup(context.Background(), "")
			if in := expect[interaction.DropParty](w); in.Party != "p1" || in.By != sam {
				t.Errorf("got %+v", in)
			}
		},
		"the other leaves": func(w *world, l *Leg, first, second *sip.Call) {
			o.set(func(o *office) { o.beside, o.party, o.parties = false, "", nil })
			l.DropAgent(bob)
			l.Arrange(pair(sam))
			<-second.Done()
		},
		"the two are left together": func(w *world, l *Leg, first, second *sip.Call) {
			replaces := second.Replaces()
			notices, err := first.Refer(context.Background(), sip.Transfer{Target: "sip:bob@lk", Replaces: &replaces})
			if err != nil {
				t.Fatal(err)
			}
			if in := expect[interaction.Leave](w); in.By != sam {
				t.Errorf("got %+v", in)
			}
			l.DropAgent(sam)
			if end := ends(t, notices); end.Code != 200 {
				t.Errorf("got %+v, want 200", end)
			}
			<-first.Done()
			<-second.Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			o = office{}
			story(t, func(w *world) {
				h := newHandset(w)
				defer h.close()
				c, l, first, p := w.withSam(h, &o)
				defer p.leg.Close()
				h.holds(first, p, true)
				expect[interaction.HoldSet](w)
				second, q := h.dials("bob")
				defer q.leg.Close()
				if in := expect[interaction.Consult](w); in.By != sam || in.Target.Agent != bob || !in.Private {
					t.Errorf("got %+v, want sam's private talk with bob", in)
				}
				time.Sleep(time.Second)
				if phase := second.Phase(); phase != sip.Ringing {
					t.Errorf("before bob is there the line is %v, want ringing", phase)
				}
				b := w.connects(l, bob)
				b.sings(900)
				l.Arrange(privately())
				answer := <-second.Answered()
				q.speaks(w, answer.Session)
				q.sings(550)
				time.Sleep(3 * time.Second)
				w.hears("sam at his second line", tail(q.lately()), 900)
				w.hears("bob", tail(b.lately()), 550)
				w.hears("the customer", c.Heard(time.Second), 330)

				h.holds(second, q, true) // and back to the customer
				h.holds(first, p, false)
				if in := expect[interaction.Swap](w); in.By != sam {
					t.Errorf("got %+v", in)
				}
				expect[interaction.HoldSet](w)
				o.set(func(o *office) { o.beside = false })
				back := pair(sam)
				l.Arrange(append(back, interaction.Ear{Of: "p1", User: bob, Music: true}))
				time.Sleep(3 * time.Second)
				w.hears("the customer", c.Heard(time.Second), 700)
				w.hears("sam at his first line", tail(p.lately()), 440)
				w.hears("bob", tail(b.lately()), 330)
				h.holds(first, p, true)
				expect[interaction.HoldSet](w)
				h.holds(second, q, false)
				expect[interaction.Swap](w)
				o.set(func(o *office) { o.beside = true })
				l.Arrange(privately())

				finish(w, l, first, second)
				c.HangUp()
				expect[interaction.CustomerLeft](w)
				w.released(l)
				<-first.Done()
				<-second.Done()
			}, inTheOffice(&o))
		})
	}
}
