package hours

import (
	_ "embed" // holidays.json
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

//go:embed holidays.json
var holidayFile []byte

// PublicHoliday is a day a country does not work on.
type PublicHoliday struct {
	Date  string            `json:"date"`  // 2026-12-31
	Names map[string]string `json:"names"` // by language
}

// Year is a country's public holidays of one year, as they are known here.
type Year struct {
	Days   []PublicHoliday
	Source string // where they come from and what is not in them
	// Missing are holidays whose dates in this year are not known here, by language; nil: none.
	Missing map[string]string
}

// country is an entry of holidays.json. Dates there are 12-31, of every year, or 2026-12-31.
type country struct {
	Country string            `json:"country"`
	Source  string            `json:"source"`
	First   int               `json:"first"`
	Last    int               `json:"last"`
	Lunar   map[string]string `json:"lunar"`
	Days    []PublicHoliday   `json:"days"`
}

func countries() []country {
	var all []country
	if err := json.Unmarshal(holidayFile, &all); err != nil {
		panic(err) // embedded
	}
	return all
}

// PublicHolidays gives the holidays of a country (RU, TH) in a year, by date. What is not known is a
// fault of kind Invalid.
func PublicHolidays(of string, year int) (Year, error) {
	all := countries()
	i := slices.IndexFunc(all, func(c country) bool { return c.Country == of })
	if i < 0 {
		return Year{}, fault.OneField("country", fault.Unknown, "holidays are known of RU and TH")
	}
	c := all[i]
	if year < c.First || year > c.Last {
		return Year{}, fault.OneField("year", fault.OutOfRange, "the holidays of %s are known from %d to %d", of, c.First, c.Last)
	}
	found := Year{Source: c.Source, Missing: c.Lunar}
	for _, d := range c.Days {
		if len(d.Date) == len("12-31") {
			d.Date = strconv.Itoa(year) + "-" + d.Date
		} else if strings.HasPrefix(d.Date, strconv.Itoa(year)+"-") {
			found.Missing = nil
		} else {
			continue // of another year
		}
		found.Days = append(found.Days, d)
	}
	slices.SortFunc(found.Days, func(a, b PublicHoliday) int { return strings.Compare(a.Date, b.Date) })
	return found, nil
}

// Because is why a center is open or closed.
type Because string

// The reasons.
const (
	ByWeek    Because = "week"
	ByHoliday Because = "holiday"
	BySwitch  Because = "closed"
)

// State is what Hours say about an instant.
type State struct {
	Open    bool
	Because Because
	Holiday string    // its name, or date when it has none; only when a holiday is why
	Next    time.Time // of the next opening; zero: there is none within a year, or it is open
}

// StateAt says whether the center is open at an instant, and why.
func (h Hours) StateAt(at time.Time) State {
	s := State{Open: h.OpenAt(at), Because: ByWeek}
	if h.Closed {
		s.Because = BySwitch
		return s
	}
	date := at.In(tenant.Location(h.TimeZone)).Format(time.DateOnly)
	for _, d := range h.Holidays {
		if d.Date == date {
			s.Because, s.Holiday = ByHoliday, d.Name
			if d.Name == "" {
				s.Holiday = d.Date
			}
		}
	}
	if !s.Open {
		s.Next, _ = h.NextOpening(at)
	}
	return s
}

// LocalTime reads what the wall clock shows in the hours' time zone, such as 2026-05-04T09:00. A time
// the clock jumps over is the moment of the jump; of one it shows twice, the first is meant.
func (h Hours) LocalTime(shown string) (time.Time, error) {
	t, err := time.Parse("2006-01-02T15:04", shown)
	if err != nil {
		return time.Time{}, fault.OneField("at", fault.Malformed, "%q is not a time such as 2026-05-04T09:00", shown)
	}
	return FirstAt(t.Year(), t.Month(), t.Day(), t.Hour()*60+t.Minute(), tenant.Location(h.TimeZone)), nil
}

// Shown is an instant as the clock of the hours' time zone shows it, with its offset from UTC.
func (h Hours) Shown(at time.Time) string {
	return at.In(tenant.Location(h.TimeZone)).Format(time.RFC3339)
}
