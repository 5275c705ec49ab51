package webrtc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"

	pionrtp "github.com/pion/rtp"
	pion "github.com/pion/webrtc/v4"

	"linekeeper/internal/media"
	"linekeeper/internal/media/rtp"
)

// State is how an endpoint is doing.
type State uint8

// The states; Disconnected may become Connected again, Gone is final.
const (
	Connecting State = iota
	Connected
	Disconnected
	Gone
)

func (s State) String() string {
	switch s {
	case Connecting:
		return "connecting"
	case Connected:
		return "connected"
	case Disconnected:
		return "disconnected"
	}
	return "gone"
}

// Endpoint is one browser's media; it implements media.Transport with the payload type of the wanted
// codec and Events. Make a leg of it with media.LegConfig{Transport: p, Codec: want, Events: p.Events()}.
type Endpoint struct {
	engine *Engine
	want   media.Codec
	pc     *pion.PeerConnection // nil if Open failed early
	text   string               // the answer

	tracks     chan *pion.TrackRemote
	track      *pion.TrackRemote // the one being read; owned by the reader
	closed     chan struct{}
	once       sync.Once
	goroutines sync.WaitGroup
	malformed  atomic.Uint64
	unknown    atomic.Uint64
	reports    reports

	// The browser's payload types, and the reverse; written before Open returns.
	audioPT, eventPT uint8

	sendMu sync.Mutex
	writer pion.TrackLocalWriter // nil until negotiated
	ssrc   uint32
	header pionrtp.Header

	stateMu  sync.Mutex // held while onState runs, so that changes are told in order
	state    State
	onState  func(State)
	stateNow atomic.Uint32 // state, for who must not wait
}

var _ media.Transport = (*Endpoint)(nil)

func newEndpoint(e *Engine, want media.Codec) *Endpoint {
	return &Endpoint{engine: e, want: want, tracks: make(chan *pion.TrackRemote, 4), closed: make(chan struct{})}
}

// answer negotiates; afterwards the endpoint is connecting.
func (p *Endpoint) answer(ctx context.Context, offer string) error {
	pc := p.pc
	pc.OnConnectionStateChange(func(pion.PeerConnectionState) { p.change() })
	pc.OnTrack(func(t *pion.TrackRemote, r *pion.RTPReceiver) {
		select {
		case p.tracks <- t:
			p.start(func() { p.readReports(r.ReadRTCP) })
		default: // more streams than a browser ever sends: unheard
		}
	})
	if err := pc.SetRemoteDescription(pion.SessionDescription{Type: pion.SDPTypeOffer, SDP: offer}); err != nil {
		return fmt.Errorf("%w: %w", ErrOffer, err)
	}
	sender, err := pc.AddTrack(&outgoing{p})
	if err != nil {
		return err
	}
	desc, err := pc.CreateAnswer(nil)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOffer, err)
	}
	gathered := pion.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(desc); err != nil {
		return fmt.Errorf("%w: %w", ErrOffer, err)
	}
	select {
	case <-gathered:
	case <-ctx.Done():
		return ctx.Err()
	}
	for _, c := range sender.GetParameters().Codecs {
		switch {
		case strings.EqualFold(c.MimeType, "audio/"+p.want.Name):
			p.audioPT = uint8(c.PayloadType)
		case strings.EqualFold(c.MimeType, mimeEvents) && int(c.ClockRate) == p.want.ClockRate:
			p.eventPT = uint8(c.PayloadType)
		}
	}
	p.text = pc.LocalDescription().SDP
	p.start(func() { p.readReports(sender.ReadRTCP) })
	p.start(p.sendReports)
	return nil
}

// start runs f on a goroutine Close waits for.
func (p *Endpoint) start(f func()) {
	p.sendMu.Lock()
	defer p.sendMu.Unlock()
	select {
	case <-p.closed:
	default:
		p.goroutines.Go(f)
	}
}

// Answer is our session description for the browser, all candidates included.
func (p *Endpoint) Answer() string { return p.text }

// Events is the payload type of telephone-event for media.LegConfig; 0 if the browser offered none.
func (p *Endpoint) Events() uint8 {
	if p.eventPT == 0 {
		return 0
	}
	return Events
}

// State is the present state.
func (p *Endpoint) State() State { return State(p.stateNow.Load()) }

// OnState calls f at each change of state, in order, on a goroutine of the endpoint; f must not
// block and must not call Close. It is called at once with the present state. There is one f; a
// second call replaces it.
func (p *Endpoint) OnState(f func(State)) {
	p.stateMu.Lock()
	defer p.stateMu.Unlock()
	p.onState = f
	f(p.state)
}

// change takes over the connection's state. pion tells each change on a goroutine of its own, so
// the order is unknown: what counts is the state at this moment.
func (p *Endpoint) change() {
	p.stateMu.Lock()
	defer p.stateMu.Unlock()
	s := p.state
	switch p.pc.ConnectionState() {
	case pion.PeerConnectionStateConnected:
		s = Connected
	case pion.PeerConnectionStateDisconnected:
		s = Disconnected
	case pion.PeerConnectionStateFailed, pion.PeerConnectionStateClosed:
		s = Gone
	}
	p.become(s)
}

