package sip

import (
	"context"
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/wire/sdp"
)

// unansweredTime ends an incoming call that nobody answers or rejects; RFC 3261 section 13.3.1.1
// lets proxies give up after three minutes.
const unansweredTime = 3 * time.Minute

// uas is the callee's half of a call, and what both roles need to answer re-INVITEs.
type uas struct {
	tx          *serverTx   // the INVITE or re-INVITE not yet answered finally
	okay        *okay       // the 200 whose ACK is awaited
	reliable    []*reliable // provisional answers not yet acknowledged; the first is under way
	rseq        uint32      // of the last one
	firstRSeq   uint32
	described   bool   // one of them carried our description
	settled     bool   // and was acknowledged: offer and answer are exchanged
	asking      bool   // an early offer is with the user
	answering   bool   // Answer was called and waits for a PRACK
	body        []byte // its description
	byeAfterAck bool
	byeReason   string
}

// okay is a 200 to an INVITE that we repeat until its ACK (RFC 3261 section 13.3.1.4).
type okay struct {
	tx      *serverTx
	seq     uint32
	bytes   []byte
	to      hop
	offered bool // it carried our offer; the ACK carries the answer
	wait    time.Duration
	until   time.Time
	timer   *time.Timer
}

// invited handles an INVITE outside a dialog.
func (s *Stack) invited(m *message, from hop, account string) {
	merge := m.callID + "\x00" + m.from.tag() + "\x00" + strconv.Itoa(int(m.seq))
	s.mu.Lock()
	merged := s.invites[merge] != nil
	s.mu.Unlock()
	if merged {
		s.refuse(m, from, 482, "")
		return
	}
	body, code := description(m)
	var offer *sdp.Session
	if code == 0 && body != nil {
		var err error
		if offer, err = sdp.Parse(body); err != nil {
			code = 400
		}
	}
	if code == 0 && !acceptsDescriptions(m) {
		code = 406
	}
	switch code {
	case 0:
	case 400:
		s.refuse(m, from, 400, "Bad Session Description")
		return
	case 415:
		s.refuse(m, from, 415, "", Header{"Accept", accepts}, Header{"Accept-Encoding", "identity"})
		return
	default:
		s.refuse(m, from, code, "")
		return
	}
	if s.tooShort(m) {
		s.refuse(m, from, 422, "", Header{"Min-SE", seconds(s.config.MinSessionExpires)})
		return
	}
	old, taker, code := s.replaced(m)
	if code != 0 {
		s.refuse(m, from, code, "")
		return
	}
	c := s.newCall(m.callID, newID())
	c.replaces, c.account = old, account
	c.merge = merge
	c.from, c.to, c.dialed = m.from.party(), m.to.party(), m.uri.number()
	c.offer, c.remoteSDP = offer, body
	c.headers = m
	c.remoteTag, c.remote, c.local = m.from.tag(), m.get("From"), m.get("To")+";tag="+c.localTag
	c.remoteSeq, c.inviteSeq = m.seq, m.seq
	c.routes = m.all("Record-Route")
	c.target = m.from.raw // RFC 2543 peers send no Contact
	if contact, ok := m.contact(); ok {
		c.target = contact.raw
	}
	c.use(from)
	c.contact = s.contact(from, "", m.uri.scheme == "sips")
	if err := s.enlist(c); err != nil {
		s.refuse(m, from, 503, "", Header{"Retry-After", "5"})
		return
	}
	t := s.newServerTx(m, from)
	if t == nil {
		s.delist(c)
		s.refuse(m, from, 503, "", Header{"Retry-After", "5"})
		return
	}
	s.count.callsIn.Add(1)
	t.belongs(c)
	ctx, cancel := context.WithCancel(s.life)
	c.mu.Lock()
	c.cancel = cancel
	c.uas.tx = t
	c.life = time.AfterFunc(unansweredTime, func() { s.guard("call", c.unanswered) })
	c.mu.Unlock()
	t.respond(s.reply(m, from, 100, "", ""))
	if taker == nil && s.handler != nil {
		taker = s.handler.Invite
	}
	if taker == nil {
		_ = c.Reject(480, "")
		return
	}
	s.spawn("invite handler", func() {
		defer func() {
			if p := recover(); p != nil { // the call must not hang because of it
				s.panicked("invite handler", p)
				if c.Reject(500, "") != nil {
					_ = c.Hangup(s.life, "")
				}
			}
		}()
		taker(ctx, c)
	})
}

