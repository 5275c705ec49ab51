package voice

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/mailbox"
	"linekeeper/internal/media"
	"linekeeper/internal/sound"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
)

// Revive takes up the call of an interaction that an earlier process left: its dialog and those of the
// SIP phones and outside parties in the talk, on the same ports, with the same streams. The leg runs when
// it returns; the interaction must be ready for inputs. It comes before Run, so that no request of
// a peer finds its dialog missing, and before any other port is given out. An error means that the
// call cannot go on; nothing of it is left here then.
func (e *Edge) Revive(s interaction.State) (interaction.Revived, error) {
	b := e.left[string(s.ID)]
	if b == nil {
		return interaction.Revived{}, interaction.ErrGone
	}
	var k keptLeg
	if err := json.Unmarshal(b, &k); err != nil {
		return interaction.Revived{}, fmt.Errorf("reading a call left behind: %w", err)
	}
	if k.Customer.Port == 0 { // he was being called
		return interaction.Revived{}, interaction.ErrGone
	}
	call, session, err := e.revive(k.Customer)
	if err != nil {
		return interaction.Revived{}, err
	}
	l := &Leg{
		edge: e, log: e.log.With("call", call.ID()), call: call, trunk: e.oldTrunk(s, k.Customer), session: session,
		transport: session.transport.UDPTransport, body: k.Customer.Sent, revived: true,
		box: mailbox.New[func()](), over: make(chan struct{}), digits: make(chan rune, digitsKept),
		project: s.Arrival.Project, center: call.RequestUser(), language: s.Arrival.Language,
	}
	if k.Customer.Line != nil { // we had called him
		l.dialed, l.release = s.Arrival.CustomerAddress, e.readmit(k.Customer)
	} else {
		e.mu.Lock()
		e.all++
		e.calls[l.trunk.ID]++
		e.mu.Unlock()
	}
	l.hearings, l.troubles = make(map[*media.Leg]*hearing), make(map[access.UserID]sound.Trouble)
	h := &hearing{kind: sound.Trunk, address: l.number(), session: session}
	l.customer = l.listen(h, session.reopen(k.Customer, l.config(h, media.LegConfig{OnDigit: l.digit, Inband: true})))
	session.changed = func(held bool) { l.tell(func() { l.sessionChanged(held) }) }
	l.begin(s.ID)
	l.follow()
	l.enter(Answered)
	l.since = time.Now()
	l.setHeld(session.isHeld())
	l.revivePhones(k)
	up := interaction.Revived{Channel: l, Outside: l.reviveOutsides(k), Holds: session.isHeld()}
	l.keepSoon()
	l.writeDown(time.Now()) // nothing protected is sent before
	release := e.known.hold(call.Source().Addr().Unmap())
	e.wg.Go(func() {
		defer release()
		l.run()
	})
	return up, nil
}

// Revived is called when there is nothing left to be revived: what was written down of other calls is
// forgotten. It gives those who are in them still, each for RestoreAndHangUp, but for customers who have called:
// Arrival.Restore has these.
func (e *Edge) Revived() (orphans [][]byte) {
	for id, left := range e.left {
		if e.leg(interaction.ID(id)) == nil {
			orphans = append(orphans, e.orphans(left)...)
			if err := e.config.Keep.Put(id, nil); err != nil {
				e.log.Error("a call that is over is still written down", "interaction", id, "err", err)
			}
		}
	}
	e.left = nil
	return orphans
}

// orphans are the calls of a leg that is not taken up.
func (e *Edge) orphans(left []byte) (orphans [][]byte) {
	var k keptLeg
	if err := json.Unmarshal(left, &k); err != nil {
		e.log.Error("reading a call left behind", "err", err)
		return nil
	}
	var calls []keptCall
	if k.Customer.Line != nil {
		calls = append(calls, k.Customer)
	}
	for _, p := range k.Phones {
		calls = append(calls, p.keptCall)
		if p.Second != nil {
			calls = append(calls, p.Second.keptCall)
		}
	}
	for _, c := range k.Outsides {
		calls = append(calls, c)
	}
	for _, c := range calls {
		e.rangOut(c.Dialog.CallID) // it was picked up just before
		b, err := json.Marshal(kept{Dialog: c.Dialog})
		if err != nil {
			panic("a dialog that cannot be written down: " + err.Error()) // it was read from there
		}
		orphans = append(orphans, b)
	}
	return orphans
}

