package rtc

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
)

const (
	// socketBuffer is asked of the system for the one socket of all browsers; it gives what it may.
	socketBuffer = 4 << 20
	// readSize is what a datagram may have; more than media.MaxPacket is refused.
	readSize = media.MaxPacket + 1
)

// deliver takes one datagram; b is only lent.
type deliver func(b []byte, from netip.AddrPort, now time.Time)

// listen hands on datagrams until the socket is closed.
func (e *Engine) listen() {
	to := func(b []byte, from netip.AddrPort, now time.Time) {
		e.handle(b, netip.AddrPortFrom(from.Addr().Unmap().WithZone(""), from.Port()), nil, now)
	}
	for {
		err := readAll(e.udp, to)
		if errors.Is(err, net.ErrClosed) || e.pause(10*time.Millisecond) {
			return
		}
		// Others (a passing shortage of memory) must not end all calls; the pause keeps a lasting one
		// from spinning.
	}
}

// readEach is the plain way: one system call for each datagram.
func readEach(conn network.UDPConn, to deliver) error {
	b := make([]byte, readSize)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(b)
		if err != nil {
			return err
		}
		to(b[:n], from, time.Now())
	}
}
