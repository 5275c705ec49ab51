package shift

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// Start is when an agent's shift is planned to begin: on a weekday, or on one day, which goes before it. It is all that is
// planned of shifts until there are rotas.
type Start struct {
	On     string `json:"on"`     // mon, tue … sun, or a day such as 2026-11-23
	Minute int64  `json:"minute"` // from midnight of the center's time; Free: none on this day
}

// Free is the Minute of a day without a shift.
const Free = -1

const dayForm = "2006-01-02"

// mostStarts bounds what is planned of an agent: the week, and days of a year.
const mostStarts = 400

func weekdays() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// CheckStarts checks an agent's starts.
func CheckStarts(starts []Start) error {
	var f fault.Fields
	if len(starts) > mostStarts {
		f.Add("starts", fault.TooLong, "must be %d at most", mostStarts)
		return f.Err()
	}
	seen := make(map[string]bool)
	for i, s := range starts {
		at := fmt.Sprintf("starts[%d]", i)
		if _, err := time.Parse(dayForm, s.On); err != nil && !slices.Contains(weekdays(), s.On) {
			f.Add(at+".on", fault.Malformed, "must be mon, tue, wed, thu, fri, sat, sun or a day such as 2026-11-23")
		}
		if seen[s.On] {
			f.Add(at+".on", fault.Taken, "stands there twice")
		}
		seen[s.On] = true
		f.Range(at+".minute", s.Minute, Free, 24*60-1)
	}
	return f.Err()
}

// begins is when the shift of a day is planned to begin; false: there is none.
func begins(starts []Start, day time.Time) (time.Time, bool) {
	minute := int64(Free)
	for _, s := range starts {
		if s.On == day.Format(dayForm) {
			minute = s.Minute
			break
		}
		if s.On == weekdays()[day.Weekday()] {
			minute = s.Minute
		}
	}
	if minute == Free {
		return time.Time{}, false
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 0, int(minute), 0, 0, day.Location()), true
}

// A shift is looked at from before its planned start until after it: who works at night belongs to the shift of the evening.
const (
	shiftBefore = 4 * time.Hour
	shiftAfter  = 12 * time.Hour
)

// Planned is which day's shift an instant belongs to and when that is planned to begin; the zero time: nothing is planned.
func Planned(starts []Start, now time.Time, zone *time.Location) (day string, at time.Time) {
	local := now.In(zone)
	today := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, zone) // noon: no clock change moves it to another day
	for _, ahead := range []int{1, 0, -1} {
		d := today.AddDate(0, 0, ahead)
		if b, ok := begins(starts, d); ok && !now.Before(b.Add(-shiftBefore)) && now.Before(b.Add(shiftAfter)) {
			return d.Format(dayForm), b.UTC()
		}
	}
	if b, ok := begins(starts, today); ok {
		at = b.UTC()
	}
	return today.Format(dayForm), at
}

// Arrival is the first sign-in at the desk for a shift.
type Arrival struct {
	User     access.UserID
	Day      string
	At       time.Time
	Planned  time.Time // zero: nothing was planned
	Credited time.Time // from when it counts
}

// Arrive says what an arrival counts for: who is early is credited from so many minutes before the planned start.
func Arrive(terms Terms, starts []Start, user access.UserID, now time.Time, zone *time.Location) Arrival {
	now = now.UTC().Truncate(time.Millisecond)
	a := Arrival{User: user, At: now}
	a.Day, a.Planned = Planned(starts, now, zone)
	a.Credited = a.credit(terms)
	return a
}

func (a Arrival) credit(terms Terms) time.Time {
	if from := a.Planned.Add(-time.Duration(terms.EarlyMin) * time.Minute); !a.Planned.IsZero() && a.At.Before(from) {
		return from
	}
	return a.At
}

