package rtc

import (
	"bufio"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
)

const (
	// tcpPatience is how long a connection may be without a request that knows a password.
	tcpPatience = 10 * time.Second
	// tcpFarewell is how long a connection that ends may take to send what waits.
	tcpFarewell = time.Second
	// tcpBacklog bounds in bytes what waits for a slow connection; what exceeds it is lost rather than
	// late.
	tcpBacklog = 64 << 10
	// maxStrangers and maxStrangersEach bound the connections that have not shown a password, in all
	// and from one address.
	maxStrangers     = 2048
	maxStrangersEach = 128
)

var errBacklog = errors.New("the connection is too slow")

// stream is one TCP connection. It is read by one goroutine and written by another, so that a slow
// browser holds up nobody.
type stream struct {
	engine *Engine
	conn   net.Conn
	from   netip.AddrPort
	bound  atomic.Pointer[path] // nil: a stranger's

	wake chan struct{} // holds one; something waits or it is over

	mu      sync.Mutex
	waiting []byte // frames
	over    bool   // no more will wait
}

// accept takes connections until the listener is closed.
func (e *Engine) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Too many descriptors, most likely: those of others must not end the listening.
			if e.pause(100 * time.Millisecond) {
				return
			}
			continue
		}
		s := &stream{engine: e, conn: conn, from: network.AddrPort(conn.RemoteAddr()), wake: make(chan struct{}, 1)}
		if !e.admit(s) {
			_ = conn.Close()
		}
	}
}

// admit lets a connection in if there are not too many strangers already.
func (e *Engine) admit(s *stream) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over || e.strangers >= maxStrangers || e.strangersBy[s.from.Addr()] >= maxStrangersEach {
		return false
	}
	e.strangers++
	e.strangersBy[s.from.Addr()]++
	e.streams[s] = true
	e.goroutines.Go(s.read)
	e.goroutines.Go(s.write)
	return true
}

// acquainted takes a connection out of the count of strangers.
func (e *Engine) acquainted(s *stream) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.strangers--
	if e.strangersBy[s.from.Addr()]--; e.strangersBy[s.from.Addr()] == 0 {
		delete(e.strangersBy, s.from.Addr())
	}
}

// read hands on packets until the connection ends.
func (s *stream) read() {
	e := s.engine
	stranger := true
	defer func() {
		if stranger {
			e.acquainted(s)
		}
		if w := s.bound.Swap(nil); w != nil {
			w.endpoint.lose(w)
		}
		s.finish()
		e.mu.Lock()
		delete(e.streams, s)
		e.mu.Unlock()
	}()
	_ = s.conn.SetReadDeadline(time.Now().Add(tcpPatience))
	r, b := bufio.NewReaderSize(s.conn, 2*media.MaxPacket), make([]byte, media.MaxPacket)
	for {
		n, err := readFrame(r, b)
		if err != nil {
			return
		}
		e.handle(b[:n], s.from, s, time.Now())
		if stranger && s.bound.Load() != nil {
			stranger = false
			e.acquainted(s)
			_ = s.conn.SetReadDeadline(time.Time{})
		}
	}
}

// send adds a packet to what waits.
func (s *stream) send(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return net.ErrClosed
	}
	if len(s.waiting)+frameHeader+len(b) > tcpBacklog {
		return errBacklog
	}
	s.waiting = appendFrame(s.waiting, b)
	s.ring()
	return nil
}

func (s *stream) ring() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// finish ends the connection after what waits was sent.
func (s *stream) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	s.over = true
	_ = s.conn.SetDeadline(time.Now().Add(tcpFarewell))
	s.ring()
}

// write sends what waits until the connection is over, and closes it.
func (s *stream) write() {
	defer s.conn.Close()
	var spare []byte
	for range s.wake {
		s.mu.Lock()
		b, over := s.waiting, s.over
		s.waiting = spare[:0]
		s.mu.Unlock()
		if len(b) > 0 {
			if _, err := s.conn.Write(b); err != nil {
				return
			}
		}
		if over {
			return
		}
		spare = b
		if cap(spare) > 8<<10 {
			spare = nil // after a bad spell
		}
	}
}
