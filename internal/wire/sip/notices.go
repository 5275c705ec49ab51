package sip

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// NoticesConfig is what Notices need.
type NoticesConfig struct {
	Event  string // the event package, such as message-summary (RFC 3842)
	Type   string // of the bodies
	Domain string // of the addresses
	// Body is how an address, by its user part, stands now; at gives the address of another user here as who is told
	// of it reaches us. It may take its time.
	Body func(ctx context.Context, user string, at func(user string) string) []byte
	// May says whether an account may follow an address; nil: its own name only.
	May                    func(account, user string) bool
	MinExpires, MaxExpires time.Duration // 0: 1 min and 1 h
	PerAddress             int           // subscriptions to one; the oldest gives way; 0: 10
}

// Notices tells subscribers how an address stands (RFC 6665), for a Stack that has it in its Config, with Config.Auth.
type Notices struct {
	config NoticesConfig

	mu    sync.Mutex
	subs  map[string]*follower // by Call-ID and our tag
	order map[string][]*follower
}

// follower is one subscriber's dialog.
type follower struct {
	user          string
	callID        string
	local, remote string // From and To of our requests, with tags
	localTag      string
	remoteTag     string
	contact       string
	event         string // as it came, with its id

	// Guarded by Notices.mu.
	target    string
	routes    []string
	to        hop
	remoteSeq uint32
	seq       uint32
	until     time.Time
	timer     *time.Timer
	out       *queue
}

// NewNotices makes Notices.
func NewNotices(config NoticesConfig) *Notices {
	if config.May == nil {
		config.May = func(account, user string) bool { return account == user }
	}
	config.MinExpires = cmp.Or(config.MinExpires, time.Minute)
	config.MaxExpires = cmp.Or(config.MaxExpires, time.Hour)
	config.PerAddress = cmp.Or(config.PerAddress, 10)
	return &Notices{config: config, subs: map[string]*follower{}, order: map[string][]*follower{}}
}

// Subscribed says whether somebody at a contact follows an address by a subscription.
func (n *Notices) Subscribed(user string, c Contact) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, sub := range n.order[user] {
		if sub.to.addr == c.Source {
			return true
		}
	}
	return false
}

// subscribed answers a SUBSCRIBE (RFC 6665 section 4.2.1): a new one, or one that goes on or ends.
func (s *Stack) subscribed(m *message, from hop) {
	n := s.config.Notices
	account, challenge := s.config.Auth.check(m, from.addr)
	if challenge != nil {
		s.refuse(m, from, 401, "", challenge...)
		return
	}
	expires, code := n.wanted(m)
	switch code {
	case 0:
	case 423:
		s.refuse(m, from, 423, "", Header{"Min-Expires", seconds(n.config.MinExpires)})
		return
	case 489:
		s.refuse(m, from, 489, "", Header{"Allow-Events", n.config.Event})
		return
	default:
		s.refuse(m, from, code, "")
		return
	}
	var sub *follower
	if m.to.tag() == "" {
		user := m.uri.number()
		if !n.config.May(account, user) {
			s.refuse(m, from, 403, "")
			return
		}
		sub = n.subscription(s, m, from, user)
	} else if sub, code = n.goesOn(m, from); code != 0 {
		s.refuse(m, from, code, "")
		return
	}
	t := s.newServerTx(m, from)
	if t == nil {
		s.refuse(m, from, 503, "", Header{"Retry-After", "5"})
		return
	}
	answer := s.reply(m, from, 200, "", sub.localTag)
	answer.add("Expires", seconds(expires))
	answer.add("Contact", "<"+sub.contact+">")
	t.respond(answer)
	n.lasts(s, sub, expires)
	s.notify(sub)
}

// wanted reads for how long a subscription is wanted; another code than 0 refuses it.
func (n *Notices) wanted(m *message) (time.Duration, int) {
	event, _, _ := strings.Cut(m.get("Event"), ";")
	if !strings.EqualFold(strings.TrimSpace(event), n.config.Event) {
		return 0, 489
	}
	if accept := m.list("Accept"); len(accept) > 0 {
		fits := false
		for _, a := range accept {
			kind, _, _ := strings.Cut(a, ";")
			kind = strings.ToLower(strings.TrimSpace(kind))
			major, _, _ := strings.Cut(n.config.Type, "/")
			fits = fits || kind == n.config.Type || kind == "*/*" || kind == major+"/*"
		}
		if !fits {
			return 0, 406
		}
	}
	expires := n.config.MaxExpires
	if text := m.get("Expires"); text != "" {
		given, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
		if err != nil {
			return 0, 400
		}
		expires = min(expires, time.Duration(given)*time.Second)
	}
	if expires > 0 && expires < n.config.MinExpires {
		return 0, 423
	}
	return expires, 0
}

// subscription makes a new one. It is not kept yet.
func (n *Notices) subscription(s *Stack, m *message, from hop, user string) *follower {
	sub := &follower{
		user: user, callID: m.callID, localTag: newID(), remoteTag: m.from.tag(), remote: m.get("From"),
		contact: s.contact(from, user, m.uri.scheme == "sips"), event: m.get("Event"),
		target: m.from.raw, routes: m.all("Record-Route"), to: from, remoteSeq: m.seq, out: &queue{stack: s},
	}
	sub.local = m.get("To") + ";tag=" + sub.localTag
	if c, ok := m.contact(); ok {
		sub.target = c.raw
	}
	return sub
}

