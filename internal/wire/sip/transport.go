package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/kit/network"
)

// hop is where a message goes: a UDP address or a TCP connection. It is a value.
type hop struct {
	transport Transport
	addr      netip.AddrPort
	conn      *tcpConn // of TCP
}

// send writes one message. It does not block: UDP writes are short, TCP writes are queued.
func (s *Stack) send(h hop, b []byte) error {
	s.count.out.Add(1)
	if h.transport == TCP {
		if h.conn == nil {
			return errors.New("no connection")
		}
		return h.conn.send(b)
	}
	if s.config.UDP == nil {
		return errors.New("no UDP socket")
	}
	_, err := s.config.UDP.WriteToUDPAddrPort(b, h.addr)
	return err
}

// readUDP is the one reader of the UDP socket. Messages are handled in it, in order of arrival;
// nothing in the handling blocks.
func (s *Stack) readUDP() error {
	buffer := make([]byte, s.config.Limits.MessageBytes+1)
	for failures := 0; ; {
		n, from, err := s.config.UDP.ReadFromUDPAddrPort(buffer)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || s.closing() {
				return nil
			}
			// An ICMP error of some peer may surface here; only a socket that does nothing else is broken.
			if failures++; failures > 1000 {
				return fmt.Errorf("reading udp: %w", err)
			}
			continue
		}
		failures = 0
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if !s.admits(from) {
			continue
		}
		if n > s.config.Limits.MessageBytes {
			s.count.malformed.Add(1)
			continue
		}
		s.guard("datagram", func() { s.datagram(buffer[:n], from) })
	}
}

// admits applies Accept and the rate limit of the source, before anything is parsed.
func (s *Stack) admits(from netip.AddrPort) bool {
	if s.config.Accept != nil && !s.config.Accept(from) {
		s.count.refused.Add(1)
		return false
	}
	if !s.rates.allow(from.Addr()) {
		s.count.limited.Add(1)
		return false
	}
	s.count.in.Add(1)
	return true
}

func (s *Stack) datagram(b []byte, from netip.AddrPort) {
	if isKeepAlive(b) {
		return
	}
	m, err := parseDatagram(b)
	s.arrived(m, err, hop{transport: UDP, addr: from})
}

// isKeepAlive says whether b is only line ends or zeros (RFC 5626 section 3.5.1).
func isKeepAlive(b []byte) bool {
	for _, c := range b {
		if c != '\r' && c != '\n' && c != 0 {
			return false
		}
	}
	return true
}

// tcpConn is a TCP connection, accepted or dialed. It has a reader and a writer goroutine, both
// ended by close.
type tcpConn struct {
	stack  *Stack
	net    net.Conn
	remote netip.AddrPort
	local  netip.AddrPort
	out    chan []byte
	closed chan struct{}
	once   sync.Once
	users  atomic.Int32 // dialogs that live on it; while there are any it may be idle
}

// connQueue is how many messages wait for a slow reader before it is cut off.
const connQueue = 128

// connWriteTime is how long the kernel may take to accept one message.
const connWriteTime = 10 * time.Second

func (c *tcpConn) send(b []byte) error {
	select {
	case <-c.closed:
		return net.ErrClosed
	default:
	}
	select {
	case c.out <- b:
		return nil
	default:
		c.close()
		return fmt.Errorf("%s reads too slowly", c.remote)
	}
}

func (c *tcpConn) close() {
	c.once.Do(func() {
		close(c.closed)
		_ = c.net.Close()
		c.stack.mu.Lock()
		c.unlist()
		if c.stack.connsOf[c.remote.Addr()]--; c.stack.connsOf[c.remote.Addr()] <= 0 {
			delete(c.stack.connsOf, c.remote.Addr())
		}
		c.stack.mu.Unlock()
	})
}

// unlist takes the connection from those that may be used; Stack.mu is held.
func (c *tcpConn) unlist() {
	if c.stack.conns[c.remote] == c {
		delete(c.stack.conns, c.remote)
	}
}

func (s *Stack) acceptTCP() error {
	for {
		conn, err := s.config.TCP.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) || s.closing() {
				return nil
			}
			// Out of file descriptors or a connection reset before it was accepted; pause, go on.
			s.config.Log.Warn("accepting a SIP connection", "error", err)
			select {
			case <-s.closed:
				return nil
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		from := network.AddrPort(conn.RemoteAddr())
		if s.config.Accept != nil && !s.config.Accept(from) {
			s.count.refused.Add(1)
			_ = conn.Close()
			continue
		}
		if _, err := s.adopt(conn, from); err != nil {
			s.count.limited.Add(1)
			_ = conn.Close()
		}
	}
}

