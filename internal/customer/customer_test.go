package customer_test

import (
	"context"
	"sync"
	"testing"

	"linekeeper/internal/audit"
	"linekeeper/internal/customer"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

func TestStore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var home tenant.Tenant
		err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
			home, err = tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		by := audit.Author{Tenant: string(home.ID)}
		// The same caller arrives many times at once: one customer.
		var mu sync.Mutex
		var made int
		found := make(map[customer.ID]bool)
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				var c customer.Customer
				var created bool
				err := d.Write(context.Background(), func(tx *db.Tx) (err error) {
					c, created, err = customer.FindOrCreate(tx, home.ID, "+7 495 123-45-67")
					return err
				})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				found[c.ID] = true
				if created {
					made++
				}
			})
		}
		all.Wait()
		if made != 1 || len(found) != 1 {
			t.Errorf("%d made, %d different; want 1 and 1", made, len(found))
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			c, err := customer.ByNumber(tx, home.ID, "74951234567")
			if err != nil || len(c.Numbers) != 1 || c.Numbers[0] != "+74951234567" {
				t.Errorf("got %+v, %v", c, err)
			}
			if _, _, err := customer.FindOrCreate(tx, home.ID, "anonymous"); !fault.Is(err, fault.Invalid) {
				t.Errorf("hidden number: %v", err)
			}
			c.Name, c.Note = "Иван", "calls on\nMondays"
			if _, err := customer.Change(tx, by, c); err != nil {
				return err
			}
			if err := customer.AddNumber(tx, by, c.ID, "8 800 100"); err != nil {
				return err
			}
			got, err := customer.Get(tx, home.ID, c.ID)
			if err != nil || got.Name != "Иван" || len(got.Numbers) != 2 {
				t.Errorf("got %+v, %v", got, err)
			}
			second, created, err := customer.FindOrCreate(tx, home.ID, "100")
			if err != nil || !created {
				t.Errorf("second: %+v, %v", second, err)
			}
			if err := customer.AddNumber(tx, by, second.ID, "+8800100"); !fault.Is(err, fault.Invalid) {
				t.Errorf("another's number: %v", err)
			}
			list, err := customer.List(tx, home.ID, db.Page{Limit: 1})
			if err != nil || len(list) != 1 || list[0].ID != c.ID {
				t.Errorf("first page: %+v, %v", list, err)
			}
			list, err = customer.List(tx, home.ID, db.Page{After: string(c.ID)})
			if err != nil || len(list) != 1 || list[0].ID != second.ID {
				t.Errorf("second page: %+v, %v", list, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
