// Package trigger starts flows without a customer: at times of the calendar, when something happens in the
// center, or when a program outside calls a web hook. Each moment has a row before its flow begins, so that a restart
// neither loses nor doubles it. What a flow does is decided in package flow.
package trigger

import (
	"slices"
	"time"

	"linekeeper/internal/agent"
	"linekeeper/internal/hours"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// ID identifies a trigger.
type ID string

// Kind is what starts a flow.
type Kind string

// The kinds.
const (
	Schedule Kind = "schedule"
	Event    Kind = "event"
	Hook     Kind = "hook"
)

// Happening is an event that starts flows.
type Happening string

// The happenings.
const (
	InteractionEnded Happening = "interaction_ended"
	QueueWaiting     Happening = "queue_waiting"  // more than so many wait, for so long
	StatusChanged    Happening = "status_changed" // of an agent
	LowScore         Happening = "low_score"      // a customer has answered a question of a survey badly
)

// Trigger is what starts a flow without a customer.
type Trigger struct {
	ID        ID         `json:"id"`
	Key       string     `json:"key"` // unique
	Name      string     `json:"name"`
	ProjectID project.ID `json:"project_id"`
	FlowID    string     `json:"flow_id"` // flow.ID
	Kind      Kind       `json:"kind"`
	Disabled  bool       `json:"disabled"`
	Rule      Rule       `json:"rule"`
	TokenHash string     `json:"-"` // of the web hook's address; empty: it has none yet
	// Since is when it was made, switched on, or its rule changed: what happened before starts nothing.
	Since time.Time `json:"-"`
}

// Rule is when a trigger starts its flow; what belongs to other kinds is empty.
type Rule struct {
	TimeZone string   `json:"time_zone,omitempty"` // IANA name; empty: the center's
	Days     []string `json:"days,omitempty"`      // mon, tue, ...; none: every day
	Times    []string `json:"times,omitempty"`     // 09:00

	On    Happening `json:"on,omitempty"`
	Queue string    `json:"queue,omitempty"`  // key; empty: any of the project, but for QueueWaiting. Of an agent: one he serves
	More  int64     `json:"more,omitempty"`   // QueueWaiting: more than so many wait
	ForMS int64     `json:"for_ms,omitempty"` // for so long

	Status agent.Status `json:"status,omitempty"` // StatusChanged: the new one; empty: any
	Reason string       `json:"reason,omitempty"` // StatusChanged: the new one's; empty: any

	Question string `json:"question,omitempty"` // LowScore: its key; empty: any
	// AtMost is the highest score that starts the flow; nil: what Scale.Low says.
	AtMost *float64 `json:"at_most,omitempty"`
	// Last has the mean of so many last answers compared, when it falls so low; 0: each answer by itself.
	Last int64 `json:"last,omitempty"`

	// PerMinute is how often the flow may start within a minute; 0: UsualPerMinute.
	PerMinute int64 `json:"per_minute,omitempty"`
}

// UsualPerMinute is how often a flow may start within a minute when nothing is said.
const UsualPerMinute = 30

// Limit is how often the flow may start within a minute.
func (t Trigger) Limit() int {
	if t.Rule.PerMinute == 0 {
		return UsualPerMinute
	}
	return int(t.Rule.PerMinute)
}

// Validate checks what can be checked without the database.
func (t Trigger) Validate() error {
	var f fault.Fields
	f.Key("key", t.Key)
	f.Text("name", t.Name, true, 200)
	if t.ProjectID == "" {
		f.Add("project_id", fault.Required, "must not be empty")
	}
	if t.FlowID == "" {
		f.Add("flow_id", fault.Required, "must not be empty")
	}
	f.Range("rule.per_minute", t.Rule.PerMinute, 0, 600)
	r := t.Rule
	switch t.Kind {
	case Schedule:
		r.checkTimes(&f)
	case Event:
		r.checkEvent(&f)
	case Hook:
	default:
		f.Add("kind", fault.Unknown, "%q is not one of schedule, event, hook", string(t.Kind))
	}
	return f.Err()
}

func (r Rule) checkEvent(f *fault.Fields) {
	const day = 24 * 3_600_000
	switch r.On {
	case InteractionEnded:
	case QueueWaiting:
		if r.Queue == "" {
			f.Add("rule.queue", fault.Required, "name the queue that is watched")
		}
		f.Range("rule.more", r.More, 0, 100_000)
		f.Range("rule.for_ms", r.ForMS, 0, day)
	case StatusChanged:
		if s := r.Status; s != "" && s != agent.Available && s != agent.Break && s != agent.Offline {
			f.Add("rule.status", fault.Unknown, "%q is not one of available, break, offline", string(s))
		}
		f.Text("rule.reason", r.Reason, false, 64)
	case LowScore:
		r.checkScore(f)
	default:
		f.Add("rule.on", fault.Unknown, "%q is not one of interaction_ended, queue_waiting, status_changed, low_score", string(r.On))
	}
}

// checkScore asks for a question where a number is named: scores of different scales do not compare.
func (r Rule) checkScore(f *fault.Fields) {
	f.Text("rule.question", r.Question, false, interaction.MaxQuestion)
	if a := r.AtMost; a != nil {
		if ok := *a >= 0 && *a <= 10; !ok { // what is no number is neither
			f.Add("rule.at_most", fault.OutOfRange, "must be from %d to %d", 0, 10)
		}
	}
	f.Range("rule.last", r.Last, 0, mostLast)
	if r.Last > 0 && r.AtMost == nil {
		f.Add("rule.at_most", fault.Required, "name the mean that is too low")
	}
	if r.AtMost != nil && r.Question == "" {
		f.Add("rule.question", fault.Required, "name the question the score is of")
	}
}

// mostLast is how many answers a mean may be of.
const mostLast = 1000

// fell says whether the mean of so many last scores has fallen low with the newest, which is the first. Scores holds
// one more when there are so many.
func fell(scores []int, last int, atMost float64) bool {
	if len(scores) < last || !low(scores[:last], atMost) {
		return false
	}
	return len(scores) == last || !low(scores[1:last+1], atMost)
}

func low(scores []int, atMost float64) bool { return mean(scores) <= atMost }

func mean(scores []int) float64 {
	sum := 0
	for _, s := range scores {
		sum += s
	}
	return float64(sum) / float64(len(scores))
}

func (r Rule) checkTimes(f *fault.Fields) {
	if r.TimeZone != "" {
		tenant.CheckTimeZone(f, "rule.time_zone", r.TimeZone)
	}
	for _, d := range r.Days {
		if !slices.Contains(hours.Days(), d) {
			f.Add("rule.days", fault.Unknown, "%q is not a day; write mon, tue, wed, thu, fri, sat or sun", d)
		}
	}
	if len(r.Times) == 0 || len(r.Times) > 100 {
		f.Add("rule.times", fault.Required, "name 1 to 100 times such as 09:00")
	}
	for _, text := range r.Times {
		if _, ok := minutes(text); !ok {
			f.Add("rule.times", fault.Malformed, "%q is not a time such as 09:00", text)
		}
	}
}

func minutes(text string) (int, bool) {
	at, err := time.Parse("15:04", text)
	return at.Hour()*60 + at.Minute(), err == nil && len(text) == 5
}

// How long after it was due a flow still starts, when the center was down.
const (
	Late       = time.Hour      // by the calendar, and for the status of an agent
	LateRecord = 24 * time.Hour // for what a customer's interaction tells
)

// late is how long after an event its flow still starts.
func (h Happening) late() time.Duration {
	if h == StatusChanged {
		return Late
	}
	return LateRecord
}

// Due is the latest scheduled moment after one instant and up to another; not ok: there is none. A time the clock
// jumps over in spring is the jump itself; one it shows twice in autumn is the first.
func (r Rule) Due(after, now time.Time, zone *time.Location) (at time.Time, ok bool) {
	if r.TimeZone != "" {
		zone = tenant.Location(r.TimeZone)
	}
	if early := now.Add(-Late); after.Before(early) {
		after = early
	}
	local := now.In(zone)
	for back := range 2 { // what is late may be of yesterday
		date := time.Date(local.Year(), local.Month(), local.Day()-back, 12, 0, 0, 0, time.UTC)
		if len(r.Days) > 0 && !slices.Contains(r.Days, hours.Days()[(int(date.Weekday())+6)%7]) {
			continue
		}
		for _, text := range r.Times {
			m, good := minutes(text)
			moment := hours.FirstAt(date.Year(), date.Month(), date.Day(), m, zone)
			if good && moment.After(after) && !moment.After(now) && (!ok || moment.After(at)) {
				at, ok = moment, true
			}
		}
	}
	return at.UTC(), ok
}

// State is how far a run is.
type State string

// The states of a run.
const (
	Due         State = "due"         // its flow has not begun
	Running     State = "running"     // it has
	Done        State = "done"        // it has ended as it should
	Failed      State = "failed"      // it could not begin, or failed
	Interrupted State = "interrupted" // the process died meanwhile; it is not begun again
	Skipped     State = "skipped"     // too many within a minute
)

// Run is a moment of a trigger, and what became of it.
type Run struct {
	Tenant  tenant.ID
	Trigger ID
	Moment  string // unique in the trigger: a time, an interaction, a request
	At      time.Time
	Started time.Time // zero: not yet
	Ended   time.Time // zero: not yet
	State   State
	By      string     // who started it by hand; empty: the trigger
	Why     fault.Said // why it failed; empty: it did not
	Inputs  map[string]any
	Steps   []string // what the flow did
	FlowID  string   // flow.ID, that ran; empty: none yet
	Version int64    // of the flow
}
