package media

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/media/rtp"
)

// ErrClosed means that a leg was closed before it could be used.
var ErrClosed = errors.New("the leg is closed")

// comfortNoise is the static payload type of RFC 3389.
const comfortNoise = 13

// LegConfig describes one party.
type LegConfig struct {
	Transport Transport
	Codec     Codec
	// Events is the party's payload type for telephone-event at the codec's clock; 0: it has none.
	Events uint8
	// Noise says that the party takes comfort noise (payload type 13). What it sends of it is taken in any case.
	Noise bool
	// Sparse says that the party is known to suppress silence, as the leg of an earlier process has found.
	Sparse bool
	// OnDigit is told each key once, when its first packet arrives. It is called on the packet path
	// and must not block. Nil: nobody wants to know.
	OnDigit func(Digit)
	// OnDigitEnd is told when the key was released, or when nothing more was heard of it. It must not
	// block either.
	OnDigitEnd func(Digit)
	// OnSpell is told when the sound gets bad and when it is good again, within 5 seconds. It must not
	// block. Nil: nobody wants to know; Quality can be asked all the same.
	OnSpell func(Spell)
	// Inband finds keys in the sound while the party has no telephone events. They reach OnDigit and
	// OnDigitEnd like events do, 25 ms later; they also stay in the sound for whoever hears the party.
	Inband bool
	// Numbers continues the outgoing stream of a leg of an earlier process; nil: a new stream.
	Numbers *Numbers
	// Log is for rescued panics only; nil means slog.Default().
	Log *slog.Logger
}

// Numbers are where an outgoing stream is. Written down now and then (once is enough: a stream moves
// with the clock), they let a restarted process go on with the same stream.
type Numbers struct {
	SSRC      uint32
	Sequence  uint16 // of the next packet
	Timestamp uint32 // of the latest audio
	At        time.Time
	// Exact: Sequence is ahead of every packet that can have been sent, and the next one takes it. Else
	// the clock says how far the stream has gone on since.
	Exact bool `json:",omitempty"`
}

// Digit is a key pressed by the party.
type Digit struct {
	Key byte // 0-9 * # A-D
	// Started is when its first packet arrived.
	Started time.Time
	// Duration is known when it ended; before that it is what the first packet said.
	Duration time.Duration
}

// terms is what was negotiated; immutable.
type terms struct {
	codec  Codec
	events uint8
	noise  bool
}

// Leg is one party: its transport, its codec, one outgoing stream for life. Its methods may be called
// from any goroutine, but call control of one leg should have one owner: of two Bridge calls at the
// same time the last one wins.
type Leg struct {
	transport  Transport
	onDigit    func(Digit)
	onDigitEnd func(Digit)
	log        *slog.Logger
	made       time.Time
	rescued    atomic.Uint64

	terms      atomic.Pointer[terms]
	source     atomic.Pointer[Leg]            // whose sound is relayed to the party; changed under mu
	ears       atomic.Pointer[[]relayEar]     // who gets what the party says; changed under mu
	spare      []byte                         // copies of a packet for several ears; the reader's
	taps       [2]atomic.Pointer[[]*tapEntry] // by direction; changed under mu
	shown      [2]Packet                      // what taps are shown, by direction, so that nothing is allocated
	muteHeard  atomic.Bool
	quiet      atomic.Bool // as muteHeard, but the room's
	muteSent   atomic.Bool
	clamped    atomic.Bool
	unknown    atomic.Uint64
	lastHeard  atomic.Int64 // since made; 0: never
	lastReport atomic.Int64 // likewise, of the party's reports
	heard      stream       // owned by the reader: a goroutine, or a worker of the plane
	out        out
	digits     atomic.Uint64
	monitor    monitor
	closed     chan struct{}
	goroutines sync.WaitGroup
	inband     bool // keys are to be found in the sound while there are no events
	pushed     bool // the transport calls; it counts as one of the goroutines

	keyMu  sync.Mutex // guards the keypad, which the reader and its timer share
	keypad keypad
	keyOff *time.Timer

	mu      sync.Mutex // guards what call control changes
	over    bool
	queue   []byte // keys to send
	sending bool   // a goroutine sends the queue
	keysOff func() // takes the tap off that finds keys in the sound; nil: there is none
}

