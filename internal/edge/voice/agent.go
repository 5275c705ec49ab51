package voice

import (
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/media"
	"linekeeper/internal/sound"
	"linekeeper/internal/wire/rtc"
	"linekeeper/internal/wire/sip"
)

// returning is how often a phone that fell silent is looked at for its return. It is alive, so no
// event tells.
const returning = 100 * time.Millisecond

// agent is the agent's side of a leg; the leg's goroutine owns it.
type agent struct {
	user      access.UserID
	asked     bool      // by Ring or Connect, not only by the browser itself
	wanted    bool      // Connect was called and neither PhoneConnected nor PhoneFailed followed yet
	due       time.Time // when wanted turns into PhoneFailed
	connected bool      // PhoneConnected was told
	lost      time.Time // PhoneLost was told then; zero: not lost
	device    *device   // in use; nil: none
	next      *device   // being brought up; takes the place of device when it is up

	holds interaction.PartyID // whom the interaction was told that his phone puts on hold; empty: nobody
}

// device is one phone of an agent: an endpoint of a browser, or a call to a SIP phone.
type device struct {
	owner *agent
	kind  PhoneKind
	media *media.Leg // nil: a SIP phone that was not picked up
	up    bool
	due   time.Time // must be up by then
	since time.Time // it is up
	sip   *outgoing // of a SIP phone, or of a phone outside
	out   *outCall  // of a phone outside
	gone  bool      // closed

	held     bool          // at the phone
	second   *secondLine   // of a SIP phone; nil: none
	onSecond bool          // the agent talks at it
	referral *sip.Referral // the transfer that the phone has asked for; nil: none
}

// heard is when a device last showed that it is there.
func (d *device) heard() time.Time { return latest(d.since, d.media.LastSign()) }

// agentFor gives the side of an agent who was asked.
func (l *Leg) agentFor(user access.UserID) *agent {
	a := l.agents[user]
	if a == nil {
		a = &agent{user: user}
		l.agents[user] = a
	}
	a.asked = true
	return a
}

// ring lets a SIP phone ring; a browser's user sees the offer on the desk.
func (l *Leg) ring(user access.UserID, until time.Time) {
	if l.state == Calling { // he says yes at his desk
		return
	}
	a := l.agentFor(user)
	if phone := l.edge.phoneOf(user); phone.Kind != Browser && a.device == nil && a.next == nil {
		l.dial(a, phone, until.Add(time.Second)) // the interaction's own limit comes first
	}
}

// stopRinging cancels a call to a SIP phone that was not picked up.
func (l *Leg) stopRinging(user access.UserID) {
	if a := l.agents[user]; a != nil && a.next != nil && a.next.sip != nil && !a.wanted {
		next := a.next
		a.next = nil
		l.closeDevice(next)
	}
}

// connect brings the agent's phone up.
func (l *Leg) connect(user access.UserID) {
	a := l.agentFor(user)
	a.wanted, a.due = true, time.Now().Add(l.edge.limit.Connect)
	if l.state == Calling { // nobody waits on the line: he may take his time to pick his phone up
		a.due = time.Now().Add(interaction.ManualTime)
	}
	if a.device != nil && a.lost.IsZero() {
		l.phoneIsUp(a)
		return
	}
	// A browser sends its offer by itself, through Phones. A SIP phone may be ringing already.
	if phone := l.edge.phoneOf(user); (phone.Kind != Browser || l.waiting != nil) && a.next == nil {
		l.dial(a, phone, a.due)
	}
}

// adopt takes a browser's endpoint. While another one is in use, that stays so until the new one is
// up. An error leaves the endpoint to the caller.
func (l *Leg) adopt(user access.UserID, p Endpoint, codec media.Codec) error {
	a := l.agents[user]
	if a == nil { // the browser was quicker than Ring
		for _, other := range l.agents {
			if other.asked {
				return fault.Conflict.New("This call is with somebody else.")
			}
			l.closeAgent(other)
		}
		a = &agent{user: user}
		l.agents[user] = a
	}
	if a.device != nil && a.device.kind == SIPPhone || a.next != nil && a.next.kind == SIPPhone {
		return fault.Conflict.New("This call is on your SIP phone.")
	}
	if a.next != nil {
		l.closeDevice(a.next)
	}
	d := &device{owner: a, kind: Browser, due: time.Now().Add(l.edge.limit.Connect)}
	h := &hearing{kind: sound.Browser, user: user}
	d.media = l.listen(h, media.NewLeg(l.config(h, media.LegConfig{Transport: p, Codec: codec, Events: p.Events()})))
	a.next = d
	p.OnState(func(s rtc.State) { l.tell(func() { l.endpointIs(d, s) }) })
	return nil
}

// endpointIs follows a browser's connection. Disconnected is not final; silence tells what it means.
func (l *Leg) endpointIs(d *device, s rtc.State) {
	switch {
	case d.gone:
	case s == rtc.Connected && !d.up:
		l.deviceUp(d)
	case s == rtc.Gone && d.up:
		l.deviceGone(d, "the browser's connection ended", false)
	case s == rtc.Gone:
		l.deviceGone(d, "the browser's connection could not be made", false)
	}
}

