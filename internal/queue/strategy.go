package queue

// Strategy says which of the free agents a queue takes first.
type Strategy string

// The strategies. Who has more of the skills an interaction prefers comes before others whatever the strategy;
// among equals the longest idle agent comes first.
const (
	LeastFlexible Strategy = ""              // who serves the fewest queues and has the fewest skills: the others are kept for what only they can do
	LongestIdle   Strategy = "longest_idle"  // who has waited longest for work
	LeastHandled  Strategy = "least_handled" // who had the fewest interactions since he signed in
	RoundRobin    Strategy = "round_robin"   // one after the other: whose last turn is longest ago
	ByLevel       Strategy = "by_level"      // who has most of the skills that are asked for
	Random        Strategy = "random"        // anybody, all alike
)

// Strategies are all strategies.
func Strategies() []Strategy {
	return []Strategy{LeastFlexible, LongestIdle, LeastHandled, RoundRobin, ByLevel, Random}
}
