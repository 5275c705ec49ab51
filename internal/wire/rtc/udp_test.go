package rtc

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"time"
)

// Batches from a real socket of both families bring every datagram with its sender, and what is sent
// back to that sender arrives.
func TestBatches(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"127.0.0.1", "::1", "::"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(at)})
			if err != nil {
				t.Logf("this machine has no such address: %v", err)
				return
			}
			var senders []*net.UDPConn
			for _, from := range []string{"127.0.0.1", "::1"} {
				if at != "::" && at != from {
					continue
				}
				s, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), conn.LocalAddr().(*net.UDPAddr).AddrPort().Port())))
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				senders = append(senders, s)
			}
			const n = 69 // two senders fill more than two batches, and no socket buffer
			for i := range n {
				for _, s := range senders {
					if _, err := fmt.Fprintf(s, "%d", i); err != nil {
						t.Fatal(err)
					}
				}
			}
			seen := map[string]int{}
			done, read := make(chan struct{}), make(chan error, 1)
			go func() {
				read <- readAll(conn, func(b []byte, from netip.AddrPort, _ time.Time) {
					from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
					if want := fmt.Sprint(seen[from.String()]); string(b) != want {
						t.Errorf("from %v: got %q, want %q", from, b, want)
					}
					if seen[from.String()]++; seen[from.String()] == n {
						if _, err := conn.WriteToUDPAddrPort([]byte("back"), from); err != nil {
							t.Errorf("back to %v: %v", from, err)
						}
						if len(seen) == len(senders) && len(seen)*n == total(seen) {
							close(done)
						}
					}
				})
			}()
			late := time.NewTimer(10 * time.Second)
			defer late.Stop()
			select {
			case <-done:
			case <-late.C:
				_ = conn.Close()
				<-read
				t.Fatalf("of %d datagrams each came %v", n, seen)
			}
			for _, s := range senders {
				_ = s.SetReadDeadline(time.Now().Add(10 * time.Second))
				b := make([]byte, 10)
				if k, err := s.Read(b); err != nil || string(b[:k]) != "back" {
					t.Errorf("%v got back %q, %v", s.LocalAddr(), b[:k], err)
				}
				if seen[s.LocalAddr().String()] != n {
					t.Errorf("%v is not among the senders %v", s.LocalAddr(), seen)
				}
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
			if err := <-read; err == nil {
				t.Error("reading a closed socket ended without an error")
			}
		})
	}
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// Without public addresses a socket bound to all announces the machine's, both families if it has both.
func TestCandidates(t *testing.T) {
	t.Parallel()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{UDP: conn, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	udp, tcp, err := e.candidates()
	if err != nil || len(tcp) != 0 {
		t.Errorf("got %v, %v, want no TCP", tcp, err)
	}
	loopback := false
	for _, a := range udp {
		loopback = loopback || a.Addr().IsLoopback()
		if a.Port() != e.Addr().Port() || !a.Addr().Is4() {
			t.Errorf("candidate %v of a socket for IPv4 at %v", a, e.Addr())
		}
	}
	if !loopback {
		t.Errorf("127.0.0.1 is not among %v", udp)
	}
}
