package routing

import (
	"math"
	"time"
)

// The shape of what waiting costs, found by simulation (DESIGN.md of package simulate): while a customer can still be
// answered in time it rises to the target; then the chance is lost, and it is less, but rises for ever.
const (
	begins  = 0.5 // of who comes now, by who has waited for the whole target
	late    = 0.3 // of who is just too late
	urge    = 3   // how much a shortfall under the goal raises it: e to the power of so many times the shortfall
	lately  = 200 // how many answers and departures the service level is taken of
	trusted = 10  // departures that are taken to have met the goal before anything is known
)

// served is a queue's service level over the last departures: who was given to an agent in time, of all who were given
// or left.
type served struct{ in, of float64 }

// count takes a departure in.
func (v *served) count(inTime bool) {
	v.in, v.of = v.in*(1-1.0/lately), v.of*(1-1.0/lately)
	v.of++
	if inTime {
		v.in++
	}
}

// share is the level, with what is expected before much is known.
func (v *served) share(goal float64) float64 { return (v.in + trusted*goal) / (v.of + trusted) }

// urgency is what another second costs who has waited so long, by who has waited for the target: 1.
func urgency(waited time.Duration, target float64) float64 {
	x := max(0, waited.Seconds()) / target
	if x > 1 {
		return late * math.Sqrt(x)
	}
	return begins + (1-begins)*x
}

// price is what another second of this wait costs: weight x urgency / mean handle time, the more the farther the queue
// is below its goal, and less when it is above.
func (l *line) price(waited time.Duration) float64 { return l.cost * urgency(waited, l.target()) }

// late says whether the target is past.
func (l *line) late(waited time.Duration) bool { return max(0, waited.Seconds())/l.target() > 1 }

// departs counts a customer who leaves a queue's line, given to an agent or not. It tells from the next match on:
// within a match prices stay.
func (m *Matcher) departs(w *waiter, now int64, given bool) {
	if w.place.Only != "" || w.place.Absent {
		return
	}
	l := m.lineOf(w)
	l.served.count(given && time.Duration(now-w.since).Seconds() <= l.target())
	if !l.stale {
		l.stale = true
		m.stale = append(m.stale, l)
	}
}

// reweigh finds the costs anew where service levels have changed.
func (m *Matcher) reweigh() {
	for _, l := range m.stale {
		l.weigh()
		l.stale = false
	}
	m.stale = m.stale[:0]
}

// goal is the share that is to be answered in time.
func (l *line) goal() float64 {
	if l.set.Goal > 0 && l.set.Goal <= 1 {
		return l.set.Goal
	}
	return UsualGoal
}
