package voice

import (
	"context"
	"errors"
	"sync"
	"testing/synctest"
	"time"

	"linekeeper/internal/media"
	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/wire/rtc"
)

// browsers is an engine without WebRTC.
type browsers struct {
	mu    sync.Mutex
	err   error
	pages []*page
}

func (b *browsers) Open(_ context.Context, offer string, want media.Codec) (Endpoint, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return nil, b.err
	}
	if offer == "" {
		return nil, errors.New("an empty offer")
	}
	ours, theirs := media.Pipe()
	p := &page{PipeEnd: ours, codec: want}
	p.leg = media.NewLeg(media.LegConfig{Transport: theirs, Codec: want, Events: 126, OnDigit: func(d media.Digit) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.keys += string(rune(d.Key))
	}})
	p.leg.AddTap(p)
	b.pages = append(b.pages, p)
	return p, nil
}

func (b *browsers) last() *page {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pages[len(b.pages)-1]
}

func (b *browsers) open() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.pages {
		if !p.isClosed() {
			n++
		}
	}
	return n
}

func (b *browsers) close() {
	for _, p := range b.pages {
		p.leg.Close()
	}
}

// page is a browser: one end is the Endpoint, leg the other.
type page struct {
	*media.PipeEnd
	codec media.Codec
	leg   *media.Leg

	mu     sync.Mutex
	state  rtc.State
	f      func(rtc.State)
	closed bool
	heard  []int16
	keys   string
}

func (p *page) Answer() string { return "answer" }
func (p *page) Events() uint8  { return 126 }

func (p *page) OnState(f func(rtc.State)) {
	p.mu.Lock()
	p.f = f
	s := p.state
	p.mu.Unlock()
	f(s)
}

func (p *page) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

func (p *page) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	return p.PipeEnd.Close()
}

// is changes the connection's state.
func (p *page) is(s rtc.State) {
	p.mu.Lock()
	p.state = s
	f := p.f
	p.mu.Unlock()
	if f != nil { // nobody took the offer
		f(s)
	}
	synctest.Wait()
}

// sings says a tone until hush.
func (p *page) sings(hz float64) {
	p.leg.Play(media.NewClipPCM(tone.Sine(hz, 0.5, time.Second)).Loop(), nil)
}

// hush sends nothing any more.
func (p *page) hush() { p.leg.StopPlaying() }

// lately is what was heard since the last call.
func (p *page) lately() []int16 {
	p.mu.Lock()
	defer p.mu.Unlock()
	heard := p.heard
	p.heard = nil
	return heard
}

// Packet implements media.Tap.
func (p *page) Packet(d media.Direction, pkt *media.Packet) {
	if d != media.Heard {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range pkt.Payload {
		if pkt.Codec.Name == "PCMA" {
			p.heard = append(p.heard, g711.DecodeAlaw(b))
		} else {
			p.heard = append(p.heard, g711.DecodeMulaw(b))
		}
	}
}
