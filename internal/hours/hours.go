// Package hours says when the center is open: a week, holidays, and a switch to close at once. The
// calendar and daylight saving are dealt with here and nowhere else. Storage works as in package
// tenant.
package hours

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// ID identifies hours.
type ID string

// Hours are the times of being open.
type Hours struct {
	ID       ID        `json:"id"`
	Key      string    `json:"key"` // unique
	Name     string    `json:"name"`
	TimeZone string    `json:"time_zone"` // IANA name
	Week     Week      `json:"week"`
	Holidays []Holiday `json:"holidays"`
	Closed   bool      `json:"closed"` // closed now, whatever the rest says
	// ClosedBy and ClosedMS say who switched it to closed (a user, or where it came from) and when;
	// Change sets them.
	ClosedBy string `json:"closed_by,omitempty"`
	ClosedMS int64  `json:"closed_ms,omitempty"`
}

// Week holds, for each day mon, tue, wed, thu, fri, sat, sun, its intervals. A day that is missing is
// closed.
type Week map[string][]Interval

// Interval is "09:00-18:00" in the hours' time zone: open from the first minute to just before the
// second. 24:00 is the end of the day. An end before the beginning is on the next day, and the whole
// interval belongs to the day it begins on: "22:00-06:00".
type Interval string

// Holiday is a date with its own intervals in place of the week's; none: closed.
type Holiday struct {
	Date string     `json:"date"` // 2026-12-31
	Name string     `json:"name"`
	Open []Interval `json:"open,omitempty"`
}

// Days are the names of the days in Week, Monday first.
func Days() []string { return []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} }

// dayName is the name in Week of a weekday.
func dayName(d time.Weekday) string { return Days()[(int(d)+6)%7] }

// minutes reads an interval as minutes from the day's midnight; to is larger than from and past 1440
// when the interval ends on the next day.
func (i Interval) minutes() (from, to int, err error) {
	a, b, ok := strings.Cut(string(i), "-")
	if ok {
		from, ok = clock(a)
	}
	if ok {
		to, ok = clock(b)
	}
	if !ok || from == 1440 {
		return 0, 0, fmt.Errorf("%q is not an interval such as 09:00-18:00", string(i))
	}
	if from == to {
		return 0, 0, fmt.Errorf("%q is empty; write 00:00-24:00 for the whole day", string(i))
	}
	if to < from {
		to += 1440
	}
	return from, to, nil
}

func clock(s string) (int, bool) {
	s = strings.TrimSpace(s)
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	h, err1 := strconv.ParseUint(s[:2], 10, 8)
	m, err2 := strconv.ParseUint(s[3:], 10, 8)
	if err1 != nil || err2 != nil || h > 24 || m > 59 || h == 24 && m != 0 {
		return 0, false
	}
	return int(h*60 + m), true
}

// Validate checks what can be checked without the database.
func (h Hours) Validate() error {
	var f fault.Fields
	f.Key("key", h.Key)
	f.Text("name", h.Name, true, 200)
	tenant.CheckTimeZone(&f, "time_zone", h.TimeZone)
	for day := range h.Week {
		if !slices.Contains(Days(), day) {
			f.Add("week."+day, fault.Unknown, "%q is not a day; write mon, tue, wed, thu, fri, sat or sun", day)
		}
	}
	for _, day := range Days() {
		checkIntervals(&f, "week."+day, h.Week[day])
	}
	seen := make(map[string]bool)
	for i, d := range h.Holidays {
		at := "holidays[" + strconv.Itoa(i) + "]"
		if _, err := time.Parse(time.DateOnly, d.Date); err != nil {
			f.Add(at+".date", fault.Malformed, "%q is not a date such as 2026-12-31", d.Date)
		} else if seen[d.Date] {
			f.Add(at+".date", fault.Taken, "%s is listed twice", d.Date)
		}
		seen[d.Date] = true
		f.Text(at+".name", d.Name, false, 200)
		checkIntervals(&f, at+".open", d.Open)
	}
	return f.Err()
}

func checkIntervals(f *fault.Fields, path string, list []Interval) {
	if len(list) > 20 {
		f.Add(path, fault.TooLong, "must have at most 20 items")
		return
	}
	for i, v := range list {
		if _, _, err := v.minutes(); err != nil {
			f.Add(path+"["+strconv.Itoa(i)+"]", fault.Malformed, "%v", err)
		}
	}
}
