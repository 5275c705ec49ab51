// Package audit is the list of who did what: each change of set-up, each listening to a recording,
// each sign-in. A line is written in the transaction of what it tells about, so that neither exists
// without the other. Lines are never changed. It knows nothing of the things it names, so that every
// noun can use it.
package audit

import (
	"encoding/json"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/id"
)

// Author is who does something. It holds plain text because the packages of tenants and users stand
// above this one.
type Author struct {
	Tenant string // tenant.ID
	User   string // access.UserID; empty: the system
	Source string // the address it comes from, or "file", "system"
}

// Actions lists all of them.
func Actions() []Action {
	return []Action{Create, Change, Delete, SignIn, SignOut, Revoke, Listen, Export, Supervise, Hold, LiftHold, Expire}
}

// Action is what was done.
type Action string

// The actions.
const (
	Create    Action = "create"
	Change    Action = "change"
	Delete    Action = "delete"
	SignIn    Action = "sign_in"
	SignOut   Action = "sign_out"
	Revoke    Action = "revoke"
	Listen    Action = "listen"
	Export    Action = "export"
	Supervise Action = "supervise"
	Hold      Action = "hold"      // a legal hold begins
	LiftHold  Action = "lift_hold" // it ends
	Expire    Action = "expire"    // the system removed what was old enough
)

// Line is one entry.
type Line struct {
	ID         string          `json:"id"`
	At         time.Time       `json:"at"`
	User       string          `json:"user_id"`
	Source     string          `json:"source"`
	Action     Action          `json:"action"`
	ObjectKind string          `json:"object_kind"`
	ObjectID   string          `json:"object_id"`
	Detail     json.RawMessage `json:"detail"` // {"before": …, "after": …}, or what the action says
}

// change is the detail of a create, change or delete.
type change struct {
	Before any `json:"before,omitempty"`
	After  any `json:"after,omitempty"`
}

// Note writes a line with any detail; nil for none. Detail must hold no secrets.
func Note(tx *db.Tx, by Author, action Action, kind, object string, detail any) error {
	if detail == nil {
		detail = struct{}{}
	}
	_, err := tx.Exec(`INSERT INTO audit (tenant_id, id, at_ms, user_id, source, action, object_kind, object_id, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		by.Tenant, id.New(), db.Millis(time.Now()), by.User, by.Source, action, kind, object, db.JSON(detail))
	return err
}

// Created writes the line of a new object.
func Created(tx *db.Tx, by Author, kind, object string, after any) error {
	return Note(tx, by, Create, kind, object, change{After: after})
}

// Changed writes the line of a change.
func Changed(tx *db.Tx, by Author, kind, object string, before, after any) error {
	return Note(tx, by, Change, kind, object, change{Before: before, After: after})
}

// Deleted writes the line of a removal.
func Deleted(tx *db.Tx, by Author, kind, object string, before any) error {
	return Note(tx, by, Delete, kind, object, change{Before: before})
}

// Filter says which lines are wanted; zero fields are no condition.
type Filter struct {
	User       string // who did it
	Action     Action
	ObjectKind string
	ObjectID   string
	From, To   time.Time // To is exclusive
}

// List reads lines, the newest first; the page goes on after a line's id.
func List(tx *db.Tx, tenant string, f Filter, page db.Page) ([]Line, error) {
	return db.All(tx, scan, `SELECT id, at_ms, user_id, source, action, object_kind, object_id, detail FROM audit
		WHERE tenant_id = $1 AND ($2 = '' OR id < $2) AND ($3 = '' OR object_kind = $3) AND ($4 = '' OR object_id = $4)
		AND ($5 = '' OR user_id = $5) AND ($6 = '' OR action = $6) AND at_ms >= $7 AND (CAST($8 AS BIGINT) = 0 OR at_ms < $8)
		ORDER BY id DESC LIMIT $9`, tenant, page.After, f.ObjectKind, f.ObjectID, f.User, f.Action,
		db.Millis(f.From), db.Millis(f.To), page.Rows())
}

func scan(row db.Row) (Line, error) {
	var l Line
	var detail string
	err := row.Scan(&l.ID, db.FromMillis(&l.At), &l.User, &l.Source, &l.Action, &l.ObjectKind, &l.ObjectID, &detail)
	l.Detail = json.RawMessage(detail)
	return l, err
}
