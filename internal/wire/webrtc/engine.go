package webrtc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/sdp/v3"
	pion "github.com/pion/webrtc/v4"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
)

// ErrOffer means that a browser's offer cannot be answered; the text says why.
var ErrOffer = errors.New("unusable offer")

// errClosed is what Open says after Close.
var errClosed = errors.New("the WebRTC engine is closed")

const (
	// maxOffer is the longest offer that is read.
	maxOffer = 64 << 10
	// quietAfter and goneAfter are how long a browser may be unheard before it counts as
	// disconnected, and how much longer until it is given up.
	quietAfter = 5 * time.Second
	goneAfter  = 20 * time.Second
	// tcpBuffer bounds, in packets and bytes, what waits for a slow TCP connection; what exceeds it
	// is lost rather than late.
	tcpReadQueue   = 32
	tcpWriteBuffer = 64 << 10
	// tcpPatience is how long a TCP connection may be silent before its first request.
	tcpPatience = 10 * time.Second
)

// Config is what an Engine needs.
type Config struct {
	// UDP is the one socket for all browsers; the engine closes it.
	UDP net.PacketConn
	// TCP accepts browsers whose network lets no UDP through; nil: none. The engine closes it.
	TCP net.Listener
	// PublicIPs are announced to browsers; empty: the addresses the sockets are bound to, or all of
	// the machine, 127.0.0.1 included.
	PublicIPs []netip.Addr
	// Log gets what pion has to say, as debug messages, and rescued panics; nil means slog.Default().
	Log *slog.Logger
}

// Events is the payload type endpoints use for telephone-event towards us, whatever the browser uses.
const Events = 101

// Engine makes endpoints. It is safe for concurrent use.
type Engine struct {
	log      *slog.Logger
	addr     netip.AddrPort
	udp      ice.UDPMux
	tcp      ice.TCPMux
	settings pion.SettingEngine

	mu        sync.Mutex
	over      bool
	opening   sync.WaitGroup
	endpoints map[*Endpoint]bool
}

// New makes an engine on the given sockets.
func New(c Config) (*Engine, error) {
	if c.UDP == nil {
		return nil, errors.New("WebRTC needs a UDP socket")
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	e := &Engine{log: c.Log, addr: network.AddrPort(c.UDP.LocalAddr()), endpoints: make(map[*Endpoint]bool)}
	if !e.addr.IsValid() {
		return nil, fmt.Errorf("WebRTC: %s is not a UDP socket's address", c.UDP.LocalAddr())
	}
	logs := loggers{c.Log}
	s := &e.settings
	s.LoggerFactory = logs
	s.SetLite(true)
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetICETimeouts(quietAfter, goneAfter, 2*time.Second)
	s.SetFireOnTrackBeforeFirstRTP(true)
	networks := []pion.NetworkType{pion.NetworkTypeUDP4, pion.NetworkTypeUDP6}
	if c.TCP != nil {
		networks = append(networks, pion.NetworkTypeTCP4, pion.NetworkTypeTCP6)
	}
	s.SetNetworkTypes(networks)
	if err := e.announce(c); err != nil {
		return nil, err
	}
	e.udp = ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: c.UDP, Logger: logs.NewLogger("ice")})
	s.SetICEUDPMux(e.udp)
	if c.TCP != nil {
		e.tcp = ice.NewTCPMuxDefault(ice.TCPMuxParams{
			Listener:                     c.TCP,
			Logger:                       logs.NewLogger("ice-tcp"),
			ReadBufferSize:               tcpReadQueue,
			WriteBufferSize:              tcpWriteBuffer,
			FirstStunBindTimeout:         tcpPatience,
			AliveDurationForConnFromStun: tcpPatience,
		})
		s.SetICETCPMux(e.tcp)
	}
	return e, nil
}

// announce replaces the candidates of local addresses by the public ones.
func (e *Engine) announce(c Config) error {
	if len(c.PublicIPs) == 0 {
		return nil
	}
	var public []string
	for _, ip := range c.PublicIPs {
		public = append(public, ip.Unmap().String())
	}
	// One local address is enough to hang the public ones on. More would give the same candidate
	// several times, and pion closes the connection of a repeated one.
	only, err := localAddr(e.addr.Addr())
	if err != nil {
		return err
	}
	if only.IsValid() {
		e.settings.SetIPFilter(func(ip net.IP) bool {
			a, ok := netip.AddrFromSlice(ip)
			return ok && a.Unmap() == only
		})
	}
	return e.settings.SetICEAddressRewriteRules(pion.ICEAddressRewriteRule{
		External:        public,
		AsCandidateType: pion.ICECandidateTypeHost,
		Mode:            pion.ICEAddressRewriteReplace,
	})
}

