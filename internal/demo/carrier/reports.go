package carrier

import (
	"encoding/binary"
	"net/netip"
	"time"
)

const (
	reportEvery = 5 * time.Second
	comfort     = 13 // payload type of comfort noise (RFC 3389)
)

// report sends a receiver report without blocks (RFC 3550, section 6.4.2) now and then, from a socket of its own
// to the port after that of the other side's sound.
func (s *sound) report(ip netip.Addr) {
	defer s.wg.Done()
	conn, err := s.network.ListenUDP(netip.AddrPortFrom(ip, 0))
	if err != nil {
		return // then there are none, as behind many a firewall
	}
	defer conn.Close()
	every := time.NewTicker(reportEvery)
	defer every.Stop()
	b := [8]byte{0x80, 201, 0, 1}
	binary.BigEndian.PutUint32(b[4:], s.ssrc)
	for {
		select {
		case <-every.C:
		case <-s.stop:
			return
		}
		s.mu.Lock()
		to, cut := s.remote, s.cut
		s.mu.Unlock()
		if to.IsValid() && to.Port() != 0 && !cut {
			_, _ = conn.WriteToUDPAddrPort(b[:], netip.AddrPortFrom(to.Addr(), to.Port()+1))
		}
	}
}

// Cut loses all sound and reports of ours from now on, as when the line has failed; signalling goes on.
func (c *Call) Cut() {
	c.sound.mu.Lock()
	defer c.sound.mu.Unlock()
	c.sound.cut = true
}
