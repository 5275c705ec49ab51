package media

import (
	"net"
	"sync"
)

// pipeQueue is how many packets an end holds before it loses the next.
const pipeQueue = 256

// PipeEnd is a transport inside the process: what is written to one end is read at the other.
type PipeEnd struct {
	in, out chan []byte
	closed  chan struct{}
	once    sync.Once
}

// Pipe makes the two ends of a line without sockets: a browser's leg in stories. It loses packets
// only when a reader falls far behind. Closing one end leaves the other open and deaf.
func Pipe() (a, b *PipeEnd) {
	x, y := make(chan []byte, pipeQueue), make(chan []byte, pipeQueue)
	return &PipeEnd{in: x, out: y, closed: make(chan struct{})}, &PipeEnd{in: y, out: x, closed: make(chan struct{})}
}

// Read implements Transport.
func (p *PipeEnd) Read(b []byte) (int, error) {
	select {
	case pkt := <-p.in:
		return copy(b, pkt), nil
	case <-p.closed:
		return 0, net.ErrClosed
	}
}

// Write implements Transport.
func (p *PipeEnd) Write(pkt []byte) error {
	select {
	case <-p.closed:
		return net.ErrClosed
	case p.out <- append([]byte(nil), pkt...):
	default:
	}
	return nil
}

// Close implements Transport.
func (p *PipeEnd) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Strays implements Transport.
func (p *PipeEnd) Strays() Strays { return Strays{} }
