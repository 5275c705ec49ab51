package dbtest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/schema"
)

// variable names the server to use instead of a throw-away one.
const variable = "LINEKEEPER_TEST_POSTGRES"

// server is found or started once per test process.
var server = sync.OnceValues(func() (string, error) {
	if address := os.Getenv(variable); address != "" {
		return address, nil
	}
	return startServer()
})

// template is a database with the product's schema, copied for each test because that is quicker than
// migrating each. Its name tells the schema, so that all test processes share it.
var template = sync.OnceValues(func() (string, error) {
	address, err := server()
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	err = fs.WalkDir(schema.Files(), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(schema.Files(), path)
		fmt.Fprintf(hash, "%s %d %s", path, len(text), text)
		return err
	})
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("template_%x", hash.Sum(nil)[:8])
	there, err := exists(address, name)
	if err != nil || there {
		return name, err
	}
	// Made under another name, so that nobody copies it half-made; the quickest process wins.
	draft := unique("draft")
	if err := administer(address, "CREATE DATABASE "+draft); err != nil {
		return "", err
	}
	if err := migrate(withDatabase(address, draft)); err != nil {
		return "", err
	}
	if err := administer(address, "ALTER DATABASE "+draft+" RENAME TO "+name); err != nil {
		if there, _ := exists(address, name); !there {
			return "", err
		}
		return name, administer(address, "DROP DATABASE "+draft)
	}
	return name, nil
})

func migrate(address string) error {
	d, err := db.Open(context.Background(), db.Config{URL: address})
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Migrate(context.Background(), schema.Files())
}

func unique(prefix string) string {
	return prefix + "_" + strings.ReplaceAll(id.New(), "-", "")
}

// PostgresURL makes a fresh database with the product's schema and gives its address. It is dropped
// at the end of the test.
func PostgresURL(t testing.TB) string {
	t.Helper()
	from, err := template()
	if err != nil {
		t.Fatalf("no PostgreSQL for this test: %v", err)
	}
	return fresh(t, " TEMPLATE "+from)
}

// EmptyPostgresURL makes a fresh database without a schema.
func EmptyPostgresURL(t testing.TB) string {
	t.Helper()
	return fresh(t, "")
}

func fresh(t testing.TB, options string) string {
	t.Helper()
	address, err := server()
	if err != nil {
		t.Fatalf("no PostgreSQL for this test: %v", err)
	}
	name := unique("test")
	if err := administer(address, "CREATE DATABASE "+name+options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := administer(address, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return withDatabase(address, name)
}

func withDatabase(address, name string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.Path = "/" + name
	return u.String()
}

// administer runs a statement outside of any test's database.
func administer(address, statement string) error {
	return with(address, func(ctx context.Context, pool *sql.DB) error {
		if _, err := pool.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
		return nil
	})
}

func exists(address, name string) (there bool, err error) {
	err = with(address, func(ctx context.Context, pool *sql.DB) error {
		return pool.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there)
	})
	return there, err
}

func with(address string, do func(context.Context, *sql.DB) error) error {
	cfg, err := pgx.ParseConfig(address)
	if err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	pool := stdlib.OpenDB(*cfg)
	defer pool.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return do(ctx, pool)
}
