package project_test

import (
	"testing"
	"time"

	"linekeeper/internal/project"
)

// TestCallbacksMay: so many at once and so many within a minute, of the project's own or the usual number.
func TestCallbacksMay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	ago := func(seconds ...int) (all []time.Time) {
		for _, s := range seconds {
			all = append(all, now.Add(-time.Duration(s)*time.Second))
		}
		return all
	}
	many := make([]time.Time, 60)
	for i := range many {
		many[i] = now
	}
	for name, test := range map[string]struct {
		c     project.Callbacks
		under int
		begun []time.Time
		want  bool
	}{
		"nothing yet":             {project.Callbacks{}, 0, nil, true},
		"nine are called":         {project.Callbacks{}, 9, ago(30), true},
		"ten are called":          {project.Callbacks{}, 10, ago(30), false},
		"sixty in a minute":       {project.Callbacks{}, 0, many, false},
		"one at a time":           {project.Callbacks{AtOnce: 1}, 1, nil, false},
		"two in this minute":      {project.Callbacks{PerMinute: 2}, 0, ago(59, 1), false},
		"one a minute ago":        {project.Callbacks{PerMinute: 2}, 0, ago(60, 1), true},
		"more than usual at once": {project.Callbacks{AtOnce: 50}, 49, nil, true},
	} {
		if got := test.c.May(test.under, test.begun, now); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