// Leave ends everything here but the calls: they are written down as they are, no peer is told, and the
// next process goes on with them. Nothing is told to the center that matters: its interactions must
// have been closed before.
func (e *Edge) Leave() error {
	e.Drain()
	e.leaves.Store(true)
	e.mu.Lock()
	legs := make([]*Leg, 0, len(e.legs))
	for _, l := range e.legs {
		legs = append(legs, l)
	}
	e.mu.Unlock()
	for _, l := range legs {
		l.ask(func() {
			l.keepSoon()
			l.writeDown(time.Now())
			l.left = true
		})
	}
	return e.Close()
}

// oldTrunk finds the trunk a call came by; one that is gone from the set-up meanwhile is known by name.
func (e *Edge) oldTrunk(s interaction.State, k keptCall) Trunk {
	if t, ok := e.config.Directory.Trunk(k.Dialog.Peer.Addr().Unmap()); ok && t.ID == s.Arrival.Trunk {
		return t
	}
	return Trunk{Tenant: s.Arrival.Tenant, ID: s.Arrival.Trunk, NAT: k.NAT}
}

// revive puts one call back, without its media leg.
func (e *Edge) revive(k keptCall) (*sip.Call, *session, error) {
	conn, err := e.config.Ports.ListenAt(k.Port)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the call's RTP port again: %w", err)
	}
	transport := media.NewUDP(conn, media.UDPConfig{Remote: k.Agreed.Remote, NAT: k.NAT, Signal: k.Signal, Learned: k.Learned,
		Mux: k.Agreed.Mux, Reports: k.Agreed.Reports})
	_ = transport.OpenReports() // somebody else has the port: then there are no reports
	s := newSession(transport, k.Local.Address, k.NAT, k.Signal, []sdp.Codec{k.Agreed.Codec})
	s.local, s.sent, s.held, s.log = k.Local, k.Sent, k.Held, e.log
	s.agreed, s.noise = k.Agreed, k.Noise
	s.transport.shut.Store(!k.Agreed.Direction.Sends())
	if err := s.resecure(k); err != nil {
		_ = transport.Close()
		return nil, nil, err
	}
	call, err := e.stack.Restore(k.Dialog)
	if err != nil {
		_ = transport.Close()
		return nil, nil, err
	}
	e.rangOut(call.ID())
	return call, s, nil
}

// reopen makes the media leg of a call that was revived: its stream goes on.
func (s *session) reopen(k keptCall, c media.LegConfig) *media.Leg {
	c.Numbers, c.Sparse = &k.Numbers, k.Sparse
	return s.open(c)
}

// reviveOut is revive for a call out, which counts on its trunk again. on is told what happens to it.
func (l *Leg) reviveOut(ctx context.Context, cancel context.CancelFunc, k keptCall, on func(OutProgress)) (*outCall, error) {
	call, s, err := l.edge.revive(k)
	if err != nil {
		return nil, err
	}
	o := &outCall{edge: l.edge, ended: make(chan struct{}), outgoing: outgoing{session: s, cancel: cancel, call: call}}
	o.want.On = on
	s.line = k.Line
	o.held.Store(k.Held)
	s.changed = o.holdChanged
	followed(call, s)
	l.keeps(s)
	readmitted := l.edge.readmit(k)
	release := l.edge.known.hold(call.Source().Addr().Unmap())
	l.wg.Go(func() {
		defer close(o.ended)
		defer readmitted()
		defer release()
		defer cancel()
		select {
		case <-call.Done():
			end := call.End()
			o.tell(OutProgress{Stage: OutEnded, Code: end.Code, Detail: end.Reason, End: end})
		case <-ctx.Done():
			hangUp(call, "")
		}
	})
	return o, nil
}

// revivePhones takes up the SIP phones and phones outside of agents. One that cannot be is called anew.
func (l *Leg) revivePhones(k keptLeg) {
	for user, party := range k.Holds { // also of a phone that does not come back: its hold ends with the next one
		l.agentFor(user).holds = party
	}
	for user, c := range k.Phones {
		d := &device{kind: SIPPhone, up: true, since: time.Now(), held: c.Held}
		revive := l.revivePhone
		if c.Line != nil {
			revive = l.reviveOutsidePhone
		}
		if err := revive(d, user, c.keptCall); err != nil {
			l.log.Warn("an agent's phone is not there any more", "agent", string(user), "err", err)
			continue
		}
		d.owner.device = d
		l.edge.figures.count(func(f *Figures) { f.Phones++ })
		if c.Second == nil {
			continue
		}
		if err := l.reviveSecond(d, *c.Second); err != nil {
			l.log.Warn("the second line of an agent's phone is not there any more", "agent", string(user), "err", err)
		}
	}
}

