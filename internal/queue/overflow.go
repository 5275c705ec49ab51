package queue

import (
	"fmt"
	"slices"
	"time"

	"linekeeper/internal/kit/fault"
)

// Trigger is when an overflow rule takes a customer out of the line.
type Trigger string

// The triggers.
const (
	ByWait   Trigger = "wait"   // he has waited in this queue for AfterMS
	BySize   Trigger = "size"   // so many waited on the line already when he came
	ByNobody Trigger = "nobody" // nobody is there to serve the queue, and he has waited for AfterMS
)

// Overflow is a rule of a queue for who is in its line. A queue has an ordered list of them; the first that applies is
// carried out, each once for a customer.
type Overflow struct {
	When    Trigger `json:"when"`
	AfterMS int64   `json:"after_ms,omitempty"` // ByWait; ByNobody: 0 is at once
	Size    int64   `json:"size,omitempty"`     // BySize
	// Breaks are the keys of break reasons in which an agent counts as there, for ByNobody; who is available always does.
	Breaks []string `json:"breaks,omitempty"`
	Act
}

// InLine is what the rules look at.
type InLine struct {
	Waited time.Duration // in this queue
	Coming bool          // he has just come; a leader has not put him here
	Ahead  int           // how many on the line came to this queue before him, and wait still
	// There says whether somebody is there to serve the queue when breaks of these reasons count.
	There func(breaks []string) bool
}

// Applies says whether a rule is to be carried out for a customer.
func (o Overflow) Applies(c InLine) bool {
	after := time.Duration(o.AfterMS) * time.Millisecond
	switch o.When {
	case ByWait:
		return c.Waited >= after
	case BySize:
		return c.Coming && int64(c.Ahead) >= o.Size
	case ByNobody:
		return c.Waited >= after && !c.There(o.Breaks)
	}
	return false
}

// Limits of overflow rules.
const (
	maxOverflow = 20
	maxSize     = 100_000
)

// SystemBreaks are the breaks that nobody chooses and that rules may count as there.
func SystemBreaks() []string { return []string{"missed", "phone_lost", "recovery"} }

func (q Queue) checkOverflow(f *fault.Fields) {
	const second, day = 1000, 24 * 3_600_000
	if len(q.Overflow) > maxOverflow {
		f.Add("overflow", fault.TooLong, "must have at most %d", maxOverflow)
	}
	for i, o := range q.Overflow {
		path := fmt.Sprintf("overflow[%d]", i)
		switch o.When {
		case ByWait:
			f.Range(path+".after_ms", o.AfterMS, second, day)
		case BySize:
			f.Range(path+".size", o.Size, 1, maxSize)
		case ByNobody:
			f.Range(path+".after_ms", o.AfterMS, 0, day)
		default:
			f.Add(path+".when", fault.Unknown, "%q is not one of wait, size, nobody", string(o.When))
		}
		if o.When == BySize && o.AfterMS != 0 {
			f.Add(path+".after_ms", fault.NotAllowed, "who comes to a full line has not waited yet")
		}
		if o.When != BySize && o.Size != 0 {
			f.Add(path+".size", fault.NotAllowed, "is only for the length of the line")
		}
		if o.When != ByNobody && len(o.Breaks) > 0 {
			f.Add(path+".breaks", fault.NotAllowed, "is only for when nobody is there")
		}
		if o.Do == Serve {
			f.Add(path+".do", fault.Required, "choose what becomes of the customer")
			continue
		}
		o.check(f, path, q)
		if slices.ContainsFunc(q.Overflow[:i], func(b Overflow) bool { return b.When == o.When && b.Act == o.Act }) {
			f.Add(path+".do", fault.Taken, "an earlier rule does the same")
		}
	}
}

// Circle is the names of queues whose overflow leads from one to the next and from the last, which is the first again,
// with the field of the given queue where it begins. An empty path: no circle goes through this queue.
func Circle(all []Queue, from Queue) (names []string, field string) {
	byKey := make(map[string]Queue)
	for _, q := range all {
		if q.ID != from.ID || from.ID == "" {
			byKey[q.Key] = q
		}
	}
	byKey[from.Key] = from
	been := make(map[string]bool)
	var walk func(q Queue) []string // the way back to from; nil: there is none
	walk = func(q Queue) []string {
		for _, o := range q.Overflow {
			if o.Do != OtherQueue {
				continue
			}
			if o.Queue == from.Key {
				return []string{q.Name, from.Name}
			}
			next, ok := byKey[o.Queue]
			if !ok || been[o.Queue] {
				continue
			}
			been[o.Queue] = true
			if rest := walk(next); rest != nil {
				return append([]string{q.Name}, rest...)
			}
		}
		return nil
	}
	for i, o := range from.Overflow {
		next, ok := byKey[o.Queue]
		if o.Do != OtherQueue || !ok || been[o.Queue] {
			continue
		}
		been[o.Queue] = true
		if rest := walk(next); rest != nil {
			return append([]string{from.Name}, rest...), fmt.Sprintf("overflow[%d].queue", i)
		}
	}
	return nil, ""
}
