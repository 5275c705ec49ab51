package rtc

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"linekeeper/internal/kit/network"
)

// batchSize is how many datagrams one system call may bring.
const batchSize = 64

// message is struct mmsghdr.
type message struct {
	header unix.Msghdr
	size   uint32
}

// batch is room for datagrams and their senders.
type batch struct {
	messages [batchSize]message
	names    [batchSize]unix.RawSockaddrInet6 // large enough for IPv4 too
	vectors  [batchSize]unix.Iovec
	room     [batchSize][readSize]byte
}

func newBatch() *batch {
	b := &batch{}
	for i := range b.messages {
		b.vectors[i].Base = &b.room[i][0]
		b.vectors[i].SetLen(readSize)
		h := &b.messages[i].header
		h.Name = (*byte)(unsafe.Pointer(&b.names[i]))
		h.Iov = &b.vectors[i]
		h.SetIovlen(1)
	}
	return b
}

// receive takes what the socket has, at most a batch. It never waits.
func (b *batch) receive(fd uintptr) (int, syscall.Errno) {
	for i := range b.messages {
		b.messages[i].header.Namelen = uint32(unsafe.Sizeof(b.names[i]))
	}
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&b.messages[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

// from is the sender of a datagram.
func (b *batch) from(i int) netip.AddrPort {
	n := &b.names[i]
	port := binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&n.Port))[:])
	if n.Family == unix.AF_INET {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(n))
		return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(n.Addr), port)
}

// readAll reads in batches where conn is a socket of the system. It waits in Go's poller, which tells
// of every arrival after a batch that was not full, so a socket that was emptied is not asked again.
func readAll(conn network.UDPConn, to deliver) error {
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		return readEach(conn, to)
	}
	raw, err := udp.SyscallConn()
	if err != nil {
		return err
	}
	b := newBatch()
	var failed syscall.Errno
	err = raw.Read(func(fd uintptr) (done bool) {
		for {
			n, errno := b.receive(fd)
			if errno == unix.EAGAIN {
				return false
			}
			if errno != 0 {
				failed = errno
				return true
			}
			now := time.Now()
			for i := range n {
				to(b.room[i][:b.messages[i].size], b.from(i), now)
			}
			if n < batchSize {
				return false
			}
		}
	})
	if failed != 0 && !errors.Is(err, net.ErrClosed) {
		return failed
	}
	return err
}
