package voice

import (
	"context"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/media"
	"linekeeper/internal/wire/sip"
)

// Handsets is what the keys of a SIP phone need of the center. Its methods answer from memory but
// Ask, which waits for the commit.
type Handsets interface {
	// Dialed is where a number leads that an agent dials: an entry, another agent, or outside. The
	// error's kind is fault.NotFound if it leads nowhere.
	Dialed(number string) (interaction.Target, error)
	// Ask gives an input and waits until it is committed or refused.
	Ask(ctx context.Context, id interaction.ID, in interaction.Input) error
	// Call begins a call to a customer whose number an agent has dialed at his phone, and gives its
	// interaction. The error, a fault, says why he may not.
	Call(ctx context.Context, user access.UserID, number string) (interaction.ID, error)
	// InHand are the talks a user takes part in.
	InHand(user access.UserID) []interaction.ID
	// Beside says whether the agent of a talk is in a private talk beside it, and with which party
	// there is one, asked or there; empty: none.
	Beside(id interaction.ID) (there bool, party interaction.PartyID)
	// Takes says whether a party is in a talk, or asked to it.
	Takes(id interaction.ID, party interaction.PartyID) bool
	// Parked is the nth parked call, the longest first, from 1 on.
	Parked(n int) (interaction.ID, bool)
	// MayPickUp refuses an agent who cannot take a parked call just now.
	MayPickUp(user access.UserID) error
}

// askTime bounds what a phone's key waits for.
const askTime = 5 * time.Second

// leaveTime is how long a phone that has passed its call on may take to hang up by itself.
const leaveTime = 2 * time.Second

// secondLine is a call of an agent's SIP phone beside the first.
type secondLine struct {
	outgoing
	party interaction.PartyID // whom it was made for; empty: the interaction was not asked yet
	media *media.Leg          // nil: it was not answered
	held  bool                // at the phone
	gone  bool
}

// phoneHeld follows the hold key of a phone. Who hears only this agent hears music at once; the
// interaction knows a moment later, or when the agent is joined.
func (l *Leg) phoneHeld(d *device, held bool) {
	d.since = time.Now() // silence counts from the resume on
	if d.gone || d.held == held {
		return
	}
	d.held = held
	if !held {
		d.onSecond = false
		l.moves(d, false)
	}
	l.rearrange()
	l.tellHold(d)
}

// tellHold tells the interaction what a phone's hold key has done, at once or when the agent is joined. What it was
// told of his earlier phone ended with that one, unless this one holds as well.
func (l *Leg) tellHold(d *device) {
	if d == nil || !d.up || d.owner.device != d {
		return
	}
	a := d.owner
	party, on, ok := holdNews(d.held, a.holds, l.arranged, a.user)
	if !ok {
		return
	}
	if a.holds = party; !on {
		a.holds = ""
	}
	l.input(interaction.HoldSet{By: a.user, Party: party, On: on})
	l.keepSoon()
}

// holdNews is what the interaction is to be told of an agent's phone that holds, or does not. told is whom it was
// told that his phone puts on hold, this one or the one before; empty: nobody. Before the agent has a place in the talk it would refuse a hold;
// ok is false then, and if it knows already.
func holdNews(held bool, told interaction.PartyID, a interaction.Arrangement, user access.UserID) (party interaction.PartyID, on, ok bool) {
	if !held {
		return told, false, told != ""
	}
	i := slices.IndexFunc(a, func(e interaction.Ear) bool { return e.User == user })
	if told != "" || i < 0 {
		return told, true, false
	}
	return holdable(a[i]), true, true
}

// holdable is whom the hold key of an agent's phone puts on hold: the customer if the two are alone, so
// that the desk shows what it shows for its own button; else the agent, and the others talk on.
func holdable(own interaction.Ear) interaction.PartyID {
	if own.Of == interaction.TheAgent && slices.Equal(own.Hears, []interaction.PartyID{interaction.TheCustomer}) {
		return interaction.TheCustomer
	}
	return own.Of
}