// adopt takes a connection in and starts its goroutines, within the limits.
func (s *Stack) adopt(conn net.Conn, remote netip.AddrPort) (*tcpConn, error) {
	c := &tcpConn{
		stack: s, net: conn, remote: remote, local: network.AddrPort(conn.LocalAddr()),
		out: make(chan []byte, connQueue), closed: make(chan struct{}),
	}
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return nil, ErrClosed
	}
	if len(s.conns) >= s.config.Limits.Connections || s.connsOf[remote.Addr()] >= s.config.Limits.ConnectionsPerSource {
		s.mu.Unlock()
		return nil, errors.New("too many connections")
	}
	if old := s.conns[remote]; old != nil {
		defer old.close()
	}
	s.conns[remote] = c
	s.connsOf[remote.Addr()]++
	s.mu.Unlock()
	if !s.spawn("tcp reader", c.read) || !s.spawn("tcp writer", c.write) {
		c.close()
		return nil, ErrClosed
	}
	return c, nil
}

func (c *tcpConn) write() {
	defer c.close()
	for {
		select {
		case b := <-c.out:
			if c.net.SetWriteDeadline(time.Now().Add(connWriteTime)) != nil {
				return
			}
			if _, err := c.net.Write(b); err != nil {
				return
			}
		case <-c.closed:
			return
		}
	}
}

// read frames and handles messages until the stream ends, errs or falls silent.
func (c *tcpConn) read() {
	defer c.finish()
	limits := c.stack.config.Limits
	chunk := make([]byte, 4096)
	var pending []byte
	need := 0           // how long pending must be before it is worth parsing
	begun := time.Now() // of the message that is incomplete; the first one must also arrive in time
	idle := false
	for {
		deadline := begun.Add(limits.MessageTime)
		if idle {
			deadline = time.Now().Add(limits.ConnectionIdle)
		}
		if c.net.SetReadDeadline(deadline) != nil {
			return
		}
		n, err := c.net.Read(chunk)
		if err != nil {
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				if idle && c.users.Load() > 0 {
					continue
				}
				if !idle && len(pending) > 0 {
					m, _, _ := parseStream(pending, limits.MessageBytes)
					c.stack.guard("stream", func() {
						c.stack.arrived(m, refuse(400, "message incomplete"), hop{TCP, c.remote, c})
					})
				}
			}
			return
		}
		if idle || len(pending) == 0 {
			begun = time.Now()
		}
		idle = false
		pending = append(pending, chunk[:n]...)
		if len(pending) < need {
			continue
		}
		if pending, need, err = c.messages(pending); err != nil {
			return
		}
		idle = len(pending) == 0
	}
}

// finish lets queued answers, such as a last 400, leave before the connection is closed. Nobody
// may begin to use it meanwhile.
func (c *tcpConn) finish() {
	c.stack.mu.Lock()
	c.unlist()
	c.stack.mu.Unlock()
	for range 50 {
		if len(c.out) == 0 || c.stack.closing() {
			break
		}
		select {
		case <-c.closed:
		case <-time.After(10 * time.Millisecond):
		}
	}
	if !c.stack.closing() {
		select { // one moment more for the message that the writer holds
		case <-c.closed:
		case <-time.After(10 * time.Millisecond):
		}
	}
	c.close()
	c.stack.connectionLost(c)
}

// messages handles the complete messages in b and returns the rest, and how long that must become.
func (c *tcpConn) messages(b []byte) (rest []byte, need int, err error) {
	s := c.stack
	for len(b) > 0 {
		if isKeepAlive(b) {
			if len(b) >= 4 {
				_ = c.send([]byte("\r\n"))
				return nil, 0, nil
			}
			return b, 0, nil
		}
		if !c.paced() {
			return nil, 0, net.ErrClosed
		}
		m, n, err := parseStream(b, s.config.Limits.MessageBytes)
		if errors.Is(err, errIncomplete) {
			return b, n, nil
		}
		s.count.in.Add(1)
		s.guard("stream", func() { s.arrived(m, err, hop{TCP, c.remote, c}) })
		if n == 0 {
			return nil, 0, err
		}
		b = b[n:]
	}
	return nil, 0, nil
}

// paced holds a source that sends more than its rate back by not reading on; a stream, unlike
// datagrams, can be slowed. false ends the connection.
func (c *tcpConn) paced() bool {
	s := c.stack
	if s.config.Accept != nil && !s.config.Accept(c.remote) {
		s.count.refused.Add(1)
		return false
	}
	for first := true; !s.rates.allow(c.remote.Addr()); first = false {
		if first {
			s.count.limited.Add(1)
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-c.closed:
			return false
		}
	}
	return true
}

// connection finds or dials a TCP connection to an address.
func (s *Stack) connection(ctx context.Context, to netip.AddrPort) (*tcpConn, error) {
	s.mu.Lock()
	c := s.conns[to]
	s.mu.Unlock()
	if c != nil {
		return c, nil
	}
	if s.config.Network == nil {
		return nil, fmt.Errorf("dialing tcp %s: no network given", to)
	}
	conn, err := s.config.Network.DialTCP(ctx, to)
	if err != nil {
		return nil, err
	}
	c, err = s.adopt(conn, to)
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("dialing tcp %s: %w", to, err)
	}
	return c, nil
}
