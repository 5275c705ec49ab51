package api

import (
	"context"
	"net/http"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/hours"
)

// hoursRoutes are those beside the usual ones of what an administrator sets up.
func (s *server) hoursRoutes() []route {
	see := may(access.SeeSetup)
	return []route{
		rt(http.MethodPost, "/hours/at", "hoursAt", see, "Whether opening hours, saved or not, are open at a time, and why", s.hoursAt),
		rt(http.MethodGet, "/public-holidays", "publicHolidays", see, "A country's public holidays of a year, to be added to opening hours", s.publicHolidays),
	}
}

// HoursQuestion asks whether hours are open at a time.
type HoursQuestion struct {
	Hours HoursFields `json:"hours"`
	At    string      `json:"at" maxLength:"16" doc:"On the clock of the hours' time zone: 2026-05-04T09:00; empty: now"`
}

// HoursState answers it.
type HoursState struct {
	At      string `json:"at" doc:"The time that was meant, with its offset"`
	Open    bool   `json:"open"`
	Because string `json:"because" enum:"week,holiday,closed"`
	Holiday string `json:"holiday" doc:"Its name, if that is why"`
	Next    string `json:"next" doc:"The next opening, with its offset; empty: open, or none within a year"`
}

func (s *server) hoursAt(_ context.Context, in *createInput[HoursQuestion]) (*oneOutput[HoursState], error) {
	h := hoursOf(in.Body.Hours)
	if err := h.Validate(); err != nil {
		return nil, inField("hours", err)
	}
	at := time.Now()
	if in.Body.At != "" {
		var err error
		if at, err = h.LocalTime(in.Body.At); err != nil {
			return nil, err
		}
	}
	state := h.StateAt(at)
	out := HoursState{At: h.Shown(at), Open: state.Open, Because: string(state.Because), Holiday: state.Holiday}
	if !state.Next.IsZero() {
		out.Next = h.Shown(state.Next)
	}
	return &oneOutput[HoursState]{out}, nil
}

func hoursOf(f HoursFields) hours.Hours {
	h := hours.Hours{Key: f.Key, Name: f.Name, TimeZone: f.TimeZone, Week: hours.Week{}, Closed: f.Closed}
	for day, open := range f.Week {
		h.Week[day] = typed[hours.Interval](open)
	}
	for _, d := range f.Holidays {
		h.Holidays = append(h.Holidays, hours.Holiday{Date: d.Date, Name: d.Name, Open: typed[hours.Interval](d.Open)})
	}
	return h
}

type holidaysInput struct {
	Country string `query:"country" required:"true" enum:"RU,TH"`
	Year    int    `query:"year" required:"true" minimum:"2000" maximum:"2100"`
}

// PublicHolidays are a country's days off in a year.
type PublicHolidays struct {
	Days    []PublicHoliday   `json:"days"`
	Source  string            `json:"source" doc:"Where they come from and what is not in them"`
	Missing map[string]string `json:"missing" doc:"Holidays whose dates in this year are not known here, by language; empty: none"`
}

// PublicHoliday is a day off.
type PublicHoliday struct {
	Date  string            `json:"date" doc:"2026-12-31"`
	Names map[string]string `json:"names" doc:"By language"`
}

func (s *server) publicHolidays(_ context.Context, in *holidaysInput) (*oneOutput[PublicHolidays], error) {
	year, err := hours.PublicHolidays(in.Country, in.Year)
	out := PublicHolidays{Days: []PublicHoliday{}, Source: year.Source, Missing: notNil(year.Missing)}
	for _, d := range year.Days {
		out.Days = append(out.Days, PublicHoliday(d))
	}
	return &oneOutput[PublicHolidays]{out}, err
}
