package sip

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
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
	t.belongs(c)
	answer := func(code int, headers ...Header) {
		r := s.reply(m, from, code, "", c.localTag)
		for _, h := range headers {
			r.add(h.Name, h.Value)
		}
		t.respond(r)
	}
	last := &c.remoteSeq
	if e := c.uac.early[m.from.tag()]; e != nil && c.remoteTag == "" {
		last = &e.remoteSeq // each early dialog counts for itself
	}
	if *last != 0 && m.seq <= *last {
		answer(500)
		return
	}
	*last = m.seq
	c.moved(from)
	if !allowed(m.method) {
		answer(405, Header{"Allow", allow})
		return
	}
	if missing := unsupported(m); missing != "" {
		answer(420, Header{"Unsupported", missing})
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
	case "REFER":
		c.referred(t, m, answer)
	case "NOTIFY":
		c.notified(m, answer)
	case "PRACK":
		c.pracked(t, m, answer)
	case "INVITE", "UPDATE":
		if c.stack.tooShort(m) {
			answer(422, Header{"Min-SE", seconds(c.stack.config.MinSessionExpires)})
			return
		}
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

// refresh takes the peer's new Contact (RFC 3261 section 12.2.1.2). c.mu is held.
func (c *Call) refresh(m *message) {
	contact, ok := m.contact()
	if !ok {
		return
	}
	if e := c.uac.early[m.from.tag()]; e != nil && c.remoteTag == "" && m.method != "" {
		e.side.target = contact.raw
		return
	}
	c.target = contact.raw
}

// build makes a request inside the dialog. c.mu is held.
func (c *Call) build(method string, seq uint32) *message { return c.buildTo(c.side(), method, seq) }

func (c *Call) buildTo(to remoteSide, method string, seq uint32) *message {
	m := &message{method: method, target: to.target, seq: seq}
	routes := to.routes
	if len(routes) > 0 {
		if first, err := parseAddress(routes[0]); err == nil {
			if _, loose := first.uri.params.get("lr"); !loose { // RFC 3261 section 12.2.1.1
				m.target = first.raw
				routes = append(slices.Clone(routes[1:]), "<"+to.target+">")
			}
		}
	}
	m.add("Max-Forwards", "70")
	for _, r := range routes {
		m.add("Route", r)
	}
	m.add("From", c.local)
	m.add("To", to.name)
	m.add("Call-ID", c.id)
	m.add("CSeq", strconv.Itoa(int(seq))+" "+method)
	if method == "INVITE" || method == "UPDATE" {
		m.add("Contact", "<"+c.contact+">")
		m.add("Allow", allow)
		m.add("Supported", supported)
		c.askTimer(m)
	}
	if method == "REFER" || method == "NOTIFY" { // RFC 3515 section 2.2, RFC 6665 section 8.2.1
		m.add("Contact", "<"+c.contact+">")
	}
	if agent := c.stack.config.UserAgent; agent != "" {
		m.add("User-Agent", agent)
	}
	return m
}

// inside is a request to be sent inside a dialog. The zero body sends none.
type inside struct {
	method  string
	headers []Header
	kind    string // content type of the body; empty: a description
	body    []byte
	sent    func(seq uint32) // told its CSeq before it leaves, under Call.mu; nil: nobody
	to      *remoteSide      // of an early dialog; nil: the call's
}

// remoteSide is the peer's half of a dialog: of the call's, or of an early one among several.
type remoteSide struct {
	tag    string
	name   string   // the peer's From or To value, with tag
	target string   // its Contact
	routes []string // in the order of use
}

// side is the peer's half of the call's dialog. c.mu is held.
func (c *Call) side() remoteSide { return remoteSide{c.remoteTag, c.remote, c.target, c.routes} }

// sendRequest completes a request with its Via, sends it and calls back. A request too large for UDP goes
// by TCP if that can be had (RFC 3261 section 18.1.1).
func (s *Stack) sendRequest(ctx context.Context, t *clientTx, m *message, to hop) error {
	s.address(m, to)
	if to.transport == UDP && s.config.Network != nil && len(m.bytes()) > s.config.Limits.UDPRequestBytes {
		dial, cancel := context.WithTimeout(ctx, 2*time.Second)
		if conn, err := s.connection(dial, TCP, to.addr, ""); err == nil {
			to = conn.hop()
			s.address(m, to)
		}
		cancel()
	}
	if t.addressed != nil {
		t.addressed(to)
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
	r := inside{method: "BYE"}
	if reason != "" {
		r.headers = []Header{{"Reason", reason}}
	}
	t := &clientTx{failed: func(By) { s.delist(c) }}
	tries := 0
	t.answered = func(m *message) {
		if m.code < 200 {
			return
		}
		tries++
		if authorized(t.request, m, c.uac.request.Username, tries) {
			again := &clientTx{answered: t.answered, failed: t.failed}
			s.spawn("bye", func() {
				if c.send(s.life, again, r, m) != nil {
					s.delist(c)
				}
			})
			return
		}
		s.delist(c)
	}
	err := c.send(ctx, t, r, nil)
	if err != nil {
		s.delist(c)
	}
	return err
}

// send sends a request inside the dialog. challenge is the 401 or 407 that it answers, nil if none.
func (c *Call) send(ctx context.Context, t *clientTx, r inside, challenge *message) error {
	c.mu.Lock()
	side := c.side()
	c.mu.Unlock()
	if r.to != nil {
		side = *r.to
	}
	to, err := c.nextTo(ctx, side)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.localSeq++
	m := c.buildTo(side, r.method, c.localSeq)
	if r.sent != nil {
		r.sent(c.localSeq)
	}
	c.mu.Unlock()
	m.headers = append(m.headers, r.headers...)
	if challenge != nil {
		if err := authorize(m, challenge, c.uac.request.Username, c.uac.request.Password); err != nil {
			return err
		}
	}
	if r.body != nil {
		if r.kind == "" {
			r.kind = accepts
		}
		m.add("Content-Type", r.kind)
		m.body = r.body
	}
	t.trace = c.trace
	if err := c.stack.sendRequest(ctx, t, m, to); err != nil {
		return fmt.Errorf("sending %s: %w", r.method, err)
	}
	return nil
}

// roundTrip sends a request inside the dialog, answers a challenge, and waits for the final answer.
// It is not for INVITE. ErrTimeout if there is none.
func (c *Call) roundTrip(ctx context.Context, r inside) (*message, error) {
	var challenge *message
	for tries := 1; ; tries++ {
		final := make(chan *message, 1)
		failed := make(chan struct{})
		t := &clientTx{
			answered: func(m *message) {
				if m.code >= 200 {
					final <- m
				}
			},
			failed: func(By) { close(failed) },
		}
		if err := c.send(ctx, t, r, challenge); err != nil {
			return nil, err
		}
		select {
		case m := <-final:
			if !authorized(t.request, m, c.uac.request.Username, tries) {
				return m, nil
			}
			challenge = m
		case <-failed:
			return nil, ErrTimeout
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-c.stack.closed:
			return nil, ErrClosed
		}
	}
}

// crossing is how long a BYE may come after a 481: it may have been lost once, and is repeated after T1.
const crossing = time.Second

// unknown ends a call that the peer does not know, by its 481 or 408 to our request. A peer that hung up just
// before the request reached it says the same (RFC 5407 section 3.3); its BYE, which tells who ended the call and why, is
// under way then and is waited for. The call has ended when it returns.
func (c *Call) unknown(ctx context.Context, refusal *message) {
	if refusal.code == 481 {
		timer := time.NewTimer(crossing)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.done:
		case <-ctx.Done():
		case <-c.stack.closed:
		}
	}
	c.lost(ByPeer, refusal.code, refusal.reason)
}

// lost ends a call whose peer no longer knows it or is silent.
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