// SaveArrival writes down an arrival, unless there is one for that day's shift. It gives the one that counts.
func SaveArrival(tx *db.Tx, t tenant.ID, a Arrival) (Arrival, error) {
	_, err := tx.Exec(`INSERT INTO arrival (tenant_id, user_id, day, at_ms, planned_ms, credited_ms) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, user_id, day) DO NOTHING`, t, a.User, a.Day, db.Millis(a.At), db.Millis(a.Planned), db.Millis(a.Credited))
	if err != nil {
		return Arrival{}, err
	}
	return db.One(tx, scanArrival, `SELECT `+arrivalColumns+` FROM arrival WHERE tenant_id = $1 AND user_id = $2 AND day = $3`, t, a.User, a.Day)
}

const arrivalColumns = `user_id, day, at_ms, planned_ms, credited_ms`

func scanArrival(row db.Row) (Arrival, error) {
	var a Arrival
	err := row.Scan(&a.User, &a.Day, db.FromMillis(&a.At), db.FromMillis(&a.Planned), db.FromMillis(&a.Credited))
	return a, err
}

// Arrivals reads those since a time, in order.
func Arrivals(tx *db.Tx, t tenant.ID, since time.Time) ([]Arrival, error) {
	return db.All(tx, scanArrival, `SELECT `+arrivalColumns+` FROM arrival WHERE tenant_id = $1 AND at_ms >= $2 ORDER BY at_ms, user_id`, t, db.Millis(since))
}

// Starts reads what is planned of all agents, by agent and day.
func Starts(tx *db.Tx, t tenant.ID) (map[access.UserID][]Start, error) {
	type line struct {
		user access.UserID
		s    Start
	}
	rows, err := db.All(tx, func(row db.Row) (line, error) {
		var l line
		err := row.Scan(&l.user, &l.s.On, &l.s.Minute)
		return l, err
	}, `SELECT user_id, on_day, minute FROM shift_start WHERE tenant_id = $1 ORDER BY user_id, on_day`, t)
	all := make(map[access.UserID][]Start)
	for _, l := range rows {
		all[l.user] = append(all[l.user], l.s)
	}
	return all, err
}

// SetStarts replaces what is planned of an agent; an arrival for the shift of now is counted anew.
func SetStarts(tx *db.Tx, by audit.Author, terms Terms, user access.UserID, starts []Start, zone *time.Location) error {
	if err := CheckStarts(starts); err != nil {
		return err
	}
	t := tenant.ID(by.Tenant)
	all, err := Starts(tx, t)
	if err != nil {
		return err
	}
	old := all[user]
	starts = slices.Clone(starts)
	slices.SortFunc(starts, func(a, b Start) int { return strings.Compare(a.On, b.On) })
	if slices.Equal(old, starts) {
		return nil
	}
	if _, err := tx.Exec(`DELETE FROM shift_start WHERE tenant_id = $1 AND user_id = $2`, t, user); err != nil {
		return err
	}
	for _, s := range starts {
		if _, err := tx.Exec(`INSERT INTO shift_start (tenant_id, user_id, on_day, minute) VALUES ($1, $2, $3, $4)`, t, user, s.On, s.Minute); err != nil {
			return err
		}
	}
	if err := audit.Changed(tx, by, "shift_starts", string(user), map[string]any{"starts": spelled(old)}, map[string]any{"starts": spelled(starts)}); err != nil {
		return err
	}
	day, planned := Planned(starts, time.Now(), zone)
	a, err := db.One(tx, scanArrival, `SELECT `+arrivalColumns+` FROM arrival WHERE tenant_id = $1 AND user_id = $2 AND day = $3`, t, user, day)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	a.Planned = planned
	a.Credited = a.credit(terms)
	_, err = tx.Exec(`UPDATE arrival SET planned_ms = $4, credited_ms = $5 WHERE tenant_id = $1 AND user_id = $2 AND day = $3`,
		t, user, day, db.Millis(a.Planned), db.Millis(a.Credited))
	return err
}

// spelled is how starts stand in the audit: "mon 09:00".
func spelled(starts []Start) []string {
	all := make([]string, len(starts))
	for i, s := range starts {
		all[i] = fmt.Sprintf("%s %02d:%02d", s.On, s.Minute/60, s.Minute%60)
		if s.Minute == Free {
			all[i] = s.On + " –"
		}
	}
	return all
}