// NewLeg takes over the transport and starts to listen. Close must be called.
func NewLeg(c LegConfig) *Leg {
	l := &Leg{
		transport:  c.Transport,
		onDigit:    c.OnDigit,
		onDigitEnd: c.OnDigitEnd,
		log:        c.Log,
		made:       time.Now(),
		inband:     c.Inband,
		closed:     make(chan struct{}),
	}
	if l.log == nil {
		l.log = slog.Default()
	}
	l.out.leg = l
	l.out.ssrc, l.out.seq, l.out.ts = rand.Uint32(), uint16(rand.Uint32()), rand.Uint32()
	if n := c.Numbers; n != nil {
		l.out.resume(*n, l.made)
	}
	l.out.count.ssrcNow.Store(l.out.ssrc)
	l.heard.sparse.Store(c.Sparse)
	l.Renegotiate(c.Codec, c.Events, c.Noise)
	l.begin()
	l.monitor.begin(l, c.OnSpell)
	return l
}

// Close stops what plays, leaves the bridge, closes the transport and waits for the leg's
// goroutines. It must not be called from a callback of the leg.
func (l *Leg) Close() {
	l.mu.Lock()
	if l.over {
		l.mu.Unlock()
		l.goroutines.Wait()
		return
	}
	l.over = true
	l.mu.Unlock()
	close(l.closed)
	l.monitor.end()
	l.Unbridge()
	for _, p := range l.out.silence() {
		p.stop(Closed)
	}
	_ = l.transport.Close()
	if l.pushed {
		l.goroutines.Done()
	}
	l.keyMu.Lock()
	if l.keyOff != nil {
		l.keyOff.Stop()
	}
	l.keyMu.Unlock()
	l.goroutines.Wait()
}

// start runs f on a goroutine Close waits for; false when the leg is closed.
func (l *Leg) start(f func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return false
	}
	l.goroutines.Go(f)
	return true
}

// Codec is what the party negotiated.
func (l *Leg) Codec() Codec { return l.terms.Load().codec }

// Renegotiate changes codec, telephone-event type and whether comfort noise is taken after a new description.
// What was heard in the old codec and still arrives is a stray.
func (l *Leg) Renegotiate(codec Codec, events uint8, noise bool) {
	l.terms.Store(&terms{codec: codec, events: events, noise: noise})
	if a, ok := l.transport.(interface{ Accept(types ...uint8) }); ok {
		types := []uint8{codec.PayloadType, comfortNoise}
		if events != 0 {
			types = append(types, events)
		}
		a.Accept(types...)
	}
	if l.inband && events == 0 {
		l.hearKeys()
	}
}

// Numbers is where the outgoing stream is now.
func (l *Leg) Numbers() Numbers {
	o := &l.out
	o.mu.Lock()
	defer o.mu.Unlock()
	n := Numbers{SSRC: o.ssrc, Sequence: o.seq, Timestamp: o.ts, At: o.at}
	if !o.begun {
		n.At = l.made
	}
	return n
}

// MuteHeard replaces what the party says by silence before it reaches the bridge. Taps and digits
// still get the original.
func (l *Leg) MuteHeard(on bool) { l.muteHeard.Store(on) }

// MuteSent replaces what is sent to the party by silence.
func (l *Leg) MuteSent(on bool) { l.muteSent.Store(on) }

// ClampDigits keeps the party's keys from the other end of the bridge; OnDigit still gets them.
func (l *Leg) ClampDigits(on bool) { l.clamped.Store(on) }

// LastHeard is when the last packet of the party arrived; before the first, when the leg was made.
func (l *Leg) LastHeard() time.Time { return l.made.Add(time.Duration(l.lastHeard.Load())) }

// Heard says whether the party was ever heard.
func (l *Leg) Heard() bool { return l.heard.packets.Load() > 0 }

// begin begins to take packets: from a worker of the plane, or with a goroutine that reads.
func (l *Leg) begin() {
	p, ok := l.transport.(Pusher)
	if l.pushed = ok && p.Push(l.take); l.pushed {
		l.goroutines.Add(1)
		return
	}
	l.goroutines.Go(l.listen)
}

// take is called by the transport with one packet. A panic costs that packet (R3).
func (l *Leg) take(b []byte, at time.Time) {
	defer l.rescue()
	l.receive(b, at)
}

