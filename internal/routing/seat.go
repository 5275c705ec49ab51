package routing

import (
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
)

// seat is an agent with what he has in hand.
type seat struct {
	agent   Agent
	profile *profile
	work    []work
	idle    int64 // since when he waits for work
	turn    uint64
	handled int // since he signed in
	gone    bool
	told    int             // how often he was made not ready from here
	past    *past           // of an earlier process; nil: none that still matters
	counted map[Cap][]int64 // by the kind of cap: when he got what counts, the earliest first
	slots   slots           // the channels he has room for; listed by them in his profile
	dirty   bool
	alarm   alarm // the end of a cap that is reached
}

// slots is a set of channels by their numbers.
type slots uint8

// maxSlots is how many numbers there can be: one of all that take the whole of an agent, one of each shared channel.
const maxSlots = 5

func bitOf(slot int) slots { return 1 << slot }

func (s slots) has(slot int) bool { return s&bitOf(slot) != 0 }

func newSeat(id access.UserID) *seat {
	s := &seat{agent: Agent{ID: id}}
	s.alarm = alarm{index: -1, seat: s}
	return s
}

// has is the index of an interaction in his hand; -1: it is not.
func (s *seat) has(id interaction.ID) int {
	for i := range s.work {
		if s.work[i].id == id {
			return i
		}
	}
	return -1
}

// put adds work, or replaces what he has of the same interaction.
func (s *seat) put(w work) {
	if i := s.has(w.id); i >= 0 {
		s.work[i] = w
		return
	}
	s.work = append(s.work, w)
}

// take takes an interaction out of his hand.
func (s *seat) take(id interaction.ID) work {
	i := s.has(id)
	w := s.work[i]
	s.work = append(s.work[:i], s.work[i+1:]...)
	return w
}

// undo says that what he got was nothing after all.
func (s *seat) undo(w work) {
	if w.queue == nil {
		return
	}
	s.handled = max(0, s.handled-1)
	s.uncount(w.queue, w.since)
}

// here says whether he is signed in.
func (s *seat) here() bool { return s.agent.Present || s.agent.Ready }

// capped is when a cap that keeps him from another interaction of the queue ends; 0: none does.
func (s *seat) capped(q *line, now int64) (until int64) {
	for _, c := range s.agent.Caps {
		if c.Queue == q.set.ID {
			until = max(until, s.reached(c, now))
		}
	}
	return until
}

// reached is when a cap that is reached lets him go on; 0: it is not reached.
func (s *seat) reached(c Cap, now int64) int64 {
	if c.Max <= 0 {
		return never
	}
	got := s.counted[c.kind()]
	if len(got) < c.Max {
		return 0
	}
	if until := got[len(got)-c.Max] + int64(c.Per); until > now {
		return until
	}
	return 0
}

// kind is a cap without its limit, which may change while it counts.
func (c Cap) kind() Cap { return Cap{Queue: c.Queue, Per: c.Per} }

// backward is how far a clock may go back without a cap forgetting.
const backward = time.Hour

// count notes that he got an interaction of a queue; uncount that it was none after all.
func (s *seat) count(q *line, now int64) {
	for _, c := range s.agent.Caps {
		if c.Queue != q.set.ID {
			continue
		}
		if s.counted == nil {
			s.counted = make(map[Cap][]int64)
		}
		got := s.counted[c.kind()]
		for len(got) > 0 && got[0]+int64(c.Per+backward) <= now {
			got = got[1:]
		}
		at, _ := slices.BinarySearch(got, now)
		s.counted[c.kind()] = slices.Insert(got, at, now)
	}
}

func (s *seat) uncount(q *line, at int64) {
	for c, got := range s.counted {
		if c.Queue != q.set.ID {
			continue
		}
		for i, t := range got {
			if t == at {
				s.counted[c] = append(got[:i:i], got[i+1:]...)
				break
			}
		}
	}
}
