package media

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media/rtp"
)

// errNowhere is what Write says while the party's address is not known.
var errNowhere = errors.New("the party's RTP address is not known yet")

const (
	// learnWindow is how long after a negotiation an address may be learned.
	learnWindow = 10 * time.Second
	// learnSilence is how long a learned source must have been silent before a renegotiation that
	// names no new address may replace it.
	learnSilence = 2 * time.Second
)

// UDPConfig says with whom a UDPTransport talks. See Renegotiate for the rule.
type UDPConfig struct {
	// Remote is the party's address from its session description; the zero value, an unspecified
	// address or port 0 while there is none.
	Remote netip.AddrPort
	// NAT allows the party's true address to be learned from its first packet.
	NAT bool
	// Signal is the address the party's signalling came from. Only with NAT: a packet teaches its
	// source only if its IP is this one.
	Signal netip.Addr
	// Mux: reports (RTCP) come and go on the port of the sound (a=rtcp-mux, RFC 5761).
	Mux bool
	// Reports is where the party wants reports otherwise (a=rtcp, RFC 3605); the zero value: at the port
	// after Remote's. Used only with ListenReports.
	Reports netip.AddrPort
	// Window is how long after a negotiation an address may be learned; 0 means 10 s.
	Window time.Duration
	// Learned is an address that was learned before a restart of the process (Remote gives it). Only
	// with NAT and only in NewUDP.
	Learned netip.AddrPort
}

// UDPTransport is RTP on one socket, plain or protected by a Guard.
type UDPTransport struct {
	conn   network.UDPConn
	closed chan struct{}
	once   sync.Once
	strays strayCounts
	made   time.Time
	guarded
	reporting

	peer  atomic.Pointer[peer]
	types atomic.Pointer[[2]uint64] // bit set of payload types; nil: all
	last  atomic.Int64              // when the party was last heard, since made

	mu sync.Mutex // held while peer is replaced
}

// peer is what is believed about the party; immutable.
type peer struct {
	UDPConfig
	source netip.AddrPort // the only address packets are taken from; zero: none yet
	target netip.AddrPort // where packets go; zero: nowhere
	until  time.Time      // an address may be learned before this
	anew   bool           // the last negotiation named another address: no silence needed to learn
}

// NewUDP makes a transport on conn, which it owns from now on.
func NewUDP(conn network.UDPConn, c UDPConfig) *UDPTransport {
	t := &UDPTransport{conn: conn, closed: make(chan struct{}), made: time.Now()}
	first := &peer{}
	if c.NAT {
		first.source = c.Learned
	}
	t.peer.Store(first)
	t.Renegotiate(c)
	return t
}

