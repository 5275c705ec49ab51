package db_test

import (
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/schema"
)

// TestInsideBubble shows that SQLite works where time is fake and that Close ends everything Open
// started: a bubble with a goroutine left fails.
func TestInsideBubble(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d, err := db.Open(t.Context(), db.Config{Folder: folder})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if err := d.Migrate(t.Context(), schema.Files()); err != nil {
			t.Fatal(err)
		}
		insert := func(tx *db.Tx) error {
			_, err := tx.Exec("INSERT INTO tenant (id, name, time_zone, language, created_ms) VALUES ($1, $2, $3, $4, $5)",
				"1", "One", "UTC", "en", db.Millis(time.Now()))
			return err
		}
		if err := d.Write(t.Context(), insert); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(t.Context(), insert); fault.KindOf(err) != fault.Conflict {
			t.Fatalf("second insert: got %v, want a conflict", err)
		}
		time.Sleep(time.Hour)
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			var name string
			if err := tx.QueryRow("SELECT name FROM tenant WHERE id = $1", "1").Scan(&name); err != nil {
				return err
			}
			if name != "One" {
				t.Errorf("got %q, want One", name)
			}
			return tx.QueryRow("SELECT name FROM tenant WHERE id = $1", "2").Scan(&name)
		})
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("missing row: got %v, want not found", err)
		}
	})
}
