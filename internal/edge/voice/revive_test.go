package voice

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/interaction"
	"linekeeper/internal/media/rtp"
	"linekeeper/internal/trunk"
	"linekeeper/internal/wire/srtp"
)

// memory is a Keep that outlives edges.
type memory struct {
	mu  sync.Mutex
	all map[string][]byte
}

func (m *memory) Put(key string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if value == nil {
		delete(m.all, key)
	} else {
		m.all[key] = bytes.Clone(value)
	}
	return nil
}

func (m *memory) All() map[string][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.all)
}

// writingDown gives the edge a place to write calls down.
func writingDown() func(*Config, *world) {
	m := &memory{all: map[string][]byte{}}
	return func(c *Config, _ *world) { c.Keep = m }
}

// restarts ends the edge without a word to anybody; a second later the next one takes the call up.
func (w *world) restarts(l *Leg, talk interaction.Arrangement) *Leg {
	w.Helper()
	if err := w.edge.Leave(); err != nil {
		w.Fatal(err)
	}
	if err := <-w.ran; err != nil {
		w.Fatal(err)
	}
	for len(w.center.inputs) > 0 { // nobody listens any more
		<-w.center.inputs
	}
	time.Sleep(time.Second)
	c := w.config
	var err error
	if c.SIP.UDP, err = w.net.ListenUDP(edgeAt); err != nil {
		w.Fatal(err)
	}
	if w.edge, err = New(c); err != nil {
		w.Fatal(err)
	}
	s := interaction.State{ID: l.id}
	s.Arrival.Tenant, s.Arrival.Trunk = "t", "carrier"
	if _, err = w.edge.Revive(s); err != nil {
		w.Fatal(err)
	}
	w.edge.Revived()
	go func(e *Edge) { w.ran <- e.Run(context.Background()) }(w.edge)
	again := w.edge.leg(l.id)
	again.Arrange(talk)
	return again
}

// TestBothLinesOfAPhoneAreTakenUp: sam is privately with bob at his second line when the process ends.
func TestBothLinesOfAPhoneAreTakenUp(t *testing.T) {
	t.Parallel()
	o := office{}
	story(t, func(w *world) {
		h := newHandset(w)
		defer h.close()
		c, l, first, p := w.withSam(h, &o)
		defer p.leg.Close()
		h.holds(first, p, true)
		expect[interaction.HoldSet](w)
		second, q := h.dials("bob")
		defer q.leg.Close()
		expect[interaction.Consult](w)
		w.connects(l, bob).sings(900)
		l.Arrange(privately())
		answer := <-second.Answered()
		q.speaks(w, answer.Session)
		q.sings(550)
		time.Sleep(3 * time.Second)
		w.hears("sam at his second line", tail(q.lately()), 900)

		l = w.restarts(l, privately())
		b := w.connects(l, bob)
		b.sings(900)
		time.Sleep(3 * time.Second)
		w.hears("sam at his second line", tail(q.lately()), 900)
		w.hears("bob", tail(b.lately()), 550)
		w.hears("the customer", c.Heard(time.Second), 330)
		h.holds(second, q, true) // and back to the customer
		h.holds(first, p, false)
		expect[interaction.Swap](w)
		expect[interaction.HoldSet](w)
		o.set(func(o *office) { o.beside = false })
		l.Arrange(append(pair(sam), interaction.Ear{Of: "p1", User: bob, Music: true}))
		time.Sleep(3 * time.Second)
		w.hears("the customer", c.Heard(time.Second), 700)
		w.hears("sam at his first line", tail(p.lately()), 440)
		_ = second.Hangup(context.Background(), "")
		time.Sleep(time.Second)
		c.HangUp()
		w.released(l)
		<-first.Done()
		for len(w.center.inputs) > 0 {
			<-w.center.inputs
		}
	}, inTheOffice(&o), writingDown())
}

// TestRevivedCallsOutCount: an agent's phone outside and a party outside stay on their trunks after a restart:
// they take their room and cost what they cost, from the answer on, and not twice where expenses are kept.
func TestRevivedCallsOutCount(t *testing.T) {
	t.Parallel()
	t.Run("expenses are forgotten", func(t *testing.T) { countsAgain(t) })
	t.Run("expenses are kept", func(t *testing.T) { countsAgain(t, keeping(&book{all: make(map[trunk.Spend]int64)})) })
}

