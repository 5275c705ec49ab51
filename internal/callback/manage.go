package callback

import (
	"context"
	"strings"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// ahead is how far a request may be put off.
const ahead = 90 * 24 * time.Hour

// By is who changes a request.
type By struct {
	audit.Author
	Role string // why it was cancelled: agent, supervisor, administrator
}

// List reads requests, those asked for last first; the page goes on after an ID.
func (e *Engine) List(ctx context.Context, t tenant.ID, f Filter, page db.Page) (all []Callback, err error) {
	err = e.ports.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = List(tx, t, f, page)
		return err
	})
	return all, err
}

// Cancel ends a request and the call for it; NotFound: there is no open one of that identity.
func (e *Engine) Cancel(ctx context.Context, by By, id ID, reason string) error {
	var f fault.Fields
	if f.Text("reason", reason, false, MaxNote); f.Err() != nil {
		return f.Err()
	}
	return e.ask(ctx, func() error {
		c, err := e.one(by, id)
		if err != nil {
			return err
		}
		if err := e.change(ctx, by, c, Cancel{by.Role, strings.TrimSpace(reason)}); err != nil {
			return err
		}
		e.hangUp(c, by.Role)
		return nil
	})
}

// Move has the customer called at another moment; a zero or past one: when it is his turn. Conflict: he is
// being called.
func (e *Engine) Move(ctx context.Context, by By, id ID, at time.Time) error {
	if at.After(time.Now().Add(ahead)) {
		return fault.OneField("at_ms", fault.OutOfRange, "Nobody is called back after more than 90 days.")
	}
	return e.ask(ctx, func() error {
		c, err := e.one(by, id)
		if err != nil {
			return err
		}
		if c.State == Calling {
			return fault.Conflict.New("The customer is being called right now.")
		}
		return e.change(ctx, by, c, Moved{at.UTC().Truncate(time.Millisecond)})
	})
}

// Reopen takes up a request that was cancelled or given up, in its old place. Conflict: the customer was
// reached, or another request of his number is open.
func (e *Engine) Reopen(ctx context.Context, by By, id ID) error {
	return e.ask(ctx, func() error {
		c, open := e.open[id]
		if open && string(c.Tenant) == by.Tenant {
			return nil
		}
		err := e.ports.DB.Read(ctx, func(tx *db.Tx) (err error) {
			c, err = Get(tx, tenant.ID(by.Tenant), id)
			return err
		})
		if err != nil {
			return err
		}
		if c.State == Reached {
			return fault.Conflict.New("The customer was reached; there is nothing left to call for.")
		}
		if _, other := e.standing(c.Tenant, c.Project, c.Queue, c.Number); other {
			return fault.Conflict.New("This number is to be called back already.")
		}
		return e.change(ctx, by, c, Reopened{})
	})
}

func (e *Engine) one(by By, id ID) (Callback, error) {
	c, ok := e.open[id]
	if !ok || string(c.Tenant) != by.Tenant {
		return c, fault.NotFound.New("This callback is over, or there is none.")
	}
	return c, nil
}

// change is what somebody does to a request: first it is written, with who did it, and then it holds.
func (e *Engine) change(ctx context.Context, by By, c Callback, in Input) error {
	rules, ok := e.ports.Rules(c.Tenant, c.Queue)
	if !ok {
		return fault.Conflict.New("The queue of this callback is gone.")
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	after := Next(c, in, rules, now)
	err := e.ports.DB.Write(ctx, func(tx *db.Tx) error {
		if err := Save(tx, after); err != nil {
			return err
		}
		return audit.Changed(tx, by.Author, "callback", string(c.ID), c.noted(), after.noted())
	})
	if err != nil {
		return err
	}
	delete(e.unsaid, c.ID)
	e.becomes(after, rules, now)
	return nil
}

// noted is what the audit list says of a request.
func (c Callback) noted() map[string]any {
	m := map[string]any{"interaction_id": c.First, "queue_id": c.Queue, "number": c.Number, "state": c.State}
	if !c.Next.IsZero() {
		m["next_ms"] = db.Millis(c.Next)
	}
	if c.Own != "" {
		m["own"] = c.Own
	}
	if c.Reason != "" {
		m["reason"] = c.Reason
	}
	return m
}