// deviceUp takes a device into use.
func (l *Leg) deviceUp(d *device) {
	a := d.owner
	old := a.device
	a.device, a.next = d, nil
	d.up, d.due, d.since = true, time.Time{}, time.Now()
	l.edge.figures.count(func(f *Figures) { f.Phones++ })
	if d.sip != nil {
		d.held = d.sip.session.isHeld()
		d.sip.held.Store(d.held)
		l.keepSoon()
	}
	if a.wanted || a.connected {
		l.phoneIsUp(a)
	} else if d.kind == SIPPhone {
		l.input(interaction.AgentAccepted{Agent: a.user}) // Connect follows
	}
	if old != nil {
		l.closeDevice(old) // after the new one has its place in the bridge
	}
	l.tellHold(d)
}

// phoneIsUp tells that the agent can be joined, the first time or again.
func (l *Leg) phoneIsUp(a *agent) {
	a.wanted, a.due, a.connected, a.lost = false, time.Time{}, true, time.Time{}
	l.rearrange()
	l.input(interaction.PhoneConnected{Agent: a.user})
}

// deviceGone follows the end of a device that we did not end; byHand says that its user hung up.
func (l *Leg) deviceGone(d *device, detail string, byHand bool) {
	a := d.owner
	inUse := a.device == d
	if inUse {
		a.device = nil
	} else {
		a.next = nil
	}
	l.closeDevice(d)
	switch {
	case !inUse && a.wanted:
		l.phoneFailed(a, detail)
	case !inUse:
		// A replacement that did not come up, or a browser that went before it was wanted.
	case byHand:
		a.wanted = false
		l.input(interaction.AgentHungUp{Agent: a.user, Device: true})
	case a.wanted:
		l.phoneFailed(a, detail)
	case a.connected && a.lost.IsZero():
		l.phoneLost(a, detail)
	}
}

func (l *Leg) phoneFailed(a *agent, detail string) {
	a.wanted, a.due = false, time.Time{}
	l.log.Warn("agent's phone failed", "agent", string(a.user), "detail", detail)
	l.input(interaction.PhoneFailed{Agent: a.user, Detail: detail})
}

func (l *Leg) phoneLost(a *agent, detail string) {
	a.lost = time.Now()
	l.edge.figures.count(func(f *Figures) { f.Lost++ })
	l.log.Warn("agent's phone lost", "agent", string(a.user), "detail", detail)
	l.input(interaction.PhoneLost{Agent: a.user})
}

// dropAgent ends an agent's side.
func (l *Leg) dropAgent(user access.UserID) {
	if a := l.agents[user]; a != nil {
		l.closeAgent(a)
	}
}

func (l *Leg) closeAgent(a *agent) {
	delete(l.agents, a.user)
	l.rearrange()
	for _, d := range []*device{a.device, a.next} {
		if d != nil {
			l.closeDevice(d)
		}
	}
}

// closeDevice releases a device; what it belonged to must have let go of it.
func (l *Leg) closeDevice(d *device) {
	if d.gone {
		return
	}
	d.gone = true
	if d.up {
		l.edge.figures.count(func(f *Figures) { f.Phones-- })
	}
	if d.sip != nil {
		l.keepSoon()
		l.letGo(d)
	}
	if d.second != nil {
		l.dropSecond(d, d.second)
	}
	if d.media != nil {
		delete(l.filled, d.media)
		l.closeMedia(d.media)
		return
	}
	_ = d.sip.session.transport.Close()
}

// phoneDue is when an agent's side has to be looked at; zero: not.
func (l *Leg) phoneDue(a *agent) time.Time {
	next := a.due
	earlier := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if a.next != nil {
		earlier(a.next.due)
	}
	if a.device != nil {
		earlier(l.silentPhoneAt(a))
		if !a.lost.IsZero() {
			earlier(time.Now().Add(returning))
		}
	}
	return next
}

// silentPhoneAt is when the phone in use counts as lost unless something is heard; zero: not now.
func (l *Leg) silentPhoneAt(a *agent) time.Time {
	d := a.device
	if d == nil || !a.connected || !a.lost.IsZero() || !l.talksWith(a.user) {
		return time.Time{}
	}
	if d.kind == Browser {
		return latest(l.joinedAt, d.heard()).Add(l.edge.limit.PhoneSilence)
	}
	if d.sip.held.Load() {
		return time.Time{}
	}
	return latest(l.joinedAt, d.heard()).Add(l.edge.limit.Silence)
}

// talksWith says whether an agent has a place in the talk.
func (l *Leg) talksWith(user access.UserID) bool {
	return slices.ContainsFunc(l.arranged, func(e interaction.Ear) bool { return e.User == user })
}

// checkPhone does what is due on an agent's side.
func (l *Leg) checkPhone(a *agent, now time.Time) {
	if at := l.silentPhoneAt(a); !at.IsZero() && !now.Before(at) {
		d := a.device
		l.phoneLost(a, "nothing heard")
		if d.kind == SIPPhone { // it does not come back by itself
			a.device = nil
			l.closeDevice(d)
		}
	}
	if d := a.device; d != nil && !a.lost.IsZero() && d.media.LastHeard().After(a.lost) {
		l.phoneIsUp(a)
	}
	if d := a.next; d != nil && !d.due.IsZero() && !now.Before(d.due) {
		a.next = nil
		l.closeDevice(d)
		if d.kind == SIPPhone {
			l.phoneFailed(a, "the SIP phone did not answer")
		} else if a.wanted {
			l.phoneFailed(a, "the browser did not connect its audio in time")
		}
	}
	if a.wanted && !now.Before(a.due) {
		if a.next != nil {
			next := a.next
			a.next = nil
			l.closeDevice(next)
		}
		l.phoneFailed(a, "the agent's phone did not connect in time")
	}
}
