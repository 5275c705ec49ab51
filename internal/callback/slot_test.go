package callback

import (
	"testing"
	"time"

	"linekeeper/internal/hours"
	"linekeeper/internal/queue"
)

func TestNextSlot(t *testing.T) {
	moscow, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	office := hours.Hours{TimeZone: "Europe/Moscow", Week: hours.Week{"sun": {"09:00-13:00", "14:00-18:00"}, "mon": {"09:00-18:00"}}}
	hourly := queue.Callback{On: true, SlotMinutes: 60, SlotCalls: 2}
	// A Sunday, 12:00 in UTC and 15:00 in Moscow.
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("02 15:04", text, moscow)
		if err != nil {
			t.Fatal(err)
		}
		return time.Date(2026, 11, v.Day(), v.Hour(), v.Minute(), 0, 0, moscow)
	}
	nobody := func(time.Time) int64 { return 0 }
	for name, test := range map[string]struct {
		rules queue.Callback
		from  string
		taken func(time.Time) int64
		want  string // empty: none
	}{
		"the next full hour":      {hourly, "22 15:20", nobody, "22 16:00"},
		"it is past already":      {hourly, "22 09:00", nobody, "22 16:00"},
		"one that is free":        {hourly, "22 17:00", nobody, "22 17:00"},
		"closed then":             {hourly, "22 18:00", nobody, "23 09:00"},
		"tomorrow":                {hourly, "23 12:00", nobody, "23 12:00"},
		"the day after":           {hourly, "23 18:00", nobody, ""},
		"one call is given away":  {hourly, "22 17:00", func(time.Time) int64 { return 1 }, "22 17:00"},
		"all are":                 {hourly, "22 17:00", func(s time.Time) int64 { return map[bool]int64{true: 2}[s.Equal(at("22 17:00"))] }, "23 09:00"},
		"everything is":           {hourly, "22 17:00", func(time.Time) int64 { return 2 }, ""},
		"by the half hour":        {queue.Callback{SlotMinutes: 30, SlotCalls: 1}, "22 15:20", nobody, "22 15:30"},
		"hours of callbacks":      {queue.Callback{SlotMinutes: 60, SlotCalls: 1, From: 7 * 60, To: 9 * 60}, "22 15:20", nobody, "23 10:00"}, // of UTC
		"no times are given away": {queue.Callback{On: true}, "22 15:20", nobody, ""},
	} {
		got, ok := NextSlot(test.rules, Calendar{office.OpenAt, moscow}, time.UTC, at(test.from), noon, test.taken)
		if ok != (test.want != "") || ok && !got.Equal(at(test.want)) {
			t.Errorf("%s: got %v, %v, want %q", name, got, ok, test.want)
		}
	}
	// The hour that comes twice in autumn is one slot.
	seen := map[time.Time]bool{}
	from := time.Date(2026, 10, 24, 23, 0, 0, 0, berlin)
	for now := from; len(seen) < 30; {
		got, ok := NextSlot(hourly, Calendar{nil, berlin}, time.UTC, now, from, nobody)
		if !ok {
			break
		}
		if seen[got] {
			t.Fatalf("%v comes twice", got)
		}
		seen[got], now = true, got.Add(time.Second)
	}
	if len(seen) != 24 {
		t.Errorf("%d slots on the day the clocks are set back, want 24", len(seen))
	}
}
