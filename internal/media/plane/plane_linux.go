package plane

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"

	"linekeeper/internal/kit/network"
)

const (
	// A socket is found by its descriptor in a table of chunks, which readers need no lock for. A
	// descriptor beyond it is left to goroutines.
	chunkSize = 256
	chunks    = 4096
)

type chunk [chunkSize]atomic.Pointer[socket]

// Plane is the workers and the sockets they serve. It is safe for concurrent use.
type Plane struct {
	log     *slog.Logger
	workers []*worker
	running sync.WaitGroup
	table   [chunks]atomic.Pointer[chunk]
	rescued atomic.Uint64

	mu      sync.Mutex // guards which worker has which socket
	over    bool
	sockets int
}

// New starts the workers. Close must be called.
func New(c Config) (*Plane, error) {
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	p := &Plane{log: c.Log}
	for range c.Workers {
		w, err := newWorker(p)
		if err != nil {
			p.Close()
			return nil, fmt.Errorf("starting a media worker: %w", err)
		}
		p.workers = append(p.workers, w)
		p.running.Go(w.run)
	}
	return p, nil
}

// Network gives a network whose sockets can be pushed by the plane's workers. Those of a network in
// memory, and all with a nil plane, stay as they are: whoever opens them reads them.
func (p *Plane) Network(n network.Network) network.Network {
	if _, machine := n.(network.Machine); p == nil || !machine {
		return n
	}
	return served{n, p}
}

type served struct {
	network.Network
	plane *Plane
}

// ListenUDP implements network.Network.
func (s served) ListenUDP(at netip.AddrPort) (network.UDPConn, error) {
	c, err := s.Network.ListenUDP(at)
	if err != nil {
		return nil, err
	}
	return s.plane.Conn(c), nil
}

// Conn makes a socket one that can be pushed; what is no socket of the machine stays as it is.
func (p *Plane) Conn(c network.UDPConn) network.UDPConn {
	udp, ok := c.(*net.UDPConn)
	if p == nil || !ok {
		return c
	}
	return &conn{UDPConn: udp, plane: p}
}

// Stats is a snapshot of the counters; of a nil plane they are all 0.
func (p *Plane) Stats() Stats {
	if p == nil {
		return Stats{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Stats{Workers: len(p.workers), Sockets: p.sockets, Rescued: p.rescued.Load()}
	for _, w := range p.workers {
		s.Datagrams += w.datagrams.Load()
	}
	return s
}

// Close ends the workers and waits for them. Sockets that are still open hear nothing more; they can be
// closed later.
func (p *Plane) Close() {
	p.mu.Lock()
	p.over = true
	p.mu.Unlock()
	for _, w := range p.workers {
		w.stop()
	}
	p.running.Wait()
}

// find gives the socket with a descriptor, nil if there is none.
func (p *Plane) find(fd int) *socket {
	if c := p.table[fd/chunkSize].Load(); c != nil {
		return c[fd%chunkSize].Load()
	}
	return nil
}

// adopt gives a socket to the worker with the fewest; false: there is no room.
func (p *Plane) adopt(s *socket) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over || s.fd >= chunks*chunkSize {
		return false
	}
	at := &p.table[s.fd/chunkSize]
	if at.Load() == nil {
		at.Store(new(chunk))
	}
	at.Load()[s.fd%chunkSize].Store(s)
	least := p.workers[0]
	for _, w := range p.workers[1:] {
		if w.sockets < least.sockets {
			least = w
		}
	}
	if least.add(s.fd) != nil {
		at.Load()[s.fd%chunkSize].Store(nil)
		return false
	}
	s.worker = least
	least.sockets++
	p.sockets++
	return true
}

// part ends the service of a socket; a datagram of it may still be in work.
func (p *Plane) part(s *socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.worker == nil {
		return
	}
	p.table[s.fd/chunkSize].Load()[s.fd%chunkSize].Store(nil)
	if !p.over {
		s.worker.remove(s.fd)
	}
	s.worker.sockets--
	s.worker = nil
	p.sockets--
}

// move gives a socket to the worker that has another.
func (p *Plane) move(s, to *socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over || s.worker == nil || to.worker == nil || s.worker == to.worker {
		return
	}
	// Both may see it for a moment: its mutex keeps them apart.
	if to.worker.add(s.fd) != nil {
		return
	}
	s.worker.remove(s.fd)
	s.worker.sockets--
	to.worker.sockets++
	s.worker = to.worker
}
