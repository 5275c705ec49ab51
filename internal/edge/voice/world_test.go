package voice

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/entry"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/tenant"
	"linekeeper/internal/wire/rtc"
	"linekeeper/internal/wire/sip"
)

const (
	ann access.UserID = "ann" // has a browser
	bob access.UserID = "bob" // has another one
	sam access.UserID = "sam" // has a SIP phone
)

// world is a voice edge between a carrier, browsers and SIP phones, all in memory and fake time. The
// test is the interaction: it commands the leg and is told inputs.
type world struct {
	*testing.T
	net      *network.Memory
	edge     *Edge
	ports    *media.Ports
	center   *center
	dir      *directory
	browsers *browsers
	carrier  *carrier.Carrier
	phone    *carrier.Carrier // the SIP phone of sam
	also     []*carrier.Carrier
	rings    chan *carrier.Call
	ran      chan error
	logs     *syncBuffer
	rescued  uint64 // panics the story provokes
	config   Config
}

var (
	edgeAt    = netip.MustParseAddrPort("198.51.100.1:5060")
	carrierAt = netip.MustParseAddrPort("192.0.2.1:5060")
	phoneAt   = netip.MustParseAddrPort("203.0.113.7:5062")
)

// story runs a test in fake time and ends it by asserting that nothing is left.
func story(t *testing.T, f func(*world), options ...func(*Config, *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, options...)
		done := false
		defer func() {
			if !done { // failed: release what there is, or synctest says only "deadlock"
				w.shut()
			}
		}()
		f(w)
		done = true
		w.end()
	})
}

