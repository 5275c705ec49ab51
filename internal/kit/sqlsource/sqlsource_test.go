package sqlsource_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx", to fill the source

	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/sqlsource"
)

// fill runs statements in a database.
func fill(t *testing.T, driver, address string, statements ...string) {
	t.Helper()
	d, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	for _, s := range statements {
		if _, err := d.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

func each(t *testing.T, test func(t *testing.T, s *sqlsource.Sources)) {
	t.Helper()
	statements := []string{
		`CREATE TABLE account (number INTEGER, owner TEXT, due NUMERIC(10,2), open BOOLEAN)`,
		`INSERT INTO account VALUES (17, 'Anna ''the first''', 12.5, true), (18, NULL, 0, false), (19, 'O', 3, true)`,
	}
	for name, address := range map[string]func(t *testing.T) string{
		"sqlite": func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "ä%20.db")
			fill(t, "sqlite", path, statements...)
			return "sqlite:" + path
		},
		"postgres": func(t *testing.T) string {
			address := dbtest.EmptyPostgresURL(t)
			fill(t, "pgx", address, statements...)
			return address
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := sqlsource.Open("bank=" + address(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			test(t, s)
		})
	}
}

func TestLook(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *sqlsource.Sources) {
		look := func(query string, values map[string]string, most int) ([]map[string]any, error) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			return s.Look(ctx, "bank", query, values, most)
		}
		got, err := look(`SELECT owner, number FROM account WHERE number = :no AND owner <> 'a:no' -- :no`, map[string]string{"no": "17"}, 5)
		if d := cmp.Diff([]map[string]any{{"owner": "Anna 'the first'", "number": 17.0}}, got); d != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, d)
		}
		got, err = look(`SELECT number FROM account ORDER BY number`, nil, 2)
		if d := cmp.Diff([]map[string]any{{"number": 17.0}, {"number": 18.0}}, got); d != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, d)
		}
		if got, err = look(`SELECT number FROM account WHERE owner = :who`, map[string]string{"who": "x' OR '1'='1"}, 2); len(got) > 0 || err != nil {
			t.Errorf("pasted: %v, %v", got, err)
		}
		for _, write := range []string{
			`INSERT INTO account VALUES (1, 'x', 1, true)`, `DELETE FROM account`, `WITH gone AS (DELETE FROM account RETURNING number) SELECT number FROM gone`,
		} {
			if got, err := look(write, nil, 5); err == nil {
				t.Errorf("%s is done: %v", write, got)
			}
		}
		if got, err = look(`SELECT count(*) AS n FROM account`, nil, 5); err != nil || got[0]["n"] != 3.0 {
			t.Errorf("rows were changed: %v, %v", got, err)
		}
		if _, err = look(`SELECT 1 FROM account WHERE number = :nobody`, nil, 5); err == nil || !strings.Contains(err.Error(), ":nobody") {
			t.Errorf("a value that is not given: %v", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err = s.Look(gone, "bank", `SELECT 1`, nil, 1); err == nil || err.Error() != "it did not answer in time" {
			t.Errorf("called off: %v", err)
		}
	})
}

// TestTrouble: errors name no address and no password, and a source that is not there is left alone.
func TestTrouble(t *testing.T) {
	t.Parallel()
	for _, list := range []string{"bank", "Bank=sqlite:x", "bank=mysql://anna:secret@h/d", "bank=postgres://anna:secret@h:x/d", "a=sqlite:x a=sqlite:y"} {
		if s, err := sqlsource.Open(list); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, %v", list, s, err)
		}
	}
	s, err := sqlsource.Open("gone=postgres://anna:secret@127.0.0.1:1/d  file=sqlite:/not/there.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if d := cmp.Diff([]string{"file", "gone"}, s.Names()); d != "" {
		t.Error(d)
	}
	for _, name := range s.Names() {
		for range 5 {
			if _, err := s.Look(t.Context(), name, "SELECT 1", nil, 1); err == nil || err.Error() != "it cannot be asked" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.Look(t.Context(), name, "SELECT 1", nil, 1); !errors.Is(err, sqlsource.ErrResting) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Look(t.Context(), "other", "SELECT 1", nil, 1); !errors.Is(err, sqlsource.ErrUnknown) {
		t.Errorf("unknown: %v", err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"SELECT a FROM b WHERE c = :x":         "",
		"  with q AS (SELECT ';') SELECT 1":    "",
		"SELECT a::text, ':y' FROM b":          "",
		"SELECT\n1":                            "",
		"UPDATE b SET a = 1":                   "the query must begin with SELECT or WITH",
		"SELECT 1; DROP TABLE b":               "the query must be one statement, without ;",
		"SELECT a FROM b WHERE c = :y":         "the query has :y, which is not among its values",
		"SELECT ';' /* ; :y */ -- ; :y\n FROM": "",
	} {
		if got := sqlsource.Check(query, []string{"x"}); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	if got := sqlsource.Check("SELECT 1", []string{"A b"}); got == "" {
		t.Error("a name that is none is taken")
	}
}

// FuzzCheck: whatever is written, it is judged without a panic.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{"SELECT :x", "'", "\"", "/*", "--", "::", ":", "", ";", "select '''' :x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) { sqlsource.Check(query, []string{"x"}) })
}
