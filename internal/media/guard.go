package media

import (
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
)

// sealRoom is how much longer a packet may become when it is sealed (RFC 3711, RFC 7714).
const sealRoom = 20

var errTooLong = errors.New("the packet is too long to be sealed")

// Guard protects a party's sound; wire/srtp makes them. Its methods may be called from any goroutine.
// Those for packets allocate nothing.
type Guard interface {
	// Open verifies an RTP packet and decrypts it in place; n is its length in the clear. false: it
	// is not the party's, was seen before, or there are no keys yet.
	Open(b []byte) (n int, ok bool)
	// Seal encrypts pkt into dst, which holds MaxPacket bytes. An error while there are no keys: what
	// is to be protected is never sent in the clear.
	Seal(dst, pkt []byte) ([]byte, error)
	// Shake takes a datagram of DTLS; false: none was expected.
	Shake(b []byte) bool
	// Close waits for the guard's goroutines. Closing twice is harmless.
	Close()
}

// guarded is the part of a UDPTransport that a Guard needs.
type guarded struct {
	guard  atomic.Pointer[Guard]
	sealMu sync.Mutex // held until a sealed packet is sent, so that they leave in order
	sealed []byte
	shook  atomic.Pointer[netip.AddrPort] // where the last admitted DTLS came from
}

// Protect lets a guard open what comes and seal what goes from now on; nil: plain RTP. The transport
// closes it with itself, but not one that is replaced. With a guard it is not the address that says
// who the party is, but the seal: an authentic packet may come from anywhere, and with NAT what is
// sent follows it.
func (t *UDPTransport) Protect(g Guard) {
	if g == nil {
		t.guard.Store(nil)
		return
	}
	t.sealMu.Lock()
	if t.sealed == nil {
		t.sealed = make([]byte, MaxPacket)
	}
	t.sealMu.Unlock()
	t.guard.Store(&g)
	select {
	case <-t.closed:
		g.Close() // Close came first
	default:
	}
}

// Protected says whether there is a guard.
func (t *UDPTransport) Protected() bool { return t.guard.Load() != nil }

// open lets the guard decide about a packet.
func (t *UDPTransport) open(g Guard, b []byte, from netip.AddrPort, known bool) (int, bool) {
	if !known {
		t.strays.unknownType.Add(1)
		return 0, false
	}
	n, ok := g.Open(b)
	if !ok {
		t.strays.stranger.Add(1)
		return 0, false
	}
	if from != t.peer.Load().source {
		t.follow(from)
	}
	return n, true
}

// follow takes the address of something authentic.
func (t *UDPTransport) follow(from netip.AddrPort) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := *t.peer.Load()
	next.source = from
	if next.NAT || !next.target.IsValid() {
		next.target = from
	}
	t.peer.Store(&next)
}

// seal sends a packet as the guard wants it.
func (t *UDPTransport) seal(g Guard, pkt []byte, to netip.AddrPort) error {
	if len(pkt)+sealRoom > MaxPacket {
		return errTooLong
	}
	t.sealMu.Lock()
	defer t.sealMu.Unlock()
	out, err := g.Seal(t.sealed, pkt)
	if err != nil {
		return err
	}
	_, err = t.conn.WriteToUDPAddrPort(out, to)
	return err
}

// shake gives DTLS to the guard if it comes from where the party may be: strangers must not be able to
// begin or spoil a handshake.
func (t *UDPTransport) shake(g Guard, b []byte, from netip.AddrPort) bool {
	p := t.peer.Load()
	if from != p.Remote && from != p.source && !(p.NAT && p.Signal.IsValid() && from.Addr() == p.Signal) {
		return false
	}
	if !g.Shake(b) {
		return false
	}
	if old := t.shook.Load(); old == nil || *old != from {
		t.shook.Store(&from)
	}
	return true
}

// WriteDTLS sends a datagram of a guard's handshake: back to where the party's came from, or else to
// where packets go.
func (t *UDPTransport) WriteDTLS(b []byte) error {
	to := t.peer.Load().target
	if shook := t.shook.Load(); shook != nil {
		to = *shook
	}
	if !to.IsValid() {
		return errNowhere
	}
	_, err := t.conn.WriteToUDPAddrPort(b, to)
	return err
}

// Shaken tells the transport that a handshake is done: who sent its DTLS is the party.
func (t *UDPTransport) Shaken() {
	if shook := t.shook.Load(); shook != nil {
		t.follow(*shook)
	}
}
