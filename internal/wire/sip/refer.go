package sip

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

const sipfrag = "message/sipfrag;version=2.0"

// referLimit is how many transfers of one call may be under way in each direction.
const referLimit = 4

// Transfer is what we ask a peer to do.
type Transfer struct {
	Target   string    // whom the peer is to call: a URI without headers
	Replaces *Replaces // of the call at Target whose place the peer is to take; nil: a blind transfer
	By       string    // URI of the Referred-By header (RFC 3892); empty: our From or To
}

// Referral is a peer's wish that we call somebody instead of it (RFC 3515).
type Referral struct {
	Target   string    // whom to call, without headers
	Replaces *Replaces // the call at Target whose place to take: for DialRequest.Replaces; nil: none
	By       string    // the Referred-By header as it came; empty if there was none

	call *Call
	id   string // CSeq of the REFER
	mute bool   // the peer wants no notices (RFC 4488)
	out  queue

	// Call.mu guards what follows.
	accepted bool
	waiting  []Progress // notices from before the 202
	over     bool
}

// subscription awaits the notices about a transfer that we asked for.
type subscription struct {
	seq    uint32 // of the REFER
	notice chan Progress
}

// OnRefer sets who decides about transfers that the peer asks for. It returns 0 to accept, then the
// peer is told how it goes by Referral.Notify; or a code of 300 and above. It must not wait for the
// transfer. Without OnRefer they are declined.
func (c *Call) OnRefer(f func(*Referral) (code int)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onRefer = f
}

// Refer asks the peer to call somebody else (RFC 3515). It returns when the peer has agreed; a
// refusal is a *Refusal. How the peer fares comes by the channel, without Session, in order, the
// last 8; it is closed after the final notice or when the call ends. The call itself goes on until
// either side hangs it up.
func (c *Call) Refer(ctx context.Context, t Transfer) (<-chan Progress, error) {
	if u, err := parseURI(t.Target); err != nil || u.headers != "" {
		return nil, fmt.Errorf("transfer to %q: not a URI without headers", t.Target)
	}
	to := t.Target
	if t.Replaces != nil {
		to += "?Replaces=" + escapeHeader(t.Replaces.String())
	}
	c.mu.Lock()
	switch {
	case c.ended:
		c.mu.Unlock()
		return nil, ErrEnded
	case c.phase != Confirmed || len(c.subscriptions) >= referLimit:
		c.mu.Unlock()
		return nil, ErrState
	}
	s := &subscription{notice: make(chan Progress, 8)}
	c.subscriptions = append(c.subscriptions, s)
	by := t.By
	if by == "" {
		by = c.to.URI
		if c.outgoing {
			by = c.from.URI
		}
	}
	c.mu.Unlock()
	m, err := c.roundTrip(ctx, inside{
		method:  "REFER",
		headers: []Header{{"Refer-To", "<" + to + ">"}, {"Referred-By", "<" + by + ">"}},
		sent:    func(seq uint32) { s.seq = seq },
	})
	if err == nil && m.code >= 300 {
		err = refusalOf(m)
	}
	if err != nil {
		c.mu.Lock()
		c.unsubscribe(s)
		c.mu.Unlock()
		if err == ErrTimeout {
			c.lost(ByTimeout, 408, "")
		}
		return nil, err
	}
	return s.notice, nil
}

// unsubscribe closes the channel of a transfer, once. c.mu is held.
func (c *Call) unsubscribe(s *subscription) {
	for i, other := range c.subscriptions {
		if other == s {
			c.subscriptions = append(c.subscriptions[:i:i], c.subscriptions[i+1:]...)
			close(s.notice)
			return
		}
	}
}

// notified handles a NOTIFY: only those of our transfers are awaited. c.mu is held.
func (c *Call) notified(m *message, answer func(code int, headers ...Header)) {
	event, rest, _ := strings.Cut(m.get("Event"), ";")
	if !strings.EqualFold(strings.TrimSpace(event), "refer") {
		answer(489, Header{"Allow-Events", "refer"})
		return
	}
	id := ""
	if ps, err := parseParams(strings.TrimSuffix(";"+rest, ";")); err == nil {
		id, _ = ps.get("id")
	}
	var s *subscription
	for _, other := range c.subscriptions {
		if id == strconv.Itoa(int(other.seq)) || id == "" && s == nil {
			s = other
		}
	}
	if s == nil {
		answer(481)
		return
	}
	state, _, _ := strings.Cut(m.get("Subscription-State"), ";")
	line, _, _ := strings.Cut(string(m.body), "\n")
	var status message
	told := status.parseStart(strings.TrimSpace(line)) == nil && status.code > 0
	if told {
		tell(s.notice, Progress{Code: status.code, Reason: status.reason})
	}
	if strings.EqualFold(strings.TrimSpace(state), "terminated") || told && status.code >= 200 {
		c.unsubscribe(s)
	}
	answer(200)
}