// onHold says that a party's phone has us on hold: it neither speaks nor listens.
func (l *Leg) onHold(e interaction.Ear) bool {
	a := l.agents[e.User]
	if e.User == "" || a == nil || a.device == nil {
		return false
	}
	if d := a.device; d.onSecond {
		return d.second.held
	}
	return a.device.held
}

// sound is the leg by which the agent speaks and listens.
func (d *device) sound() *media.Leg {
	if d.onSecond {
		return d.second.media
	}
	return d.media
}

// keysOf takes the transfers that a phone asks for, and its owner's other phone that takes the call over.
func (l *Leg) keysOf(d *device, call *sip.Call) {
	if l.edge.config.Handsets == nil {
		return
	}
	call.OnRefer(func(r *sip.Referral) int { return l.referred(d, r) })
	call.OnReplace(func(ctx context.Context, by *sip.Call) {
		if accounts := l.edge.config.Accounts; accounts != nil && by.Account() != "" {
			user, _, ok := accounts.Find(by.Account())
			if ok && user == d.owner.user && l.tell(func() { l.takeUp(d.owner, by, time.Now().Add(l.edge.limit.Connect)) }) {
				<-by.Done()
				return
			}
		}
		_ = by.Reject(603, "") // gone already, if not
	})
}

// referred begins the transfer that a phone asks for. It is on the call's goroutine.
func (l *Leg) referred(d *device, r *sip.Referral) (code int) {
	user, handsets := d.owner.user, l.edge.config.Handsets
	var in interaction.Input
	if r.Replaces == nil {
		target, err := handsets.Dialed(userOf(r.Target))
		if err != nil {
			return 404
		}
		in = interaction.Transfer{By: user, Target: target}
	}
	l.edge.wg.Go(func() { // the stack waits for its callbacks, and the Edge then for this
		defer l.edge.rescue("a transfer by a phone", func() { _ = r.Notify(500, "") })
		known := r.Replaces == nil
		if !l.ask(func() {
			known = known || d.has(*r.Replaces)
			d.referral = r
		}) {
			return // the call is over, and with it who asked
		}
		if in == nil {
			in = interaction.Leave{By: user} // the two he has talked with are left together
		}
		err := error(fault.NotFound.New("This is no call of yours."))
		if known {
			ctx, cancel := context.WithTimeout(context.Background(), askTime)
			defer cancel()
			err = handsets.Ask(ctx, l.id, in)
		}
		if err == nil {
			return // the phone is let go, and told so
		}
		l.log.Info("a phone's transfer was refused", "agent", string(user), "err", err)
		l.tell(func() { d.referral = nil })
		_ = r.Notify(603, fault.Message(err)) // the phone is gone, if not
	})
	return 0
}

// has says whether a phone means one of its two lines. The tags are those of our side.
func (d *device) has(r sip.Replaces) bool {
	if d.second == nil {
		return false
	}
	for _, o := range []*outgoing{d.sip, &d.second.outgoing} {
		if call := o.current(); call != nil && call.ID() == r.CallID {
			theirs := call.Replaces()
			return r.ToTag == theirs.FromTag && r.FromTag == theirs.ToTag
		}
	}
	return false
}

// letGo ends a phone's call. One that has passed its call on is told so first, and hangs up by itself.
func (l *Leg) letGo(d *device) {
	r, call, second := d.referral, d.sip.current(), d.second
	if r == nil || call == nil {
		d.sip.close()
		return
	}
	l.edge.wg.Go(func() {
		_ = r.Notify(200, "")
		late := time.NewTimer(leaveTime)
		defer late.Stop()
		select {
		case <-call.Done():
		case <-late.C:
		}
		d.sip.close()
		if second != nil {
			hangUp(second.call, normalClearing)
		}
	})
}
