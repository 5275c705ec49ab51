package sip

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"linekeeper/internal/wire/sdp"
)

// request handles a request of the peer inside the dialog (RFC 3261 section 12.2.2). It runs in a
// reading goroutine.
func (c *Call) request(m *message, from hop) {
	s := c.stack
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.remoteTag != "" && m.from.tag() != c.remoteTag {
		s.refuse(m, from, 481, "")
		return
	}
	t := s.newServerTx(m, from)
	if t == nil {
		s.refuse(m, from, 503, "", Header{"Retry-After", "5"})
		return
	}
	t.call = c
	answer := func(code int, headers ...Header) {
		r := s.reply(m, from, code, "", c.localTag)
		for _, h := range headers {
			r.add(h.Name, h.Value)
		}
		t.respond(r)
	}
	if c.remoteSeq != 0 && m.seq <= c.remoteSeq {
		answer(500)
		return
	}
	c.remoteSeq = m.seq
	if !allowed(m.method) {
		answer(405, Header{"Allow", allow})
		return
	}
	if unsupported := m.list("Require"); len(unsupported) > 0 {
		answer(420, Header{"Unsupported", unsupported[0]})
		return
	}
	switch m.method {
	case "BYE":
		c.byed(m)
		answer(200)
		return
	case "OPTIONS":
		answer(200, Header{"Allow", allow}, Header{"Accept", inDialogs})
		return
	}
	if c.ended {
		answer(481)
		return
	}
	switch m.method {
	case "INFO":
		d, ok := digit(m)
		switch {
		case ok:
			if f := c.onDigit; f != nil {
				c.tasks.add(func() { f(d) })
			}
			answer(200)
		case len(m.body) == 0:
			answer(200)
		default:
			answer(415, Header{"Accept", "application/dtmf-relay, application/dtmf"})
		}
	case "INVITE", "UPDATE":
		c.reoffered(t, m, answer)
	}
}

// byed ends the call for a BYE of the peer, early or confirmed. c.mu is held.
func (c *Call) byed(m *message) {
	if t := c.uas.tx; t != nil {
		c.uas.tx = nil
		t.respond(c.stack.reply(t.request, t.from, 487, "", c.localTag))
	}
	early := !c.outgoing && c.phase < Answered
	c.stopTimers()
	end := endReason(m)
	end.By, end.Kind = ByPeer, EndedBye
	if early {
		end.Kind = EndedCanceled
	}
	c.finish(end)
	c.stack.delist(c)
}

// reoffered handles a re-INVITE or UPDATE (RFC 3261 section 14.2, RFC 3311). c.mu is held.
func (c *Call) reoffered(t *serverTx, m *message, answer func(code int, headers ...Header)) {
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
	if m.method == "UPDATE" && body == nil {
		c.refresh(m)
		answer(200, Header{"Contact", "<" + c.contact + ">"})
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
			r.add("Content-Type", accepts)
			r.body = ours
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

// refresh takes the peer's new Contact (RFC 3261 section 12.2.1.2). c.mu is held.
func (c *Call) refresh(m *message) {
	if contact, ok := m.contact(); ok {
		c.target = contact.raw
	}
}

// build makes a request inside the dialog. c.mu is held.
func (c *Call) build(method string, seq uint32) *message {
	m := &message{method: method, target: c.target, seq: seq}
	routes := c.routes
	if len(routes) > 0 {
		if first, err := parseAddress(routes[0]); err == nil {
			if _, loose := first.uri.params.get("lr"); !loose { // RFC 3261 section 12.2.1.1
				m.target = first.raw
				routes = append(slices.Clone(routes[1:]), "<"+c.target+">")
			}
		}
	}
	m.add("Max-Forwards", "70")
	for _, r := range routes {
		m.add("Route", r)
	}
	m.add("From", c.local)
	m.add("To", c.remote)
	m.add("Call-ID", c.id)
	m.add("CSeq", strconv.Itoa(int(seq))+" "+method)
	if method == "INVITE" || method == "UPDATE" {
		m.add("Contact", "<"+c.contact+">")
		m.add("Allow", allow)
	}
	if agent := c.stack.config.UserAgent; agent != "" {
		m.add("User-Agent", agent)
	}
	return m
}

// send completes a request with its Via, sends it and calls back. A request too large for UDP goes
// by TCP if that can be had (RFC 3261 section 18.1.1).
func (s *Stack) sendRequest(ctx context.Context, t *clientTx, m *message, to hop) error {
	s.address(m, to)
	if to.transport == UDP && s.config.Network != nil && len(m.bytes()) > s.config.Limits.UDPRequestBytes {
		dial, cancel := context.WithTimeout(ctx, 2*time.Second)
		if conn, err := s.connection(dial, to.addr); err == nil {
			to = hop{TCP, to.addr, conn}
			s.address(m, to)
		}
		cancel()
	}
	return s.request(t, m, to)
}

// address puts our Via on top of a request.
func (s *Stack) address(m *message, to hop) {
	host, port := s.self(to)
	m.via = via{transport: string(to.transport), host: host, port: int(port), branch: "z9hG4bK" + newID()}
	value := "SIP/2.0/" + m.via.transport + " " + hostPort(host, port) + ";branch=" + m.via.branch + ";rport"
	if len(m.headers) > 0 && m.headers[0].Name == "Via" {
		m.headers = m.headers[1:]
	}
	m.headers = slices.Insert(m.headers, 0, Header{"Via", value})
}

// bye sends BYE and forgets the dialog when it is answered or has failed.
func (c *Call) bye(ctx context.Context, reason string) error {
	s := c.stack
	t := &clientTx{failed: func(By) { s.delist(c) }}
	tries := 0
	t.answered = func(m *message) {
		if m.code < 200 {
			return
		}
		tries++
		if c.authorized(t.request, m, tries) {
			again := &clientTx{answered: t.answered, failed: t.failed}
			s.spawn("bye", func() {
				if c.send(s.life, again, "BYE", reason, nil, m) != nil {
					s.delist(c)
				}
			})
			return
		}
		s.delist(c)
	}
	err := c.send(ctx, t, "BYE", reason, nil, nil)
	if err != nil {
		s.delist(c)
	}
	return err
}

// send sends a request inside the dialog. challenge is the 401 or 407 that it answers, nil if none.
func (c *Call) send(ctx context.Context, t *clientTx, method, reason string, body []byte, challenge *message) error {
	to, err := c.next(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.localSeq++
	m := c.build(method, c.localSeq)
	c.mu.Unlock()
	if reason != "" {
		m.add("Reason", reason)
	}
	if challenge != nil {
		if err := c.authorize(m, challenge); err != nil {
			return err
		}
	}
	if body != nil {
		m.add("Content-Type", accepts)
		m.body = body
	}
	if err := c.stack.sendRequest(ctx, t, m, to); err != nil {
		return fmt.Errorf("sending %s: %w", method, err)
	}
	return nil
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
		case c.authorized(t.request, m, tries):
			challenge = m
		case m.code == 481 || m.code == 408:
			c.lost(ByPeer, m.code, m.reason) // RFC 3261 section 14.1
			return nil, &Refusal{m.code, m.reason}
		default:
			return nil, &Refusal{m.code, m.reason}
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
	if err := c.send(ctx, t, "INVITE", "", body, challenge); err != nil {
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

// lost ends a call whose peer no longer knows it.
func (c *Call) lost(by By, code int, reason string) {
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return
	}
	c.finish(End{By: by, Kind: EndedLost, Code: code, Reason: reason})
	c.mu.Unlock()
	c.stack.spawn("bye", func() { _ = c.bye(c.stack.life, "") })
}
