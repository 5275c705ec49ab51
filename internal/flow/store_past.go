package flow

import (
	"context"
	"time"

	"linekeeper/internal/customer"
	"linekeeper/internal/entry"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// maxJournal is how many events of a call are read; a flow of more is not played again.
const maxJournal = 2000

// PastCalls reads calls that began with a flow in [from, to), looking at so many interactions behind one; the zero
// Began is before all. Next is the last one looked at; zero: there are no more.
func (s *Store) PastCalls(ctx context.Context, t tenant.ID, id ID, from, to time.Time, behind interaction.Began, limit int) (calls []PastCall, next interaction.Began, err error) {
	err = s.read(ctx, func(tx *db.Tx) error {
		calls, next = nil, interaction.Began{}
		keys := map[queue.ID]string{}
		queues, err := queue.List(tx, t, db.Page{Limit: db.Unlimited})
		if err != nil {
			return err
		}
		for _, q := range queues {
			keys[q.ID] = q.Key
		}
		all, err := interaction.Arrivals(tx, t, interaction.Voice, from, to, behind, limit)
		if err != nil {
			return err
		}
		for _, b := range all {
			c, ok, err := pastCall(tx, t, id, b.ID, keys)
			if err != nil {
				return err
			}
			if ok {
				calls = append(calls, c)
			}
		}
		if len(all) == limit {
			next = all[len(all)-1]
		}
		return nil
	})
	if err != nil {
		return nil, next, err
	}
	return calls, next, s.know(ctx, t, calls)
}

// pastCall reads a call; false: it began with another flow, or is still in it.
func pastCall(tx *db.Tx, t tenant.ID, id ID, call interaction.ID, keys map[queue.ID]string) (c PastCall, ok bool, err error) {
	first, err := interaction.JournalFrom(tx, t, call, 1)
	if err != nil || len(first) == 0 {
		return c, false, err
	}
	if a, is := first[0].Event.(interaction.EventArrived); !is || ID(a.Arrival.Flow) != id {
		return c, false, nil
	}
	journal, err := interaction.JournalFrom(tx, t, call, maxJournal)
	if err != nil {
		return c, false, err
	}
	c, ok = PastCallOf(call, journal, func(q queue.ID) string {
		if key, there := keys[q]; there {
			return key
		}
		return string(q) // it was removed since
	})
	return c, ok, nil
}

// know adds what the set-up says of the calls, and their customers.
func (s *Store) know(ctx context.Context, t tenant.ID, calls []PastCall) error {
	type place struct {
		entry   entry.ID
		project project.ID
	}
	facts := map[place]*Facts{}
	people := map[customer.ID]*Customer{}
	for i := range calls {
		a := calls[i].Arrival
		at := place{a.Entry, a.Project}
		if facts[at] == nil {
			f, err := s.Facts(ctx, a)
			if err != nil {
				return err
			}
			facts[at] = &f
		}
		calls[i].Facts = facts[at]
		if a.Customer == "" {
			continue
		}
		if people[a.Customer] == nil {
			c, err := s.Customer(ctx, t, a.Customer)
			if err != nil {
				return err
			}
			people[a.Customer] = &c
		}
		if calls[i].Customer = people[a.Customer]; !calls[i].Customer.Known {
			calls[i].Customer = nil
		}
	}
	return nil
}
