package outgoing

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/secret"
)

// line is the work for one gateway; run has a goroutine of its own.
type line struct {
	engine  *Engine
	gateway Named
	wake    chan struct{} // size one: there may be something to do

	failures int       // in a row
	last     time.Time // when one was given to it

	sent, failed, givenUp, tries, waiting, inRow atomic.Int64
	detail                                       atomic.Pointer[string] // why the last try failed
}

// look has the table looked at now.
func (l *line) look() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *line) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wait := time.Duration(0)
		select {
		case <-l.engine.life.Done():
			return
		case <-l.wake:
			wait = l.rest()
		case <-timer.C:
		}
		if wait == 0 {
			wait = l.round()
		}
		timer.Reset(wait)
	}
}

// rest is how long the gateway is still left alone.
func (l *line) rest() time.Duration {
	return max(0, time.Until(l.last.Add(l.pause())))
}

// pause is what must lie between what is given to it last and next.
func (l *line) pause() time.Duration {
	pause := time.Duration(0)
	if l.gateway.PerMinute > 0 {
		pause = time.Minute / time.Duration(l.gateway.PerMinute)
	}
	if l.failures >= restAfter {
		pause = max(pause, min(restLeast<<min(l.failures-restAfter, 10), restMost))
	}
	return pause
}

// round sends all that are due, and says how long nothing is.
func (l *line) round() time.Duration {
	e := l.engine
	for e.life.Err() == nil {
		if wait := l.rest(); wait > 0 {
			return wait
		}
		atOnce := cmp.Or(l.gateway.Parallel, usualParallel)
		if l.pause() > 0 {
			atOnce = 1
		}
		var all []Message
		var waiting map[string]int64
		err := e.ports.DB.Read(e.life, func(tx *db.Tx) (err error) {
			if all, err = due(tx, l.gateway.Name, atOnce); err == nil {
				waiting, err = gateways(tx)
			}
			return err
		})
		if err != nil {
			if e.life.Err() == nil {
				e.ports.Log.Error("outgoing messages cannot be read; it is tried again", "gateway", l.gateway.Name, "error", err)
			}
			return lookAgain
		}
		l.waiting.Store(waiting[l.gateway.Name])
		now := time.Now()
		for i, m := range all {
			if m.Next.After(now) {
				all = all[:i]
				if i == 0 {
					return min(m.Next.Sub(now), lookMost)
				}
				break
			}
		}
		if len(all) == 0 {
			return lookMost
		}
		if !l.all(all) {
			return lookAgain
		}
	}
	return lookMost
}

// all gives messages to the gateway, side by side; false: what came of one could not be kept.
func (l *line) all(messages []Message) bool {
	var wg sync.WaitGroup
	var unkept, well, badly atomic.Bool
	for _, m := range messages {
		wg.Go(func() {
			answered, kept := l.try(m)
			unkept.Store(unkept.Load() || !kept)
			if answered {
				well.Store(true)
			} else {
				badly.Store(true)
			}
		})
	}
	wg.Wait()
	l.last = time.Now()
	switch {
	case well.Load():
		l.failures = 0
	case badly.Load():
		l.failures++
	}
	l.inRow.Store(int64(l.failures))
	return !unkept.Load()
}

// try gives one message to the gateway and keeps what came of it. Answered says that the gateway works. A try that is cut
// off by Close is none.
func (l *line) try(m Message) (answered, kept bool) {
	e := l.engine
	var reference string
	err := errExpired
	if !m.expired(time.Now()) {
		reference, err = l.send(m)
	}
	if e.life.Err() != nil && err != nil {
		return true, true
	}
	after := m.tried(reference, err, time.Now().UTC().Truncate(time.Millisecond))
	if errors.Is(err, errExpired) {
		after.State, after.Ended = GivenUp, time.Now().UTC().Truncate(time.Millisecond)
		after = after.forget()
	}
	there := false
	ctx, cancel := context.WithTimeout(context.WithoutCancel(e.life), writeTime)
	defer cancel()
	keep := func(tx *db.Tx) (err error) { there, err = change(tx, after); return err }
	if err := e.ports.DB.Write(ctx, keep); err != nil {
		e.ports.Log.Error("what came of an outgoing message cannot be kept; it may be sent again", "message", m.ID, "gateway", l.gateway.Name, "error", err)
		return err == nil, false
	}
	if there {
		l.tell(m, after, err)
	}
	return err == nil || errors.Is(err, ErrRefused) || errors.Is(err, errExpired), true
}

var errExpired = errors.New("it is of no use any more")

// tell counts and logs what came of a message, and wakes who waits for it.
func (l *line) tell(before, after Message, err error) {
	log := l.engine.ports.Log
	l.tries.Add(int64(after.Attempts - before.Attempts))
	l.detail.Store(&after.Detail)
	switch after.State {
	case Sent:
		l.sent.Add(1)
	case Failed, GivenUp:
		count := &l.failed
		if after.State == GivenUp {
			count = &l.givenUp
		}
		count.Add(1)
		log.Error("a message was not sent", "message", after.ID, "interaction", after.Interaction, "gateway", l.gateway.Name, "way", after.Way,
			"state", after.State, "tries", after.Attempts, "error", err)
	case Queued:
		log.Warn("a message is not sent yet", "message", after.ID, "interaction", after.Interaction, "gateway", l.gateway.Name, "way", after.Way,
			"again", after.Next, "error", err)
	}
	if after.State.Over() {
		l.engine.settled(after.ID)
	}
}

// send gives a message to the gateway.
func (l *line) send(m Message) (reference string, err error) {
	defer l.engine.rescue(&err)
	if m.Secret {
		if m.Body, err = l.engine.ports.Open(secret.Sealed(m.Body)); err != nil {
			return "", err
		}
	}
	ctx, cancel := context.WithTimeout(l.engine.life, cmp.Or(l.gateway.Timeout, usualTimeout))
	defer cancel()
	return l.gateway.Gateway.Send(ctx, m)
}
