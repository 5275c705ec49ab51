package plane

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"linekeeper/internal/kit/network"
)

func newPlane(t *testing.T, workers int) *Plane {
	t.Helper()
	p, err := New(Config{Workers: workers, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func open(t *testing.T, n network.Network, at string) network.UDPConn {
	t.Helper()
	c, err := n.ListenUDP(netip.MustParseAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not happen within 10 s", what)
		}
	}
}

// What is sent arrives, with its sender, on sockets of every family, one by one and in batches; answers
// go back.
func TestDatagramsComeAndGo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, at, from, to string }{
		{"IPv4", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1"},
		{"IPv6", "[::1]:0", "[::1]:0", "::1"},
		{"both, asked by IPv4", "[::]:0", "127.0.0.1:0", "127.0.0.1"},
		{"both, asked by IPv6", "[::]:0", "[::1]:0", "::1"},
	} {
		for _, many := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				n := newPlane(t, 1).Network(network.Machine{})
				ours, theirs := open(t, n, c.at), open(t, network.Machine{}, c.from)
				var heard atomic.Int64
				if !ours.(network.PushConn).Push(many, func(b []byte, from netip.AddrPort, at time.Time) {
					heard.Add(1)
					if since := time.Since(at); since < 0 || since > 10*time.Second {
						t.Errorf("arrived %v ago", since)
					}
					if from != network.AddrPort(theirs.LocalAddr()) {
						t.Errorf("came from %v, want %v", from, theirs.LocalAddr())
					}
					if _, err := ours.WriteToUDPAddrPort(append(b, '!'), from); err != nil {
						t.Error(err)
					}
				}) {
					t.Fatal("a socket of the machine cannot be pushed")
				}
				to := netip.AddrPortFrom(netip.MustParseAddr(c.to), network.AddrPort(ours.LocalAddr()).Port())
				const total = 200
				for range total {
					if _, err := theirs.WriteToUDPAddrPort([]byte("hello"), to); err != nil {
						t.Fatal(err)
					}
				}
				b := make([]byte, 100)
				_ = theirs.SetReadDeadline(time.Now().Add(10 * time.Second))
				for range total {
					size, from, err := theirs.ReadFromUDPAddrPort(b)
					if err != nil {
						t.Fatalf("after %d: %v", heard.Load(), err)
					}
					from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
					if string(b[:size]) != "hello!" || from != to {
						t.Fatalf("got %q from %v, want the echo of %v", b[:size], from, to)
					}
				}
			})
		}
	}
}

