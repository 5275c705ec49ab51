package rtc

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/rtp"
	"linekeeper/internal/wire/srtp"
)

const (
	// quietAfter and goneAfter are how long a browser may be unheard before it counts as
	// disconnected, and how much longer until it is given up. Together they are less than the 30 s
	// after which consent to send to it would be void (RFC 7675, section 5.1).
	quietAfter = 5 * time.Second
	goneAfter  = 20 * time.Second
	// tickEvery is how often endpoints are looked after.
	tickEvery = 500 * time.Millisecond
	// maxEndpoints bounds the browsers of one engine.
	maxEndpoints = 10000
)

var (
	// errClosed is what Open says after Close.
	errClosed = errors.New("the WebRTC engine is closed")
	errFull   = errors.New("the WebRTC engine serves as many browsers as it may")
)

// Config is what an Engine needs.
type Config struct {
	// UDP is the one socket for all browsers, a network.UDPConn; the engine closes it.
	UDP net.PacketConn
	// TCP accepts browsers whose network lets no UDP through; nil: none. The engine closes it.
	TCP net.Listener
	// PublicIPs are announced to browsers; empty: the addresses the sockets are bound to, or all of
	// the machine, 127.0.0.1 included.
	PublicIPs []netip.Addr
	// Log gets what pion/dtls has to say, as debug messages, and rescued panics; nil means
	// slog.Default().
	Log *slog.Logger
}

// Events is the payload type endpoints use for telephone-event towards us, whatever the browser uses.
const Events = 101

// Engine makes endpoints. It is safe for concurrent use.
type Engine struct {
	log    *slog.Logger
	udp    network.UDPConn
	tcp    net.Listener // nil: none
	addr   netip.AddrPort
	public []netip.Addr
	began  time.Time
	strays counts
	room   sync.Pool // of *packet

	closed     chan struct{}
	once       sync.Once
	goroutines sync.WaitGroup

	identity srtp.Identity

	mu          sync.Mutex
	over        bool
	endpoints   map[string]*Endpoint // by our ICE user, from Open until Close
	byAddr      map[netip.AddrPort]*path
	streams     map[*stream]bool
	strangers   int
	strangersBy map[netip.Addr]int
}

// New makes an engine on the given sockets.
func New(c Config) (*Engine, error) {
	udp, ok := c.UDP.(network.UDPConn)
	if !ok {
		return nil, errors.New("WebRTC needs a UDP socket")
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	e := &Engine{
		log: c.Log, udp: udp, tcp: c.TCP, addr: network.AddrPort(udp.LocalAddr()), public: c.PublicIPs, began: time.Now(),
		room: sync.Pool{New: func() any { return new(packet) }}, closed: make(chan struct{}),
		endpoints: make(map[string]*Endpoint), byAddr: make(map[netip.AddrPort]*path),
		streams: make(map[*stream]bool), strangersBy: make(map[netip.Addr]int),
	}
	if !e.addr.IsValid() {
		return nil, fmt.Errorf("WebRTC: %s is not a UDP socket's address", udp.LocalAddr())
	}
	if _, err := e.identity.Certificate(e.began); err != nil {
		return nil, err
	}
	if s, ok := c.UDP.(interface{ SetReadBuffer(int) error }); ok {
		_ = s.SetReadBuffer(socketBuffer) // what the system gives must do
	}
	e.goroutines.Go(e.listen)
	e.goroutines.Go(e.look)
	if c.TCP != nil {
		e.goroutines.Go(func() { e.accept(c.TCP) })
	}
	return e, nil
}

// Addr is the UDP socket's address.
func (e *Engine) Addr() netip.AddrPort { return e.addr }

// Strays counts the packets that belong to no endpoint.
func (e *Engine) Strays() media.Strays { return e.strays.snapshot() }

// Open answers a browser's offer: one audio stream with exactly the wanted codec (PCMU, PCMA, G722 or
// opus) and telephone-event. The endpoint is connecting when Open returns; Answer holds all
// candidates. Errors wrap ErrOffer when the offer is to blame.
func (e *Engine) Open(ctx context.Context, text string, want media.Codec) (p *Endpoint, err error) {
	defer func() {
		if r := recover(); r != nil {
			// Offers come from outside; a parser's panic must not end other calls (R3).
			e.log.Error("rescued a panic over an offer", "panic", r, "stack", string(debug.Stack()))
			p, err = nil, fmt.Errorf("%w: it cannot be read", ErrOffer)
		}
	}()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o, err := parseOffer(text, want)
	if err != nil {
		return nil, err
	}
	w := own{ufrag: rand.Text()[:12], pwd: rand.Text(), ssrc: randomSSRC()}
	if w.udp, w.tcp, err = e.candidates(); err != nil {
		return nil, err
	}
	now := time.Now()
	if w.certificate, err = e.identity.Certificate(now); err != nil {
		return nil, err
	}
	p = newEndpoint(e, o, w, want, now)
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.over:
		return nil, errClosed
	case len(e.endpoints) >= maxEndpoints:
		return nil, errFull
	}
	e.endpoints[w.ufrag] = p
	return p, nil
}

