package routing

import "container/heap"

// contest is the gates of a match: whose turn is first, goes first. It implements heap.Interface.
type contest struct {
	all   []turn
	order Order
	now   int64
	fresh int // at so many gates somebody came in, and nobody was before
}

// turn is what a gate competes with.
type turn struct {
	head
	gate    *gate
	overdue bool
	cost    float64 // of the head's wait
}

// begin empties it for another match.
func (t *contest) begin(order Order, now int64) { *t = contest{all: t.all[:0], order: order, now: now} }

// leave lets the first go.
func (t *contest) leave() {
	if g := t.all[0].gate; g.fresh == g.match {
		t.fresh--
	}
	heap.Pop(t)
}

// Less implements heap.Interface, as do Len, Swap, Push and Pop.
func (t *contest) Less(i, j int) bool {
	a, b := &t.all[i], &t.all[j]
	switch {
	case a.overdue != b.overdue:
		return a.overdue
	case a.overdue:
	case a.priority != b.priority:
		return a.priority > b.priority
	case a.before != b.before:
		return a.before
	case a.cost != b.cost:
		return a.cost > b.cost
	}
	if a.since != b.since {
		return a.since < b.since
	}
	return longer(a.class.first, b.class.first)
}

// Len see Less.
func (t *contest) Len() int { return len(t.all) }

// Swap see Less.
func (t *contest) Swap(i, j int) { t.all[i], t.all[j] = t.all[j], t.all[i] }

// Push see Less.
func (t *contest) Push(x any) { t.all = append(t.all, x.(turn)) }

// Pop see Less.
func (t *contest) Pop() any {
	last := len(t.all) - 1
	t.all = t.all[:last]
	return nil
}
