package voice

import (
	"context"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/mailbox"
	"linekeeper/internal/media"
	"linekeeper/internal/sound"
	"linekeeper/internal/wire/sip"
)

// calling is what a leg knows that begins without its customer, until he has picked up.
type calling struct {
	want    *OutCall // nil: the customer has called, or was called by an earlier process
	codec   media.Codec
	call    *outCall  // nil: he is not called yet
	rings   bool      // his phone rings
	waiting *sip.Call // of the agent's phone, which has dialed and waits for him; nil: it has not
	refused int       // with what that one is refused when he does not come; 0: 480
}

var _ interaction.CustomerCaller = (*Leg)(nil)

// Promise makes the leg of a customer who is to be called; Known must follow, and until then nothing is taken
// that must be given back. Agents' phones may be connected before he is called: they hear it ringing, or what
// his side says before the answer. The call of an agent's phone that has dialed by itself is told of it.
// Language is that of the prompts he may hear.
func (e *Edge) Promise(want OutCall, language string) *Leg {
	l := &Leg{
		edge: e, log: e.log, trunk: Trunk{Tenant: want.Tenant}, state: Calling, revived: true, dialed: want.Number, release: func() {},
		box: mailbox.New[func()](), over: make(chan struct{}), digits: make(chan rune, digitsKept),
		project: want.Project, center: want.Caller, language: language,
		calling: calling{want: &want, codec: media.PCMU()},
	}
	if ways, err := e.waysOut(want); err == nil {
		l.calling.codec = mediaCodec(sdpCodecs(ways[0].trunk.Codecs)[0])
	}
	if want.Agent != "" {
		e.mu.Lock()
		l.waiting = e.callers[want.Agent]
		e.mu.Unlock()
	}
	return l
}

// Known tells which interaction it is; it must be called before the interaction is told anything.
func (l *Leg) Known(id interaction.ID) {
	l.hearings, l.troubles = make(map[*media.Leg]*hearing), make(map[access.UserID]sound.Trouble)
	l.begin(id)
	l.edge.wg.Go(l.run)
}

// MayCall says whether a call may go out now, and which number would be shown; the error, a fault, says to a
// user why not.
func (e *Edge) MayCall(want OutCall) (shown string, err error) {
	ways, err := e.waysOut(want)
	if err != nil {
		return "", err
	}
	return ways[0].caller, nil
}

// codecNow is what the customer's side speaks, or while it is not known, probably will.
func (l *Leg) codecNow() media.Codec {
	if l.session == nil {
		return l.calling.codec
	}
	return l.session.codec()
}

// CallCustomer implements interaction.CustomerCaller.
func (l *Leg) CallCustomer(until time.Time) { l.tell(func() { l.callCustomer(until) }) }

func (l *Leg) callCustomer(until time.Time) {
	if l.state != Calling || l.calling.call != nil {
		return
	}
	want := *l.want
	want.Interaction, want.Timeout = l.id, time.Until(until)
	want.On = func(p OutProgress) { l.tell(func() { l.customerIs(p) }) }
	want.OnDigit = func(key rune) { l.tell(func() { l.infoDigit(sip.Digit{Key: key}) }) }
	call, err := l.edge.dialOut(context.Background(), want)
	if err != nil {
		l.missed(interaction.MissedCarrier, fault.Message(err), 503)
		return
	}
	l.calling.call = call
	l.edge.mu.Lock() // Snapshot looks at it
	l.session, l.transport = call.session, call.session.transport.UDPTransport
	l.edge.mu.Unlock()
	l.keeps(call.session)
}

// customerIs follows the call.
func (l *Leg) customerIs(p OutProgress) {
	switch p.Stage {
	case OutTrying:
		l.rings = false
		l.rearrange()
	case OutRinging:
		l.rings = true
		if l.waiting != nil {
			_ = l.waiting.Ring() // cancelled, if it fails: its Done says so
		}
		l.input(interaction.CustomerRinging{})
		l.rearrange()
	case OutEarly:
		if l.customer == nil && len(l.agents) > 0 {
			l.openCustomer()
		}
		l.rearrange()
	case OutAnswered:
		l.reached(p)
	case OutHeld, OutResumed:
		if l.state == Answered || l.state == Joined {
			l.sessionChanged(p.Stage == OutHeld)
		}
	case OutFailed:
		l.missed(missedAs(p.Result), p.Detail, refusedWith(p.Result))
	}
}

