package rtc

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // STUN's integrity is HMAC-SHA1
	"errors"
	"hash"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"

	"linekeeper/internal/media"
	"linekeeper/internal/media/rtp"
	"linekeeper/internal/wire/srtp"
)

const (
	// inQueue is how many packets wait for a reader; what comes then is lost.
	inQueue = 64
	// maxSources bounds the SSRCs one browser may use: each keeps a replay window.
	maxSources = 8
	// maxEarly is how many sealed packets may come before their keys.
	maxEarly = 8
)

var (
	errNotYet  = errors.New("the browser is not connected yet")
	errEvents  = errors.New("the browser knows no telephone-event")
	errType    = errors.New("the payload type was not negotiated")
	errTooLong = errors.New("the packet is too long")
)

// packet is a packet in the clear on its way to the reader, or one being sealed.
type packet struct {
	size int
	b    [media.MaxPacket]byte
}

// Endpoint is one browser's media; it implements media.Transport with the payload type of the wanted
// codec and Events. Make a leg of it with media.LegConfig{Transport: p, Codec: want, Events: p.Events()}.
type Endpoint struct {
	engine *Engine
	want   media.Codec
	text   string // the answer
	// The browser's payload types; eventPT 0: it offered none.
	audioPT, eventPT uint8
	ssrc             uint32 // ours
	ufrag, user      string // our ICE user; what requests must give as user name
	begins           bool   // we are the DTLS client
	shaking          srtp.Handshake

	in       chan *packet // for who reads; unused once pushed
	pushing  sync.Mutex   // held while a packet is handed over
	push     func(b []byte, at time.Time)
	closed   chan struct{}
	once     sync.Once
	life     context.Context // until Close, or until the browser is given up
	cancel   context.CancelFunc
	strays   counts
	reports  reports
	heardAt  atomic.Int64         // when something authentic came last, since the engine began
	selected atomic.Pointer[path] // where packets go; nil: nowhere
	reportAt time.Time            // the engine's looker owns it

	goroutines sync.WaitGroup

	// mu guards what connecting needs.
	mu        sync.Mutex
	over      bool
	mac       hash.Hash // keyed with our ICE password
	sum       [integritySize]byte
	answer    [maxResponse]byte
	paths     []*path
	nominated bool          // selected was chosen by the browser, not just the first
	records   *srtp.Records // of the handshake that is running or not yet confirmed
	attempts  int           // handshakes
	asleep    *dtls.State   // once confirmed; see sleep
	farewell  []byte        // the sealed close_notify
	early     [][]byte      // sealed packets that came before their keys
	wokenAt   time.Time
	waking    bool

	opener *srtp.Opener
	sealer srtp.Sealer

	stateMu  sync.Mutex // held while onState runs, so that changes are told in order
	state    State
	onState  func(State)
	stateNow atomic.Uint32 // state, for who must not wait
}

var _ media.Pusher = (*Endpoint)(nil)

func newEndpoint(e *Engine, o *offer, w own, want media.Codec, now time.Time) *Endpoint {
	p := &Endpoint{
		engine: e, want: want, text: o.answer(w), audioPT: o.audioPT, eventPT: o.eventPT, ssrc: w.ssrc,
		ufrag: w.ufrag, user: w.ufrag + ":" + o.ufrag, begins: o.weBegin(),
		shaking: srtp.Handshake{Client: o.weBegin(), Certificate: w.certificate.TLS, Fingerprints: o.fingerprints, Log: e.log},
		in:      make(chan *packet, inQueue), closed: make(chan struct{}),
		mac: hmac.New(sha1.New, []byte(w.pwd)), reportAt: now.Add(reportFirst), opener: srtp.NewOpener(maxSources),
	}
	p.life, p.cancel = context.WithCancel(context.Background())
	p.heardAt.Store(int64(now.Sub(e.began)))
	return p
}

// Answer is our session description for the browser, all candidates included.
func (p *Endpoint) Answer() string { return p.text }

// Events is the payload type of telephone-event for media.LegConfig; 0 if the browser offered none.
func (p *Endpoint) Events() uint8 {
	if p.eventPT == 0 {
		return 0
	}
	return Events
}

