package project_test

import (
	"fmt"
	"testing"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

func TestStore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var home tenant.Tenant
		var by audit.Author
		err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
			home, err = tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"})
			if err != nil {
				return err
			}
			by = audit.Author{Tenant: string(home.ID)}
			for _, key := range []string{"b", "a", "c-1", "c_1", "0"} {
				if _, err := project.Create(tx, by, project.Project{Key: key, Name: "P"}); err != nil {
					return err
				}
			}
			var keys []string
			for page := (db.Page{Limit: 2}); ; {
				list, err := project.List(tx, home.ID, page)
				if err != nil {
					return err
				}
				if len(list) == 0 {
					break
				}
				for _, p := range list {
					keys = append(keys, p.Key)
				}
				page.After = keys[len(keys)-1]
			}
			if fmt.Sprint(keys) != "[0 a b c-1 c_1]" {
				t.Errorf("list by pages: %v", keys)
			}
			p, err := project.ByKey(tx, home.ID, "a")
			if err != nil {
				return err
			}
			p.Name = "Bank"
			if _, err := project.Change(tx, by, p); err != nil {
				return err
			}
			if got, err := project.Get(tx, home.ID, p.ID); err != nil || db.JSON(got) != db.JSON(p) {
				t.Errorf("got %+v, %v; want %+v", got, err, p)
			}
			return project.Delete(tx, by, p.ID)
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []project.Project{{Key: "b", Name: "again"}, {Key: "B", Name: "x"}, {Key: "x"}} {
			err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := project.Create(tx, by, bad); return err })
			if len(fault.FieldsOf(err)) != 1 {
				t.Errorf("%+v: got %v, want one field", bad, err)
			}
		}
	})
}
