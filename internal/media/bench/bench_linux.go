package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/plane"
	"linekeeper/internal/wire/rtc"
	"linekeeper/internal/wire/srtp"
)

// Config says what to measure.
type Config struct {
	Calls int
	// Record writes a stereo file per call to this folder; empty: no recording.
	Record string
	// Listen adds what the product listens for in every call: levels and speech of both sides, silence of the
	// agent's microphone.
	Listen bool
	// Browsers makes the second leg of every call a browser (a pion client) instead of a telephone.
	Browsers bool
	// Sealed protects the sound of telephones by SRTP (AES-CM, 80 bits of tag), as SDES agrees on it.
	Sealed bool
	// Goroutines serves telephones with a goroutine each instead of the workers of media/plane; Workers
	// is how many of those, 0 one per processor.
	Goroutines bool
	// Bare relays between telephones with the least of system calls and nothing else: what the machine
	// itself costs, for comparison.
	Bare     bool
	Workers  int
	Warm     time.Duration // before the measurement; 0 means 3 s
	Duration time.Duration // of the measurement; 0 means 10 s
}

// Result is what was measured.
type Result struct {
	Calls       int
	CPU         time.Duration // user and system time of this process
	Wall        time.Duration
	PerThousand float64 // CPU-seconds per 1000 call-seconds
	Sent        uint64  // packets, by the other ends, in both directions
	Received    uint64
	P50, P99    time.Duration // delay from telephone to telephone
	// PerCall is the memory of the heap and of stacks a call keeps, in bytes, and Goroutines their number.
	PerCall, Goroutines float64
}

// Lost is the share of packets that did not arrive.
func (r Result) Lost() float64 {
	if r.Sent == 0 {
		return 0
	}
	return max(0, 1-float64(r.Received)/float64(r.Sent))
}

// String is the result in one line.
func (r Result) String() string {
	return fmt.Sprintf("%d calls: %.2f CPU-s per 1000 call-s, lost %.3f %%, delay p50 %v p99 %v, %.0f kB and %.1f goroutines each",
		r.Calls, r.PerThousand, 100*r.Lost(), r.P50, r.P99, r.PerCall/1000, r.Goroutines)
}

// childEnv marks the process of the other ends; its value is the number of browsers.
const childEnv = "LINEKEEPER_BENCH_CHILD"

// hello, start and report are what the two processes tell each other, one JSON value each.
type hello struct {
	Port   uint16   // where the telephones are
	Offers []string // one per browser
}

type start struct {
	Legs     []netip.AddrPort // one per telephone
	Answers  []string
	Key      *srtp.Key // of all telephones, both ways; nil: plain RTP
	Warm     time.Duration
	Duration time.Duration
}

type report struct {
	Sent, Received uint64
	P50, P99       time.Duration
}

