// Package alert tells supervisors of trouble before they look for it: rules over the present ("somebody waits longer than
// two minutes", "nobody has signed in for a queue that is open"), which raise an alert, repeat it while nobody has seen it,
// and clear it. What is amiss and for how long is decided by pure functions; a raised alert is a row, so that no restart
// loses or doubles it. The package reads the present through a port and changes nothing but its own tables.
package alert

import (
	"net/mail"
	"net/url"
	"strings"
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
)

// RuleID identifies a rule.
type RuleID string

// What is a kind of trouble.
type What string

// The kinds.
const (
	LongWait        What = "long_wait"        // a customer in line waits longer than LimitMS
	Abandoned       What = "abandoned"        // of those who came within Window more than Percent left the line, of at least Least
	LongBreak       What = "long_break"       // an agent's break lasts longer than LimitMS; 0: than its reason allows
	NobodyAvailable What = "nobody_available" // a queue that is open has agents, but none of them is available or at work
	NobodySignedIn  What = "nobody_signed_in" // a queue that is open, and nobody who serves it has signed in
	ServiceFails    What = "service_fails"    // something outside that the center needs does not work
)

// Whats lists the kinds.
func Whats() []What {
	return []What{LongWait, Abandoned, LongBreak, NobodyAvailable, NobodySignedIn, ServiceFails}
}

// Window is how far back abandoned calls are counted.
const Window = 15 * time.Minute

// Service is a kind of things outside.
type Service string

// The services.
const (
	Trunk      Service = "trunk"      // a carrier's line is down
	Speech     Service = "speech"     // an engine that speaks
	Recognizer Service = "recognizer" // one that hears
	Gateway    Service = "gateway"    // of e-mail or SMS
	WebHook    Service = "web_hook"   // the programs that alerts are sent to
	Store      Service = "store"      // where recordings are kept outside
)

// Services lists them.
func Services() []Service { return []Service{Trunk, Speech, Recognizer, Gateway, WebHook, Store} }

// Rule says what is trouble, and who is told. What belongs to other kinds is empty.
type Rule struct {
	ID       RuleID     `json:"id"`
	Key      string     `json:"key"` // unique
	Name     string     `json:"name"`
	Disabled bool       `json:"disabled"`
	Project  project.ID `json:"project_id"` // empty: all
	Queue    queue.ID   `json:"queue_id"`   // empty: all of the project; of an agent: one he serves
	Terms    Terms      `json:"terms"`
}

// Terms are when a rule raises and clears, and whom it tells beside the supervisors' screens.
type Terms struct {
	What    What    `json:"what"`
	LimitMS int64   `json:"limit_ms,omitempty"`
	Percent int64   `json:"percent,omitempty"`
	Least   int64   `json:"least,omitempty"`
	Service Service `json:"service,omitempty"` // empty: any
	// HoldMS is for how long it must be so before the alert is raised, CalmMS for how long it must be well again before it clears.
	HoldMS int64 `json:"hold_ms,omitempty"`
	CalmMS int64 `json:"calm_ms,omitempty"`
	// RepeatMS is after what time it is sent again while it lasts and nobody has seen it; 0: never.
	RepeatMS int64    `json:"repeat_ms,omitempty"`
	Emails   []string `json:"emails,omitempty"`
	Hook     string   `json:"hook,omitempty"` // URL that gets signed JSON; empty: none
}

// Limits of rules.
const (
	day         = 24 * 3_600_000
	mostEmails  = 20
	leastRepeat = 5 * 60_000
)

