// Package project is a client's line of business in this center: it owns queues, entries and
// dispositions. Storage works as in package tenant.
package project

import "linekeeper/internal/kit/fault"

// ID identifies a project.
type ID string

// Project is a client's line of business.
type Project struct {
	ID   ID     `json:"id"`
	Key  string `json:"key"` // unique
	Name string `json:"name"`
}

// Validate checks what can be checked without the database.
func (p Project) Validate() error {
	var f fault.Fields
	f.Key("key", p.Key)
	f.Text("name", p.Name, true, 200)
	return f.Err()
}