// goesOn finds the subscription that a request inside a dialog is about, and takes over where it comes from.
func (n *Notices) goesOn(m *message, from hop) (*follower, int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	sub := n.subs[m.callID+"\x00"+m.to.tag()]
	if sub == nil || sub.remoteTag != m.from.tag() {
		return nil, 481
	}
	if m.seq <= sub.remoteSeq {
		return nil, 500
	}
	sub.remoteSeq, sub.to = m.seq, from
	if c, ok := m.contact(); ok {
		sub.target = c.raw
	}
	return sub, 0
}

// lasts keeps a subscription for so long; 0: it is over.
func (n *Notices) lasts(s *Stack, sub *follower, expires time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if sub.timer != nil {
		sub.timer.Stop()
	}
	sub.until = time.Now().Add(expires)
	n.forget(sub)
	if expires == 0 {
		return
	}
	n.subs[sub.callID+"\x00"+sub.localTag] = sub
	all := append(n.order[sub.user], sub)
	if extra := len(all) - n.config.PerAddress; extra > 0 {
		for _, old := range all[:extra] {
			old.until = time.Time{}
			old.timer.Stop()
			delete(n.subs, old.callID+"\x00"+old.localTag)
			s.notify(old)
		}
		all = all[extra:]
	}
	n.order[sub.user] = append([]*follower(nil), all...)
	sub.timer = time.AfterFunc(expires, func() {
		n.mu.Lock()
		n.forget(sub)
		n.mu.Unlock()
		s.notify(sub)
	})
}

// forget takes a subscription out. n.mu is held.
func (n *Notices) forget(sub *follower) {
	delete(n.subs, sub.callID+"\x00"+sub.localTag)
	var left []*follower
	for _, other := range n.order[sub.user] {
		if other != sub {
			left = append(left, other)
		}
	}
	if len(left) == 0 {
		delete(n.order, sub.user)
	} else {
		n.order[sub.user] = left
	}
}

// Notify tells the subscribers of an address how it stands now. It does not block.
func (s *Stack) Notify(user string) {
	n := s.config.Notices
	n.mu.Lock()
	all := n.order[user]
	n.mu.Unlock()
	for _, sub := range all {
		s.notify(sub)
	}
}

// notify sends one notice, behind those that are under way. A subscriber who does not know of it any more is forgotten.
func (s *Stack) notify(sub *follower) {
	n := s.config.Notices
	sub.out.add(func() {
		n.mu.Lock()
		m, to := n.notice(sub), sub.to
		n.mu.Unlock()
		body := n.config.Body(s.life, sub.user, s.addresses(to, strings.HasPrefix(sub.contact, "sips:")))
		m.add("Content-Type", n.config.Type)
		m.body = body
		reply, err := s.exchange(s.life, m, to)
		if err == nil && reply.code < 300 || s.closing() {
			return
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		if sub.timer != nil {
			sub.timer.Stop()
		}
		n.forget(sub)
	})
}

// notice is the next NOTIFY of a subscription, without its body. n.mu is held.
func (n *Notices) notice(sub *follower) *message {
	sub.seq++
	m := &message{method: "NOTIFY", target: sub.target, seq: sub.seq}
	m.add("Max-Forwards", "70")
	for _, r := range sub.routes {
		m.add("Route", r)
	}
	m.add("From", sub.local)
	m.add("To", sub.remote)
	m.add("Call-ID", sub.callID)
	m.add("CSeq", strconv.FormatUint(uint64(sub.seq), 10)+" NOTIFY")
	m.add("Contact", "<"+sub.contact+">")
	m.add("Event", sub.event)
	state := "terminated;reason=timeout"
	if left := time.Until(sub.until); left > 0 {
		state = "active;expires=" + seconds(left+time.Second-1)
	}
	m.add("Subscription-State", state)
	return m
}

// addresses are those of users here as who is at a hop reaches them.
func (s *Stack) addresses(to hop, secure bool) func(user string) string {
	return func(user string) string { return s.contact(to, user, secure) }
}

// Tell sends a notice to a contact that has not subscribed, as most phones expect of the place they register at. The
// error says that it was not taken.
func (s *Stack) Tell(ctx context.Context, user string, c Contact) error {
	n := s.config.Notices
	target, err := parseURI(c.URI)
	if err != nil {
		return fmt.Errorf("contact %q: %w", c.URI, err)
	}
	to, err := s.way(ctx, target, DialRequest{Peer: c.Source, Transport: c.Transport})
	if err != nil {
		return fmt.Errorf("reaching %s: %w", c.URI, err)
	}
	at := s.addresses(to, target.scheme == "sips")
	address := "sip:" + user + "@" + n.config.Domain
	reply, err := s.Ask(ctx, Ask{
		Method: "NOTIFY", Target: c.URI, From: address, To: address, Contact: user, Routes: c.Path, Peer: c.Source, Transport: c.Transport, Expires: -1,
		Headers: []Header{{"Event", n.config.Event}, {"Subscription-State", "terminated;reason=noresource"}},
		Kind:    n.config.Type, Body: n.config.Body(ctx, user, at),
	})
	if err == nil && reply.Code >= 300 {
		err = &Refusal{Code: reply.Code, Reason: reply.Reason}
	}
	return err
}
