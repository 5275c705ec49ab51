package voice

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/ladder"
	"linekeeper/internal/media"
	"linekeeper/internal/sound"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
)

// pickUpNumber is what a registered phone dials for the call that is parked longest; with a number
// behind it, for the second longest and so on.
const pickUpNumber = "*8"

// pickUpTime is how long a phone that picks up waits for its call.
const pickUpTime = 10 * time.Second

// dialed is a number that a registered phone calls; false: it leads nowhere. It is on the call's goroutine.
func (e *Edge) dialed(ctx context.Context, user access.UserID, call *sip.Call) bool {
	h := e.config.Handsets
	if h == nil {
		return false
	}
	number := call.RequestUser()
	if rest, ok := strings.CutPrefix(number, pickUpNumber); ok {
		n, err := strconv.ParseUint("0"+rest, 10, 16)
		id, parked := h.Parked(max(int(n), 1))
		if err != nil || !parked {
			return false
		}
		e.pickUp(ctx, user, id, call)
		return true
	}
	for _, id := range h.InHand(user) {
		l, has := e.leg(id), false
		if l == nil || !l.ask(func() {
			a := l.agents[user]
			has = a != nil && a.device != nil && a.device.kind == SIPPhone && a.device.out == nil && l.talksWith(user)
		}) || !has {
			continue
		}
		target, err := h.Dialed(number)
		if err != nil {
			return false
		}
		l.consult(ctx, user, target, call)
		return true
	}
	target, err := h.Dialed(number)
	if err != nil || target.Kind != interaction.ToOutside {
		return false
	}
	e.callsOut(ctx, user, target.Address, call)
	return true
}

// callsOut begins a call to a customer for an agent who has dialed at his phone: its call waits until the
// customer has picked up, and becomes the agent's phone then.
func (e *Edge) callsOut(ctx context.Context, user access.UserID, number string, call *sip.Call) {
	if !e.waits(user, call) {
		_ = call.Reject(486, "")
		return
	}
	asking, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	id, err := e.config.Handsets.Call(asking, user, number)
	if err != nil {
		e.caller(user, call)
		e.log.Info("a phone may not call this number", "agent", string(user), "err", err)
		_ = call.Reject(refusedCall(err), fault.Message(err)) // cancelled, if it fails
		return
	}
	<-call.Done()
	if e.caller(user, call) != nil { // the agent has hung up before the customer has picked up
		e.config.Center.Tell(id, interaction.AgentHungUp{Agent: user, Device: true})
	}
}

// refusedCall is what a phone is told that may not call.
func refusedCall(err error) int {
	switch {
	case fault.Is(err, fault.Invalid):
		return 404
	case fault.Is(err, fault.Denied):
		return 403
	case fault.Is(err, fault.Conflict):
		return 480
	}
	return 503
}

// waits notes the call of a user's phone that waits for whom it has asked for; false: another one does.
func (e *Edge) waits(user access.UserID, call *sip.Call) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, busy := e.callers[user]; busy {
		return false
	}
	e.callers[user] = call
	return true
}

// pickUp gives a parked call to the phone that asks for it: its call becomes the agent's phone.
func (e *Edge) pickUp(ctx context.Context, user access.UserID, id interaction.ID, call *sip.Call) {
	h := e.config.Handsets
	if err := h.MayPickUp(user); err != nil {
		_ = call.Reject(480, fault.Message(err)) // cancelled, if it fails
		return
	}
	if !e.waits(user, call) {
		_ = call.Reject(486, "")
		return
	}
	defer e.caller(user, call)
	_ = call.Ring() // cancelled, if it fails: Done says so
	asking, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if err := h.Ask(asking, id, interaction.PickUp{By: user}); err != nil {
		_ = call.Reject(480, fault.Message(err))
		return
	}
	late := time.AfterFunc(pickUpTime, func() {
		if e.caller(user, call) != nil {
			_ = call.Reject(480, "Somebody was faster.")
		}
	})
	defer late.Stop()
	<-call.Done()
}

// caller takes the call of a user's phone that waits for one; only: this one, nil: whichever. Nil: none waits.
func (e *Edge) caller(user access.UserID, only *sip.Call) *sip.Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	call := e.callers[user]
	if call == nil || only != nil && call != only {
		return nil
	}
	delete(e.callers, user)
	return call
}

// phoneSession prepares the sound of a call that a phone makes, and our description. Without success the
// call is refused.
func (e *Edge) phoneSession(user access.UserID, call *sip.Call, codecs []sdp.Codec) (s *session, body []byte, ok bool) {
	conn, err := e.config.Ports.Listen()
	if err != nil {
		e.refuse(call, NoPorts, err)
		return nil, nil, false
	}
	source := call.Source().Addr().Unmap()
	transport := media.NewUDP(conn, media.UDPConfig{NAT: true, Signal: source})
	s = newSession(transport, e.mediaAddress(transport, call), true, source, codecs)
	if err := e.protectPhone(s, e.phoneOf(user).Encryption, call.Transport().Secure()); err != nil {
		e.refuse(call, NoEncryption, err)
		_ = transport.Close()
		return nil, nil, false
	}
	if offer := call.Offer(); offer == nil {
		body = s.offer()
	} else if body, err = s.answer(offer); err != nil {
		why := NoCodec
		if errors.Is(err, sdp.ErrProtection) {
			why = NoEncryption
		}
		e.refuse(call, why, err)
		_ = transport.Close()
		return nil, nil, false
	}
	call.OnOffer(s.reoffered)
	call.OnAnswer(func(answer *sdp.Session) { _ = s.reanswered(answer) }) // unusable: it stays silent
	return s, body, true
}