// randomSSRC is not 0, which some take for none.
func randomSSRC() uint32 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return max(binary.BigEndian.Uint32(b[:]), 1)
}

// handle takes one packet from UDP (tcp is nil) or TCP. A panic over one is contained (R3).
func (e *Engine) handle(b []byte, from netip.AddrPort, tcp *stream, now time.Time) {
	defer func() {
		if r := recover(); r != nil {
			e.log.Error("rescued a panic over a packet", "panic", r, "stack", string(debug.Stack()))
		}
	}()
	kind := rtp.Classify(b)
	if len(b) > media.MaxPacket {
		kind = rtp.Unknown
	}
	if kind == rtp.STUN {
		e.check(b, from, tcp, now)
		return
	}
	var w *path
	if tcp != nil {
		w = tcp.bound.Load()
	} else {
		e.mu.Lock()
		w = e.byAddr[from]
		e.mu.Unlock()
	}
	if w == nil {
		e.strays.add(kind)
		return
	}
	w.endpoint.receive(kind, b, now)
}

// check gives a binding request to the endpoint whose user it names.
func (e *Engine) check(b []byte, from netip.AddrPort, tcp *stream, now time.Time) {
	var r request
	if parseRequest(b, &r) != nil {
		e.strays.add(rtp.STUN)
		return
	}
	e.mu.Lock()
	var p *Endpoint
	if len(r.username) > userSize {
		p = e.endpoints[string(r.username[:userSize])]
	}
	e.mu.Unlock()
	if p == nil {
		e.strays.add(rtp.STUN)
		return
	}
	p.check(&r, from, tcp, now)
}

// userSize is the length of our ICE users.
const userSize = 12

// look looks after the endpoints.
func (e *Engine) look() {
	var all []*Endpoint
	for !e.pause(tickEvery) {
		now := time.Now()
		all = all[:0]
		e.mu.Lock()
		for _, p := range e.endpoints {
			all = append(all, p)
		}
		e.mu.Unlock()
		for _, p := range all {
			p.tick(now)
		}
		clear(all) // keeps no closed ones
	}
}

// pause waits; true: the engine was closed.
func (e *Engine) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-e.closed:
		return true
	case <-t.C:
		return false
	}
}

// Close closes all endpoints and the sockets, and waits for them.
func (e *Engine) Close() error {
	var err error
	e.once.Do(func() {
		e.mu.Lock()
		e.over = true
		var all []*Endpoint
		for _, p := range e.endpoints {
			all = append(all, p)
		}
		e.mu.Unlock()
		for _, p := range all {
			_ = p.Close()
		}
		close(e.closed)
		err = e.udp.Close()
		if e.tcp != nil {
			err = errors.Join(err, e.tcp.Close())
		}
		e.mu.Lock()
		for s := range e.streams {
			s.finish()
		}
		e.mu.Unlock()
		e.goroutines.Wait()
	})
	return err
}

// forget drops a closed endpoint.
func (e *Engine) forget(p *Endpoint) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.endpoints, p.ufrag)
}
