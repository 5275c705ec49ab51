package queue_test

import (
	"testing"
	"time"

	"linekeeper/internal/hours"
	"linekeeper/internal/queue"
)

// TestClosed tells when a queue is closed: by zone, over the change of the clocks, with lunch, holidays and the
// switch for emergencies.
func TestClosed(t *testing.T) {
	t.Parallel()
	office := hours.Hours{
		TimeZone: "Europe/Berlin",
		Week: hours.Week{
			"mon": {"09:00-12:00", "13:00-18:00"}, "tue": {"09:00-18:00"}, "wed": {"09:00-18:00"}, "thu": {"09:00-18:00"},
			"fri": {"09:00-16:00"}, "sun": {"01:00-04:00"},
		},
		Holidays: []hours.Holiday{{Date: "2026-12-24", Open: []hours.Interval{"09:00-11:00"}}, {Date: "2026-12-25"}},
	}
	switched := office
	switched.Closed = true
	never := hours.Hours{TimeZone: "UTC"}
	hour := time.Hour.Milliseconds()
	for name, c := range map[string]struct {
		hours  hours.Hours
		breaks int64
		at     string
		want   bool
	}{
		"open":                             {office, 0, "2026-11-23T10:00:00+01:00", false},
		"a moment before closing":          {office, 0, "2026-11-24T17:59:59+01:00", false},
		"closing":                          {office, 0, "2026-11-24T18:00:00+01:00", true},
		"the same instant elsewhere":       {office, 0, "2026-11-25T00:00:00+07:00", true},
		"lunch is closing":                 {office, 0, "2026-11-23T12:30:00+01:00", true},
		"lunch is a break":                 {office, hour, "2026-11-23T12:30:00+01:00", false},
		"lunch is longer than a break":     {office, hour - 1, "2026-11-23T12:00:00+01:00", true},
		"the evening before an opening":    {office, hour, "2026-11-24T08:30:00+01:00", true},
		"the night is no break":            {office, 2 * hour, "2026-11-24T18:00:00+01:00", true},
		"the weekend":                      {office, 12 * hour, "2026-11-28T12:00:00+01:00", true},
		"a short holiday":                  {office, hour, "2026-12-24T11:00:00+01:00", true},
		"a holiday":                        {office, 0, "2026-12-25T10:00:00+01:00", true},
		"an emergency has no breaks":       {switched, 24 * hour, "2026-11-23T10:00:00+01:00", true},
		"never open":                       {never, 24 * hour, "2026-11-23T10:00:00+01:00", true},
		"spring: 02:59 is 01:59":           {office, 0, "2026-03-29T01:59:59+01:00", false},
		"spring: 04:00 comes an hour soon": {office, 0, "2026-03-29T04:00:00+02:00", true},
		"autumn: the second 02:30":         {office, 0, "2026-10-25T02:30:00+01:00", false},
		"autumn: 04:00":                    {office, 0, "2026-10-25T04:00:00+01:00", true},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		rule := queue.Closing{BreakMS: c.breaks}
		if got := rule.Closed(c.hours, at); got != c.want {
			t.Errorf("%s: closed %v, want %v", name, got, c.want)
		}
	}
}

// TestTurn tells where customers wait: also when queues send them to each other.
func TestTurn(t *testing.T) {
	t.Parallel()
	shut := hours.Hours{ID: "shut", TimeZone: "UTC", Closed: true}
	open := hours.Hours{ID: "open", TimeZone: "UTC", Week: hours.Week{"mon": {"00:00-24:00"}}}
	calendar := func(id string) (hours.Hours, bool) {
		h, ok := map[string]hours.Hours{"shut": shut, "open": open}[id]
		return h, ok
	}
	to := func(key string) queue.Act { return queue.Act{Do: queue.OtherQueue, Queue: key} }
	flow := queue.Act{Do: queue.RunFlow, Flow: "closing"}
	back := queue.Act{Do: queue.CallBack}
	all := map[string]queue.Queue{}
	for key, q := range map[string]queue.Queue{
		"always":  {Closing: queue.Closing{InLine: flow, After: flow}},
		"day":     {HoursID: "open", Closing: queue.Closing{InLine: flow, After: flow}},
		"night":   {HoursID: "shut", Closing: queue.Closing{InLine: back, After: flow}},
		"serves":  {HoursID: "shut"},
		"sends":   {HoursID: "shut", Closing: queue.Closing{InLine: to("day"), After: to("night")}},
		"nowhere": {HoursID: "shut", Closing: queue.Closing{InLine: to("gone"), After: to("gone")}},
		"round":   {HoursID: "shut", Closing: queue.Closing{InLine: to("trip"), After: to("trip")}},
		"trip":    {HoursID: "shut", Closing: queue.Closing{InLine: to("round"), After: to("round")}},
		"lost":    {HoursID: "removed", Closing: queue.Closing{InLine: flow, After: flow}},
	} {
		q.Key = key
		all[key] = q
	}
	find := func(key string) (queue.Queue, bool) { q, ok := all[key]; return q, ok }
	monday := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		from   string
		inLine bool
		queue  string
		act    queue.Act
	}{
		{"always", true, "always", queue.Act{}},
		{"day", true, "day", queue.Act{}},
		{"night", true, "night", back},
		{"night", false, "night", flow},
		{"serves", true, "serves", queue.Act{}},
		{"sends", true, "day", queue.Act{}},
		{"sends", false, "night", flow}, // he comes there after its closing
		{"nowhere", true, "nowhere", queue.Act{}},
		{"round", true, "round", queue.Act{}},
		{"lost", true, "lost", queue.Act{}},
	} {
		q, act := queue.Turn(all[c.from], monday, c.inLine, find, calendar)
		if q.Key != c.queue || act != c.act {
			t.Errorf("%s, in line %v: got %s %+v, want %s %+v", c.from, c.inLine, q.Key, act, c.queue, c.act)
		}
	}
}
