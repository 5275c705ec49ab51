package simulate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
)

// What says what is changed.
type What string

// The changes there are.
const (
	MoreAgents  What = "agents"   // By agents more in a queue, who serve nothing else; below 0: fewer
	Volume      What = "volume"   // By per cent more customers of a queue, or of all; below 0: fewer
	SetTarget   What = "target"   // the target of a queue becomes By seconds
	SetGoal     What = "goal"     // its goal becomes By per cent
	SetWeight   What = "weight"   // its weight becomes By
	SetStrategy What = "strategy" // its strategy becomes Strategy
	Serve       What = "serve"    // an agent serves a queue as well
	Leave       What = "leave"    // an agent does not serve a queue any more
	Away        What = "away"     // an agent is not there
)

// Changes lists them.
func Changes() []What {
	return []What{MoreAgents, Volume, SetTarget, SetGoal, SetWeight, SetStrategy, Serve, Leave, Away}
}

// Change is one thing that is done otherwise than it was.
type Change struct {
	What     What
	Queue    string         // key; of Volume empty: all
	Agent    string         // login, of Serve, Leave and Away
	By       float64        // see What
	Strategy queue.Strategy // of SetStrategy; empty: the least flexible
	// From and To are when, by the center's clock, of MoreAgents, Volume and Away; both zero: the whole day.
	From, To Clock
}

// leastFlexible is the name of the strategy that is stored as an empty text.
const leastFlexible = "least_flexible"

// String is the change as ParseChange reads it.
func (c Change) String() string {
	when := ""
	if !c.whole() {
		when = fmt.Sprintf(" %s-%s", c.From, c.To)
	}
	name := c.Queue
	if name == "" {
		name = "all"
	}
	switch c.What {
	case MoreAgents:
		return fmt.Sprintf("%s agents %+g%s", name, c.By, when)
	case Volume:
		return fmt.Sprintf("%s volume %+g%%%s", name, c.By, when)
	case SetTarget:
		return fmt.Sprintf("%s target %gs", name, c.By)
	case SetGoal:
		return fmt.Sprintf("%s goal %g%%", name, c.By)
	case SetWeight:
		return fmt.Sprintf("%s weight %g", name, c.By)
	case SetStrategy:
		return fmt.Sprintf("%s strategy %s", name, c.strategy())
	case Serve:
		return fmt.Sprintf("%s serves %s", c.Agent, c.Queue)
	case Leave:
		return fmt.Sprintf("%s leaves %s", c.Agent, c.Queue)
	}
	return fmt.Sprintf("%s away%s", c.Agent, when)
}

// strategy is its name for people.
func (c Change) strategy() string { return cmp.Or(string(c.Strategy), leastFlexible) }

func strategies() (names []string) {
	for _, s := range queue.Strategies() {
		names = append(names, Change{Strategy: s}.strategy())
	}
	return names
}

func (c Change) whole() bool { return c.From == 0 && (c.To == 0 || c.To == dayLength) }

// forms are how changes are written.
const forms = `"support agents +1", "support agents -2 10:00-14:00", "support volume +10%", "all volume -5%", "support target 30s", "support goal 85%", ` +
	`"support weight 3", "support strategy longest_idle", "anna serves sales", "anna leaves sales", "anna away 10:00-12:00"`

