package interaction

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/mailbox"
)

// message is an input in an actor's mailbox.
type message struct {
	in    Input
	at    time.Time    // told then; zero: now
	reply chan<- error // size one; nil when nobody waits
	// before is when the end of a side was told that waits behind this input; zero: none does.
	before time.Time
}

// ends says whether an input is the end of a side: that counts from when it was told.
func (m message) ends() bool {
	switch m.in.(type) {
	case CustomerLeft, AgentHungUp, PhoneLost:
		return !m.at.IsZero()
	}
	return false
}

func firstEnd(inputs []message) time.Time {
	for _, m := range inputs {
		if m.ends() {
			return m.at
		}
	}
	return time.Time{}
}

// actor runs one interaction. Its state belongs to its goroutine.
type actor struct {
	id      ID
	reg     *Registry
	channel Channel
	box     *mailbox.Mailbox[message]
	log     *slog.Logger
	message bool        // nobody is on the line
	busy    atomic.Bool // it works on an input; with a database that stalls that may take long

	// The clock of the interaction is the wall's at its arrival and goes on evenly from there: a clock
	// that is set, or jumps, stretches no call and stops no timer.
	wall  time.Time // at the arrival, without its monotonic part
	since time.Time // the same instant, with it

	// Owned by the goroutine.
	state    State
	timers   map[Timer]time.Time
	broken   bool // a rule panicked; the interaction is being ended
	finished time.Time
}

const (
	retryFirst = 250 * time.Millisecond // after a commit failed
	retryMost  = 5 * time.Second
	// lingerMost is how long an ended interaction waits for its recording's last word.
	lingerMost = 30 * time.Second
)

// run is the actor's goroutine.
func (a *actor) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		a.busy.Store(false)
		a.arm(timer)
		select {
		case <-a.box.Wake():
			a.busy.Store(true)
			for inputs := a.box.Take(); len(inputs) > 0; {
				m := inputs[0]
				// While one waits for a database that is gone, others come.
				inputs = append(inputs[1:], a.box.Take()...)
				m.before = firstEnd(inputs)
				a.handle(ctx, m)
			}
		case <-timer.C:
			a.busy.Store(true)
			a.fire(ctx)
		case <-ctx.Done():
			a.refuseRest()
			return
		}
		if a.over() {
			a.reg.forget(a)
			a.refuseRest()
			return
		}
	}
}

// over says whether nothing more can come.
func (a *actor) over() bool {
	if a.state.Phase != Done {
		return false
	}
	if a.finished.IsZero() {
		a.finished = time.Now()
	}
	return a.state.Recording != "running" || time.Since(a.finished) >= lingerMost
}

// refuseRest answers who still waits.
func (a *actor) refuseRest() {
	a.box.Close()
	for _, m := range a.box.Take() {
		m.answer(ErrLate)
		a.contained(m, func() { a.perform(Undo(a.id, m.in)) })
	}
}

// answer answers once; a second answer, after a panic, finds nobody.
func (m message) answer(err error) {
	if m.reply == nil {
		return
	}
	select {
	case m.reply <- err:
	default:
	}
}

