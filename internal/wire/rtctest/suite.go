package rtctest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/media"
	"linekeeper/internal/media/tone"
)

// Endpoint is one browser's media under test. States are told by name.
type Endpoint interface {
	media.Transport
	Answer() string
	Events() uint8
	State() string
	OnState(f func(state string))
	RoundTrip() time.Duration
}

// Engine is the implementation under test.
type Engine interface {
	Open(ctx context.Context, offer string, want media.Codec) (Endpoint, error)
	Addr() netip.AddrPort
	Close() error
}

// Config is what New gets; the fields mean what they mean in wire/rtc.
type Config struct {
	UDP       net.PacketConn
	TCP       net.Listener
	PublicIPs []netip.Addr
	Log       *slog.Logger
}

// New makes an engine.
type New func(Config) (Engine, error)

// The names of states, and the payload type of telephone-event.
const (
	connecting = "connecting"
	connected  = "connected"
	gone       = "gone"
	events     = 101
)

// quiet is a log for tests that provoke errors.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// Run runs the tests that need no real browser.
func Run(t *testing.T, newEngine New) {
	for name, f := range map[string]func(*testing.T, New){
		"browser and leg hear each other":   hearEachOther,
		"browser on TCP":                    onTCP,
		"browser that goes away is noticed": goesAway,
		"public address is announced alone": announced,
		"broken offers are refused":         refused,
		"open after close is refused":       afterClose,
	} {
		t.Run(name, func(t *testing.T) { f(t, newEngine) })
	}
}

// engine makes an engine on loopback; it is closed with the test.
func engine(t *testing.T, newEngine New, tcp bool) Engine {
	t.Helper()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	c := Config{UDP: udp, Log: quiet()}
	if tcp {
		if c.TCP, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	e, err := newEngine(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("closing the engine: %v", err)
		}
	})
	return e
}

func hearEachOther(t *testing.T, newEngine New) {
	hear(t, newEngine, false)
}

// onTCP lets the browser have TCP candidates only.
func onTCP(t *testing.T, newEngine New) {
	hear(t, newEngine, true)
}

func hear(t *testing.T, newEngine New, tcp bool) {
	for _, c := range []media.Codec{media.PCMU(), media.PCMA()} {
		t.Run(c.Name, func(t *testing.T) {
			e := engine(t, newEngine, tcp)
			b := newBrowser(t, c, true)
			p, err := e.Open(context.Background(), b.offer(), c)
			if err != nil {
				t.Fatal(err)
			}
			states := make(chan string, 16)
			p.OnState(func(s string) { states <- s })
			if got := <-states; got != connecting {
				t.Errorf("state at first: got %v, want connecting", got)
			}
			if p.Events() != events {
				t.Errorf("telephone-event type: got %d, want %d", p.Events(), events)
			}
			answer := p.Answer()
			if tcp {
				answer = withoutUDP(answer)
			}
			b.accept(answer)
			if got := <-states; got != connected {
				t.Fatalf("state: got %v, want connected", got)
			}
			stop := b.speak(c, 700)
			digits := make(chan byte, 8)
			leg := media.NewLeg(media.LegConfig{Transport: p, Codec: c, Events: p.Events(), OnDigit: func(d media.Digit) { digits <- d.Key }})
			heard := &collector{codec: c}
			defer leg.AddTap(heard)()
			leg.Play(media.NewClipPCM(tone.Sine(440, 0.5, time.Second)).Loop(), nil)
			until(t, "a second of sound both ways", func() bool { return len(b.packets()) >= 50 && len(heard.sound()) >= 8000 })
			if got := tone.Share(heard.sound(), 700); got < 0.9 {
				t.Errorf("we hear a share of %.2f at 700 Hz, want nearly 1", got)
			}
			var sound []int16
			for i, q := range b.packets() {
				sound = append(sound, decode(c, q.Payload)...)
				if q.PayloadType != c.PayloadType {
					t.Fatalf("packet %d has payload type %d", i, q.PayloadType)
				}
			}
			if got := tone.Share(sound, 440); got < 0.9 {
				t.Errorf("the browser hears a share of %.2f at 440 Hz, want nearly 1", got)
			}
			// A key from us must arrive with the browser's own number for telephone-event.
			if err := leg.SendDigits("5"); err != nil {
				t.Fatal(err)
			}
			until(t, "telephone events at the browser", func() bool {
				for _, q := range b.packets() {
					if q.PayloadType == 110 && len(q.Payload) == 4 && q.Payload[0] == 5 && q.Payload[1]&0x80 != 0 {
						return true
					}
				}
				return false
			})
			if !tcp && c.Name == "PCMU" {
				until(t, "a round-trip time from reports", func() bool { return p.RoundTrip() > 0 })
			}
			stop()
			leg.Close()
			if got := p.State(); got != gone {
				t.Errorf("state after Close: got %v, want gone", got)
			}
			if s := p.Strays(); s.Total() != 0 {
				t.Errorf("strays: %+v", s)
			}
		})
	}
}

