package trigger

import (
	"math"
	"testing"
	"time"
)

// TestDue tells scheduled moments: by zone and day, over the change of the clocks, late but not too late, once.
func TestDue(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	daily := Rule{Times: []string{"09:00", "17:30"}}
	monday := Rule{TimeZone: "Asia/Bangkok", Days: []string{"mon"}, Times: []string{"00:30"}}
	night := Rule{TimeZone: "Europe/Berlin", Times: []string{"02:30"}}
	for name, c := range map[string]struct {
		rule       Rule
		after, now string
		want       string // empty: nothing is due
	}{
		"before":                {daily, "2026-11-22T08:00:00Z", "2026-11-22T08:59:59Z", ""},
		"at the moment":         {daily, "2026-11-22T08:59:00Z", "2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z"},
		"served already":        {daily, "2026-11-22T09:00:00Z", "2026-11-22T09:00:05Z", ""},
		"late":                  {daily, "2026-11-22T08:00:00Z", "2026-11-22T09:50:00Z", "2026-11-22T09:00:00Z"},
		"too late":              {daily, "2026-11-22T08:00:00Z", "2026-11-22T10:00:01Z", ""},
		"the last of a day":     {daily, "2026-11-20T08:00:00Z", "2026-11-22T17:31:00Z", "2026-11-22T17:30:00Z"},
		"late over midnight":    {Rule{Times: []string{"23:50"}}, "2026-11-22T20:00:00Z", "2026-11-23T00:10:00Z", "2026-11-22T23:50:00Z"},
		"its own zone":          {monday, "2026-11-22T17:00:00Z", "2026-11-22T17:30:00Z", "2026-11-22T17:30:00Z"},
		"another day there":     {monday, "2026-11-23T17:00:00Z", "2026-11-23T17:40:00Z", ""},
		"jumped over in spring": {night, "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
		"shown twice in autumn": {night, "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T00:30:00Z"},
		"the second is none":    {night, "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", ""},
	} {
		got, ok := c.rule.Due(at(c.after), at(c.now), time.UTC)
		if ok != (c.want != "") || ok && !got.Equal(at(c.want)) {
			t.Errorf("%s: got %v, %v; want %q", name, got, ok, c.want)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	good := Trigger{Key: "k", Name: "N", ProjectID: "p", FlowID: "f", Kind: Hook}
	for name, c := range map[string]struct {
		change func(*Trigger)
		bad    bool
	}{
		"a hook":             {func(*Trigger) {}, false},
		"a schedule":         {func(t *Trigger) { t.Kind, t.Rule = Schedule, Rule{Times: []string{"09:00"}, Days: []string{"fri"}} }, false},
		"no time":            {func(t *Trigger) { t.Kind = Schedule }, true},
		"a wrong time":       {func(t *Trigger) { t.Kind, t.Rule.Times = Schedule, []string{"9:00"} }, true},
		"a wrong day":        {func(t *Trigger) { t.Kind, t.Rule = Schedule, Rule{Times: []string{"09:00"}, Days: []string{"friday"}} }, true},
		"a wrong zone":       {func(t *Trigger) { t.Kind, t.Rule = Schedule, Rule{Times: []string{"09:00"}, TimeZone: "Mars/Base"} }, true},
		"an event":           {func(t *Trigger) { t.Kind, t.Rule.On = Event, InteractionEnded }, false},
		"a line of no queue": {func(t *Trigger) { t.Kind, t.Rule.On = Event, QueueWaiting }, true},
		"any status":         {func(t *Trigger) { t.Kind, t.Rule.On = Event, StatusChanged }, false},
		"a break": {func(t *Trigger) {
			t.Kind, t.Rule = Event, Rule{On: StatusChanged, Status: "break", Reason: "lunch", Queue: "q"}
		}, false},
		"no status":    {func(t *Trigger) { t.Kind, t.Rule = Event, Rule{On: StatusChanged, Status: "asleep"} }, true},
		"a bad answer": {func(t *Trigger) { t.Kind, t.Rule.On = Event, LowScore }, false},
		"a bad score":  {func(t *Trigger) { t.Kind, t.Rule = Event, Rule{On: LowScore, Question: "service", AtMost: new(0.0)} }, false},
		"a bad mean": {func(t *Trigger) {
			t.Kind, t.Rule = Event, Rule{On: LowScore, Question: "service", AtMost: new(3.5), Last: 20}
		}, false},
		"of no question":    {func(t *Trigger) { t.Kind, t.Rule = Event, Rule{On: LowScore, AtMost: new(2.0)} }, true},
		"a mean of nothing": {func(t *Trigger) { t.Kind, t.Rule = Event, Rule{On: LowScore, Question: "service", Last: 20} }, true},
		"no score":          {func(t *Trigger) { t.Kind, t.Rule = Event, Rule{On: LowScore, Question: "service", AtMost: new(10.5)} }, true},
		"no number": {func(t *Trigger) {
			t.Kind, t.Rule = Event, Rule{On: LowScore, Question: "service", AtMost: new(math.NaN())}
		}, true},
		"no event": {func(t *Trigger) { t.Kind = Event }, true},
		"a storm":  {func(t *Trigger) { t.Rule.PerMinute = 601 }, true},
		"no flow":  {func(t *Trigger) { t.FlowID = "" }, true},
	} {
		one := good
		c.change(&one)
		if err := one.Validate(); (err != nil) != c.bad {
			t.Errorf("%s: %v, want wrong: %v", name, err, c.bad)
		}
	}
}

// TestFell: a mean that falls low is told once, however low it stays.
func TestFell(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scores []int // the newest first
		want   bool
	}{
		"too few":            {[]int{1, 1}, false},
		"the first three":    {[]int{1, 3, 5}, true},
		"high":               {[]int{5, 5, 1}, false},
		"it falls":           {[]int{1, 3, 4, 4}, true},
		"it was low":         {[]int{1, 3, 4, 2}, false},
		"it rises again":     {[]int{5, 4, 2, 1}, false},
		"as low as it may":   {[]int{3, 3, 3, 4}, true},
		"a little too high":  {[]int{3, 3, 4, 1}, false},
		"older do not count": {[]int{2, 3, 3, 5, 1}, true},
	} {
		if got := fell(c.scores, 3, 3); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
