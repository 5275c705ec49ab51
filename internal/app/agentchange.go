package app

import (
	"context"
	"errors"
	"slices"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/audit"
	"linekeeper/internal/edge/api"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// leaderPort changes agents for those who look after them. A talk that goes on is not touched: who is sent on a break, or
// off duty, gets nothing new.
type leaderPort struct{ app *App }

var _ api.Leader = leaderPort{}

// SetStatus implements api.Leader.
func (l leaderPort) SetStatus(ctx context.Context, by audit.Author, user access.UserID, seen, to agent.Standing) error {
	d, p := l.app.duty, l.app.dir.page()
	if !works(p, user) {
		return fault.OneField("id", fault.Unknown, "This agent is not there any more.")
	}
	if to.Status == agent.Offline && to.Reason == "" {
		to.Reason = agent.SignedOut
	}
	if to.Status == agent.Available && !d.atDesk(user) {
		return fault.Conflict.New("This agent is not at the desk, or his phone is away: nobody else can make him available.")
	}
	var not *agent.NotReady
	if err := d.pass(ctx, user, "", to.Status); errors.As(err, &not) {
		return fault.Conflict.New("This agent has to do something first: %s", not.Names())
	} else if err != nil {
		return err
	}
	err := d.db.Write(ctx, func(tx *db.Tx) error {
		if now := d.board.Get(p.tenant.ID, user); now.Status != seen.Status || now.Reason != seen.Reason {
			return fault.Conflict.New("The status of this agent has changed meanwhile. Look what it is now, then decide.")
		}
		_, err := d.board.SetIn(tx, by, user, to.Status, to.Reason)
		return err
	})
	if err == nil {
		d.tell(user)
	}
	return err
}

// SetQueues implements api.Leader.
func (l leaderPort) SetQueues(ctx context.Context, by audit.Author, user access.UserID, seen, to []queue.ID) error {
	err := l.app.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := access.GetUser(tx, tenant.ID(by.Tenant), user); err != nil {
			return err
		}
		now, err := queue.OfAgent(tx, tenant.ID(by.Tenant), user)
		if err != nil {
			return err
		}
		seen = slices.Clone(seen)
		slices.Sort(seen)
		if !slices.Equal(now, seen) {
			return fault.Conflict.New("The queues of this agent have changed meanwhile. Look which they are now, then decide.")
		}
		return queue.SetOfAgent(tx, by, user, to)
	})
	if err == nil {
		l.app.changed("user")
	}
	return err
}

// atDesk says whether somebody sits at an agent's desk and his phone can be called.
func (d *duty) atDesk(u access.UserID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.present[u] && d.reached(d.dir.page(), u)
}

// LeaderPort changes agents; for stories.
func (a *App) LeaderPort() api.Leader { return leaderPort{a} }
