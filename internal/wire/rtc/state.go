package rtc

import (
	"sync/atomic"

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

// State is the present state.
func (p *Endpoint) State() State { return State(p.stateNow.Load()) }

// OnState calls f at each change of state, in order, on a goroutine of the endpoint or the engine; f
// must not block and must not call Close. It is called at once with the present state. There is one f;
// a second call replaces it.
func (p *Endpoint) OnState(f func(State)) {
	p.stateMu.Lock()
	defer p.stateMu.Unlock()
	p.onState = f
	f(p.state)
}

// become changes the state and tells.
func (p *Endpoint) become(s State) {
	p.stateMu.Lock()
	defer p.stateMu.Unlock()
	if s == p.state || p.state == Gone {
		return
	}
	p.state = s
	p.stateNow.Store(uint32(s))
	if p.onState != nil {
		p.onState(s)
	}
}

// counts is media.Strays being counted.
type counts struct {
	stranger, malformed, rtcp, stun, dtls, unknownType atomic.Uint64
}

// add counts a packet of somebody else.
func (c *counts) add(kind rtp.Kind) {
	switch kind {
	case rtp.RTP:
		c.stranger.Add(1)
	case rtp.RTCP:
		c.rtcp.Add(1)
	case rtp.STUN:
		c.stun.Add(1)
	case rtp.DTLS:
		c.dtls.Add(1)
	default:
		c.malformed.Add(1)
	}
}

func (c *counts) snapshot() media.Strays {
	return media.Strays{
		Stranger:    c.stranger.Load(),
		Malformed:   c.malformed.Load(),
		RTCP:        c.rtcp.Load(),
		STUN:        c.stun.Load(),
		DTLS:        c.dtls.Load(),
		UnknownType: c.unknownType.Load(),
	}
}
