package voice

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/ladder"
	"linekeeper/internal/media"
	"linekeeper/internal/sound"
	"linekeeper/internal/wire/sip"
)

// outgoing is the call to an agent's SIP phone.
type outgoing struct {
	session *session
	held    atomic.Bool        // the agent put the call on hold at his phone
	cancel  context.CancelFunc // ends the goroutine that made the call

	mu     sync.Mutex // guards call and closed: the call may be made while the leg lets go of it
	call   *sip.Call
	closed bool
}

// made notes the call; false: nobody wants it any more.
func (o *outgoing) made(call *sip.Call) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.call = call
	return !o.closed
}

// current is the call that was made; nil: none yet.
func (o *outgoing) current() *sip.Call {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.call
}

// close ends the call: CANCEL, or BYE once it was picked up.
func (o *outgoing) close() {
	o.mu.Lock()
	o.closed = true
	call := o.call
	o.mu.Unlock()
	o.cancel()
	if call != nil {
		hangUp(call, "")
	}
}

// dial calls the agent's phone; the device is next until it is picked up.
func (l *Leg) dial(a *agent, phone Phone, until time.Time) {
	if call := l.edge.caller(a.user, nil); call != nil && l.takeUp(a, call, until) {
		return // the phone has called by itself
	}
	if phone.Kind == Outside {
		l.dialOutside(a, phone, until)
		return
	}
	conn, err := l.edge.config.Ports.Listen()
	if err != nil {
		l.edge.figures.count(func(f *Figures) { f.Refused[NoPorts]++ })
		l.phoneFailed(a, err.Error())
		return
	}
	transport := media.NewUDP(conn, media.UDPConfig{NAT: true})
	s := newSession(transport, l.edge.mediaAddress(transport, l.call), true, netip.Addr{},
		phoneCodecs(l.codecNow()))
	ctx, cancel := context.WithCancel(l.ctx)
	d := &device{owner: a, kind: SIPPhone, due: until, sip: &outgoing{session: s, cancel: cancel}}
	s.changed = func(held bool) {
		d.sip.held.Store(held)
		l.tell(func() { l.phoneHeld(d, held); l.keepSoon() })
	}
	l.keeps(s)
	a.next = d
	l.wg.Go(func() {
		defer cancel()
		defer l.edge.rescue("a call to a SIP phone", func() {
			l.tell(func() { l.sipFailed(d, "internal error") })
		})
		if err := l.callPhone(ctx, d, phone, until); err != nil {
			l.tell(func() { l.sipFailed(d, err.Error()) })
		}
	})
}

// callPhone makes the call and follows it to its end, on a goroutine of its own. An error means that
// no call was made.
func (l *Leg) callPhone(ctx context.Context, d *device, phone Phone, until time.Time) error {
	s := d.sip.session
	places, err := l.edge.places(ctx, phone)
	if err != nil {
		return err
	}
	s.moveTo(l.edge.soundAddress(s.transport.UDPTransport, places[0].Peer))
	secure := !slices.ContainsFunc(places, func(p sip.DialRequest) bool { return !p.Transport.Secure() })
	if err := l.edge.protectPhone(s, phone.Encryption, secure); err != nil {
		return err
	}
	offer := s.offer() // one for all: the answer of the first that is picked up counts
	up := newPickup(s)
	for i := range places {
		p := &places[i]
		p.From, p.Offer, p.Timeout = l.number(), offer, time.Until(until)+time.Second
		p.Made = func(c *sip.Call) {
			l.edge.trace(l.trunk.Tenant, l.id, ladder.Phone, p.Target, c)
			up.made(ctx, c)
		}
		l.edge.remembered(p, l.id)
		if phone.AutoAnswer {
			p.Headers = autoAnswer()
		}
	}
	r := l.edge.ringAll(ctx, l.wg.Go, places)
	call := r.call
	switch {
	case call == nil && ctx.Err() != nil:
		return nil
	case call == nil && r.err != nil:
		return r.err
	case call == nil:
		l.tell(func() { l.sipEnded(d, r.end, r.rang) })
		return nil
	}
	l.keysOf(d, call)
	if !d.sip.made(call) {
		hangUp(call, "")
		return nil
	}
	s.isFrom(call.Source().Addr())
	if err := s.accept(r.answer.Session); err != nil {
		hangUp(call, outOfOrder)
		return fmt.Errorf("SIP phone %s: %w", phone.URI, err)
	}
	l.tell(func() {
		if !d.gone {
			h := &hearing{kind: sound.Phone, user: d.owner.user, session: s}
			d.media = l.listen(h, s.open(l.config(h, media.LegConfig{Inband: true, OnDigit: func(g media.Digit) { press(up.keys, rune(g.Key)) }})))
			l.pickedUp(ctx, d, phone.Confirm && !d.owner.wanted, up.keys)
		}
	})
	up.take(call) // now: that the phone holds must come after that it is up
	select {
	case <-call.Done():
		l.tell(func() { l.sipEnded(d, call.End(), true) })
	case <-ctx.Done():
		hangUp(call, "")
	}
	return nil
}

