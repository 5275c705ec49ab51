package sip

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/wire/sdp"
)

// uac is the caller's half of a call.
type uac struct {
	request    DialRequest
	tx         *clientTx // the INVITE that has no final answer yet
	invite     *message
	tries      int
	heard      bool              // a provisional answer came: CANCEL may be sent
	abandoned  bool              // we no longer want the call
	reason     string            // Reason of the CANCEL or BYE
	acks       map[string]acked  // by CSeq and peer's tag, to repeat for repeated 200s
	news       chan struct{}     // has one when something was heard; for DialFirst
	visited    []string          // targets before redirections
	early      map[string]*early // by the peer's tag
	reoffering bool              // our re-INVITE is open
	sentTo     hop               // where the INVITE went
	left       bool              // by an earlier process; see CancelPending
	closed     bool              // the channels are
}

type acked struct {
	bytes []byte
	to    hop
}

// Dial starts an outgoing call and returns when its INVITE has been sent; how it goes is told by
// Call.Progress, Call.Answered and Call.Done. ctx bounds only the resolving and connecting; use
// Hangup to cancel the call.
func (s *Stack) Dial(ctx context.Context, request DialRequest) (*Call, error) {
	target, err := parseURI(request.Target)
	if err != nil {
		return nil, fmt.Errorf("target %q: %w", request.Target, err)
	}
	if target.scheme != "sip" && target.scheme != "sips" && !request.Peer.IsValid() {
		return nil, fmt.Errorf("target %q: only sip and sips URIs can be called without a peer", request.Target)
	}
	to, err := s.way(ctx, target, request)
	if err != nil {
		return nil, fmt.Errorf("reaching %s: %w", request.Target, err)
	}
	c := s.newCall(newID()+"@"+s.hostOf(to), newID())
	c.outgoing = true
	c.progress, c.answered = make(chan Progress, 8), make(chan Answer, 1)
	c.uac.news = make(chan struct{}, 1)
	c.uac.request, c.uac.acks = request, map[string]acked{}
	if request.OnPending != nil {
		c.pending.Store(&request.OnPending)
	}
	c.dialed, c.target = target.number(), request.Target
	from := s.fromURI(request.From, to)
	c.local = "<" + from + ">;tag=" + c.localTag
	if request.Display != "" {
		c.local = quote(request.Display) + " " + c.local
	}
	c.remote = "<" + request.Target + ">"
	if request.To != "" {
		c.remote = "<" + request.To + ">"
	}
	for _, v := range []struct {
		party *Party
		value string
	}{{&c.from, c.local}, {&c.to, c.remote}} {
		a, err := parseAddress(v.value)
		if err != nil {
			return nil, fmt.Errorf("address %q: %w", v.value, err)
		}
		*v.party = a.party()
		if v.party == &c.from {
			c.contactUser = a.uri.user
			c.contact = s.contact(to, a.uri.user, target.scheme == "sips") // carriers know their customers by it
		}
	}
	c.localSeq, c.routes = 1, request.Routes
	c.localSDP = request.Offer
	limit := request.Timeout
	if limit == 0 {
		limit = unansweredTime
	}
	if err := s.enlist(c); err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.use(to)
	c.life = time.AfterFunc(limit, func() {
		s.guard("call", func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			if !c.ended && c.phase < Answered {
				c.abandon("", End{By: ByTimeout, Kind: EndedNoAnswer})
			}
		})
	})
	c.mu.Unlock()
	if request.Made != nil {
		request.Made(c)
	}
	if err := c.invite(ctx, to, nil); err != nil {
		c.mu.Lock()
		c.finish(End{By: ByTransport, Kind: EndedTransport, Reason: err.Error()})
		c.mu.Unlock()
		s.delist(c)
		return nil, err
	}
	s.count.callsOut.Add(1)
	return c, nil
}

