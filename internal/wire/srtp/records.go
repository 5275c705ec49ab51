package srtp

import (
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// recordQueue is how many datagrams wait for DTLS.
const recordQueue = 16

// Records is what pion/dtls takes for its socket: datagrams come from Give and leave through a function.
type Records struct {
	in chan []byte
	// Closed is closed by DTLS, which does so when the other side says goodbye.
	Closed chan struct{}
	// Drained is closed when all was read after Finish.
	Drained chan struct{}
	ranDry  atomic.Bool // Drained came before Closed

	closing, draining sync.Once

	mu    sync.Mutex
	write func(b []byte)
	late  chan struct{} // closed while a read deadline in the past is set
}

// NewRecords makes one; write must not keep what it is given.
func NewRecords(write func([]byte)) *Records {
	return &Records{
		in: make(chan []byte, recordQueue), Closed: make(chan struct{}), Drained: make(chan struct{}),
		write: write, late: make(chan struct{}),
	}
}

// Nowhere is the address DTLS believes it talks to.
func Nowhere() net.Addr { return &net.UDPAddr{} }

// Give hands a datagram to DTLS, which repeats what is lost.
func (r *Records) Give(b []byte) {
	select {
	case r.in <- slices.Clone(b):
	default:
	}
}

// Take is a datagram that DTLS has not read; nil: there is none.
func (r *Records) Take() []byte {
	select {
	case b := <-r.in:
		return b
	default:
		return nil
	}
}

// Finish lets DTLS read what was given so far, and then the end. Nothing may be given any more.
func (r *Records) Finish() { close(r.in) }

// RanDry says whether DTLS read to the end of what there was before it closed.
func (r *Records) RanDry() bool { return r.ranDry.Load() }

// Redirect replaces the function datagrams leave through.
func (r *Records) Redirect(write func([]byte)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.write = write
}

// ReadFrom implements net.PacketConn.
func (r *Records) ReadFrom(b []byte) (int, net.Addr, error) {
	r.mu.Lock()
	late := r.late
	r.mu.Unlock()
	select {
	case d, ok := <-r.in:
		if !ok {
			r.draining.Do(func() {
				r.ranDry.Store(true)
				close(r.Drained)
			})
			return 0, nil, io.EOF
		}
		return copy(b, d), Nowhere(), nil
	case <-late:
		return 0, nil, os.ErrDeadlineExceeded
	case <-r.Closed:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo implements net.PacketConn.
func (r *Records) WriteTo(b []byte, _ net.Addr) (int, error) {
	r.mu.Lock()
	write := r.write
	r.mu.Unlock()
	write(b)
	return len(b), nil
}

// Close implements net.PacketConn.
func (r *Records) Close() error {
	r.closing.Do(func() { close(r.Closed) })
	return nil
}

// LocalAddr implements net.PacketConn.
func (r *Records) LocalAddr() net.Addr { return Nowhere() }

// SetReadDeadline implements net.PacketConn. DTLS uses it only to end a read, with a time long past.
func (r *Records) SetReadDeadline(t time.Time) error {
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
func (r *Records) SetDeadline(t time.Time) error { return r.SetReadDeadline(t) }

// SetWriteDeadline implements net.PacketConn; writing never waits.
func (r *Records) SetWriteDeadline(time.Time) error { return nil }
