// Package entry is how customers reach the center: a number that leads to a flow. Storage works as
// in package tenant.
package entry

import (
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// ID identifies an entry.
type ID string

// Entry is a number customers reach the center by.
type Entry struct {
	ID        ID              `json:"id"`
	Key       string          `json:"key"` // unique
	Name      string          `json:"name"`
	Number    string          `json:"number"` // unique; as number.Normalize gives it
	ProjectID project.ID      `json:"project_id"`
	FlowID    string          `json:"flow_id"`  // flow.ID
	HoursID   hours.ID        `json:"hours_id"` // empty: always open
	Language  tenant.Language `json:"language"` // empty: the tenant's
	// Blocked are callers who are not taken here, as ParseBlock reads them.
	Blocked []string `json:"blocked"`
	Answer  Answer   `json:"blocked_answer"` // what they are told; empty: Declined
}

// Validate checks what can be checked without the database.
func (e Entry) Validate() error {
	var f fault.Fields
	f.Key("key", e.Key)
	f.Text("name", e.Name, true, 200)
	switch {
	case e.Number == "":
		f.Add("number", fault.Required, "must not be empty")
	case number.Normalize(e.Number) == "":
		f.Add("number", fault.Malformed, "%q is not a telephone number; write digits, with + before an international one", e.Number)
	}
	if e.ProjectID == "" {
		f.Add("project_id", fault.Required, "must not be empty")
	}
	if e.FlowID == "" {
		f.Add("flow_id", fault.Required, "must not be empty")
	}
	tenant.CheckOptionalLanguage(&f, "language", e.Language)
	fault.OneOf(&f, "blocked_answer", e.Answer, append(Answers(), "")...)
	if len(e.Blocked) > mostBlocks {
		f.Add("blocked", fault.TooLong, "has more than %d lines", mostBlocks)
	}
	for _, text := range e.Blocked {
		if _, err := ParseBlock(text); err != nil {
			f.Add("blocked", fault.Malformed, "%s", err.Error())
			break
		}
	}
	return f.Err()
}

// Clean brings a number into its stored form, and leaves what is none for Validate to refuse.
func Clean(n string) string {
	if c := number.Normalize(n); c != "" {
		return c
	}
	return n
}

// ByNumber finds the entry a caller has dialed. Carriers send a number with or without its +, or
// with 00; formatting does not matter either.
func ByNumber(tx *db.Tx, t tenant.ID, dialed string) (Entry, error) {
	digits := number.Digits(number.Normalize(dialed))
	if digits == "" {
		return Entry{}, fault.NotFound.New("There is no entry for this number.")
	}
	return db.One(tx, scan, `SELECT `+columns+` FROM entry WHERE tenant_id = $1 AND number IN ($2, $3) ORDER BY number LIMIT 1`,
		t, digits, "+"+digits)
}

func checkReferences(tx *db.Tx, t tenant.ID, e Entry) error {
	var f fault.Fields
	if other, err := ByNumber(tx, t, e.Number); err == nil && other.ID != e.ID {
		f.Add("number", fault.Taken, "the entry %q has this number already", other.Key)
	} else if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if _, err := project.Get(tx, t, e.ProjectID); fault.Is(err, fault.NotFound) {
		f.Add("project_id", fault.Unknown, "there is no such project")
	} else if err != nil {
		return err
	}
	if e.HoursID != "" {
		if _, err := hours.Get(tx, t, e.HoursID); fault.Is(err, fault.NotFound) {
			f.Add("hours_id", fault.Unknown, "there are no such hours")
		} else if err != nil {
			return err
		}
	}
	return f.Err()
}
