package routing

import (
	"math"
	"time"

	"linekeeper/internal/skill"
)

// never is a moment that does not come.
const never = math.MaxInt64

// nanos is a moment in nanoseconds since 1970; one before 1824, such as the zero time, is taken for that, and one
// after 2260 for never.
func nanos(t time.Time) int64 {
	switch year := t.Year(); {
	case year < 1824:
		return math.MinInt64 / 2
	case year > 2260:
		return never
	}
	return t.UnixNano()
}

// line is a queue: who waits in it, and who serves it.
type line struct {
	set     Queue
	known   bool // somebody told of it
	there   bool // it was not removed since
	number  int
	doors   [][]door // by the first skill they require, less anySkill
	serves  []*serve // of every profile
	free    []*serve // of those who have a free seat
	handle  float64  // mean, in seconds
	handled float64  // how many it was learned from
	cost    float64  // of a second more, by urgency
	share   float64  // likewise, to ByRatio
	served  served
	stale   bool // served has changed since cost was found
}

// anySkill is for gates that require nothing.
const anySkill = -1

// learn takes a handle time into the mean: quickly at first, then as slowly as the last hundreds allow.
func (l *line) learn(took time.Duration) {
	const prior, window = 10, 200 // UsualHandle counts as so many; so many are remembered
	if took <= 0 {
		return
	}
	l.handled = min(l.handled+1, window)
	l.handle += (took.Seconds() - l.handle) / (prior + l.handled)
	l.weigh()
}

// weigh finds the cost of waiting after something it hangs on has changed.
func (l *line) weigh() {
	target := l.target()
	l.share = l.weight() / target
	goal := l.goal()
	l.cost = l.weight() / l.handle * math.Exp(urge*(goal-l.served.share(goal)))
}

func (l *line) weight() float64 {
	if l.set.Weight > 0 {
		return l.set.Weight
	}
	return 1
}

// target is in seconds.
func (l *line) target() float64 {
	if l.set.Target > 0 {
		return l.set.Target.Seconds()
	}
	return UsualTarget.Seconds()
}

// waiter is a place with what has become of it while it waits.
type waiter struct {
	place    Place
	since    int64
	waited   time.Duration // the longest known wait: a clock that jumps back takes nothing away
	priority int           // with ageing
	opened   bool          // it is no longer First's
	class    *class        // where it stands; nil: in its agent's own line
	alarm    alarm         // when it moves by itself
}

func newWaiter(p Place) *waiter {
	w := &waiter{place: p, since: nanos(p.Since), priority: p.Priority}
	w.alarm = alarm{index: -1, waiter: w}
	return w
}

// inTurn is the order of a class, and of an agent's own line: that of Before, with ageing.
func inTurn(a, b *waiter) bool {
	switch {
	case a.priority != b.priority:
		return a.priority > b.priority
	case a.place.Head != b.place.Head:
		return a.place.Head
	}
	return longer(a, b)
}

// longer is the order of those who are overdue.
func longer(a, b *waiter) bool {
	switch {
	case a.since != b.since:
		return a.since < b.since
	case a.place.Interaction != b.place.Interaction:
		return a.place.Interaction < b.place.Interaction
	}
	return a.place.Party < b.place.Party
}

// standing is what a place asks for at a time, and until when that is so.
type standing struct {
	priority int
	ring     int
	overdue  bool
	levels   []int // that will do, in the order of the place's needs
	until    int64
}

// stands finds it. The wait is never less than it was.
func (w *waiter) stands(set Queue, overdue time.Duration, now int64) standing {
	w.waited = max(w.waited, time.Duration(now-w.since))
	s := standing{priority: w.place.Priority, until: never}
	at := func(wait time.Duration) bool { // says whether it has waited so long, and looks again when it has
		if w.waited >= wait {
			return true
		}
		s.until = min(s.until, w.since+int64(wait))
		return false
	}
	if set.Ageing > 0 {
		steps := min(MaxAgeing, int(w.waited/set.Ageing))
		s.priority += steps
		if steps < MaxAgeing {
			at(set.Ageing * time.Duration(steps+1))
		}
	}
	s.ring = ringAt(set.Rings, at)
	s.overdue = !w.place.Absent && at(overdue)
	for _, n := range w.place.Needs {
		s.levels = append(s.levels, n.After(w.waited))
		for _, r := range n.Relax {
			at(time.Duration(r.AfterMS) * time.Millisecond)
		}
	}
	return s
}

// ringAt is the greatest tier that may take it; after the last ring all may.
func ringAt(rings []time.Duration, at func(time.Duration) bool) int {
	for i, after := range rings {
		if !at(after) {
			return i
		}
	}
	return math.MaxInt
}

// skill numbers skills.
func (m *Matcher) skill(id skill.ID) int {
	n, ok := m.skills[id]
	if !ok {
		n = len(m.skills)
		m.skills[id] = n
	}
	return n
}