// become changes the state and tells; stateMu is held.
func (p *Endpoint) become(s State) {
	if s == p.state || p.state == Gone {
		return
	}
	p.state = s
	p.stateNow.Store(uint32(s))
	if p.onState != nil {
		p.onState(s)
	}
}

// Read implements media.Transport. It waits through disconnections; only Close ends it.
func (p *Endpoint) Read(b []byte) (int, error) {
	for {
		if p.track == nil {
			select {
			case p.track = <-p.tracks:
			case <-p.closed:
				return 0, net.ErrClosed
			}
		}
		n, _, err := p.track.Read(b)
		if err != nil {
			select {
			case <-p.closed:
				return 0, net.ErrClosed
			default:
			}
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) {
				p.track = nil // over; there may be another
			} else {
				p.unknown.Add(1) // a payload type that was not negotiated
			}
			continue
		}
		var h rtp.Header
		start, end, err := rtp.Parse(b[:n], &h)
		if err != nil {
			p.malformed.Add(1)
			continue
		}
		switch h.PayloadType {
		case p.audioPT:
			h.PayloadType = p.want.PayloadType
		case p.eventPT:
			h.PayloadType = Events
		default:
			p.unknown.Add(1)
			continue
		}
		p.reports.heard(&h, end-start, p.want.ClockRate)
		b[1] = b[1]&0x80 | h.PayloadType
		return n, nil
	}
}

// Write implements media.Transport. The packet gets the SSRC of our description.
func (p *Endpoint) Write(pkt []byte) error {
	var h rtp.Header
	start, end, err := rtp.Parse(pkt, &h)
	if err != nil {
		return err
	}
	pt := p.audioPT
	switch h.PayloadType {
	case p.want.PayloadType:
	case Events:
		if pt = p.eventPT; pt == 0 {
			return fmt.Errorf("the browser knows no telephone-event")
		}
	default:
		return fmt.Errorf("payload type %d was not negotiated", h.PayloadType)
	}
	p.sendMu.Lock()
	defer p.sendMu.Unlock()
	if p.writer == nil || p.State() == Connecting {
		return net.ErrClosed // not yet or no more: lost, as on any network
	}
	p.header = pionrtp.Header{
		Version:        2,
		Marker:         h.Marker,
		PayloadType:    pt,
		SequenceNumber: h.Sequence,
		Timestamp:      h.Timestamp,
		SSRC:           p.ssrc,
	}
	if _, err := p.writer.WriteRTP(&p.header, pkt[start:end]); err != nil {
		return err
	}
	p.reports.sent(h.Timestamp, end-start)
	return nil
}

// Close implements media.Transport: it ends the connection and waits for its goroutines.
func (p *Endpoint) Close() error {
	var err error
	p.once.Do(func() {
		p.sendMu.Lock()
		close(p.closed)
		p.sendMu.Unlock()
		if p.pc != nil {
			err = p.pc.GracefulClose()
		}
		p.goroutines.Wait()
		p.stateMu.Lock()
		p.become(Gone)
		p.stateMu.Unlock()
		p.engine.forget(p)
	})
	return err
}

// Strays implements media.Transport. What fails authentication never gets here and is not counted.
func (p *Endpoint) Strays() media.Strays {
	return media.Strays{Malformed: p.malformed.Load(), UnknownType: p.unknown.Load()}
}

// outgoing is the track pion writes to the browser.
type outgoing struct{ p *Endpoint }

// Bind implements pion's TrackLocal: it is told the negotiated numbers.
func (o *outgoing) Bind(c pion.TrackLocalContext) (pion.RTPCodecParameters, error) {
	for _, codec := range c.CodecParameters() {
		if strings.EqualFold(codec.MimeType, "audio/"+o.p.want.Name) {
			o.p.sendMu.Lock()
			defer o.p.sendMu.Unlock()
			o.p.writer, o.p.ssrc = c.WriteStream(), uint32(c.SSRC())
			return codec, nil
		}
	}
	return pion.RTPCodecParameters{}, pion.ErrUnsupportedCodec
}

// Unbind implements pion's TrackLocal.
func (o *outgoing) Unbind(pion.TrackLocalContext) error {
	o.p.sendMu.Lock()
	defer o.p.sendMu.Unlock()
	o.p.writer = nil
	return nil
}

// ID implements pion's TrackLocal.
func (o *outgoing) ID() string { return "audio" }

// RID implements pion's TrackLocal.
func (o *outgoing) RID() string { return "" }

// StreamID implements pion's TrackLocal.
func (o *outgoing) StreamID() string { return "line" }

// Kind implements pion's TrackLocal.
func (o *outgoing) Kind() pion.RTPCodecType { return pion.RTPCodecTypeAudio }
