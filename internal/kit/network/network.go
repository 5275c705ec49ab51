// Package network is the door to sockets. The product opens every socket through a Network, so
// that the same code runs on the machine's network and, in stories, on a network in memory whose
// blocked readers are visible to testing/synctest. It knows nothing of what travels.
package network

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// UDPConn is the part of *net.UDPConn that signalling and media use. It is safe for concurrent use
// by one reader and many writers. After Close every call returns an error wrapping net.ErrClosed.
type UDPConn interface {
	net.PacketConn
	// ReadFromUDPAddrPort reads one datagram without allocating.
	ReadFromUDPAddrPort(b []byte) (n int, from netip.AddrPort, err error)
	// WriteToUDPAddrPort sends one datagram without allocating. It never blocks for long.
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (n int, err error)
}

// PushConn is a UDPConn that can hand over what arrives instead of waiting for a reader.
type PushConn interface {
	UDPConn
	// Push calls f with every datagram from now on, one at a time; false: it cannot, read instead. b is
	// lent for the call and may be changed up to its capacity; a datagram longer than that is cut. f must
	// not block and must not close the socket. Close returns when no f is running and none will; reads fail
	// after Push. many says that many parties send to this one socket.
	Push(many bool, f func(b []byte, from netip.AddrPort, at time.Time)) bool
	// Join asks for the same worker as another socket's, whose packets go to and come from this one. It may
	// be called at any time and does nothing where it cannot.
	Join(other UDPConn)
}

// Unwrap gives the socket inside those that wrap one and say so with a method Unwrap() UDPConn.
func Unwrap(c UDPConn) UDPConn {
	for {
		w, ok := c.(interface{ Unwrap() UDPConn })
		if !ok {
			return c
		}
		c = w.Unwrap()
	}
}

// Network opens sockets. Port 0 means any free port; the chosen one is in the socket's LocalAddr.
type Network interface {
	ListenUDP(at netip.AddrPort) (UDPConn, error)
	ListenTCP(at netip.AddrPort) (net.Listener, error)
	DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error)
}

// Machine is the network of the machine the process runs on.
type Machine struct{}

// ListenUDP implements Network.
func (Machine) ListenUDP(at netip.AddrPort) (UDPConn, error) {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	return c, nil
}

// ListenTCP implements Network.
func (Machine) ListenTCP(at netip.AddrPort) (net.Listener, error) {
	return net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at))
}

// DialTCP implements Network.
func (Machine) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", to.String())
}

// AddrPort is the address a socket is bound to; the zero value if it has none in that form.
func AddrPort(a net.Addr) netip.AddrPort {
	switch a := a.(type) {
	case *net.UDPAddr:
		ap := a.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	case *net.TCPAddr:
		ap := a.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}
