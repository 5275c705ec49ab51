package report

import (
	"strconv"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/disposition"
	"linekeeper/internal/entry"
	"linekeeper/internal/interaction"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// Viewer is who reads.
type Viewer struct {
	Tenant tenant.ID
	User   access.UserID
	// SeesAll: every interaction of the tenant; else only those the user took.
	SeesAll bool
}

// At says which instant a filter's From and To are about.
type At string

// The instants.
const (
	Arrived At = "arrived" // the interaction's arrival
	Queued  At = "queued"  // the beginning of a segment that waited in a line, as queues' figures count
	// Served is a segment's beginning as agents' figures count: of a customer whom another agent handed on too.
	Served At = "served"
)

// Outcomes a filter knows beside those of segments.
const (
	NotQueued = "not_queued" // ended without ever waiting
	StillOpen = "open"       // not ended
	Handled   = "handled"    // of a segment: answered, and ended with its wrap-up
)

// Review is a list of what somebody ought to look at.
type Review string

// HangUp is the review list of talks that agents ended first, against the project's terms or with a reason.
const HangUp Review = "hang_up"

// Anybody in MissedBy stands for every agent.
const Anybody access.UserID = "any"

// Filter says which interactions are meant; zero values do not restrict. Queue, Agent, Outcome,
// InTime, MissedBy, and From and To when At is not Arrived, must hold for one and the same segment.
type Filter struct {
	From, To    time.Time // To is exclusive
	At          At        // empty: Arrived
	Queue       queue.ID
	Agent       access.UserID // who took it
	Entry       entry.ID
	Project     project.ID
	Customer    customer.ID
	Phase       interaction.Phase
	Origin      string
	Outcome     string // of a segment, or one of the constants above
	InTime      bool
	MissedBy    access.UserID // or Anybody
	Cause       interaction.Cause
	Disposition disposition.ID
	Recording   string
	Review      Review
	Text        string // part of a number of the customer, beginning of his name, or an interaction's id
}

// Params is the filter as the query parameters of GET /interactions.
func (f Filter) Params() map[string]string {
	p := map[string]string{}
	set := func(name, value string) {
		if value != "" {
			p[name] = value
		}
	}
	instant := func(name string, t time.Time) {
		if !t.IsZero() {
			p[name] = strconv.FormatInt(t.UnixMilli(), 10)
		}
	}
	instant("from", f.From)
	instant("to", f.To)
	set("at", string(f.At))
	set("queue", string(f.Queue))
	set("agent", string(f.Agent))
	set("entry", string(f.Entry))
	set("project", string(f.Project))
	set("customer", string(f.Customer))
	set("phase", string(f.Phase))
	set("origin", f.Origin)
	set("outcome", f.Outcome)
	if f.InTime {
		p["in_time"] = "true"
	}
	set("missed_by", string(f.MissedBy))
	set("cause", string(f.Cause))
	set("disposition", string(f.Disposition))
	set("recording", f.Recording)
	set("review", string(f.Review))
	set("text", f.Text)
	return p
}
