package routing

import "linekeeper/internal/interaction"

// The channels of which an agent may have several interactions at once, besides chat.
const (
	emails   interaction.Medium = "email"
	tasks    interaction.Medium = "task"
	messages interaction.Medium = "message" // texts: SMS and messengers
)

// shared says whether an agent may have several interactions of a channel at once. Any other takes all of him.
func shared(m interaction.Medium) bool {
	switch m {
	case interaction.Chat, emails, tasks, messages:
		return true
	}
	return false
}

// yields says whether what an agent has in hand may be interrupted by a call: nobody waits for his next word.
func yields(m interaction.Medium) bool {
	return m == emails || m == tasks
}

// work is a reservation.
type work struct {
	id     interaction.ID
	medium interaction.Medium
	held   bool  // the customer is on hold
	queue  *line // from which it came; nil: from none, or it is not known
	since  int64 // nanoseconds since 1970
}

// fits says whether an agent with this work may be given an interaction of a channel as well. A call, and whatever
// else takes all of him, comes beside interactions that yield, and with a second line beside one call on hold. Others
// come only while there is no call, up to his capacity.
func fits(a Agent, has []work, m interaction.Medium) bool {
	if !a.Ready {
		return false
	}
	calls, same, others := 0, 0, 0
	for _, w := range has {
		switch {
		case !shared(w.medium):
			if !w.held {
				return false
			}
			calls++
		case w.medium == m:
			same++
		default:
			others++
		}
		if !shared(m) && shared(w.medium) && !yields(w.medium) {
			return false
		}
	}
	if !shared(m) {
		return calls == 0 || calls == 1 && a.SecondLine
	}
	return calls == 0 && same < a.most(m) && same+others < a.atOnce()
}

// most is how many interactions of a shared channel an agent may have at once.
func (a Agent) most(m interaction.Medium) int {
	if n, ok := a.Capacity[m]; ok {
		return n
	}
	return 1
}

// atOnce is how many of all shared channels he may have.
func (a Agent) atOnce() int {
	if a.AtOnce > 0 {
		return a.AtOnce
	}
	n := 1
	for _, most := range a.Capacity {
		n = max(n, most)
	}
	return n
}

// mayBegin says whether an agent may begin something by himself that takes all of him, ready or not.
func mayBegin(has []work, beside interaction.ID) bool {
	for _, w := range has {
		if w.id != beside && !yields(w.medium) {
			return false
		}
	}
	return true
}
