package sip

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"linekeeper/internal/wire/sdp"
)

// reoffered handles a re-INVITE or UPDATE (RFC 3261 section 14.2, RFC 3311). c.mu is held.
func (c *Call) reoffered(t *serverTx, m *message, answer func(code int, headers ...Header)) {
	if !c.outgoing || c.remoteTag == "" || c.phase >= Answered {
		c.settle(t, m, answer)
		return
	}
	c.work.add(func() { // the peer has our ACK, or nearly, and we are just about to take its 200 in
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.ended {
			answer(481)
			return
		}
		c.settle(t, m, answer)
	})
}

// settle is reoffered in a call whose dialog is settled. c.mu is held.
func (c *Call) settle(t *serverTx, m *message, answer func(code int, headers ...Header)) {
	if m.method == "UPDATE" && len(m.body) == 0 {
		c.refresh(m)
		r := c.stack.reply(m, t.from, 200, "", c.localTag)
		r.add("Contact", "<"+c.contact+">")
		r.add("Allow", allow)
		r.add("Supported", supported)
		if c.phase >= Answered {
			c.answerTimer(m, r)
		}
		t.respond(r)
		return
	}
	if c.phase < Answered && m.method == "UPDATE" && c.settledWith(m.from.tag()) {
		body, code := description(m)
		if code != 0 {
			answer(code, Header{"Accept", accepts})
			return
		}
		c.refresh(m)
		c.offeredEarly(t, m, body, answer)
		return
	}
	switch {
	case c.uac.reoffering:
		answer(491)
		return
	case c.uas.tx != nil || c.uas.okay != nil && m.method == "INVITE" || c.phase < Answered && len(m.body) > 0:
		answer(500, Header{"Retry-After", strconv.Itoa(rand.IntN(10))})
		return
	}
	body, code := description(m)
	if code != 0 {
		answer(code, Header{"Accept", accepts})
		return
	}
	var offer *sdp.Session
	if body != nil {
		var err error
		if offer, err = sdp.Parse(body); err != nil {
			answer(400)
			return
		}
	}
	f := c.onOffer
	if ours := c.localSDP; f == nil && c.refreshes(m, body) {
		f = func(*sdp.Session) ([]byte, int) { return ours, 200 }
	}
	if f == nil {
		answer(488)
		return
	}
	c.uas.tx = t
	if m.method == "INVITE" {
		answer(100)
	}
	c.tasks.add(func() {
		ours, code := c.ask(f, offer)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.uas.tx != t { // cancelled, or the call is over
			return
		}
		switch {
		case code >= 300 || ours == nil:
			c.uas.tx = nil
			if code < 300 || code > 699 {
				code = 488
			}
			answer(code)
		case m.method == "INVITE":
			c.refresh(m)
			if body != nil {
				c.remoteSDP = body
			}
			c.accept(t, ours, offer == nil)
		default:
			c.uas.tx = nil
			c.refresh(m)
			c.remoteSDP, c.localSDP = body, ours
			r := c.stack.reply(m, t.from, 200, "", c.localTag)
			r.add("Contact", "<"+c.contact+">")
			r.add("Allow", allow)
			r.add("Supported", supported)
			r.add("Content-Type", accepts)
			r.body = ours
			c.answerTimer(m, r)
			t.respond(r)
		}
	})
}

// ask calls OnOffer; a panic in it refuses the offer and leaves the call alone.
func (c *Call) ask(f func(*sdp.Session) ([]byte, int), offer *sdp.Session) (answer []byte, code int) {
	defer func() {
		if p := recover(); p != nil {
			c.stack.panicked("offer callback", p)
			answer, code = nil, 500
		}
	}()
	return f(offer)
}

