package interaction

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/mailbox"
)

// ErrGone is what a revival says of a call that is not there any more.
var ErrGone = errors.New("the call is not there any more")

// Revived is what is there of an interaction after a crash.
type Revived struct {
	Channel Channel
	Outside []PartyID // parties outside whose calls are there too
	Holds   bool      // the customer has us on hold
}

// Revival is how Restore takes up what an earlier process left open.
type Revival struct {
	Died   time.Time // the moment of its last sign of life
	Detail string    // why those are closed that cannot go on
	// Revive brings an interaction's channel back. An error closes the interaction. It is called by
	// several goroutines. Nil: nothing goes on. Interactions without their customer need no channel.
	Revive func(State) (Revived, error)
	// Closed is told of each that was closed, one at a time. Nil: nobody is.
	Closed func(s State, why error)
}

// Restoration is what Restore found.
type Restoration struct {
	Restored, Closed int
	actors           []*actor
}

// restoreAtOnce is how many interactions are taken up at the same time at the start; they share flushes.
const restoreAtOnce = 32

// Restore takes up what an earlier process left open, or closes it with cause system at the moment it died.
// Call it before the first Begin. What goes on stands still, and takes inputs, until Begin of the result.
func (r *Registry) Restore(ctx context.Context, how Revival) (*Restoration, error) {
	ids, err := r.store.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("looking for interrupted interactions: %w", err)
	}
	found := &Restoration{}
	var mu sync.Mutex // guards found and failed, and calls of Closed
	var failed error
	var all sync.WaitGroup
	room := make(chan struct{}, restoreAtOnce)
	for _, id := range ids {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			s, err := r.store.Load(ctx, id)
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = errors.Join(failed, err)
				return
			}
			up, why := how.revive(s)
			if why == nil {
				a := r.restored(s, up, how.Died)
				mu.Lock()
				defer mu.Unlock()
				found.Restored++
				found.actors = append(found.actors, a)
				return
			}
			err = r.closeOne(ctx, s, how.Died, how.Detail)
			mu.Lock()
			defer mu.Unlock()
			found.Closed++
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("closing interrupted interaction %s: %w", id, err))
			} else if how.Closed != nil {
				how.Closed(s, why)
			}
		})
	}
	all.Wait()
	return found, failed
}

// revive gives the channel of an interaction.
func (how Revival) revive(s State) (Revived, error) {
	switch {
	case s.Lineless(): // it waits for days
		return Revived{Channel: nobody{}}, nil
	case how.Revive == nil || s.Phase == "":
		return Revived{}, ErrGone
	case s.HasCustomer():
		return how.Revive(s)
	case s.Phase == WrappingUp:
		return Revived{Channel: nobody{}}, nil
	}
	return Revived{}, ErrGone
}

// restored makes the actor of an interaction that goes on. Whatever is told it comes after Restored.
func (r *Registry) restored(s State, up Revived, died time.Time) *actor {
	now := time.Now()
	a := &actor{
		id: s.ID, reg: r, channel: up.Channel, box: mailbox.New[message](), state: s,
		wall: now.UTC().Round(0), since: now, timers: make(map[Timer]time.Time),
	}
	a.log = r.log.With("interaction", a.id)
	a.box.Put(message{in: Restored{Died: died.UTC().Truncate(time.Millisecond), Outside: up.Outside, Holds: up.Holds}})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(a, s.Arrival)
	return a
}

// Begin lets what was restored go on. It must be called, once, also when the registry is closed right after.
func (found *Restoration) Begin() {
	for _, a := range found.actors {
		go func() {
			defer a.reg.wg.Done()
			a.run(a.reg.ctx)
		}()
	}
	found.actors = nil
}

// nobody is the channel of an interaction whose customer is gone.
type nobody struct{}

func (nobody) Answer()                       {}
func (nobody) Ring(access.UserID, time.Time) {}
func (nobody) StopRinging(access.UserID)     {}
func (nobody) Connect(access.UserID)         {}
func (nobody) Arrange(Arrangement)           {}
func (nobody) DropAgent(access.UserID)       {}
func (nobody) Disconnect(Cause)              {}

// closeOne ends an interaction that has no actor.
func (r *Registry) closeOne(ctx context.Context, s State, died time.Time, detail string) error {
	at := died.UTC().Truncate(time.Millisecond)
	if at.Before(s.Last) {
		at = s.Last
	}
	if s.Phase == WrappingUp && !s.WrapUntil.IsZero() && at.After(s.WrapUntil) {
		at = s.WrapUntil
	}
	events, _, err := Decide(s, Stopped{Detail: detail}, at)
	if err != nil {
		return err
	}
	recorded := make([]Recorded, len(events))
	for i, e := range events {
		recorded[i] = Recorded{s.Seq + int64(i) + 1, at, e}
	}
	return r.write(ctx, func(tx *db.Tx) error {
		after, err := r.store.append(tx, s, recorded)
		if err != nil {
			return err
		}
		tx.AfterCommit(func() { r.announce(Commit{after, recorded}) })
		return nil
	})
}