// sipFailed follows a call that could not be made.
func (l *Leg) sipFailed(d *device, detail string) {
	if d.gone {
		return
	}
	if a := d.owner; a.next == d {
		a.next = nil
		l.phoneFailed(a, detail)
	} else {
		a.device = nil
		l.phoneLost(a, detail)
	}
	l.closeDevice(d)
}

// sipEnded follows the end of a call to a SIP phone that we did not end.
func (l *Leg) sipEnded(d *device, end sip.End, rang bool) {
	if d.gone {
		return
	}
	if d.up {
		l.deviceGone(d, "the SIP phone's call ended: "+string(end.Kind), end.Kind == sip.EndedBye)
		return
	}
	a := d.owner
	a.next = nil
	l.closeDevice(d)
	forwarded := end.Kind == sip.EndedRejected && end.Code/100 == 3                          // never followed: where calls go is the center's to say
	declined := forwarded || rung{end: end, rang: rang}.byHand() || end.Kind == sip.EndedBye // instead of pressing 1
	if forwarded {
		l.log.Info("a SIP phone forwards its calls; taken as declined", "agent", string(a.user), "code", end.Code)
	}
	if declined && !a.wanted {
		l.input(interaction.AgentDeclined{Agent: a.user})
		return
	}
	detail := "the SIP phone did not answer"
	if forwarded {
		detail = "the SIP phone forwards its calls, which the center does not follow: switch that off at the phone"
	} else if end.Kind == sip.EndedRejected {
		detail = fmt.Sprintf("the SIP phone refused: %d %s", end.Code, end.Reason)
	} else if end.Kind != sip.EndedNoAnswer {
		detail = "the SIP phone could not be reached: " + string(end.Kind)
	}
	l.phoneFailed(a, detail)
}

// resolve finds the address of a SIP phone.
func (e *Edge) resolve(ctx context.Context, uri string) (netip.AddrPort, error) {
	host, port, err := hostPort(uri)
	if err != nil {
		return netip.AddrPort{}, err
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return netip.AddrPortFrom(a.Unmap(), port), nil
	}
	look := e.config.SIP.Resolve
	if look == nil {
		look = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	all, err := look(ctx, host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	if len(all) == 0 {
		return netip.AddrPort{}, fmt.Errorf("%s has no address", host)
	}
	return netip.AddrPortFrom(all[0].Unmap(), port), nil
}

// hostPort are host and port of a SIP address; without a port 5060 is meant.
func hostPort(uri string) (host string, port uint16, err error) {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok || !strings.EqualFold(scheme, "sip") {
		return "", 0, fmt.Errorf("%q is no SIP address", uri)
	}
	if _, host, ok := strings.Cut(rest, "@"); ok { // what is before it may have semicolons of its own
		rest = host
	}
	if i := strings.IndexAny(rest, ";?"); i >= 0 {
		rest = rest[:i]
	}
	host, text := rest, "5060"
	if h, p, err := net.SplitHostPort(rest); err == nil {
		host, text = h, p
	}
	n, err := strconv.ParseUint(text, 10, 16)
	host = strings.Trim(host, "[]")
	if err != nil || host == "" {
		return "", 0, fmt.Errorf("%q is no SIP address", uri)
	}
	return host, uint16(n), nil
}
