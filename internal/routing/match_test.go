package routing

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

func at(s int) time.Time { return time.Unix(int64(1000+s), 0) }

func TestMatch(t *testing.T) {
	sales, support := queue.ID("sales"), queue.ID("support")
	place := func(id string, q queue.ID, since int) Place {
		return Place{Interaction: interaction.ID(id), Queue: q, Since: at(since)}
	}
	tests := []struct {
		name   string
		places []Place
		seats  []Seat
		want   string
	}{
		{"nobody waits", nil, []Seat{{"ann", []queue.ID{sales}, at(0)}}, ""},
		{"nobody free", []Place{place("a", sales, 0)}, nil, ""},
		{"longest idle agent", []Place{place("a", sales, 0)},
			[]Seat{{"ann", []queue.ID{sales}, at(2)}, {"bob", []queue.ID{sales}, at(1)}}, "a:bob"},
		{"longest waiting customer over queues", []Place{place("a", sales, 5), place("b", support, 3)},
			[]Seat{{"ann", []queue.ID{sales, support}, at(0)}}, "b:ann"},
		{"not another queue's agent", []Place{place("a", sales, 5)},
			[]Seat{{"ann", []queue.ID{support}, at(0)}}, ""},
		{"who had his turn goes first", []Place{place("a", sales, 1), {Interaction: "b", Queue: sales, Since: at(9), Head: true}},
			[]Seat{{"ann", []queue.ID{sales}, at(0)}}, "b:ann"},
		{"priority before all", []Place{{Interaction: "b", Queue: sales, Since: at(1), Head: true}, {Interaction: "a", Queue: sales, Since: at(9), Priority: 1}},
			[]Seat{{"ann", []queue.ID{sales}, at(0)}}, "a:ann"},
		{"the specialist is taken by the first, the second finds nobody", []Place{place("a", sales, 1), place("b", sales, 2)},
			[]Seat{{"ann", []queue.ID{sales}, at(0)}}, "a:ann"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			for _, p := range matched(lines(tt.places), tt.seats) {
				got += fmt.Sprintf("%s:%s", p.Place.Interaction, p.Agent)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func lines(places []Place) map[queue.ID][]Place {
	m := map[queue.ID][]Place{}
	for _, p := range places {
		m[p.Queue] = append(m[p.Queue], p)
	}
	for _, l := range m {
		slices.SortFunc(l, func(a, b Place) int {
			if Before(a, b) {
				return -1
			}
			return 1
		})
	}
	return m
}

// matched carries out pair after pair, as the router does.
func matched(lines map[queue.ID][]Place, seats []Seat) (pairs []Pair) {
	var free Free
	for _, s := range seats {
		free.Put(s)
	}
	for {
		p, ok := Next(lines, &free)
		if !ok {
			return pairs
		}
		pairs = append(pairs, p)
		lines[p.Place.Queue] = lines[p.Place.Queue][1:]
		free.Remove(p.Agent)
	}
}

// sorting is how it was done before there was an index: all free seats sorted at each match.
func sorting(lines map[queue.ID][]Place, seats []Seat) (pairs []Pair) {
	free := slices.Clone(seats)
	slices.SortFunc(free, sooner)
	next := map[queue.ID]int{}
	for len(free) > 0 {
		best, found := Place{}, false
		for _, s := range free {
			for _, q := range s.Queues {
				if i := next[q]; i < len(lines[q]) && (!found || Before(lines[q][i], best)) {
					best, found = lines[q][i], true
				}
			}
		}
		if !found {
			break
		}
		i := slices.IndexFunc(free, func(s Seat) bool { return slices.Contains(s.Queues, best.Queue) })
		pairs = append(pairs, Pair{best, free[i].Agent})
		free = slices.Delete(free, i, i+1)
		next[best.Queue]++
	}
	return pairs
}

// naive tries places in the order of Before over all lines and gives each the longest idle agent left.
func naive(places []Place, seats []Seat) map[interaction.ID]access.UserID {
	rest := slices.Clone(places)
	taken := map[access.UserID]bool{}
	got := map[interaction.ID]access.UserID{}
	for len(rest) > 0 {
		i := 0
		for j := range rest {
			if Before(rest[j], rest[i]) {
				i = j
			}
		}
		p := rest[i]
		rest = slices.Delete(rest, i, i+1)
		var best *Seat
		for k := range seats {
			s := &seats[k]
			if taken[s.Agent] || !slices.Contains(s.Queues, p.Queue) {
				continue
			}
			if best == nil || s.Idle.Before(best.Idle) || s.Idle.Equal(best.Idle) && s.Agent < best.Agent {
				best = s
			}
		}
		if best != nil {
			taken[best.Agent] = true
			got[p.Interaction] = best.Agent
		}
	}
	return got
}

func TestMatchAgainstNaiveModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		queues := []queue.ID{"a", "b", "c", "d"}
		var places []Place
		for i := range rapid.IntRange(0, 12).Draw(t, "places") {
			places = append(places, Place{
				Interaction: interaction.ID(fmt.Sprint("i", i)),
				Queue:       rapid.SampledFrom(queues).Draw(t, "queue"),
				Since:       at(rapid.IntRange(0, 5).Draw(t, "since")),
				Priority:    rapid.IntRange(0, 2).Draw(t, "priority"),
				Head:        rapid.Bool().Draw(t, "head"),
			})
		}
		var seats []Seat
		for i := range rapid.IntRange(0, 8).Draw(t, "seats") {
			seats = append(seats, Seat{
				Agent:  access.UserID(fmt.Sprint("u", i)),
				Queues: rapid.SliceOfNDistinct(rapid.SampledFrom(queues), 0, 4, rapid.ID).Draw(t, "serves"),
				Idle:   at(rapid.IntRange(0, 5).Draw(t, "idle")),
			})
		}
		got := map[interaction.ID]access.UserID{}
		pairs := matched(lines(places), seats)
		for _, p := range pairs {
			got[p.Place.Interaction] = p.Agent
		}
		if want := sorting(lines(places), seats); fmt.Sprint(pairs) != fmt.Sprint(want) {
			t.Fatalf("got the pairs %v, want %v", pairs, want)
		}
		want := naive(places, seats)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}
