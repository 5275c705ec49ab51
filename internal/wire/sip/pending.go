package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// Pending is what the next process needs to end a call of ours that this one leaves unanswered, or has just seen
// answered: plain data in snake_case JSON that may be stored where the call itself may be. It holds neither
// descriptions nor passwords.
type Pending struct {
	Dialog State `json:"dialog"` // without RemoteTag until the call is answered
	// Invite is the INVITE that was sent last, with what a CANCEL repeats of it (RFC 3261, section 9.1).
	Invite    string         `json:"invite"`
	Transport Transport      `json:"transport"` // the way it took
	Peer      netip.AddrPort `json:"peer"`
	PeerName  string         `json:"peer_name,omitempty"`
	At        time.Time      `json:"at"` // it was sent
}

// ErrKnown means that a dialog is in the Stack already.
var ErrKnown = errors.New("the dialog is here already")

// cancelTry is how often a way to the peer of a stream is looked for.
const cancelTry = time.Second

// cancelOf is the CANCEL for an INVITE.
func cancelOf(invite *message, reason string) *message {
	m := repeated(invite, "CANCEL")
	if reason != "" {
		m.add("Reason", reason)
	}
	return m
}

// repeated is a message without a body that has in common with an INVITE what makes it of the same transaction.
func repeated(invite *message, method string) *message {
	m := &message{method: method, target: invite.target, seq: invite.seq, via: invite.via}
	for _, h := range invite.headers {
		switch h.Name {
		case "Via", "Route", "From", "To", "Call-ID", "Max-Forwards":
			m.headers = append(m.headers, h)
		}
	}
	m.add("CSeq", strconv.Itoa(int(m.seq))+" "+method)
	return m
}

// noted tells who keeps it what would end the call now.
func (c *Call) noted() {
	c.mu.Lock()
	invite, to := c.uac.invite, c.uac.sentTo
	c.mu.Unlock()
	if c.pending.Load() == nil {
		return
	}
	p := &Pending{Dialog: c.State(), Transport: to.transport, Peer: to.addr, PeerName: to.name, At: time.Now()}
	p.Dialog.LocalSDP, p.Dialog.RemoteSDP = nil, nil
	p.Invite = string(repeated(invite, "INVITE").bytes())
	c.tellPending(p)
}

// tellPending tells who keeps it, if there is somebody.
func (c *Call) tellPending(p *Pending) {
	if f := c.pending.Load(); f != nil && *f != nil {
		(*f)(c.id, p)
	}
}

// CancelPending ends a call that an earlier process has left: by CANCEL, also if it is not known whether the peer has
// shown that it has the INVITE, or by BYE if the call was answered. An answer that crosses it is acknowledged and
// ended by BYE, a refusal acknowledged. Where the peer can be reached by a stream only, it is tried for 32 s
// behind this, since the peer may have to come back first. told is as DialRequest.OnPending; nil: nobody wants to
// know. An error, ErrKnown among others, means that nothing is sent. Run must be running.
func (s *Stack) CancelPending(p Pending, reason string, told func(callID string, p *Pending)) error {
	if p.Dialog.RemoteTag != "" {
		return s.byePending(p, reason, told)
	}
	invite, err := parseDatagram([]byte(p.Invite))
	if err == nil && (invite.method != "INVITE" || p.Dialog.CallID != invite.callID || p.Dialog.LocalTag != invite.from.tag() || !p.Peer.IsValid()) {
		err = errors.New("incomplete")
	}
	if err != nil {
		return fmt.Errorf("reading what is kept of a call left behind: %w", err)
	}
	c := s.newCall(p.Dialog.CallID, p.Dialog.LocalTag)
	c.outgoing, c.phase = true, Trying
	c.progress, c.answered = make(chan Progress), make(chan Answer)
	c.from, c.to = invite.from.party(), invite.to.party()
	c.local, c.remote, c.target, c.contact = p.Dialog.Local, p.Dialog.Remote, p.Dialog.RemoteTarget, p.Dialog.Contact
	c.localSeq, c.inviteSeq, c.dialed = invite.seq, invite.seq, p.Dialog.RequestUser
	c.use(hop{transport: p.Dialog.Transport, addr: p.Dialog.Peer, name: p.Dialog.PeerName})
	c.pending.Store(&told)
	c.uac.acks, c.uac.news = map[string]acked{}, make(chan struct{}, 1)
	c.uac.invite, c.uac.sentTo, c.uac.left = invite, hop{transport: p.Transport, addr: p.Peer, name: p.PeerName}, true
	c.uac.abandoned, c.uac.reason = true, reason
	if err := s.enlist(c); err != nil {
		return fmt.Errorf("cancelling a call left behind: %w", err)
	}
	c.mu.Lock()
	c.finish(End{By: ByLocal, Kind: EndedCanceled})
	c.mu.Unlock()
	if !p.Transport.stream() {
		err := s.cancelLeft(c)
		if err != nil {
			s.delist(c)
		}
		return err
	}
	if !s.spawn("cancel", func() { s.cancelByStream(c) }) {
		return ErrClosed
	}
	return nil
}

