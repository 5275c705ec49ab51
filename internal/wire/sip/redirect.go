package sip

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// redirectLimit is how many redirections of one call are followed unless the DialRequest says other.
const redirectLimit = 5

// Redirect is an answer of 300 to 399 to a call of ours (RFC 3261 section 8.1.3.4).
type Redirect struct {
	Code   int
	Reason string
	// Contacts are the addresses named, best first, without those that this call was sent to already.
	Contacts []string
	// Followed is how many redirections of this call were followed before.
	Followed int
}

// redirected follows a redirection if the caller's policy allows it; false leaves the call refused.
// It runs in the call's work queue.
func (c *Call) redirected(m *message) bool {
	c.mu.Lock()
	request := c.uac.request
	if m.code < 300 || m.code > 399 || request.OnRedirect == nil || c.ended || len(c.uac.visited) >= cmp.Or(request.Redirects, redirectLimit) {
		c.mu.Unlock()
		return false
	}
	visited := append(slices.Clone(c.uac.visited), c.target)
	c.mu.Unlock()
	r := Redirect{Code: m.code, Reason: m.reason, Followed: len(visited) - 1}
	for _, contact := range contacts(m) {
		if !slices.Contains(visited, contact) && !slices.Contains(r.Contacts, contact) {
			r.Contacts = append(r.Contacts, contact)
		}
	}
	if len(r.Contacts) == 0 {
		return false
	}
	next := ""
	c.stack.guard("redirect callback", func() { next = request.OnRedirect(r) })
	target, err := parseURI(next)
	if err != nil || target.headers != "" || slices.Contains(visited, next) {
		return false
	}
	ctx, cancel := context.WithTimeout(c.stack.life, 10*time.Second)
	defer cancel()
	if len(request.Routes) == 0 { // else everything goes to the proxy that they begin with
		request.Peer = netip.AddrPort{}
	}
	to, err := c.stack.way(ctx, target, request)
	if err != nil {
		return false
	}
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return false
	}
	c.move(to)
	c.uac.visited, c.target, c.routes, c.uac.early = visited, next, request.Routes, nil
	c.contact = c.stack.contact(to, c.contactUser, target.scheme == "sips")
	c.localSeq++
	c.uac.tries = 0
	c.mu.Unlock()
	return c.invite(ctx, to, nil) == nil
}

// move puts the call onto another way to its peer. c.mu is held.
func (c *Call) move(to hop) {
	if c.peer.conn != nil {
		c.peer.conn.users.Add(-1)
	}
	c.use(to)
}

// way opens the way to the target of an outgoing call.
func (s *Stack) way(ctx context.Context, target uri, request DialRequest) (hop, error) {
	transport := request.Transport
	if transport == "" {
		transport = target.transportOf(UDP)
	}
	if target.scheme == "sips" && transport != TLS {
		return hop{}, fmt.Errorf("a sips URI is not called by %s", transport)
	}
	peer := request.Peer
	if peer.IsValid() && transport.stream() {
		s.mu.Lock()
		conn := s.conns[connKey{transport, peer, ""}]
		s.mu.Unlock()
		if conn != nil { // the way that a phone has opened, whatever name is in its Contact
			return conn.hop(), nil
		}
	}
	if !peer.IsValid() && s.config.Resolver != nil {
		return s.firstWay(ctx, target, request.Transport)
	}
	if !peer.IsValid() {
		var err error
		if peer, err = s.resolve(ctx, target, transport); err != nil {
			return hop{}, err
		}
	}
	return s.hop(ctx, transport, peer, target.tlsName())
}

// contacts are the SIP addresses in the Contact headers of a redirection, those with the highest q
// first. Addresses for other methods are left out; headers that they would add to our INVITE are cut.
func contacts(m *message) []string {
	type weighed struct {
		uri string
		q   float64
	}
	var found []weighed
	for _, v := range m.all("Contact") {
		a, err := parseAddress(v)
		if err != nil || a.uri.scheme != "sip" && a.uri.scheme != "sips" {
			continue
		}
		if method, ok := a.uri.params.get("method"); ok && method != "INVITE" {
			continue
		}
		w := weighed{q: 1}
		w.uri, _, _ = strings.Cut(a.raw, "?")
		if text, ok := a.params.get("q"); ok {
			if q, err := strconv.ParseFloat(text, 64); err == nil && q >= 0 && q <= 1 {
				w.q = q
			}
		}
		found = append(found, w)
	}
	slices.SortStableFunc(found, func(a, b weighed) int { return cmp.Compare(b.q, a.q) })
	var uris []string
	for _, w := range found {
		uris = append(uris, w.uri)
	}
	return uris
}

// retryAfter reads Retry-After (RFC 3261 section 20.33); 0 if there is none that can be read.
func retryAfter(m *message) time.Duration {
	value := strings.TrimSpace(m.get("Retry-After"))
	end := 0
	for end < len(value) && value[end] >= '0' && value[end] <= '9' {
		end++
	}
	seconds, err := strconv.ParseUint(value[:end], 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

func refusalOf(m *message) *Refusal {
	return &Refusal{Code: m.code, Reason: m.reason, RetryAfter: retryAfter(m)}
}
