package webrtc_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	pionrtp "github.com/pion/rtp"
	pion "github.com/pion/webrtc/v4"
	"go.uber.org/goleak"

	"linekeeper/internal/media"
	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/wire/webrtc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quiet is a log for tests that provoke errors.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// engine makes an engine on loopback; it is closed with the test.
func engine(t *testing.T, tcp bool) *webrtc.Engine {
	t.Helper()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	c := webrtc.Config{UDP: udp, Log: quiet()}
	if tcp {
		if c.TCP, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	e, err := webrtc.New(c)
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

// browser is a pion client in a browser's place.
type browser struct {
	t     *testing.T
	pc    *pion.PeerConnection
	track *pion.TrackLocalStaticRTP

	mu  sync.Mutex
	got []pionrtp.Packet
}

func newBrowser(t *testing.T, codec media.Codec, events bool) *browser {
	t.Helper()
	m := &pion.MediaEngine{}
	audio := pion.RTPCodecCapability{MimeType: "audio/" + codec.Name, ClockRate: 8000}
	list := []pion.RTPCodecParameters{{RTPCodecCapability: audio, PayloadType: pion.PayloadType(codec.PayloadType)}}
	if events {
		list = append(list, pion.RTPCodecParameters{RTPCodecCapability: pion.RTPCodecCapability{MimeType: "audio/telephone-event", ClockRate: 8000}, PayloadType: 110})
	}
	for _, c := range list {
		if err := m.RegisterCodec(c, pion.RTPCodecTypeAudio); err != nil {
			t.Fatal(err)
		}
	}
	var s pion.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	pc, err := pion.NewAPI(pion.WithMediaEngine(m), pion.WithSettingEngine(s)).NewPeerConnection(pion.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, pc: pc}
	if b.track, err = pion.NewTrackLocalStaticRTP(audio, "mic", "browser"); err != nil {
		t.Fatal(err)
	}
	if _, err := pc.AddTrack(b.track); err != nil {
		t.Fatal(err)
	}
	pc.OnTrack(func(tr *pion.TrackRemote, _ *pion.RTPReceiver) {
		for {
			p, _, err := tr.ReadRTP()
			if err != nil {
				return
			}
			b.mu.Lock()
			b.got = append(b.got, *p)
			b.mu.Unlock()
		}
	})
	t.Cleanup(func() { _ = pc.GracefulClose() })
	return b
}

// offer is the browser's description with all candidates.
func (b *browser) offer() string {
	b.t.Helper()
	o, err := b.pc.CreateOffer(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	done := pion.GatheringCompletePromise(b.pc)
	if err := b.pc.SetLocalDescription(o); err != nil {
		b.t.Fatal(err)
	}
	<-done
	return b.pc.LocalDescription().SDP
}

func (b *browser) accept(answer string) {
	b.t.Helper()
	if err := b.pc.SetRemoteDescription(pion.SessionDescription{Type: pion.SDPTypeAnswer, SDP: answer}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) packets() []pionrtp.Packet {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]pionrtp.Packet(nil), b.got...)
}

// sine is a second of tone as payload.
func sine(c media.Codec, hz float64) []byte {
	s := tone.Sine(hz, 0.5, time.Second)
	b := make([]byte, len(s))
	for i, v := range s {
		if c.Name == "PCMA" {
			b[i] = g711.EncodeAlaw(v)
		} else {
			b[i] = g711.EncodeMulaw(v)
		}
	}
	return b
}

func decode(c media.Codec, payload []byte) []int16 {
	s := make([]int16, len(payload))
	for i, v := range payload {
		if c.Name == "PCMA" {
			s[i] = g711.DecodeAlaw(v)
		} else {
			s[i] = g711.DecodeMulaw(v)
		}
	}
	return s
}

// until waits for a condition that the network brings about, at most ten seconds.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case <-deadline.C:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// speak sends a tone in real time until stopped, as a microphone does.
func (b *browser) speak(c media.Codec, hz float64) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		sound := sine(c, hz)
		tick := time.NewTicker(media.FrameTime)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-quit:
				return
			case <-tick.C:
			}
			at := i % 50 * 160
			_ = b.track.WriteRTP(&pionrtp.Packet{
				Header:  pionrtp.Header{Version: 2, PayloadType: c.PayloadType, SequenceNumber: uint16(i), Timestamp: uint32(i * 160), SSRC: 1},
				Payload: sound[at : at+160],
			})
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}

func TestBrowserAndLegHearEachOther(t *testing.T) {
	for _, c := range []media.Codec{media.PCMU(), media.PCMA()} {
		t.Run(c.Name, func(t *testing.T) {
			e := engine(t, false)
			b := newBrowser(t, c, true)
			p, err := e.Open(context.Background(), b.offer(), c)
			if err != nil {
				t.Fatal(err)
			}
			states := make(chan webrtc.State, 16)
			p.OnState(func(s webrtc.State) { states <- s })
			if got := <-states; got != webrtc.Connecting {
				t.Errorf("state at first: got %v, want connecting", got)
			}
			if p.Events() != webrtc.Events {
				t.Errorf("telephone-event type: got %d, want %d", p.Events(), webrtc.Events)
			}
			b.accept(p.Answer())
			if got := <-states; got != webrtc.Connected {
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
			stop()
			leg.Close()
			if got := p.State(); got != webrtc.Gone {
				t.Errorf("state after Close: got %v, want gone", got)
			}
			if s := p.Strays(); s.Total() != 0 {
				t.Errorf("strays: %+v", s)
			}
		})
	}
}

// collector is a tap that keeps what the party says.
type collector struct {
	codec media.Codec
	mu    sync.Mutex
	all   []int16
}

func (c *collector) Packet(d media.Direction, p *media.Packet) {
	if d != media.Heard {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, decode(c.codec, p.Payload)...)
}

func (c *collector) sound() []int16 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]int16(nil), c.all...)
}

func TestBrowserThatGoesAwayIsNoticed(t *testing.T) {
	e := engine(t, false)
	b := newBrowser(t, media.PCMU(), false)
	p, err := e.Open(context.Background(), b.offer(), media.PCMU())
	if err != nil {
		t.Fatal(err)
	}
	if p.Events() != 0 {
		t.Errorf("the browser offered no telephone-event, got type %d", p.Events())
	}
	b.accept(p.Answer())
	until(t, "connected", func() bool { return p.State() == webrtc.Connected })
	if err := b.pc.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "gone", func() bool { return p.State() == webrtc.Gone })
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

func TestPublicAddressIsAnnouncedAlone(t *testing.T) {
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	e, err := webrtc.New(webrtc.Config{UDP: udp, TCP: tcp, PublicIPs: []netip.Addr{netip.MustParseAddr("203.0.113.7")}, Log: quiet()})
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

func TestBrokenOffersAreRefused(t *testing.T) {
	e := engine(t, false)
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

func TestOpenAfterCloseIsRefused(t *testing.T) {
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	e, err := webrtc.New(webrtc.Config{UDP: udp, Log: quiet()})
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
	if p.State() != webrtc.Gone {
		t.Errorf("state after the engine closed: %v", p.State())
	}
	if _, err := e.Open(context.Background(), offer, media.PCMU()); err == nil {
		t.Error("a closed engine opened an endpoint")
	}
}
