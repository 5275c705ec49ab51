package voice

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	pionrtp "github.com/pion/rtp"
	pion "github.com/pion/webrtc/v4"

	"linekeeper/internal/access"
	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/tenant"
	"linekeeper/internal/wire/rtc"
	"linekeeper/internal/wire/sip"
)

// The stories have no WebRTC. This is one call in real time over the machine's sockets, with the
// product's engine and, as the browser, a client of pion.

// client is a browser in real time.
type client struct {
	*testing.T
	pc    *pion.PeerConnection
	track *pion.TrackLocalStaticRTP
	quit  chan struct{}
	wg    sync.WaitGroup

	mu    sync.Mutex
	heard []int16
}

func newClient(t *testing.T) *client {
	t.Helper()
	c := &client{T: t, quit: make(chan struct{})}
	audio := pion.RTPCodecCapability{MimeType: pion.MimeTypePCMU, ClockRate: 8000}
	m := &pion.MediaEngine{}
	c.must(m.RegisterCodec(pion.RTPCodecParameters{RTPCodecCapability: audio, PayloadType: 0}, pion.RTPCodecTypeAudio))
	var s pion.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	var err error
	c.pc, err = pion.NewAPI(pion.WithMediaEngine(m), pion.WithSettingEngine(s)).NewPeerConnection(pion.Configuration{})
	c.must(err)
	c.track, err = pion.NewTrackLocalStaticRTP(audio, "mic", "browser")
	c.must(err)
	_, err = c.pc.AddTrack(c.track)
	c.must(err)
	c.pc.OnTrack(func(tr *pion.TrackRemote, _ *pion.RTPReceiver) {
		for {
			p, _, err := tr.ReadRTP()
			if err != nil {
				return
			}
			c.mu.Lock()
			for _, b := range p.Payload {
				c.heard = append(c.heard, g711.DecodeMulaw(b))
			}
			c.mu.Unlock()
		}
	})
	return c
}

func (c *client) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// connects sends the offer by the door given, and sings.
func (c *client) connects(hz float64, door func(offer string) (string, error)) {
	c.Helper()
	offer, err := c.pc.CreateOffer(nil)
	c.must(err)
	gathered := pion.GatheringCompletePromise(c.pc)
	c.must(c.pc.SetLocalDescription(offer))
	<-gathered
	answer, err := door(c.pc.LocalDescription().SDP)
	c.must(err)
	c.must(c.pc.SetRemoteDescription(pion.SessionDescription{Type: pion.SDPTypeAnswer, SDP: answer}))
	sound := tone.Sine(hz, 0.5, time.Second)
	c.wg.Go(func() {
		timer := time.NewTimer(0)
		next := time.Now()
		for i := 0; ; i++ {
			select {
			case <-c.quit:
				return
			case <-timer.C:
			}
			p := pionrtp.Packet{Header: pionrtp.Header{Version: 2, SequenceNumber: uint16(i), Timestamp: uint32(i * 160)}, Payload: make([]byte, 160)}
			for j := range p.Payload {
				p.Payload[j] = g711.EncodeMulaw(sound[(i*160+j)%len(sound)])
			}
			_ = c.track.WriteRTP(&p)
			next = next.Add(media.FrameTime)
			timer.Reset(time.Until(next))
		}
	})
}

func (c *client) close() {
	close(c.quit)
	c.wg.Wait()
	_ = c.pc.GracefulClose()
}

func (c *client) lately() []int16 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]int16(nil), tail(c.heard)...)
}

// eventually waits for a condition of the real world.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	for !ok() {
		look := time.NewTimer(50 * time.Millisecond)
		select {
		case <-look.C:
		case <-limit.C:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func hears(sound []int16, hz float64) bool {
	return len(sound) == tone.Rate && tone.Share(sound, hz) > 0.9
}

func TestABrowserInRealTime(t *testing.T) {
	t.Parallel()
	machine, loopback := network.Machine{}, netip.MustParseAddr("127.0.0.1")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	log := slog.New(slog.DiscardHandler)
	browsersAt, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(err)
	rtc, err := rtc.New(rtc.Config{UDP: browsersAt, Log: log})
	must(err)
	defer rtc.Close()
	udp, err := machine.ListenUDP(netip.AddrPortFrom(loopback, 0))
	must(err)
	ports, err := media.NewPorts(machine, loopback, 0, 0)
	must(err)
	told := newCenter()
	edge, err := New(Config{
		Center: told, Directory: everybody{}, SIP: sip.Config{UDP: udp}, Ports: ports, Browsers: WebRTC(rtc), Log: log,
		Limit: Limits{PhoneSilence: 5 * time.Second, Connect: 25 * time.Second},
	})
	must(err)
	ran := make(chan error, 1)
	go func() { ran <- edge.Run(context.Background()) }()
	k, err := carrier.New(carrier.Config{Target: edge.UDPAddr()})
	must(err)
	defer k.Close()
	w := &world{T: t, center: told, edge: edge, logs: &syncBuffer{}}

	call, err := k.Dial(context.Background(), carrier.Numbers{From: "1", To: "+4930111"})
	must(err)
	l := told.leg()
	l.Answer()
	w.waits("200", call.Answered())
	call.Repeat(carrier.Tone(440, 0.5, time.Second))
	l.Connect(ann)
	door := func(offer string) (string, error) {
		return edge.Phones().Connect(context.Background(), ann, l.id, offer)
	}
	first := newClient(t)
	first.connects(700, door)
	expect[interaction.PhoneConnected](w)
	l.Arrange(pair(ann))
	eventually(t, "both hear each other", func() bool { return hears(call.Heard(time.Second), 700) && hears(first.lately(), 440) })

	// The page goes, and comes back.
	first.close()
	expect[interaction.PhoneLost](w)
	second := newClient(t)
	defer second.close()
	second.connects(900, door)
	expect[interaction.PhoneConnected](w)
	eventually(t, "both hear each other again", func() bool { return hears(call.Heard(time.Second), 900) && hears(second.lately(), 440) })

	// A phone check beside it says back what it hears.
	third := newClient(t)
	third.connects(1100, func(offer string) (string, error) { return edge.Phones().Check(context.Background(), bob, offer) })
	eventually(t, "the echo", func() bool { return hears(third.lately(), 1100) })
	third.close()
	eventually(t, "the end of the check", func() bool { return edge.Snapshot().Checks == 0 })

	call.HangUp()
	expect[interaction.CustomerLeft](w)
	w.waits("the leg's end", l.over)
	if f := edge.Snapshot(); f.PortsOpen != 0 || f.Phones != 0 || f.Rescued != 0 {
		t.Errorf("after the end: got %+v, want nothing left", f)
	}
	must(edge.Close())
	must(<-ran)
}

// everybody lets everybody call.
type everybody struct{}

func (everybody) Trunk(netip.Addr) (Trunk, bool) { return Trunk{Tenant: "t", ID: "x"}, true }

func (everybody) Entry(tenant.ID, string) (Entry, bool) { return Entry{ID: "e"}, true }

func (everybody) Phone(access.UserID) (Phone, bool) { return Phone{Kind: Browser}, true }
