package report

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"linekeeper/internal/callback"
	"linekeeper/internal/customer"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// Callback is a request to be called back with the names of what it is about.
type Callback struct {
	callback.Callback
	QueueName    string // empty: the queue is gone
	ProjectName  string
	Customer     customer.ID // empty: nobody we know
	CustomerName string
	OwnName      string // whose it is
}

// Callbacks reads requests, those asked for last first; the page goes on after an id. Who does not see
// everything finds those of the queues he serves.
func (r *Reader) Callbacks(ctx context.Context, v Viewer, f callback.Filter, page db.Page) (all []Callback, err error) {
	if !v.SeesAll {
		if v.User == "" {
			return nil, nil
		}
		f.Serves = v.User
	}
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		found, err := callback.List(tx, v.Tenant, f, page)
		if err != nil {
			return err
		}
		all, err = nameCallbacks(tx, v, found)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading callbacks: %w", err)
	}
	return all, nil
}

// Callback reads one; NotFound: there is none, or the viewer may not see it.
func (r *Reader) Callback(ctx context.Context, v Viewer, id callback.ID) (Callback, error) {
	all, err := r.Callbacks(ctx, v, callback.Filter{ID: id}, db.Page{Limit: 1})
	if err != nil {
		return Callback{}, err
	}
	if len(all) == 0 {
		return Callback{}, fault.NotFound.New("There is no such callback, or it is in a queue you do not serve.")
	}
	return all[0], nil
}

// CallbackDay are a queue's requests since an instant.
type CallbackDay struct {
	Asked, Reached, GivenUp, Cancelled int64
	DelayMs                            int64 // the median from asking to the talk; 0: nobody came to talk
}

// CallbackDays sums up what was asked for since an instant by queue, as reports do; an empty queue stands for all.
func (r *Reader) CallbackDays(ctx context.Context, t tenant.ID, which queue.ID, since time.Time) (map[queue.ID]CallbackDay, error) {
	groups := map[string]Sums{}
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		q := Request{Tenant: t, By: ByQueue, Queue: which, From: since, To: since.AddDate(1, 0, 0)}
		return addCallbackSums(tx, q, groups)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the callbacks of the day: %w", err)
	}
	days := map[queue.ID]CallbackDay{}
	for id, s := range groups {
		delay, _ := median(func(s Sums) []int64 { return s.Delays })(s)
		days[queue.ID(id)] = CallbackDay{s.Asked, s.CalledBack, s.GivenUp, s.Cancelled, int64(delay)}
	}
	return days, nil
}

func nameCallbacks(tx *db.Tx, v Viewer, found []callback.Callback) ([]Callback, error) {
	all := make([]Callback, len(found))
	ids := map[string]bool{}
	for i, c := range found {
		all[i].Callback = c
		who, err := readCustomerOf(tx, v, c.First)
		if err != nil {
			return nil, err
		}
		all[i].Customer = who
		ids[string(who)], ids[string(c.Queue)], ids[string(c.Project)], ids[string(c.Own)] = true, true, true, true
	}
	delete(ids, "")
	names := map[string]string{}
	for part := range slices.Chunk(slices.Collect(maps.Keys(ids)), maxNames) {
		some, err := readNamesOf(tx, v.Tenant, part)
		if err != nil {
			return nil, err
		}
		for id, name := range some {
			names[id] = name
		}
	}
	for i := range all {
		c := &all[i]
		c.QueueName, c.ProjectName, c.CustomerName, c.OwnName = names[string(c.Queue)], names[string(c.Project)], names[string(c.Customer)], names[string(c.Own)]
	}
	return all, nil
}

// readCustomerOf is the customer of an interaction; empty: nobody we know.
func readCustomerOf(tx *db.Tx, v Viewer, id interaction.ID) (customer.ID, error) {
	who, err := db.All(tx, db.Scalar[customer.ID],
		`SELECT COALESCE(customer_id, '') FROM interaction WHERE tenant_id = $1 AND id = $2`, v.Tenant, id)
	if len(who) == 0 {
		return "", err
	}
	return who[0], err
}
