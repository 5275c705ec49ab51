package voice

import (
	"context"
	"sync/atomic"

	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
)

// pickup is a SIP phone that rings at one or several places. Which place counts is known a moment after its 200,
// when the answer in it is taken in; what a phone asks for within that moment waits for it.
type pickup struct {
	session *session
	keys    chan rune
	counts  atomic.Pointer[sip.Call]
	settled chan struct{} // closed when counts is set
}

func newPickup(s *session) *pickup {
	return &pickup{session: s, keys: make(chan rune, keysKept), settled: make(chan struct{})}
}

// made prepares the call to a place, before its INVITE is sent. Ctx is the device's.
func (p *pickup) made(ctx context.Context, call *sip.Call) {
	call.OnOffer(func(offer *sdp.Session) ([]byte, int) {
		if call.Phase() < sip.Answered || !p.is(ctx, call) { // before the 200 no place counts: all share one session
			return nil, 488
		}
		return p.session.reoffered(offer)
	})
	call.OnAnswer(func(answer *sdp.Session) {
		if p.is(ctx, call) {
			_ = p.session.reanswered(answer) // unusable: as it was before
		}
	})
	call.OnDigit(func(d sip.Digit) {
		if p.is(ctx, call) {
			press(p.keys, d.Key)
		}
	})
}

// take says that the answer of this call is taken in.
func (p *pickup) take(call *sip.Call) {
	p.counts.Store(call)
	close(p.settled)
}

// is waits until it is known whether a call counts. It is on the call's goroutine, for which nobody waits who
// settles that.
func (p *pickup) is(ctx context.Context, call *sip.Call) bool {
	select {
	case <-p.settled:
		return p.counts.Load() == call
	case <-call.Done():
	case <-ctx.Done():
	}
	return false
}
