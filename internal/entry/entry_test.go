package entry_test

import (
	"reflect"
	"testing"

	"linekeeper/internal/audit"
	"linekeeper/internal/entry"
	"linekeeper/internal/hours"
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
		var base entry.Entry
		err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
			if home, err = tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"}); err != nil {
				return err
			}
			by = audit.Author{Tenant: string(home.ID), Source: "test"}
			p, err := project.Create(tx, by, project.Project{Key: "p", Name: "P"})
			if err != nil {
				return err
			}
			h, err := hours.Create(tx, by, hours.Hours{Key: "h", Name: "H", TimeZone: "UTC"})
			if err != nil {
				return err
			}
			base = entry.Entry{Name: "E", ProjectID: p.ID, FlowID: "flow-1", HoursID: h.ID}
			// The package of flows stands above this one.
			_, err = tx.Exec(`INSERT INTO flow (tenant_id, id, key, name, version, program, draft, draft_by, revision)
				VALUES ($1, 'flow-1', 'f', 'F', 1, '{}', '', '', 1)`, home.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		create := func(key, number string, change func(*entry.Entry)) (e entry.Entry, err error) {
			e = base
			e.Key, e.Number = key, number
			if change != nil {
				change(&e)
			}
			err = d.Write(t.Context(), func(tx *db.Tx) error { e, err = entry.Create(tx, by, e); return err })
			return e, err
		}
		main, err := create("main", "+66 (2) 123-4567", nil)
		if err != nil || main.Number != "+6621234567" {
			t.Fatalf("got %+v, %v", main, err)
		}
		short, err := create("short", "1500", func(e *entry.Entry) { e.HoursID = "" })
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			number string
			change func(*entry.Entry)
			path   string
		}{
			"same number":               {"+6621234567", nil, "number"},
			"same number without +":     {"66-2-123-4567", nil, "number"},
			"no number":                 {"sales", nil, "number"},
			"unknown flow":              {"1", func(e *entry.Entry) { e.FlowID = "x" }, "flow_id"},
			"unknown hours":             {"1", func(e *entry.Entry) { e.HoursID = "x" }, "hours_id"},
			"unknown project":           {"1", func(e *entry.Entry) { e.ProjectID = "x" }, "project_id"},
			"language we do not speak":  {"1", func(e *entry.Entry) { e.Language = "de" }, "language"},
			"key of another (the same)": {"1", func(e *entry.Entry) { e.Key = "main" }, "key"},
		} {
			_, err := create("new", c.number, c.change)
			if f := fault.FieldsOf(err); len(f) != 1 || f[0].Path != c.path {
				t.Errorf("%s: got %v, want a fault of %s", name, err, c.path)
			}
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			for dialed, want := range map[string]entry.ID{
				"+6621234567": main.ID, "6621234567": main.ID, "006621234567": main.ID, "sip:+6621234567@10.0.0.1": main.ID,
				"tel:+66-2-1234567": main.ID, "1500": short.ID, "+1500": short.ID, "021234567": "", "anonymous": "", "": "",
			} {
				got, err := entry.ByNumber(tx, home.ID, dialed)
				if got.ID != want || (err == nil) != (want != "") || err != nil && !fault.Is(err, fault.NotFound) {
					t.Errorf("%q: got %q, %v; want %q", dialed, got.ID, err, want)
				}
			}
			if got, err := entry.Get(tx, home.ID, short.ID); err != nil || !reflect.DeepEqual(got, short) {
				t.Errorf("got %+v, %v; want %+v", got, err, short)
			}
			if _, err := entry.ByNumber(tx, "other", "1500"); !fault.Is(err, fault.NotFound) {
				t.Errorf("another tenant: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			main.Number = "+66 2 123 4567" // the same, written in another way: no change
			if _, err := entry.Change(tx, by, main); err != nil {
				return err
			}
			lines, err := audit.List(tx, by.Tenant, audit.Filter{ObjectKind: "entry", ObjectID: string(main.ID)}, db.Page{})
			if len(lines) != 1 {
				t.Errorf("audit: %+v, want only the creation", lines)
			}
			if err != nil {
				return err
			}
			return entry.Delete(tx, by, main.ID)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
