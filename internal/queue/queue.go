// Package queue is a line of waiting interactions with its goals, and the agents who serve it. Who
// is offered what is decided in package routing. Storage works as in package tenant.
package queue

import (
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
)

// ID identifies a queue.
type ID string

// Queue is a line of waiting interactions.
type Queue struct {
	ID                  ID         `json:"id"`
	Key                 string     `json:"key"` // unique
	Name                string     `json:"name"`
	ProjectID           project.ID `json:"project_id"`
	TargetMS            int64      `json:"target_ms"`            // answered within this is in time
	TargetPercent       int64      `json:"target_percent"`       // the share of answers in time wished for
	ShortAbandonMS      int64      `json:"short_abandon_ms"`     // who leaves before counts as short abandon
	OfferMS             int64      `json:"offer_ms"`             // how long an offer rings
	WrapUpMS            int64      `json:"wrap_up_ms"`           // the most wrap-up may take; 0: none
	DispositionRequired bool       `json:"disposition_required"` // wrap-up ends only with a disposition
	Recording           bool       `json:"recording"`            // conversations are recorded
	RecordOnDemand      bool       `json:"record_on_demand"`     // agents start and stop the recording
	WaitingFlowID       string     `json:"waiting_flow_id"`      // flow.ID of what waiting callers hear; empty: music
	Callback            Callback   `json:"callback"`
	HoursID             string     `json:"hours_id"` // hours.ID of when it is served; empty: always
	Closing             Closing    `json:"closing"`
	// AfterFlowID is the flow.ID of what takes the customer when the agent hangs up first, such as a survey; empty:
	// the call ends. See AfterShare and AfterDays.
	AfterFlowID string `json:"after_flow_id"`
	AfterShare  int64  `json:"after_share"` // of so many customers in a hundred, by chance; 0 without a flow only
	AfterDays   int64  `json:"after_days"`  // a customer's number at most once in so many days; 0: every time

	Routing Routing `json:"routing"`
	Desk    Desk    `json:"desk"`
	// Overflow are the rules for who waits, in order; empty: he waits.
	Overflow []Overflow `json:"overflow,omitempty"`
}

// Callback is how a queue calls back customers who do not want to wait on the line. The zero value does not.
type Callback struct {
	On      bool   `json:"on"`
	Retries int64  `json:"retries"` // further calls to a customer who was not reached; 0: none
	GapMS   int64  `json:"gap_ms"`  // between them
	From    int64  `json:"from"`    // earliest, in minutes from midnight of the center's time
	To      int64  `json:"to"`      // latest; as From: at any hour
	Caller  string `json:"caller"`  // number to show, if a trunk may show it; empty: the one the customer had called
	// SlotMinutes is how long the times are that customers may choose for the call, from midnight on; 0: they may not.
	SlotMinutes int64 `json:"slot_minutes,omitempty"`
	SlotCalls   int64 `json:"slot_calls,omitempty"` // customers to one of them
}

// Slots says whether customers may choose a time.
func (c Callback) Slots() bool { return c.SlotMinutes > 0 && c.SlotCalls > 0 }

// Gap is the time between two calls to a customer who was not reached.
func (c Callback) Gap() time.Duration { return time.Duration(c.GapMS) * time.Millisecond }

// May says whether customers may be called at a moment of the center's time.
func (c Callback) May(at time.Time) bool {
	minute := int64(at.Hour()*60 + at.Minute())
	switch {
	case c.From == c.To:
		return true
	case c.From < c.To:
		return c.From <= minute && minute < c.To
	}
	return c.From <= minute || minute < c.To // over midnight
}

// Usual is a queue with the values most centers begin with.
func Usual() Queue {
	return Queue{TargetMS: 20_000, TargetPercent: 80, ShortAbandonMS: 5_000, OfferMS: 20_000, WrapUpMS: 60_000, Recording: true,
		Desk: Desk{Extensions: UsualExtensions}}
}

// Target is within what time an answer is in time.
func (q Queue) Target() time.Duration { return time.Duration(q.TargetMS) * time.Millisecond }

// ShortAbandon is how long a caller must wait at least for leaving to count as abandoned.
func (q Queue) ShortAbandon() time.Duration {
	return time.Duration(q.ShortAbandonMS) * time.Millisecond
}

// Offer is how long an offer rings.
func (q Queue) Offer() time.Duration { return time.Duration(q.OfferMS) * time.Millisecond }

// WrapUp is the most time the work after the call may take; 0: none.
func (q Queue) WrapUp() time.Duration { return time.Duration(q.WrapUpMS) * time.Millisecond }

// Validate checks what can be checked without the database.
func (q Queue) Validate() error {
	const second, minute, hour = 1000, 60_000, 3_600_000
	var f fault.Fields
	f.Key("key", q.Key)
	f.Text("name", q.Name, true, 200)
	if q.ProjectID == "" {
		f.Add("project_id", fault.Required, "must not be empty")
	}
	f.Range("target_ms", q.TargetMS, second, 24*hour)
	f.Range("target_percent", q.TargetPercent, 0, 100)
	f.Range("short_abandon_ms", q.ShortAbandonMS, 0, 10*minute)
	f.Range("offer_ms", q.OfferMS, second, 10*minute)
	f.Range("wrap_up_ms", q.WrapUpMS, 0, 8*hour)
	f.Range("callback.retries", q.Callback.Retries, 0, 20)
	if q.Callback.Retries > 0 {
		f.Range("callback.gap_ms", q.Callback.GapMS, 10*second, 24*hour)
	}
	f.Range("callback.from", q.Callback.From, 0, 24*60-1)
	f.Range("callback.to", q.Callback.To, 0, 24*60-1)
	f.Text("callback.caller", q.Callback.Caller, false, 64)
	if q.Callback.SlotMinutes != 0 || q.Callback.SlotCalls != 0 {
		f.Range("callback.slot_minutes", q.Callback.SlotMinutes, 15, 12*60)
		f.Range("callback.slot_calls", q.Callback.SlotCalls, 1, 1000)
	}
	q.checkClosing(&f)
	q.Routing.check(&f)
	q.checkOverflow(&f)
	q.Desk.check(&f)
	if q.AfterFlowID != "" {
		f.Range("after_share", q.AfterShare, 1, 100)
	} else if q.AfterShare != 0 || q.AfterDays != 0 {
		f.Add("after_flow_id", fault.Required, "choose the flow that takes customers after the call")
	}
	f.Range("after_days", q.AfterDays, 0, 3650)
	return f.Err()
}
