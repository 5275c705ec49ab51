package sip

import (
	"bytes"
	"context"
	"crypto/tls"
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
	conn      *tcpConn // of a stream
	name      string   // host that a TLS peer's certificate names; empty for accepted connections
}

// connKey finds a connection that may be used on. One that was opened to a name is not used for
// another name at the same address, whose certificate nobody has seen.
type connKey struct {
	transport Transport
	addr      netip.AddrPort
	name      string
}

// send writes one message. It does not block: UDP writes are short, TCP writes are queued.
func (s *Stack) send(h hop, b []byte) error {
	s.count.out.Add(1)
	if h.transport.stream() {
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
		if !s.admits(from, buffer[:n]) {
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
func (s *Stack) admits(from netip.AddrPort, b []byte) bool {
	if !s.known(from) && !s.mayRegister(from, b) {
		s.count.refused.Add(1)
		return false
	}
	allow := s.rates.allow
	if bytes.HasPrefix(b, []byte("INVITE ")) {
		allow = s.rates.allowNew
	}
	if !allow(from.Addr()) {
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
	if m != nil {
		m.raw = b
	}
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

// tcpConn is a TCP or TLS connection, accepted or dialed. It has a reader and a writer goroutine, both
// ended by close.
type tcpConn struct {
	stack  *Stack
	kind   Transport
	name   string   // of the peer's certificate, if we opened it
	net    net.Conn // messages; of TLS the inner side
	raw    net.Conn // the connection itself
	remote netip.AddrPort
	local  netip.AddrPort
	out    chan []byte
	closed chan struct{}
	once   sync.Once
	users  atomic.Int32 // dialogs that live on it; while there are any it may be idle
	proved atomic.Bool  // its certificate lets it in
}

// connQueue is how many messages wait for a slow reader before it is cut off.
const connQueue = 128

// socketBuffer is asked of the system for the UDP socket: some thousand messages, so that the burst of a moment
// in which the process does not run is not lost. The system's default holds some 160.
const socketBuffer = 4 << 20

// connectTime is how long a connection may take to be opened, with its handshake. It is less than the
// time after which a trunk is left for the next.
const connectTime = 4 * time.Second

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

func (c *tcpConn) key() connKey { return connKey{c.kind, c.remote, c.name} }

func (c *tcpConn) hop() hop { return hop{c.kind, c.remote, c, c.name} }

func (c *tcpConn) close() {
	c.once.Do(func() {
		close(c.closed)
		_ = c.raw.Close() // not TLS's own, which writes a farewell and may block
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
	if key := c.key(); c.stack.conns[key] == c {
		delete(c.stack.conns, key)
	}
}

// accept takes connections in. A TLS handshake is done by the connection's reader, within
// Limits.MessageTime.
func (s *Stack) accept(kind Transport, listener net.Listener) error {
	for {
		conn, err := listener.Accept()
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
		if !s.known(from) && !s.mayConnect(from) && !(kind == TLS && s.mayProve(from)) {
			s.count.refused.Add(1)
			_ = conn.Close()
			continue
		}
		if kind == TLS && !s.rates.allow(from.Addr()) { // a handshake costs more than a message
			s.count.limited.Add(1)
			_ = conn.Close()
			continue
		}
		inner := conn
		if kind == TLS {
			inner = tls.Server(conn, s.config.ServerTLS)
		}
		if _, err := s.adopt(connKey{kind, from, ""}, inner, conn, (*tcpConn).read); err != nil {
			s.count.limited.Add(1)
			_ = conn.Close()
		}
	}
}

// adopt takes a connection in and starts its goroutines, within the limits.
func (s *Stack) adopt(key connKey, inner, raw net.Conn, read func(*tcpConn)) (*tcpConn, error) {
	remote := key.addr
	c := &tcpConn{
		stack: s, kind: key.transport, name: key.name, net: inner, raw: raw, remote: remote, local: network.AddrPort(raw.LocalAddr()),
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
	if old := s.conns[key]; old != nil {
		defer old.close()
	}
	s.conns[key] = c
	s.connsOf[remote.Addr()]++
	s.mu.Unlock()
	if !s.spawn("tcp reader", func() { read(c) }) || !s.spawn("tcp writer", c.write) {
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
	if !c.shakeHands() {
		return
	}
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
						c.stack.arrived(m, refuse(400, "message incomplete"), c.hop())
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
		if !c.paced(b) {
			return nil, 0, net.ErrClosed
		}
		m, n, err := parseStream(b, s.config.Limits.MessageBytes)
		if errors.Is(err, errIncomplete) {
			return b, n, nil
		}
		s.count.in.Add(1)
		if m != nil {
			m.raw = bytes.TrimLeft(b[:n], "\r\n")
		}
		s.guard("stream", func() { s.arrived(m, err, c.hop()) })
		if n == 0 {
			return nil, 0, err
		}
		b = b[n:]
	}
	return nil, 0, nil
}

// paced holds a source that sends more than its rate back by not reading on; a stream, unlike
// datagrams, can be slowed. false ends the connection.
func (c *tcpConn) paced(b []byte) bool {
	s := c.stack
	if !s.known(c.remote) && !c.proved.Load() && !s.mayRegister(c.remote, b) {
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

// connection finds or opens a connection to an address.
func (s *Stack) connection(ctx context.Context, kind Transport, to netip.AddrPort, name string) (*tcpConn, error) {
	if kind != TLS {
		name = ""
	}
	key := connKey{kind, to, name}
	s.mu.Lock()
	c := s.conns[key]
	s.mu.Unlock()
	if c != nil {
		return c, nil
	}
	if s.config.Network == nil {
		return nil, fmt.Errorf("dialing %s %s: no network given", kind, to)
	}
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	raw, err := s.config.Network.DialTCP(ctx, to)
	if err != nil {
		return nil, err
	}
	inner := raw
	if kind == TLS {
		if inner, err = s.handshake(ctx, raw, to, name); err != nil {
			_ = raw.Close()
			return nil, fmt.Errorf("dialing %s %s: %w", kind, to, err)
		}
	}
	c, err = s.adopt(key, inner, raw, (*tcpConn).read)
	if err != nil {
		_ = raw.Close()
		return nil, fmt.Errorf("dialing %s %s: %w", kind, to, err)
	}
	return c, nil
}