// acceptsDescriptions: an INVITE that says what it accepts must accept descriptions.
func acceptsDescriptions(m *message) bool {
	accept := m.list("Accept")
	if len(accept) == 0 {
		return true
	}
	for _, a := range accept {
		kind, _, _ := strings.Cut(a, ";")
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case accepts, "application/*", "*/*":
			return true
		}
	}
	return false
}

// contact is our Contact URI towards a peer. user may be empty; it is escaped already.
func (s *Stack) contact(h hop, user string, secure bool) string {
	host, port := s.self(h)
	u := "sip:"
	if secure {
		u = "sips:"
	}
	if user != "" {
		u += user + "@"
	}
	u += hostPort(host, port)
	switch {
	case h.transport == WS || h.transport == WSS: // RFC 7118 section 5.2.4 knows only this one
		u += ";transport=ws"
	case h.transport.stream() && !secure:
		u += ";transport=" + strings.ToLower(string(h.transport))
	}
	return u
}

func (c *Call) unanswered() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended && c.phase < Answered && c.uas.tx != nil {
		c.rejectLocked(480, "", nil, "")
		c.end.By, c.end.Kind = ByTimeout, EndedNoAnswer
	}
}

// Ring sends 180 Ringing. It repeats harmlessly; ErrState after an answer or on outgoing calls.
func (c *Call) Ring() error { return c.provisional(180, nil) }

// EarlyMedia sends 183 Session Progress with a description; reliably (RFC 3262) if the caller can,
// and then the description holds for the call: Answer sends it again, not another. For a call
// without an offer it is the offer, and the answer comes by OnAnswer. Errors are those of Ring.
func (c *Call) EarlyMedia(body []byte) error { return c.provisional(183, body) }

func (c *Call) provisional(code int, body []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended:
		return ErrEnded
	case c.outgoing || c.phase >= Answered || c.uas.answering:
		return ErrState
	}
	t := c.uas.tx
	if c.uas.described {
		body = nil // the description is given; another would be another answer
	}
	r := c.stack.reply(t.request, t.from, code, "", c.localTag)
	r.add("Contact", "<"+c.contact+">")
	r.add("Allow", allow)
	if body != nil {
		r.add("Content-Type", accepts)
		r.body = body
		c.localSDP = body
	}
	c.phase = Ringing
	if wantsReliable(t.request, body) {
		c.provideReliably(r)
	} else {
		t.respond(r)
	}
	return nil
}

// Answer sends 200 with a description and returns at once. The 200 is repeated after T1, doubling
// up to T2, until the ACK arrives; after 64*T1 without one the call ends with BYE and EndedNoAck.
// While an early description is not acknowledged, the 200 waits for that. It is ErrEnded if the
// caller has cancelled, ErrState if the call was answered already.
func (c *Call) Answer(_ context.Context, body []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended:
		return ErrEnded
	case c.outgoing || c.phase >= Answered || c.uas.answering:
		return ErrState
	}
	if c.uas.awaitsPrack() { // RFC 3262 section 3: no 200 before the description has arrived
		c.uas.answering, c.uas.body = true, body
		return nil
	}
	c.answerNow(body)
	return nil
}

// answerNow sends the 200 of an incoming call. c.mu is held.
func (c *Call) answerNow(body []byte) {
	c.phase = Answered
	c.life.Stop()
	c.replace()
	c.uas.dropReliable()
	offered := c.offer == nil
	if c.uas.settled {
		body = c.localSDP
		if offered { // another description would be another offer
			body, offered = nil, false
		}
	}
	c.accept(c.uas.tx, body, offered)
}

