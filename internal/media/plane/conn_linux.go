package plane

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"linekeeper/internal/kit/network"
)

var (
	errPushed = errors.New("the socket is served by a media worker and cannot be read")
	errFamily = errors.New("the socket cannot send to an address of that kind")
)

// conn is a socket of the machine until it is pushed; from then on the worker's.
type conn struct {
	*net.UDPConn
	plane  *Plane
	pushed atomic.Pointer[socket]

	mu     sync.Mutex // held while it changes hands
	closed bool
}

var _ network.PushConn = (*conn)(nil)

// Push implements network.PushConn. Go's poller would wake up for every datagram of a socket it knows,
// so the worker gets a duplicate and the original is closed.
func (c *conn) Push(many bool, f func([]byte, netip.AddrPort, time.Time)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.pushed.Load() != nil {
		return false
	}
	s := &socket{plane: c.plane, local: c.UDPConn.LocalAddr(), deliver: f, many: many}
	if !s.duplicate(c.UDPConn) {
		return false
	}
	s.reading.Lock() // nothing is delivered before the hand-over is complete
	defer s.reading.Unlock()
	if !c.plane.adopt(s) {
		_ = unix.Close(s.fd)
		return false
	}
	c.pushed.Store(s)
	_ = c.UDPConn.Close()
	return true
}

// Join implements network.PushConn.
func (c *conn) Join(other network.UDPConn) {
	o, ok := network.Unwrap(other).(*conn)
	if !ok || o.plane != c.plane {
		return
	}
	if s, to := c.pushed.Load(), o.pushed.Load(); s != nil && to != nil {
		c.plane.move(s, to)
	}
}

// Close implements net.PacketConn.
func (c *conn) Close() error {
	c.mu.Lock()
	c.closed = true
	s := c.pushed.Load()
	c.mu.Unlock()
	if s != nil {
		return s.close()
	}
	return c.UDPConn.Close()
}

// LocalAddr implements net.PacketConn.
func (c *conn) LocalAddr() net.Addr {
	if s := c.pushed.Load(); s != nil {
		return s.local
	}
	return c.UDPConn.LocalAddr()
}

// WriteToUDPAddrPort implements network.UDPConn. It never waits.
func (c *conn) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if s := c.pushed.Load(); s != nil {
		return s.send(b, to)
	}
	return c.UDPConn.WriteToUDPAddrPort(b, to)
}

// WriteTo implements net.PacketConn.
func (c *conn) WriteTo(b []byte, to net.Addr) (int, error) {
	return c.WriteToUDPAddrPort(b, network.AddrPort(to))
}

// ReadFromUDPAddrPort implements network.UDPConn; it fails once the socket is pushed.
func (c *conn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	if s := c.pushed.Load(); s != nil {
		return 0, netip.AddrPort{}, s.fault(errPushed)
	}
	return c.UDPConn.ReadFromUDPAddrPort(b)
}

// ReadFrom implements net.PacketConn; it fails once the socket is pushed.
func (c *conn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUDPAddrPort(b)
	if err != nil {
		return n, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// socket is one that a worker serves.
type socket struct {
	plane   *Plane
	fd      int
	v6      bool // of the IPv6 family; with IPv4 addresses mapped
	many    bool
	local   net.Addr
	deliver func(b []byte, from netip.AddrPort, at time.Time)
	worker  *worker // plane.mu guards it; nil: not served any more

	reading sync.Mutex // held while a datagram is in work
	writing sync.Mutex // held while one is sent
	closed  bool       // changes with both held; the descriptor is gone
	last    target     // writing guards it
}

// duplicate takes a second descriptor of a socket, which closing the first leaves open.
func (s *socket) duplicate(c *net.UDPConn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	var domain int
	fault := raw.Control(func(fd uintptr) {
		if domain, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_DOMAIN); err == nil {
			s.fd, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
		}
		// Datagrams of sound are never fragmented, and then the system need not find a number for each (RFC
		// 6864), which it would share with all other sockets. Where it cannot, that costs a few percent.
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE)
	})
	s.v6 = domain == unix.AF_INET6
	return fault == nil && err == nil
}

// send sends one datagram or loses it.
func (s *socket) send(b []byte, to netip.AddrPort) (int, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.closed {
		return 0, s.fault(net.ErrClosed)
	}
	if s.last.of != to && !s.last.set(to, s.v6) {
		return 0, s.fault(errFamily)
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
		unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&s.last.raw)), uintptr(s.last.size))
	if errno != 0 {
		return 0, s.fault(os.NewSyscallError("sendto", errno))
	}
	return int(n), nil
}

func (s *socket) fault(err error) error {
	return &net.OpError{Op: "udp", Net: "udp", Addr: s.local, Err: err}
}

// close ends the service, waits for what is in work and gives the descriptor back.
func (s *socket) close() error {
	s.plane.part(s)
	s.reading.Lock()
	defer s.reading.Unlock()
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return os.NewSyscallError("close", unix.Close(s.fd))
}
