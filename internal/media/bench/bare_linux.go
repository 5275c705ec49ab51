package bench

import (
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"linekeeper/internal/media/rtp"
)

// bare is the least a relay can cost on this machine: connected sockets, one thread, one epoll, one read
// and one write for each packet, twelve bytes checked. It knows no strangers, no counters and no changes.
type bare struct {
	epoll   int
	sockets []int // the two of a call follow one another
	over    atomic.Bool
	done    sync.WaitGroup
}

// newBare opens the sockets; legs are told where they are, and to whom they belong, by attach.
func newBare() (*bare, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	return &bare{epoll: epoll}, err
}

// attach makes the next leg.
func (b *bare) attach(telephone netip.AddrPort) (at netip.AddrPort, err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return at, err
	}
	b.sockets = append(b.sockets, fd)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return at, err
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: telephone.Addr().As4(), Port: int(telephone.Port())}); err != nil {
		return at, err
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return at, err
	}
	v4 := name.(*unix.SockaddrInet4) // the family it was made with
	number := int32(len(b.sockets) - 1)
	err = unix.EpollCtl(b.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: number})
	return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), uint16(v4.Port)), err
}

// run relays on a thread of its own until close.
func (b *bare) run() {
	b.done.Go(func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		events := make([]unix.EpollEvent, 256)
		packet := make([]byte, 2048)
		for !b.over.Load() {
			n, err := unix.EpollWait(b.epoll, events, 100) // ms; then it looks whether it is over
			if err != nil {
				continue
			}
			for _, e := range events[:n] {
				size, err := unix.Read(b.sockets[e.Fd], packet)
				if err != nil || size < rtp.HeaderSize || packet[0]>>6 != 2 {
					continue
				}
				_, _ = unix.Write(b.sockets[e.Fd^1], packet[:size]) // lost if it cannot be sent
			}
		}
	})
}

func (b *bare) close() {
	b.over.Store(true)
	b.done.Wait()
	for _, fd := range b.sockets {
		_ = unix.Close(fd)
	}
	_ = unix.Close(b.epoll)
}
