package db_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
)

func insert(tx *db.Tx, id string) error {
	_, err := tx.Exec("INSERT INTO tenant (id, name, time_zone, language, created_ms) VALUES ($1, $2, $3, $4, $5)", id, id, "UTC", "en", 5)
	return err
}

func ids(t testing.TB, d *db.DB) map[string]bool {
	t.Helper()
	found := make(map[string]bool)
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		list, err := db.All(tx, db.Scalar[string], "SELECT id FROM tenant ORDER BY id")
		for _, id := range list {
			found[id] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestManyWriters has many callers write at once, some failing in different ways, and asks for
// exactly the answered ones, with the hooks of exactly those.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const callers, each = 32, 20
		errMine := errors.New("mine")
		var mu sync.Mutex
		want, hooked := make(map[string]bool), make(map[string]bool)
		var all sync.WaitGroup
		for c := range callers {
			all.Go(func() {
				for i := range each {
					id := fmt.Sprintf("%03d-%03d", c, i)
					err := d.Write(context.Background(), func(tx *db.Tx) error {
						if err := insert(tx, id); err != nil {
							return err
						}
						tx.AfterCommit(func() {
							mu.Lock()
							defer mu.Unlock()
							hooked[id] = true
						})
						switch i % 5 {
						case 1:
							return errMine
						case 2:
							return insert(tx, id) // the same key again
						}
						return nil
					})
					mu.Lock()
					switch {
					case err == nil:
						want[id] = true
						if !hooked[id] {
							t.Errorf("%s: answered before its hook ran", id)
						}
					case i%5 == 1 && !errors.Is(err, errMine):
						t.Errorf("%s: got %v, want the function's own error", id, err)
					case i%5 == 2 && fault.KindOf(err) != fault.Conflict:
						t.Errorf("%s: got %v, want a conflict", id, err)
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		got := ids(t, d)
		if len(want) != callers*each*3/5 {
			t.Errorf("%d writes succeeded, want %d", len(want), callers*each*3/5)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("in the database: %d, answered: %d", len(got), len(want))
		}
		if fmt.Sprint(hooked) != fmt.Sprint(want) {
			t.Errorf("hooks ran for %d, want %d", len(hooked), len(want))
		}
		if s := d.Stats(); d.Engine() == db.SQLite && s.Commits >= s.Writes {
			t.Errorf("%d writes took %d commits: they do not share", s.Writes, s.Commits)
		}
	})
}

// TestHooksInOrder changes one row from many callers: the hooks must see its values in order.
func TestHooksInOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return insert(tx, "row") }); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var seen []int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 10 {
					err := d.Write(context.Background(), func(tx *db.Tx) error {
						n, err := db.One(tx, db.Scalar[int64], "SELECT created_ms FROM tenant WHERE id = $1", "row")
						if err != nil {
							return err
						}
						tx.AfterCommit(func() {
							mu.Lock()
							defer mu.Unlock()
							seen = append(seen, n+1)
						})
						_, err = tx.Exec("UPDATE tenant SET created_ms = $2 WHERE id = $1", "row", n+1)
						return err
					})
					if fault.Is(err, fault.Busy) {
						continue // PostgreSQL gave up after many attempts, honestly
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		for i := 1; i < len(seen); i++ {
			if seen[i] != seen[i-1]+1 {
				t.Fatalf("hooks ran out of order: %v", seen)
			}
		}
		if d.Engine() == db.SQLite && len(seen) != 80 {
			t.Errorf("%d hooks, want 80", len(seen))
		}
	})
}

func TestIgnoredFailure(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := insert(tx, "a"); err != nil {
				return err
			}
			if err := insert(tx, "a"); !db.Taken(err) {
				t.Errorf("second insert: got %v, want taken", err)
			}
			if err := insert(tx, "b"); !db.Taken(err) {
				t.Errorf("after a failure: got %v, want the same failure", err)
			}
			return nil // as if nothing had been
		})
		if fault.KindOf(err) != fault.Conflict {
			t.Errorf("got %v, want a conflict", err)
		}
		if got := ids(t, d); len(got) != 0 {
			t.Errorf("got %v, want nothing", got)
		}
	})
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			count := func() int64 {
				n, err := db.One(tx, db.Scalar[int64], "SELECT COUNT(id) FROM tenant")
				if err != nil {
					t.Error(err)
				}
				return n
			}
			before := count()
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return insert(tx, "x") }); err != nil {
				t.Error(err)
			}
			if after := count(); after != before {
				t.Errorf("the snapshot grew from %d to %d", before, after)
			}
			if _, err := tx.Exec("DELETE FROM tenant"); err == nil {
				t.Error("a read may write")
			}
			return nil
		})
		if err == nil {
			t.Error("a failed statement in a read was swallowed")
		}
		if got := ids(t, d); !got["x"] {
			t.Error("a later read does not see the write")
		}
	})
}

