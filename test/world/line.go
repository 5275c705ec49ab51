package world

import (
	"strings"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/live"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// Line is who waits in a queue.
func (w *World) Line(q queue.ID) live.LineView {
	w.T.Helper()
	w.Settles()
	v, ok := w.App.Board().Line(q)
	if !ok {
		w.T.Fatalf("there is no queue %s", q)
	}
	return v
}

// Waiting finds a caller in whichever line he waits.
func (w *World) Waiting(c *Caller) live.WaitingView {
	w.T.Helper()
	w.Settles()
	for _, q := range w.App.Board().Present().Queues {
		for _, one := range w.Line(q.Queue).Contacts {
			if one.CustomerAddress == c.Number {
				return one
			}
		}
	}
	w.T.Fatalf("%s waits nowhere", c.Number)
	return live.WaitingView{}
}

func seenBy(user string, at live.WaitingView, note string) interaction.Seen {
	return interaction.Seen{By: access.UserID(user), Queue: at.Queue, Priority: at.Priority, Note: note}
}

// Moves has a supervisor move a waiting customer to another queue.
func (w *World) Moves(user string, at live.WaitingView, to queue.ID, note string) error {
	defer w.Settles()
	return w.App.LinePort().Move(w.T.Context(), at.Interaction, seenBy(user, at, note), to)
}

// Prioritises has a supervisor change the priority of a waiting customer.
func (w *World) Prioritises(user string, at live.WaitingView, to int) error {
	defer w.Settles()
	return w.App.LinePort().Reprioritise(w.T.Context(), at.Interaction, seenBy(user, at, ""), to)
}

// Picks has a supervisor give a waiting customer to an agent.
func (w *World) Picks(user string, at live.WaitingView, to string) error {
	defer w.Settles()
	return w.App.LinePort().Pick(w.T.Context(), at.Interaction, seenBy(user, at, ""), access.UserID(to))
}

// Name is what a user is called.
func (w *World) Name(user string) (name string) {
	w.T.Helper()
	w.read(func(tx *db.Tx, home tenant.ID) error {
		u, err := access.GetUser(tx, home, access.UserID(user))
		name = u.Name
		return err
	})
	return name
}

// Audited counts the audit lines about a kind of object whose detail holds a text.
func (w *World) Audited(kind, holds string) (n int) {
	w.T.Helper()
	w.read(func(tx *db.Tx, home tenant.ID) error {
		lines, err := audit.List(tx, string(home), audit.Filter{ObjectKind: kind}, db.Page{Limit: db.Unlimited})
		for _, l := range lines {
			if strings.Contains(string(l.Detail), holds) {
				n++
			}
		}
		return err
	})
	return n
}

// Segments are those of an interaction, as they stood when each ended.
func (w *World) Segments(id interaction.ID) (all []interaction.Segment) {
	w.T.Helper()
	w.read(func(tx *db.Tx, _ tenant.ID) error {
		events, err := interaction.NewStore(w.App.DB()).Journal(tx, id)
		s := interaction.State{ID: id}
		for _, r := range events {
			s = interaction.Apply(s, r)
			switch {
			case s.Segment.Seq > len(all):
				all = append(all, s.Segment)
			case s.Segment.Seq > 0:
				all[s.Segment.Seq-1] = s.Segment
			}
		}
		return err
	})
	return all
}

func (w *World) read(fn func(tx *db.Tx, home tenant.ID) error) {
	w.T.Helper()
	err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) error {
		home, err := tenant.First(tx)
		if err != nil {
			return err
		}
		return fn(tx, home.ID)
	})
	if err != nil {
		w.T.Fatal(err)
	}
}
