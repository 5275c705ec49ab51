package voice

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"golang.org/x/time/rate"

	"linekeeper/internal/access"
	"linekeeper/internal/entry"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/mailbox"
	"linekeeper/internal/media"
	"linekeeper/internal/sound"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
)

// refusal is a call turned away at the door.
type refusal struct {
	reason Reason
	code   int
	retry  int // seconds after which it may be tried again; 0: not said
}

// refusals is the one table from reasons to SIP (RFC 3261, section 21).
func refusals(r Reason) refusal {
	switch r {
	case UnknownSource, Blocked:
		return refusal{r, 403, 0}
	case UnknownNumber:
		return refusal{r, 404, 0}
	case BlockedHere:
		return refusal{r, 603, 0} // unless the entry says otherwise
	case NoCodec, NoEncryption:
		return refusal{r, 488, 0}
	case Draining:
		return refusal{r, 503, 30}
	case TooFast:
		return refusal{r, 503, 1}
	case Overloaded:
		return refusal{r, 503, 5}
	case NoPorts, TooManyCalls:
		return refusal{r, 503, 10}
	default:
		return refusal{NotRecorded, 503, 5}
	}
}

// invite is called by the stack for each new call, on a goroutine that is the leg's from then on.
func (e *Edge) invite(ctx context.Context, call *sip.Call) {
	defer e.rescue("a new call", func() { _ = call.Reject(500, "") })
	if account := call.Account(); account != "" {
		e.phoneCalls(ctx, account, call)
		return
	}
	from, ok := e.trunkOf(call)
	if !ok {
		from, ok = e.lines.callsFrom(call.Source().Addr().Unmap(), call.RequestUser())
	}
	if !ok {
		e.refuse(call, UnknownSource, nil)
		return
	}
	if why := e.lines.refuses(from.ID, callerOf(call)); why != "" {
		e.refuse(call, Blocked, errors.New(string(why)))
		return
	}
	if reason := e.admit(from); reason != "" {
		e.refuse(call, reason, nil)
		return
	}
	mine := true
	defer func() {
		if mine { // refused, or something panicked
			e.release(from)
		}
	}()
	l, reason, err := e.arrive(ctx, from, call)
	if reason != "" {
		e.refuse(call, reason, err)
		return
	}
	mine = false // the leg's, from now on
	l.run()
}

// trunkOf is whose call it is: of whose certificate, or of whose address.
func (e *Edge) trunkOf(call *sip.Call) (Trunk, bool) {
	source := call.Source().Addr().Unmap()
	if e.config.Certified != nil {
		if cert, verified := call.PeerCertificate(); cert != nil {
			if t, ok := e.config.Certified(cert, verified, source); ok {
				return t, true
			}
		}
	}
	return e.config.Directory.Trunk(source)
}

// turnedAway is a caller whom an entry does not take.
type turnedAway struct {
	entry Entry
	block entry.Block
}

// Error implements error; it is for the log.
func (a *turnedAway) Error() string {
	return fmt.Sprintf("the entry %s does not take %s: %s", a.entry.ID, a.block.Numbers, a.block.Reason)
}

// refuse turns a call away and counts why.
func (e *Edge) refuse(call *sip.Call, reason Reason, err error) {
	e.figures.count(func(f *Figures) { f.Refused[reason]++ })
	if reason == CallerGone {
		return
	}
	r := refusals(reason)
	if away := (*turnedAway)(nil); errors.As(err, &away) {
		r.code = away.entry.Answer.Code()
	}
	level := e.log.Info
	if reason == NoPorts || reason == NotRecorded {
		level = e.log.Error
	}
	level("call refused", "reason", string(reason), "code", r.code, "number", call.RequestUser(), "source", call.Source().String(), "err", err)
	var headers []sip.Header
	if r.retry != 0 {
		headers = append(headers, sip.Header{Name: "Retry-After", Value: strconv.Itoa(r.retry)})
	}
	if err := call.Reject(r.code, "", headers...); err != nil && !errors.Is(err, sip.ErrEnded) {
		e.log.Warn("refusing a call", "err", err)
	}
}

// admit reserves room for a call; release gives it back. It comes before all work, so that refusing
// stays cheap when there is too much.
func (e *Edge) admit(t Trunk) Reason {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.draining {
		return Draining
	}
	limiter := e.rates[t.ID]
	if limiter == nil {
		limiter = rate.NewLimiter(rate.Limit(e.limit.CallsPerSecond), e.limit.CallsAtOnce)
		e.rates[t.ID] = limiter
	}
	if !limiter.Allow() {
		return TooFast
	}
	if e.all >= e.limit.Calls || t.MaxCalls > 0 && e.calls[t.ID] >= t.MaxCalls {
		return TooManyCalls
	}
	e.all++
	e.calls[t.ID]++
	return ""
}

func (e *Edge) release(t Trunk) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all--
	if e.calls[t.ID]--; e.calls[t.ID] == 0 {
		delete(e.calls, t.ID)
	}
}

// entryOf finds what was dialed: the request URI says so or, where the carrier puts our account there
// or somebody has forwarded the call to us, one of the headers does.
func (e *Edge) entryOf(from Trunk, call *sip.Call) (to Entry, dialed string, found bool) {
	for _, dialed := range dialedNumbers(call) {
		for _, number := range spellings(dialed) {
			if to, found = e.config.Directory.Entry(from.Tenant, number); found {
				return to, dialed, true
			}
		}
	}
	return Entry{}, "", false
}