// localAddr is the address a socket is bound to, or the first of the machine that is not loopback.
func localAddr(bound netip.Addr) (netip.Addr, error) {
	if !bound.IsUnspecified() {
		return bound, nil
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}, err
	}
	var loopback netip.Addr
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(n.IP)
		if ip = ip.Unmap(); !ok || !ip.Is4() {
			continue
		}
		if !ip.IsLoopback() {
			return ip, nil
		}
		loopback = ip
	}
	return loopback, nil
}

// Addr is the UDP socket's address.
func (e *Engine) Addr() netip.AddrPort { return e.addr }

// Open answers a browser's offer: one audio stream with exactly the wanted codec (PCMU or PCMA) and
// telephone-event. The endpoint is connecting when Open returns; Answer holds all candidates. Errors
// wrap ErrOffer when the offer is to blame.
func (e *Engine) Open(ctx context.Context, offer string, want media.Codec) (*Endpoint, error) {
	e.mu.Lock()
	if e.over {
		e.mu.Unlock()
		return nil, errClosed
	}
	e.opening.Add(1)
	e.mu.Unlock()
	defer e.opening.Done()
	p := newEndpoint(e, want)
	if err := e.open(ctx, p, offer); err != nil {
		_ = p.Close()
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.endpoints[p] = true
	return p, nil
}

// open negotiates an endpoint.
func (e *Engine) open(ctx context.Context, p *Endpoint, offer string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			// Offers come from outside; a parser's panic must not end other calls (R3).
			e.log.Error("rescued a panic over an offer", "panic", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: it cannot be read", ErrOffer)
		}
	}()
	if err := check(offer, p.want); err != nil {
		return err
	}
	engine, err := codecs(p.want)
	if err != nil {
		return err
	}
	p.pc, err = pion.NewAPI(
		pion.WithMediaEngine(engine),
		pion.WithSettingEngine(e.settings),
		pion.WithInterceptorRegistry(&interceptor.Registry{}), // reports are ours, see report.go
	).NewPeerConnection(pion.Configuration{})
	if err != nil {
		return err
	}
	return p.answer(ctx, offer)
}

// check refuses offers that ask for more or less than one audio stream, before pion sees them.
func check(offer string, want media.Codec) error {
	if len(offer) > maxOffer {
		return fmt.Errorf("%w: %d bytes", ErrOffer, len(offer))
	}
	var d sdp.SessionDescription
	if err := d.UnmarshalString(offer); err != nil {
		return fmt.Errorf("%w: %w", ErrOffer, err)
	}
	if len(d.MediaDescriptions) != 1 || d.MediaDescriptions[0].MediaName.Media != "audio" {
		return fmt.Errorf("%w: want exactly one stream, audio", ErrOffer)
	}
	for _, pt := range d.MediaDescriptions[0].MediaName.Formats {
		var n uint8
		if _, err := fmt.Sscan(pt, &n); err != nil {
			continue
		}
		if c, err := d.GetCodecForPayloadType(n); err == nil && c.Name == want.Name && int(c.ClockRate) == want.ClockRate {
			return nil
		}
	}
	return fmt.Errorf("%w: it does not hold %s", ErrOffer, want.Name)
}

// codecs is an engine that knows the wanted codec and telephone-event, so that nothing else can be
// agreed on.
func codecs(want media.Codec) (*pion.MediaEngine, error) {
	if want.Name != "PCMU" && want.Name != "PCMA" {
		return nil, fmt.Errorf("codec %s is not for browsers yet", want.Name)
	}
	m := &pion.MediaEngine{}
	for _, c := range []pion.RTPCodecParameters{
		{RTPCodecCapability: capability(want), PayloadType: pion.PayloadType(want.PayloadType)},
		{RTPCodecCapability: pion.RTPCodecCapability{MimeType: mimeEvents, ClockRate: 8000}, PayloadType: 126},
	} {
		if err := m.RegisterCodec(c, pion.RTPCodecTypeAudio); err != nil {
			return nil, err
		}
	}
	return m, nil
}

const mimeEvents = "audio/telephone-event"

func capability(c media.Codec) pion.RTPCodecCapability {
	return pion.RTPCodecCapability{MimeType: "audio/" + c.Name, ClockRate: uint32(c.ClockRate)}
}

// Close closes all endpoints and the sockets, and waits for them.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.over = true
	e.mu.Unlock()
	e.opening.Wait()
	e.mu.Lock()
	var all []*Endpoint
	for p := range e.endpoints {
		all = append(all, p)
	}
	e.mu.Unlock()
	for _, p := range all {
		_ = p.Close()
	}
	err := e.udp.Close()
	if e.tcp != nil {
		err = errors.Join(err, e.tcp.Close())
	}
	return err
}

// forget drops a closed endpoint.
func (e *Engine) forget(p *Endpoint) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.endpoints, p)
}
