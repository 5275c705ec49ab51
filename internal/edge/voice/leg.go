package voice

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/mailbox"
	"linekeeper/internal/ladder"
	"linekeeper/internal/media"
	"linekeeper/internal/project"
	"linekeeper/internal/sound"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
)

// digitsKept is how many keys wait for a flow that does not read; further ones are lost.
const digitsKept = 64

// Leg is a customer's leg: one call on a trunk and all that the interaction does with it. It is the
// interaction's Channel. Its goroutine is the one the stack called invite on; everything that may
// change goes through its mailbox, so no method blocks but those that say so.
type Leg struct {
	edge      *Edge
	log       *slog.Logger
	call      *sip.Call
	trunk     Trunk
	session   *session
	transport *media.UDPTransport
	customer  *media.Leg
	body      []byte         // our description, sent with the answer
	id        interaction.ID // set before run
	box       *mailbox.Mailbox[func()]
	over      chan struct{} // closed when everything is released
	digits    chan rune
	ways      keyWays
	wg        sync.WaitGroup // goroutines that dial SIP phones, and load prompts
	project   project.ID
	center    string // the number the customer called
	language  string
	dialed    string // the customer's number, where we have called him; empty: he has called
	release   func() // gives the call's place back; nil: the edge does

	recording recording

	// Owned by the goroutine.
	ctx       context.Context // ends with the leg
	cancel    context.CancelFunc
	state     State
	revived   bool      // it is answered already: of an earlier process, or called by us
	keepAt    time.Time // when it is written down again; zero: it is not answered
	keepAgain bool
	left      bool      // written down for the next process: what ends from now on ends with this one
	ending    bool      // nothing more is done but releasing
	reason    string    // Reason header of our BYE
	heldBy    bool      // the customer put us on hold
	since     time.Time // from when on something must be heard of the customer
	agents    map[access.UserID]*agent
	outsides  map[interaction.PartyID]*outsideParty
	arranged  interaction.Arrangement // who is to hear whom; empty: a flow talks to the customer
	room      *media.Room
	joined    bool // the customer has a place in the arrangement
	joinedAt  time.Time
	dead      bool                  // no packets come of the customer who talks
	filled    map[*media.Leg]filler // what legs hear that hear nobody
	melody    *flow.Clip            // music on hold; nil: not loaded
	playing   *media.Playing        // of a flow, the last one; nil: none since the leg fell idle

	melodyAsked  bool
	announcement announcement
	calling

	hearings   map[*media.Leg]*hearing            // of the media legs that are open
	sounds     []sound.Leg                        // of those that are over
	troubles   map[access.UserID]sound.Trouble    // that agents were told about
	protected  map[access.UserID]sound.Protection // what they were told about encryption
	levels     *media.Levels                      // nil: nobody has talked with the customer
	levelsFrom time.Time
	levelsOff  func() // takes them off the customer's stream; nil: they are not on it
}

var (
	_ interaction.Channel       = (*Leg)(nil)
	_ interaction.OutsideCaller = (*Leg)(nil)
	_ interaction.Prompter      = (*Leg)(nil)
	_ interaction.DigitSender   = (*Leg)(nil)
)

// The values of Reason headers (RFC 3326, Q.850) when we end a call.
const (
	normalClearing = `Q.850;cause=16;text="Normal call clearing"`
	timerExpiry    = `Q.850;cause=102;text="Nothing heard"`
	outOfOrder     = `Q.850;cause=41;text="Temporary failure"`
)

// Answer implements interaction.Channel.
func (l *Leg) Answer() { l.tell(l.answer) }

// Ring implements interaction.Channel.
func (l *Leg) Ring(user access.UserID, until time.Time) { l.tell(func() { l.ring(user, until) }) }

// StopRinging implements interaction.Channel.
func (l *Leg) StopRinging(user access.UserID) { l.tell(func() { l.stopRinging(user) }) }

// Connect implements interaction.Channel.
func (l *Leg) Connect(user access.UserID) { l.tell(func() { l.connect(user) }) }

// DropAgent implements interaction.Channel.
func (l *Leg) DropAgent(user access.UserID) { l.tell(func() { l.dropAgent(user) }) }

// Disconnect implements interaction.Channel.
func (l *Leg) Disconnect(interaction.Cause) {
	l.tell(func() { l.ending, l.reason = true, normalClearing })
}