func (l *Leg) rescue() {
	if r := recover(); r != nil {
		l.rescued.Add(1)
		l.log.Error("rescued a panic on the packet path", "panic", r, "stack", string(debug.Stack()))
	}
}

// listen is the reader goroutine: it forwards on arrival and ends when the transport is closed.
func (l *Leg) listen() {
	buf := make([]byte, MaxPacket)
	for !l.listenUntilPanic(buf) {
	}
}

// listenUntilPanic contains a panic to the packet that caused it (R3). True: the transport is closed.
func (l *Leg) listenUntilPanic(buf []byte) (closed bool) {
	defer l.rescue()
	for {
		n, err := l.transport.Read(buf)
		if err != nil {
			return true
		}
		l.receive(buf[:n], time.Now())
	}
}

// heardPacket is one packet on its way from a leg to another.
type heardPacket struct {
	header     rtp.Header
	buf        []byte // the datagram; the outgoing packet is built in place
	start, end int    // its payload
	from       *Leg
	terms      *terms // of the leg it comes from
	epoch      uint32
	late       bool
	now        time.Time
}

func (p *heardPacket) payload() []byte { return p.buf[p.start:p.end] }

// receive handles one packet of the party.
func (l *Leg) receive(b []byte, at time.Time) {
	p := heardPacket{buf: b, from: l, terms: l.terms.Load(), now: at}
	var err error
	if p.start, p.end, err = rtp.Parse(b, &p.header); err != nil {
		l.unknown.Add(1)
		return
	}
	t := p.terms
	pt := p.header.PayloadType
	audio := pt == t.codec.PayloadType
	event := !audio && t.events != 0 && pt == t.events
	if !audio && !event && pt != comfortNoise { // noise comes without being agreed, too
		l.unknown.Add(1)
		return
	}
	switch l.heard.next(&p.header) {
	case refused:
		return
	case late:
		p.late = true
	}
	p.epoch = l.heard.epoch
	l.heard.count(len(b))
	l.lastHeard.Store(max(1, int64(p.now.Sub(l.made))))
	switch {
	case event:
		l.key(&p)
		l.relay(&p, relayedEvent)
	case audio:
		if !p.late {
			l.heard.arrived(&p.header, timeToTicks(p.now.Sub(l.made), t.codec.ClockRate), t.codec.ClockRate)
		}
		l.tap(Heard, t.codec, &p.header, p.now, p.payload())
		l.relay(&p, relayedAudio)
	default:
		l.heard.sparse.Store(true)
		l.relay(&p, relayedNoise)
	}
}

// key gives a telephone event to the keypad and reports what it finds.
func (l *Leg) key(p *heardPacket) {
	var e rtp.Event
	if rtp.ParseEvent(p.payload(), &e) != nil {
		l.heard.dropped.Add(1)
		return
	}
	rate := p.terms.codec.eventRate()
	l.keyMu.Lock()
	digit, fresh, ended := l.keypad.packet(p.header.Timestamp, e, p.now, rate)
	if fresh || ended != nil {
		l.watchKey()
	}
	l.keyMu.Unlock()
	if ended != nil && l.onDigitEnd != nil {
		l.onDigitEnd(*ended)
	}
	if !fresh {
		return
	}
	l.digits.Add(1)
	l.relayKey(digit.Key)
	if l.onDigit != nil {
		l.onDigit(digit)
	}
}

// watchKey sees to it that a key ends although its end was lost; keyMu is held.
func (l *Leg) watchKey() {
	if l.onDigitEnd == nil || !l.keypad.pressed {
		return
	}
	if l.keyOff == nil {
		l.keyOff = time.AfterFunc(keypadSilence, l.keySilence)
		return
	}
	l.keyOff.Reset(keypadSilence)
}

// keySilence runs when a key has been down for a while.
func (l *Leg) keySilence() {
	select {
	case <-l.closed:
		return
	default:
	}
	rate := l.Codec().eventRate()
	l.keyMu.Lock()
	ended := l.keypad.silence(time.Now(), rate)
	if ended == nil {
		l.watchKey()
	}
	l.keyMu.Unlock()
	if ended != nil {
		l.onDigitEnd(*ended)
	}
}
