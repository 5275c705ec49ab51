package media

import (
	"sync"
	"time"

	"linekeeper/internal/media/rtp"
)

// maxBacklog is how far a player may fall behind and still catch up by sending faster. Beyond it the
// schedule moves: the sound pauses, nothing of it is lost.
const maxBacklog = 5 * FrameTime

// Source gives sound 20 ms at a time. It is used by one player at a time.
type Source interface {
	// Next gives the payload of the next frame in the codec; it is not changed and is valid until
	// the following call. An empty payload is a frame of nothing, for codecs the source cannot make.
	// False: the source ended.
	Next(c Codec) (payload []byte, ok bool)
}

// End says how a playing ended.
type End uint8

// The ways a playing ends.
const (
	Finished End = iota // the source ended and its last frame had its time
	Stopped             // stopped, replaced, bridged
	Closed              // the leg was closed
)

// Playing is a source being sent to a party.
type Playing struct {
	leg    *Leg
	source Source
	onEnd  func(End)
	quit   chan struct{}
	done   chan struct{}
	once   sync.Once
	end    End // written before quit is closed
}

// Play sends a source to the party, instead of the bridge if there is one, until it ends or is
// stopped. What played before is stopped. onEnd (may be nil) is called exactly once, on another
// goroutine, perhaps before Play returned; it must not close the leg.
func (l *Leg) Play(s Source, onEnd func(End)) *Playing {
	p := newPlaying(l, s, onEnd)
	l.out.mu.Lock()
	old := l.out.player
	l.out.player = p
	l.out.mu.Unlock()
	if old != nil {
		old.stop(Stopped)
	}
	p.begin()
	return p
}

// StopPlaying stops what plays, if anything.
func (l *Leg) StopPlaying() {
	l.out.mu.Lock()
	p := l.out.player
	l.out.player = nil
	l.out.mu.Unlock()
	if p != nil {
		p.stop(Stopped)
	}
}

func newPlaying(l *Leg, s Source, onEnd func(End)) *Playing {
	return &Playing{leg: l, source: s, onEnd: onEnd, quit: make(chan struct{}), done: make(chan struct{})}
}

// begin starts the player's goroutine.
func (p *Playing) begin() {
	if !p.leg.start(p.run) {
		p.stop(Closed)
		go p.finish(Closed) // short-lived: it only tells that the leg was closed before
	}
}

// Stop ends it; harmless when it has ended. A frame on its way may still be sent.
func (p *Playing) Stop() {
	p.forget()
	p.stop(Stopped)
}

// Done is closed when it ended, after onEnd returned.
func (p *Playing) Done() <-chan struct{} { return p.done }

func (p *Playing) stop(e End) {
	p.once.Do(func() {
		p.end = e
		close(p.quit)
	})
}

// forget gives the party back to the bridge.
func (p *Playing) forget() {
	o := &p.leg.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.player == p {
		o.player = nil
	}
	if o.tones == p {
		o.tones = nil
	}
}

func (p *Playing) finish(e End) {
	defer close(p.done)
	if p.onEnd != nil {
		p.onEnd(e)
	}
}

// run paces the frames on absolute deadlines: an interval timer would drift and lose ticks.
func (p *Playing) run() {
	next := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	buf := make([]byte, rtp.HeaderSize+MaxPacket)
	for {
		select {
		case <-p.quit:
			p.finish(p.end)
			return
		case <-timer.C:
		}
		codec := p.leg.Codec()
		payload, ok := p.source.Next(codec)
		if !ok {
			p.forget()
			p.stop(Finished)
			p.finish(p.end)
			return
		}
		pkt := buf[:rtp.HeaderSize+copy(buf[rtp.HeaderSize:], payload)]
		now := time.Now()
		gap := now.Sub(next) > maxBacklog
		if gap {
			next = now
		}
		if !p.leg.out.play(p, pkt, codec, gap, now) {
			p.stop(Stopped)
			p.finish(p.end)
			return
		}
		next = next.Add(FrameTime)
		timer.Reset(time.Until(next))
	}
}