func TestALongDatagramIsCut(t *testing.T) {
	t.Parallel()
	n := newPlane(t, 1).Network(network.Machine{})
	ours, theirs := open(t, n, "127.0.0.1:0"), open(t, network.Machine{}, "127.0.0.1:0")
	got := make(chan int, 10)
	ours.(network.PushConn).Push(false, func(b []byte, _ netip.AddrPort, _ time.Time) { got <- len(b) })
	for _, size := range []int{5000, 0, 7} {
		if _, err := theirs.WriteTo(make([]byte, size), ours.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		if n := <-got; n != min(size, network.MaxDatagram) {
			t.Errorf("%d bytes arrived as %d", size, n)
		}
	}
}

// R3: a panic costs one datagram, never a worker, in a batch or alone.
func TestAPanicCostsOneDatagram(t *testing.T) {
	t.Parallel()
	for _, many := range []bool{false, true} {
		p := newPlane(t, 1)
		n := p.Network(network.Machine{})
		ours, theirs := open(t, n, "127.0.0.1:0"), open(t, network.Machine{}, "127.0.0.1:0")
		var heard atomic.Int64
		ours.(network.PushConn).Push(many, func(b []byte, _ netip.AddrPort, _ time.Time) {
			if b[0] == 'x' {
				panic("a mistake")
			}
			heard.Add(1)
		})
		for i := range 100 {
			b := []byte("fine")
			if i%10 == 3 {
				b = []byte("x")
			}
			if _, err := theirs.WriteTo(b, ours.LocalAddr()); err != nil {
				t.Fatal(err)
			}
		}
		until(t, "hearing 90 datagrams", func() bool { return heard.Load() == 90 })
		until(t, "rescuing 10 panics", func() bool { return p.Stats().Rescued == 10 })
	}
}

// Close waits for the datagram in work, and nothing comes after it. The descriptor may be somebody
// else's at once: nothing of ours goes there.
func TestCloseWaitsAndEnds(t *testing.T) {
	t.Parallel()
	p := newPlane(t, 2)
	n := p.Network(network.Machine{})
	theirs := open(t, network.Machine{}, "127.0.0.1:0")
	to := network.AddrPort(theirs.LocalAddr())
	var flood sync.WaitGroup
	for range 200 {
		ours := open(t, n, "127.0.0.1:0")
		at := network.AddrPort(ours.LocalAddr())
		var closed atomic.Bool
		entered := make(chan struct{}, 1)
		ours.(network.PushConn).Push(false, func([]byte, netip.AddrPort, time.Time) {
			select {
			case entered <- struct{}{}:
			default:
			}
			for range 100 {
				runtime.Gosched()
			}
			if closed.Load() {
				t.Error("a datagram came after Close")
			}
		})
		flood.Go(func() {
			for range 5 {
				_, _ = theirs.WriteToUDPAddrPort([]byte("hello"), at)
			}
		})
		flood.Go(func() {
			for !closed.Load() {
				if _, err := ours.WriteToUDPAddrPort([]byte("x"), to); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, unix.EAGAIN) {
					t.Error(err)
				}
			}
		})
		<-entered
		if err := ours.Close(); err != nil {
			t.Error(err)
		}
		closed.Store(true)
		if err := ours.Close(); err != nil {
			t.Errorf("closing twice: %v", err)
		}
		if _, err := ours.WriteToUDPAddrPort([]byte("x"), to); !errors.Is(err, net.ErrClosed) {
			t.Errorf("writing after Close: %v, want net.ErrClosed", err)
		}
		// The port is free again.
		again, err := n.ListenUDP(at)
		if err != nil {
			t.Errorf("the port of a closed socket: %v", err)
		} else {
			again.Close()
		}
	}
	flood.Wait()
	if s := p.Stats(); s.Sockets != 0 || s.Workers != 2 {
		t.Errorf("%+v, want 2 workers with no socket", s)
	}
}

// Sockets are shared out evenly, and one that joins another is served by the same worker from then on,
// without losing a datagram and never by two at once.
func TestJoin(t *testing.T) {
	t.Parallel()
	p := newPlane(t, 3)
	n := p.Network(network.Machine{})
	theirs := open(t, network.Machine{}, "127.0.0.1:0")
	var all [6]*conn
	var heard [6]atomic.Int64
	var busy [6]atomic.Bool
	for i := range all {
		all[i] = open(t, n, "127.0.0.1:0").(*conn)
		all[i].Push(false, func([]byte, netip.AddrPort, time.Time) {
			if busy[i].Swap(true) {
				t.Error("two workers serve one socket")
			}
			heard[i].Add(1)
			busy[i].Store(false)
		})
	}
	for _, w := range p.workers {
		p.mu.Lock()
		if w.sockets != 2 {
			t.Errorf("a worker has %d sockets, want 2", w.sockets)
		}
		p.mu.Unlock()
	}
	const each = 500
	var moving sync.WaitGroup
	moving.Go(func() {
		for i := range each {
			all[0].Join(all[1+i%5])
		}
	})
	for i := range each {
		for _, c := range all {
			if _, err := theirs.WriteTo([]byte("hello"), c.LocalAddr()); err != nil {
				t.Fatal(err)
			}
		}
		if i%50 == 0 {
			for j := range heard {
				until(t, "keeping up", func() bool { return heard[j].Load() == int64(i)+1 })
			}
		}
	}
	moving.Wait()
	for i := range all {
		until(t, "hearing everything", func() bool { return heard[i].Load() == each })
	}
	all[0].Join(all[4])
	p.mu.Lock()
	if all[0].pushed.Load().worker != all[4].pushed.Load().worker {
		t.Error("the sockets that joined have two workers")
	}
	p.mu.Unlock()
	// Whatever cannot join stays where it is.
	all[0].Join(theirs)
	all[0].Join(open(t, n, "127.0.0.1:0"))
	all[1].Close()
	all[0].Join(all[1])
	if p.Stats().Sockets != 5 {
		t.Errorf("%d sockets, want 5", p.Stats().Sockets)
	}
}

