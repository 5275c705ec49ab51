// Package dbtest gives tests a migrated database of their own, on each engine. For tests only.
//
// PostgreSQL is the server named by LINEKEEPER_TEST_POSTGRES (a postgres:// address of a user who may
// create databases) or, without it, a throw-away server made from Debian's package, shared by all
// test processes of this user and stopped by itself when no test has used it for a minute.
package dbtest

import (
	"context"
	"io/fs"
	"testing"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/schema"
)

// Each runs a test on SQLite and on PostgreSQL, side by side, each time on a fresh database with the
// product's schema. It never skips: without PostgreSQL the test fails and says what to install.
func Each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Postgres(t))
	})
}

// SQLite opens a fresh database in a temporary folder. It works inside a synctest bubble, and then
// must be called inside it.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	return open(t, db.Config{Folder: t.TempDir()})
}

// Postgres opens a fresh database on the test server.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return open(t, db.Config{URL: PostgresURL(t)})
}

func open(t testing.TB, cfg db.Config) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		panics := d.Stats().Panics
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if panics > 0 {
			t.Errorf("%d panics were rescued in writes", panics)
		}
	})
	if err := d.Migrate(context.Background(), schema.Files()); err != nil {
		t.Fatal(err)
	}
	return d
}

// Schema gives the product's migrations, for tests that open a database themselves.
func Schema() fs.FS { return schema.Files() }
