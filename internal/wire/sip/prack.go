package sip

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/wire/sdp"
)

// reliable is a provisional answer that we repeat until its PRACK (RFC 3262 section 3).
type reliable struct {
	seq       uint32
	answer    *message
	bytes     []byte
	described bool // it carries a description
	offered   bool // which is our offer; the PRACK carries the answer
	wait      time.Duration
	until     time.Time
	timer     *time.Timer // nil until it is its turn
}

// early is one of the early dialogs that a forked INVITE of ours may have (RFC 3261 section 12.1.2).
// Call.mu guards it.
type early struct {
	side      remoteSide
	rseq      uint32 // of the last reliable provisional answer; 0: none
	remoteSeq uint32
	body      []byte // the last description of the peer
	settled   bool   // offer and answer were exchanged reliably
	ours      []byte // our answer to the offer in a provisional answer; nil if there was none
	moved     bool   // the peer has offered anew since, and we have answered: that holds, whatever the 200 repeats
}

// earlyLimit is how many early dialogs of one call are told apart; a fork to more phones than that
// still rings, but is not answered with PRACK.
const earlyLimit = 32

// wantsReliable says whether a provisional answer is to be sent reliably: the caller insists, or it
// can and there is a description that must not be lost.
func wantsReliable(invite *message, body []byte) bool {
	return listed(invite.list("Require"), "100rel") || body != nil && listed(invite.list("Supported"), "100rel")
}

// provideReliably sends a provisional answer, or lets it wait for the PRACK of the one before (RFC
// 3262 section 3). c.mu is held.
func (c *Call) provideReliably(r *message) {
	u := &c.uas
	if len(u.reliable) >= queueReliable {
		return // a user that rings on and on for a peer that never acknowledges
	}
	if u.rseq == 0 {
		u.firstRSeq = 1 + rand.Uint32N(1<<30)
		u.rseq = u.firstRSeq - 1
	}
	u.rseq++
	r.add("Require", "100rel")
	r.add("RSeq", strconv.Itoa(int(u.rseq)))
	p := &reliable{seq: u.rseq, answer: r, bytes: r.bytes(), described: r.body != nil, offered: r.body != nil && c.offer == nil}
	u.described = u.described || p.described
	u.reliable = append(u.reliable, p)
	if len(u.reliable) == 1 {
		c.provideNext()
	}
}

// queueReliable is how many provisional answers wait for a PRACK.
const queueReliable = 8

// provideNext sends the provisional answer whose turn it is. c.mu is held.
func (c *Call) provideNext() {
	p := c.uas.reliable[0]
	p.wait, p.until = t1, time.Now().Add(timeout)
	p.timer = time.AfterFunc(t1, func() { c.stack.guard("provisional answer", func() { c.provideAgain(p) }) })
	c.uas.tx.respond(p.answer)
}

// provideAgain repeats a provisional answer, or refuses the call of a peer that never acknowledges.
func (c *Call) provideAgain(p *reliable) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || len(c.uas.reliable) == 0 || c.uas.reliable[0] != p || c.uas.tx == nil {
		return
	}
	left := time.Until(p.until)
	if left <= 0 {
		c.rejectLocked(504, "No PRACK", nil, "")
		c.end.By, c.end.Kind = ByTimeout, EndedNoAck
		return
	}
	c.stack.count.repeated.Add(1)
	_ = c.stack.sendTraced(c.trace, c.uas.tx.reply.hop(), p.bytes)
	p.wait *= 2
	p.timer.Reset(min(p.wait, left))
}

// awaitsPrack says whether a description that must reach the peer before the 200 is still under way.
func (u *uas) awaitsPrack() bool {
	return slices.ContainsFunc(u.reliable, func(p *reliable) bool { return p.described })
}

// dropReliable ends the repetitions, since a final answer was sent.
func (u *uas) dropReliable() {
	for _, p := range u.reliable {
		if p.timer != nil {
			p.timer.Stop()
		}
	}
	u.reliable = nil
}

// pracked handles a PRACK (RFC 3262 section 3). c.mu is held.
func (c *Call) pracked(t *serverTx, m *message, answer func(code int, headers ...Header)) {
	fields := strings.Fields(m.get("RAck"))
	if len(fields) != 3 || fields[2] != "INVITE" {
		answer(400)
		return
	}
	rseq, err1 := strconv.ParseUint(fields[0], 10, 32)
	seq, err2 := strconv.ParseUint(fields[1], 10, 31)
	if err1 != nil || err2 != nil {
		answer(400)
		return
	}
	u := &c.uas
	first := len(u.reliable) > 0 && u.reliable[0].seq == uint32(rseq) && uint32(seq) == c.inviteSeq
	if !first {
		// One that crossed our final answer, or acknowledges again, is harmless.
		if u.rseq > 0 && uint32(seq) == c.inviteSeq && uint32(rseq) >= u.firstRSeq && uint32(rseq) <= u.rseq && (len(u.reliable) == 0 || uint32(rseq) < u.reliable[0].seq) {
			answer(200)
			return
		}
		answer(481)
		return
	}
	body, code := description(m)
	if code != 0 {
		answer(code, Header{"Accept", accepts})
		return
	}
	p := u.reliable[0]
	p.timer.Stop()
	u.reliable = u.reliable[1:]
	if p.described {
		u.settled = true
	}
	switch {
	case p.offered:
		session, err := sdp.Parse(body)
		if err != nil {
			session = nil
		} else {
			c.remoteSDP = body
		}
		if f := c.onAnswer; f != nil {
			c.tasks.add(func() { f(session) })
		}
		answer(200)
	case body != nil:
		c.offeredEarly(t, m, body, answer)
	default:
		answer(200)
	}
	if len(u.reliable) > 0 {
		c.provideNext()
	}
	if u.answering && !u.awaitsPrack() {
		c.answerNow(u.body)
	}
}

