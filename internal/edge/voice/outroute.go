package voice

import (
	"fmt"
	"strings"
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/trunk"
	"linekeeper/internal/wire/sip"
)

// waysOut are the trunks that may carry a call, in the order in which they are tried.
func (e *Edge) waysOut(want OutCall) ([]way, error) {
	if e.config.Carriers == nil {
		return nil, fault.Unavailable.New("This server calls no numbers outside.")
	}
	country, order := e.config.Carriers.Project(want.Tenant, want.Project)
	called, ok := number.Dialed(want.Number, country)
	if !ok {
		return nil, fault.OneField("number", fault.Malformed, "%q is not a telephone number", want.Number)
	}
	a := trunk.Ask{Number: called, Country: country, Emergency: number.Emergency(want.Number, country), Passed: want.Diverted != "", Order: order}
	if want.Caller != "" {
		if a.Caller, ok = number.Dialed(want.Caller, country); !ok {
			a.Caller = ""
		}
	}
	choices, passed := e.lines.route(want, a)
	if len(choices) == 0 {
		return nil, noWay(passed)
	}
	var ways []way
	for _, c := range choices {
		ways = append(ways, c.way(want, a))
	}
	return ways, nil
}

// ErrSpent refuses a call because the money for it is used up.
var ErrSpent = fault.Busy.New("The money for calls to this number is used up for this hour.")

// noWay says why no trunk may carry a call.
func noWay(passed []trunk.Passed) error {
	for _, p := range passed {
		switch p.Why {
		case trunk.Spent:
			return ErrSpent
		case trunk.Full, trunk.TooFast:
			return fault.Busy.New("All lines are in use; try again in a moment.")
		case trunk.Unreadable:
			return fault.Unavailable.New("A trunk's password cannot be read; an administrator must give it again.")
		}
	}
	return fault.Unavailable.New("No trunk of this project calls numbers outside.")
}

// choice is a trunk.Choice with the trunk as calls need it.
type choice struct {
	trunk.Choice
	config OutTrunk
}

// route asks the rule with what is known now.
func (l *lines) route(want OutCall, a trunk.Ask) (choices []choice, passed []trunk.Passed) {
	e := l.edge
	e.mu.Lock()
	calls := make(map[trunk.ID]int)
	for id, n := range e.calls {
		calls[id] = n
	}
	e.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	var trunks []trunk.Trunk
	for _, n := range l.all {
		if n.config.Tenant == want.Tenant {
			trunks = append(trunks, n.config.Trunk)
		}
	}
	found, passed := trunk.Route(a, trunks, func(k trunk.Trunk) trunk.Now {
		n := l.all[k.ID]
		return trunk.Now{
			Down: n.state == LineDown, Calls: calls[k.ID], Fast: n.rate != nil && n.rate.Tokens() < 1,
			Broke: n.purse.broke(k, a.Number, time.Now()), Banned: n.config.Unreadable,
		}
	})
	for _, c := range found {
		choices = append(choices, choice{c, l.all[c.Trunk.ID].config})
	}
	return choices, passed
}

// way is what a trunk's carrier is asked.
func (c choice) way(want OutCall, a trunk.Ask) way {
	k := c.config
	domain := k.AddressOfRecord("")
	domain = domain[strings.LastIndexByte(domain, '@')+1:]
	at := func(user string) string { return "sip:" + escape(user) + "@" + domain }
	w := way{trunk: k.incoming(), caller: c.Caller, called: a.Number, emergency: a.Emergency, proxy: uriOfHost(k.Proxy)}
	r := sip.DialRequest{
		Target: "sip:" + escape(c.Dialed) + "@" + k.Host, To: "sip:" + escape(c.Dialed) + "@" + bracketed(k.BareHost()),
		Username: k.AuthUser, Password: k.Secret, Display: want.Display,
	}
	if r.Username == "" {
		r.Username = k.User
	}
	shown := c.Caller
	if shown == "" {
		shown = k.User
	}
	if shown != "" {
		r.From = at(shown)
		r.Headers = append(r.Headers, sip.Header{Name: "P-Asserted-Identity", Value: "<" + r.From + ">"})
	}
	if want.Withhold {
		r.From, r.Display = "sip:anonymous@anonymous.invalid", ""
		r.Headers = append(r.Headers, sip.Header{Name: "Privacy", Value: "id"})
		w.caller = ""
	}
	if want.Diverted != "" {
		by := at(k.Dials(want.Diverted, a.Country))
		r.Headers = append(r.Headers,
			sip.Header{Name: "Diversion", Value: "<" + by + ">;reason=unconditional;counter=1"},
			sip.Header{Name: "History-Info", Value: fmt.Sprintf("<%s>;index=1, <%s>;index=1.1;mp=1", by, r.To)})
	}
	if w.proxy != "" {
		r.Routes = []string{"<" + w.proxy + ";lr>"}
	}
	w.request = r
	return w
}