// check takes a binding request that names this endpoint. If it is authentic, the browser is there, and
// the way the request came is one of its paths.
func (p *Endpoint) check(r *request, from netip.AddrPort, tcp *stream, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if string(r.username) != p.user || !r.authentic(p.mac, &p.sum) || p.over || p.life.Err() != nil {
		p.strays.add(rtp.STUN)
		return
	}
	w := response{b: p.answer[:0], mac: p.mac}
	switch {
	case r.unknown != 0:
		_ = p.engine.send(from, tcp, w.refuse(r, codeUnknownAttribute))
		return
	case r.controlled:
		// A lite agent is the controlled one, always (RFC 8445, section 7.3.1.1).
		_ = p.engine.send(from, tcp, w.refuse(r, codeRoleConflict))
		return
	}
	p.hear(now)
	way := p.known(from, tcp)
	if r.useCandidate || !p.nominated {
		if old := p.selected.Load(); old == nil || r.useCandidate {
			p.selected.Store(way)
			p.nominated = p.nominated || r.useCandidate
		}
	}
	_ = p.engine.send(from, tcp, w.success(r, from))
	if p.begins && p.nominated && p.records == nil && p.asleep == nil {
		p.shake()
	}
}

// hear notes that the browser is there.
func (p *Endpoint) hear(now time.Time) { p.heardAt.Store(int64(now.Sub(p.engine.began))) }

// lose forgets a path whose connection has ended.
func (p *Endpoint) lose(w *path) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.paths {
		if p.paths[i] == w {
			p.paths = append(p.paths[:i], p.paths[i+1:]...)
			break
		}
	}
	if p.selected.CompareAndSwap(w, nil) {
		p.nominated = false // the next path will do
	}
}

// receive takes a packet that is not STUN and came by one of the endpoint's paths; b is only lent.
func (p *Endpoint) receive(kind rtp.Kind, b []byte, now time.Time) {
	switch kind {
	case rtp.RTP:
		p.hearRTP(b, now)
	case rtp.RTCP:
		p.hearRTCP(b, now)
	case rtp.DTLS:
		p.hearDTLS(b, now)
	default:
		p.strays.add(kind)
	}
}

// hearRTP opens a packet and hands it to the reader.
func (p *Endpoint) hearRTP(b []byte, now time.Time) {
	k := p.engine.room.Get().(*packet)
	n, verdict := p.opener.RTP(k.b[:], b)
	if verdict == srtp.Opened {
		p.hear(now)
		if n, ok := p.clear(k.b[:n], now); ok && p.keep(k, n, now) {
			return
		}
	} else if verdict == srtp.Forged {
		p.strays.stranger.Add(1)
	} else {
		p.defers(b)
	}
	p.engine.room.Put(k)
}

// keep hands a packet over, or puts it where Read finds it; false: k is free again.
func (p *Endpoint) keep(k *packet, n int, now time.Time) bool {
	p.pushing.Lock() // UDP and TCP have their readers, and a leg takes one packet after the other
	defer p.pushing.Unlock()
	if p.push != nil {
		p.push(k.b[:n], now)
		return false
	}
	k.size = n
	select {
	case p.in <- k:
		return true
	default: // nobody reads: lost
		return false
	}
}

// Push implements media.Pusher: the reader of the engine's socket, or of a TCP connection, calls f.
func (p *Endpoint) Push(f func(b []byte, at time.Time)) bool {
	p.pushing.Lock()
	defer p.pushing.Unlock()
	select {
	case <-p.closed:
		return false
	default:
	}
	for {
		select {
		case k := <-p.in:
			f(k.b[:k.size], time.Now())
			p.engine.room.Put(k)
		default:
			p.push = f
			return true
		}
	}
}

// endPush waits for the packet being handed over; none follows.
func (p *Endpoint) endPush() {
	p.pushing.Lock()
	defer p.pushing.Unlock()
	if p.push != nil {
		p.push = func([]byte, time.Time) {}
	}
}

// defers keeps what a browser says between its end of the handshake and ours.
func (p *Endpoint) defers(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.records != nil && len(p.early) < maxEarly {
		p.early = append(p.early, slices.Clone(b))
	}
}

// catchUp takes what was deferred.
func (p *Endpoint) catchUp() {
	p.mu.Lock()
	early := p.early
	p.early = nil
	p.mu.Unlock()
	for _, b := range early {
		p.receive(rtp.Classify(b), b, time.Now())
	}
}

// clear checks an authentic packet and gives it our payload type.
func (p *Endpoint) clear(b []byte, now time.Time) (int, bool) {
	var h rtp.Header
	if _, _, err := rtp.Parse(b, &h); err != nil {
		p.strays.malformed.Add(1)
		return 0, false
	}
	events := false
	switch {
	case h.PayloadType == p.audioPT:
		h.PayloadType = p.want.PayloadType
	case p.eventPT != 0 && h.PayloadType == p.eventPT:
		h.PayloadType, events = Events, true
	default:
		p.strays.unknownType.Add(1)
		return 0, false
	}
	p.reports.heard(&h, !events, p.want.ClockRate, now)
	b[1] = b[1]&0x80 | h.PayloadType
	return len(b), true
}

