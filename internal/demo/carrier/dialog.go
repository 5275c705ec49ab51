package carrier

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// request writes a request of the dialog.
func (c *Call) request(method, uri, branch string, cseq int, body []byte) []byte {
	var b strings.Builder
	at := c.k.at
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\n", method, uri, at, branch)
	from := "<" + c.localURI + ">"
	if c.Display != "" && c.k.conf.Target == c.peer {
		from = fmt.Sprintf("%q %s", c.Display, from)
	}
	fmt.Fprintf(&b, "From: %s;tag=%s\r\nTo: <%s>", from, c.localTag, c.remoteURI)
	if c.remoteTag != "" && method != "CANCEL" {
		fmt.Fprintf(&b, ";tag=%s", c.remoteTag)
	}
	fmt.Fprintf(&b, "\r\nCall-ID: %s\r\nCSeq: %d %s\r\nUser-Agent: linekeeper-fake-carrier\r\n", c.callID, cseq, method)
	if method == "INVITE" {
		fmt.Fprintf(&b, "Contact: <sip:%s@%s>\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\n", c.From, at)
	}
	if body != nil {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return []byte(b.String())
}

// dial is the life of a call that we place.
func (c *Call) dial(ctx context.Context) {
	defer c.finish()
	branch := token()
	offer := describe(c.soundAt(), c.k.conf.Codecs, events, "sendrecv", c.version)
	invite := c.request("INVITE", c.target, branch, c.cseq, offer)
	inviteURI := c.target
	c.k.send(invite, c.peer)
	again := t1
	repeat, limit := time.NewTimer(again), time.NewTimer(timerB)
	defer repeat.Stop()
	defer limit.Stop()
	var cancelled, provisional, wantCancel bool
	var cancel []byte
	leave, gone := c.leave, ctx.Done()
	for {
		if wantCancel && provisional && !cancelled {
			// RFC 3261, 9.1: only after a provisional answer, with the INVITE's branch.
			cancelled = true
			cancel = c.request("CANCEL", inviteURI, branch, c.cseq, nil)
			c.k.send(cancel, c.peer)
			again = t1
			repeat.Reset(again)
			limit.Reset(timerB)
		}
		select {
		case <-leave:
			leave, wantCancel = nil, true
		case <-gone:
			gone, wantCancel = nil, true
		case <-c.k.done:
			c.result.Err = ErrClosed
			return
		case <-repeat.C:
			switch {
			case cancelled:
				c.k.send(cancel, c.peer)
			case !provisional:
				c.k.send(invite, c.peer)
			}
			again = min(2*again, t2)
			repeat.Reset(again)
		case <-limit.C:
			c.result.Err = fmt.Errorf("no final answer to the INVITE within %s", timerB)
			c.result.ByUs = wantCancel
			return
		case m := <-c.in:
			switch {
			case m.req != nil:
				c.strange(m)
				continue
			case m.res.CSeq().MethodName == sip.CANCEL:
				repeat.Stop()
				continue
			case m.res.CSeq().MethodName != sip.INVITE:
				continue
			}
			code := m.res.StatusCode
			switch {
			case code < 200:
				if !provisional {
					provisional = true
					limit.Reset(3 * time.Minute) // timer C
				}
				if code > 100 {
					c.progress()
					if code == 183 && len(m.res.Body()) > 0 {
						_ = c.media(m.res.Body())
					}
				}
			case code < 300:
				c.learn(m.res.To(), m.res.Contact())
				c.ack(m)
				c.result.Code, c.result.Reason = code, m.res.Reason
				if err := c.media(m.res.Body()); err != nil {
					c.result.Err, c.result.ByUs = err, true
					c.bye()
					return
				}
				c.connect()
				if wantCancel { // it crossed our CANCEL
					c.result.ByUs = true
					c.bye()
					return
				}
				c.talk(ctx)
				return
			default:
				c.learn(m.res.To(), nil)
				c.k.send(c.request("ACK", inviteURI, branch, c.cseq, nil), c.peer)
				c.result.Code, c.result.Reason, c.result.ByUs = code, m.res.Reason, wantCancel
				if h := m.res.GetHeader("Retry-After"); h != nil {
					c.result.RetryAfter = h.Value()
				}
				return
			}
		}
	}
}

// ring is the life of a call that came to us.
func (c *Call) ring(m message) {
	defer c.finish()
	c.cseq = 1
	offer, err := parse(m.req.Body())
	var codec Codec
	if err == nil {
		codec, err = offer.common(c.k.conf.Codecs)
	}
	if err != nil {
		c.result = Result{Code: 488, Err: err, ByUs: true}
		c.final(m, 488, "Not Acceptable Here")
		return
	}
	c.k.respond(m, 180, "Ringing", c.localTag, nil)
	body := describe(c.soundAt(), []Codec{codec}, offer.events, offer.answering(), c.version)
	if c.k.conf.Early {
		c.sound.use(offer, codec)
		c.k.respond(m, 183, "Session Progress", c.localTag, body)
	}
	c.progress()
	c.k.conf.Incoming(c)
	for {
		select {
		case <-c.pick:
			c.sound.use(offer, codec)
			c.result.Code = 200
			if c.result.Err = c.offered(m, body); c.result.Err != nil {
				return
			}
			c.talk(context.Background())
			return
		case code := <-c.refuse:
			c.result = Result{Code: code, ByUs: true}
			c.final(m, code, "Refused")
			return
		case <-c.leave:
			c.result = Result{Code: 486, ByUs: true}
			c.final(m, 486, "Busy Here")
			return
		case <-c.k.done:
			c.result.Err = ErrClosed
			return
		case got := <-c.in:
			switch {
			case got.req == nil:
			case got.req.Method == sip.INVITE:
				c.k.respond(got, 180, "Ringing", c.localTag, nil)
			case got.req.Method == sip.CANCEL:
				c.k.respond(got, 200, "OK", c.localTag, nil)
				c.result = Result{Code: 487}
				c.final(m, 487, "Request Terminated")
				return
			default:
				c.strange(got)
			}
		}
	}
}

// offered answers an INVITE with 200 and repeats that until the ACK comes (RFC 3261, 13.3.1.4).
func (c *Call) offered(m message, body []byte) error {
	c.k.respond(m, 200, "OK", c.localTag, body)
	if m.req.To().Params == nil || !m.req.To().Params.Has("tag") {
		c.connect()
	}
	again := t1
	repeat, limit := time.NewTimer(again), time.NewTimer(timerB)
	defer repeat.Stop()
	defer limit.Stop()
	for {
		select {
		case got := <-c.in:
			switch {
			case got.req == nil:
			case got.req.Method == sip.ACK && got.req.CSeq().SeqNo == m.req.CSeq().SeqNo:
				return nil
			case got.req.Method == sip.INVITE && got.req.CSeq().SeqNo == m.req.CSeq().SeqNo:
				c.k.respond(m, 200, "OK", c.localTag, body)
			case got.req.Method == sip.BYE:
				c.k.respond(got, 200, "OK", c.localTag, nil)
				return fmt.Errorf("BYE before ACK")
			case got.req.Method == sip.CANCEL: // too late
				c.k.respond(got, 200, "OK", c.localTag, nil)
			default:
				c.strange(got)
			}
		case <-repeat.C:
			c.k.respond(m, 200, "OK", c.localTag, body)
			again = min(2*again, t2)
			repeat.Reset(again)
		case <-limit.C:
			return fmt.Errorf("no ACK within %s", timerB)
		case <-c.k.done:
			return ErrClosed
		}
	}
}

// final refuses an INVITE and repeats that until the ACK comes (RFC 3261, 17.2.1).
func (c *Call) final(m message, code int, reason string) {
	again, limit := t1, time.NewTimer(timerB)
	defer limit.Stop()
	for {
		c.k.respond(m, code, reason, c.localTag, nil)
		repeat := time.NewTimer(again)
		again = min(2*again, t2)
	wait:
		for {
			select {
			case got := <-c.in:
				if got.req != nil && got.req.Method == sip.ACK {
					repeat.Stop()
					return
				}
				if got.req != nil && got.req.Method == sip.CANCEL {
					c.k.respond(got, 200, "OK", c.localTag, nil)
				}
			case <-repeat.C:
				break wait
			case <-limit.C:
				repeat.Stop()
				return
			case <-c.k.done:
				repeat.Stop()
				return
			}
		}
	}
}

// talk is the answered call.
func (c *Call) talk(ctx context.Context) {
	for {
		select {
		case <-c.leave:
			c.result.ByUs = true
			c.bye()
			return
		case <-ctx.Done():
			c.result.ByUs = true
			c.bye()
			return
		case <-c.k.done:
			c.result.Err = ErrClosed
			return
		case mode := <-c.turn:
			if over := c.reinvite(mode); over {
				return
			}
		case m := <-c.in:
			switch {
			case m.res != nil:
				if m.res.CSeq().MethodName == sip.INVITE && m.res.StatusCode >= 200 {
					c.ackAgain(m)
				}
			case m.req.Method == sip.BYE:
				c.k.respond(m, 200, "OK", c.localTag, nil)
				return
			case m.req.Method == sip.INVITE:
				if err := c.reinvited(m); err != nil {
					c.result.Err = err
					c.bye()
					return
				}
			default:
				c.strange(m)
			}
		}
	}
}

// reinvite offers another direction; true if the call ended meanwhile. A refusal (491 among them)
// leaves everything as it was.
func (c *Call) reinvite(mode string) (over bool) {
	c.cseq++
	c.version++
	branch := token()
	invite := c.request("INVITE", c.target, branch, c.cseq, describe(c.soundAt(), []Codec{c.Codec()}, events, mode, c.version))
	again, limit := t1, time.NewTimer(timerB)
	defer limit.Stop()
	repeat := time.NewTimer(again)
	defer repeat.Stop()
	c.k.send(invite, c.peer)
	for {
		select {
		case m := <-c.in:
			switch {
			case m.req != nil && m.req.Method == sip.BYE:
				c.k.respond(m, 200, "OK", c.localTag, nil)
				return true
			case m.req != nil && m.req.Method == sip.INVITE: // RFC 3261, 14.2
				c.k.respond(m, 491, "Request Pending", c.localTag, nil)
			case m.req != nil:
				c.strange(m)
			case m.res.CSeq().MethodName != sip.INVITE || int(m.res.CSeq().SeqNo) != c.cseq:
				if m.res.CSeq().MethodName == sip.INVITE && m.res.StatusCode >= 200 {
					c.ackAgain(m)
				}
			case m.res.StatusCode < 200:
				repeat.Stop()
			case m.res.StatusCode < 300:
				c.ack(m)
				if err := c.media(m.res.Body()); err != nil {
					c.result.Err = err
					c.bye()
					return true
				}
				return false
			default:
				c.k.send(c.request("ACK", c.target, branch, c.cseq, nil), c.peer)
				return false
			}
		case <-repeat.C:
			c.k.send(invite, c.peer)
			again = min(2*again, t2)
			repeat.Reset(again)
		case <-limit.C:
			c.result.Err = fmt.Errorf("no answer to a re-INVITE within %s", timerB)
			c.bye()
			return true
		case <-c.k.done:
			c.result.Err = ErrClosed
			return true
		}
	}
}

// reinvited answers an INVITE within the call: another address, codec or direction.
func (c *Call) reinvited(m message) error {
	if len(m.req.Body()) == 0 { // the offer is asked of us; the answer comes with the ACK
		c.version++
		return c.offered(m, describe(c.soundAt(), c.k.conf.Codecs, events, "sendrecv", c.version))
	}
	offer, err := parse(m.req.Body())
	var codec Codec
	if err == nil {
		codec, err = offer.common(c.k.conf.Codecs)
	}
	if err != nil {
		c.final(m, 488, "Not Acceptable Here")
		return nil
	}
	if m.req.Contact() != nil {
		c.target = m.req.Contact().Address.String()
	}
	c.sound.use(offer, codec)
	c.mu.Lock()
	c.holding = offer.mode == "sendonly" || offer.mode == "inactive"
	c.mu.Unlock()
	c.version++
	return c.offered(m, describe(c.soundAt(), []Codec{codec}, offer.events, offer.answering(), c.version))
}

// strange answers what has no meaning for us here.
func (c *Call) strange(m message) {
	switch m.req.Method {
	case sip.ACK:
	case sip.BYE: // before an answer: odd, but there is nothing to say against it
		c.k.respond(m, 200, "OK", c.localTag, nil)
	case sip.OPTIONS, sip.INFO:
		c.k.respond(m, 200, "OK", c.localTag, nil)
	case sip.CANCEL:
		c.k.respond(m, 481, "Call Does Not Exist", c.localTag, nil)
	default:
		c.k.respond(m, 405, "Method Not Allowed", c.localTag, nil)
	}
}

// bye says goodbye and waits until that was understood.
func (c *Call) bye() {
	c.cseq++
	msg := c.request("BYE", c.target, token(), c.cseq, nil)
	again, limit := t1, time.NewTimer(timerB)
	defer limit.Stop()
	repeat := time.NewTimer(again)
	defer repeat.Stop()
	c.k.send(msg, c.peer)
	for {
		select {
		case m := <-c.in:
			switch {
			case m.res != nil && m.res.CSeq().MethodName == sip.BYE && m.res.StatusCode >= 200:
				return
			case m.res != nil && m.res.CSeq().MethodName == sip.INVITE && m.res.StatusCode >= 200:
				c.ackAgain(m)
			case m.req != nil && m.req.Method == sip.BYE: // both at once
				c.k.respond(m, 200, "OK", c.localTag, nil)
			case m.req != nil && m.req.Method != sip.ACK:
				c.k.respond(m, 481, "Call Does Not Exist", c.localTag, nil)
			}
		case <-repeat.C:
			c.k.send(msg, c.peer)
			again = min(2*again, t2)
			repeat.Reset(again)
		case <-limit.C:
			c.result.Err = fmt.Errorf("no answer to BYE within %s", timerB)
			return
		case <-c.k.done:
			return
		}
	}
}

// ack confirms a 2xx: a transaction of its own (RFC 3261, 13.2.2.4).
func (c *Call) ack(m message) {
	c.k.send(c.request("ACK", c.target, token(), int(m.res.CSeq().SeqNo), nil), c.peer)
}

// ackAgain confirms a repeated final answer.
func (c *Call) ackAgain(m message) {
	if m.res.StatusCode < 300 {
		c.ack(m)
		return
	}
	branch := ""
	if via := m.res.Via(); via != nil {
		branch, _ = via.Params.Get("branch")
	}
	c.k.send(c.request("ACK", c.target, strings.TrimPrefix(branch, "z9hG4bK"), int(m.res.CSeq().SeqNo), nil), c.peer)
}

// media applies an answer.
func (c *Call) media(body []byte) error {
	d, err := parse(body)
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	codec, err := d.common(c.k.conf.Codecs)
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	c.sound.use(d, codec)
	return nil
}

func (c *Call) soundAt() netip.AddrPort { return c.sound.at() }