// escape writes what a number may hold and a user part may not (RFC 3261, section 25.1).
func escape(user string) string {
	var b strings.Builder
	for i := range len(user) {
		c := user[i]
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', strings.IndexByte("-_.!~*'()&=+$,;?/", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// admitOut reserves room on a trunk for a call outside. An emergency call always finds some.
func (e *Edge) admitOut(w way) (release func(), ok bool) {
	if !e.lines.take(w) && !w.emergency {
		return nil, false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	t := w.trunk
	full := e.draining || e.all >= e.limit.Calls || t.MaxCalls > 0 && e.calls[t.ID] >= t.MaxCalls
	if full && !w.emergency {
		return nil, false
	}
	e.all++
	e.calls[t.ID]++
	return func() { e.release(t) }, true
}

// take uses up one of a trunk's calls in this second.
func (l *lines) take(w way) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.all[w.trunk.ID]
	return n == nil || n.rate == nil || n.rate.Allow()
}

// charge begins to count what an answered call costs, from the answer on; the result ends it.
func (l *lines) charge(k keptLine) (stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, ok := l.rate(k)
	if !ok {
		return func() {}
	}
	p := l.purse(k.Trunk)
	m := p.start(r, k.Since, time.Now())
	l.spends()
	return func() {
		defer l.spends()
		l.mu.Lock()
		defer l.mu.Unlock()
		p.stop(m, time.Now())
		if n := l.all[k.Trunk]; n != nil { // it may be gone by now
			l.sound(n)
		}
	}
}

// rate is what a call costs, also before the lines are at work. The lock is held.
func (l *lines) rate(k keptLine) (trunk.Rate, bool) {
	if n := l.all[k.Trunk]; n != nil {
		return n.config.RateFor(k.Called)
	}
	if l.edge.config.Carriers != nil {
		for _, t := range l.edge.config.Carriers.Trunks() {
			if t.ID == k.Trunk {
				return t.RateFor(k.Called)
			}
		}
	}
	return trunk.Rate{}, false
}

// readmit counts a call out of an earlier process: it takes its place on the trunk, whatever the caps, and
// costs what it costs. What it has cost until it was written down is among the expenses already, if
// these are kept; up to 10 s count twice. The result gives both back.
func (e *Edge) readmit(c keptCall) (release func()) {
	if c.Line == nil {
		return func() {}
	}
	k := *c.Line
	if e.config.Expenses != nil {
		k.Since = latest(k.Since, c.Numbers.At)
	}
	stop := e.lines.charge(k)
	t := Trunk{ID: k.Trunk}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all++
	e.calls[t.ID]++
	return func() {
		stop()
		e.release(t)
	}
}

// sound gives the alarms that are due. The lock is held.
func (l *lines) sound(n *line) {
	for _, s := range n.purse.alarms(n.config.Trunk, time.Now()) {
		text := "a trunk has spent four fifths of what it may within this hour"
		if s.Over {
			text = "a trunk has spent all that it may within this hour: no further calls go to these numbers"
		}
		l.edge.log.Error(text, "trunk", n.config.Key, "numbers", s.Rate, "spent", float64(s.Amount)/1e6, "limit", float64(s.Limit)/1e6)
		l.edge.figures.count(func(f *Figures) { f.SpendAlarms++ })
	}
}
