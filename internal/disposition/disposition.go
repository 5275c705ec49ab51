// Package disposition is the outcome an agent chooses at the end of an interaction: two levels, per
// project. Storage works as in package tenant.
package disposition

import (
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
	Success   bool         `json:"success"`  // counts as a success in reports
	Position  int64        `json:"position"` // order among its siblings
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
	f.Range("position", d.Position, 0, 100_000)
	return f.Err()
}

// OfProject reads a project's dispositions, parents before their children and siblings in order.
func OfProject(tx *db.Tx, t tenant.ID, p project.ID) ([]Disposition, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM disposition WHERE tenant_id = $1 AND project_id = $2
		ORDER BY COALESCE(parent_id, ''), position, key LIMIT 5000`, t, p)
}

// Choosable checks that an agent may choose a disposition for an interaction of a project: it is of
// that project and has no children.
func Choosable(tx *db.Tx, t tenant.ID, p project.ID, d ID) (Disposition, error) {
	got, err := Get(tx, t, d)
	if fault.Is(err, fault.NotFound) || err == nil && got.ProjectID != p {
		return Disposition{}, fault.OneField("disposition_id", fault.Unknown, "there is no such disposition in this project")
	}
	if err != nil {
		return Disposition{}, err
	}
	children, err := db.One(tx, db.Scalar[int64], `SELECT COUNT(id) FROM disposition WHERE tenant_id = $1 AND parent_id = $2`, t, d)
	if err != nil {
		return Disposition{}, err
	}
	if children > 0 {
		return Disposition{}, fault.OneField("disposition_id", fault.NotAllowed, "choose one of the dispositions below %q", got.Key)
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
