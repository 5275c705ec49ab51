package tenant_test

import (
	"strings"
	"testing"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

func TestStore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := tenant.First(tx); !fault.Is(err, fault.NotFound) {
				t.Errorf("empty database: %v", err)
			}
			if _, err := tenant.Create(tx, audit.Author{}, tenant.Tenant{TimeZone: "Mars", Language: "de"}); len(fault.FieldsOf(err)) != 3 {
				t.Errorf("got %v, want three fields", err)
			}
			a, err := tenant.Create(tx, audit.Author{User: "u"}, tenant.Tenant{Name: "A", TimeZone: "Asia/Bangkok", Language: tenant.Thai})
			if err != nil {
				return err
			}
			b, err := tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "B", TimeZone: "UTC", Language: tenant.English})
			if err != nil {
				return err
			}
			if got, err := tenant.First(tx); err != nil || got != a {
				t.Errorf("first: got %+v, %v; want %+v", got, err, a)
			}
			if list, err := tenant.List(tx, db.Page{After: string(a.ID)}); err != nil || len(list) != 1 || list[0] != b {
				t.Errorf("list: %+v, %v", list, err)
			}
			by := audit.Author{Tenant: string(a.ID), User: "u", Source: "192.0.2.1"}
			if _, err := tenant.Change(tx, by, b); !fault.Is(err, fault.Denied) {
				t.Errorf("another's tenant: %v", err)
			}
			a.Name = "AA"
			for range 2 { // the second time nothing happens
				if _, err := tenant.Change(tx, by, a); err != nil {
					return err
				}
			}
			lines, err := audit.List(tx, string(a.ID), audit.Filter{}, db.Page{})
			if err != nil || len(lines) != 2 || lines[0].Action != audit.Change || lines[0].User != "u" || lines[0].Source != "192.0.2.1" {
				t.Errorf("audit: %+v, %v", lines, err)
			}
			if got := string(lines[0].Detail); !strings.Contains(got, `"before":{`) || !strings.Contains(got, `"name":"AA"`) {
				t.Errorf("detail: %s", got)
			}
			older, err := audit.List(tx, string(a.ID), audit.Filter{ObjectKind: "tenant", ObjectID: string(a.ID)}, db.Page{After: lines[0].ID, Limit: 5})
			if err != nil || len(older) != 1 || older[0].Action != audit.Create {
				t.Errorf("next page: %+v, %v", older, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestNames(t *testing.T) {
	t.Parallel()
	n := tenant.Names{"en": "Sale", "th": "ขาย"}
	if n.In("th") != "ขาย" || n.In("ru") != "Sale" || (tenant.Names{"ru": "Д"}).In("th") != "Д" || (tenant.Names{}).In("en") != "" {
		t.Error("the wrong language is chosen")
	}
	for _, bad := range []tenant.Names{nil, {"de": "x"}, {"en": " "}, {"en": strings.Repeat("x", 201)}} {
		var f fault.Fields
		if bad.Check(&f, "names"); len(f) != 1 {
			t.Errorf("%v: got %v, want one field", bad, f)
		}
	}
}
