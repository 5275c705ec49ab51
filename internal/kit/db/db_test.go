package db_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
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

// TestTrouble opens what cannot be opened: each time a clear sentence, and nothing left behind.
func TestTrouble(t *testing.T) {
	t.Parallel()
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "data.db"), bytes.Repeat([]byte("not a database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		cfg  db.Config
		kind fault.Kind
		says string
	}{
		"damaged file":      {db.Config{Folder: damaged}, fault.Unavailable, "damaged"},
		"a file, no folder": {db.Config{Folder: filepath.Join(file, "x")}, fault.Unavailable, "cannot be created"},
		"no folder":         {db.Config{}, fault.Invalid, "data folder"},
		"no server":         {db.Config{URL: "postgres://nobody@127.0.0.1:1/x"}, fault.Unavailable, "cannot be reached"},
		"other database":    {db.Config{URL: "mysql://x"}, fault.Invalid, "postgres://"},
		"broken address":    {db.Config{URL: "postgres://a:secret@[x"}, fault.Invalid, "postgres://"},
	} {
		_, err := db.Open(t.Context(), c.cfg)
		if !fault.Is(err, c.kind) || !strings.Contains(fault.Message(err), c.says) {
			t.Errorf("%s: got %v, want %v with %q", name, err, c.kind, c.says)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the password is in the error: %v", name, err)
		}
	}
}

// TestNewerDatabase opens a database that a newer release has migrated.
func TestNewerDatabase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		files := fstest.MapFS{
			"0001_first_call.sql": {Data: []byte("-- +goose Up\nCREATE TABLE never (x TEXT);\n")},
			"0999_future.sql":     {Data: []byte("-- +goose Up\nCREATE TABLE future (x TEXT);\n")},
		}
		if err := d.Migrate(t.Context(), files); err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(t.Context(), schema.Files()); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "newer release") {
			t.Errorf("got %v, want a refusal", err)
		}
		broken := fstest.MapFS{"1000_broken.sql": {Data: []byte("-- +goose Up\nCREATE TABLE half (x TEXT);\nCREATE TABEL x;\n")}}
		if err := d.Migrate(t.Context(), broken); err == nil || !strings.Contains(err.Error(), "1000_broken.sql") {
			t.Errorf("got %v, want the broken migration named", err)
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Query("SELECT x FROM half")
			return err
		})
		if err == nil {
			t.Error("half of a broken migration is there")
		}
	})
}
