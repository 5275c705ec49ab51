// Package simulate plays days of a center in virtual time: customers come, wait, give up and are served at random
// times, and a Rule says who gets whom. The rule that counts is Router, which is the code that serves real customers;
// the others are what it is measured by. DESIGN.md says how the days are made and what came out.
package simulate

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
)

// Center is a center as a file describes it.
type Center struct {
	Name string `yaml:"name" json:"name"`
	// Opens and Closes are when customers may come; what waits at the end of the day is left there.
	Opens  Clock `yaml:"opens" json:"opens"`
	Closes Clock `yaml:"closes" json:"closes"`
	// Days is how many days are played, each with other chances; 0: 20.
	Days int `yaml:"days,omitempty" json:"days,omitempty"`
	// Seed makes the chances: with the same one everything comes out the same again.
	Seed uint64 `yaml:"seed,omitempty" json:"seed,omitempty"`
	// WarmUp is how long after opening customers are not counted yet, in seconds.
	WarmUp  float64 `yaml:"warm_up_s,omitempty" json:"warm_up_s,omitempty"`
	Classes []Class `yaml:"classes" json:"classes"`
	Groups  []Group `yaml:"groups" json:"groups"`
}

// Class is a kind of customers with one line: a queue.
type Class struct {
	Name string `yaml:"name" json:"name"`
	// PerHour are the customers expected in each hour from opening on; the last figure holds until closing.
	PerHour []float64 `yaml:"per_hour" json:"per_hour"`
	// DayCV is how much whole days differ: the coefficient of variation of a factor (gamma) on all hours; 0: not.
	DayCV  float64 `yaml:"day_cv,omitempty" json:"day_cv,omitempty"`
	Target float64 `yaml:"target_s" json:"target_s"`                 // answered within this is in time, seconds
	Goal   float64 `yaml:"goal" json:"goal"`                         // the share wished for, 0 to 1
	Weight float64 `yaml:"weight,omitempty" json:"weight,omitempty"` // 0: 1
	Handle Times   `yaml:"handle" json:"handle"`                     // talk, hold and wrap-up
	// Patience is how long customers wait before they give up; without it nobody does.
	Patience *Times `yaml:"patience,omitempty" json:"patience,omitempty"`
	// ShortAbandon is before what wait a customer who gives up counts neither as abandoned nor in the service level, seconds.
	ShortAbandon float64 `yaml:"short_abandon_s,omitempty" json:"short_abandon_s,omitempty"`
	// Strategy says which of the free agents comes first; empty: the least flexible.
	Strategy queue.Strategy `yaml:"strategy,omitempty" json:"strategy,omitempty"`
}

// Group are agents with the same skills and shifts.
type Group struct {
	Name   string   `yaml:"name" json:"name"`
	Agents int      `yaml:"agents" json:"agents"`
	Skills []string `yaml:"skills" json:"skills"` // names of the classes they serve
	// Speed divides handle times: 1.25 is a quarter faster; 0: 1.
	Speed float64 `yaml:"speed,omitempty" json:"speed,omitempty"`
	// Shifts are when they are there; none: all day.
	Shifts []Shift `yaml:"shifts,omitempty" json:"shifts,omitempty"`
}

// Shift is a time of presence.
type Shift struct {
	From Clock `yaml:"from" json:"from"`
	To   Clock `yaml:"to" json:"to"`
}

// Clock is a time of day in seconds after midnight; files say "08:30" or "08:30:15".
type Clock int

// ParseClock reads a time of day.
func ParseClock(text string) (Clock, error) {
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, clockError(text)
	}
	limits, sum := []int{24, 59, 59}, 0
	for i := range 3 {
		n := 0
		if i < len(parts) {
			var err error
			if n, err = strconv.Atoi(parts[i]); err != nil || n < 0 || n > limits[i] || len(parts[i]) > 2 {
				return 0, clockError(text)
			}
		}
		sum = sum*60 + n
	}
	if sum > dayLength {
		return 0, clockError(text)
	}
	return Clock(sum), nil
}

// clockError is a text that is no time of day.
type clockError string

func (e clockError) Error() string {
	return fmt.Sprintf("%q is not a time of day such as 08:30", string(e))
}

const dayLength = 24 * 3600

// String is as in files.
func (c Clock) String() string {
	text := fmt.Sprintf("%02d:%02d", c/3600, c/60%60)
	if c%60 != 0 {
		text += fmt.Sprintf(":%02d", c%60)
	}
	return text
}

// MarshalJSON writes it as in files.
func (c Clock) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// MarshalYAML writes it as in files.
func (c Clock) MarshalYAML() (any, error) { return c.String(), nil }

// UnmarshalJSON reads it.
func (c *Clock) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	v, err := ParseClock(s)
	*c = v
	return err
}

