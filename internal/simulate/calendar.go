package simulate

import (
	"fmt"
	"time"
)

// DayOf finds the day of a zone that a text such as 2026-11-20 names; it must be over.
func DayOf(text string, zone *time.Location, now time.Time) (from, to time.Time, err error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return from, to, fmt.Errorf("%q is not a day: write it as 2026-11-20", text)
	}
	from, to = midnight(day, zone), midnight(day.AddDate(0, 0, 1), zone)
	switch {
	case from.After(now):
		return from, to, fmt.Errorf("%s is in the future (in %s it is %s now): name a day that is over", text, zone, now.In(zone).Format("2006-01-02 15:04"))
	case to.After(now):
		return from, to, fmt.Errorf("%s is not over yet (in %s it is %s now): name a day before it", text, zone, now.In(zone).Format("2006-01-02 15:04"))
	}
	return from, to, nil
}

// midnight is when a day begins in a zone; where the clocks skip midnight, when they arrive in the day.
func midnight(day time.Time, zone *time.Location) time.Time {
	t := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
	for t.Day() != day.Day() {
		t = t.Add(15 * time.Minute)
	}
	return t.UTC()
}
