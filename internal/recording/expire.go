package recording

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// Hold keeps the recordings of an interaction from being removed, whatever their age, until it is
// lifted.
type Hold struct {
	Interaction interaction.ID `json:"interaction_id"`
	Reason      string         `json:"reason"`
	User        access.UserID  `json:"user_id"` // who set it
	At          time.Time      `json:"at"`
}

func scanHold(s db.Row) (Hold, error) {
	var h Hold
	err := s.Scan(&h.Interaction, &h.Reason, &h.User, db.FromMillis(&h.At))
	return h, err
}

// HoldOf reads the hold of an interaction; NotFound: there is none.
func HoldOf(tx *db.Tx, t tenant.ID, id interaction.ID) (Hold, error) {
	return db.One(tx, scanHold, `SELECT interaction_id, reason, user_id, at_ms FROM recording_hold
		WHERE tenant_id = $1 AND interaction_id = $2`, t, id)
}

// SetHold sets a hold, or its reason anew. The reason is required. It does not ask whether there is
// such an interaction.
func SetHold(tx *db.Tx, by audit.Author, id interaction.ID, reason string, now time.Time) (Hold, error) {
	var f fault.Fields
	f.Text("reason", reason, true, 500)
	if err := f.Err(); err != nil {
		return Hold{}, err
	}
	h := Hold{Interaction: id, Reason: reason, User: access.UserID(by.User), At: now.UTC().Truncate(time.Millisecond)}
	_, err := tx.Exec(`INSERT INTO recording_hold (tenant_id, interaction_id, reason, user_id, at_ms) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, interaction_id) DO UPDATE SET reason = excluded.reason, user_id = excluded.user_id, at_ms = excluded.at_ms`,
		by.Tenant, id, h.Reason, h.User, db.Millis(h.At))
	if err != nil {
		return Hold{}, err
	}
	return h, audit.Note(tx, by, audit.Hold, "interaction", string(id), map[string]string{"reason": reason})
}