// Reoffer sends an offer inside the dialog by re-INVITE (hold, resume, a new address) and waits
// for the answer. Glare (491) is retried after the RFC's random pause. A refusal is a *Refusal and
// leaves the session as it was. ErrState before the call is answered and while another Reoffer is
// open.
func (c *Call) Reoffer(ctx context.Context, body []byte) (*sdp.Session, error) {
	if err := c.claim(ctx, 0); err != nil {
		return nil, err
	}
	claimed := true
	defer func() {
		if claimed {
			c.mu.Lock()
			c.uac.reoffering = false
			c.mu.Unlock()
		}
	}()
	var challenge *message
	for glares, tries := 0, 0; ; {
		m, t, err := c.reinvite(ctx, body, challenge)
		if err != nil {
			return nil, err
		}
		tries++
		switch {
		case m.code < 300:
			return c.reaccepted(m, body)
		case m.code == 491 && glares < 5:
			glares++
			c.mu.Lock()
			c.uac.reoffering = false
			c.mu.Unlock()
			if err := c.claim(ctx, c.glarePause()); err != nil {
				claimed = false
				return nil, err
			}
		case authorized(t.request, m, c.uac.request.Username, tries):
			challenge = m
		case tries < 6 && c.raised(m): // 422: asked again with a longer session interval
			challenge = nil
		case m.code == 481 || m.code == 408:
			c.unknown(ctx, m) // RFC 3261 section 14.1
			return nil, refusalOf(m)
		default:
			return nil, refusalOf(m)
		}
	}
}

// glarePause is RFC 3261 section 14.1: who made the dialog waits longer. While it waits, the
// peer's own re-INVITE may come in.
func (c *Call) glarePause() time.Duration {
	if c.outgoing {
		return 2100*time.Millisecond + time.Duration(rand.IntN(190))*10*time.Millisecond
	}
	return time.Duration(rand.IntN(200)) * 10 * time.Millisecond
}

// claim takes the right to offer after a pause. An offer of the peer that is not settled yet, such
// as one whose ACK is still under way, is waited for, up to 5 s.
func (c *Call) claim(ctx context.Context, pause time.Duration) error {
	const poll = 100 * time.Millisecond
	for waited := time.Duration(0); ; waited += poll {
		if pause > 0 {
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return ctx.Err()
			case <-c.done:
				timer.Stop()
				return ErrEnded
			}
		}
		c.mu.Lock()
		busy := c.uas.tx != nil || c.uas.okay != nil
		switch {
		case c.ended:
			c.mu.Unlock()
			return ErrEnded
		case c.phase < Answered || c.uac.reoffering || busy && waited > 5*time.Second:
			c.mu.Unlock()
			return ErrState
		case !busy:
			c.uac.reoffering = true
			c.mu.Unlock()
			return nil
		}
		c.mu.Unlock()
		pause = poll
	}
}

// reinvite sends one re-INVITE and waits for its final answer.
func (c *Call) reinvite(ctx context.Context, body []byte, challenge *message) (*message, *clientTx, error) {
	final := make(chan *message, 1)
	failed := make(chan By, 1)
	t := &clientTx{
		answered: func(m *message) {
			if m.code >= 200 {
				final <- m
			}
		},
		failed: func(by By) { failed <- by },
	}
	if err := c.send(ctx, t, inside{method: "INVITE", body: body}, challenge); err != nil {
		return nil, nil, err
	}
	select {
	case m := <-final:
		return m, t, nil
	case by := <-failed:
		c.lost(by, 408, "")
		return nil, nil, ErrTimeout
	case <-c.done:
		return nil, nil, ErrEnded
	case <-ctx.Done():
		// The answer may still come: it must be acknowledged, and then no longer concerns anyone.
		c.stack.spawn("abandoned offer", func() {
			select {
			case m := <-final:
				if m.code < 300 {
					_, _ = c.reaccepted(m, body)
				}
			case <-failed:
			case <-c.done:
			case <-c.stack.closed:
			}
		})
		return nil, nil, ctx.Err()
	}
}

// reaccepted acknowledges the 200 to a re-INVITE.
func (c *Call) reaccepted(m *message, offer []byte) (*sdp.Session, error) {
	c.mu.Lock()
	c.refresh(m)
	c.timerAnswered(m)
	c.localSDP = offer
	body, _ := description(m)
	if body != nil {
		c.remoteSDP = body
	}
	c.mu.Unlock()
	if err := c.ack(c.stack.life, m, nil); err != nil {
		return nil, err
	}
	answer, err := sdp.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("the answer to our offer: %w", err)
	}
	return answer, nil
}

// raised takes the longer session interval that a 422 asks for; false if there is none.
func (c *Call) raised(m *message) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.timer.raise(m)
}
