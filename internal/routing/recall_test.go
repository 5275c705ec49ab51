package routing

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

func took(minutes ...int) (all []Took) {
	for _, m := range minutes {
		all = append(all, Took{"sales", time.Duration(m) * time.Minute})
	}
	return all
}

func TestRecall(t *testing.T) {
	t.Parallel()
	past := Past{
		Got:      []Got{{"ann", "sales", at(-3000)}, {"ann", "sales", at(-60)}, {"bob", "sales", at(-4000)}, {"bob", "support", at(-50)}},
		Last:     map[access.UserID]time.Time{"ann": at(-40), "bob": at(-50)},
		SignedIn: map[access.UserID]time.Time{"ann": at(-100), "bob": at(-5000)},
		Idle:     map[access.UserID]time.Time{"ann": at(-20), "bob": at(-30)},
	}
	capped := func(id access.UserID, most int) Agent {
		a := ready(id, "sales")
		a.Caps = []Cap{{"sales", most, time.Hour}}
		return a
	}
	for _, tt := range []struct {
		name     string
		strategy queue.Strategy
		back     int // when the agents are here
		agents   []Agent
		want     string
	}{
		{"the cap has counted", queue.LongestIdle, 0, []Agent{capped("ann", 2)}, ""},
		{"below the cap", queue.LongestIdle, 0, []Agent{capped("ann", 3)}, "ann"},
		{"another queue's, and what is long ago, does not count", queue.LongestIdle, 0, []Agent{capped("bob", 1)}, "bob"},
		{"the cap ends when it would have", queue.LongestIdle, 700, []Agent{capped("ann", 2)}, "ann"},
		{"turns go on", queue.RoundRobin, 0, []Agent{ready("ann", "sales"), ready("bob", "sales")}, "bob"},
		{"who had none is first", queue.RoundRobin, 0, []Agent{ready("bob", "sales"), ready("cat", "sales")}, "cat"},
		{"handled since sign-in", queue.LeastHandled, 0, []Agent{ready("bob", "sales"), ready("ann", "sales")}, "ann"},
		{"idle as long as before", queue.LongestIdle, 0, []Agent{ready("ann", "sales"), ready("bob", "sales")}, "bob"},
		{"who comes much later was not idle", queue.LongestIdle, 400, []Agent{ready("ann", "sales"), ready("bob", "sales")}, "ann"},
		{"who comes much later has signed in anew", queue.LeastHandled, 400, []Agent{ready("ann", "sales"), ready("bob", "sales")}, "ann"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := NewMatcher()
			m.Recall(at(0), past)
			m.SetQueues(at(0), []Queue{{ID: "sales", Strategy: tt.strategy}, {ID: "support"}})
			for _, a := range tt.agents {
				away := a
				away.Ready = false
				m.SetAgent(at(0), away)
			}
			for _, a := range tt.agents {
				m.SetAgent(at(tt.back), a)
			}
			m.Enqueue(at(tt.back), waits("c", tt.back, nil))
			got := ""
			for _, p := range m.Match(at(tt.back)) {
				got += string(p.Agent)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	m := NewMatcher()
	m.Recall(at(0), Past{Took: took(20, 20, 20, 20, 20, 20, 20, 20, 20, 20)})
	if mean := m.MeanHandle("sales"); mean < 12*time.Minute || mean > 13*time.Minute {
		t.Errorf("interactions take %v, want the mean of ten of 20 minutes and ten of 5", mean)
	}
}

// TestRecallIsNotNoticed lets anything be offered, missed, given back and ended; then a matcher that is told of the past gives the
// next customers to the same agents as the one that was there all the time.
func TestRecallIsNotNoticed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		set := []Queue{{ID: "sales", Strategy: queue.RoundRobin}, {ID: "support", Strategy: queue.LeastHandled}, {ID: "gold", Strategy: queue.LongestIdle}}
		agent := func(id access.UserID) Agent {
			a := ready(id, "sales", "support", "gold")
			a.Present = true
			a.Caps = []Cap{{"sales", 3, time.Hour}, {"gold", 1, 10 * time.Minute}, {"support", 6, 24 * time.Hour}}
			return a
		}
		agents := []access.UserID{"ann", "bob", "cat", "dan"}
		m, now := NewMatcher(), 0
		m.SetQueues(at(0), set)
		past := Past{Last: map[access.UserID]time.Time{}, SignedIn: map[access.UserID]time.Time{}}
		misses := map[access.UserID]int{}
		say := func(m *Matcher, id access.UserID, ready bool) {
			a := agent(id)
			a.Ready, a.Misses = ready, misses[id]
			m.SetAgent(at(now), a)
		}
		for _, id := range agents {
			say(m, id, true)
			past.SignedIn[id] = at(0)
		}
		ids := 0
		for range rapid.IntRange(0, 40).Draw(t, "customers") {
			now += rapid.IntRange(1, 400).Draw(t, "passes")
			ids++
			q := rapid.SampledFrom(set).Draw(t, "queue").ID
			m.Enqueue(at(now), waits(fmt.Sprint(ids), now, func(p *Place) { p.Queue = q }))
			for _, p := range m.Match(at(now)) {
				offered := at(now)
				past.Last[p.Agent] = offered
				now += rapid.IntRange(1, 100).Draw(t, "lasts")
				rel := interaction.Release{Interaction: p.Place.Interaction, Agent: p.Agent}
				if rapid.IntRange(0, 3).Draw(t, "missed") == 0 {
					rel.NotReady = interaction.NotReadyMissed
					misses[p.Agent]++
				} else {
					past.Got = append(past.Got, Got{p.Agent, p.Place.Queue, offered})
				}
				m.Release(at(now), rel)
				say(m, p.Agent, true)
			}
			if rapid.IntRange(0, 5).Draw(t, "gives up") == 0 {
				m.Withdraw(interaction.ID(fmt.Sprint(ids)), "")
			}
		}
		for id := 1; id <= ids; id++ { // nobody waits any more
			m.Withdraw(interaction.ID(fmt.Sprint(id)), "")
		}
		now += rapid.IntRange(0, 4000).Draw(t, "later")
		anew := NewMatcher()
		anew.Recall(at(now), past)
		anew.SetQueues(at(now), set)
		misses = map[access.UserID]int{"ann": 100, "bob": 100, "cat": 100, "dan": 100} // nobody doubts that they are ready
		for _, m := range []*Matcher{m, anew} {
			for _, id := range agents { // as long idle, all of them
				say(m, id, false)
				say(m, id, true)
			}
			m.Match(at(now))
		}
		for range 12 {
			now += rapid.IntRange(0, 1000).Draw(t, "passes")
			ids++
			q := rapid.SampledFrom(set).Draw(t, "queue").ID
			var got [2][]Pair
			for i, m := range []*Matcher{m, anew} {
				m.Enqueue(at(now), waits(fmt.Sprint(ids), now, func(p *Place) { p.Queue = q }))
				got[i] = m.Match(at(now))
				for _, p := range got[i] {
					m.Release(at(now), interaction.Release{Interaction: p.Place.Interaction, Agent: p.Agent})
				}
				m.Withdraw(interaction.ID(fmt.Sprint(ids)), "")
			}
			if fmt.Sprint(got[0]) != fmt.Sprint(got[1]) {
				t.Fatalf("at %d: before %v, after the restart %v", now, got[0], got[1])
			}
		}
	})
}