// tell puts a notice into a channel; the oldest goes if the reader is too slow. There is one writer.
func tell(to chan Progress, p Progress) {
	for {
		select {
		case to <- p:
			return
		default:
		}
		select {
		case <-to:
		default:
		}
	}
}

// referred handles a REFER inside the dialog (RFC 3515 section 2.4.2). c.mu is held.
func (c *Call) referred(t *serverTx, m *message, answer func(code int, headers ...Header)) {
	f := c.onRefer
	values := m.all("Refer-To")
	if len(values) != 1 {
		answer(400)
		return
	}
	to, err := parseAddress(values[0])
	if err != nil {
		answer(400)
		return
	}
	r := &Referral{By: m.get("Referred-By"), call: c, id: strconv.Itoa(int(m.seq)), mute: strings.EqualFold(strings.TrimSpace(m.get("Refer-Sub")), "false"), out: queue{stack: c.stack}}
	r.Target, _, _ = strings.Cut(to.raw, "?")
	if value, ok := to.uri.header("Replaces"); ok {
		replaces, err := parseReplaces(value)
		if err != nil {
			answer(400)
			return
		}
		r.Replaces = &replaces
	}
	switch {
	case to.uri.scheme != "sip" && to.uri.scheme != "sips" && to.uri.scheme != "tel":
		answer(416)
		return
	case f == nil || c.phase < Answered:
		answer(603)
		return
	case c.referrals >= referLimit:
		answer(500, Header{"Retry-After", "10"})
		return
	}
	c.referrals++
	c.tasks.add(func() {
		code := 500
		c.stack.guard("refer callback", func() { code = f(r) })
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case code >= 300 && code <= 699:
			c.referrals--
			r.over = true
			answer(code)
		case c.ended:
			answer(481)
		default:
			accepted := c.stack.reply(m, t.from, 202, "", c.localTag)
			accepted.add("Contact", "<"+c.contact+">")
			if r.mute {
				accepted.add("Refer-Sub", "false")
			}
			t.respond(accepted)
			r.accepted = true
			r.notify(100, phrase(100)) // RFC 3515 section 2.4.4: at once
			for _, p := range r.waiting {
				r.notify(p.Code, p.Reason)
			}
		}
	})
}

// Notify tells the peer how the call that it asked for fares: 100 to 199 while it rings, then one
// final status. It returns at once; notices are sent in order. ErrEnded after the final one and when
// the call is over.
func (r *Referral) Notify(code int, reason string) error {
	c := r.call
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.over || c.ended {
		return ErrEnded
	}
	if reason == "" {
		reason = phrase(code)
	}
	if !r.accepted {
		r.waiting = append(r.waiting, Progress{Code: code, Reason: reason})
		return nil
	}
	r.notify(code, reason)
	return nil
}

// notify sends one notice. c.mu is held.
func (r *Referral) notify(code int, reason string) {
	if r.over {
		return
	}
	state := "active;expires=600"
	if code >= 200 {
		r.over = true
		r.call.referrals--
		state = "terminated;reason=noresource"
	}
	if r.mute {
		return
	}
	r.out.add(func() {
		m, err := r.call.roundTrip(r.call.stack.life, inside{
			method:  "NOTIFY",
			headers: []Header{{"Event", "refer;id=" + r.id}, {"Subscription-State", state}},
			kind:    sipfrag,
			body:    []byte("SIP/2.0 " + strconv.Itoa(code) + " " + strings.Map(oneLine, reason) + "\r\n"),
		})
		if err == nil && m.code < 300 {
			return
		}
		r.call.mu.Lock() // the peer no longer listens
		defer r.call.mu.Unlock()
		if !r.over {
			r.over = true
			r.call.referrals--
		}
	})
}