// hearRTCP takes the browser's reports.
func (p *Endpoint) hearRTCP(b []byte, now time.Time) {
	k := p.engine.room.Get().(*packet)
	defer p.engine.room.Put(k)
	n, verdict := p.opener.RTCP(k.b[:], b)
	switch verdict {
	case srtp.Opened:
		p.hear(now)
		p.reports.take(k.b[:n], p.ssrc, p.want.ClockRate, now)
	case srtp.Forged:
		p.strays.rtcp.Add(1)
	default:
		p.defers(b)
	}
}

// Read implements media.Transport. It waits through disconnections; only Close ends it.
func (p *Endpoint) Read(b []byte) (int, error) {
	select {
	case k := <-p.in:
		n := copy(b, k.b[:k.size])
		p.engine.room.Put(k)
		return n, nil
	case <-p.closed:
		return 0, net.ErrClosed
	}
}

// Write implements media.Transport. The packet gets the SSRC of our description.
func (p *Endpoint) Write(pkt []byte) error {
	var h rtp.Header
	start, end, err := rtp.Parse(pkt, &h)
	if err != nil {
		return err
	}
	switch {
	case h.PayloadType == p.want.PayloadType:
		h.PayloadType = p.audioPT
	case h.PayloadType != Events:
		return errType
	case p.eventPT == 0:
		return errEvents
	default:
		h.PayloadType = p.eventPT
	}
	way := p.selected.Load()
	if way == nil {
		return errNotYet
	}
	if rtp.HeaderSize+end-start+srtp.SealRoom > media.MaxPacket {
		return errTooLong
	}
	h.SSRC = p.ssrc
	k := p.engine.room.Get().(*packet)
	defer p.engine.room.Put(k)
	h.Put(k.b[:])
	n := rtp.HeaderSize + copy(k.b[rtp.HeaderSize:], pkt[start:end])
	sealed, err := p.sealer.RTP(k.b[:], n)
	if err != nil {
		return err
	}
	p.reports.sent(h.Timestamp, end-start, time.Now())
	return way.send(sealed)
}

// start runs f on a goroutine Close waits for; mu is held.
func (p *Endpoint) start(f func()) {
	if !p.over {
		p.goroutines.Go(f)
	}
}

// tick looks after the endpoint: is the browser still there, is a report due. The engine's looker
// calls it.
func (p *Endpoint) tick(now time.Time) {
	silent := now.Sub(p.engine.began) - time.Duration(p.heardAt.Load())
	state := p.State()
	switch {
	case silent >= quietAfter+goneAfter:
		p.leave()
	case silent >= quietAfter && state == Connected:
		p.become(Disconnected)
	case silent < quietAfter && state == Disconnected:
		p.become(Connected)
	}
	if now.Before(p.reportAt) {
		return
	}
	p.reportAt = now.Add(reportEvery)
	way := p.selected.Load()
	if way == nil || state != Connected {
		return
	}
	k := p.engine.room.Get().(*packet)
	defer p.engine.room.Put(k)
	n := len(p.reports.compose(k.b[:], p.ssrc, now, p.want.ClockRate))
	if sealed, err := p.sealer.RTCP(k.b[:], n); err == nil {
		_ = way.send(sealed) // an error means that the path is going; the state will say so
	}
}

// leave gives the browser up: nothing comes from it or goes to it any more.
func (p *Endpoint) leave() {
	p.cancel()
	p.mu.Lock()
	p.selected.Store(nil)
	for _, w := range p.paths {
		p.engine.unbind(w)
	}
	p.paths = nil
	p.mu.Unlock()
	p.become(Gone)
}

// Close implements media.Transport: it tells the browser and waits for the endpoint's goroutines.
func (p *Endpoint) Close() error {
	p.once.Do(func() {
		p.mu.Lock()
		p.over = true
		close(p.closed)
		farewell := p.farewell
		p.mu.Unlock()
		if way := p.selected.Load(); way != nil && farewell != nil {
			_ = way.send(farewell)
		}
		p.cancel()
		p.goroutines.Wait()
		p.leave()
		p.endPush()
		p.engine.forget(p)
	})
	return nil
}

// Strays implements media.Transport. Stranger counts RTP that failed authentication or was seen before.
func (p *Endpoint) Strays() media.Strays { return p.strays.snapshot() }