// tell has the leg's goroutine do something; false when the leg is over.
func (l *Leg) tell(f func()) bool { return l.box.Put(f) }

// ask has the leg's goroutine do something and waits until it is done; false means that the leg is
// over and that it was not done. Callbacks of the leg's call and media must not ask.
func (l *Leg) ask(f func()) bool {
	done := make(chan struct{})
	if !l.box.Put(func() { f(); close(done) }) {
		return false
	}
	select {
	case <-done:
		return true
	case <-l.over:
	}
	select {
	case <-done: // it was the last thing done
		return true
	default:
		return false
	}
}

// begin makes the leg known by its interaction.
func (l *Leg) begin(id interaction.ID) {
	l.id = id
	l.log = l.log.With("interaction", string(id))
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.agents, l.outsides = make(map[access.UserID]*agent), make(map[interaction.PartyID]*outsideParty)
	l.room, l.filled = media.NewRoom(), make(map[*media.Leg]filler)
	if l.state != Calling {
		l.state = Arriving
		l.keeps(l.session)
	}
	l.edge.mu.Lock()
	l.edge.legs[id] = l
	l.edge.mu.Unlock()
	if l.dialed == "" { // else that began with the call
		l.edge.trace(l.trunk.Tenant, id, ladder.Trunk, string(l.trunk.ID), l.call)
	}
	l.edge.figures.count(func(f *Figures) {
		if !l.revived {
			f.Arrived++
		}
		f.Legs[l.state]++
	})
}

// run is the leg's goroutine until everything is released.
func (l *Leg) run() {
	defer l.finish()
	defer l.edge.rescue("a leg", func() { l.leave(interaction.BySystem, "internal error", outOfOrder) })
	if l.revived {
		l.idle()
	} else {
		l.follow()
		if err := l.call.Ring(); err == nil {
			l.enter(Ringing)
		}
	}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for !l.ending {
		l.arm(timer)
		var over <-chan struct{} // nil: the customer has not picked up
		if l.call != nil {
			over = l.call.Done()
		}
		select {
		case <-l.box.Wake():
			for _, f := range l.box.Take() {
				if !l.ending {
					f()
				}
			}
		case <-timer.C:
		case <-over:
			cause, detail := causeOf(l.call.End())
			l.leave(cause, detail, "")
		}
		if !l.ending {
			l.check(time.Now())
		}
	}
}

// follow takes what the customer's side says inside the call.
func (l *Leg) follow() {
	l.call.OnOffer(l.session.reoffered)
	l.call.OnAnswer(l.answered)
	l.call.OnDigit(l.infoDigit)
}

// leave tells once that the customer is gone and ends the leg.
func (l *Leg) leave(cause interaction.Cause, detail, reason string) {
	if l.ending {
		return
	}
	l.ending, l.reason = true, reason
	l.input(interaction.CustomerLeft{Cause: cause, Detail: detail})
}

// finish releases everything, in whatever state the leg was.
func (l *Leg) finish() {
	defer close(l.over)
	defer l.edge.forget(l)
	defer l.edge.traceEnd(l.id)
	defer l.edge.rescue("ending a leg", nil)
	l.ending = true
	l.box.Close()
	l.cancel()
	if l.call != nil {
		hangUp(l.call, l.reason)
	}
	l.forgetKept()
	l.recording.leave()
	if l.want != nil {
		l.giveUp()
	}
	if l.customer != nil {
		l.closeMedia(l.customer)
	}
	if l.transport != nil {
		strays := l.transport.Strays()
		l.edge.figures.count(func(f *Figures) { f.Strays = addStrays(f.Strays, strays) })
	}
	l.setHeld(false)
	l.enter(Over)
	for _, a := range l.agents {
		l.closeAgent(a)
	}
	for _, o := range l.outsides {
		l.dropOutside(o)
	}
	l.keepSounds()
	l.room.Close()
	l.recording.end()
	l.wg.Wait()
}

// hangUp ends a call; one that is over is left alone.
func hangUp(call *sip.Call, reason string) {
	ctx, cancel := context.WithTimeout(context.Background(), hangupTime)
	defer cancel()
	_ = call.Hangup(ctx, reason) // the peer is unreachable then; the stack has counted it
}

