package webrtc

import (
	"context"
	"log/slog"
	"net"
	"net/netip"

	"linekeeper/internal/media"
)

// Config is what an Engine needs.
type Config struct {
	// UDP is the one socket for all browsers; the engine closes it.
	UDP net.PacketConn
	// TCP accepts browsers whose network lets no UDP through; nil: none. The engine closes it.
	TCP net.Listener
	// PublicIPs are announced to browsers; empty: the addresses of the machine, 127.0.0.1 included.
	PublicIPs []netip.Addr
	Log       *slog.Logger
}

// Events is the payload type endpoints use for telephone-event towards us, whatever the browser uses.
const Events = 101

// Engine makes endpoints. It is safe for concurrent use.
type Engine struct{}

// New makes an engine on the given sockets.
func New(c Config) (*Engine, error) { panic("not yet") }

// Addr is the UDP socket's address.
func (e *Engine) Addr() netip.AddrPort { panic("not yet") }

// Open answers a browser's offer: one audio stream with exactly the wanted codec (PCMU or PCMA) and
// telephone-event. The endpoint is connecting when Open returns; Answer holds all candidates.
func (e *Engine) Open(ctx context.Context, offer string, want media.Codec) (*Endpoint, error) {
	panic("not yet")
}

// Close closes all endpoints and the sockets, and waits for them.
func (e *Engine) Close() error { panic("not yet") }

// State is how an endpoint is doing.
type State uint8

// The states; Disconnected may become Connected again, Gone is final.
const (
	Connecting State = iota
	Connected
	Disconnected
	Gone
)

// Endpoint is one browser's media; it implements media.Transport with the payload type of the wanted
// codec and Events.
type Endpoint struct{}

var _ media.Transport = (*Endpoint)(nil)

// Answer is our session description for the browser.
func (p *Endpoint) Answer() string { panic("not yet") }

// Events is the payload type of telephone-event for media.LegConfig; 0 if the browser offered none.
func (p *Endpoint) Events() uint8 { panic("not yet") }

// State is the present state.
func (p *Endpoint) State() State { panic("not yet") }

// OnState calls f at each change of state, in order, on a goroutine of the endpoint; f must not
// block and must not call Close. It is called at once with the present state.
func (p *Endpoint) OnState(f func(State)) { panic("not yet") }

// Read implements media.Transport.
func (p *Endpoint) Read(b []byte) (int, error) { panic("not yet") }

// Write implements media.Transport.
func (p *Endpoint) Write(pkt []byte) error { panic("not yet") }

// Close implements media.Transport: it ends the connection and waits for its goroutines.
func (p *Endpoint) Close() error { panic("not yet") }

// Strays implements media.Transport.
func (p *Endpoint) Strays() media.Strays { panic("not yet") }
