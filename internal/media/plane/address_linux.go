package plane

import (
	"encoding/binary"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// port is the field of a socket address, which is big endian everywhere.
func port(p *uint16) *[2]byte { return (*[2]byte)(unsafe.Pointer(p)) }

// target is an address in the form the system wants, for a socket of IPv4 or of IPv6.
type target struct {
	of   netip.AddrPort // what it was made from
	raw  unix.RawSockaddrInet6
	size uint32
}

// set makes it; false: a socket of that family cannot send there.
func (t *target) set(to netip.AddrPort, v6 bool) bool {
	ip := to.Addr().Unmap()
	switch {
	case !ip.IsValid() || !v6 && !ip.Is4():
		return false
	case v6:
		t.raw = unix.RawSockaddrInet6{Family: unix.AF_INET6, Addr: ip.As16()}
		t.size = unix.SizeofSockaddrInet6
	default:
		t.raw = unix.RawSockaddrInet6{}
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&t.raw))
		v4.Family, v4.Addr = unix.AF_INET, ip.As4()
		t.size = unix.SizeofSockaddrInet4
	}
	binary.BigEndian.PutUint16(port(&t.raw.Port)[:], to.Port())
	t.of = to
	return true
}
