package agent

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// Board knows every agent's status now. A change is written to the log first and shown on the board
// only after it is on disk. It is safe for concurrent use. Use NewBoard, then Start.
type Board struct {
	db *db.DB

	mu       sync.Mutex
	now      map[who]Standing
	watchers map[int]func(Change)
	next     int // name of the next watcher
}

type who struct {
	tenant tenant.ID
	user   access.UserID
}

// NewBoard gives an empty board; it starts no goroutine.
func NewBoard(d *db.DB) *Board {
	return &Board{db: d, now: make(map[who]Standing), watchers: make(map[int]func(Change))}
}

// Start ends what a former process left: everybody who was not offline is offline now, with the
// reason Restart, as of lastAlive, when that process was known to run for the last time (zero: now).
// It is called before the board is used.
func (b *Board) Start(ctx context.Context, lastAlive time.Time) error {
	err := b.db.Write(ctx, func(tx *db.Tx) error {
		at := time.Now()
		if !lastAlive.IsZero() && lastAlive.Before(at) {
			at = lastAlive
		}
		rows, err := db.All(tx, scanOpen, `SELECT tenant_id, user_id, from_ms, seq, status, reason, until_ms, set_by FROM agent_status
			WHERE to_ms = 0 ORDER BY tenant_id, user_id, from_ms, seq`)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.status == Offline {
				b.restore(tx, r.who, r.standing())
				continue
			}
			after, _, err := replace(tx, r.who, r, wish{status: Offline, reason: Restart}, at)
			if err != nil {
				return err
			}
			b.restore(tx, r.who, after)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("ending the statuses of the former run: %w", err)
	}
	return nil
}

// Resume goes on with the statuses a former process left. It is called, instead of Start, before the board is
// used; agents who do not come back are for the caller.
func (b *Board) Resume(ctx context.Context) error {
	err := b.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := db.All(tx, scanOpen, `SELECT tenant_id, user_id, from_ms, seq, status, reason, until_ms, set_by FROM agent_status
			WHERE to_ms = 0 ORDER BY tenant_id, user_id, from_ms, seq`)
		if err != nil {
			return err
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, r := range rows {
			b.now[r.who] = r.standing()
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading the statuses of the former run: %w", err)
	}
	return nil
}

func (b *Board) restore(tx *db.Tx, w who, s Standing) {
	tx.AfterCommit(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.now[w] = s
	})
}

// Set changes an agent's status. Setting what it is already changes nothing, not even since when. A
// change made by another user gets an audit line; the log is trace enough of the others.
func (b *Board) Set(ctx context.Context, by audit.Author, user access.UserID, status Status, reason string) (Standing, error) {
	var after Standing
	err := b.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		after, err = b.SetIn(tx, by, user, status, reason)
		return err
	})
	return after, err
}

// Rest gives an agent a break that is over by itself; ending it then is for the caller, also after a restart.
func (b *Board) Rest(ctx context.Context, by audit.Author, user access.UserID, reason string, until time.Time) (Standing, error) {
	var after Standing
	err := b.db.Write(ctx, func(tx *db.Tx) (err error) {
		after, err = b.set(tx, by, user, wish{status: Break, reason: reason, until: until.UTC().Truncate(time.Millisecond)})
		return err
	})
	return after, err
}

// SetIn is Set within the caller's transaction, so that a status changes together with what caused
// it, such as a missed offer.
func (b *Board) SetIn(tx *db.Tx, by audit.Author, user access.UserID, status Status, reason string) (Standing, error) {
	return b.set(tx, by, user, wish{status: status, reason: reason})
}