// Sockets that nobody pushed are ordinary ones; pushed ones cannot be read.
func TestReadOrPush(t *testing.T) {
	t.Parallel()
	p := newPlane(t, 1)
	n := p.Network(network.Machine{})
	a, b := open(t, n, "127.0.0.1:0"), open(t, n, "127.0.0.1:0")
	at := a.LocalAddr()
	if _, err := b.WriteTo([]byte("hello"), at); err != nil {
		t.Fatal(err)
	}
	room := make([]byte, 10)
	size, from, err := a.ReadFrom(room)
	if err != nil || string(room[:size]) != "hello" || from.String() != b.LocalAddr().String() {
		t.Errorf("read %q from %v, error %v", room[:size], from, err)
	}
	nothing := func([]byte, netip.AddrPort, time.Time) {}
	if !a.(network.PushConn).Push(false, nothing) || a.(network.PushConn).Push(false, nothing) {
		t.Error("a socket can be pushed once")
	}
	if _, _, err := a.ReadFrom(room); err == nil {
		t.Error("reading a pushed socket: want an error")
	}
	if a.LocalAddr().String() != at.String() {
		t.Errorf("pushed, its address is %v, before %v", a.LocalAddr(), at)
	}
	if _, err := a.WriteToUDPAddrPort([]byte("x"), netip.MustParseAddrPort("[::1]:9")); err == nil {
		t.Error("from IPv4 to IPv6: want an error")
	}
	b.Close()
	if b.(network.PushConn).Push(false, nothing) {
		t.Error("a closed socket was pushed")
	}
	m := network.NewMemory()
	if p.Network(m) != network.Network(m) || (*Plane)(nil).Network(network.Machine{}) != network.Network(network.Machine{}) {
		t.Error("a network in memory, and any without a plane, must stay what it is")
	}
	p.Close()
	c := open(t, n, "127.0.0.1:0")
	if c.(network.PushConn).Push(false, nothing) {
		t.Error("a closed plane takes a socket")
	}
	if _, err := c.WriteTo([]byte("x"), c.LocalAddr()); err != nil {
		t.Errorf("a socket the plane did not take: %v", err)
	}
}

func TestNoAllocation(t *testing.T) {
	p := newPlane(t, 1)
	n := p.Network(network.Machine{})
	ours, theirs := open(t, n, "127.0.0.1:0"), open(t, n, "127.0.0.1:0")
	to, back := network.AddrPort(ours.LocalAddr()), network.AddrPort(theirs.LocalAddr())
	var echoed sync.Mutex
	wake := make(chan struct{}, 1)
	ours.(network.PushConn).Push(false, func(b []byte, _ netip.AddrPort, _ time.Time) { _, _ = ours.WriteToUDPAddrPort(b, back) })
	theirs.(network.PushConn).Push(false, func(b []byte, _ netip.AddrPort, _ time.Time) {
		echoed.Lock()
		defer echoed.Unlock()
		if bytes.Equal(b, []byte("ping")) {
			wake <- struct{}{}
		}
	})
	ping := []byte("ping")
	if got := testing.AllocsPerRun(1000, func() {
		if _, err := theirs.WriteToUDPAddrPort(ping, to); err != nil {
			t.Fatal(err)
		}
		<-wake
	}); got != 0 {
		t.Errorf("%v allocations for a datagram there and back, want none", got)
	}
}
