package plane

import (
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sweep is how many sockets one look at the epoll may bring.
const sweep = 256

// worker is one thread with its epoll.
type worker struct {
	plane     *Plane
	epoll     int
	wake      int // an eventfd: the worker is to look whether it is over
	over      atomic.Bool
	datagrams atomic.Uint64
	sockets   int // plane.mu guards it

	// The rest belongs to the thread.
	events [sweep]unix.EpollEvent
	room   *batch
}

func newWorker(p *Plane) (*worker, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	w := &worker{plane: p, epoll: epoll, room: newBatch()}
	if w.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		_ = unix.Close(epoll)
		return nil, err
	}
	if err := w.add(w.wake); err != nil {
		w.release()
		return nil, err
	}
	return w, nil
}

func (w *worker) add(fd int) error {
	return unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (w *worker) remove(fd int) { _ = unix.EpollCtl(w.epoll, unix.EPOLL_CTL_DEL, fd, nil) }

// stop lets the thread end; it does not wait.
func (w *worker) stop() {
	w.over.Store(true)
	_, _ = unix.Write(w.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // cannot fail: the counter is far from full
}

// release gives the descriptors back, after the thread has ended.
func (w *worker) release() {
	_ = unix.Close(w.epoll)
	_ = unix.Close(w.wake)
}

// run is the thread.
func (w *worker) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for !w.over.Load() {
		n, err := unix.EpollWait(w.epoll, w.events[:], -1)
		if err != nil {
			continue // EINTR; it has no other reason
		}
		for i := range n {
			w.serve(int(w.events[i].Fd))
		}
	}
}

// serve takes what one socket has: a datagram, or a batch if many send to it. More is left for the next
// sweep, so that one flooded socket does not hold up the others. A panic costs the datagram (R3).
func (w *worker) serve(fd int) {
	s := w.plane.find(fd)
	if s == nil {
		return // the eventfd, or a socket that was closed meanwhile
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