// TestBytewiseOrder shows that both engines sort text alike, whatever the server's locale.
func TestBytewiseOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		words := []string{"B", "a", "_", "Z", "é", "z", "-a", "я", "ก"}
		for _, w := range words {
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return insert(tx, w) }); err != nil {
				t.Fatal(err)
			}
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			got, err := db.All(tx, db.Scalar[string], "SELECT name FROM tenant WHERE name > $1 ORDER BY name", "-")
			if want := "[-a B Z _ a z é я ก]"; err == nil && fmt.Sprint(got) != want {
				t.Errorf("got %v, want %s", got, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := d.Write(ctx, func(tx *db.Tx) error { return insert(tx, "a") }); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("write: got %v, want unavailable", err)
		}
		if err := d.Read(ctx, func(*db.Tx) error { return nil }); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("read: got %v, want unavailable", err)
		}
		// A write that has begun is not torn.
		ctx, cancel = context.WithCancel(t.Context())
		err := d.Write(ctx, func(tx *db.Tx) error {
			cancel()
			return insert(tx, "b")
		})
		if err != nil || len(ids(t, d)) != 1 {
			t.Errorf("got %v and %v, want only b", err, ids(t, d))
		}
	})
}

// TestInterrupt interrupts a query that would not end, and the connection is fit again.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			err := d.Read(ctx, func(tx *db.Tx) error {
				_, err := db.One(tx, db.Scalar[int64], `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
					SELECT COUNT(i) FROM n`)
				return err
			})
			cancel()
			if fault.KindOf(err) != fault.Unavailable {
				t.Fatalf("got %v, want unavailable", err)
			}
			ids(t, d)
		}
	})
}

// own opens a SQLite database whose rescued panics are expected.
func own(t testing.TB, folder string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), db.Config{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec("CREATE TABLE IF NOT EXISTS tenant (id TEXT PRIMARY KEY, name TEXT, time_zone TEXT, language TEXT, created_ms BIGINT)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestPanic shows that a caller's mistake is his alone: the others of the group are committed, and
// even one that ends the writer's goroutine leaves a writer.
func TestPanic(t *testing.T) {
	t.Parallel()
	d := own(t, t.TempDir())
	defer d.Close()
	var all sync.WaitGroup
	for i := range 30 {
		all.Go(func() {
			err := d.Write(context.Background(), func(tx *db.Tx) error {
				if err := insert(tx, fmt.Sprint(i)); err != nil {
					return err
				}
				if i%3 == 0 {
					panic("a mistake")
				}
				return nil
			})
			if i%3 == 0 && fault.KindOf(err) != fault.Internal || i%3 != 0 && err != nil {
				t.Errorf("write %d: %v", i, err)
			}
		})
	}
	all.Wait()
	if got := len(ids(t, d)); got != 20 || d.Stats().Panics != 10 {
		t.Errorf("got %d rows and %d panics, want 20 and 10", got, d.Stats().Panics)
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		if err := insert(tx, "lost"); err != nil {
			return err
		}
		runtime.Goexit()
		return nil
	})
	if fault.KindOf(err) != fault.Internal {
		t.Errorf("a write that ends the goroutine: got %v, want internal", err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		tx.AfterCommit(func() { panic("in a hook") })
		return insert(tx, "after")
	})
	if err != nil || ids(t, d)["lost"] || !ids(t, d)["after"] {
		t.Errorf("afterwards: got %v and %v", err, ids(t, d))
	}
}

// TestFull fills the disk, as far as SQLite is concerned: everybody in the group is told, nothing
// answered is lost, and when there is room again writing goes on.
func TestFull(t *testing.T) {
	t.Parallel()
	d := own(t, t.TempDir())
	defer d.Close()
	limit := func(pages int) {
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			_, err := db.One(tx, db.Scalar[int64], fmt.Sprintf("PRAGMA max_page_count = %d", pages))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	limit(20)
	answered := make(map[string]bool)
	var mu sync.Mutex
	var all sync.WaitGroup
	full := 0
	for i := range 40 {
		all.Go(func() {
			id := fmt.Sprint(i, strings.Repeat("x", 3000))
			err := d.Write(context.Background(), func(tx *db.Tx) error { return insert(tx, id) })
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				answered[id] = true
			case fault.KindOf(err) == fault.Unavailable && strings.Contains(fault.Message(err), "full"):
				full++
			default:
				t.Errorf("got %v, want the disk to be full", err)
			}
		})
	}
	all.Wait()
	if got := ids(t, d); fmt.Sprint(got) != fmt.Sprint(answered) || full == 0 {
		t.Errorf("%d in the database, %d answered, %d told full", len(got), len(answered), full)
	}
	limit(1 << 20)
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return insert(tx, "room again") }); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := own(t, folder)
		var ok, refused int
		var mu sync.Mutex
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				err := d.Write(context.Background(), func(tx *db.Tx) error { return insert(tx, fmt.Sprint(i)) })
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					ok++
				case fault.KindOf(err) == fault.Unavailable:
					refused++
				default:
					t.Error(err)
				}
			})
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		all.Wait()
		d = own(t, folder)
		defer d.Close()
		if got := len(ids(t, d)); got != ok || ok+refused != 100 {
			t.Errorf("%d in the database, %d answered, %d refused", got, ok, refused)
		}
	})
}

func TestOneProcess(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	d := own(t, folder)
	_, err := db.Open(t.Context(), db.Config{Folder: folder})
	if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "in use by process ") {
		t.Errorf("second open: got %v, want the other's process number", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	own(t, folder).Close()
}
