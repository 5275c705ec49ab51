// Package routing decides who gets the next customer. It owns the places in line, the agents' seats
// and the reservations between them; it asks nobody while deciding and writes nothing down: after a
// restart it is told again. The decision itself is the pure function Next.
package routing

import (
	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

// Place is an interaction's place in line.
type Place = interaction.Place

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

// Next is the next pair: the first place over all lines that has a free seat, and the longest idle seat
// for it. Not ok: nothing fits. Every line must be in the order of Before. Nothing is changed: who
// carries the pair out takes both away and asks again.
func Next(lines map[queue.ID][]Place, free *Free) (pair Pair, ok bool) {
	for q, line := range lines {
		if len(line) == 0 || ok && !Before(line[0], pair.Place) {
			continue
		}
		if agent, any := free.First(q); any {
			pair, ok = Pair{line[0], agent}, true
		}
	}
	return pair, ok
}
