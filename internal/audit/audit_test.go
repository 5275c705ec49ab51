package audit_test

import (
	"testing"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
)

// TestTogether shows that a line lives and dies with the change it tells about.
func TestTogether(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		by := audit.Author{Tenant: "t", User: "u", Source: "192.0.2.1"}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := audit.Note(tx, by, audit.Listen, "recording", "r1", nil); err != nil {
				return err
			}
			return fault.Conflict.New("the change was refused")
		})
		if !fault.Is(err, fault.Conflict) {
			t.Fatal(err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			if err := audit.Note(tx, by, audit.Listen, "recording", "r2", nil); err != nil {
				return err
			}
			if err := audit.Changed(tx, by, "queue", "q", map[string]int{"a": 1}, map[string]int{"a": 2}); err != nil {
				return err
			}
			return audit.Deleted(tx, audit.Author{Tenant: "other"}, "queue", "q", nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			all, err := audit.List(tx, "t", audit.Filter{}, db.Page{})
			if err != nil || len(all) != 2 || all[0].Action != audit.Change || all[1].ObjectID != "r2" || string(all[1].Detail) != "{}" ||
				string(all[0].Detail) != `{"before":{"a":1},"after":{"a":2}}` || all[0].At.IsZero() {
				t.Errorf("got %+v, %v", all, err)
			}
			page, err := audit.List(tx, "t", audit.Filter{ObjectKind: "recording"}, db.Page{Limit: 1})
			if err != nil || len(page) != 1 || page[0].ObjectID != "r2" {
				t.Errorf("recordings: %+v, %v", page, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
