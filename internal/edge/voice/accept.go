package voice

import (
	"context"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/media"
	"linekeeper/internal/sound"
	"linekeeper/internal/wire/sip"
)

// keysKept is how many keys of a called phone wait to be looked at.
const keysKept = 16

// acceptKey is the key that accepts. Mailboxes and people who do not listen do not press it.
const acceptKey = '1'

// acceptPause is the silence between the repetitions of what is asked.
const acceptPause = 2 * time.Second

// press keeps a key; it is on the packet path.
func press(keys chan rune, key rune) {
	select {
	case keys <- key:
	default: // somebody leans on the keypad
	}
}

// pickedUp takes a called phone into use, now or when the key that accepts is pressed. ctx ends with
// the call. The device stays next until then, so what bounds its ringing bounds the waiting too.
func (l *Leg) pickedUp(ctx context.Context, d *device, ask bool, keys <-chan rune) {
	if !ask {
		l.deviceUp(d)
		return
	}
	user, sound := d.owner.user, d.media
	l.wg.Go(func() {
		defer l.edge.rescue("asking an agent to accept", nil)
		var clips []flow.Clip
		if say := l.edge.config.AcceptSound; say != nil {
			clips = say(ctx, user, l.id)
		}
		clips = append(clips, flow.Clip{ID: "accept-pause", PCM: make([]int16, flow.SampleRate*acceptPause/time.Second)})
		playing := sound.Play(l.edge.clips.source(clips, true), nil)
		defer playing.Stop()
		for {
			select {
			case key := <-keys:
				if key == acceptKey {
					l.tell(func() {
						if !d.gone {
							l.deviceUp(d)
						}
					})
					return
				}
			case <-ctx.Done():
				return
			}
		}
	})
}

// dialOutside calls an agent at a number outside, by a trunk of the interaction's project.
func (l *Leg) dialOutside(a *agent, phone Phone, until time.Time) {
	d := &device{owner: a, kind: SIPPhone, due: until}
	ctx, over := context.WithCancel(l.ctx)
	keys := make(chan rune, keysKept)
	o, err := l.edge.dialOut(ctx, OutCall{
		Tenant: l.trunk.Tenant, Project: l.project, Interaction: l.id, Number: phone.Number,
		Codec: l.codecNow(), Timeout: time.Until(until) + time.Second,
		On:      func(p OutProgress) { l.tell(func() { l.agentOutsideIs(ctx, over, d, p, keys) }) },
		OnDigit: func(key rune) { press(keys, key) },
	})
	if err != nil {
		over()
		l.phoneFailed(a, err.Error())
		return
	}
	d.sip, d.out = &o.outgoing, o
	l.keeps(o.session)
	a.next = d
	l.wg.Go(func() { // whoever closes the device ends the call, and with it what is asked
		<-o.ended
		over()
	})
}

// agentOutsideIs follows the call to an agent's number outside.
func (l *Leg) agentOutsideIs(ctx context.Context, over context.CancelFunc, d *device, p OutProgress, keys chan rune) {
	if d.gone {
		return
	}
	switch p.Stage {
	case OutAnswered:
		h := &hearing{kind: sound.Outside, user: d.owner.user, session: d.sip.session}
		d.media = l.listen(h, d.out.open(l.config(h, media.LegConfig{Inband: true, OnDigit: func(g media.Digit) { press(keys, rune(g.Key)) }})))
		l.pickedUp(ctx, d, true, keys)
	case OutHeld, OutResumed:
		l.phoneHeld(d, p.Stage == OutHeld)
	case OutFailed:
		over()
		l.outsideFailed(d, p)
	case OutEnded:
		over()
		l.sipEnded(d, p.End, true)
	}
}

// outsideFailed follows a call outside that nobody picked up.
func (l *Leg) outsideFailed(d *device, p OutProgress) {
	a := d.owner
	a.next = nil
	l.closeDevice(d)
	if (p.Result == OutDeclined || p.Result == OutBusy) && !a.wanted {
		l.input(interaction.AgentDeclined{Agent: a.user})
		return
	}
	l.phoneFailed(a, "the outside phone: "+p.Detail)
}

// echoNumber is what a registered phone dials to hear itself.
const echoNumber = "*43"

// phoneCalls is a call that a registered phone makes by itself. It is on the call's goroutine.
func (e *Edge) phoneCalls(ctx context.Context, account string, call *sip.Call) {
	defer e.known.hold(call.Source().Addr().Unmap())()
	user, _, ok := e.config.Accounts.Find(account)
	e.mu.Lock()
	draining := e.draining
	e.mu.Unlock()
	switch {
	case !ok: // revoked a moment ago
		e.refuse(call, UnknownSource, nil)
	case draining:
		e.refuse(call, Draining, nil)
	case call.RequestUser() == echoNumber:
		if err := e.echoCall(ctx, user, call); err != nil {
			e.log.Warn("a phone's echo test", "account", account, "err", err)
		}
	case call.RequestUser() == mailboxNumber && e.config.Mailbox != nil:
		if err := e.mailboxCall(ctx, user, call); err != nil {
			e.log.Warn("hearing messages at a phone", "account", account, "err", err)
		}
	case e.dialed(ctx, user, call):
	default:
		e.refuse(call, UnknownNumber, nil)
	}
}

// echoCall says everything back for at most the time of a check.
func (e *Edge) echoCall(ctx context.Context, user access.UserID, call *sip.Call) error {
	if !e.beginCheck() {
		e.refuse(call, TooManyCalls, nil)
		return nil
	}
	defer e.figures.count(func(f *Figures) { f.Checks-- })
	s, body, ok := e.phoneSession(user, call, sdpCodecs(nil))
	if !ok {
		return nil
	}
	defer s.transport.Close()
	if err := call.Answer(ctx, body); err != nil {
		return err
	}
	limit := time.AfterFunc(e.limit.Check, func() { hangUp(call, normalClearing) })
	defer limit.Stop()
	e.wg.Go(func() {
		defer e.rescue("an echo test", nil)
		echo(s.transport, s.codec())
	})
	<-call.Done()
	return nil
}

// beginCheck takes one of the places for checks; whoever has it gives it back.
func (e *Edge) beginCheck() bool {
	ok := false
	e.figures.count(func(f *Figures) {
		if ok = f.Checks < e.limit.Checks; ok {
			f.Checks++
		}
	})
	return ok
}