func countsAgain(t *testing.T, options ...func(*Config, *world)) {
	lines := &carriers{trunks: []OutTrunk{lineTo("out", "192.0.2.11", func(k *OutTrunk) { k.Rates = []string{"+49* 0.1 10"}; k.MaxCalls = 2 })}}
	goesOut(t, 1, func(o *outside) {
		w := o.world
		o.edge.Refresh()
		w.dir.phones[sam] = Phone{Kind: Outside, Number: "+4940222222"}
		c, l := w.talks()
		l.Ring(sam, time.Now().Add(20*time.Second))
		mobile := <-o.rings[0]
		mobile.Answer()
		w.waits("the answer", mobile.Answered())
		time.Sleep(time.Second)
		<-mobile.Press("1")
		expect[interaction.AgentAccepted](w)
		l.Connect(sam)
		expect[interaction.PhoneConnected](w)
		l.CallOutside("p1", "+4940333333", time.Now().Add(20*time.Second))
		taxi := <-o.rings[0]
		taxi.Answer()
		expect[interaction.OutsideRinging](w)
		expect[interaction.OutsideAnswered](w)
		all := interaction.Arrangement{
			{Of: interaction.TheCustomer, Hears: []interaction.PartyID{interaction.TheAgent}},
			{Of: interaction.TheAgent, User: sam, Hears: []interaction.PartyID{interaction.TheCustomer, "p1"}},
			{Of: "p1", Hears: []interaction.PartyID{interaction.TheAgent}},
		}
		l.Arrange(all)
		mobile.Repeat(carrier.Tone(700, 0.5, time.Second))
		time.Sleep(4*time.Minute + 50*time.Second) // the first of January 2000, 0 o'clock, is when stories begin

		l = w.restarts(l, all)
		time.Sleep(2 * time.Second)
		w.hears("the customer", c.Heard(time.Second), 700)
		w.hears("the party outside", taxi.Heard(time.Second), 700)
		if line := w.edge.Lines()[0]; line.Calls != 2 || len(line.Spent) != 1 || line.Spent[0].Amount < 900_000 || line.Spent[0].Amount > 1_150_000 {
			t.Errorf("got %+v, want two calls of five minutes at 0.1", line)
		}
		if _, err := w.edge.waysOut(OutCall{Tenant: "t", Number: "040 444444"}); err == nil {
			t.Error("a third call finds room")
		}
		taxi.HangUp()
		expect[interaction.OutsideEnded](w)
		mobile.HangUp()
		expect[interaction.AgentHungUp](w)
		time.Sleep(time.Minute)
		if line := w.edge.Lines()[0]; line.Calls != 0 || line.Spent[0].Amount > 1_150_000 {
			t.Errorf("got %+v, want no call and no further cost", line)
		}
		l.DropAgent(sam)
		c.HangUp()
		w.over(c)
		expect[interaction.CustomerLeft](w)
		w.released(l)
	}, append(options, with(lines), writingDown())...)
}

// TestWhatIsNotWrittenDownIsSent: a call sends no more packets than were leased, so that no number is used
// twice, but a full disk silences nobody: who is not written down is not taken up.
func TestWhatIsNotWrittenDownIsSent(t *testing.T) {
	t.Parallel()
	g := srtp.NewGuard(nil)
	defer g.Close()
	key, err := srtp.NewKey("AES_CM_128_HMAC_SHA1_80")
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Use(key, key); err != nil {
		t.Fatal(err)
	}
	s := &session{guard: g}
	k, ok := s.keptSecure(7)
	if !ok || k.Next != 7+ahead {
		t.Fatalf("got %+v", k)
	}
	sends := func(n uint16) error {
		b := make([]byte, rtp.HeaderSize, 100)
		(&rtp.Header{Sequence: n}).Put(b)
		_, err := g.Seal(b[:100], b)
		return err
	}
	told := 0
	lease{s, keptCall{Secure: &k}}.give(true, func() { told++ })
	for n := range uint16(ahead) {
		want := 0
		if n >= ahead/2 {
			want = 1
		}
		if err := sends(7 + n); err != nil || told != want {
			t.Fatalf("packet %d: %v, told %d times", n, err, told)
		}
	}
	if err := sends(7 + ahead); !errors.Is(err, srtp.ErrLeased) || told != 1 {
		t.Errorf("beyond the lease: %v, told %d times", err, told)
	}
	lease{s, keptCall{Secure: &k}}.give(false, nil)
	if err := sends(7 + ahead); err != nil {
		t.Errorf("not written down: %v", err)
	}
}
