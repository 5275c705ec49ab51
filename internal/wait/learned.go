package wait

import "time"

// Learned is what a line has learned of its queue, as it is kept over a restart. Its zero value is nothing.
type Learned struct {
	Answers   float64 `json:"answers"`    // remembered
	Over      float64 `json:"over"`       // agent-seconds they took
	Left      float64 `json:"left"`       // customers who gave up
	LeftOver  float64 `json:"left_over"`  // in so many customer-seconds
	Asked     float64 `json:"asked"`      // seconds from offer to answer
	AskedOver float64 `json:"asked_over"` // by so many answers
	LastWait  float64 `json:"last_wait"`  // seconds
	// Errors are those of each method over the last answers, in seconds, then of the one that was used; Waits
	// are the waits they are measured by.
	Errors [methods][]float64 `json:"errors"`
	Said   []float64          `json:"said"`
	Waits  []float64          `json:"waits"`
	Lesson Lesson             `json:"lesson"`
}

// Learned is what the line has learned so far.
func (l *Line) Learned() Learned {
	k := Learned{
		Answers: l.pace.count, Over: l.pace.over + l.pace.fresh, Left: l.impatient.count, LeftOver: l.impatient.over + l.impatient.fresh,
		Asked: l.asking.count, AskedOver: l.asking.over + l.asking.fresh, LastWait: l.lastWait.Seconds(),
		Said: l.said.list(), Waits: l.waits.list(), Lesson: l.lesson.keep(),
	}
	for m := range methods {
		k.Errors[m] = l.errors[m].list()
	}
	return k
}

// Recall begins with what an earlier process had learned; who stands in line stays. Figures below nothing are
// taken for nothing.
func (l *Line) Recall(k Learned) {
	l.pace = fading{count: max(0, k.Answers), over: max(0, k.Over)}
	l.impatient = fading{count: max(0, k.Left), over: max(0, k.LeftOver)}
	l.asking = fading{count: max(0, k.Asked), over: max(0, k.AskedOver)}
	l.lastWait = max(0, time.Duration(k.LastWait*float64(time.Second)))
	l.lesson.recall(k.Lesson)
	l.said, l.waits = ringOf(k.Said), ringOf(k.Waits)
	for m := range methods {
		l.errors[m] = ringOf(k.Errors[m])
	}
}

// list gives the values, the oldest first.
func (r *ring) list() []float64 {
	all := make([]float64, 0, r.n)
	for i := range r.n {
		all = append(all, r.values[(r.next-r.n+i+recent)%recent])
	}
	return all
}

func ringOf(values []float64) (r ring) {
	for _, v := range values[max(0, len(values)-recent):] {
		r.add(max(0, v))
	}
	return r
}