// revivePhone takes up the call of a SIP phone.
func (l *Leg) revivePhone(d *device, user access.UserID, c keptCall) error {
	call, s, err := l.edge.revive(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(l.ctx)
	d.owner, d.sip = l.agentFor(user), &outgoing{session: s, cancel: cancel, call: call}
	d.sip.held.Store(c.Held)
	h := &hearing{kind: sound.Phone, user: user, session: s}
	d.media = l.listen(h, s.reopen(c, l.config(h, media.LegConfig{})))
	s.changed = func(held bool) {
		d.sip.held.Store(held)
		l.tell(func() { l.phoneHeld(d, held); l.keepSoon() })
	}
	l.keysOf(d, call)
	l.keeps(s)
	followed(call, s)
	release := l.edge.known.hold(call.Source().Addr().Unmap())
	l.wg.Go(func() {
		defer release()
		defer cancel()
		select {
		case <-call.Done():
			l.tell(func() { l.sipEnded(d, call.End(), true) })
		case <-ctx.Done():
			hangUp(call, "")
		}
	})
	return nil
}

// reviveOutsidePhone takes up the call of an agent at a number outside.
func (l *Leg) reviveOutsidePhone(d *device, user access.UserID, c keptCall) error {
	ctx, cancel := context.WithCancel(l.ctx)
	o, err := l.reviveOut(ctx, cancel, c, func(p OutProgress) { l.tell(func() { l.agentOutsideIs(ctx, cancel, d, p, nil) }) })
	if err != nil {
		cancel()
		return err
	}
	d.owner, d.sip, d.out = l.agentFor(user), &o.outgoing, o
	h := &hearing{kind: sound.Outside, user: user, session: o.session}
	d.media = l.listen(h, o.session.reopen(c, l.config(h, media.LegConfig{Inband: true})))
	return nil
}

// reviveSecond takes up the line beside the first of a SIP phone.
func (l *Leg) reviveSecond(d *device, c keptSecond) error {
	call, s, err := l.edge.revive(c.keptCall)
	if err != nil {
		return err
	}
	second := &secondLine{party: c.Party, held: c.OnHold}
	second.call, second.session = call, s
	d.second, d.onSecond = second, c.Talks
	h := &hearing{kind: sound.Phone, user: d.owner.user, session: s}
	second.media = l.listen(h, s.reopen(c.keptCall, l.config(h, media.LegConfig{Inband: true})))
	s.changed = func(held bool) { l.tell(func() { l.secondHeld(d, second, held) }) }
	call.OnRefer(func(r *sip.Referral) int { return l.referred(d, r) })
	l.keeps(s)
	followed(call, s)
	release := l.edge.known.hold(call.Source().Addr().Unmap())
	l.wg.Go(func() {
		defer release()
		select {
		case <-call.Done():
			l.tell(func() { l.secondEnded(d, second) })
		case <-l.ctx.Done(): // who closes the device has ended it
		}
	})
	return nil
}

// reviveOutsides takes up the parties outside and gives those that are there.
func (l *Leg) reviveOutsides(k keptLeg) (up []interaction.PartyID) {
	for id, c := range k.Outsides {
		ctx, cancel := context.WithCancel(l.ctx)
		o := &outsideParty{id: id, answered: true}
		call, err := l.reviveOut(ctx, cancel, c, func(p OutProgress) { l.tell(func() { l.outsideIs(o, p) }) })
		if err != nil {
			cancel()
			l.log.Warn("a party outside is not there any more", "party", string(id), "err", err)
			continue
		}
		o.address, o.call = call.call.To().User, call
		h := &hearing{kind: sound.Outside, address: o.address, session: call.session}
		o.media = l.listen(h, call.session.reopen(c, l.config(h, media.LegConfig{})))
		l.outsides[id] = o
		up = append(up, id)
	}
	return up
}

// followed lets a session follow what a peer offers.
func followed(call *sip.Call, s *session) {
	call.OnOffer(s.reoffered)
	call.OnAnswer(func(answer *sdp.Session) { _ = s.reanswered(answer) }) // unusable: as it was before
}
