// Package customer is the customer base: the people behind the numbers, with what agents know about
// them. Their earlier interactions are read from the journal, not here. Storage works as in package
// tenant.
package customer

import (
	"time"

	"linekeeper/internal/kit/fault"
)

// ID identifies a customer.
type ID string

// Customer is a person we know, at first only by a number.
type Customer struct {
	ID      ID        `json:"id"`
	Name    string    `json:"name"` // empty: not known yet
	Note    string    `json:"note"`
	Numbers []string  `json:"numbers"` // as number.Normalize gives them
	Created time.Time `json:"created"`
}

// Validate checks what can be checked without the database.
func (c Customer) Validate() error {
	var f fault.Fields
	f.Text("name", c.Name, false, 200)
	f.Text("note", c.Note, false, 10_000)
	return f.Err()
}