func (s *Stack) hostOf(h hop) string {
	host, _ := s.self(h)
	return bracketed(host)
}

func (s *Stack) fromURI(from string, h hop) string {
	switch {
	case from == "":
		return "sip:anonymous@" + s.hostOf(h)
	case strings.Contains(from, ":"):
		return from
	case strings.Contains(from, "@"):
		return "sip:" + from
	}
	return "sip:" + from + "@" + s.hostOf(h)
}

// invite sends the INVITE, again if challenge is a 401 or 407.
func (c *Call) invite(ctx context.Context, to hop, challenge *message) error {
	c.mu.Lock()
	m := c.build("INVITE", c.localSeq)
	c.inviteSeq = c.localSeq
	request := &c.uac.request
	for _, h := range request.Headers {
		m.add(h.Name, h.Value)
	}
	if request.Replaces != nil {
		m.add("Replaces", request.Replaces.String())
	}
	if request.Offer != nil {
		m.add("Content-Type", accepts)
		m.body = request.Offer
	}
	c.mu.Unlock()
	if challenge != nil {
		if err := authorize(m, challenge, c.uac.request.Username, c.uac.request.Password); err != nil {
			return err
		}
	}
	t := &clientTx{trace: c.trace}
	t.addressed = func(to hop) {
		c.mu.Lock()
		c.uac.sentTo = to
		c.mu.Unlock()
		c.noted()
	}
	t.answered = func(m *message) { c.work.add(func() { c.responded(t, m) }) }
	t.failed = func(by By) { c.work.add(func() { c.unreachable(t, by) }) }
	c.mu.Lock()
	c.uac.tx, c.uac.invite, c.uac.heard = t, m, false
	c.mu.Unlock()
	if err := c.stack.sendRequest(ctx, t, m, to); err != nil {
		return fmt.Errorf("sending INVITE: %w", err)
	}
	return nil
}

// unreachable: the INVITE had no answer at all.
func (c *Call) unreachable(t *clientTx, by By) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.uac.tx != t {
		return
	}
	c.uac.tx = nil
	kind := EndedLost
	if by == ByTransport {
		kind = EndedTransport
	}
	c.finish(End{By: by, Kind: kind, Code: 408, Reason: phrase(408)})
	c.stack.delist(c)
}

// responded handles an answer to our INVITE, in order.
func (c *Call) responded(t *clientTx, m *message) {
	switch {
	case m.code < 200:
		c.progressed(t, m)
	case m.code < 300:
		c.succeeded(m)
	default:
		c.refused(t, m)
	}
}

func (c *Call) progressed(t *clientTx, m *message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.uac.tx != t {
		return
	}
	if !c.uac.heard {
		c.uac.heard = true
		c.tellNews()
		if c.uac.abandoned {
			c.sendCancel()
		}
	}
	if c.ended || m.code == 100 {
		return
	}
	c.phase = Ringing
	c.tellNews()
	p := Progress{Code: m.code, Reason: m.reason, Dialog: m.to.tag()}
	body, _ := description(m)
	if body != nil {
		p.Session, _ = sdp.Parse(body)
	}
	if e := c.earlyDialog(m); e != nil {
		ok := false
		if p.Reliable, ok = e.acknowledges(m); !ok {
			return
		}
		if body != nil {
			e.body = body
		}
		if p.Reliable {
			c.mu.Unlock()
			c.prack(e, m, p.Session, body)
			c.mu.Lock()
			if c.ended {
				return
			}
		}
		if m.code == 199 { // RFC 6228: this one has ended, others go on
			delete(c.uac.early, p.Dialog)
		}
	}
	tell(c.progress, p)
}

