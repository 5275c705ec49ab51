package routing

import (
	"maps"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
)

// Place is an interaction's place in line.
type Place = interaction.Place

// Pair gives a seat to a place.
type Pair struct {
	Place Place
	Agent access.UserID
}

// Agent is what the router must know about an agent.
type Agent struct {
	ID     access.UserID
	Queues []queue.ID
	Ready  bool // available, and somebody sits at the desk
	// Present says that he is signed in, ready or not; who is ready is. What is first his waits for him only then.
	Present bool
	Skills  []skill.Level
	// Tiers are his rings in queues that have some; none: he is in the first, 0.
	Tiers map[queue.ID]int
	// Caps limit how often he gets an interaction of a queue; empty: as often as it comes.
	Caps []Cap
	// Capacity is how many interactions of a shared channel he may have at once; a channel that is not named: one.
	Capacity map[interaction.Medium]int
	// AtOnce is how many interactions of shared channels he may have at once in all; 0: one.
	AtOnce int
	// SecondLine lets him have another interaction while the first is on hold.
	SecondLine bool
	// Misses is how often NotReady had told of him when this was said. Ready is taken for an older present
	// when the router has told more often since.
	Misses int
}

// clone is an agent whose lists nobody else changes.
func (a Agent) clone() Agent {
	a.Queues, a.Skills, a.Caps = slices.Clone(a.Queues), slices.Clone(a.Skills), slices.Clone(a.Caps)
	a.Tiers, a.Capacity = maps.Clone(a.Tiers), maps.Clone(a.Capacity)
	return a
}

// Cap is the most interactions of a queue an agent gets within any stretch of time so long, such as an hour or a day.
// An offer that he misses, or gives back, does not count, nor what he got before the cap was set; after a restart
// that counts too (Recall).
type Cap struct {
	Queue queue.ID
	Max   int
	Per   time.Duration
}

// Queue is what the router must know about a queue.
type Queue struct {
	ID       queue.ID
	Strategy queue.Strategy // which of the free agents comes first
	Weight   float64        // of the queue, and of its project; not above 0: 1
	Target   time.Duration  // answered within it is in time; not above 0: UsualTarget
	Goal     float64        // the share to be answered in time, above 0 to 1; else: UsualGoal
	// Rings are the waits, rising, after which agents of the next tier may take an interaction as well; empty: all at once.
	Rings []time.Duration
	// Ageing raises a priority by one whenever an interaction has waited so long once more, up to MaxAgeing; 0: never.
	Ageing time.Duration
}

// The values that stand in for settings that are not made.
const (
	UsualTarget = 20 * time.Second
	UsualGoal   = 0.8
	UsualHandle = 5 * time.Minute // how long interactions of a queue take until it has learned better
	MaxAgeing   = 10
)

// Order says whose turn it is among customers of the same priority who wait in different queues.
type Order string

// The orders. Within a queue it is always who waits longest.
const (
	// ByCost takes the customer whose waiting costs most (generalized c-mu): weight x urgency / mean handle time. Urgency
	// rises while he can be answered in time and is less afterwards; queues below their goal come before those above.
	ByCost Order = ""
	// FirstCome takes who waits longest, whatever the queue.
	FirstCome Order = "first_come"
	// ByRatio keeps the waits of the queues in the ratio of target / weight.
	ByRatio Order = "ratio"
)

// Rules are what holds for all queues.
type Rules struct {
	Order Order
	// Overdue is how long somebody on the line may wait until he comes before everybody who waits less, whatever the
	// priorities; not above 0: UsualOverdue.
	Overdue time.Duration
	Seed    uint64 // of the strategy Random
}

// UsualOverdue keeps queues from starving for an hour.
const UsualOverdue = 45 * time.Minute

// Before orders places of one line: priority, then those who had their turn already, then the
// longest waiting; the id decides between equals, so that the order is always the same.
func Before(a, b Place) bool {
	switch {
	case a.Priority != b.Priority:
		return a.Priority > b.Priority
	case a.Head != b.Head:
		return a.Head
	case !a.Since.Equal(b.Since):
		return a.Since.Before(b.Since)
	}
	if a.Interaction != b.Interaction {
		return a.Interaction < b.Interaction
	}
	return a.Party < b.Party
}
