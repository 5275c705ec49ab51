package network

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// Memory is a network inside the process. Datagrams to an address nobody listens on vanish, as on
// a real network; a receiver that does not read loses what exceeds its queue. All blocking is on
// channels, so a synctest bubble sees it. The zero value is not usable; call NewMemory.
type Memory struct {
	// Drop, when set before use, decides about each datagram; true loses it.
	Drop func(from, to netip.AddrPort, b []byte) bool

	mu        sync.Mutex
	udp       map[netip.AddrPort]*memoryUDP
	tcp       map[netip.AddrPort]*memoryListener
	ephemeral uint16
}

// memoryQueue is how many datagrams a socket holds before it loses the next.
const memoryQueue = 512

// NewMemory makes an empty network.
func NewMemory() *Memory {
	return &Memory{
		udp:       make(map[netip.AddrPort]*memoryUDP),
		tcp:       make(map[netip.AddrPort]*memoryListener),
		ephemeral: 49152,
	}
}

// Open reports how many sockets and listeners are open; stories end by asserting that none is.
func (m *Memory) Open() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.udp) + len(m.tcp)
}

// ListenUDP implements Network.
func (m *Memory) ListenUDP(at netip.AddrPort) (UDPConn, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, err := m.free(at, func(a netip.AddrPort) bool { return m.udp[a] != nil })
	if err != nil {
		return nil, fmt.Errorf("listening on udp %s: %w", at, err)
	}
	c := &memoryUDP{net: m, at: at, in: make(chan datagram, memoryQueue), closed: make(chan struct{})}
	m.udp[at] = c
	return c, nil
}

// ListenTCP implements Network.
func (m *Memory) ListenTCP(at netip.AddrPort) (net.Listener, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, err := m.free(at, func(a netip.AddrPort) bool { return m.tcp[a] != nil })
	if err != nil {
		return nil, fmt.Errorf("listening on tcp %s: %w", at, err)
	}
	l := &memoryListener{net: m, at: at, in: make(chan net.Conn, 16), closed: make(chan struct{})}
	m.tcp[at] = l
	return l, nil
}

// DialTCP implements Network.
func (m *Memory) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	m.mu.Lock()
	l := m.tcp[to]
	m.ephemeral++
	from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), m.ephemeral)
	m.mu.Unlock()
	if l == nil {
		return nil, fmt.Errorf("dialing tcp %s: connection refused", to)
	}
	here, there := net.Pipe()
	select {
	case l.in <- memoryConn{there, to, from}:
		return memoryConn{here, from, to}, nil
	case <-l.closed:
		return nil, fmt.Errorf("dialing tcp %s: connection refused", to)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// free gives the address to bind; m.mu is held.
func (m *Memory) free(at netip.AddrPort, taken func(netip.AddrPort) bool) (netip.AddrPort, error) {
	if at.Port() != 0 {
		if taken(at) {
			return at, os.NewSyscallError("bind", fmt.Errorf("address already in use"))
		}
		return at, nil
	}
	for range 16384 {
		m.ephemeral++
		if m.ephemeral < 49152 {
			m.ephemeral = 49152
		}
		if a := netip.AddrPortFrom(at.Addr(), m.ephemeral); !taken(a) {
			return a, nil
		}
	}
	return at, fmt.Errorf("no free port")
}

type datagram struct {
	b    []byte
	from netip.AddrPort
}

type memoryUDP struct {
	net    *Memory
	at     netip.AddrPort
	in     chan datagram
	closed chan struct{}
	once   sync.Once

	mu       sync.Mutex
	deadline time.Time
}

func (c *memoryUDP) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	c.mu.Lock()
	deadline := c.deadline
	c.mu.Unlock()
	var late <-chan time.Time
	if !deadline.IsZero() {
		t := time.NewTimer(time.Until(deadline))
		defer t.Stop()
		late = t.C
	}
	select {
	case d := <-c.in:
		return copy(b, d.b), d.from, nil
	case <-c.closed:
		return 0, netip.AddrPort{}, net.ErrClosed
	case <-late:
		return 0, netip.AddrPort{}, os.ErrDeadlineExceeded
	}
}

func (c *memoryUDP) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	default:
	}
	if c.net.Drop != nil && c.net.Drop(c.at, to, b) {
		return len(b), nil
	}
	c.net.mu.Lock()
	peer := c.net.udp[to]
	c.net.mu.Unlock()
	if peer == nil {
		return len(b), nil
	}
	select {
	case peer.in <- datagram{append([]byte(nil), b...), c.at}:
	default:
	}
	return len(b), nil
}

func (c *memoryUDP) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUDPAddrPort(b)
	if err != nil {
		return n, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

func (c *memoryUDP) WriteTo(b []byte, to net.Addr) (int, error) {
	return c.WriteToUDPAddrPort(b, AddrPort(to))
}

func (c *memoryUDP) Close() error {
	c.once.Do(func() {
		close(c.closed)
		c.net.mu.Lock()
		delete(c.net.udp, c.at)
		c.net.mu.Unlock()
	})
	return nil
}

func (c *memoryUDP) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.at) }

// SetDeadline sets the read deadline; it applies to reads that begin afterwards.
func (c *memoryUDP) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

func (c *memoryUDP) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	return nil
}

func (c *memoryUDP) SetWriteDeadline(time.Time) error { return nil }

type memoryListener struct {
	net    *Memory
	at     netip.AddrPort
	in     chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.in:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.once.Do(func() {
		close(l.closed)
		l.net.mu.Lock()
		delete(l.net.tcp, l.at)
		l.net.mu.Unlock()
	})
	return nil
}

func (l *memoryListener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.at) }

// memoryConn is one end of a pipe that knows its addresses.
type memoryConn struct {
	net.Conn
	local, remote netip.AddrPort
}

func (c memoryConn) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(c.local) }
func (c memoryConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }
