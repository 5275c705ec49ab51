package world

import (
	"net/netip"
	"sync/atomic"
	"time"

	"linekeeper/internal/demo/carrier"
)

// SIPPhone is a telephone on an agent's table.
type SIPPhone struct {
	w     *World
	calls chan *carrier.Call
	Call  *carrier.Call
	// AcksAreLost loses every ACK on its way to the telephone.
	AcksAreLost atomic.Bool
}

// SIPPhone puts a telephone at an address.
func (w *World) SIPPhone(at string) *SIPPhone {
	w.T.Helper()
	p := &SIPPhone{w: w, calls: make(chan *carrier.Call, 8)}
	w.listens(carrier.Config{
		At: netip.MustParseAddrPort(at), Incoming: func(c *carrier.Call) { p.calls <- c },
		Loses: func(method string) bool { return method == "ACK" && p.AcksAreLost.Load() },
	})
	return p
}

// EarlyPhone puts a telephone at an address that can be heard before it is picked up (183 with a description).
func (w *World) EarlyPhone(at string) *SIPPhone {
	w.T.Helper()
	p := &SIPPhone{w: w, calls: make(chan *carrier.Call, 8)}
	w.listens(carrier.Config{At: netip.MustParseAddrPort(at), Early: true, Incoming: func(c *carrier.Call) { p.calls <- c }})
	return p
}

// RingsThenRefuses puts a carrier at an address that says of every call that it rings, and refuses it then.
func (w *World) RingsThenRefuses(at string, code int) {
	w.T.Helper()
	w.listens(carrier.Config{At: netip.MustParseAddrPort(at), Incoming: func(c *carrier.Call) { c.Refuse(code) }})
}

// Refuses puts a carrier at an address that refuses every call with a status.
func (w *World) Refuses(at string, code int) {
	w.T.Helper()
	w.listens(carrier.Config{At: netip.MustParseAddrPort(at), Refuse: code})
}

func (w *World) listens(c carrier.Config) *carrier.Carrier {
	w.T.Helper()
	c.Network, c.Target = w.Net, sipAddr
	k, err := carrier.New(c)
	if err != nil {
		w.T.Fatal(err)
	}
	w.phones = append(w.phones, k)
	return k
}

// Rings waits for a call.
func (p *SIPPhone) Rings() {
	p.w.T.Helper()
	p.w.Eventually(5*time.Second, "the telephone rings", func() bool {
		select {
		case p.Call = <-p.calls:
			return true
		default:
			return false
		}
	})
}

// IsOver waits until the call has ended.
func (p *SIPPhone) IsOver() {
	p.w.T.Helper()
	p.w.Eventually(5*time.Second, "the telephone's call is over", func() bool { return isClosed(p.Call.Done()) })
}

// PicksUp answers.
func (p *SIPPhone) PicksUp() { p.Call.Answer(); p.w.Settles() }

// Declines refuses.
func (p *SIPPhone) Declines() { p.Call.Refuse(486); p.w.Settles() }

// HangsUp ends the call.
func (p *SIPPhone) HangsUp() { p.Call.HangUp(); p.w.Settles() }

// HearsSound waits until there is sound on the line that is not silence.
func (p *SIPPhone) HearsSound(what string) {
	p.w.T.Helper()
	p.w.Eventually(5*time.Second, "the telephone hears "+what, func() bool { return loud(p.Call.Heard(200 * time.Millisecond)) })
}

// Speaks says something until the end: the tone of whoever is outside.
func (p *SIPPhone) Speaks() { p.Call.Repeat(carrier.Tone(voices["outside"], 0.3, time.Second)) }

// Presses presses keys.
func (p *SIPPhone) Presses(keys string) { p.Call.Press(keys) }