// accept sends the 200 to an INVITE and repeats it. c.mu is held.
func (c *Call) accept(t *serverTx, body []byte, offered bool) {
	r := c.stack.reply(t.request, t.from, 200, "", c.localTag)
	r.add("Contact", "<"+c.contact+">")
	r.add("Allow", allow)
	r.add("Supported", supported)
	c.answerTimer(t.request, r)
	if body != nil {
		r.add("Content-Type", accepts)
		r.body = body
		c.localSDP = body
	}
	c.uas.tx = nil
	p := &okay{tx: t, seq: t.request.seq, bytes: r.bytes(), to: t.reply.hop(), offered: offered, wait: t1, until: time.Now().Add(timeout)}
	c.uas.okay = p
	p.timer = time.AfterFunc(t1, func() { c.stack.guard("200", func() { c.again(p) }) })
	t.respond(r)
}

// again repeats a 200, or gives up.
func (c *Call) again(p *okay) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.uas.okay != p {
		return
	}
	left := time.Until(p.until)
	if left <= 0 {
		c.uas.okay = nil
		reason := c.uas.byeReason
		c.finish(End{By: ByTimeout, Kind: EndedNoAck})
		c.stack.spawn("bye", func() { _ = c.bye(c.stack.life, reason) })
		return
	}
	c.stack.count.repeated.Add(1)
	_ = c.stack.sendTraced(c.trace, p.to, p.bytes)
	p.wait = min(2*p.wait, t2)
	p.timer.Reset(min(p.wait, left))
}

// acknowledged handles the ACK to a 200. Its CSeq must be the INVITE's, whatever came between.
func (c *Call) acknowledged(m *message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.uas.okay
	if p == nil || m.seq != p.seq || m.from.tag() != c.remoteTag {
		return
	}
	p.timer.Stop()
	c.uas.okay = nil
	// Who has acknowledged does not repeat the INVITE: there is nothing left to absorb for 32 s.
	p.tx.fsm.Terminate()
	if c.uas.byeAfterAck {
		reason := c.uas.byeReason
		c.stack.spawn("bye", func() { _ = c.bye(c.stack.life, reason) })
		return
	}
	if c.ended {
		return
	}
	if c.phase == Answered {
		c.phase = Confirmed
		c.task(c.onConfirmed)
	}
	if p.offered {
		body, _ := description(m)
		answer, err := sdp.Parse(body)
		if err != nil {
			answer = nil
		} else {
			c.remoteSDP = body
		}
		if f := c.onAnswer; f != nil {
			c.tasks.add(func() { f(answer) })
		}
	}
}

// Reject answers with a final status of 300 to 699 and ends the call. An empty reason takes the
// RFC's phrase. A call that has ended is ErrEnded.
func (c *Call) Reject(code int, reason string, headers ...Header) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended:
		return ErrEnded
	case c.outgoing || c.phase >= Answered || c.uas.answering || code < 300 || code > 699:
		return ErrState
	}
	c.rejectLocked(code, reason, headers, "")
	return nil
}

// rejectLocked refuses an incoming call. why is a Reason header, empty for none. c.mu is held.
func (c *Call) rejectLocked(code int, reason string, headers []Header, why string) {
	t := c.uas.tx
	r := c.stack.reply(t.request, t.from, code, reason, c.localTag)
	for _, h := range headers {
		r.add(h.Name, h.Value)
	}
	if why != "" {
		r.add("Reason", why)
	}
	c.uas.tx = nil
	t.respond(r)
	c.finish(End{By: ByLocal, Kind: EndedRejected, Code: code, Reason: r.reason})
	c.stack.delist(c)
}

// canceled handles a CANCEL of the peer, about the INVITE or a re-INVITE. Too late, it does nothing.
func (c *Call) canceled(t *serverTx, m *message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.uas.tx != t {
		return
	}
	c.uas.tx = nil
	t.respond(c.stack.reply(t.request, t.from, 487, "", c.localTag))
	if c.phase < Answered {
		end := endReason(m)
		end.By, end.Kind = ByPeer, EndedCanceled
		c.finish(end)
		c.stack.delist(c)
	}
}
