package rtc

import (
	"errors"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"linekeeper/internal/kit/network"
)

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
	b := network.NewBatch()
	var failed syscall.Errno
	err = raw.Read(func(fd uintptr) (done bool) {
		for {
			n, errno := b.Receive(int(fd))
			if errno == unix.EAGAIN {
				return false
			}
			if errno != 0 {
				failed = errno
				return true
			}
			now := time.Now()
			for i := range n {
				to(b.Datagram(i), b.From(i), now)
			}
			if n < network.BatchSize {
				return false
			}
		}
	})
	if failed != 0 && !errors.Is(err, net.ErrClosed) {
		return failed
	}
	return err
}
