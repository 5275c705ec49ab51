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

// TestFields: language, segment and fields are kept, the change is in the audit with its author, and a
// customer is found by a field unless two have the value.
func TestFields(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			home, err := tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"})
			if err != nil {
				return err
			}
			by := audit.Author{Tenant: string(home.ID), Source: "flow:main"}
			c, _, err := customer.FindOrCreate(tx, home.ID, "+7 495 123-45-67")
			if err != nil {
				return err
			}
			c.Language, c.Segment, c.Fields = tenant.Thai, "vip", map[string]string{"contract": "A-7", "city": "Phuket", "gone": ""}
			if _, err := customer.Change(tx, by, c); err != nil {
				return err
			}
			c.Fields = map[string]string{"contract": "A-7"}
			if _, err := customer.Change(tx, by, c); err != nil {
				return err
			}
			got, err := customer.Get(tx, home.ID, c.ID)
			if err != nil || got.Language != tenant.Thai || got.Segment != "vip" || len(got.Fields) != 1 || got.Fields["contract"] != "A-7" {
				t.Errorf("got %+v, %v", got, err)
			}
			lines, err := audit.List(tx, string(home.ID), audit.Filter{ObjectKind: "customer", ObjectID: string(c.ID)}, db.Page{})
			if err != nil || len(lines) != 2 || lines[0].Source != "flow:main" {
				t.Errorf("audit %+v, %v", lines, err)
			}
			found, err := customer.ByField(tx, home.ID, "contract", "A-7")
			if err != nil || len(found) != 1 || found[0].ID != c.ID {
				t.Errorf("by contract: %+v, %v", found, err)
			}
			second, _, err := customer.FindOrCreate(tx, home.ID, "100")
			if err != nil {
				return err
			}
			second.Fields = map[string]string{"contract": "A-7"}
			if _, err := customer.Change(tx, by, second); err != nil {
				return err
			}
			if found, err = customer.ByField(tx, home.ID, "contract", "A-7"); err != nil || len(found) != 2 {
				t.Errorf("by the contract of two: %+v, %v", found, err)
			}
			if found, err = customer.ByField(tx, home.ID, "contract", "A-8"); err != nil || len(found) != 0 {
				t.Errorf("by nobody's contract: %+v, %v", found, err)
			}
			second.Language, second.Segment, second.Fields = "xx", "V I P", map[string]string{"A b": "1"}
			if _, err := customer.Change(tx, by, second); !fault.Is(err, fault.Invalid) {
				t.Errorf("nonsense is kept: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
