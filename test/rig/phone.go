package rig

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"

	"linekeeper/internal/edge/desk"
)

// Phone is a browser's audio without a browser: it sends a fixed sound and counts what it hears. A
// sender per phone paces by absolute deadlines; with Frames nil it sends nothing.
type Phone struct {
	peer  *webrtc.PeerConnection
	Heard atomic.Int64 // packets
	Sent  atomic.Int64
	mu    sync.Mutex
	last  []byte // payload of the last packet heard
	stop  chan struct{}
	wg    sync.WaitGroup
}

// Codec names.
const (
	PCMU = "PCMU"
	PCMA = "PCMA"
)

// PhoneAPI makes peer connections that know one codec; it may be shared by all phones of that codec.
func PhoneAPI(codec string) (*webrtc.API, error) {
	mime, pt := webrtc.MimeTypePCMU, webrtc.PayloadType(0)
	if codec == PCMA {
		mime, pt = webrtc.MimeTypePCMA, 8
	}
	var m webrtc.MediaEngine
	err := errors.Join(
		m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mime, ClockRate: 8000}, PayloadType: pt}, webrtc.RTPCodecTypeAudio),
		m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: "audio/telephone-event", ClockRate: 8000, SDPFmtpLine: "0-15"}, PayloadType: 126}, webrtc.RTPCodecTypeAudio),
	)
	if err != nil {
		return nil, err
	}
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	return webrtc.NewAPI(webrtc.WithMediaEngine(&m), webrtc.WithInterceptorRegistry(&interceptor.Registry{}), webrtc.WithSettingEngine(s)), nil
}

// Connect brings audio up for the interaction in hand; payload is 20 ms of sound sent again and
// again, nil for none.
func (d *Desk) Connect(ctx context.Context, api *webrtc.API, codec, interaction string, payload []byte) (*Phone, error) {
	peer, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	p := &Phone{peer: peer, stop: make(chan struct{})}
	mime := webrtc.MimeTypePCMU
	if codec == PCMA {
		mime = webrtc.MimeTypePCMA
	}
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: mime, ClockRate: 8000}, "audio", "rig")
	if err != nil {
		return nil, errors.Join(err, peer.Close())
	}
	sender, err := peer.AddTrack(track)
	if err != nil {
		return nil, errors.Join(err, peer.Close())
	}
	p.wg.Add(1)
	go func() { // the sender's RTCP must be read, or pion stalls
		defer p.wg.Done()
		buf := make([]byte, 1500)
		for {
			if _, _, err := sender.Read(buf); err != nil {
				return
			}
		}
	}()
	peer.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		buf := make([]byte, 1500)
		for {
			n, _, err := t.Read(buf)
			if err != nil {
				return
			}
			p.Heard.Add(1)
			if n > 12 {
				p.mu.Lock()
				p.last = append(p.last[:0], buf[12:n]...)
				p.mu.Unlock()
			}
		}
	})
	connected, failed := make(chan struct{}), make(chan struct{})
	var once, onceFailed sync.Once
	peer.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		switch s {
		case webrtc.PeerConnectionStateConnected:
			once.Do(func() { close(connected) })
		case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
			onceFailed.Do(func() { close(failed) })
		}
	})
	offer, err := peer.CreateOffer(nil)
	if err != nil {
		return nil, errors.Join(err, peer.Close())
	}
	gathered := webrtc.GatheringCompletePromise(peer)
	if err := peer.SetLocalDescription(offer); err != nil {
		return nil, errors.Join(err, peer.Close())
	}
	<-gathered
	cmd := desk.Command{Kind: desk.CmdConnectPhone, SDP: peer.LocalDescription().SDP, Interaction: interaction}
	reply, err := d.Ask(ctx, cmd)
	if err != nil {
		return nil, errors.Join(err, peer.Close())
	}
	if err := peer.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: reply.SDP}); err != nil {
		return nil, errors.Join(err, peer.Close())
	}
	select {
	case <-connected:
	case <-failed:
		return nil, errors.Join(errors.New("the audio connection failed"), peer.Close())
	case <-ctx.Done():
		return nil, errors.Join(fmt.Errorf("connecting audio: %w", ctx.Err()), peer.Close())
	}
	if payload != nil {
		p.wg.Add(1)
		go p.send(track, payload)
	}
	return p, nil
}

func (p *Phone) send(to io.Writer, payload []byte) {
	defer p.wg.Done()
	pkt := make([]byte, 12+len(payload))
	pkt[0] = 0x80
	copy(pkt[12:], payload)
	next := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for seq := uint16(1); ; seq++ {
		binary.BigEndian.PutUint16(pkt[2:], seq)
		binary.BigEndian.PutUint32(pkt[4:], uint32(seq)*160)
		if _, err := to.Write(pkt); err != nil {
			return
		}
		p.Sent.Add(1)
		next = next.Add(20 * time.Millisecond)
		timer.Reset(time.Until(next))
		select {
		case <-timer.C:
		case <-p.stop:
			return
		}
	}
}

// Last is the payload of the last packet heard.
func (p *Phone) Last() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]byte(nil), p.last...)
}

// Close ends the audio.
func (p *Phone) Close() {
	close(p.stop)
	_ = p.peer.Close()
	p.wg.Wait()
}
