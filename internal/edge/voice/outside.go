package voice

import (
	"errors"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/media"
	"linekeeper/internal/sound"
)

// outsideParty is a number outside that was asked to the talk; the leg's goroutine owns it.
type outsideParty struct {
	id       interaction.PartyID
	address  string
	call     *outCall
	media    *media.Leg // nil: neither answered nor heard before
	answered bool
	gone     bool // closed
}

// CallOutside implements interaction.OutsideCaller.
func (l *Leg) CallOutside(id interaction.PartyID, address string, until time.Time) {
	l.tell(func() { l.callOutside(id, address, until) })
}

func (l *Leg) callOutside(id interaction.PartyID, address string, until time.Time) {
	o := &outsideParty{id: id, address: address}
	call, err := l.edge.dialOut(l.ctx, OutCall{
		Tenant: l.trunk.Tenant, Project: l.project, Interaction: l.id, Number: address, Diverted: l.center,
		Codec: l.session.codec(), Timeout: time.Until(until),
		On: func(p OutProgress) { l.tell(func() { l.outsideIs(o, p) }) },
	})
	if err != nil {
		l.log.Warn("calling a number outside", "number", address, "err", err)
		l.input(interaction.OutsideEnded{Party: id, Detail: fault.Message(err), Reason: refusedFor(err)})
		return
	}
	o.call = call
	l.keeps(call.session)
	l.outsides[id] = o
}

// refusedFor is why a call to a number outside was not even tried.
func refusedFor(err error) interaction.AbsentReason {
	switch {
	case errors.Is(err, ErrSpent):
		return interaction.AbsentSpent
	case fault.Is(err, fault.Invalid):
		return interaction.AbsentWrongNumber
	case fault.Is(err, fault.Busy):
		return interaction.AbsentNoLine
	}
	return interaction.AbsentNotAllowed
}

// absentFor is why a number outside was never answered.
func absentFor(p OutProgress) interaction.AbsentReason {
	switch p.Result {
	case OutBusy:
		return interaction.AbsentBusy
	case OutNoAnswer:
		return interaction.AbsentNoAnswer
	case OutDeclined:
		return interaction.AbsentDeclined
	case OutWrongNumber:
		return interaction.AbsentWrongNumber
	case OutUnavailable:
		return interaction.AbsentUnreachable
	}
	if p.Code == 403 { // the carrier does not want to
		return interaction.AbsentNotAllowed
	}
	return interaction.AbsentNoLine
}

// outsideIs follows the call.
func (l *Leg) outsideIs(o *outsideParty, p OutProgress) {
	if o.gone {
		return
	}
	switch p.Stage {
	case OutRinging:
		l.input(interaction.OutsideRinging{Party: o.id})
	case OutEarly: // an announcement, or a ringing tone of its own
		if l.awaited(o.id) {
			l.openOutside(o)
			l.rearrange()
		}
	case OutAnswered:
		l.openOutside(o)
		o.answered = true
		l.keepSoon()
		l.input(interaction.OutsideAnswered{Party: o.id})
	case OutFailed:
		l.dropOutside(o)
		l.input(interaction.OutsideEnded{Party: o.id, Detail: string(p.Result), Reason: absentFor(p)})
	case OutEnded:
		l.dropOutside(o)
		l.input(interaction.OutsideEnded{Party: o.id, Detail: p.Detail})
	}
}

// openOutside makes the media leg; it may have been there before the answer.
func (l *Leg) openOutside(o *outsideParty) {
	if o.media == nil {
		h := &hearing{kind: sound.Outside, address: o.address, session: o.call.session}
		o.media = l.listen(h, o.call.open(l.config(h, media.LegConfig{})))
	}
}

// DropOutside implements interaction.OutsideCaller.
func (l *Leg) DropOutside(id interaction.PartyID) {
	l.tell(func() {
		if o := l.outsides[id]; o != nil {
			l.dropOutside(o)
		}
	})
}

// dropOutside releases a number outside, in whatever state the call to it is.
func (l *Leg) dropOutside(o *outsideParty) {
	if o.gone {
		return
	}
	o.gone = true
	l.keepSoon()
	delete(l.outsides, o.id)
	l.rearrange()
	o.call.close()
	if o.media != nil {
		delete(l.filled, o.media)
		l.closeMedia(o.media)
		return
	}
	_ = o.call.session.transport.Close()
}
