package recording

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// TestRecordingsExpire holds that what is past its project's days goes, noted in audit list and journal,
// that a hold wins over it, and that a removal cut off is completed.
func TestRecordingsExpire(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		folder := t.TempDir()
		e, n := engine(t, d, folder)
		keyed(t, e, filepath.Join(t.TempDir(), "keys.txt"))
		write := func(fn func(*db.Tx) error) {
			t.Helper()
			if err := d.Write(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		var home tenant.Tenant
		projects := map[string]project.ID{}
		by := audit.Author{Source: "file"}
		write(func(tx *db.Tx) (err error) {
			if home, err = tenant.Create(tx, by, tenant.Tenant{Name: "Home", TimeZone: "UTC", Language: tenant.English}); err != nil {
				return err
			}
			by.Tenant = string(home.ID)
			for key, days := range map[string]int64{"short": 30, "forever": 0} {
				p, err := project.Create(tx, by, project.Project{Key: key, Name: key, RecordingDays: days})
				if err != nil {
					return err
				}
				projects[key] = p.ID
			}
			return nil
		})
		now := time.Now()
		keep := func(id, project string, days float64) {
			t.Helper()
			if err := writeFile(filepath.Join(folder, id+".wav"), 1000, true); err != nil {
				t.Fatal(err)
			}
			at := now.Add(-time.Duration(days * 24 * float64(time.Hour)))
			if err := e.put(row{tenant: home.ID, id: id, interaction: interaction.ID("i-" + id), path: id + ".wav", codec: "PCMU",
				started: at, ended: at.Add(time.Minute), state: Complete, project: projects[project]}); err != nil {
				t.Fatal(err)
			}
		}
		keep("old", "short", 31)
		keep("held", "short", 400)
		keep("young", "short", 29.9)
		keep("kept", "forever", 4000)
		if err := e.keepAll(t.Context(), map[string]*attempt{}); err != nil {
			t.Fatal(err)
		}
		keep("plain", "short", 32) // its sealing is still to come
		write(func(tx *db.Tx) error {
			if _, err := SetHold(tx, by, "i-held", "", now); fault.KindOf(err) != fault.Invalid {
				t.Errorf("a hold without a reason: got %v", err)
			}
			_, err := SetHold(tx, by, "i-held", "court case 7", now)
			return err
		})
		due, err := Overdue(t.Context(), d, now)
		if err != nil || len(due) != 2 || due[0].ID != "plain" || due[1].ID != "old" || due[1].Days != 30 {
			t.Fatalf("the list: %+v, %v", due, err)
		}
		e.cfg.Removed = func(*db.Tx, tenant.ID, string) error { return errors.New("it cannot go") }
		if got, err := e.Expire(t.Context(), now); got != 0 || err == nil {
			t.Errorf("removed %d, %v, although what belongs to them cannot go", got, err)
		}
		var gone []string
		e.cfg.Removed = func(_ *db.Tx, of tenant.ID, id string) error {
			if gone = append(gone, id); of != home.ID {
				t.Errorf("%s is of %q", id, of)
			}
			return nil
		}
		n.set(true) // the journal cannot be written at first
		if got, err := e.Expire(t.Context(), now); got != 2 || err != nil {
			t.Fatalf("removed %d, %v, want 2", got, err)
		}
		n.set(false)
		if err := e.keepAll(t.Context(), map[string]*attempt{}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(gone, []string{"plain", "old"}) {
			t.Errorf("let go with their recordings: %v", gone)
		}
		left, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil || len(left) != 3 {
			t.Errorf("left: %v, %v, want held, kept and young", left, err)
		}
		for _, id := range []string{"old", "plain"} {
			if n.last[interaction.ID("i-"+id)] != Removed {
				t.Errorf("%s: the journal says %q", id, n.last[interaction.ID("i-"+id)])
			}
			if _, err := e.Open(t.Context(), home.ID, id); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s can be opened: %v", id, err)
			}
		}
		if err := d.Read(t.Context(), func(tx *db.Tx) error {
			lines, err := audit.List(tx, by.Tenant, audit.Filter{ObjectKind: "recording"}, db.Page{})
			if len(lines) != 2 || lines[0].Action != audit.Expire {
				t.Errorf("audit: %+v", lines)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		write(func(tx *db.Tx) error { return LiftHold(tx, by, "i-held") })
		write(func(tx *db.Tx) error {
			if err := LiftHold(tx, by, "i-held"); !fault.Is(err, fault.NotFound) {
				t.Errorf("lifting what is not held: got %v", err)
			}
			return nil
		})
		if got, err := e.Expire(t.Context(), now); got != 1 || err != nil {
			t.Errorf("after lifting: removed %d, %v, want 1", got, err)
		}
		if got, err := e.Expire(t.Context(), now); got != 0 || err != nil {
			t.Errorf("once more: removed %d, %v, want 0", got, err)
		}
		if _, err := os.Stat(filepath.Join(folder, "held.wav")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the plain file of a recording: %v", err)
		}
	})
}
