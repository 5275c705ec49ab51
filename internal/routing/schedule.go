package routing

import "container/heap"

// alarm is the moment at which something changes by itself: a place moves, or a cap of a seat ends.
type alarm struct {
	at     int64 // nanoseconds since 1970
	index  int   // in the schedule; -1: not set
	waiter *waiter
	seat   *seat
}

// schedule is the alarms that are set, the earliest first. The zero value is empty.
type schedule []*alarm

// Len implements heap.Interface, as do Less, Swap, Push and Pop.
func (s schedule) Len() int           { return len(s) }
func (s schedule) Less(i, j int) bool { return s[i].at < s[j].at }

// Swap see Len.
func (s schedule) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].index, s[j].index = i, j
}

// Push see Len.
func (s *schedule) Push(x any) {
	a := x.(*alarm)
	a.index = len(*s)
	*s = append(*s, a)
}

// Pop see Len.
func (s *schedule) Pop() any {
	last := len(*s) - 1
	a := (*s)[last]
	(*s)[last], *s = nil, (*s)[:last]
	a.index = -1
	return a
}

// set moves an alarm to a moment; never: it is switched off.
func (s *schedule) set(a *alarm, at int64) {
	switch {
	case at == never && a.index >= 0:
		heap.Remove(s, a.index)
	case at == never:
	case a.index < 0:
		a.at = at
		heap.Push(s, a)
	case a.at != at:
		a.at = at
		heap.Fix(s, a.index)
	}
}

// due gives an alarm whose moment has come, and switches it off; nil: there is none.
func (s *schedule) due(now int64) *alarm {
	if len(*s) == 0 || (*s)[0].at > now {
		return nil
	}
	return heap.Pop(s).(*alarm)
}
