package disposition_test

import (
	"testing"

	"linekeeper/internal/audit"
	"linekeeper/internal/disposition"
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
		var p, other project.Project
		err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
			if home, err = tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"}); err != nil {
				return err
			}
			by = audit.Author{Tenant: string(home.ID)}
			if p, err = project.Create(tx, by, project.Project{Key: "p", Name: "P"}); err != nil {
				return err
			}
			other, err = project.Create(tx, by, project.Project{Key: "o", Name: "O"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		names := tenant.Names{"en": "X", "th": "ก"}
		save := func(x disposition.Disposition) (disposition.Disposition, error) {
			x.Names = names
			err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
				if x.ID == "" {
					x, err = disposition.Create(tx, by, x)
				} else {
					x, err = disposition.Change(tx, by, x)
				}
				return err
			})
			return x, err
		}
		must := func(x disposition.Disposition) disposition.Disposition {
			t.Helper()
			x, err := save(x)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		sale := must(disposition.Disposition{Key: "sale", ProjectID: p.ID, Position: 2})
		first := must(disposition.Disposition{Key: "first", ProjectID: p.ID, Position: 1})
		child := must(disposition.Disposition{Key: "new", ProjectID: p.ID, ParentID: sale.ID, Success: true})
		for name, x := range map[string]disposition.Disposition{
			"third level":          {Key: "x", ProjectID: p.ID, ParentID: child.ID},
			"parent elsewhere":     {Key: "x", ProjectID: other.ID, ParentID: sale.ID},
			"unknown parent":       {Key: "x", ProjectID: p.ID, ParentID: "x"},
			"parent becomes child": {ID: sale.ID, Key: "sale", ProjectID: p.ID, ParentID: first.ID},
			"parent of itself":     {ID: sale.ID, Key: "sale", ProjectID: p.ID, ParentID: sale.ID},
			"parent moves away":    {ID: sale.ID, Key: "sale", ProjectID: other.ID},
			"same key":             {Key: "sale", ProjectID: other.ID},
		} {
			if _, err := save(x); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: got %v, want invalid", name, err)
			}
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			list, err := disposition.OfProject(tx, home.ID, p.ID)
			if len(list) != 3 || list[0].ID != first.ID || list[1].ID != sale.ID || list[2].ID != child.ID || list[2].Names["th"] != "ก" {
				t.Errorf("list: %+v", list)
			}
			if got, err := disposition.Choosable(tx, home.ID, child.ID); err != nil || !got.Success {
				t.Errorf("child: %+v, %v", got, err)
			}
			if _, err := disposition.Choosable(tx, home.ID, first.ID); err != nil {
				t.Errorf("first level without children: %v", err)
			}
			for _, c := range []disposition.ID{sale.ID, "x"} {
				if _, err := disposition.Choosable(tx, home.ID, c); !fault.Is(err, fault.Invalid) {
					t.Errorf("%v: got %v, want invalid", c, err)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		remove := func(x disposition.ID) error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return disposition.Delete(tx, by, x) })
		}
		if err := remove(sale.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("with children: got %v, want a conflict", err)
		}
		if err := remove(child.ID); err != nil {
			t.Error(err)
		}
		if err := remove(sale.ID); err != nil {
			t.Error(err)
		}
	})
}