// takeUp makes a call of an agent's phone his device; false: it could not be, and is refused.
func (l *Leg) takeUp(a *agent, call *sip.Call, until time.Time) bool {
	s, body, ok := l.edge.phoneSession(a.user, call, phoneCodecs(l.session.codec()))
	if !ok {
		return false
	}
	ctx, cancel := context.WithCancel(l.ctx)
	d := &device{owner: a, kind: SIPPhone, due: until, sip: &outgoing{session: s, cancel: cancel, call: call}}
	s.changed = func(held bool) {
		d.sip.held.Store(held)
		l.tell(func() { l.phoneHeld(d, held) })
	}
	l.keysOf(d, call)
	l.keeps(s)
	l.edge.trace(l.trunk.Tenant, l.id, ladder.Phone, call.Contact(), call)
	if err := call.Answer(ctx, body); err != nil {
		cancel()
		_ = s.transport.Close()
		return false
	}
	a.next = d
	h := &hearing{kind: sound.Phone, user: a.user, session: s}
	d.media = l.listen(h, s.open(l.config(h, media.LegConfig{Inband: true})))
	l.deviceUp(d)
	l.wg.Go(func() {
		defer cancel()
		select {
		case <-call.Done():
			l.tell(func() { l.sipEnded(d, call.End(), true) })
		case <-ctx.Done():
			hangUp(call, "")
		}
	})
	return true
}

// consult asks whom an agent dials at his phone's second line to a private talk. It is on the call's
// goroutine.
func (l *Leg) consult(ctx context.Context, user access.UserID, target interaction.Target, call *sip.Call) {
	h := l.edge.config.Handsets
	second := &secondLine{}
	second.call = call
	var d *device
	if !l.ask(func() {
		if a := l.agents[user]; a != nil && a.device != nil && a.device.second == nil {
			d = a.device
			d.second = second
		}
	}) || d == nil {
		_ = call.Reject(486, "")
		return
	}
	call.OnRefer(func(r *sip.Referral) int { return l.referred(d, r) })
	l.edge.trace(l.trunk.Tenant, l.id, ladder.Phone, call.Contact(), call)
	_ = call.Ring() // cancelled, if it fails: Done says so
	asking, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if err := h.Ask(asking, l.id, interaction.Consult{By: user, Target: target, Private: true}); err != nil {
		_ = call.Reject(480, fault.Message(err))
		l.tell(func() { l.dropSecond(d, second) })
		return
	}
	_, party := h.Beside(l.id)
	if !l.tell(func() { second.party = party; l.followSecond(d) }) {
		_ = call.Reject(480, "")
		return
	}
	<-call.Done()
	if l.tell(func() { l.secondEnded(d, second) }) {
		return
	}
	<-l.over
}

// followSecond answers the second line when who was called is there, and ends it when he is gone.
func (l *Leg) followSecond(d *device) {
	second := d.second
	if second == nil || second.party == "" {
		return
	}
	if !l.edge.config.Handsets.Takes(l.id, second.party) {
		l.dropSecond(d, second)
		return
	}
	if _, here := l.arranged.Ear(second.party); !here || second.media != nil {
		return
	}
	s, body, ok := l.edge.phoneSession(d.owner.user, second.call, phoneCodecs(l.session.codec()))
	if !ok {
		return // its end follows
	}
	second.session = s
	s.changed = func(held bool) { l.tell(func() { l.secondHeld(d, second, held) }) }
	h := &hearing{kind: sound.Phone, user: d.owner.user, session: s}
	second.media = l.listen(h, s.open(l.config(h, media.LegConfig{Inband: true})))
	d.onSecond = true
	_ = second.call.Answer(l.ctx, body) // cancelled, if it fails: Done says so
	l.keeps(s)
	l.keepSoon()
}

// secondHeld follows the hold key at the second line. The line that was taken back last is the one that
// the agent talks at.
func (l *Leg) secondHeld(d *device, second *secondLine, held bool) {
	d.since = time.Now()
	if second.gone || second.held == held {
		return
	}
	second.held = held
	l.keepSoon()
	if !held {
		d.onSecond = true
		l.moves(d, true)
	}
	l.rearrange()
}

// moves brings the agent to the talk of the line that he has taken back.
func (l *Leg) moves(d *device, beside bool) {
	h, user := l.edge.config.Handsets, d.owner.user
	if d.second == nil || d.second.media == nil || h == nil {
		return
	}
	if there, party := h.Beside(l.id); party == "" || there == beside {
		return
	}
	l.input(interaction.Swap{By: user})
}

// secondEnded follows the end of the second line: whom it was for is let go, unless the talk has gone on
// without it.
func (l *Leg) secondEnded(d *device, second *secondLine) {
	if second.gone {
		return
	}
	if h := l.edge.config.Handsets; d.referral == nil && second.party != "" {
		if _, beside := h.Beside(l.id); beside == second.party {
			l.input(interaction.DropParty{By: d.owner.user, Party: second.party})
		}
	}
	l.dropSecond(d, second)
}

// dropSecond releases the second line; what the agent says goes by the first again.
func (l *Leg) dropSecond(d *device, second *secondLine) {
	if second.gone {
		return
	}
	second.gone = true
	l.keepSoon()
	if d.second == second {
		d.second, d.onSecond = nil, false
	}
	l.rearrange()
	if d.referral == nil || !d.gone { // else it may be the line that awaits the notice: letGo ends it
		hangUp(second.call, normalClearing)
	}
	if second.media != nil {
		delete(l.filled, second.media)
		l.closeMedia(second.media)
	}
}
