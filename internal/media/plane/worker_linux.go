package plane

import (
	"errors"
	"os"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// sweep is how many sockets one look at the epoll may bring.
	sweep = 256
	// sweeps is after how many looks that found something a worker sees whether it is over.
	sweeps = 64
)

// worker is a goroutine with an epoll of its own. It waits for the epoll in Go's poller and not in a
// system call: a thread that blocks gives its processor away and has to get it back for every few
// datagrams, which costs more than moving them.
type worker struct {
	plane     *Plane
	epoll     int
	file      *os.File // the epoll as Go's poller knows it
	datagrams atomic.Uint64
	sockets   int // plane.mu guards it

	// The rest belongs to the goroutine.
	events [sweep]unix.EpollEvent
	room   *batch
}

func newWorker(p *Plane) (*worker, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	_ = unix.SetNonblock(epoll, true) // makes os.NewFile tell the poller; it cannot fail
	w := &worker{plane: p, epoll: epoll, file: os.NewFile(uintptr(epoll), "epoll"), room: newBatch()}
	if err := w.file.SetReadDeadline(time.Time{}); err != nil { // the poller does not know it
		return nil, errors.Join(err, w.file.Close())
	}
	return w, nil
}

func (w *worker) add(fd int) error {
	return unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (w *worker) remove(fd int) { _ = unix.EpollCtl(w.epoll, unix.EPOLL_CTL_DEL, fd, nil) }

// stop ends the worker; it does not wait. Nothing may be added or removed any more.
func (w *worker) stop() { _ = w.file.Close() }

// run is the goroutine; it ends when the epoll is closed.
func (w *worker) run() {
	raw, err := w.file.SyscallConn()
	for err == nil {
		err = raw.Read(func(uintptr) (done bool) {
			for range sweeps {
				if !w.sweep() {
					return false
				}
			}
			return true // to see whether it is over
		})
	}
}

// sweep serves the sockets that have something; false: none.
func (w *worker) sweep() bool {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(w.epoll), uintptr(unsafe.Pointer(&w.events[0])), sweep, 0, 0, 0)
	if errno != 0 {
		return errno == unix.EINTR
	}
	for i := range int(n) {
		w.serve(int(w.events[i].Fd))
	}
	return n > 0
}

// serve takes what one socket has: a datagram, or a batch if many send to it. More is left for the next
// sweep, so that one flooded socket does not hold up the others. A panic costs the datagram (R3).
func (w *worker) serve(fd int) {
	s := w.plane.find(fd)
	if s == nil {
		return // it was closed meanwhile
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	defer w.rescue()
	if s.closed {
		return
	}
	if s.many {
		w.serveMany(s)
		return
	}
	n, errno := w.room.receiveOne(s.fd)
	if errno != 0 {
		return // nothing there after all, or a passing shortage: the epoll will tell again
	}
	w.datagrams.Add(1)
	s.deliver(w.room.datagrams[0][:n], w.room.from(0), time.Now())
}

// serveMany hands over a batch; s.reading is held.
func (w *worker) serveMany(s *socket) {
	n, errno := w.room.receive(s.fd)
	if errno != 0 {
		return
	}
	w.datagrams.Add(uint64(n))
	now := time.Now()
	for i := range n {
		w.deliver(s, i, now)
	}
}

// deliver contains the panic of one datagram of a batch.
func (w *worker) deliver(s *socket, i int, now time.Time) {
	defer w.rescue()
	s.deliver(w.room.datagrams[i][:w.room.messages[i].size], w.room.from(i), now)
}

func (w *worker) rescue() {
	if r := recover(); r != nil {
		w.plane.rescued.Add(1)
		w.plane.log.Error("rescued a panic of a media worker", "panic", r, "stack", string(debug.Stack()))
	}
}

// batchSize is how many datagrams one system call may bring.
const batchSize = 64

// message is struct mmsghdr.
type message struct {
	header unix.Msghdr
	size   uint32
}

// batch is a worker's room for datagrams and their senders.
type batch struct {
	messages  [batchSize]message
	names     [batchSize]unix.RawSockaddrInet6 // large enough for IPv4 too
	vectors   [batchSize]unix.Iovec
	datagrams [batchSize][MaxDatagram]byte
}

func newBatch() *batch {
	b := &batch{}
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

// receiveOne takes one datagram. It never waits.
func (b *batch) receiveOne(fd int) (int, syscall.Errno) {
	size := uint32(unsafe.Sizeof(b.names[0]))
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b.datagrams[0])), MaxDatagram,
		unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&b.names[0])), uintptr(unsafe.Pointer(&size)))
	return int(n), errno
}

// receive takes what the socket has, at most a batch. It never waits.
func (b *batch) receive(fd int) (int, syscall.Errno) {
	for i := range b.messages {
		b.messages[i].header.Namelen = uint32(unsafe.Sizeof(b.names[i]))
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.messages[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}
