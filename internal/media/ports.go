package media

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"linekeeper/internal/kit/network"
)

// ErrNoPorts means that every port of the range is in use; new calls must be refused.
var ErrNoPorts = errors.New("no free RTP port")

// Ports hands out sockets for RTP from a range of UDP ports. Only even ports are used; the odd
// neighbours are for reports (RTCP), where a party wants them there. A port returns when its socket is
// closed.
type Ports struct {
	net  network.Network
	addr netip.Addr
	low  uint16 // first even port; 0 with high 0 means any free port
	high uint16

	mu    sync.Mutex
	taken map[uint16]bool
	open  int
	next  uint16 // where the search goes on, so that a port just closed rests longest
}

// NewPorts makes an allocator for the ports low to high, both included, on addr. 0, 0 means any
// free port the system gives.
func NewPorts(n network.Network, addr netip.Addr, low, high uint16) (*Ports, error) {
	if low == 0 && high == 0 {
		return &Ports{net: n, addr: addr, taken: make(map[uint16]bool)}, nil
	}
	even := low + low&1
	if low == 0 || high < low || even < low || even > high {
		return nil, fmt.Errorf("RTP port range %d-%d holds no even port", low, high)
	}
	return &Ports{net: n, addr: addr, low: even, high: high, taken: make(map[uint16]bool), next: even}, nil
}

// Listen opens a socket on the next free port; ErrNoPorts when there is none.
func (p *Ports) Listen() (network.UDPConn, error) {
	if p.low == 0 {
		return p.listen(0)
	}
	var last error
	for range p.size() {
		port, ok := p.reserve()
		if !ok {
			break
		}
		c, err := p.listen(port)
		if err == nil {
			return c, nil
		}
		// Somebody else on the machine has it: try the next one.
		last = err
		p.free(port)
	}
	if last != nil {
		return nil, fmt.Errorf("%w in %d-%d on %s: %w", ErrNoPorts, p.low, p.high, p.addr, last)
	}
	return nil, fmt.Errorf("%w in %d-%d on %s", ErrNoPorts, p.low, p.high, p.addr)
}

// ListenAt opens the socket of one port, used to take up calls again after a restart. The port may
// lie outside the range.
func (p *Ports) ListenAt(port uint16) (network.UDPConn, error) {
	p.mu.Lock()
	if p.taken[port] {
		p.mu.Unlock()
		return nil, fmt.Errorf("RTP port %d is in use", port)
	}
	p.taken[port] = true
	p.mu.Unlock()
	c, err := p.listen(port)
	if err != nil {
		p.free(port)
	}
	return c, err
}

// ListenReports opens the port after that of a socket of this range, for UDPTransport.ListenReports. It
// does not count as open. An error means that somebody else has it: then there are no reports.
func (p *Ports) ListenReports(sound network.UDPConn) (network.UDPConn, error) {
	at := network.AddrPort(sound.LocalAddr())
	if at.Port() == 1<<16-1 {
		return nil, fmt.Errorf("there is no port after %v", at)
	}
	return p.net.ListenUDP(netip.AddrPortFrom(p.addr, at.Port()+1))
}

// OpenReports opens the port after the sound's and listens there for reports, unless they come to the
// port of the sound or it was opened before. It needs a socket of Ports. An error means that there will be
// no reports, which is no trouble for the sound.
func (t *UDPTransport) OpenReports() error {
	if t.own.Load() != nil || t.peer.Load().Mux {
		return nil
	}
	c, ok := t.conn.(*portConn)
	if !ok {
		return errNoReports
	}
	conn, err := c.ports.ListenReports(c)
	if err != nil {
		return err
	}
	t.ListenReports(conn)
	return nil
}

// Open is how many sockets are open.
func (p *Ports) Open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open
}

// Capacity is how many sockets the range holds; 0 means unlimited.
func (p *Ports) Capacity() int {
	if p.low == 0 {
		return 0
	}
	return p.size()
}

func (p *Ports) size() int { return int(p.high-p.low)/2 + 1 }

// reserve marks the next port that is not ours yet.
func (p *Ports) reserve() (uint16, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range p.size() {
		port := p.next
		if int(p.next)+2 > int(p.high) {
			p.next = p.low
		} else {
			p.next += 2
		}
		if !p.taken[port] {
			p.taken[port] = true
			return port, true
		}
	}
	return 0, false
}

func (p *Ports) free(port uint16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.taken, port)
}

func (p *Ports) listen(port uint16) (network.UDPConn, error) {
	c, err := p.net.ListenUDP(netip.AddrPortFrom(p.addr, port))
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.open++
	p.mu.Unlock()
	return &portConn{UDPConn: c, ports: p, port: port}, nil
}

// portConn is a socket that gives its port back.
type portConn struct {
	network.UDPConn
	ports *Ports
	port  uint16
	once  sync.Once
}

// Push implements network.PushConn.
func (c *portConn) Push(many bool, f func([]byte, netip.AddrPort, time.Time)) bool {
	p, ok := c.UDPConn.(network.PushConn)
	return ok && p.Push(many, f)
}

// Join implements network.PushConn.
func (c *portConn) Join(other network.UDPConn) {
	if p, ok := c.UDPConn.(network.PushConn); ok {
		p.Join(other)
	}
}

// Unwrap is for network.Unwrap.
func (c *portConn) Unwrap() network.UDPConn { return c.UDPConn }

func (c *portConn) Close() error {
	err := c.UDPConn.Close()
	c.once.Do(func() {
		c.ports.mu.Lock()
		defer c.ports.mu.Unlock()
		c.ports.open--
		delete(c.ports.taken, c.port)
	})
	return err
}
