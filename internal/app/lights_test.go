package app

import (
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/queue"
)

// TestWhoMayTakeAMessage holds who hears which messages, and in which order.
func TestWhoMayTakeAMessage(t *testing.T) {
	p := &page{serves: map[access.UserID][]queue.ID{"ann": {"sales"}, "bob": {"support"}}}
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		message  message
		ann, bob bool
	}{
		"of a queue":                  {message{queue: "sales", since: noon}, true, false},
		"of one who serves the queue": {message{queue: "sales", only: "ann"}, true, false},
		"of one who does not":         {message{queue: "sales", only: "bob"}, false, true},
		"in a hand":                   {message{queue: "sales", taken: true, hand: "ann"}, true, false},
		"of another queue in a hand":  {message{queue: "support", taken: true, hand: "ann"}, true, false},
		"being wrapped up":            {message{queue: "sales", taken: true}, false, false},
	} {
		if ann, bob := test.message.mayTake(p, "ann"), test.message.mayTake(p, "bob"); ann != test.ann || bob != test.bob {
			t.Errorf("%s: ann %v, bob %v, want %v and %v", name, ann, bob, test.ann, test.bob)
		}
	}
	ordered := []message{{taken: true, priority: -10, since: noon}, {priority: 5, since: noon.Add(time.Hour)}, {since: noon}, {since: noon.Add(time.Second)}}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := heardBefore(a, b); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%d against %d: %d", i, j, got)
			}
		}
	}
}
