package trunk_test

import (
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
)

func TestSpendIsKeptByTheHour(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Now().UTC()
		hour := now.Truncate(time.Hour)
		var got []trunk.Spend
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			home, err := tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"})
			if err != nil {
				return err
			}
			for _, all := range [][]trunk.Spend{
				{{Trunk: "a", Rate: "+7*", Hour: hour, Amount: 1}, {Trunk: "a", Rate: "+7*", Hour: hour.Add(-time.Hour), Amount: 9}},
				{{Trunk: "a", Rate: "+7*", Hour: hour, Amount: 5}, {Trunk: "b", Rate: "+49*", Hour: hour, Amount: 7}},
				{{Trunk: "a", Rate: "+7*", Hour: hour.Add(-32 * 24 * time.Hour), Amount: 3}},
			} {
				if err := trunk.SaveSpent(tx, home.ID, all); err != nil {
					return err
				}
			}
			got, err = trunk.SpentIn(tx, home.ID, now)
			if err != nil {
				return err
			}
			old, err := trunk.SpentIn(tx, home.ID, now.Add(-32*24*time.Hour))
			if len(old) != 0 {
				t.Errorf("what is old is still there: %+v", old)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 || got[0].Amount != 5 || got[1].Rate != "+49*" || !got[0].Hour.Equal(hour) {
			t.Errorf("got %+v", got)
		}
	})
}
