// Package outgoing sends messages, e-mail and SMS to people outside and web hooks to programs: each is a row from the transaction on that wants it
// sent, so no restart forgets one, and is given to a gateway, again and again with pauses, until that takes it. Nothing waits
// for that. A process that dies between a gateway's answer and our row sends the message once more, under the same identity:
// what must not come twice is for the gateway to tell by it.
package outgoing

import (
	"cmp"
	"context"
	"errors"
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"linekeeper/internal/customer"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// ID identifies a message: time-ordered text made by kit/id.
type ID string

// Way is how a message goes.
type Way string

// The ways.
const (
	Email Way = "email"
	SMS   Way = "sms"
	// Hook is a request to a program: To is its URL, Subject the kind of event, Body JSON.
	Hook Way = "hook"
)

// State is how far a message is.
type State string

// The states.
const (
	Queued  State = "queued"   // for its first try or for another one
	Sent    State = "sent"     // a gateway has taken it; what becomes of it there is not known
	Failed  State = "failed"   // a gateway has refused it for good
	GivenUp State = "given_up" // no gateway has taken it in time
)

// Over says whether nothing more happens to a message.
func (s State) Over() bool { return s != Queued }

// Message is what is sent.
type Message struct {
	ID     ID
	Tenant tenant.ID
	// Key tells a wish from the same wish asked again, as after a crash; empty: the message's identity.
	Key         string
	Project     project.ID     // empty: the center itself
	Customer    customer.ID    // empty: nobody we know
	Interaction interaction.ID // empty: none
	Node        string         // of the flow that wanted it; empty: none
	Way         Way
	Gateway     string // by the name the server's configuration gives it; empty: the first that carries the way
	To          string // E.164 or an address of e-mail
	From        string // what receivers see as the sender; empty: what the gateway says
	Subject     string // of e-mail
	Body        string // empty: it was secret, and is no longer needed
	// Secret says that nobody may read the body but who receives it: it is sealed while it waits, then forgotten.
	Secret   bool
	State    State
	Created  time.Time
	Attempts int       // that failed
	Next     time.Time // when it is tried; of Queued
	Expires  time.Time // when it is of no use any more; zero: given up after the last pause
	Ended    time.Time // zero: it is queued
	Detail   string    // why the last try failed
	// Reference is what the gateway calls it; empty: it does not say.
	Reference string
}

// Gateway takes messages to where they go on.
type Gateway interface {
	// Send gives a message away, within ctx. The error says what went wrong, without the body and without secrets of the
	// gateway; one that wraps ErrRefused is not tried again.
	Send(ctx context.Context, m Message) (reference string, err error)
}

// ErrRefused means that another try changes nothing.
var ErrRefused = errors.New("refused")

// Named is a gateway as the server's configuration has it.
type Named struct {
	Name    string
	Kind    string // for people
	Carries Way
	Gateway Gateway
	// Timeout bounds a try; 0: 15 seconds.
	Timeout time.Duration
	// Parallel is how many are given to it at once; 0: 2.
	Parallel int
	// PerMinute is how many it takes in a minute; 0: any number.
	PerMinute int
	// PerAddress is how many go to one address or number within an hour; 0: 10.
	PerAddress int
	// Countries are those whose numbers it may send to; none: all.
	Countries []string
}

const (
	usualTimeout    = 15 * time.Second
	usualParallel   = 2
	usualPerAddress = 10
	// secretPerAddress is how many secret messages, such as one-time codes, go to one address within an hour.
	secretPerAddress = 5
)

// Limits of what is sent, in bytes. A hundred SMS in a row are no SMS.
const (
	MostEmail   = 256 << 10
	MostSMS     = 4 << 10
	mostSubject = 500
)

// pauses are those between tries: who is away for a minute is found again, and who is away for a night.
func pauses() []time.Duration {
	return []time.Duration{
		5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour,
	}
}

// tried is what a message is after a try.
func (m Message) tried(reference string, err error, now time.Time) Message {
	if err == nil {
		m.State, m.Ended, m.Reference, m.Detail = Sent, now, clean(reference), ""
		return m.forget()
	}
	m.Attempts++
	m.Detail = clean(err.Error())
	switch {
	case errors.Is(err, ErrRefused):
		m.State, m.Ended = Failed, now
		return m.forget()
	case m.Attempts > len(pauses()):
		m.State, m.Ended = GivenUp, now
		return m.forget()
	}
	m.Next = now.Add(pauses()[m.Attempts-1])
	if m.expired(m.Next) {
		m.State, m.Ended = GivenUp, now
		return m.forget()
	}
	return m
}

// expired says whether it is of no use any more.
func (m Message) expired(now time.Time) bool { return !m.Expires.IsZero() && !now.Before(m.Expires) }

// forget drops a secret that nobody needs any more.
func (m Message) forget() Message {
	if m.Secret {
		m.Body = ""
	}
	return m
}

// normal is the message with its address in the one form we know, and what is wrong with it.
func (m Message) normal(country string) (Message, error) {
	to, err := Address(m.Way, m.To, country)
	if err != nil {
		return m, err
	}
	m.To = to
	var f fault.Fields
	most := MostEmail
	if m.Way == SMS {
		most = MostSMS
		m.Subject = ""
	}
	m.Subject = clean(m.Subject)
	f.Text("subject", m.Subject, m.Way != SMS, mostSubject)
	m.Body = lines(m.Body)
	switch {
	case strings.TrimSpace(m.Body) == "":
		f.Add("body", fault.Required, "must not be empty")
	case len(m.Body) > most:
		f.Add("body", fault.TooLong, "must be at most %d bytes", most)
	}
	return m, f.Err()
}

// Address brings an address of e-mail or a number, dialed as in a country, into the one form we know; empty country: only
// international numbers are known.
func Address(way Way, text, country string) (string, error) {
	switch way {
	case Email:
		a, err := mail.ParseAddress(strings.TrimSpace(text))
		if err != nil || len(a.Address) > 254 || strings.ContainsFunc(a.Address, unicode.IsControl) || !strings.Contains(a.Address, "@") {
			return "", fault.OneField("to", fault.Malformed, "this is no address of e-mail")
		}
		at := strings.LastIndexByte(a.Address, '@')
		return a.Address[:at+1] + strings.ToLower(a.Address[at+1:]), nil
	case Hook:
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || len(text) > 2000 || strings.ContainsFunc(text, unicode.IsSpace) {
			return "", fault.OneField("to", fault.Malformed, "write an address that begins with https:// or http://, without a user")
		}
		return text, nil
	case SMS:
		called, ok := number.Dialed(text, country)
		if !ok || !strings.HasPrefix(called, "+") {
			return "", fault.OneField("to", fault.Malformed, "this is no number that messages can be sent to; write it as +66 2 123 4567")
		}
		return called, nil
	}
	return "", fault.OneField("way", fault.Unknown, "there is no way %q", string(way))
}

// clean is one line of text without signs that databases or screens stumble over.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text = strings.Join(strings.Fields(text), " ")
	for len(text) > mostSubject {
		_, size := utf8.DecodeLastRuneInString(text)
		text = strings.TrimSpace(text[:len(text)-size])
	}
	return text
}

// lines is text of several lines, without other control characters.
func lines(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(text, ""))
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
}

// limit is how many messages go to one address within an hour.
func (n Named) limit(secret bool) int {
	most := cmp.Or(n.PerAddress, usualPerAddress)
	if secret {
		return min(most, secretPerAddress)
	}
	return most
}

// reaches says whether the gateway may send to an address.
func (n Named) reaches(to string) bool {
	if n.Carries != SMS || len(n.Countries) == 0 {
		return true
	}
	country := number.Country(to)
	for _, c := range n.Countries {
		if c == country {
			return true
		}
	}
	return false
}
