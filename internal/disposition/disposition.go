// Package disposition is the outcome an agent chooses at the end of an interaction: two levels, per
// project. Storage works as in package tenant.
package disposition

import (
	"strings"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// ID identifies a disposition.
type ID string

// Disposition is one outcome. Agents choose one without children.
type Disposition struct {
	ID        ID           `json:"id"`
	Key       string       `json:"key"` // unique
	ProjectID project.ID   `json:"project_id"`
	ParentID  ID           `json:"parent_id"` // empty: first level
	Names     tenant.Names `json:"names"`
	Success   bool         `json:"success"` // counts as a success in reports
	// MinTalkMS and MaxTalkMS bound the talk after which it may be chosen; 0: no bound. "Order taken"
	// cannot follow five seconds, nor "wrong number" ten minutes.
	MinTalkMS    int64 `json:"min_talk_ms"`
	MaxTalkMS    int64 `json:"max_talk_ms"`
	NoteRequired bool  `json:"note_required"` // the agent must write a note
	Position     int64 `json:"position"`      // order among its siblings
}

// Fits checks that it may be chosen after a talk with this note. The error names the field.
func (d Disposition) Fits(talk time.Duration, note string) error {
	switch {
	case d.MinTalkMS > 0 && talk.Milliseconds() < d.MinTalkMS:
		return fault.OneField("disposition", fault.OutOfRange, "This outcome needs a talk of at least %d seconds; this one took %d.",
			d.MinTalkMS/1000, int(talk.Seconds()))
	case d.MaxTalkMS > 0 && talk.Milliseconds() > d.MaxTalkMS:
		return fault.OneField("disposition", fault.OutOfRange, "This outcome is for talks of at most %d seconds; this one took %d.",
			d.MaxTalkMS/1000, int(talk.Seconds()))
	case d.NoteRequired && strings.TrimSpace(note) == "":
		return fault.OneField("note", fault.Required, "This outcome needs a note.")
	}
	return nil
}

// Validate checks what can be checked without the database.
func (d Disposition) Validate() error {
	var f fault.Fields
	f.Key("key", d.Key)
	if d.ProjectID == "" {
		f.Add("project_id", fault.Required, "must not be empty")
	}
	if d.ParentID != "" && d.ParentID == d.ID {
		f.Add("parent_id", fault.NotAllowed, "must not be the disposition itself")
	}
	d.Names.Check(&f, "names")
	const day = 24 * 3_600_000
	f.Range("min_talk_ms", d.MinTalkMS, 0, day)
	f.Range("max_talk_ms", d.MaxTalkMS, 0, day)
	if d.MaxTalkMS > 0 && d.MaxTalkMS < d.MinTalkMS {
		f.Add("max_talk_ms", fault.OutOfRange, "must not be below min_talk_ms")
	}
	f.Range("position", d.Position, 0, 100_000)
	return f.Err()
}

// OfProject reads a project's dispositions, parents before their children and siblings in order.
func OfProject(tx *db.Tx, t tenant.ID, p project.ID) ([]Disposition, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM disposition WHERE tenant_id = $1 AND project_id = $2
		ORDER BY COALESCE(parent_id, ''), position, key LIMIT 5000`, t, p)
}

// Choosable reads a disposition that an agent has chosen: it must exist and have no children.
func Choosable(tx *db.Tx, t tenant.ID, d ID) (Disposition, error) {
	got, err := Get(tx, t, d)
	if fault.Is(err, fault.NotFound) {
		return Disposition{}, fault.OneField("disposition", fault.Unknown, "There is no such outcome any more; choose another.")
	}
	if err != nil {
		return Disposition{}, err
	}
	children, err := db.One(tx, db.Scalar[int64], `SELECT COUNT(id) FROM disposition WHERE tenant_id = $1 AND parent_id = $2`, t, d)
	if err != nil {
		return Disposition{}, err
	}
	if children > 0 {
		return Disposition{}, fault.OneField("disposition", fault.NotAllowed, "Choose one of the outcomes below it.")
	}
	return got, nil
}

// checkReferences keeps it at two levels within one project.
func checkReferences(tx *db.Tx, t tenant.ID, d Disposition) error {
	var f fault.Fields
	if _, err := project.Get(tx, t, d.ProjectID); fault.Is(err, fault.NotFound) {
		f.Add("project_id", fault.Unknown, "there is no such project")
	} else if err != nil {
		return err
	}
	if d.ParentID != "" {
		parent, err := Get(tx, t, d.ParentID)
		switch {
		case fault.Is(err, fault.NotFound):
			f.Add("parent_id", fault.Unknown, "there is no such disposition")
		case err != nil:
			return err
		case parent.ParentID != "":
			f.Add("parent_id", fault.NotAllowed, "only two levels are possible, and %q is on the second", parent.Key)
		case parent.ProjectID != d.ProjectID:
			f.Add("parent_id", fault.NotAllowed, "%q is of another project", parent.Key)
		}
	}
	if d.ID == "" {
		return f.Err()
	}
	strays, err := db.One(tx, db.Scalar[int64], `SELECT COUNT(id) FROM disposition
		WHERE tenant_id = $1 AND parent_id = $2 AND ($3 <> '' OR project_id <> $4)`, t, d.ID, d.ParentID, d.ProjectID)
	if err != nil {
		return err
	}
	if strays > 0 {
		f.Add("parent_id", fault.NotAllowed, "%q has dispositions below it, which must stay on the second level of the same project", d.Key)
	}
	return f.Err()
}