// Renegotiate tells the transport what a new description (answer, re-INVITE, UPDATE) says. Without
// NAT packets go to and come from exactly the described address, from now on. With NAT the first
// valid packet from the described address, or within the window from the signalling address, decides
// for good; until it came packets go to the described address only if that is where the signalling
// comes from, so that a description cannot aim us at a victim. A later negotiation opens the window
// again if it names another address; otherwise only for a party that has fallen silent. Until the new
// source is heard, the old one stays.
func (t *UDPTransport) Renegotiate(c UDPConfig) {
	c.Remote = netip.AddrPortFrom(c.Remote.Addr().Unmap(), c.Remote.Port())
	c.Reports = netip.AddrPortFrom(c.Reports.Addr().Unmap(), c.Reports.Port())
	c.Signal = c.Signal.Unmap()
	if c.Window == 0 {
		c.Window = learnWindow
	}
	if !c.Remote.IsValid() || c.Remote.Addr().IsUnspecified() || c.Remote.Port() == 0 {
		c.Remote = netip.AddrPort{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.peer.Load()
	p := &peer{UDPConfig: c}
	if !c.NAT {
		p.source, p.target = c.Remote, c.Remote
		t.peer.Store(p)
		return
	}
	p.until = time.Now().Add(c.Window)
	p.anew = old.Remote.IsValid() && (c.Remote != old.Remote || c.Signal != old.Signal)
	if old.source.IsValid() {
		p.source, p.target = old.source, old.source
	} else if c.Remote.Addr() == c.Signal {
		p.target = c.Remote
	}
	t.peer.Store(p)
}

// Accept replaces the set of payload types that count as this party's; all others are strays. A Leg
// calls it.
func (t *UDPTransport) Accept(types ...uint8) {
	var set [2]uint64
	for _, pt := range types {
		set[pt>>6&1] |= 1 << (pt & 63)
	}
	t.types.Store(&set)
}

// LocalAddr is our address for the session description; its IP is what the socket is bound to.
func (t *UDPTransport) LocalAddr() netip.AddrPort { return network.AddrPort(t.conn.LocalAddr()) }

// Remote is where packets are sent now; the zero value when nowhere yet.
func (t *UDPTransport) Remote() netip.AddrPort { return t.peer.Load().target }

// Read implements Transport.
func (t *UDPTransport) Read(b []byte) (int, error) {
	for {
		n, from, err := t.conn.ReadFromUDPAddrPort(b)
		if err != nil {
			if t.over(err) {
				return 0, net.ErrClosed
			}
			continue
		}
		if n, ok := t.admit(b[:n], n == len(b), from, time.Now()); ok {
			return n, nil
		}
	}
}

// Push implements Pusher: a worker of the media plane reads where the socket has one.
func (t *UDPTransport) Push(f func(b []byte, at time.Time)) bool {
	conn, ok := t.conn.(network.PushConn)
	return ok && conn.Push(false, func(b []byte, from netip.AddrPort, at time.Time) {
		if n, ok := t.admit(b, len(b) >= MaxPacket, from, at); ok {
			f(b[:n], at)
		}
	})
}

// Socket implements Socketed.
func (t *UDPTransport) Socket() network.UDPConn { return t.conn }

// over says whether a read error is the end. Others (a passing shortage of memory, an ICMP message
// the system insists on reporting) must not end a call; the pause keeps a lasting one from spinning.
func (t *UDPTransport) over(err error) bool {
	if errors.Is(err, net.ErrClosed) {
		return true
	}
	pause := time.NewTimer(10 * time.Millisecond)
	defer pause.Stop()
	select {
	case <-t.closed:
		return true
	case <-pause.C:
		return false
	}
}

// admit decides about one datagram, opens it if it is protected and counts what it refuses.
func (t *UDPTransport) admit(b []byte, cut bool, from netip.AddrPort, at time.Time) (int, bool) {
	from = netip.AddrPortFrom(from.Addr().Unmap().WithZone(""), from.Port())
	guard := t.guard.Load()
	switch rtp.Classify(b) {
	case rtp.RTP:
	case rtp.RTCP:
		t.takeReport(b, cut, from, false, at)
		return 0, false
	case rtp.STUN:
		t.strays.stun.Add(1)
		return 0, false
	case rtp.DTLS:
		if guard == nil || cut || !t.shake(*guard, b, from) {
			t.strays.dtls.Add(1)
		}
		return 0, false
	default:
		t.strays.malformed.Add(1)
		return 0, false
	}
	var h rtp.Header
	if _, _, err := rtp.Parse(b, &h); cut || err != nil && guard == nil { // of a sealed packet padding is sealed too
		t.strays.malformed.Add(1)
		return 0, false
	}
	known := true
	if set := t.types.Load(); set != nil {
		pt := b[1] & 0x7f
		known = set[pt>>6]&(1<<(pt&63)) != 0
	}
	if guard != nil {
		n, ok := t.open(*guard, b, from, known)
		if !ok {
			return 0, false
		}
		b = b[:n]
	} else if p := t.peer.Load(); from != p.source && !(known && p.NAT && t.learn(from, at)) {
		t.strays.stranger.Add(1)
		return 0, false
	}
	if !known {
		t.strays.unknownType.Add(1)
		return 0, false
	}
	t.last.Store(int64(at.Sub(t.made)))
	return len(b), true
}

// learn decides whether a valid packet from an address that is not the believed one makes it so.
func (t *UDPTransport) learn(from netip.AddrPort, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.peer.Load()
	described := p.Remote.IsValid() && from == p.Remote
	signalled := p.Signal.IsValid() && from.Addr() == p.Signal && now.Before(p.until)
	if p.source.IsValid() {
		silent := now.Sub(t.made)-time.Duration(t.last.Load()) >= learnSilence
		if !now.Before(p.until) || !p.anew && !silent {
			return false
		}
	}
	if !described && !signalled {
		return false
	}
	next := *p
	next.source, next.target = from, from
	// Locked: the window is shut until the next negotiation.
	next.until, next.anew = time.Time{}, false
	t.peer.Store(&next)
	return true
}

// Write implements Transport.
func (t *UDPTransport) Write(pkt []byte) error {
	p := t.peer.Load()
	if !p.target.IsValid() {
		return errNowhere
	}
	if guard := t.guard.Load(); guard != nil {
		return t.seal(*guard, pkt, p.target)
	}
	_, err := t.conn.WriteToUDPAddrPort(pkt, p.target)
	return err
}

// Close implements Transport.
func (t *UDPTransport) Close() error {
	var err error
	t.once.Do(func() {
		t.mu.Lock() // not while ListenReports begins
		close(t.closed)
		t.mu.Unlock()
		err = t.conn.Close()
		t.reporting.close()
		if guard := t.guard.Load(); guard != nil {
			(*guard).Close()
		}
	})
	return err
}

// Strays implements Transport.
func (t *UDPTransport) Strays() Strays { return t.strays.snapshot() }
