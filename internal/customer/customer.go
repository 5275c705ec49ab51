// Package customer is the customer base: the people behind the numbers, with what agents know about
// them. Their earlier interactions are read from the journal, not here. Storage works as in package
// tenant.
package customer

import (
	"maps"
	"slices"
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
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
	// Language is what the customer speaks; empty: not known.
	Language tenant.Language `json:"language"`
	// Segment is the key of the group the customer belongs to, such as vip; empty: none.
	Segment string `json:"segment"`
	// Fields are what else is known, by key, such as the number of a contract; no value is empty.
	Fields map[string]string `json:"fields"`
}

// maxFields is how many fields a customer may have.
const maxFields = 100

// Validate checks what can be checked without the database.
func (c Customer) Validate() error {
	var f fault.Fields
	f.Text("name", c.Name, false, 200)
	f.Text("note", c.Note, false, 10_000)
	tenant.CheckOptionalLanguage(&f, "language", c.Language)
	if c.Segment != "" {
		f.Key("segment", c.Segment)
	}
	if len(c.Fields) > maxFields {
		f.Add("fields", fault.TooLong, "must be at most %d", maxFields)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Fields)) {
		f.Key("fields."+name, name)
		f.Text("fields."+name, c.Fields[name], true, 500)
	}
	return f.Err()
}
