package hours_test

import (
	"testing"
	"time"

	"linekeeper/internal/hours"
	"linekeeper/internal/kit/fault"
)

func TestPublicHolidays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		country string
		year    int
		days    int
		has     string
		missing bool
	}{
		{"RU", 2013, 14, "2013-01-08", false},
		{"RU", 2027, 14, "2027-11-04", false},
		{"TH", 2026, 19, "2026-05-31", false},
		{"TH", 2025, 19, "2025-02-12", false},
		{"TH", 2028, 15, "2028-04-14", true},
	} {
		year, err := hours.PublicHolidays(c.country, c.year)
		if err != nil {
			t.Fatal(err)
		}
		h := everyDay("UTC", "09:00-18:00")
		found := false
		for i, d := range year.Days {
			found = found || d.Date == c.has
			if i > 0 && d.Date <= year.Days[i-1].Date {
				t.Errorf("%s %d: %s after %s", c.country, c.year, d.Date, year.Days[i-1].Date)
			}
			for _, language := range []string{"en", "ru", "th"} {
				if d.Names[language] == "" {
					t.Errorf("%s %s has no name in %s", c.country, d.Date, language)
				}
			}
			h.Holidays = append(h.Holidays, hours.Holiday{Date: d.Date, Name: d.Names["en"]})
		}
		if len(year.Days) != c.days || !found || (year.Missing != nil) != c.missing || year.Source == "" {
			t.Errorf("%s %d: %d days, has %s: %v, missing %v", c.country, c.year, len(year.Days), c.has, found, year.Missing)
		}
		if err := h.Validate(); err != nil {
			t.Errorf("%s %d: %v", c.country, c.year, err)
		}
	}
	for _, c := range []struct {
		country string
		year    int
	}{{"RU", 2012}, {"TH", 2031}, {"XX", 2026}} {
		if _, err := hours.PublicHolidays(c.country, c.year); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s %d: got %v, want invalid", c.country, c.year, err)
		}
	}
}

func TestStateAt(t *testing.T) {
	t.Parallel()
	h := everyDay("Europe/Berlin", "09:00-13:00", "14:00-18:00")
	h.Holidays = []hours.Holiday{{Date: "2026-01-01", Name: "New Year"}, {Date: "2026-01-02", Open: []hours.Interval{"10:00-12:00"}}}
	for _, c := range []struct {
		at, shown, next string
		open            bool
		because         hours.Because
		holiday         string
	}{
		{"2026-05-04T13:30", "2026-05-04T13:30:00+02:00", "2026-05-04T14:00:00+02:00", false, hours.ByWeek, ""},
		{"2026-05-04T12:59", "2026-05-04T12:59:00+02:00", "", true, hours.ByWeek, ""},
		{"2026-01-01T10:00", "2026-01-01T10:00:00+01:00", "2026-01-02T10:00:00+01:00", false, hours.ByHoliday, "New Year"},
		{"2026-01-02T11:00", "2026-01-02T11:00:00+01:00", "", true, hours.ByHoliday, "2026-01-02"},
		{"2026-03-29T02:30", "2026-03-29T03:00:00+02:00", "2026-03-29T09:00:00+02:00", false, hours.ByWeek, ""}, // does not exist
		{"2026-10-25T02:30", "2026-10-25T02:30:00+02:00", "2026-10-25T09:00:00+01:00", false, hours.ByWeek, ""}, // comes twice
	} {
		at, err := h.LocalTime(c.at)
		if err != nil {
			t.Fatal(err)
		}
		got, next := h.StateAt(at), ""
		if !got.Next.IsZero() {
			next = h.Shown(got.Next)
		}
		if h.Shown(at) != c.shown || got.Open != c.open || got.Because != c.because || got.Holiday != c.holiday || next != c.next {
			t.Errorf("%s: got %s %+v, next %q", c.at, h.Shown(at), got, next)
		}
	}
	h.Closed = true
	if got := h.StateAt(time.Now()); got.Open || got.Because != hours.BySwitch || !got.Next.IsZero() {
		t.Errorf("switched to closed: %+v", got)
	}
	for _, bad := range []string{"", "now", "2026-05-04", "2026-02-30T09:00", "2026-05-04T25:00"} {
		if _, err := h.LocalTime(bad); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: got %v, want invalid", bad, err)
		}
	}
}
