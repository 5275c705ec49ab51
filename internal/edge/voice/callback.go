package voice

import (
	"context"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/mailbox"
	"linekeeper/internal/media"
	"linekeeper/internal/sound"
	"linekeeper/internal/wire/sip"
)

// Promised is the channel of an interaction whose customer is to be called back: it calls him, and what he
// picks up is a Leg, which takes its place. Safe for concurrent use.
type Promised struct {
	edge *Edge
	want OutCall
	lang string

	mu   sync.Mutex
	id   interaction.ID
	call *outCall // nil: not called
	leg  *Leg     // he has picked up
	over bool
}

var (
	_ interaction.Channel        = (*Promised)(nil)
	_ interaction.CustomerCaller = (*Promised)(nil)
)

// Promise makes the channel of a customer to be called back at a number; Known must follow. Language is
// that of the prompts he may hear.
func (e *Edge) Promise(want OutCall, language string) *Promised {
	return &Promised{edge: e, want: want, lang: language}
}

// Known tells which interaction it is; it must be called before the interaction is told anything.
func (p *Promised) Known(id interaction.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.id = id
}

// CallCustomer implements interaction.CustomerCaller.
func (p *Promised) CallCustomer(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over || p.call != nil {
		return
	}
	want := p.want
	want.Interaction, want.Timeout = p.id, time.Until(until)
	want.On = p.is
	want.OnDigit = p.infoKey
	call, err := p.edge.dialOut(context.Background(), want)
	if err != nil {
		p.tell(interaction.CustomerMissed{Why: interaction.MissedCarrier, Detail: fault.Message(err)})
		return
	}
	p.call = call
}

func (p *Promised) tell(in interaction.Input) { p.edge.config.Center.Tell(p.id, in) }

// infoKey passes on a key that the customer's carrier sends by INFO.
func (p *Promised) infoKey(key rune) {
	p.mu.Lock()
	l := p.leg
	p.mu.Unlock()
	if l != nil {
		l.infoDigit(sip.Digit{Key: key})
	}
}

// is follows the call.
func (p *Promised) is(g OutProgress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	switch g.Stage {
	case OutAnswered:
		p.leg = p.edge.pickedUpBy(p, p.call, g)
		p.tell(interaction.CustomerReached{Channel: p.leg})
	case OutHeld, OutResumed:
		if l := p.leg; l != nil {
			l.tell(func() { l.sessionChanged(g.Stage == OutHeld) })
		}
	case OutFailed:
		p.release()
		p.tell(interaction.CustomerMissed{Why: missedAs(g.Result), Detail: g.Detail})
	}
}

// release lets go of a call that was not answered.
func (p *Promised) release() {
	if p.over {
		return
	}
	p.over = true
	if call := p.call; call != nil {
		p.edge.wg.Go(func() { // the peer may take its time
			call.close()
			_ = call.session.transport.Close()
		})
	}
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

// Disconnect implements interaction.Channel.
func (p *Promised) Disconnect(c interaction.Cause) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.leg != nil {
		p.leg.Disconnect(c)
		return
	}
	p.release()
}

// The rest of interaction.Channel has nothing to do before there is a customer: an agent says yes at his
// desk, and his phone is called when the customer has picked up.

// Answer implements interaction.Channel.
func (p *Promised) Answer() {}

// Ring implements interaction.Channel.
func (p *Promised) Ring(access.UserID, time.Time) {}

// StopRinging implements interaction.Channel.
func (p *Promised) StopRinging(access.UserID) {}

// Connect implements interaction.Channel.
func (p *Promised) Connect(access.UserID) {}

// Arrange implements interaction.Channel.
func (p *Promised) Arrange(interaction.Arrangement) {}

// DropAgent implements interaction.Channel.
func (p *Promised) DropAgent(access.UserID) {}

// pickedUpBy makes the leg of a customer who has picked up.
func (e *Edge) pickedUpBy(p *Promised, o *outCall, g OutProgress) *Leg {
	call, s := o.current(), o.session
	t := Trunk{Tenant: p.want.Tenant, ID: g.Trunk}
	for _, w := range o.ways {
		if w.trunk.ID == g.Trunk {
			t = w.trunk
		}
	}
	l := &Leg{
		edge: e, log: e.log.With("call", call.ID()), call: call, trunk: t, session: s, transport: s.transport.UDPTransport,
		revived: true, dialed: p.want.Number, release: func() {},
		box: mailbox.New[func()](), over: make(chan struct{}), digits: make(chan rune, digitsKept),
		project: p.want.Project, center: g.Caller, language: p.lang,
	}
	l.hearings, l.troubles = make(map[*media.Leg]*hearing), make(map[access.UserID]sound.Trouble)
	h := &hearing{kind: sound.Trunk, address: p.want.Number, session: s}
	l.customer = l.listen(h, o.open(l.config(h, media.LegConfig{OnDigit: l.digit, Inband: true})))
	l.begin(p.id)
	l.enter(Answered)
	l.since = time.Now()
	l.keepSoon()
	l.writeDown(l.since)
	e.wg.Go(l.run)
	return l
}
