package callback

import (
	"context"
	"slices"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// This file has what the requests of a project and of a number have to do with each other.

// line is whose calls are counted together.
type line struct {
	tenant  tenant.ID
	project project.ID
}

func (c Callback) line() line { return line{c.Tenant, c.Project} }

// caller is who is on the line himself.
type caller struct {
	tenant tenant.ID
	number string
}

// Same says whether a wish for a queue of a project is the one that a request of the same number stands for already.
func Same(c Callback, p project.ID, q queue.ID, rule project.OnePer) bool {
	switch rule {
	case project.AnyNumber:
		return false
	case project.OnePerProject:
		return c.Project == p
	}
	return c.Project == p && c.Queue == q
}

// standing finds the open request that a wish of a number is the same as, the oldest first.
func (e *Engine) standing(t tenant.ID, p project.ID, q queue.ID, number string) (Callback, bool) {
	rule := e.ports.Terms(t, p).OnePer
	var found []Callback
	for _, c := range e.open {
		if c.Tenant == t && c.Number == number && Same(c, p, q, rule) {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return Callback{}, false
	}
	return slices.MinFunc(found, func(a, b Callback) int { return a.Since.Compare(b.Since) }), true
}

// ofCaller finds the request of who is on the line, as a wish of his would.
func (e *Engine) ofCaller(s interaction.State, q queue.ID) (Callback, bool) {
	a := s.Arrival
	number, ok := e.ports.Number(a.Tenant, a.Project, a.CustomerAddress)
	if !ok {
		return Callback{}, false
	}
	return e.standing(a.Tenant, a.Project, q, number)
}

// Has says whether who is on the line is to be called back for a queue already.
func (e *Engine) Has(ctx context.Context, s interaction.State, q queue.ID) (has bool, err error) {
	err = e.ask(ctx, func() error {
		_, has = e.ofCaller(s, q)
		return nil
	})
	return has, err
}

// Revoke cancels the request of who is on the line, who does not want it any more; that there is none is no error.
func (e *Engine) Revoke(ctx context.Context, s interaction.State, q queue.ID) error {
	return e.ask(ctx, func() error {
		if c, ok := e.ofCaller(s, q); ok {
			e.cancel(c, "customer")
		}
		return nil
	})
}

// calls notes that a customer is on the line himself: meanwhile he is not called.
func (e *Engine) calls(id interaction.ID, a interaction.Arrival) {
	number, ok := e.ports.Number(a.Tenant, a.Project, a.CustomerAddress)
	if !ok {
		return
	}
	who := caller{a.Tenant, number}
	for _, c := range e.open {
		if who != (caller{c.Tenant, c.Number}) {
			continue
		}
		e.onLine[id] = who
		e.hangUp(c, "the customer, who is on the line himself")
		e.happens(c.ID, Due{})
	}
}

// talks ends the request of a customer who was on the line himself and has an agent now.
func (e *Engine) talks(s interaction.State) {
	if _, ok := e.onLine[s.ID]; !ok {
		return
	}
	if c, ok := e.ofCaller(s, s.Segment.Rules.Queue); ok {
		e.cancel(c, "customer")
	}
}

// leaves notes that a customer is on the line no more; who had no agent is called back after all.
func (e *Engine) leaves(id interaction.ID) {
	who, ok := e.onLine[id]
	if !ok {
		return
	}
	delete(e.onLine, id)
	for _, c := range e.open {
		if who == (caller{c.Tenant, c.Number}) {
			e.happens(c.ID, Due{})
		}
	}
}

// isOnLine says whether a customer is on the line himself.
func (e *Engine) isOnLine(c Callback) bool {
	for _, who := range e.onLine {
		if who == (caller{c.Tenant, c.Number}) {
			return true
		}
	}
	return false
}

// may says whether the terms of its project let one more customer be called.
func (e *Engine) may(c Callback, now time.Time) bool {
	under := 0
	for _, other := range e.open {
		if other.State == Calling && other.line() == c.line() {
			under++
		}
	}
	return e.ports.Terms(c.Tenant, c.Project).May(under, e.begun[c.line()], now)
}

// stands says whether a request has a place in line now.
func (e *Engine) stands(c Callback, rules queue.Callback, now time.Time) bool {
	return !e.still && InLine(c, rules, now.In(e.ports.Zone())) && !e.isOnLine(c) && e.may(c, now)
}

// counted keeps when calls of a project began, and brings the others of the project into line or out of it.
func (e *Engine) counted(before, after Callback, now time.Time) {
	if before.State == after.State || before.State != Calling && after.State != Calling {
		return
	}
	l := after.line()
	if after.State == Calling {
		e.begun[l] = append(slices.DeleteFunc(e.begun[l], func(at time.Time) bool { return now.Sub(at) >= time.Minute }), now)
	}
	for _, c := range e.open {
		if c.line() == l && c.State == Waiting {
			rules, _ := e.ports.Rules(c.Tenant, c.Queue)
			e.place(c, e.stands(c, rules, now))
		}
	}
}