func newWorld(t *testing.T, options ...func(*Config, *world)) *world {
	t.Helper()
	w := &world{
		T: t, net: network.NewMemory(), center: newCenter(), browsers: &browsers{}, logs: &syncBuffer{},
		rings: make(chan *carrier.Call, 10), ran: make(chan error, 1),
		dir: &directory{trunk: Trunk{Tenant: "t", ID: "carrier"}, phones: map[access.UserID]Phone{
			ann: {Kind: Browser}, bob: {Kind: Browser}, sam: {Kind: SIPPhone, URI: "sip:sam@" + phoneAt.String()},
		}},
	}
	var err error
	must := func() {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w.ports, err = media.NewPorts(w.net, edgeAt.Addr(), 10000, 10019)
	must()
	udp, err := w.net.ListenUDP(edgeAt)
	must()
	c := Config{
		Center: w.center, Directory: w.dir, SIP: sip.Config{UDP: udp, Network: w.net}, Ports: w.ports, Browsers: w.browsers,
		Log:   slog.New(slog.NewTextHandler(w.logs, nil)),
		Limit: Limits{Alarm: -1}, // many stories are silent
	}
	for _, o := range options {
		o(&c, w)
	}
	w.config = c
	w.edge, err = New(c)
	must()
	go func() { w.ran <- w.edge.Run(context.Background()) }()
	w.carrier, err = carrier.New(carrier.Config{Network: w.net, At: carrierAt, Target: edgeAt})
	must()
	w.phone, err = carrier.New(carrier.Config{Network: w.net, At: phoneAt, Target: edgeAt, Incoming: func(c *carrier.Call) { w.rings <- c }})
	must()
	return w
}

// end closes everything and asserts that nothing is left.
func (w *world) end() {
	w.Helper()
	synctest.Wait()
	if f := w.edge.Snapshot(); f.SIP.Panics != 0 {
		w.Errorf("the SIP stack contained %d panics", f.SIP.Panics)
	}
	w.nothingLeft("at the end of the story")
	w.shut()
}

func (w *world) shut() {
	w.Helper()
	if err := w.edge.Close(); err != nil {
		w.Errorf("closing: %v", err)
	}
	if err := <-w.ran; err != nil {
		w.Errorf("running: %v", err)
	}
	_ = w.carrier.Close()
	_ = w.phone.Close()
	for _, k := range w.also {
		_ = k.Close()
	}
	w.browsers.close()
	w.nothingLeft("after closing")
	if n := w.net.Open(); n != 0 {
		w.Errorf("%d sockets are open, want none", n)
	}
	if w.Failed() {
		w.Log(w.logs.String())
	}
}

func (w *world) nothingLeft(when string) {
	w.Helper()
	f := w.edge.Snapshot()
	for state, n := range f.Legs {
		if n != 0 {
			w.Errorf("%s: %d legs are %s, want none", when, n, state)
		}
	}
	if f.PortsOpen != 0 || f.Phones != 0 || f.Checks != 0 || f.Held != 0 || f.Rescued != w.rescued || w.edge.Running() != 0 {
		w.Errorf("%s: got %d ports, %d phones, %d checks, %d held, %d rescued, %d running, want none",
			when, f.PortsOpen, f.Phones, f.Checks, f.Held, f.Rescued, w.edge.Running())
	}
	if n := w.browsers.open(); n != 0 {
		w.Errorf("%s: %d browsers' endpoints are open, want none", when, n)
	}
}

// calls dials and gives the call and its leg, once it rings.
func (w *world) calls() (*carrier.Call, *Leg) {
	w.Helper()
	c := w.dials("4930111")
	w.waits("180", c.Ringing())
	return c, w.center.leg()
}

// dials dials a number.
func (w *world) dials(to string) *carrier.Call {
	w.Helper()
	c, err := w.carrier.Dial(context.Background(), carrier.Numbers{From: "+4930999", To: to})
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// talks gives a call that was answered.
func (w *world) talks() (*carrier.Call, *Leg) {
	w.Helper()
	c, l := w.calls()
	l.Answer()
	w.waits("200", c.Answered())
	return c, l
}

// joins gives a call in which ann and the customer talk: she sings 700 Hz, the customer 440.
func (w *world) joins() (*carrier.Call, *Leg, *page) {
	w.Helper()
	c, l := w.talks()
	c.Repeat(carrier.Tone(440, 0.5, time.Second))
	p := w.connects(l, ann)
	p.sings(700)
	l.Arrange(pair(ann))
	return c, l, p
}

// connects brings a browser up as the agent's phone.
func (w *world) connects(l *Leg, user access.UserID) *page {
	w.Helper()
	l.Ring(user, time.Now().Add(20*time.Second))
	l.Connect(user)
	p := w.offers(l, user)
	p.is(rtc.Connected)
	expect[interaction.PhoneConnected](w)
	return p
}

// offers lets a page send its offer.
func (w *world) offers(l *Leg, user access.UserID) *page {
	w.Helper()
	answer, err := w.edge.Phones().Connect(context.Background(), user, l.id, "offer")
	if err != nil || answer != "answer" {
		w.Fatalf("a browser's offer: got %q, %v", answer, err)
	}
	return w.browsers.last()
}

// over waits for the end of the call at the carrier's side.
func (w *world) over(c *carrier.Call) carrier.Result {
	w.Helper()
	w.waits("the end of the call", c.Done())
	return c.Result()
}

// released waits until the leg is over.
func (w *world) released(l *Leg) {
	w.Helper()
	w.waits("the leg's end", l.over)
}

func (w *world) waits(what string, ch <-chan struct{}) {
	w.Helper()
	select {
	case <-ch:
	case <-time.After(100 * time.Second):
		w.Fatalf("%s: did not happen\n%s", what, w.logs)
	}
}

// hears checks what somebody hears lately; zero Hz is silence.
func (w *world) hears(who string, sound []int16, hz float64) {
	w.Helper()
	if hz == 0 {
		if got := tone.Loudness(sound); got > 0.01 {
			w.Errorf("%s hears something of loudness %.3f, want silence", who, got)
		}
		return
	}
	if got := tone.Share(sound, hz); got < 0.95 {
		w.Errorf("%s hears %.0f Hz with a share of %.2f, want 0.95", who, hz, got)
	}
}

// expect waits for the next input and asserts its type.
func expect[I interaction.Input](w *world) I {
	w.Helper()
	var want I
	select {
	case in := <-w.center.inputs:
		got, ok := in.(I)
		if !ok {
			w.Fatalf("input: got %T %+v, want %T\n%s", in, in, want, w.logs)
		}
		return got
	case <-time.After(200 * time.Second):
		w.Fatalf("input: got none, want %T\n%s", want, w.logs)
	}
	return want
}

// quiet asserts that nothing is told for a while.
func (w *world) quiet(d time.Duration) {
	w.Helper()
	select {
	case in := <-w.center.inputs:
		w.Errorf("input: got %T %+v, want none", in, in)
	case <-time.After(d):
	}
}

// center is a Center that notes what it is told.
type center struct {
	inputs chan interaction.Input
	legs   chan *Leg

	mu       sync.Mutex
	err      error
	slow     time.Duration
	panics   bool
	arrivals []interaction.Arrival
}

func newCenter() *center {
	return &center{inputs: make(chan interaction.Input, 100), legs: make(chan *Leg, 100)}
}

func (c *center) Begin(ctx context.Context, in interaction.Arrived, ch interaction.Channel) (interaction.ID, error) {
	c.mu.Lock()
	err, slow, panics := c.err, c.slow, c.panics
	c.arrivals = append(c.arrivals, in.Arrival)
	n := len(c.arrivals)
	c.mu.Unlock()
	if panics {
		panic("a mistake in the center")
	}
	select {
	case <-time.After(slow):
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if err != nil {
		return "", err
	}
	c.legs <- ch.(*Leg)
	return interaction.ID(fmt.Sprint("i", n)), nil
}

func (c *center) Tell(_ interaction.ID, in interaction.Input) { c.inputs <- in }

func (c *center) leg() *Leg { return <-c.legs }

func (c *center) arrival() interaction.Arrival {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.arrivals[len(c.arrivals)-1]
}

// directory knows one trunk, one entry and some phones.
type directory struct {
	blocked []string // at every entry
	mu      sync.Mutex
	trunk   Trunk
	phones  map[access.UserID]Phone
}

func (d *directory) Trunk(source netip.Addr) (Trunk, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.trunk, source == carrierAt.Addr()
}

func (d *directory) Entry(t tenant.ID, number string) (Entry, bool) {
	return Entry{ID: "e", Flow: "welcome", Language: "en", Project: "p", Blocked: d.blocked, Answer: entry.Busy}, t == "t" && number == "+4930111"
}

func (d *directory) Phone(user access.UserID) (Phone, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.phones[user]
	return p, ok
}

// sounds is a flow's clip of a tone.
func sounds(id string, hz float64, d time.Duration) flow.Clip {
	return flow.Clip{ID: id, PCM: tone.Sine(hz, 0.5, d)}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