func (l *Leg) openCustomer() {
	h := &hearing{kind: sound.Trunk, address: l.dialed, session: l.session}
	l.customer = l.listen(h, l.calling.call.open(l.config(h, media.LegConfig{OnDigit: l.digit, Inband: true})))
}

// reached takes in a customer who has picked up.
func (l *Leg) reached(p OutProgress) {
	o := l.calling.call
	l.call = o.current()
	for _, w := range o.ways {
		if w.trunk.ID == p.Trunk {
			l.trunk = w.trunk
		}
	}
	l.center = p.Caller
	if l.customer == nil {
		l.openCustomer()
	}
	l.enter(Answered)
	l.since = time.Now()
	l.rearrange()
	l.keepSoon()
	l.writeDown(l.since)
	l.input(interaction.CustomerReached{})
	l.customerHolds(l.session.isHeld()) // the interaction knows no hold of who is not there
	for _, a := range l.agents {
		if a.connected && (a.device == nil || !a.lost.IsZero()) { // meanwhile; it was too early to be told
			l.input(interaction.PhoneLost{Agent: a.user})
		}
	}
}

// missed tells that the customer does not come, and ends the leg.
func (l *Leg) missed(why interaction.Missed, detail string, code int) {
	l.refused, l.ending = code, true
	l.input(interaction.CustomerMissed{Why: why, Detail: detail})
}

// giveUpCalling ends the legs whose customer has not picked up: nobody else does when the edge closes.
func (e *Edge) giveUpCalling() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.legs {
		l.tell(func() { l.ending = l.ending || l.state == Calling })
	}
}

// giveUp releases what belongs to a customer who has not picked up.
func (l *Leg) giveUp() {
	if l.waiting != nil && l.edge.caller(l.want.Agent, l.waiting) != nil {
		code := l.refused
		if code == 0 {
			code = 480
		}
		_ = l.waiting.Reject(code, "")
	}
	o, answered := l.calling.call, l.call != nil
	if o == nil {
		return
	}
	opened := l.customer != nil
	l.edge.wg.Go(func() { // the peer may take its time
		if !answered {
			o.close()
		}
		if !opened {
			_ = o.session.transport.Close()
		}
	})
}

func missedAs(r OutResult) interaction.Missed {
	switch r {
	case OutBusy:
		return interaction.MissedBusy
	case OutNoAnswer:
		return interaction.MissedNoAnswer
	case OutDeclined:
		return interaction.MissedDeclined
	case OutWrongNumber:
		return interaction.MissedNumber
	case OutUnavailable:
		return interaction.MissedOff
	}
	return interaction.MissedCarrier
}

// refusedWith is what an agent's phone is told that has dialed; what it says to him depends on it.
func refusedWith(r OutResult) int {
	switch r {
	case OutBusy:
		return 486
	case OutDeclined:
		return 603
	case OutWrongNumber:
		return 404
	case OutNoAnswer, OutUnavailable:
		return 480
	}
	return 503
}

const ringing filler = "ringing"

// arrangeCalling lets agents hear how the call goes. The customer's side hears nobody before it has answered.
func (l *Leg) arrangeCalling() {
	fill := map[*media.Leg]filler{}
	var parts []media.Part
	if l.customer != nil {
		parts = append(parts, media.Part{Leg: l.customer})
		fill[l.customer] = quiet
	}
	for _, a := range l.agents {
		if a.device == nil || a.device.media == nil {
			continue
		}
		p := media.Part{Leg: a.device.media}
		switch {
		case l.customer != nil:
			p.Hears = []*media.Leg{l.customer}
		case l.rings:
			fill[p.Leg] = ringing
		default:
			fill[p.Leg] = quiet
		}
		parts = append(parts, p)
	}
	if err := l.room.Arrange(parts); err != nil {
		l.log.Error("arranging who hears the ringing", "err", err)
		return
	}
	l.fillWith(fill)
}