// ParseChange reads a change. Queues are named by key, agents by login.
func ParseChange(text string) (Change, error) {
	words := strings.Fields(text)
	wrong := func(why string) (Change, error) {
		return Change{}, fmt.Errorf("the change %q is not understood: %s; write it like one of %s", text, why, forms)
	}
	if len(words) == 2 && words[1] == string(Away) {
		return Change{What: Away, Agent: words[0]}, nil
	}
	if len(words) < 3 {
		return wrong("words are missing")
	}
	c := Change{What: What(words[1]), Queue: words[0]}
	rest := words[3:]
	number, suffix := words[2], ""
	switch c.What {
	case "serves", "leaves":
		c.What, c.Agent, c.Queue = Serve, words[0], words[2]
		if words[1] == "leaves" {
			c.What = Leave
		}
		number = ""
	case Away:
		c.Agent, c.Queue, number, rest = words[0], "", "", words[2:]
	case SetStrategy:
		if c.Strategy = queue.Strategy(words[2]); words[2] == leastFlexible {
			c.Strategy = queue.LeastFlexible
		}
		number = ""
	case SetGoal, Volume:
		suffix = "%"
	case SetTarget:
		suffix = "s"
	case MoreAgents, SetWeight:
	default:
		return wrong(fmt.Sprintf("%q says nothing that can be changed", words[1]))
	}
	if c.What == Volume && c.Queue == "all" {
		c.Queue = ""
	}
	if number != "" {
		by, err := strconv.ParseFloat(strings.TrimSuffix(number, suffix), 64)
		if err != nil {
			return wrong(fmt.Sprintf("%q is not a number", number))
		}
		c.By = by
	}
	switch {
	case len(rest) == 0:
		return c, nil
	case len(rest) > 1 || !c.timed():
		return wrong(fmt.Sprintf("%q is too much", strings.Join(rest, " ")))
	}
	from, to, ok := strings.Cut(rest[0], "-")
	if !ok {
		return wrong(fmt.Sprintf("%q is not a time such as 10:00-14:00", rest[0]))
	}
	var err error
	if c.From, err = ParseClock(from); err != nil {
		return wrong(err.Error())
	}
	if c.To, err = ParseClock(to); err != nil {
		return wrong(err.Error())
	}
	return c, nil
}

// timed says whether the change may be for a part of the day.
func (c Change) timed() bool { return c.What == MoreAgents || c.What == Volume || c.What == Away }

// Limits of a change.
const (
	maxChanges = 50
	maxMore    = 500
)

// CheckChanges says what of them cannot be done in a center with these queues, by key, and agents, by login.
func CheckChanges(all []Change, queues, agents []string) error {
	var f fault.Fields
	if len(all) > maxChanges {
		f.Add("changes", fault.TooLong, "must not be more than %d", maxChanges)
	}
	for i, c := range all {
		c.check(&f, fmt.Sprintf("changes[%d]", i), queues, agents)
	}
	return f.Err()
}

func (c Change) check(f *fault.Fields, at string, queues, agents []string) {
	fault.OneOf(f, at+".what", c.What, Changes()...)
	of := c.What == Serve || c.What == Leave || c.What == Away
	if (c.Queue != "" || c.What != Volume) && c.What != Away && !slices.Contains(queues, c.Queue) {
		f.Add(at+".queue", fault.Unknown, "there is no queue with the key %q; there are %s", c.Queue, strings.Join(queues, ", "))
	}
	if of && !slices.Contains(agents, c.Agent) {
		f.Add(at+".agent", fault.Unknown, "there is no agent with the login %q on these days", c.Agent)
	}
	if !c.whole() && c.timed() && c.To <= c.From {
		f.Add(at+".to", fault.OutOfRange, "must be after from (%s)", c.From)
	}
	switch c.What {
	case MoreAgents:
		if between(f, at+".by", c.By, -maxMore, maxMore); c.By != float64(int(c.By)) || c.By == 0 {
			f.Add(at+".by", fault.OutOfRange, "must be a whole number of agents more (+1) or fewer (-1)")
		}
	case Volume:
		between(f, at+".by", c.By, -100, 400)
	case SetTarget:
		between(f, at+".by", c.By, 1, dayLength)
	case SetGoal:
		between(f, at+".by", c.By, 0, 100)
	case SetWeight:
		between(f, at+".by", c.By, 1, queue.MaxWeight)
	case SetStrategy:
		if names := strategies(); !slices.Contains(names, c.strategy()) {
			f.Add(at+".strategy", fault.Unknown, "there is no strategy %q; there are %s", c.Strategy, strings.Join(names, ", "))
		}
	}
}