// Child turns this process into the other ends if Run started it for that, and then does not return.
// A program that calls Run calls it first in main; tests in TestMain.
func Child() {
	n, ok := os.LookupEnv(childEnv)
	if !ok {
		return
	}
	browsers, err := strconv.Atoi(n)
	if err == nil {
		err = play(browsers, os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench child:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Run measures once.
func Run(ctx context.Context, c Config) (Result, error) {
	if c.Warm == 0 {
		c.Warm = 3 * time.Second
	}
	if c.Duration == 0 {
		c.Duration = 10 * time.Second
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	browsers := 0
	if c.Browsers {
		browsers = c.Calls
	}
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+strconv.Itoa(browsers))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return Result{}, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return Result{}, err
	}
	if err := cmd.Start(); err != nil {
		return Result{}, err
	}
	r, err := measure(ctx, c, json.NewEncoder(stdin), json.NewDecoder(stdout))
	if err != nil {
		cancel()
	}
	return r, errors.Join(err, stdin.Close(), cmd.Wait())
}

// measure opens the legs, tells the child and measures.
func measure(ctx context.Context, c Config, out *json.Encoder, in *json.Decoder) (Result, error) {
	var h hello
	if err := in.Decode(&h); err != nil {
		return Result{}, fmt.Errorf("the child does not start: %w", err)
	}
	p := &plant{}
	defer p.close()
	memory, goroutines := footprint()
	s, err := p.open(ctx, c, h)
	if err != nil {
		return Result{}, err
	}
	if err := out.Encode(s); err != nil {
		return Result{}, err
	}
	if err := wait(ctx, c.Warm); err != nil {
		return Result{}, err
	}
	r := Result{Calls: c.Calls}
	more, started := footprint()
	r.PerCall, r.Goroutines = (more-memory)/float64(c.Calls), (started-goroutines)/float64(c.Calls)
	from, began := cpu(), time.Now()
	if err := wait(ctx, c.Duration); err != nil {
		return Result{}, err
	}
	r.CPU, r.Wall = cpu()-from, time.Since(began)
	r.PerThousand = r.CPU.Seconds() * 1000 / (r.Wall.Seconds() * float64(c.Calls))
	var got report
	if err := in.Decode(&got); err != nil && !errors.Is(err, io.EOF) {
		return Result{}, fmt.Errorf("the child does not report: %w", err)
	}
	r.Sent, r.Received, r.P50, r.P99 = got.Sent, got.Received, got.P50, got.P99
	return r, nil
}

// engine ends browsers' connections.
type engine interface {
	open(ctx context.Context, offer string) (endpoint, error)
	Close() error
}

// endpoint is a browser's media.
type endpoint interface {
	media.Transport
	Answer() string
	Events() uint8
}

type ours struct{ *rtc.Engine }

func (e ours) open(ctx context.Context, offer string) (endpoint, error) {
	return e.Open(ctx, offer, media.PCMU())
}

// newEngine makes an engine on a socket.
func newEngine(udp net.PacketConn) (engine, error) {
	e, err := rtc.New(rtc.Config{UDP: udp})
	return ours{e}, err
}

// plant is the media plane being measured.
type plant struct {
	plane     *plane.Plane // nil: goroutines
	engine    engine       // nil: telephones only
	bare      *bare
	legs      []*media.Leg
	recorders []*media.Recorder
	writer    media.Writer
}

func (p *plant) close() {
	for _, r := range p.recorders {
		_, _ = r.Close()
	}
	for _, l := range p.legs {
		l.Close()
	}
	if p.engine != nil {
		_ = p.engine.Close()
	}
	if p.bare != nil {
		p.bare.close()
	}
	if p.plane != nil {
		p.plane.Close()
	}
}

// open makes all calls.
func (p *plant) open(ctx context.Context, c Config, h hello) (start, error) {
	s := start{Warm: c.Warm, Duration: c.Duration}
	if c.Bare {
		err := p.openBare(&s, c.Calls, h.Port)
		return s, err
	}
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if !c.Goroutines {
		var err error
		if p.plane, err = plane.New(plane.Config{Workers: c.Workers}); err != nil {
			return s, err
		}
	}
	ports, err := media.NewPorts(p.plane.Network(network.Machine{}), loopback, 0, 0)
	if err != nil {
		return s, err
	}
	if c.Browsers {
		udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return s, err
		}
		_ = udp.SetReadBuffer(4 << 20)
		if p.engine, err = newEngine(udp); err != nil {
			p.engine = nil
			return s, err
		}
	}
	disk := media.NewDisk(0)
	if c.Sealed {
		k, err := srtp.NewKey("AES_CM_128_HMAC_SHA1_80")
		if err != nil {
			return s, err
		}
		s.Key = &k
	}
	telephone := func() (*media.Leg, error) {
		conn, err := ports.Listen()
		if err != nil {
			return nil, err
		}
		t := media.NewUDP(conn, media.UDPConfig{Remote: telephoneAddr(len(s.Legs), h.Port)})
		s.Legs = append(s.Legs, t.LocalAddr())
		if s.Key != nil {
			g := srtp.NewGuard(nil)
			if err := g.Use(*s.Key, *s.Key); err != nil {
				return nil, err
			}
			t.Protect(g)
		}
		l := media.NewLeg(media.LegConfig{Transport: t, Codec: media.PCMU(), Events: 101})
		p.legs = append(p.legs, l)
		return l, nil
	}
	for i := range c.Calls {
		a, err := telephone()
		if err != nil {
			return s, err
		}
		var b *media.Leg
		if c.Browsers {
			e, err := p.engine.open(ctx, h.Offers[i])
			if err != nil {
				return s, err
			}
			s.Answers = append(s.Answers, e.Answer())
			b = media.NewLeg(media.LegConfig{Transport: e, Codec: media.PCMU(), Events: e.Events()})
			p.legs = append(p.legs, b)
		} else if b, err = telephone(); err != nil {
			return s, err
		}
		if err := media.Bridge(a, b); err != nil {
			return s, err
		}
		if c.Listen {
			a.AddTap(media.NewLevels(time.Now()))
			b.AddTapOn(media.Heard, media.NewHush(time.Minute, func(bool) {}))
		}
		if c.Record != "" {
			r, err := media.NewRecorder(media.RecorderConfig{FS: disk, Path: filepath.Join(c.Record, strconv.Itoa(i)+".wav"), Codec: media.PCMU(), Writer: &p.writer})
			if err != nil {
				return s, err
			}
			r.Record(a)
			p.recorders = append(p.recorders, r)
		}
	}
	return s, nil
}

// openBare makes all calls of a bare relay.
func (p *plant) openBare(s *start, calls int, port uint16) (err error) {
	if p.bare, err = newBare(); err != nil {
		return err
	}
	for i := range 2 * calls {
		at, err := p.bare.attach(telephoneAddr(i, port))
		if err != nil {
			return err
		}
		s.Legs = append(s.Legs, at)
	}
	p.bare.run()
	return nil
}

// telephoneAddr is the address of the telephone with that number: its own IP, a common port.
func telephoneAddr(i int, port uint16) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 10, byte(i >> 8), byte(i)}), port)
}

// cpu is the processor time this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it has no other reason than a wrong argument
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// footprint is what this process holds: bytes of heap and stacks, and goroutines.
func footprint() (bytes, goroutines float64) {
	runtime.GC()
	runtime.GC() // pools give up what they hold at the second only
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc + m.StackInuse), float64(runtime.NumGoroutine())
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