func goesAway(t *testing.T, newEngine New) {
	e := engine(t, newEngine, false)
	b := newBrowser(t, media.PCMU(), false)
	p, err := e.Open(context.Background(), b.offer(), media.PCMU())
	if err != nil {
		t.Fatal(err)
	}
	if p.Events() != 0 {
		t.Errorf("the browser offered no telephone-event, got type %d", p.Events())
	}
	b.accept(p.Answer())
	until(t, "connected on both sides", func() bool {
		return p.State() == connected && b.connected()
	})
	if err := b.pc.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "gone", func() bool { return p.State() == gone })
	read := make(chan error, 1)
	go func() {
		_, err := p.Read(make([]byte, media.MaxPacket))
		read <- err
	}()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := <-read; err == nil {
		t.Error("Read after Close gave a packet")
	}
	if err := p.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func announced(t *testing.T, newEngine New) {
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEngine(Config{UDP: udp, TCP: tcp, PublicIPs: []netip.Addr{netip.MustParseAddr("203.0.113.7")}, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	b := newBrowser(t, media.PCMU(), true)
	p, err := e.Open(context.Background(), b.offer(), media.PCMU())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range strings.Split(p.Answer(), "\r\n") {
		if strings.HasPrefix(line, "a=candidate:") {
			f := strings.Fields(line)
			got = append(got, f[2]+" "+f[4]+" "+f[5])
		}
	}
	want := map[string]bool{
		fmt.Sprintf("udp 203.0.113.7 %d", e.Addr().Port()):                true,
		fmt.Sprintf("tcp 203.0.113.7 %d", tcp.Addr().(*net.TCPAddr).Port): true,
	}
	seen := map[string]bool{}
	for _, c := range got {
		if !want[c] {
			t.Errorf("unwanted candidate %s", c)
		}
		seen[c] = true
	}
	if len(seen) != len(want) {
		t.Errorf("candidates: got %v, want %v", got, want)
	}
	if !strings.Contains(p.Answer(), "a=ice-lite") {
		t.Errorf("the answer is not ICE-lite:\n%s", p.Answer())
	}
}

func refused(t *testing.T, newEngine New) {
	e := engine(t, newEngine, false)
	good := newBrowser(t, media.PCMU(), true).offer()
	for name, offer := range map[string]string{
		"empty":           "",
		"no SDP":          "GET / HTTP/1.1\r\n\r\n",
		"too long":        strings.Repeat("v", 100000),
		"wrong codec":     newBrowser(t, media.PCMA(), true).offer(),
		"two streams":     good + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\n",
		"no fingerprint":  without(good, "a=fingerprint"),
		"no ICE password": without(good, "a=ice-pwd"),
		"no ICE user":     without(good, "a=ice-ufrag"),
		"no media id":     without(good, "a=mid"),
		"cut in half":     good[:len(good)/2],
		"no media":        good[:strings.Index(good, "m=")],
	} {
		p, err := e.Open(context.Background(), offer, media.PCMU())
		if err == nil {
			t.Errorf("%s: was accepted", name)
			p.Close()
			continue
		}
		t.Logf("%s: %v", name, err)
	}
	if _, err := e.Open(context.Background(), good, media.Codec{Name: "opus", PayloadType: 111, ClockRate: 48000}); err == nil {
		t.Error("opus: was accepted")
	}
}

func without(sdp, prefix string) string {
	var keep []string
	for _, line := range strings.Split(sdp, "\r\n") {
		if !strings.HasPrefix(line, prefix) {
			keep = append(keep, line)
		}
	}
	return strings.Join(keep, "\r\n")
}

func afterClose(t *testing.T, newEngine New) {
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEngine(Config{UDP: udp, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, media.PCMU(), true)
	offer := b.offer()
	p, err := e.Open(context.Background(), offer, media.PCMU())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if p.State() != gone {
		t.Errorf("state after the engine closed: %v", p.State())
	}
	if _, err := e.Open(context.Background(), offer, media.PCMU()); err == nil {
		t.Error("a closed engine opened an endpoint")
	}
}