// LiftHold ends a hold; NotFound: there is none.
func LiftHold(tx *db.Tx, by audit.Author, id interaction.ID) error {
	h, err := HoldOf(tx, tenant.ID(by.Tenant), id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM recording_hold WHERE tenant_id = $1 AND interaction_id = $2`, by.Tenant, id); err != nil {
		return err
	}
	return audit.Note(tx, by, audit.LiftHold, "interaction", string(id), map[string]string{"reason": h.Reason})
}

// Expired is a recording whose time to be kept is over.
type Expired struct {
	Tenant      tenant.ID
	ID          string
	Interaction interaction.ID
	Project     project.ID
	Started     time.Time
	Bytes       int64
	Days        int64 // how long the project keeps
}

// Overdue lists the recordings that are past the days of their project and not held; at most 1000.
func Overdue(ctx context.Context, d *db.DB, now time.Time) ([]Expired, error) {
	var all []Expired
	err := d.Read(ctx, func(tx *db.Tx) error {
		all = nil
		t, err := tenant.First(tx)
		if err != nil {
			return err
		}
		projects, err := project.List(tx, t.ID, db.Page{Limit: db.Unlimited})
		if err != nil {
			return err
		}
		for _, p := range projects {
			if p.RecordingDays == 0 || len(all) >= maxOverdue {
				continue
			}
			found, err := overdue(tx, t.ID, p, now, maxOverdue-len(all))
			if err != nil {
				return err
			}
			all = append(all, found...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for recordings to be removed: %w", err)
	}
	return all, nil
}

const maxOverdue = 1000

func overdue(tx *db.Tx, t tenant.ID, p project.Project, now time.Time, most int) ([]Expired, error) {
	before := now.Add(-time.Duration(p.RecordingDays) * 24 * time.Hour)
	return db.All(tx, func(s db.Row) (Expired, error) {
		x := Expired{Tenant: t, Project: p.ID, Days: p.RecordingDays}
		return x, s.Scan(&x.ID, &x.Interaction, db.FromMillis(&x.Started), &x.Bytes)
	}, `SELECT id, interaction_id, started_ms, bytes FROM recording r
		WHERE tenant_id = $1 AND project_id = $2 AND started_ms < $3 AND ended_ms > 0 AND state <> 'removed'
			AND NOT EXISTS (SELECT 1 FROM recording_hold h WHERE h.tenant_id = r.tenant_id AND h.interaction_id = r.interaction_id)
		ORDER BY started_ms, id LIMIT $4`, t, p.ID, db.Millis(before), most)
}

// Expire removes what Overdue lists, each with a line in the audit list and in the journal of its
// interaction. It may be cut off anywhere: the keeper completes what was begun. It says how many.
func (e *Engine) Expire(ctx context.Context, now time.Time) (int, error) {
	n := 0
	for {
		all, err := Overdue(ctx, e.cfg.DB, now)
		if err != nil || len(all) == 0 {
			return n, err
		}
		before := n
		for _, x := range all {
			if e.busy(x.Interaction) {
				continue
			}
			gone, err := e.expire(ctx, x)
			if err != nil {
				return n, fmt.Errorf("removing recording %s: %w", x.ID, err)
			}
			if gone {
				n++
			}
		}
		if n == before || len(all) < maxOverdue {
			return n, nil
		}
	}
}

// expire decides and notes in one transaction, so that a hold set meanwhile wins; then the file goes.
func (e *Engine) expire(ctx context.Context, x Expired) (bool, error) {
	var r row
	gone := false
	err := e.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		gone = false
		var err error
		if r, err = db.One(tx, scanRow, `SELECT `+columns+` FROM recording WHERE tenant_id = $1 AND id = $2`, x.Tenant, x.ID); err != nil {
			return err
		}
		if _, err := HoldOf(tx, x.Tenant, x.Interaction); err == nil || !fault.Is(err, fault.NotFound) {
			return err
		}
		if r.state == Removed || r.stale != "" { // the keeper is at it
			return nil
		}
		r.state, r.detail = Removed, fmt.Sprintf("kept for %d days", x.Days)
		r.stale, r.path = e.named(r), ""
		if _, err := tx.Exec(`UPDATE recording SET state = $3, detail = $4, stale = $5, path = $6, bytes = 0, local = FALSE WHERE tenant_id = $1 AND id = $2`,
			r.tenant, r.id, r.state, r.detail, r.stale, r.path); err != nil {
			return err
		}
		if e.cfg.Removed != nil {
			if err := e.cfg.Removed(tx, r.tenant, r.id); err != nil {
				return err
			}
		}
		gone = true
		return audit.Note(tx, audit.Author{Tenant: string(r.tenant), Source: "system"}, audit.Expire, "recording", r.id, map[string]any{
			"interaction_id": r.interaction, "project_id": x.Project, "started_ms": db.Millis(r.started), "days": x.Days, "bytes": x.Bytes,
		})
	})
	if err != nil || !gone {
		return false, err
	}
	e.expired.Add(1)
	r.bytes, r.local = 0, false
	sweep := e.sweep
	if strings.HasPrefix(r.stale, atS3) { // the object is the mover's, the copy goes now
		defer e.wakeMove()
		sweep = func(_ context.Context, r row) error { return e.removeFile(strings.TrimPrefix(r.stale, atS3)) }
	}
	if err := sweep(ctx, r); err != nil && !errors.Is(err, context.Canceled) {
		e.cfg.Log.Error("an expired recording's file is not removed yet; it is tried again", "file", r.stale, "error", err)
	}
	return true, nil
}

// Stats are figures since the start, but for Running, Unsealed, Waiting and StoreDown, which are of now.
type Stats struct {
	Running  int
	Failed   int64 // ended failed or partial
	Sealed   int64
	Bytes    int64 // of what was sealed
	Unsealed int64 // waiting to be sealed after a failure
	Expired  int64

	Converted   int64
	Unconverted int64 // waiting to be converted, at the last look
	Spoilt      int64 // could not be converted and stay as they were

	Uploaded      int64 // brought to the store
	Waiting       int64 // for the store, at the last look: to be brought there or removed from it
	StoreFailures int64
	StoreDown     bool // the last time the store was needed it failed
}

// Stats gives the figures.
func (e *Engine) Stats() Stats {
	return Stats{
		Running: e.Running(), Failed: e.failures.Load(), Sealed: e.kept.Load(), Bytes: e.keptBytes.Load(),
		Unsealed: e.unkept.Load(), Expired: e.expired.Load(),
		Converted: e.converted.Load(), Unconverted: e.unconverted.Load(), Spoilt: e.spoilt.Load(),
		Uploaded: e.uploaded.Load(), Waiting: e.waiting.Load(), StoreFailures: e.storeFailures.Load(), StoreDown: e.storeDown.Load(),
	}
}