// forget gives the call's place back.
func (e *Edge) forget(l *Leg) {
	e.mu.Lock()
	delete(e.legs, l.id)
	e.mu.Unlock()
	if l.release != nil {
		l.release()
		return
	}
	e.release(l.trunk)
}

// number is the customer's.
func (l *Leg) number() string {
	if l.dialed != "" {
		return l.dialed
	}
	return callerOf(l.call)
}

// input tells the interaction something.
func (l *Leg) input(in interaction.Input) { l.edge.config.Center.Tell(l.id, in) }

// enter moves to a state.
func (l *Leg) enter(s State) {
	if l.state == s {
		return
	}
	old := l.state
	l.state = s
	l.edge.figures.count(func(f *Figures) {
		f.Legs[old]--
		if s != Over {
			f.Legs[s]++
		}
	})
}

// answer takes the call.
func (l *Leg) answer() {
	if l.state != Arriving && l.state != Ringing {
		return
	}
	ctx, cancel := context.WithTimeout(l.ctx, hangupTime)
	defer cancel()
	switch err := l.call.Answer(ctx, l.body); {
	case errors.Is(err, sip.ErrEnded):
		// Cancelled: Done of the call says so.
	case err != nil:
		l.log.Error("answering", "err", err)
		l.leave(interaction.ByCarrier, "the answer could not be sent", outOfOrder)
	default:
		l.enter(Answered)
		l.since = time.Now()
		l.customerHolds(l.session.isHeld())
		l.idle()
		l.keepSoon()
		l.writeDown(l.since)
	}
}

// answered gets the answer to an offer of ours: in the ACK of a call that came without one, or of a
// re-INVITE without one. It is on the call's goroutine.
func (l *Leg) answered(answer *sdp.Session) {
	err := l.session.reanswered(answer)
	if err == nil {
		return
	}
	l.log.Warn("unusable answer from the carrier", "err", err)
	if l.session.agreement().Codec.Name != "" {
		return // to a re-INVITE: as it was before
	}
	l.tell(func() { l.leave(interaction.ByCarrier, "no usable session description: "+err.Error(), outOfOrder) })
}

// sessionChanged follows a hold, a resume or a new address.
func (l *Leg) sessionChanged(held bool) {
	l.customerHolds(held)
	l.since = time.Now()
	l.keepSoon()
}

// customerHolds follows the customer's own hold, and tells of it.
func (l *Leg) customerHolds(held bool) {
	if l.heldBy != held {
		l.setHeld(held)
		l.input(interaction.CustomerHolds{On: held})
	}
}

func (l *Leg) setHeld(held bool) {
	if l.heldBy == held {
		return
	}
	l.heldBy = held
	by := 1
	if !held {
		by = -1
	}
	l.edge.figures.count(func(f *Figures) { f.Held += by })
}

// arm sets the timer to the next thing to check.
func (l *Leg) arm(timer *time.Timer) {
	next := time.Now().Add(time.Hour)
	earlier := func(at time.Time) {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	earlier(l.silentAt())
	earlier(l.deadAt())
	if l.edge.config.Keep != nil {
		earlier(l.keepAt)
	}
	for _, a := range l.agents {
		earlier(l.phoneDue(a))
	}
	timer.Reset(time.Until(next))
}

// check does what is due.
func (l *Leg) check(now time.Time) {
	if at := l.silentAt(); !at.IsZero() && !now.Before(at) {
		l.edge.figures.count(func(f *Figures) { f.Silent++ })
		detail := "nothing heard for " + l.edge.limit.Silence.String()
		if l.heldBy {
			detail = "on hold for " + l.edge.limit.Hold.String()
		}
		l.leave(interaction.ByCarrier, detail, timerExpiry)
		return
	}
	for _, a := range l.agents {
		l.checkPhone(a, now)
	}
	l.checkDead(now)
	l.writeDown(now)
}

// silentAt is when the customer counts as gone unless something is heard; zero: not now. On hold
// nothing need be heard, but a call that was lost meanwhile must not stay for ever.
func (l *Leg) silentAt() time.Time {
	switch {
	case l.state != Answered && l.state != Joined:
		return time.Time{}
	case l.heldBy:
		return latest(l.since, l.customer.LastSign()).Add(l.edge.limit.Hold)
	}
	return latest(l.since, l.customer.LastSign()).Add(l.edge.limit.Silence)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