func (c *Call) refused(t *clientTx, m *message) {
	c.mu.Lock()
	if c.uac.tx != t {
		c.mu.Unlock()
		return
	}
	c.uac.tries++
	challenge := m
	again := !c.uac.abandoned && authorized(t.request, m, c.uac.request.Username, c.uac.tries)
	if !again && !c.uac.abandoned && c.uac.tries < 6 && c.timer.raise(m) {
		again, challenge = true, nil
	}
	if again {
		c.localSeq++
		to := t.out.hop()
		c.mu.Unlock()
		if err := c.invite(c.stack.life, to, challenge); err == nil {
			return
		}
		c.mu.Lock()
	}
	c.uac.tx = nil
	c.mu.Unlock()
	if c.redirected(m) {
		return
	}
	c.mu.Lock()
	c.uac.tx = nil
	end := endReason(m)
	end.By, end.Kind, end.Code, end.Reason = ByPeer, EndedRejected, m.code, m.reason
	end.RetryAfter = retryAfter(m)
	c.headers = m
	c.finish(end)
	c.mu.Unlock()
	c.stack.delist(c)
}

// succeeded handles a 200 to our INVITE: the first, a repeated one, one of another branch of a
// fork, and one that crosses our CANCEL.
func (c *Call) succeeded(m *message) {
	tag := m.to.tag()
	key := strconv.Itoa(int(m.seq)) + " " + tag
	c.mu.Lock()
	if a, ok := c.uac.acks[key]; ok {
		c.mu.Unlock()
		_ = c.stack.sendTraced(c.trace, a.to, a.bytes)
		return
	}
	if m.seq < c.oldSeq && tag == c.remoteTag { // the ACK of the process before was lost
		c.mu.Unlock()
		_ = c.ack(c.stack.life, m, nil)
		return
	}
	if !c.outgoing || m.seq != c.inviteSeq {
		c.mu.Unlock() // a re-INVITE's, which Reoffer acknowledges
		return
	}
	if c.remoteTag != "" || c.phase == Confirmed {
		c.mu.Unlock()
		c.forked(m, key)
		return
	}
	c.establish(m)
	c.timerAnswered(m)
	c.uac.tx = nil
	body, _ := description(m)
	var ours []byte
	settled := false
	if e := c.uac.early[tag]; e != nil { // what was agreed early holds
		c.remoteSeq, ours, settled = e.remoteSeq, e.ours, e.moved
		if body == nil || settled {
			body = e.body
		}
	}
	c.uac.early = nil
	session, err := sdp.Parse(body)
	if err != nil {
		session = nil
	}
	c.remoteSDP = body
	offerless := c.uac.request.Offer == nil
	var inAck []byte
	c.mu.Unlock()
	c.noted()

	if offerless && ours == nil && session != nil && c.uac.request.OnOffer != nil {
		ours, _ = c.ask(func(s *sdp.Session) ([]byte, int) { return c.uac.request.OnOffer(s), 0 }, session)
		inAck = ours
	}
	err = c.ack(c.stack.life, m, inAck)

	c.mu.Lock()
	switch {
	case c.uac.abandoned || c.ended:
		reason := c.uac.reason
		c.mu.Unlock()
		_ = c.bye(c.stack.life, reason)
		return
	case err != nil:
		c.finish(End{By: ByTransport, Kind: EndedTransport, Reason: err.Error()})
		c.mu.Unlock()
		_ = c.bye(c.stack.life, "")
		return
	case offerless && ours == nil:
		c.finish(End{By: ByLocal, Kind: EndedBye, Code: 488})
		c.mu.Unlock()
		_ = c.bye(c.stack.life, `SIP;cause=488;text="Not Acceptable Here"`)
		return
	}
	if ours != nil {
		c.localSDP = ours
	}
	c.phase = Confirmed
	c.tellNews()
	c.life.Stop()
	c.answered <- Answer{Session: session, Body: body, Settled: settled}
	c.uac.closeChannels(c)
	c.mu.Unlock()
}

