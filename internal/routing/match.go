// Package routing decides who gets the next customer. It owns the places in line, the agents' seats
// and the reservations between them; it asks nobody while deciding and writes nothing down: after a
// restart it is told again. The decision itself is the pure function Match.
package routing

import (
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

// Place is an interaction's place in line.
type Place = interaction.Place

// Seat is an agent who could take an interaction now.
type Seat struct {
	Agent  access.UserID
	Queues []queue.ID // those the agent serves
	Idle   time.Time  // since when he waits for work
}

// Pair gives a seat to a place.
type Pair struct {
	Place Place
	Agent access.UserID
}

// Before orders places of one line: priority, then those who had their turn already, then the
// longest waiting; the id decides between equals, so that the order is always the same.
func Before(a, b Place) bool {
	switch {
	case a.Priority != b.Priority:
		return a.Priority > b.Priority
	case a.Head != b.Head:
		return a.Head
	case !a.Since.Equal(b.Since):
		return a.Since.Before(b.Since)
	}
	if a.Interaction != b.Interaction {
		return a.Interaction < b.Interaction
	}
	return a.Party < b.Party
}

// Match pairs places with seats: the first place over all lines that has an eligible seat gets the
// longest idle one, and so on until nothing fits. Every line must be in the order of Before. Nothing
// is changed; each place and each seat is in at most one pair.
func Match(lines map[queue.ID][]Place, seats []Seat) []Pair {
	free := slices.Clone(seats)
	slices.SortFunc(free, func(a, b Seat) int {
		if c := a.Idle.Compare(b.Idle); c != 0 {
			return c
		}
		if a.Agent < b.Agent {
			return -1
		}
		return 1
	})
	next := make(map[queue.ID]int) // how many of the line's places are served
	var pairs []Pair
	for len(free) > 0 {
		best, found := Place{}, false
		for _, s := range free {
			for _, q := range s.Queues {
				line := lines[q]
				if i := next[q]; i < len(line) && (!found || Before(line[i], best)) {
					best, found = line[i], true
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