// offeredEarly answers an offer in a PRACK or in an UPDATE before the call is answered (RFC 3262
// section 5, RFC 3311 section 5.2). c.mu is held.
func (c *Call) offeredEarly(t *serverTx, m *message, body []byte, answer func(code int, headers ...Header)) {
	offer, err := sdp.Parse(body)
	f := c.onOffer
	switch {
	case err != nil:
		answer(400)
		return
	case f == nil:
		answer(488)
		return
	case c.uas.asking:
		answer(500, Header{"Retry-After", "1"})
		return
	}
	c.uas.asking = true
	c.tasks.add(func() {
		ours, code := c.ask(f, offer)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.uas.asking = false
		switch {
		case c.ended:
			answer(481)
		case code >= 300 || ours == nil:
			if code < 300 || code > 699 {
				code = 488
			}
			answer(code)
		default:
			c.remoteSDP, c.localSDP = body, ours
			if e := c.uac.early[m.from.tag()]; e != nil {
				e.body, e.ours, e.moved = body, ours, true
			}
			r := c.stack.reply(m, t.from, 200, "", c.localTag)
			r.add("Contact", "<"+c.contact+">")
			r.add("Content-Type", accepts)
			r.body = ours
			t.respond(r)
		}
	})
}

// earlyDialog finds or makes the early dialog of a provisional answer; nil if it has none or there
// are too many. c.mu is held.
func (c *Call) earlyDialog(m *message) *early {
	tag := m.to.tag()
	if tag == "" {
		return nil
	}
	e := c.uac.early[tag]
	if e == nil {
		if len(c.uac.early) >= earlyLimit {
			return nil
		}
		e = &early{side: remoteSide{tag: tag, name: m.get("To"), target: c.target}}
		e.side.routes = m.all("Record-Route")
		slices.Reverse(e.side.routes)
		if c.uac.early == nil {
			c.uac.early = map[string]*early{}
		}
		c.uac.early[tag] = e
	}
	if contact, ok := m.contact(); ok {
		e.side.target = contact.raw
	}
	return e
}

// acknowledges takes a reliable provisional answer of the peer; false if it is a repetition or came
// before its time, and is to be forgotten (RFC 3262 section 4). c.mu is held.
func (e *early) acknowledges(m *message) (reliably, ok bool) {
	if !listed(m.list("Require"), "100rel") || !m.has("RSeq") {
		return false, true
	}
	rseq, err := strconv.ParseUint(m.get("RSeq"), 10, 32)
	if err != nil || rseq == 0 || e.rseq != 0 && uint32(rseq) != e.rseq+1 {
		return true, false
	}
	e.rseq = uint32(rseq)
	return true, true
}

// prack acknowledges a reliable provisional answer. If that carried the offer of a call that was
// made without one, the PRACK carries our answer. It runs in the call's work queue.
func (c *Call) prack(e *early, m *message, offer *sdp.Session, body []byte) {
	var ours []byte
	c.mu.Lock()
	ask := c.uac.request.Offer == nil && offer != nil && !e.settled
	c.mu.Unlock()
	if ask && c.uac.request.OnOffer != nil {
		ours, _ = c.ask(func(s *sdp.Session) ([]byte, int) { return c.uac.request.OnOffer(s), 0 }, offer)
	}
	c.mu.Lock()
	if body != nil && (!ask || ours != nil) {
		e.settled = true
	}
	if ours != nil {
		e.ours = ours
	}
	side := e.side
	c.mu.Unlock()
	rack := m.get("RSeq") + " " + strconv.Itoa(int(m.seq)) + " INVITE"
	c.stack.spawn("prack", func() {
		ctx, cancel := context.WithTimeout(c.stack.life, timeout+t1)
		defer cancel()
		// Without an answer the peer repeats or ends the call; there is nothing for us to add.
		_, _ = c.roundTrip(ctx, inside{method: "PRACK", headers: []Header{{"RAck", rack}}, body: ours, to: &side})
	})
}

// settledWith says whether offer and answer have been exchanged in an early dialog, so that there
// may be another offer. c.mu is held.
func (c *Call) settledWith(tag string) bool {
	if e := c.uac.early[tag]; c.outgoing && e != nil {
		return e.settled
	}
	return !c.outgoing && c.uas.settled
}
