package sip

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// Ask is a request of ours that belongs to no call: OPTIONS, REGISTER, NOTIFY.
type Ask struct {
	Method    string
	Target    string // request URI
	From, To  string // URIs; empty: From our host, To the target
	Contact   string // user part of our Contact
	Bare      bool   // without a Contact: a REGISTER that only asks which there are (RFC 3261, section 10.2.3)
	Expires   int    // parameter of the Contact and header; below 0: neither
	Routes    []string
	Peer      netip.AddrPort // where to send, if not to the target's host
	Transport Transport
	Username  string // answers 401 and 407 with Password; empty: they are the answer
	Password  string
	CallID    string // empty: a new one
	Seq       uint32 // CSeq of the first try; each further one counts on. 0: 1
	Headers   []Header
	Kind      string // content type of Body
	Body      []byte // empty: none
}

// Reply is the final answer to an Ask.
type Reply struct {
	Code       int
	Reason     string
	RetryAfter time.Duration
	Peer       netip.AddrPort // who was asked
	Contact    string         // our Contact in the request
	Seq        uint32         // CSeq that was used last
	message    *message
}

// Header is the first value of a header; empty: it is not there.
func (r Reply) Header(name string) string {
	if r.message == nil {
		return ""
	}
	return r.message.get(name)
}

// Headers are all its values.
func (r Reply) Headers(name string) []string {
	if r.message == nil {
		return nil
	}
	return r.message.all(name)
}

// Ask sends a request and waits for its final answer, whatever that is. The error says that there was
// none until ctx ended, or that it could not be sent.
func (s *Stack) Ask(ctx context.Context, a Ask) (Reply, error) {
	target, err := parseURI(a.Target)
	if err != nil {
		return Reply{}, fmt.Errorf("target %q: %w", a.Target, err)
	}
	to, err := s.way(ctx, target, DialRequest{Peer: a.Peer, Transport: a.Transport})
	if err != nil {
		return Reply{Peer: a.Peer}, fmt.Errorf("reaching %s: %w", a.Target, err)
	}
	host := s.hostOf(to)
	if a.CallID == "" {
		a.CallID = newID() + "@" + host
	}
	if a.From == "" {
		a.From = "sip:" + host
	}
	if a.To == "" {
		a.To = a.Target
	}
	reply := Reply{Peer: to.addr, Seq: max(a.Seq, 1), Contact: s.contact(to, a.Contact, target.scheme == "sips")}
	for try := 1; ; try++ {
		m := a.message(reply, newID())
		if reply.message != nil {
			if err := authorize(m, reply.message, a.Username, a.Password); err != nil {
				return reply, err
			}
		}
		if reply.message, err = s.exchange(ctx, m, to); err != nil {
			return reply, err
		}
		reply.Code, reply.Reason, reply.RetryAfter = reply.message.code, reply.message.reason, retryAfter(reply.message)
		if !authorized(m, reply.message, a.Username, try) {
			return reply, nil
		}
		reply.Seq++
	}
}

// message writes the request.
func (a Ask) message(r Reply, tag string) *message {
	m := &message{method: a.Method, target: a.Target, seq: r.Seq}
	m.add("Max-Forwards", "70")
	for _, route := range a.Routes {
		m.add("Route", route)
	}
	m.add("From", "<"+a.From+">;tag="+tag)
	m.add("To", "<"+a.To+">")
	m.add("Call-ID", a.CallID)
	m.add("CSeq", strconv.FormatUint(uint64(r.Seq), 10)+" "+a.Method)
	contact := "<" + r.Contact + ">"
	if a.Expires >= 0 && a.Method == "REGISTER" {
		contact += ";expires=" + strconv.Itoa(a.Expires)
		m.add("Expires", strconv.Itoa(a.Expires))
	}
	if !a.Bare {
		m.add("Contact", contact)
	}
	if a.Method == "OPTIONS" {
		m.add("Accept", accepts)
	}
	for _, h := range a.Headers {
		m.add(h.Name, h.Value)
	}
	if len(a.Body) > 0 {
		m.add("Content-Type", a.Kind)
		m.body = a.Body
	}
	return m
}

// exchange sends one request and waits for its final answer.
func (s *Stack) exchange(ctx context.Context, m *message, to hop) (*message, error) {
	came := make(chan *message, 1)
	lost := make(chan By, 1)
	t := &clientTx{
		answered: func(m *message) {
			if m.code >= 200 {
				select {
				case came <- m:
				default:
				}
			}
		},
		failed: func(by By) {
			select {
			case lost <- by:
			default:
			}
		},
	}
	if err := s.sendRequest(ctx, t, m, to); err != nil {
		return nil, err
	}
	select {
	case m := <-came:
		return m, nil
	case by := <-lost:
		if by == ByTransport {
			return nil, fmt.Errorf("%s: the connection broke", m.method)
		}
		return nil, ErrTimeout
	case <-s.closed:
		return nil, ErrClosed
	case <-ctx.Done():
		t.fsm.Terminate()
		return nil, fmt.Errorf("%w: %w", ErrTimeout, ctx.Err())
	}
}

// AskFirst asks the first of a target's places that answers, by way of a proxy's if there is one. met is
// told each place before it is asked, so that its answer can be let in; nil: nobody.
func (s *Stack) AskFirst(ctx context.Context, a Ask, proxy string, patience time.Duration, met func(netip.AddrPort)) (Reply, error) {
	places, err := s.Places(ctx, DialRequest{Target: or(proxy, a.Target), Patience: patience})
	if proxy != "" {
		a.Routes = append(slices.Clone(a.Routes), "<"+proxy+";lr>")
	}
	last := Reply{}
	for _, p := range places {
		place := a
		place.Peer, place.Transport = p.Peer, p.Transport
		if met != nil && p.Peer.IsValid() {
			met(p.Peer)
		}
		one, cancel := context.WithTimeout(ctx, max(patience, time.Millisecond))
		last, err = s.Ask(one, place)
		cancel()
		a.Seq = last.Seq + 1
		if err == nil && last.Code != 408 && last.Code != 503 {
			return last, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	if last.Code != 0 && err == nil {
		return last, nil
	}
	if err == nil {
		err = fmt.Errorf("%s has no address", a.Target)
	}
	return last, err
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
