package hours_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linekeeper/internal/audit"
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

func everyDay(zone string, open ...hours.Interval) hours.Hours {
	h := hours.Hours{Key: "h", Name: "H", TimeZone: zone, Week: hours.Week{}}
	for _, d := range hours.Days() {
		h.Week[d] = open
	}
	return h
}

// TestNastyDates are the days on which clocks are changed, and other borders. Instants are UTC.
func TestNastyDates(t *testing.T) {
	t.Parallel()
	newYear := everyDay("Europe/Moscow", "09:00-18:00")
	newYear.Holidays = []hours.Holiday{{Date: "2026-01-01"}, {Date: "2026-01-02", Open: []hours.Interval{"12:00-13:00"}}}
	night := everyDay("Asia/Bangkok", "22:00-06:00")
	night.Holidays = []hours.Holiday{{Date: "2026-04-13"}}
	closed := everyDay("UTC", "00:00-24:00")
	closed.Closed = true
	for _, c := range []struct {
		name string
		h    hours.Hours
		at   string // UTC
		open bool
		next string // UTC; empty: never
	}{
		{"opens on the minute", everyDay("UTC", "09:00-18:00"), "2026-05-04T09:00:00Z", true, "2026-05-04T09:00:00Z"},
		{"a moment before", everyDay("UTC", "09:00-18:00"), "2026-05-04T08:59:59.999Z", false, "2026-05-04T09:00:00Z"},
		{"closes on the minute", everyDay("UTC", "09:00-18:00"), "2026-05-04T18:00:00Z", false, "2026-05-05T09:00:00Z"},
		{"a whole day has no gap at midnight", everyDay("UTC", "00:00-24:00"), "2026-05-05T00:00:00Z", true, "2026-05-05T00:00:00Z"},
		{"Berlin: 02:30 does not exist, opens at the jump", everyDay("Europe/Berlin", "02:30-04:00"), "2026-03-29T00:59:59Z", false, "2026-03-29T01:00:00Z"},
		{"Berlin: after the jump", everyDay("Europe/Berlin", "02:30-04:00"), "2026-03-29T01:00:00Z", true, "2026-03-29T01:00:00Z"},
		{"Berlin: an interval the jump swallows", everyDay("Europe/Berlin", "02:00-03:00"), "2026-03-29T01:00:00Z", false, "2026-03-30T00:00:00Z"},
		{"Berlin: closing time does not exist", everyDay("Europe/Berlin", "01:00-02:30"), "2026-03-29T00:59:59Z", true, "2026-03-29T00:59:59Z"},
		{"Berlin: 02:30 comes twice, first", everyDay("Europe/Berlin", "02:30-04:00"), "2026-10-25T00:30:00Z", true, "2026-10-25T00:30:00Z"},
		{"Berlin: set back while open, stays open", everyDay("Europe/Berlin", "02:30-04:00"), "2026-10-25T01:10:00Z", true, "2026-10-25T01:10:00Z"},
		{"Berlin: closes at the first 02:30", everyDay("Europe/Berlin", "01:00-02:30"), "2026-10-25T00:30:00Z", false, "2026-10-26T00:00:00Z"},
		{"Berlin: does not open again", everyDay("Europe/Berlin", "01:00-02:30"), "2026-10-25T01:10:00Z", false, "2026-10-26T00:00:00Z"},
		{"Cairo: the day begins at 01:00", everyDay("Africa/Cairo", "00:30-02:00"), "2026-04-23T22:00:00Z", true, "2026-04-23T22:00:00Z"},
		{"Cairo: a second before", everyDay("Africa/Cairo", "00:30-02:00"), "2026-04-23T21:59:59Z", false, "2026-04-23T22:00:00Z"},
		{"Lord Howe: half an hour", everyDay("Australia/Lord_Howe", "02:10-03:00"), "2026-10-03T15:30:00Z", true, "2026-10-03T15:30:00Z"},
		{"Samoa: Friday 30 December 2011 did not happen", everyDay("Pacific/Apia", "09:00-17:00"), "2011-12-30T04:00:00Z", false, "2011-12-30T19:00:00Z"},
		{"Kathmandu: a quarter of an hour", everyDay("Asia/Kathmandu", "09:00-10:00"), "2026-05-04T03:15:00Z", true, "2026-05-04T03:15:00Z"},
		{"holiday", newYear, "2026-01-01T09:00:00Z", false, "2026-01-02T09:00:00Z"},
		{"holiday with hours", newYear, "2026-01-02T09:30:00Z", true, "2026-01-02T09:30:00Z"},
		{"holiday by the local date", newYear, "2025-12-31T21:30:00Z", false, "2026-01-02T09:00:00Z"},
		{"night shift, after midnight", night, "2026-05-04T20:00:00Z", true, "2026-05-04T20:00:00Z"},
		{"night shift, ends", night, "2026-05-04T23:00:00Z", false, "2026-05-05T15:00:00Z"},
		{"night shift of the day before a holiday goes on", night, "2026-04-12T22:00:00Z", true, "2026-04-12T22:00:00Z"},
		{"night shift of the holiday does not begin", night, "2026-04-13T16:00:00Z", false, "2026-04-14T15:00:00Z"},
		{"leap day", everyDay("UTC", "09:00-10:00"), "2028-02-29T09:30:00Z", true, "2028-02-29T09:30:00Z"},
		{"switched to closed", closed, "2026-05-04T09:00:00Z", false, ""},
		{"never open", hours.Hours{TimeZone: "UTC"}, "2026-05-04T09:00:00Z", false, ""},
	} {
		at, err := time.Parse(time.RFC3339Nano, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.h.OpenAt(at); got != c.open {
			t.Errorf("%s: open %v, want %v", c.name, got, c.open)
		}
		next, ok := c.h.NextOpening(at)
		got := ""
		if ok {
			got = next.UTC().Format(time.RFC3339Nano)
		}
		if got != c.next {
			t.Errorf("%s: next opening %q, want %q", c.name, got, c.next)
		}
	}
}

// TestAgainstNaive walks minute by minute through the days around changes of clocks, opening a gate
// when the wall clock reaches an interval's beginning and closing it at its end.
func TestAgainstNaive(t *testing.T) {
	t.Parallel()
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Bangkok", "Europe/Moscow"}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		from := rapid.IntRange(0, 23*4+3).Draw(t, "from") * 15
		to := rapid.IntRange(from/15+1, 96).Draw(t, "to") * 15
		h := everyDay(zone, hours.Interval(fmt.Sprintf("%02d:%02d-%02d:%02d", from/60, from%60, to/60, to%60)))
		if err := h.Validate(); err != nil {
			t.Fatal(err)
		}
		day := rapid.IntRange(0, 364).Draw(t, "day")
		noon := time.Date(2026, 1, 1, 12, 0, 0, 0, loc).AddDate(0, 0, day)
		date := noon.Format(time.DateOnly)
		begun, over := false, false
		for at := noon.Add(-14 * time.Hour).Truncate(15 * time.Minute); at.Before(noon.Add(14 * time.Hour)); at = at.Add(5 * time.Minute) {
			local := at.In(loc)
			if d := local.Format(time.DateOnly); d != date {
				if d > date {
					break
				}
				continue
			}
			minute := local.Hour()*60 + local.Minute()
			begun, over = begun || minute >= from, over || minute >= to
			if got, want := h.OpenAt(at), begun && !over; got != want {
				t.Fatalf("%s %v at %s: open %v, want %v", zone, h.Week["mon"], local, got, want)
			}
			next, ok := h.NextOpening(at)
			if !ok || next.Before(at) || !h.OpenAt(next) || next.After(at) && h.OpenAt(next.Add(-time.Second)) {
				t.Fatalf("%s %v at %s: next opening %s is not the first moment of being open", zone, h.Week["mon"], local, next)
			}
		}
	})
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, bad := range []hours.Interval{"9:00-18:00", "09:00", "09:00-25:00", "09:60-10:00", "24:00-06:00", "09:00-09:00", "-", "aa:bb-cc:dd", "09:00-24:01", "+9:00-18:00"} {
		if err := everyDay("UTC", bad).Validate(); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, want invalid", bad, err)
		}
	}
	for _, good := range []hours.Interval{"00:00-24:00", "22:00-06:00", "09:00-18:00", "23:59-24:00", "18:00-00:00"} {
		if err := everyDay("UTC", good).Validate(); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	h := everyDay("Local")
	h.Holidays = []hours.Holiday{{Date: "2026-02-30"}, {Date: "2026-01-01"}, {Date: "2026-01-01"}}
	if got := fault.FieldsOf(h.Validate()); len(got) != 3 {
		t.Errorf("got %v, want the zone, a wrong date and a date listed twice", got)
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			home, err := tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"})
			if err != nil {
				return err
			}
			by := audit.Author{Tenant: string(home.ID), Source: "test"}
			h := everyDay("Asia/Bangkok", "09:00-18:00")
			h.Holidays = []hours.Holiday{{Date: "2026-04-13", Name: "Songkran"}}
			if h, err = hours.Create(tx, by, h); err != nil {
				return err
			}
			got, err := hours.Get(tx, home.ID, h.ID)
			if err != nil || db.JSON(got) != db.JSON(h) {
				t.Errorf("got %+v, %v; want %+v", got, err, h)
			}
			h.Closed = true
			if _, err = hours.Change(tx, by, h); err != nil {
				return err
			}
			if got, err = hours.ByKey(tx, home.ID, "h"); err != nil || !got.Closed || got.ClosedBy != "test" || got.ClosedMS == 0 {
				t.Errorf("after the change: %+v, %v", got, err)
			}
			h.Name = "Renamed"
			other := by
			other.User = "u"
			if kept, err := hours.Change(tx, other, h); err != nil || kept.ClosedBy != "test" || kept.ClosedMS != got.ClosedMS {
				t.Errorf("who closed it is not kept: %+v, %v", kept, err)
			}
			h.Name, h.Closed = "H", false
			if open, err := hours.Change(tx, by, h); err != nil || open.ClosedBy != "" || open.ClosedMS != 0 {
				t.Errorf("opened again: %+v, %v", open, err)
			}
			if err := hours.Delete(tx, by, h.ID); err != nil {
				return err
			}
			if _, err = hours.Get(tx, home.ID, h.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("after removal: %v", err)
			}
			lines, err := audit.List(tx, by.Tenant, audit.Filter{ObjectKind: "hours"}, db.Page{})
			if err != nil || len(lines) != 5 || lines[0].Action != audit.Delete || lines[4].Action != audit.Create {
				t.Errorf("audit: %+v, %v", lines, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
