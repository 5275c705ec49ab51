package routing

import (
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

func TestUrgency(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		waited time.Duration
		want   float64
	}{{-time.Second, 0.5}, {0, 0.5}, {10 * time.Second, 0.75}, {20 * time.Second, 1}, {80 * time.Second, 0.6}, {320 * time.Second, 1.2}} {
		if got := urgency(c.waited, 20); got < c.want-1e-9 || got > c.want+1e-9 {
			t.Errorf("after %v: %v, want %v", c.waited, got, c.want)
		}
	}
}

// TestPrice decides between the first of two queues, by what they are and how they were served lately.
func TestPrice(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, c := range map[string]struct {
		a, b             Queue
		waitedA, waitedB time.Duration
		lateA, lateB     int // departures that were too late
		want             queue.ID
	}{
		"who has waited longer":             {Queue{}, Queue{}, 11 * s, 10 * s, 0, 0, "a"},
		"the heavier":                       {Queue{Weight: 2}, Queue{}, 5 * s, 15 * s, 0, 0, "a"},
		"who can still be in time":          {Queue{}, Queue{}, 15 * s, 25 * s, 0, 0, "a"},
		"who is far too late after all":     {Queue{}, Queue{}, 15 * s, 300 * s, 0, 0, "b"},
		"by the target":                     {Queue{Target: 60 * s}, Queue{}, 19 * s, 18 * s, 0, 0, "b"},
		"the queue that was served late":    {Queue{}, Queue{}, 5 * s, 10 * s, 20, 0, "a"},
		"the goal that is farther away":     {Queue{Goal: 0.9}, Queue{Goal: 0.5}, 5 * s, 10 * s, 20, 20, "a"},
		"late alike: who has waited longer": {Queue{}, Queue{}, 5 * s, 10 * s, 20, 20, "b"},
	} {
		m := NewMatcher()
		now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
		c.a.ID, c.b.ID = "a", "b"
		m.SetQueues(now, []Queue{c.a, c.b})
		for q, n := range map[queue.ID]int{"a": c.lateA, "b": c.lateB} {
			for range n {
				m.Enqueue(now, Place{Interaction: "x", Queue: q, Since: now})
				m.Withdraw("x", "")
			}
		}
		m.Enqueue(now, Place{Interaction: "1", Queue: "a", Since: now.Add(-c.waitedA)})
		m.Enqueue(now, Place{Interaction: "2", Queue: "b", Since: now.Add(-c.waitedB)})
		m.SetAgent(now, Agent{ID: access.UserID("u"), Queues: []queue.ID{"a", "b"}, Ready: true})
		pairs := m.Match(now)
		if len(pairs) != 1 || pairs[0].Place.Queue != c.want {
			t.Errorf("%s: %v, want queue %s", name, pairs, c.want)
		}
	}
}

// TestDeparturesAreForgotten holds that a bad morning does not rule the afternoon, and that messages do not count.
func TestDeparturesAreForgotten(t *testing.T) {
	t.Parallel()
	m := NewMatcher()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	m.SetQueues(now, []Queue{{ID: "a"}})
	gone := func(p Place) {
		p.Interaction, p.Queue, p.Since = "x", "a", now
		m.Enqueue(now, p)
		m.Withdraw("x", "")
		m.Match(now)
	}
	cost := func() float64 { return m.line("a").cost }
	begin := cost()
	gone(Place{Absent: true})
	gone(Place{Only: "u"})
	if cost() != begin {
		t.Error("who is not on the line, or waits for one agent, counts")
	}
	for range 100 {
		gone(Place{})
	}
	bad := cost()
	if bad < 2*begin {
		t.Errorf("after a hundred who left it is %v, %v before", bad, begin)
	}
	m.SetAgent(now, Agent{ID: "u", Queues: []queue.ID{"a"}, Ready: true})
	for range 1000 {
		m.Enqueue(now, Place{Interaction: "y", Queue: "a", Since: now})
		if pairs := m.Match(now); len(pairs) != 1 {
			t.Fatal(pairs)
		}
		m.Release(now, interaction.Release{Interaction: "y", Agent: "u"})
	}
	if cost() >= begin {
		t.Errorf("after a thousand in time it is %v, %v at the beginning", cost(), begin)
	}
}