// byePending ends a call that was just answered.
func (s *Stack) byePending(p Pending, reason string, told func(string, *Pending)) error {
	c, err := s.Restore(p.Dialog)
	if err != nil {
		return err
	}
	c.pending.Store(&told)
	if !c.transport.stream() {
		return c.Hangup(s.life, reason)
	}
	if !s.spawn("bye", func() { _ = c.Hangup(s.life, reason) }) {
		return ErrClosed
	}
	return nil
}

// cancelByStream cancels as soon as there is a way to the peer, and gives up after 64*T1.
func (s *Stack) cancelByStream(c *Call) {
	limit, again := time.NewTimer(timeout), time.NewTicker(cancelTry)
	defer limit.Stop()
	defer again.Stop()
	for {
		err := s.cancelLeft(c)
		if err == nil {
			return
		}
		select {
		case <-again.C:
		case <-limit.C:
			s.config.Log.Warn("a call of the earlier run was not cancelled: there is no way to its peer", "call", c.id, "error", err)
			s.delist(c)
			return
		case <-s.closed:
			return
		}
	}
}

// cancelLeft sends the CANCEL for an INVITE of an earlier process. What the peer answers to the INVITE within
// 64*T1 finds the call.
func (s *Stack) cancelLeft(c *Call) error {
	c.mu.Lock()
	to, m := c.uac.sentTo, cancelOf(c.uac.invite, c.uac.reason)
	c.mu.Unlock()
	if conn := s.flow(to, m.target); conn != nil {
		to = conn.hop()
	} else if to.transport.stream() {
		way, err := s.hop(s.life, to.transport, to.addr, to.name)
		if err != nil {
			return err
		}
		to = way
	}
	c.mu.Lock()
	c.uac.sentTo = to
	if to.conn != nil {
		c.peer = to // what follows takes the same way
	}
	c.life = time.AfterFunc(timeout, func() {
		s.guard("cancel", func() { s.spawn("delist", func() { s.forgetLeft(c) }) })
	})
	c.mu.Unlock()
	return s.request(&clientTx{trace: c.trace, answered: func(*message) {}, failed: func(By) {}}, m, to)
}

// forgetLeft forgets a call that was cancelled, unless it was answered meanwhile: then its BYE sees to that.
func (s *Stack) forgetLeft(c *Call) {
	c.mu.Lock()
	answered := c.remoteTag != ""
	c.mu.Unlock()
	if !answered {
		s.delist(c)
	}
}

// refusedLeft acknowledges the refusal of an INVITE of an earlier process, however often it comes.
func (c *Call) refusedLeft(m *message) {
	c.mu.Lock()
	invite, to := c.uac.invite, c.uac.sentTo
	c.mu.Unlock()
	if c.uac.left && m.via.branch == invite.via.branch {
		_ = c.stack.sendTraced(c.trace, to, refusedAck(invite, m))
	}
}