// arm sets the timer to the earliest deadline.
func (a *actor) arm(t *time.Timer) {
	if !a.finished.IsZero() {
		t.Reset(lingerMost - time.Since(a.finished))
		return
	}
	next := time.Time{}
	for _, at := range a.timers {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	if next.IsZero() {
		t.Stop()
		return
	}
	t.Reset(next.Sub(a.clock()))
}

// fire turns deadlines that have passed into inputs.
func (a *actor) fire(ctx context.Context) {
	now := a.now()
	for name, at := range a.timers {
		if !at.After(now) {
			delete(a.timers, name)
			a.handle(ctx, message{in: TimerFired{name}})
		}
	}
}

// contained does something for an input. A panic in a rule or an effect ends this interaction only.
func (a *actor) contained(m message, do func()) {
	defer func() {
		if p := recover(); p != nil {
			a.reg.panics.Add(1)
			a.log.Error("interaction panicked", "input", fmt.Sprintf("%T", m.in), "panic", p, "stack", string(debug.Stack()))
			m.answer(fault.Internal.New("Something went wrong with this call; it is being ended."))
			if !a.broken {
				a.broken = true
				a.box.Put(message{in: Stopped{Detail: "internal error"}})
			}
		}
	}()
	do()
}

// handle decides one input, commits, answers and carries out.
func (a *actor) handle(ctx context.Context, m message) {
	a.contained(m, func() { a.decide(ctx, m) })
}

func (a *actor) decide(ctx context.Context, m message) {
	now := a.when(m)
	before := a.state
	events, effects, err := Decide(before, m.in, now)
	if err != nil {
		if errors.Is(err, ErrLate) {
			a.reg.late.Add(1)
		}
		m.answer(err)
		a.perform(Undo(a.id, m.in))
		return
	}
	if len(events) > 0 {
		if err := a.commit(ctx, events, now, m.reply == nil); err != nil {
			m.answer(err)
			a.perform(Undo(a.id, m.in))
			return
		}
	}
	m.answer(nil)
	a.perform(effects)
	if s := a.state; s.Agent != "" && s.Customer.Held != before.Customer.Held {
		a.reg.ports.Router.Hold(a.id, s.Agent, s.Customer.Held)
	}
}

// when is the moment an input counts from: now, but the end of a side is when it was told, however
// long a database that was gone kept us from writing it down. What came before such an end, and is
// written as late, cannot count from after it.
func (a *actor) when(m message) time.Time {
	now := a.now()
	var at time.Time
	switch in := m.in.(type) {
	case Stopped:
		at = in.At.UTC().Truncate(time.Millisecond)
	default:
		if m.ends() {
			at = a.own(m.at)
		} else if !m.before.IsZero() {
			at = a.own(m.before)
		}
	}
	switch {
	case at.IsZero() || at.After(now):
		return now
	case at.Before(a.state.Last):
		return a.state.Last
	}
	return at
}

// own is an instant by the interaction's clock, in the journal's precision.
func (a *actor) own(t time.Time) time.Time {
	return a.wall.Add(t.Sub(a.since)).Truncate(time.Millisecond)
}

// clock is the interaction's present.
func (a *actor) clock() time.Time { return a.wall.Add(time.Since(a.since)) }

// now is the present in the journal's precision, never before the last event.
func (a *actor) now() time.Time {
	now := a.clock().Truncate(time.Millisecond)
	if now.Before(a.state.Last) {
		return a.state.Last
	}
	return now
}

// commit writes the events and takes over the state they lead to. What has happened (insist) is
// tried until it is written: the talk goes on meanwhile. What somebody asks for is refused when it
// cannot be written; but when nobody knows whether it was, it is insisted on too, because a refusal
// could be a lie and everything written later would collide with it.
func (a *actor) commit(ctx context.Context, events []Event, now time.Time, insist bool) error {
	recorded := make([]Recorded, len(events))
	after := a.state
	for i, e := range events {
		recorded[i] = Recorded{a.state.Seq + int64(i) + 1, now, e}
		after = Apply(after, recorded[i])
	}
	unknown := false // an attempt may have been written
	wait := retryFirst
	for {
		err := a.reg.write(ctx, func(tx *db.Tx) error {
			tx.AfterCommit(func() { a.reg.announce(Commit{after, recorded}) })
			if unknown {
				if last, err := a.reg.store.lastSeq(tx, after); err != nil || last == after.Seq {
					return err
				}
			}
			_, err := a.reg.store.append(tx, a.state, recorded)
			return err
		})
		if err == nil {
			break
		}
		unknown = unknown || db.Unknown(err)
		a.reg.failed.Add(1)
		a.log.Error("journal not written", "error", err, "trying_again", insist || unknown)
		if !insist && !unknown {
			return err
		}
		select {
		case <-time.After(wait):
			wait = min(2*wait, retryMost)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	a.state = after
	return nil
}

// perform carries effects out in order.
func (a *actor) perform(effects []Effect) {
	for _, e := range effects {
		a.do(e)
	}
}

func (a *actor) do(e Effect) {
	p := a.reg.ports
	switch e := e.(type) {
	case AnswerCustomer:
		a.channel.Answer()
	case CallCustomer:
		if c, ok := a.channel.(CustomerCaller); ok {
			c.CallCustomer(e.Until)
		} else {
			a.box.Put(message{in: CustomerMissed{Why: MissedCarrier, Detail: "this channel calls nobody"}})
		}
	case StartFlow:
		p.Flows.Start(FlowRun{State: a.state, Channel: a.channel, Flow: e.Flow, Waiting: e.Waiting, At: e.At, Way: e.Way})
	case StopFlow:
		p.Flows.Stop(a.id)
	case Enqueue:
		p.Router.Enqueue(e.Place)
	case Withdraw:
		p.Router.Withdraw(a.id, e.Party)
	case ReleaseSeat:
		p.Router.Release(e.Release)
	case RingAgent:
		a.channel.Ring(e.Agent, e.Until)
	case StopRinging:
		a.channel.StopRinging(e.Agent)
	case ConnectAgent:
		a.channel.Connect(e.Agent)
	case Arrange:
		a.channel.Arrange(e.Arrangement)
	case DropAgent:
		a.channel.DropAgent(e.Agent)
	case DropCustomer:
		a.channel.Disconnect(e.Cause)
	case StartRecording:
		p.Recorder.Start(a.state, a.channel)
	case StopRecording:
		p.Recorder.Stop(a.id)
	case ContinueRecording:
		p.Recorder.Continue(a.state, a.channel)
	case PauseRecording:
		p.Recorder.Pause(a.id, e.Why)
	case ResumeRecording:
		p.Recorder.Resume(a.id)
	case CallOutside:
		if c, ok := a.channel.(OutsideCaller); ok {
			c.CallOutside(e.Party, e.Address, e.Until)
		} else {
			a.box.Put(message{in: OutsideEnded{Party: e.Party, Detail: "this channel calls nobody", Reason: AbsentNoLine}, at: time.Now()})
		}
	case DropOutside:
		if c, ok := a.channel.(OutsideCaller); ok {
			c.DropOutside(e.Party)
		}
	case PlayPrompt:
		if c, ok := a.channel.(Prompter); ok {
			c.PlayPrompt(e.Prompt)
		}
	case StopPrompt:
		if c, ok := a.channel.(Prompter); ok {
			c.StopPrompt()
		}
	case Focus:
		if p.Focus != nil {
			p.Focus(e.Agent, a.id)
		}
	case KeepSeat:
		p.Router.Keep(a.id, e.Agent)
		if s := a.state; e.Agent == s.Agent && s.Customer.Held {
			p.Router.Hold(a.id, e.Agent, true)
		}
	case SendDigits:
		if c, ok := a.channel.(DigitSender); ok {
			c.SendDigits(e.Digits)
		}
	case Recover:
		if p.Recover != nil {
			p.Recover(e.Agent, e.For)
		}
	case LookUpAsked:
		a.lookUpAsked(e)
	case SetTimer:
		a.timers[e.Timer] = e.At
	case StopTimer:
		delete(a.timers, e.Timer)
	}
}
