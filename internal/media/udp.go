package media

import (
	"net/netip"
	"time"

	"linekeeper/internal/kit/network"
)

// UDPConfig says with whom a UDPTransport talks. See Renegotiate for the rule.
type UDPConfig struct {
	// Remote is the party's address from its session description; the zero value while none is known.
	Remote netip.AddrPort
	// NAT allows the party's true address to be learned from its first packet.
	NAT bool
	// Signal is the address the party's signalling came from. Only with NAT: a packet teaches its
	// source only if its IP is this one.
	Signal netip.Addr
	// Window is how long after a negotiation an address may be learned; 0 means 10 s.
	Window time.Duration
}

// UDPTransport is plain RTP on one socket.
type UDPTransport struct{ conn network.UDPConn }

// NewUDP makes a transport on conn, which it owns from now on.
func NewUDP(conn network.UDPConn, c UDPConfig) *UDPTransport { panic("not yet") }

// Renegotiate tells the transport what a new description (answer, re-INVITE, UPDATE) says.
func (t *UDPTransport) Renegotiate(c UDPConfig) { panic("not yet") }

// Accept replaces the set of payload types that count as this party's; all others are strays. A Leg
// calls it.
func (t *UDPTransport) Accept(types ...uint8) { panic("not yet") }

// LocalAddr is our address for the session description; its IP is what the socket is bound to.
func (t *UDPTransport) LocalAddr() netip.AddrPort { return network.AddrPort(t.conn.LocalAddr()) }

// Remote is where packets are sent now; the zero value when nowhere yet.
func (t *UDPTransport) Remote() netip.AddrPort { panic("not yet") }

// Read implements Transport.
func (t *UDPTransport) Read(b []byte) (int, error) { panic("not yet") }

// Write implements Transport.
func (t *UDPTransport) Write(pkt []byte) error { panic("not yet") }

// Close implements Transport.
func (t *UDPTransport) Close() error { panic("not yet") }

// Strays implements Transport.
func (t *UDPTransport) Strays() Strays { panic("not yet") }
