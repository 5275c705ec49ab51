package rtc

import (
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// records is what pion/dtls takes for its socket: datagrams come from give and leave through a function.
type records struct {
	in      chan []byte
	closed  chan struct{} // by DTLS, which does so when the other side says goodbye
	drained chan struct{} // in was closed and is empty
	ranDry  atomic.Bool   // drained came before closed

	closing, draining sync.Once

	mu    sync.Mutex
	write func(b []byte)
	late  chan struct{} // closed while a read deadline in the past is set
}

func newRecords(write func([]byte)) *records {
	return &records{
		in: make(chan []byte, recordQueue), closed: make(chan struct{}), drained: make(chan struct{}),
		write: write, late: make(chan struct{}),
	}
}

// nowhere is the address DTLS believes it talks to.
func nowhere() net.Addr { return &net.UDPAddr{} }

// give hands a datagram to DTLS, which repeats what is lost.
func (r *records) give(b []byte) {
	select {
	case r.in <- slices.Clone(b):
	default:
	}
}

// redirect replaces the function datagrams leave through.
func (r *records) redirect(write func([]byte)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.write = write
}

// ReadFrom implements net.PacketConn.
func (r *records) ReadFrom(b []byte) (int, net.Addr, error) {
	r.mu.Lock()
	late := r.late
	r.mu.Unlock()
	select {
	case d, ok := <-r.in:
		if !ok {
			r.draining.Do(func() {
				r.ranDry.Store(true)
				close(r.drained)
			})
			return 0, nil, io.EOF
		}
		return copy(b, d), nowhere(), nil
	case <-late:
		return 0, nil, os.ErrDeadlineExceeded
	case <-r.closed:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo implements net.PacketConn.
func (r *records) WriteTo(b []byte, _ net.Addr) (int, error) {
	r.mu.Lock()
	write := r.write
	r.mu.Unlock()
	write(b)
	return len(b), nil
}

// Close implements net.PacketConn.
func (r *records) Close() error {
	r.closing.Do(func() { close(r.closed) })
	return nil
}

// LocalAddr implements net.PacketConn.
func (r *records) LocalAddr() net.Addr { return nowhere() }

// SetReadDeadline implements net.PacketConn. DTLS uses it only to end a read, with a time long past.
func (r *records) SetReadDeadline(t time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.late:
		if t.IsZero() {
			r.late = make(chan struct{})
		}
	default:
		if !t.IsZero() && !t.After(time.Now()) {
			close(r.late)
		}
	}
	return nil
}

// SetDeadline implements net.PacketConn.
func (r *records) SetDeadline(t time.Time) error { return r.SetReadDeadline(t) }

// SetWriteDeadline implements net.PacketConn; writing never waits.
func (r *records) SetWriteDeadline(time.Time) error { return nil }