// UnmarshalYAML reads it.
func (c *Clock) UnmarshalYAML(n *yaml.Node) error {
	v, err := ParseClock(n.Value)
	if err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	*c = v
	return nil
}

// Horizon is how long the day is, in seconds.
func (c Center) Horizon() float64 { return float64(c.Closes - c.Opens) }

// Limits of a center: above them a run would take hours, or is a mistake.
const (
	maxClasses = 200
	maxAgents  = 20_000
	maxDays    = 10_000
	maxPerHour = 200_000
	maxSeconds = 7 * dayLength
	maxCalls   = 2_000_000
)

// Check says everything that is wrong, nil: nothing.
func (c Center) Check() error {
	var f fault.Fields
	if c.Closes <= c.Opens {
		f.Add("closes", fault.OutOfRange, "must be after opens (%s)", c.Opens)
	}
	f.Range("days", int64(c.Days), 0, maxDays)
	between(&f, "warm_up_s", c.WarmUp, 0, max(0, c.Horizon()))
	if len(c.Classes) == 0 {
		f.Add("classes", fault.Required, "needs at least one class")
	}
	if len(c.Classes) > maxClasses {
		f.Add("classes", fault.TooLong, "must not be more than %d", maxClasses)
	}
	names := make(map[string]bool)
	for i, class := range c.Classes {
		class.check(&f, fmt.Sprintf("classes[%d]", i), names)
	}
	agents := 0
	for i, g := range c.Groups {
		g.check(&f, fmt.Sprintf("groups[%d]", i), names)
		agents += min(max(0, g.Agents), maxAgents)
	}
	if agents == 0 {
		f.Add("groups", fault.Required, "needs at least one agent")
	}
	if agents > maxAgents {
		f.Add("groups", fault.TooLong, "must not have more than %d agents together", maxAgents)
	}
	if err := f.Err(); err != nil {
		return err
	}
	expected := 0.0
	for _, class := range c.Classes {
		expected += class.expected(c.Horizon())
	}
	if expected > maxCalls {
		f.Add("classes", fault.OutOfRange, "have %.0f customers a day together, more than %d", expected, maxCalls)
	}
	return f.Err()
}

func (c Class) check(f *fault.Fields, at string, names map[string]bool) {
	switch {
	case c.Name == "":
		f.Add(at+".name", fault.Required, "must not be empty")
	case names[c.Name]:
		f.Add(at+".name", fault.Taken, "%q is the name of another class too", c.Name)
	}
	names[c.Name] = true
	if len(c.PerHour) == 0 {
		f.Add(at+".per_hour", fault.Required, "needs the customers of at least one hour")
	}
	if len(c.PerHour) > 24 {
		f.Add(at+".per_hour", fault.TooLong, "must not have more than 24 hours")
	}
	for i, n := range c.PerHour {
		between(f, fmt.Sprintf("%s.per_hour[%d]", at, i), n, 0, maxPerHour)
	}
	between(f, at+".day_cv", c.DayCV, 0, 3)
	between(f, at+".target_s", c.Target, 0, dayLength)
	between(f, at+".goal", c.Goal, 0, 1)
	between(f, at+".weight", c.Weight, 0, 1000)
	between(f, at+".short_abandon_s", c.ShortAbandon, 0, dayLength)
	fault.OneOf(f, at+".strategy", c.Strategy, queue.Strategies()...)
	c.Handle.check(f, at+".handle")
	if c.Patience != nil {
		c.Patience.check(f, at+".patience")
	}
}

func (g Group) check(f *fault.Fields, at string, classes map[string]bool) {
	f.Range(at+".agents", int64(g.Agents), 0, maxAgents)
	if len(g.Skills) == 0 {
		f.Add(at+".skills", fault.Required, "must name the classes these agents serve")
	}
	seen := make(map[string]bool)
	for i, s := range g.Skills {
		switch path := fmt.Sprintf("%s.skills[%d]", at, i); {
		case !classes[s]:
			f.Add(path, fault.Unknown, "there is no class %q", s)
		case seen[s]:
			f.Add(path, fault.Taken, "%q is listed twice", s)
		}
		seen[s] = true
	}
	if g.Speed != 0 {
		between(f, at+".speed", g.Speed, 0.1, 10)
	}
	last := Clock(0)
	for i, s := range g.Shifts {
		path := fmt.Sprintf("%s.shifts[%d]", at, i)
		if s.From < last {
			f.Add(path+".from", fault.OutOfRange, "must not be before the shift above ends (%s)", last)
		}
		if s.To <= s.From {
			f.Add(path+".to", fault.OutOfRange, "must be after from (%s)", s.From)
		}
		last = s.To
	}
}

// between also refuses what is no number.
func between(f *fault.Fields, at string, v, low, high float64) {
	if !(v >= low && v <= high) {
		f.Add(at, fault.OutOfRange, "must be from %g to %g", low, high)
	}
}