// arrive makes a leg of a call and commits its arrival. A reason means that it is to be refused, and
// that nothing is left of it.
func (e *Edge) arrive(ctx context.Context, from Trunk, call *sip.Call) (_ *Leg, reason Reason, err error) {
	to, dialed, found := e.entryOf(from, call)
	if !found {
		return nil, UnknownNumber, nil
	}
	if b, refused := entry.Refuses(to.Blocked, callerOf(call), to.Country); refused {
		return nil, BlockedHere, &turnedAway{entry: to, block: b}
	}
	conn, err := e.config.Ports.Listen()
	if err != nil {
		return nil, NoPorts, err
	}
	transport := media.NewUDP(conn, media.UDPConfig{NAT: from.NAT, Signal: call.Source().Addr()})
	s := newSession(transport, e.mediaAddress(transport, call), from.NAT, call.Source().Addr(), sdpCodecs(from.Codecs))
	protection, err := e.protection(from.Encryption, call.Transport(), from.NAT)
	if err != nil {
		_ = transport.Close()
		return nil, NoEncryption, err
	}
	s.protect(protection, e.log)
	offer := call.Offer()
	var body []byte
	if offer == nil {
		body = s.offer()
	} else if body, err = s.answer(offer); err != nil {
		_ = transport.Close()
		if errors.Is(err, sdp.ErrProtection) {
			return nil, NoEncryption, err
		}
		return nil, NoCodec, err
	}
	l := &Leg{
		edge: e, log: e.log.With("call", call.ID()), call: call, trunk: from, session: s, transport: transport, body: body,
		box: mailbox.New[func()](), over: make(chan struct{}), digits: make(chan rune, digitsKept),
		project: to.Project, center: call.RequestUser(), language: to.Language,
	}
	h := &hearing{kind: sound.Trunk, address: callerOf(call), session: s}
	l.hearings, l.troubles = make(map[*media.Leg]*hearing), make(map[access.UserID]sound.Trouble)
	l.customer = l.listen(h, s.open(l.config(h, media.LegConfig{OnDigit: l.digit, Inband: true})))
	s.changed = func(held bool) { l.tell(func() { l.sessionChanged(held) }) }
	begun := false
	defer func() {
		if !begun { // also when something panicked
			l.customer.Close()
		}
	}()

	arrival := interaction.Arrived{Arrival: interaction.Arrival{
		Tenant: from.Tenant, Project: to.Project, Channel: interaction.Voice, Origin: interaction.Inbound,
		CustomerAddress: callerOf(call), CenterAddress: dialed,
		Entry: to.ID, Trunk: from.ID, Language: to.Language, Codec: s.codec().Name, Flow: to.Flow,
		Restore: l.restore(),
	}}
	beginning, cancel := context.WithTimeout(ctx, e.limit.Begin)
	defer cancel()
	e.gauge.begins(1)
	id, err := e.config.Center.Begin(beginning, arrival, l)
	e.gauge.begins(-1)
	if err != nil {
		if call.Phase() == sip.Ended {
			return nil, CallerGone, err
		}
		e.mu.Lock()
		draining := e.draining
		e.mu.Unlock()
		if draining {
			return nil, Draining, err
		}
		return nil, NotRecorded, err
	}
	begun = true
	l.begin(id)
	return l, "", nil
}

// mediaAddress is what the other side shall send its sound to. Behind a socket bound to every address
// it is the one the carrier of this call knows us by.
func (e *Edge) mediaAddress(t *media.UDPTransport, call *sip.Call) netip.AddrPort {
	bound := t.LocalAddr()
	if e.config.PublicIP.IsValid() {
		return netip.AddrPortFrom(e.config.PublicIP, bound.Port())
	}
	if call != nil && bound.Addr().IsUnspecified() {
		if host, _, err := hostPort(call.Contact()); err == nil {
			if a, err := netip.ParseAddr(host); err == nil {
				return netip.AddrPortFrom(a, bound.Port())
			}
		}
	}
	return bound
}

// causeOf says who ended a call that we did not end. Peers tell trouble in their own network by the
// cause of ITU-T Q.850 in a Reason header (RFC 3326).
func causeOf(end sip.End) (interaction.Cause, string) {
	switch end.Kind {
	case sip.EndedCanceled:
		return interaction.ByCustomer, "hung up before the answer"
	case sip.EndedBye:
		switch end.Q850 {
		case 27, 34, 38, 41, 42, 44, 47, 58, 102, 111:
			return interaction.ByCarrier, "the carrier ended the call: cause " + strconv.Itoa(end.Q850)
		}
		return interaction.ByCustomer, ""
	case sip.EndedNoAck:
		return interaction.ByCarrier, "our answer was never acknowledged"
	case sip.EndedLost:
		return interaction.ByCarrier, "the carrier no longer knows the call"
	case sip.EndedTransport:
		return interaction.ByCarrier, "the connection to the carrier broke"
	case sip.EndedClosed:
		return interaction.BySystem, "the server was closed"
	case sip.EndedNoAnswer, sip.EndedRejected:
		return interaction.BySystem, "the call was not answered"
	}
	return interaction.ByUnknown, end.Reason
}
