package routing

import "linekeeper/internal/queue"

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
