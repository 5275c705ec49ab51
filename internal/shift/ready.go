package shift

import (
	"slices"
	"time"

	"linekeeper/internal/kit/fault"
)

// Demand is how much a center insists on something before an agent may take calls.
type Demand string

// The demands.
const (
	Off   Demand = "off"   // it is not asked for
	Warn  Demand = "warn"  // the agent and his leaders are told
	Block Demand = "block" // he cannot become available without it
)

// Terms are what a center asks before and in a shift.
type Terms struct {
	Check     Demand `json:"check"`     // the phone check, of those whose phone is the browser
	Checklist Demand `json:"checklist"` // the items of the checklist for the start
	HoldsH    int64  `json:"holds_h"`   // how many hours a check, ticks and a leader's word hold
	EarlyMin  int64  `json:"early_min"` // how many minutes before the planned start an arrival is credited
	AbsentMin int64  `json:"absent_min"`
	// MostNoise and LeastScore are limits of the phone check; 0: none.
	MostNoise  int64 `json:"most_noise"`  // dB relative to full scale, below 0
	LeastScore int64 `json:"least_score"` // hundredths of the score of listeners
}

// Usual are the terms of a center that has not chosen.
func Usual() Terms {
	return Terms{Check: Block, Checklist: Warn, HoldsH: 12, EarlyMin: 15, AbsentMin: 30}
}

// Validate checks the terms.
func (t Terms) Validate() error {
	var f fault.Fields
	fault.OneOf(&f, "check", t.Check, Off, Warn, Block)
	fault.OneOf(&f, "checklist", t.Checklist, Off, Warn, Block)
	f.Range("holds_h", t.HoldsH, 1, 48)
	f.Range("early_min", t.EarlyMin, 0, 240)
	f.Range("absent_min", t.AbsentMin, 0, 480)
	f.Range("most_noise", t.MostNoise, -90, 0)
	f.Range("least_score", t.LeastScore, 0, 450)
	return f.Err()
}

// Holds is how long a check, ticks and a leader's word hold.
func (t Terms) Holds() time.Duration { return time.Duration(t.HoldsH) * time.Hour }

// Code names what an agent lacks.
type Code string

// The codes.
const (
	NeedsCheck     Code = "phone_check"
	NeedsChecklist Code = "checklist"
)

// Reason is why an agent is not ready.
type Reason struct {
	Code   Code `json:"code"`
	Blocks bool `json:"blocks"` // false: it is only to be known
}

// Facts are what is known of an agent's shift.
type Facts struct {
	Browser  bool     // his phone is the browser; the check is for nobody else
	Checks   []Check  // of the shift, the latest of each sign-in, in order
	Missing  int      // items of the checklist for the start that are not ticked
	Override Override // a leader's last word
}

// Checked is the last check that counts for a sign-in; of session "", of any.
func (f Facts) Checked(session string) (Check, bool) {
	for _, c := range slices.Backward(f.Checks) {
		if session == "" || c.Session == session {
			return c, true
		}
	}
	return Check{}, false
}

// NotReady says what an agent lacks before he may take calls, what blocks first. Nothing blocks him whom a leader has
// allowed to work within the time that his word holds.
func NotReady(t Terms, f Facts, session string, now time.Time) []Reason {
	allowed := f.Override.Holds(t, now)
	var all []Reason
	add := func(missing bool, code Code, d Demand) {
		if missing && d != Off {
			all = append(all, Reason{Code: code, Blocks: d == Block && !allowed})
		}
	}
	c, ok := f.Checked(session)
	add(f.Browser && !(ok && c.Passed && now.Sub(c.At) < t.Holds()), NeedsCheck, t.Check)
	add(f.Missing > 0, NeedsChecklist, t.Checklist)
	slices.SortStableFunc(all, func(a, b Reason) int {
		switch {
		case a.Blocks == b.Blocks:
			return 0
		case a.Blocks:
			return -1
		}
		return 1
	})
	return all
}

// Override is a leader's word that an agent may work without what he lacks.
type Override struct {
	At   time.Time
	By   string // user
	Note string
}

// Holds says whether it counts now.
func (o Override) Holds(t Terms, now time.Time) bool {
	return !o.At.IsZero() && now.Sub(o.At) < t.Holds()
}
