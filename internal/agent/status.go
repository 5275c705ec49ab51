package agent

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/tenant"
)

// Status is what an agent has chosen.
type Status string

// The statuses.
const (
	Available Status = "available" // offers may come
	Break     Status = "break"     // signed in, but no offers; the reason says why
	Offline   Status = "offline"
)

// Reasons that the system gives. A break's reason is otherwise the key of a BreakReason.
const (
	Missed    = "missed"     // break: an offer was declined or timed out
	PhoneLost = "phone_lost" // break: the phone is gone
	Recovery  = "recovery"   // break: after a customer has insulted the agent
	SignedOut = "signed_out" // offline: by the agent
	DeskGone  = "desk_gone"  // offline: the browser went away
	Restart   = "restart"    // offline: the program was started again
)

// Standing is an agent's status and since when.
type Standing struct {
	User   access.UserID `json:"user_id"`
	Status Status        `json:"status"`
	Reason string        `json:"reason"`         // empty when available
	Since  time.Time     `json:"since"`          // zero: never signed in
	Until  time.Time     `json:"until,omitzero"` // a break that ends by itself; zero: it does not
	// By is who else set it; empty: the agent, or the system.
	By access.UserID `json:"by,omitempty"`
}

// Change is what watchers are told.
type Change struct {
	Tenant tenant.ID
	Before Standing
	After  Standing
	// Seq tells changes of the same agent within a millisecond apart: 1, 2, ...
	Seq int64
}

// Stretch is a line of the status log.
type Stretch struct {
	User   access.UserID `json:"user_id"`
	From   time.Time     `json:"from"`
	To     time.Time     `json:"to"` // zero: until now
	Status Status        `json:"status"`
	Reason string        `json:"reason"`
	By     access.UserID `json:"by,omitempty"` // who else set it; empty: the agent, or the system
}
