package sip

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"linekeeper/internal/kit/network"
)

// machineStack is a stack on the loopback interface of the machine, on free ports.
func machineStack(t testing.TB, handler HandlerFunc) *Stack {
	t.Helper()
	var machine network.Machine
	at := netip.MustParseAddrPort("127.0.0.1:0")
	udp, err := machine.ListenUDP(at)
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := machine.ListenTCP(at)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{UDP: udp, TCP: tcp, Network: machine}, handler)
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.Run(context.Background()); err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		running.Wait()
		if n := s.Counters().Panics; n != 0 {
			t.Errorf("%d panics contained", n)
		}
	})
	return s
}

// TestContactOfAnUnspecifiedSocket: peers are told the address that faces them, or the public host.
func TestContactOfAnUnspecifiedSocket(t *testing.T) {
	t.Parallel()
	for public, want := range map[string]string{"": "127.0.0.1", "sip.example.com": "sip.example.com"} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			var machine network.Machine
			udp, err := machine.ListenUDP(netip.MustParseAddrPort("0.0.0.0:0"))
			if err != nil {
				t.Fatal(err)
			}
			calls := make(chan *Call, 1)
			caller, err := New(Config{UDP: udp, Network: machine, PublicHost: public}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var running sync.WaitGroup
			running.Go(func() { _ = caller.Run(context.Background()) })
			defer running.Wait()
			defer caller.Close()
			callee := machineStack(t, func(ctx context.Context, c *Call) {
				calls <- c
				takeAndForget(ctx, c)
			})
			out, err := caller.Dial(context.Background(), DialRequest{Target: "sip:x@" + callee.UDPAddr().String(), From: "me", Offer: pcmuOnly})
			if err != nil {
				t.Fatal(err)
			}
			in := <-calls
			if got, want := in.Header("Contact"), "<sip:me@"+want+":"+strconv.Itoa(int(caller.UDPAddr().Port()))+">"; got != want {
				t.Errorf("contact: got %s, want %s", got, want)
			}
			if _, ok := <-out.Answered(); !ok {
				t.Errorf("not answered: %+v", out.End())
			}
			_ = out.Hangup(context.Background(), "")
			<-in.Done()
		})
	}
}

// freePort is a UDP and TCP port that was free a moment ago, and so were the three above it: SIPp
// takes a second media port two above the first, baresip a second SIP port. They cannot choose for
// themselves. It is below those that the kernel gives to whoever asks for any port, since a test
// beside this one may do so at any moment.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 10000 + 4*rand.IntN(5000)
		free := true
		for p := port; p < port+4 && free; p++ {
			c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: p})
			if err != nil {
				free = false
				continue
			}
			_ = c.Close()
			l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: p})
			if err != nil {
				free = false
				continue
			}
			_ = l.Close()
		}
		if free {
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// sipp starts SIPp, the independent peer of these tests; a machine without it fails them.
func sipp(ctx context.Context, t testing.TB, port int, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("sipp")
	if err != nil {
		t.Fatalf("sipp is needed: %v", err)
	}
	args = append([]string{"-i", "127.0.0.1", "-p", strconv.Itoa(port), "-mp", strconv.Itoa(freePort(t)), "-nostdin", "-nd", "-timeout", "60s", "-timeout_error"}, args...)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = t.TempDir()
	return cmd
}

func takeAndForget(ctx context.Context, c *Call) {
	_ = c.Ring()
	_ = c.Answer(ctx, pcmuOnly)
}

func TestSippCallsUs(t *testing.T) {
	t.Parallel()
	const calls = 200
	for _, transport := range []Transport{UDP, TCP} {
		t.Run(string(transport), func(t *testing.T) {
			t.Parallel()
			s := machineStack(t, takeAndForget)
			at, mode := s.UDPAddr(), "u1"
			if transport == TCP {
				at, mode = s.TCPAddr(), "t1"
			}
			cmd := sipp(context.Background(), t, freePort(t), "-sn", "uac", "-t", mode, "-m", strconv.Itoa(calls), "-r", "200", at.String())
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("sipp: %v\n%s", err, out)
			}
			waitFor(t, "the end of all calls", func() bool { return s.Counters().Calls == 0 }) // SIPp has left with the last 200
			if n := s.Counters(); n.CallsIn != calls || n.Malformed != 0 {
				t.Errorf("got %+v, want %d calls and none left", n, calls)
			}
		})
	}
}

func TestWeCallSipp(t *testing.T) {
	t.Parallel()
	const calls = 200
	s := machineStack(t, nil)
	port := freePort(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cmd := sipp(ctx, t, port, "-sn", "uas", "-t", "u1", "-m", strconv.Itoa(calls))
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitPort(t, port)
	var all sync.WaitGroup
	for range calls {
		all.Go(func() {
			c, err := s.Dial(ctx, DialRequest{Target: "sip:service@127.0.0.1:" + strconv.Itoa(port), From: "caller", Offer: pcmuOnly})
			if err != nil {
				t.Errorf("dial: %v", err)
				return
			}
			answer, ok := <-c.Answered()
			if !ok || answer.Session == nil {
				t.Errorf("not answered: %+v", c.End())
				return
			}
			if err := c.Hangup(ctx, ""); err != nil {
				t.Errorf("hangup: %v", err)
			}
		})
	}
	all.Wait()
	if err := cmd.Wait(); err != nil {
		t.Errorf("sipp: %v\n%s", err, output.String())
	}
}

// BenchmarkCallee measures calls per CPU-second as callee: SIPp calls at 1000 a second, and only
// the CPU time of this process counts. Run it with -benchtime 5000x.
func BenchmarkCallee(b *testing.B) {
	s := machineStack(b, takeAndForget)
	cmd := sipp(context.Background(), b, freePort(b), "-sn", "uac", "-m", strconv.Itoa(b.N), "-r", "1000", s.UDPAddr().String())
	before := cpu(b)
	b.ResetTimer()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("sipp: %v\n%s", err, out)
	}
	b.StopTimer()
	used := cpu(b) - before
	b.ReportMetric(float64(b.N)/used.Seconds(), "calls/CPU-s")
	b.ReportMetric(float64(used.Microseconds())/float64(b.N), "CPU-µs/call")
	if n := s.Counters(); int(n.CallsIn) != b.N {
		b.Errorf("%d calls, want %d", n.CallsIn, b.N)
	}
}

// cpu is the CPU time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
