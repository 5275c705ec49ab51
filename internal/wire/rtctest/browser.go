package rtctest

import (
	"sync"
	"testing"
	"time"

	"github.com/pion/interceptor"
	pionrtp "github.com/pion/rtp"
	pion "github.com/pion/webrtc/v4"

	"linekeeper/internal/media"
	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/tone"
)

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
	s.SetNetworkTypes([]pion.NetworkType{pion.NetworkTypeUDP4, pion.NetworkTypeTCP4})
	reports := &interceptor.Registry{}
	if err := pion.ConfigureRTCPReports(reports); err != nil {
		t.Fatal(err)
	}
	pc, err := pion.NewAPI(pion.WithMediaEngine(m), pion.WithInterceptorRegistry(reports), pion.WithSettingEngine(s)).NewPeerConnection(pion.Configuration{})
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
	pc.OnTrack(func(tr *pion.TrackRemote, r *pion.RTPReceiver) {
		go func() { // pion answers reports only if they are read
			for {
				if _, _, err := r.ReadRTCP(); err != nil {
					return
				}
			}
		}()
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

func (b *browser) connected() bool {
	return b.pc.ConnectionState() == pion.PeerConnectionStateConnected
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

// collector is a tap that keeps what the party says.
type collector struct {
	codec   media.Codec
	mu      sync.Mutex
	decoder codec.Decoder
	all     []int16
}

func (c *collector) Packet(d media.Direction, p *media.Packet) {
	if d != media.Heard {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.decoder == nil {
		c.decoder, _ = codec.NewDecoderAt(c.codec.Name, tone.Rate) // the codecs here are known
	}
	var pcm [codec.MaxSamples]int16
	n, _ := c.decoder.Decode(p.Payload, pcm[:]) // nothing is nothing heard
	c.all = append(c.all, pcm[:n]...)
}

func (c *collector) sound() []int16 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]int16(nil), c.all...)
}
