package hours

import (
	"slices"
	"time"

	"linekeeper/internal/tenant"
)

// horizon is how far NextOpening looks: over a year, for a center that opens on one holiday.
const horizon = 400

// span is a stretch of being open.
type span struct{ from, to time.Time }

// OpenAt reports whether the center is open at an instant. An interval lasts from the first instant
// at which the wall clock shows its beginning (or has jumped over it) to the first at which it shows
// its end; so a clock that is set back does not open or close twice.
func (h Hours) OpenAt(at time.Time) bool {
	if h.Closed {
		return false
	}
	local := at.In(tenant.Location(h.TimeZone))
	for back := range 2 { // an interval may have begun yesterday
		for _, s := range h.spans(local.Year(), local.Month(), local.Day()-back, local.Location()) {
			if !at.Before(s.from) && at.Before(s.to) {
				return true
			}
		}
	}
	return false
}

// NextOpening gives the first instant, at or after the given one, at which the center is open; false
// if there is none within a year or the center is switched to closed.
func (h Hours) NextOpening(at time.Time) (time.Time, bool) {
	if h.Closed {
		return time.Time{}, false
	}
	if h.OpenAt(at) {
		return at, true
	}
	local := at.In(tenant.Location(h.TimeZone))
	for ahead := range horizon {
		for _, s := range h.spans(local.Year(), local.Month(), local.Day()+ahead, local.Location()) {
			if s.from.After(at) {
				return s.from, true
			}
		}
	}
	return time.Time{}, false
}

// spans gives the stretches that begin on a date, in order.
func (h Hours) spans(y int, m time.Month, d int, loc *time.Location) []span {
	date := time.Date(y, m, d, 12, 0, 0, 0, time.UTC) // only to normalise the date
	y, m, d = date.Date()
	list := h.Week[dayName(date.Weekday())]
	for _, holiday := range h.Holidays {
		if holiday.Date == date.Format(time.DateOnly) {
			list = holiday.Open
		}
	}
	var spans []span
	for _, i := range list {
		from, to, err := i.minutes()
		if err != nil {
			continue // Validate keeps such intervals out
		}
		s := span{FirstAt(y, m, d, from, loc), FirstAt(y, m, d, to, loc)}
		if s.from.Before(s.to) { // not swallowed by a clock that is set forward
			spans = append(spans, s)
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	return spans
}

// FirstAt is the first instant at which the wall clock of a place shows so many minutes after the
// midnight a date begins with, or has jumped over that time.
func FirstAt(y int, m time.Month, d, minutes int, loc *time.Location) time.Time {
	want := time.Date(y, m, d, 0, minutes, 0, 0, time.UTC)
	got := time.Date(y, m, d, 0, minutes, 0, 0, loc)
	start, end := got.ZoneBounds()
	switch shown := asUTC(got); {
	case shown.After(want): // the time does not exist, and got is past the jump
		return start
	case shown.Before(want): // the time does not exist, and got is before the jump
		return end
	}
	if !start.IsZero() { // the clock may have shown the same before it was set back
		_, offset := start.Add(-time.Second).Zone()
		earlier := want.Add(-time.Duration(offset) * time.Second)
		if earlier.Before(start) {
			return earlier.In(loc)
		}
	}
	return got
}

// asUTC is the wall clock's reading, as if it were UTC, to compare readings.
func asUTC(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// Closure gives the stretch of being closed around an instant: from when the center closed until it opens. Not
// ok: it is open then, or closed without an end in sight (switched to closed, or no opening within a year).
// From is the zero time when it was not open in the year before.
func (h Hours) Closure(at time.Time) (from, to time.Time, ok bool) {
	to, ok = h.NextOpening(at)
	if !ok || to.Equal(at) {
		return time.Time{}, time.Time{}, false
	}
	local := at.In(tenant.Location(h.TimeZone))
	for back := range horizon {
		for _, s := range h.spans(local.Year(), local.Month(), local.Day()-back, local.Location()) {
			if !s.to.After(at) && s.to.After(from) {
				from = s.to
			}
		}
		if !from.IsZero() && back > 1 { // an interval of the day before may end later
			break
		}
	}
	return from, to, true
}
