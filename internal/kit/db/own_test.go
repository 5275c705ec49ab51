package db_test

import (
	"context"
	"testing"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
)

// TestOwn holds that two processes never run on one database, and that an outage loses it only to
// another process.
func TestOwn(t *testing.T) {
	t.Parallel()
	address := dbtest.PostgresURL(t)
	proxy := dbtest.NewProxy(t, address)
	open := func(url string) *db.DB {
		d, err := db.Open(t.Context(), db.Config{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		return d
	}
	lost := make(chan error, 4)
	first, second := open(proxy.URL), open(address)
	if err := first.Own(t.Context(), func(err error) { lost <- err }); err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := second.Own(soon, nil); err == nil {
		t.Fatal("two own one database")
	}
	proxy.Down()
	proxy.Up()
	time.Sleep(5 * time.Second) // it looks every two
	select {
	case err := <-lost:
		t.Fatalf("after an outage in which nobody else came: %v", err)
	default:
	}
	soon, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := second.Own(soon, nil); err == nil {
		t.Fatal("after an outage two own one database")
	}
	proxy.Down()
	if err := second.Own(t.Context(), func(err error) { t.Error(err) }); err != nil {
		t.Fatalf("while the first is cut off: %v", err)
	}
	proxy.Up()
	select {
	case err := <-lost:
		if fault.KindOf(err) != fault.Conflict {
			t.Errorf("got %v, want a conflict", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the first was not told that it lost the database")
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	third := open(address)
	if err := third.Own(t.Context(), nil); err != nil {
		t.Errorf("after the owner closed: %v", err)
	}
}