// establish takes the dialog from a 200 (RFC 3261 section 12.1.2). c.mu is held.
func (c *Call) establish(m *message) {
	c.remoteTag, c.remote = m.to.tag(), m.get("To")
	c.routes = m.all("Record-Route")
	slices.Reverse(c.routes)
	c.refresh(m)
	c.headers = m
}

// forked acknowledges and ends the dialog of a second 200 (RFC 3261 section 13.2.2.4).
func (c *Call) forked(m *message, key string) {
	other := c.stack.newCall(c.id, c.localTag)
	c.mu.Lock()
	other.outgoing, other.local, other.contact = true, c.local, c.contact
	other.target, other.peer, other.localSeq = c.uac.request.Target, c.peer, m.seq
	other.uac.request, other.uac.acks = c.uac.request, map[string]acked{}
	other.uac.invite, other.inviteSeq = c.uac.invite, c.inviteSeq
	c.mu.Unlock()
	other.establish(m)
	if other.ack(c.stack.life, m, nil) == nil {
		c.mu.Lock()
		c.uac.acks[key] = other.uac.acks[key]
		c.mu.Unlock()
	}
	_ = other.bye(c.stack.life, "")
}

// ack sends and remembers the ACK to a 2xx; it has a transaction of its own, which is none (RFC
// 3261 section 13.2.2.4).
func (c *Call) ack(ctx context.Context, m *message, body []byte) error {
	to, err := c.next(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	ack := c.build("ACK", m.seq)
	if body != nil {
		ack.add("Content-Type", accepts)
		ack.body = body
	}
	if invite := c.uac.invite; invite != nil && m.seq == c.inviteSeq { // RFC 3261 section 22.1
		for _, name := range []string{"Authorization", "Proxy-Authorization"} {
			if v := invite.get(name); v != "" {
				ack.add(name, v)
			}
		}
	}
	c.stack.address(ack, to)
	b := ack.bytes()
	if c.uac.acks == nil {
		c.uac.acks = map[string]acked{}
	}
	if len(c.uac.acks) > 16 {
		clear(c.uac.acks)
	}
	c.uac.acks[strconv.Itoa(int(m.seq))+" "+m.to.tag()] = acked{b, to}
	c.mu.Unlock()
	if err := c.stack.sendTraced(c.trace, to, b); err != nil {
		return fmt.Errorf("sending ACK: %w", err)
	}
	return nil
}

// abandon stops wanting an unanswered outgoing call. The end is visible at once; the INVITE is
// cancelled as soon as the peer has shown that it has it (RFC 3261 section 9.1). c.mu is held.
func (c *Call) abandon(reason string, end End) {
	c.uac.abandoned, c.uac.reason = true, reason
	c.finish(end)
	if c.uac.tx == nil {
		c.stack.delist(c)
		return
	}
	if c.uac.heard {
		c.sendCancel()
	}
}

// sendCancel sends the CANCEL for our INVITE. c.mu is held.
func (c *Call) sendCancel() {
	t, s := c.uac.tx, c.stack
	m := cancelOf(t.request, c.uac.reason)
	cancel := &clientTx{trace: c.trace, answered: func(*message) {}, failed: func(By) {}}
	to := t.out.hop()
	s.spawn("cancel", func() { _ = s.request(cancel, m, to) })
	// No final answer to the INVITE in 64*T1 means that there will be none.
	c.life = time.AfterFunc(timeout, func() {
		s.guard("cancel", func() {
			c.mu.Lock()
			open := c.uac.tx == t
			c.mu.Unlock()
			if open {
				t.fsm.Terminate()
			}
			s.spawn("delist", func() { s.delist(c) })
		})
	})
}

// tellNews wakes who waits for something to be heard.
func (c *Call) tellNews() {
	select {
	case c.uac.news <- struct{}{}:
	default:
	}
}

// closeChannels ends Progress and Answered, once. c.mu is held.
func (u *uac) closeChannels(c *Call) {
	if !u.closed {
		u.closed = true
		close(c.progress)
		close(c.answered)
	}
}