// Validate checks what can be checked without the database.
func (r Rule) Validate() error {
	var f fault.Fields
	t := r.Terms
	f.Key("key", r.Key)
	f.Text("name", r.Name, true, 200)
	fault.OneOf(&f, "terms.what", t.What, Whats()...)
	switch t.What {
	case LongWait:
		f.Range("terms.limit_ms", t.LimitMS, 1000, day)
	case LongBreak:
		f.Range("terms.limit_ms", t.LimitMS, 0, day)
	case Abandoned:
		f.Range("terms.percent", t.Percent, 1, 99)
		f.Range("terms.least", t.Least, 1, 100_000)
	case ServiceFails:
		if t.Service != "" {
			fault.OneOf(&f, "terms.service", t.Service, Services()...)
		}
		if r.Project != "" || r.Queue != "" {
			f.Add("project_id", fault.NotAllowed, "an outside service belongs to no project or queue; leave both empty")
		}
	}
	f.Range("terms.hold_ms", t.HoldMS, 0, day)
	f.Range("terms.calm_ms", t.CalmMS, 0, day)
	if t.RepeatMS != 0 {
		f.Range("terms.repeat_ms", t.RepeatMS, leastRepeat, 7*day)
	}
	if len(t.Emails) > mostEmails {
		f.Add("terms.emails", fault.TooLong, "name at most %d addresses", mostEmails)
	}
	for _, to := range t.Emails {
		if a, err := mail.ParseAddress(to); err != nil || a.Address != to || len(to) > 254 {
			f.Add("terms.emails", fault.Malformed, "%q is no address of e-mail", to)
		}
	}
	if u, err := url.Parse(t.Hook); t.Hook != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || len(t.Hook) > 2000 || strings.ContainsAny(t.Hook, " \t\r\n")) {
		f.Add("terms.hook", fault.Malformed, "write an address that begins with https:// or http://, without a user")
	}
	return f.Err()
}

// watches says whether a change has earlier alerts of the rule end: they would not be raised for the same reason any more.
func (r Rule) watches(to Rule) bool {
	a, b := r.Terms, to.Terms
	return r.Disabled != to.Disabled || r.Project != to.Project || r.Queue != to.Queue || a.What != b.What || a.Service != b.Service
}

// Defaults are the rules of a new center: what nobody wants to learn from a customer.
func Defaults() []Rule {
	const second, minute = 1000, 60_000
	return []Rule{
		{Key: "long-wait", Name: "Somebody waits too long", Terms: Terms{What: LongWait, LimitMS: 2 * minute, CalmMS: 30 * second}},
		{Key: "abandoned", Name: "Many give up waiting", Terms: Terms{What: Abandoned, Percent: 20, Least: 10, CalmMS: 2 * minute}},
		{Key: "long-break", Name: "A break is too long", Terms: Terms{What: LongBreak, HoldMS: 30 * second}},
		{Key: "nobody", Name: "Nobody has signed in", Terms: Terms{What: NobodySignedIn, HoldMS: 2 * minute, CalmMS: 10 * second}},
		{Key: "service", Name: "A service outside fails", Terms: Terms{What: ServiceFails, HoldMS: 30 * second, CalmMS: minute}},
	}
}

// ID identifies an alert.
type ID string

// SubjectKind is what an alert may be about.
type SubjectKind string

// The kinds of subjects.
const (
	OfQueue   SubjectKind = "queue"
	OfAgent   SubjectKind = "agent"
	OfService SubjectKind = "service"
)

// Subject is what an alert is about. Of a service the ID is "trunk:carrier".
type Subject struct {
	Kind SubjectKind
	ID   string
}

// Why an alert is over.
const (
	Calm    = "calm"    // it was well for long enough
	Changed = "changed" // its rule was changed, switched off or removed
	Gone    = "gone"    // what it was about is not there any more
)

// Alert is one trouble from its beginning to its end.
type Alert struct {
	ID      ID
	Rule    RuleID
	Name    string // of the rule, when it was raised
	What    What
	Subject Subject
	About   string // the subject's name, when it was raised
	Project string // its name; empty: none
	// Value and Limit are milliseconds, percent or people, as the kind has it; Worst is the worst value so far.
	Value, Limit, Worst int64
	Detail              string // of a service: what went wrong
	Since               time.Time
	Raised              time.Time
	Cleared             time.Time // zero: it lasts
	Why                 string    // it is over
	SeenBy              string    // the user who has seen it; empty: nobody
	SeenName            string    // of that user, then
	Seen                time.Time
	Told                time.Time // when messages were sent last
	Times               int64     // how often
	Untold              string    // why a message could not be sent; empty: all were
}

// now is the present in the database's precision.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

func millis(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
