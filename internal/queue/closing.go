package queue

import (
	"time"

	"linekeeper/internal/hours"
	"linekeeper/internal/kit/fault"
)

// Closing is what becomes of customers when a queue's hours are over. The zero value serves everybody.
type Closing struct {
	InLine Act `json:"in_line,omitzero"` // of those in line at closing time
	After  Act `json:"after,omitzero"`   // of those who come later
	// BreakMS is how long a break may be that does not count as closing, such as lunch: who waits then waits
	// on, and who comes may. 0: every closing counts.
	BreakMS int64 `json:"break_ms,omitempty"`
}

// Closed says whether a queue with these hours is closed at an instant, its breaks aside.
func (c Closing) Closed(h hours.Hours, at time.Time) bool {
	if h.OpenAt(at) {
		return false
	}
	if h.Closed || c.BreakMS == 0 {
		return true
	}
	from, to, ok := h.Closure(at)
	return !ok || from.IsZero() || to.Sub(from) > time.Duration(c.BreakMS)*time.Millisecond
}

// Act is what becomes of a customer at an instant: of one who is in line already, or of one who comes.
func (c Closing) Act(h hours.Hours, at time.Time, inLine bool) Act {
	switch {
	case !c.Closed(h, at):
		return Act{}
	case inLine:
		return c.InLine
	}
	return c.After
}

func (q Queue) checkClosing(f *fault.Fields) {
	const day = 24 * 3_600_000
	f.Range("closing.break_ms", q.Closing.BreakMS, 0, day)
	q.Closing.InLine.check(f, "closing.in_line", q)
	q.Closing.After.check(f, "closing.after", q)
	if q.HoursID == "" && (q.Closing.InLine != Act{} || q.Closing.After != Act{}) {
		f.Add("hours_id", fault.Required, "choose the hours after which this happens")
	}
}

// maxHops is how many closed queues may send a customer to each other before he waits where he is.
const maxHops = 10

// Turn says where a customer of a queue waits at an instant: the queue itself with no act when it is open for him,
// another queue when he is sent there, or the closed queue whose act is for a flow to carry out. Find gives a
// queue by key and Calendar hours by id; what is not there leaves the customer where he is, and so do
// queues that send customers round in a circle.
func Turn(q Queue, at time.Time, inLine bool, find func(key string) (Queue, bool), calendar func(id string) (hours.Hours, bool)) (Queue, Act) {
	now := q
	for range maxHops {
		act := Act{}
		if h, ok := calendar(now.HoursID); ok && now.HoursID != "" {
			act = now.Closing.Act(h, at, inLine)
		}
		if act.Do != OtherQueue {
			return now, act
		}
		next, ok := find(act.Queue)
		if !ok {
			break
		}
		now, inLine = next, false
	}
	return q, Act{}
}
