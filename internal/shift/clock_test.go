package shift_test

import (
	"testing"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/shift"
	"linekeeper/internal/tenant"
)

func TestArrive(t *testing.T) {
	t.Parallel()
	zone := tenant.Location("Europe/Berlin")
	week := []shift.Start{{On: "mon", Minute: 9 * 60}, {On: "tue", Minute: 22 * 60}, {On: "2026-11-24", Minute: shift.Free}, {On: "sun", Minute: 3 * 60}}
	for name, c := range map[string]struct{ now, day, planned, credited string }{
		"an hour early":               {"2026-11-23 08:00", "2026-11-23", "2026-11-23 09:00", "2026-11-23 08:45"},
		"five minutes early":          {"2026-11-23 08:55", "2026-11-23", "2026-11-23 09:00", "2026-11-23 08:55"},
		"late":                        {"2026-11-23 09:20", "2026-11-23", "2026-11-23 09:00", "2026-11-23 09:20"},
		"nothing planned":             {"2026-11-25 10:00", "2026-11-25", "", "2026-11-25 10:00"},
		"a free day goes before":      {"2026-11-24 22:00", "2026-11-24", "", "2026-11-24 22:00"},
		"late for a night":            {"2026-12-02 00:30", "2026-12-01", "2026-12-01 22:00", "2026-12-02 00:30"},
		"early for a night":           {"2026-12-01 21:30", "2026-12-01", "2026-12-01 22:00", "2026-12-01 21:45"},
		"before midnight":             {"2026-11-28 23:30", "2026-11-29", "2026-11-29 03:00", "2026-11-29 02:45"},
		"the clock goes back":         {"2026-10-25 02:50", "2026-10-25", "2026-10-25 03:00", "2026-10-25 02:50"},
		"the clock goes forward":      {"2026-03-29 01:30", "2026-03-29", "2026-03-29 03:00", "2026-03-29 01:45"},
		"the morning before, too far": {"2026-11-23 03:00", "2026-11-23", "2026-11-23 09:00", "2026-11-23 08:45"},
	} {
		at := func(s string) time.Time {
			if s == "" {
				return time.Time{}
			}
			v, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
			if err != nil {
				t.Fatal(err)
			}
			return v.UTC()
		}
		now := at(c.now)
		if name == "the clock goes back" {
			now = now.Add(time.Hour) // the second 02:50 of that night
		}
		want := shift.Arrival{User: "u", Day: c.day, At: now, Planned: at(c.planned), Credited: at(c.credited)}
		if name == "the clock goes back" {
			want.Credited = now
		}
		if got := shift.Arrive(shift.Usual(), week, "u", now, zone); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func TestListAndClockKept(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		by, ann := home(t, d)
		home := tenant.ID(by.Tenant)
		since := time.Now().Add(-time.Hour)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			items := []shift.Item{
				{Key: "water", Part: shift.AtStart, Texts: tenant.Names{"en": "Only water", "th": "น้ำเปล่าเท่านั้น"}},
				{Key: "desk", Part: shift.AtEnd, Texts: tenant.Names{"en": "The desk is clean"}},
			}
			for range 2 {
				if err := shift.SetItems(tx, by, items); err != nil {
					return err
				}
			}
			if got, err := shift.Items(tx, home); err != nil || db.JSON(got) != db.JSON(items) {
				t.Errorf("got %+v, %v", got, err)
			}
			f := fault.FieldsOf(shift.SetItems(tx, by, []shift.Item{items[0], {Key: "water", Part: "noon"}}))
			if len(f) != 3 || f[0].Path != "items[1].key" || f[1].Path != "items[1].part" || f[2].Path != "items[1].texts" {
				t.Errorf("a list that is none: got %v", f)
			}
			for _, done := range []bool{true, true, false, true} {
				if _, err := shift.SetTick(tx, home, ann, "water", done, since); err != nil {
					return err
				}
			}
			if _, err := shift.SetTick(tx, home, ann, "wine", true, since); !fault.Is(err, fault.Invalid) {
				t.Errorf("a tick at what is not there: got %v", err)
			}
			if ticks, err := shift.Ticks(tx, home, since); err != nil || len(ticks) != 1 || ticks[0].Item != "water" || ticks[0].User != ann {
				t.Errorf("got %+v, %v", ticks, err)
			}
			if _, err := shift.SaveSpot(tx, by, ann, false, ""); !fault.Is(err, fault.Invalid) {
				t.Errorf("something is wrong, and nobody says what: got %v", err)
			}
			if _, err := shift.SaveSpot(tx, by, ann, false, "a cup of tea"); err != nil {
				return err
			}
			if s, err := shift.Spots(tx, home, since); err != nil || s[ann].Note != "a cup of tea" || s[ann].Good || s[ann].By != "sue" {
				t.Errorf("got %+v, %v", s, err)
			}

			terms := shift.Usual()
			zone := tenant.Location("Europe/Moscow")
			a := shift.Arrive(terms, nil, ann, time.Now(), zone)
			first, err := shift.SaveArrival(tx, home, a)
			if err != nil || first != a {
				t.Errorf("got %+v, %v, want %+v", first, err, a)
			}
			again := a
			again.At = a.At.Add(time.Minute)
			if got, err := shift.SaveArrival(tx, home, again); err != nil || got != a {
				t.Errorf("the second one of a day: got %+v, %v, want the first", got, err)
			}
			on := a.At.In(zone).Format("2006-01-02")
			local := a.At.In(zone) // in time for a start in this minute of the day
			minute := int64(local.Hour()*60 + local.Minute())
			if err := shift.SetStarts(tx, by, terms, ann, []shift.Start{{On: on, Minute: minute}, {On: "mon", Minute: 540}}, zone); err != nil {
				return err
			}
			if all, err := shift.Arrivals(tx, home, since); err != nil || len(all) != 1 || all[0].Planned.IsZero() {
				t.Errorf("the arrival is not counted anew: %+v, %v", all, err)
			}
			starts, err := shift.Starts(tx, home)
			if err != nil || len(starts[ann]) != 2 || starts[ann][1] != (shift.Start{On: "mon", Minute: 540}) {
				t.Errorf("got %+v, %v", starts, err)
			}
			err = shift.SetStarts(tx, by, terms, ann, []shift.Start{{On: "someday", Minute: 2000}}, zone)
			if f := fault.FieldsOf(err); len(f) != 2 {
				t.Errorf("a start that is none: got %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
