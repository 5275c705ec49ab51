// Package notice is what leaders tell agents in writing: whom it reaches, from when until when, whether it is to be read
// or to be confirmed, and who has done so. Nothing here knows of screens: telling desks that something has changed, and
// the moment at which a notice begins to hold, are for who wires the parts together. Storage works as in package tenant.
package notice

import (
	"maps"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// ID identifies a notice.
type ID string

// Importance is what a notice asks of those whom it reaches.
type Importance string

// The importances.
const (
	ToRead    Importance = "read"
	ToConfirm Importance = "confirm"
	Blocks    Importance = "block" // to be confirmed before one can become available
)

// Importances lists all of them.
func Importances() []Importance { return []Importance{ToRead, ToConfirm, Blocks} }

// Text is a notice in one language. The body knows paragraphs, lines that begin with "- ", **bold** words and addresses
// of web pages; everything else is what it looks like.
type Text struct {
	Title string `json:"title"`
	Body  string `json:"body"`
}

// The limits of a text.
const (
	MaxTitle = 120
	MaxBody  = 8000
)

// Texts is a notice in one or more languages.
type Texts map[tenant.Language]Text

// In gives the text in a language, else in English, else in any.
func (t Texts) In(l tenant.Language) Text {
	for _, try := range append([]tenant.Language{l}, tenant.Languages()...) {
		if s, ok := t[try]; ok {
			return s
		}
	}
	return Text{}
}

// Audience is whom a notice reaches: everybody who takes interactions, or else all who are in any of the lists. Who comes
// to a queue later is reached too.
type Audience struct {
	Everybody bool            `json:"everybody"`
	Queues    []queue.ID      `json:"queues"`
	Projects  []project.ID    `json:"projects"`
	People    []access.UserID `json:"people"`
}

// Person is somebody whom a notice may reach.
type Person struct {
	ID       access.UserID
	Works    bool // takes interactions
	Queues   []queue.ID
	Projects []project.ID // of these queues
}

// Reaches says whether somebody is among them.
func (a Audience) Reaches(p Person) bool {
	if slices.Contains(a.People, p.ID) {
		return true
	}
	if a.Everybody {
		return p.Works
	}
	among := func(q queue.ID) bool { return slices.Contains(a.Queues, q) }
	within := func(j project.ID) bool { return slices.Contains(a.Projects, j) }
	return p.Works && (slices.ContainsFunc(p.Queues, among) || slices.ContainsFunc(p.Projects, within))
}

// Notice is one of them.
type Notice struct {
	ID         ID            `json:"id"`
	Texts      Texts         `json:"texts"`
	Importance Importance    `json:"importance"`
	Audience   Audience      `json:"audience"`
	From       time.Time     `json:"from"`
	Until      time.Time     `json:"until"`    // zero: until it is withdrawn
	Revision   int64         `json:"revision"` // what is to be read and confirmed; grows when a change is to be confirmed anew
	Version    int64         `json:"version"`  // grows with each change
	Author     access.UserID `json:"author"`   // who wrote it first
	Written    time.Time     `json:"written"`
	Changed    time.Time     `json:"changed"`
	Withdrawn  time.Time     `json:"withdrawn"` // zero: it is not
	Reminded   time.Time     `json:"reminded"`  // those who had not done what it asks, the last time; zero: never
}

// Holds says whether a notice is to be read at a time.
func (n Notice) Holds(at time.Time) bool {
	return n.Withdrawn.IsZero() && !at.Before(n.From) && (n.Until.IsZero() || at.Before(n.Until))
}

// Reading is what somebody has done with a revision of a notice.
type Reading struct {
	Notice    ID            `json:"notice"`
	User      access.UserID `json:"user"`
	Revision  int64         `json:"revision"`
	Read      time.Time     `json:"read"`
	Confirmed time.Time     `json:"confirmed"` // zero: not
}

// Done says whether somebody has done what a notice asks for; r is his last reading, the zero one if there is none.
func (n Notice) Done(r Reading) bool {
	if r.Revision != n.Revision {
		return false
	}
	if n.Importance == ToRead {
		return !r.Read.IsZero()
	}
	return !r.Confirmed.IsZero()
}

// Hinders says whether somebody cannot become available before he has confirmed a notice that reaches him.
func (n Notice) Hinders(r Reading, at time.Time) bool {
	return n.Importance == Blocks && n.Holds(at) && !n.Done(r)
}

// Validate checks what can be checked without the database.
func (n Notice) Validate() error {
	var f fault.Fields
	if len(n.Texts) == 0 {
		f.Add("texts", fault.Required, "write it in at least one language")
	}
	for _, l := range slices.Sorted(maps.Keys(n.Texts)) {
		at := fault.Join("texts", string(l))
		if !slices.Contains(tenant.Languages(), l) {
			f.Add(at, fault.Unknown, "%q is not one of the languages en, ru, th", string(l))
			continue
		}
		f.Text(fault.Join(at, "title"), n.Texts[l].Title, true, MaxTitle)
		f.Text(fault.Join(at, "body"), n.Texts[l].Body, true, MaxBody)
	}
	fault.OneOf(&f, "importance", n.Importance, Importances()...)
	a := n.Audience
	if !a.Everybody && len(a.Queues)+len(a.Projects)+len(a.People) == 0 {
		f.Add("audience", fault.Required, "say whom it is for: everybody, queues, projects or people")
	}
	if a.Everybody && len(a.Queues)+len(a.Projects) > 0 {
		f.Add("audience", fault.NotAllowed, "it is for everybody already: name no queues and projects beside")
	}
	if !n.Until.IsZero() && !n.Until.After(n.From) {
		f.Add("until", fault.OutOfRange, "must be after its beginning")
	}
	return f.Err()
}
