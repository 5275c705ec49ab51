package plane

import (
	"errors"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"linekeeper/internal/kit/network"
)

const (
	// sweep is how many sockets one look at the epoll may bring.
	sweep = 256
	// sweeps is after how many looks that found something a worker sees whether it is over.
	sweeps = 64
	// clockEvery is after how many sockets a worker looks at the clock: some 0.1 ms.
	clockEvery = 8
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
	room   *network.Batch
	now    time.Time // some moments ago
}

func newWorker(p *Plane) (*worker, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	_ = unix.SetNonblock(epoll, true) // makes os.NewFile tell the poller; it cannot fail
	w := &worker{plane: p, epoll: epoll, file: os.NewFile(uintptr(epoll), "epoll"), room: network.NewBatch()}
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
		if i%clockEvery == 0 {
			w.now = time.Now()
		}
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
	if w.room.ReceiveOne(s.fd) != 0 {
		return // nothing there after all, or a passing shortage: the epoll will tell again
	}
	w.datagrams.Add(1)
	s.deliver(w.room.Datagram(0), w.room.From(0), w.now)
}

// serveMany hands over a batch; s.reading is held.
func (w *worker) serveMany(s *socket) {
	n, errno := w.room.Receive(s.fd)
	if errno != 0 {
		return
	}
	w.datagrams.Add(uint64(n))
	w.now = time.Now()
	for i := range n {
		w.deliver(s, i)
	}
}

// deliver contains the panic of one datagram of a batch.
func (w *worker) deliver(s *socket, i int) {
	defer w.rescue()
	s.deliver(w.room.Datagram(i), w.room.From(i), w.now)
}

func (w *worker) rescue() {
	if r := recover(); r != nil {
		w.plane.rescued.Add(1)
		w.plane.log.Error("rescued a panic of a media worker", "panic", r, "stack", string(debug.Stack()))
	}
}
