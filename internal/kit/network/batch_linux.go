package network

import (
	"encoding/binary"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// BatchSize is how many datagrams a Batch holds.
	BatchSize = 64
	// MaxDatagram is what a datagram in a Batch may have; a longer one is cut to this size.
	MaxDatagram = 2048
)

// message is struct mmsghdr.
type message struct {
	header unix.Msghdr
	size   uint32
}

// Batch is room for datagrams and their senders, filled by one system call. It is used by one goroutine at
// a time. Its methods never wait and let the scheduler know nothing, so the socket must not block.
type Batch struct {
	messages  [BatchSize]message
	names     [BatchSize]unix.RawSockaddrInet6 // large enough for IPv4 too
	vectors   [BatchSize]unix.Iovec
	datagrams [BatchSize][MaxDatagram]byte
}

// NewBatch makes an empty one.
func NewBatch() *Batch {
	b := &Batch{}
	for i := range b.messages {
		b.vectors[i].Base = &b.datagrams[i][0]
		b.vectors[i].SetLen(MaxDatagram)
		h := &b.messages[i].header
		h.Name = (*byte)(unsafe.Pointer(&b.names[i]))
		h.Iov = &b.vectors[i]
		h.SetIovlen(1)
	}
	return b
}

// Receive takes what a socket has, at most BatchSize datagrams, and gives their number; EAGAIN: none.
func (b *Batch) Receive(fd int) (int, syscall.Errno) {
	for i := range b.messages {
		b.messages[i].header.Namelen = uint32(unsafe.Sizeof(b.names[i]))
	}
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.messages[0])), BatchSize, unix.MSG_DONTWAIT, 0, 0)
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

// ReceiveOne takes one datagram; Datagram(0) is it. It is cheaper than Receive where there is but one.
func (b *Batch) ReceiveOne(fd int) syscall.Errno {
	for {
		size := uint32(unsafe.Sizeof(b.names[0]))
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b.datagrams[0])), MaxDatagram,
			unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&b.names[0])), uintptr(unsafe.Pointer(&size)))
		if errno != unix.EINTR {
			b.messages[0].size = uint32(n)
			return errno
		}
	}
}

// Datagram is one of those received, valid until the next are.
func (b *Batch) Datagram(i int) []byte { return b.datagrams[i][:b.messages[i].size] }

// From is its sender, without a zone; of an IPv4 one in the IPv4 form.
func (b *Batch) From(i int) netip.AddrPort {
	n := &b.names[i]
	port := binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&n.Port))[:]) // big endian everywhere
	if n.Family == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(n)).Addr), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(n.Addr).Unmap(), port)
}
