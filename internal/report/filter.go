package report

import (
	"strconv"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/callback"
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
	Asked  At = "asked" // a callback's being asked for; with Filter.Callback
)

// Outcomes a filter knows beside those of segments.
const (
	NotQueued = "not_queued" // ended without ever waiting
	StillOpen = "open"       // not ended
	Handled   = "handled"    // of a segment: answered, and ended with its wrap-up
)

// Channel is what customers come by, as people tell calls apart.
type Channel string

// The channels. Each interaction has one.
const (
	Voice     Channel = "voice" // but for the next
	CallBack  Channel = "callback"
	VoiceMail Channel = "voicemail"
)

// condition is what an interaction of the channel fulfils; the zero Channel is none.
func (c Channel) condition(w *where) {
	switch c {
	case "":
	case CallBack:
		w.add("i.origin = %s", string(interaction.Callback))
	case Voice:
		w.add("i.channel = %s AND i.origin <> %s", string(interaction.Voice), string(interaction.Callback))
	default:
		w.add("i.channel = %s", string(c))
	}
}

// Asking is what became of a request to be called back.
type Asking string

// What a filter knows of requests.
const (
	AnyAsked   Asking = "any"
	OpenAsked  Asking = "open"
	AskReached Asking = Asking(callback.Reached)
	AskTalked  Asking = "talked" // reached, and an agent has talked with him
	AskGivenUp Asking = Asking(callback.GivenUp)
	AskEnded   Asking = Asking(callback.Cancelled)
)

// Review is a list of what somebody ought to look at.
type Review string

// HangUp is the review list of talks that agents ended first, against the project's terms or with a reason.
const HangUp Review = "hang_up"

// Abuse is the list of interactions in which an agent was insulted.
const Abuse Review = "abuse"

// Anybody in MissedBy stands for every agent.
const Anybody access.UserID = "any"

// Filter says which interactions are meant; zero values do not restrict. Queue, Agent, Outcome,
// InTime, MissedBy, Survey, Question, and From and To when At is Queued or Served, must hold for one and the same segment.
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
	Channel     Channel
	Outcome     string // of a segment, or one of the constants above
	InTime      bool
	MissedBy    access.UserID // or Anybody
	Cause       interaction.Cause
	Disposition disposition.ID
	Recording   string
	Review      Review
	Callback    Asking // asked for in the interaction, then and for the queue that From, To and Queue say when At is Asked
	Survey      Survey // of a segment; empty: whether he was asked or not
	Question    string // with an answer to it, by its key, as Survey says; empty: whatever he answered
	// Text is a part of a number of the customer, the beginning of his name, words of a message that was written
	// down, or an interaction's id.
	Text string
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
	set("channel", string(f.Channel))
	set("outcome", f.Outcome)
	if f.InTime {
		p["in_time"] = "true"
	}
	set("missed_by", string(f.MissedBy))
	set("cause", string(f.Cause))
	set("disposition", string(f.Disposition))
	set("recording", f.Recording)
	set("review", string(f.Review))
	set("callback", string(f.Callback))
	set("survey", string(f.Survey))
	set("question", f.Question)
	set("text", f.Text)
	return p
}
