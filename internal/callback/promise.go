package callback

import (
	"context"
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/queue"
)

// This file has what agents promise customers at their desks.

// MaxNote is the most a note or a reason may have, in characters.
const MaxNote = 1000

// Word is an agent's promise to call the customer of an interaction in his hand.
type Word struct {
	State  interaction.State
	Queue  queue.ID
	Rules  interaction.QueueRules
	Number string // empty: the customer's of the interaction
	At     time.Time
	Note   string
	Own    access.UserID // empty: everybody's of the queue
}

// Promise makes a callback of an agent's word: at its time the customer stands in line. Conflict: the queue calls nobody
// back, or this number is to be called back already.
func (e *Engine) Promise(ctx context.Context, by By, w Word) (c Callback, err error) {
	var f fault.Fields
	f.Text("note", w.Note, false, MaxNote)
	now := time.Now().UTC().Truncate(time.Millisecond)
	if w.At = w.At.UTC().Truncate(time.Millisecond); !w.At.After(now) || w.At.After(now.Add(ahead)) {
		f.Add("at_ms", fault.OutOfRange, "Choose a time from now on, within 90 days.")
	}
	if err := f.Err(); err != nil {
		return Callback{}, err
	}
	err = e.ask(ctx, func() error {
		a := w.State.Arrival
		rules, ok := e.ports.Rules(a.Tenant, w.Queue)
		if !ok || !rules.On {
			return fault.Conflict.New("This queue calls nobody back.")
		}
		if w.Number == "" {
			w.Number = a.CustomerAddress
		}
		number, ok := e.ports.Number(a.Tenant, a.Project, w.Number)
		if !ok {
			return fault.OneField("number", fault.Malformed, "%q is not a telephone number", w.Number)
		}
		if _, ok := e.standing(a.Tenant, a.Project, w.Queue, number); ok {
			return fault.Conflict.New("This number is to be called back already.")
		}
		c = Callback{ID: ID(prefix + string(id.New())), Tenant: a.Tenant, First: w.State.ID, Project: a.Project, Queue: w.Queue, Number: number,
			CenterAddress: a.CenterAddress, Language: a.Language, Priority: w.State.Segment.Priority, Rules: w.Rules, Since: w.At, Asked: now,
			State: Resting, Next: w.At, Slot: w.At, By: access.UserID(by.User), Own: w.Own, Note: strings.TrimSpace(w.Note)}
		if err := e.ports.DB.Write(ctx, func(tx *db.Tx) error {
			if err := Insert(tx, c); err != nil {
				return err
			}
			return audit.Created(tx, by.Author, "callback", string(c.ID), c.noted())
		}); err != nil {
			return err
		}
		e.becomes(c, rules, now)
		return nil
	})
	return c, err
}

// remind tells agents, once for each time, that the time of a callback of their own comes.
func (e *Engine) remind(now time.Time) {
	for _, c := range e.open {
		if e.still || !Soon(c, e.ports.Terms(c.Tenant, c.Project).Remind(), now) || e.minded[c.ID].Equal(c.Next) {
			continue
		}
		e.minded[c.ID] = c.Next
		e.ports.Remind(c.Own, c)
	}
}