func (b *Board) set(tx *db.Tx, by audit.Author, user access.UserID, next wish) (Standing, error) {
	status, reason := next.status, next.reason
	w := who{tenant.ID(by.Tenant), user}
	if err := checkReason(tx, w.tenant, status, reason); err != nil {
		return Standing{}, err
	}
	u, err := access.GetUser(tx, w.tenant, user)
	if err != nil {
		return Standing{}, err
	}
	if status != Offline && (u.Disabled || !access.May(u.Role, access.WorkCalls)) {
		return Standing{}, fault.Denied.New("%s cannot take interactions.", u.Name)
	}
	var old openRow
	rows, err := db.All(tx, scanOpen, `SELECT tenant_id, user_id, from_ms, seq, status, reason, until_ms, set_by FROM agent_status
		WHERE tenant_id = $1 AND user_id = $2 AND to_ms = 0 ORDER BY from_ms DESC, seq DESC`, w.tenant, user)
	if err != nil {
		return Standing{}, err
	}
	if len(rows) > 0 {
		old = rows[0]
	}
	if old.status == status && old.reason == reason && (next.until.IsZero() || next.until.Equal(old.until)) {
		return old.standing(), nil
	}
	setBy := access.UserID(by.User)
	if setBy == user {
		setBy = ""
	}
	next.by = setBy
	after, seq, err := replace(tx, w, old, next, time.Now())
	if err != nil {
		return Standing{}, err
	}
	before := old.standing()
	before.User = user
	if before.Status == "" {
		before.Status = Offline
	}
	if by.User != string(user) && by.User != "" {
		if err := audit.Changed(tx, by, "agent_status", string(user), before, after); err != nil {
			return Standing{}, err
		}
	}
	tx.AfterCommit(func() { b.show(Change{Tenant: w.tenant, Before: before, After: after, Seq: seq}) })
	return after, nil
}

// show puts a committed change on the board and tells the watchers, in the order of commits.
func (b *Board) show(c Change) {
	b.mu.Lock()
	b.now[who{c.Tenant, c.After.User}] = c.After
	names := make([]int, 0, len(b.watchers))
	for n := range b.watchers {
		names = append(names, n)
	}
	slices.Sort(names)
	tell := make([]func(Change), len(names))
	for i, n := range names {
		tell[i] = b.watchers[n]
	}
	b.mu.Unlock()
	for _, fn := range tell {
		fn(c)
	}
}

// Get gives an agent's status; offline for one who never signed in.
func (b *Board) Get(t tenant.ID, user access.UserID) Standing {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s, ok := b.now[who{t, user}]; ok {
		return s
	}
	return Standing{User: user, Status: Offline}
}

// All gives the status of every agent of a tenant who ever signed in, by user id.
func (b *Board) All(t tenant.ID) []Standing {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []Standing
	for w, s := range b.now {
		if w.tenant == t {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(x, y Standing) int { return strings.Compare(string(x.User), string(y.User)) })
	return all
}

// Watch has fn called for each change after it is on disk, in order, one at a time for each agent,
// on the goroutine that commits: fn must be quick and must not use the database. The returned
// function ends it.
func (b *Board) Watch(fn func(Change)) (stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	name := b.next
	b.next++
	b.watchers[name] = fn
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watchers, name)
	}
}

// checkReason keeps the log to known words, so that reports can count on them.
func checkReason(tx *db.Tx, t tenant.ID, status Status, reason string) error {
	switch status {
	case Available:
		if reason != "" {
			return fault.OneField("reason", fault.NotAllowed, "only a break has a reason")
		}
	case Break:
		if reason == Missed || reason == PhoneLost || reason == Recovery {
			return nil
		}
		if reason == "" {
			return fault.OneField("reason", fault.Required, "a break needs a reason")
		}
		_, err := BreakReasonByKey(tx, t, reason)
		if fault.Is(err, fault.NotFound) {
			return fault.OneField("reason", fault.Unknown, "there is no break reason %q", reason)
		}
		return err
	case Offline:
		if reason != SignedOut && reason != DeskGone && reason != Restart {
			return fault.OneField("reason", fault.Malformed, "must be %s, %s or %s", SignedOut, DeskGone, Restart)
		}
	default:
		return fault.OneField("status", fault.Malformed, "must be available, break or offline")
	}
	return nil
}
