// Package outbound asks services outside on behalf of programs that people write. What a service does
// wrong stays with those who asked it: at most so many ask one host at once and the rest fail at once, a
// host that fails again and again is left alone for a while, answers have a size and a time limit.
// Addresses of the own network are refused unless their host is listed, at the moment of dialing, so that
// a name cannot be turned there afterwards. Redirects are not followed and no proxy is used.
package outbound

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Config says what is allowed; the zero value allows nothing inside the own network.
type Config struct {
	// Inside are hosts, as they stand in URLs, that may have addresses of the own network.
	Inside []string
	// AtOnce is how many may ask one host at once; 0: 20.
	AtOnce int
	// Failures is after how many in a row a host is left alone, for Rest; 0: 5 and 15 seconds.
	Failures int
	Rest     time.Duration
	// Now is the time; nil: the machine's.
	Now func() time.Time
	// Dial opens connections to hosts given as addresses, as on a network in memory; nil: the machine does.
	Dial func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
}

// Request is a question.
type Request struct {
	Method string // empty: GET
	URL    string // http or https, without a user
	Header http.Header
	Body   string
	// Timeout bounds the whole, retries included; 0: 2 seconds.
	Timeout time.Duration
	// Retries is how often a GET that failed is asked again; others never are.
	Retries int
	// Limit is how long the answer may be, in bytes; 0: 64 kB.
	Limit int64
}

// Answer is what came back, whatever its status.
type Answer struct {
	Status int
	Type   string // its Content-Type
	Body   []byte
}

// The reasons for which a host is not even asked.
var (
	ErrBusy    = errors.New("too many ask it already")
	ErrResting = errors.New("it failed too often and is left alone for a while")
	ErrInside  = errors.New("its address belongs to the own network, which the server's configuration does not allow")
)

// Client asks. It is safe for concurrent use.
type Client struct {
	cfg    Config
	hosts  hosts
	client http.Client
}

// New makes a client; Close frees its connections.
func New(c Config) *Client {
	if c.AtOnce == 0 {
		c.AtOnce = 20
	}
	if c.Failures == 0 {
		c.Failures = 5
	}
	if c.Rest == 0 {
		c.Rest = 15 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	o := &Client{cfg: c, hosts: hosts{all: map[string]*host{}}}
	o.client = http.Client{
		Transport: &http.Transport{
			DialContext: o.dial, MaxIdleConnsPerHost: 4, MaxIdleConns: 100, IdleConnTimeout: 30 * time.Second,
			TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: 32 << 10, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return o
}

// Close frees the connections that wait for another question.
func (c *Client) Close() { c.client.CloseIdleConnections() }

// Do asks. The error is for the person who wrote the question and does not repeat it, for it may hold
// secrets.
func (c *Client) Do(ctx context.Context, r Request) (Answer, error) {
	target, err := url.Parse(r.URL)
	switch {
	case err != nil:
		return Answer{}, fmt.Errorf("the URL cannot be read")
	case target.Scheme != "http" && target.Scheme != "https":
		return Answer{}, fmt.Errorf("the URL must begin with https:// or http://")
	case target.Hostname() == "" || target.User != nil:
		return Answer{}, fmt.Errorf("the URL must name a host, and no user")
	}
	if r.Timeout == 0 {
		r.Timeout = 2 * time.Second
	}
	if r.Limit == 0 {
		r.Limit = 64 << 10
	}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	if r.Method != http.MethodGet {
		r.Retries = 0
	}
	within, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	name := strings.ToLower(target.Host)
	var a Answer
	for try := 0; ; try++ {
		if err := c.hosts.enter(name, c.cfg); err != nil {
			return Answer{}, fmt.Errorf("%s: %w", target.Host, err)
		}
		a, err = c.once(within, r, target)
		failed := err != nil && ctx.Err() == nil || err == nil && a.Status >= 500
		c.hosts.leave(name, failed, ctx.Err() != nil, c.cfg)
		if !failed || try >= r.Retries || errors.Is(err, ErrInside) || within.Err() != nil {
			break
		}
	}
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w", target.Host, plain(within, err))
	}
	return a, nil
}

func (c *Client) once(ctx context.Context, r Request, target *url.URL) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, target.String(), strings.NewReader(r.Body))
	if err != nil {
		return Answer{}, err
	}
	if r.Body == "" {
		req.Body, req.ContentLength = http.NoBody, 0
	}
	for name, values := range r.Header {
		req.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	answer, err := c.client.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = answer.Body.Close() }() // what was to be read is read
	var body bytes.Buffer
	n, err := io.Copy(&body, io.LimitReader(answer.Body, r.Limit+1))
	switch {
	case err != nil:
		return Answer{}, err
	case n > r.Limit:
		return Answer{}, fmt.Errorf("the answer is longer than %d bytes", r.Limit)
	}
	return Answer{Status: answer.StatusCode, Type: answer.Header.Get("Content-Type"), Body: body.Bytes()}, nil
}

// plain takes the question out of an error.
func plain(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errors.New("no answer in time")
	}
	var asked *url.Error
	if errors.As(err, &asked) {
		return asked.Err
	}
	return err
}

// dial connects to a host, unless it is one of the own network that is not listed.
func (c *Client) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	name, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	listed := func(h string) bool {
		return strings.EqualFold(strings.TrimSuffix(h, "."), strings.TrimSuffix(name, "."))
	}
	inside := slices.ContainsFunc(c.cfg.Inside, listed)
	if at, err := netip.ParseAddrPort(addr); err == nil && c.cfg.Dial != nil {
		if !inside && !public(at.Addr()) {
			return nil, ErrInside
		}
		return c.cfg.Dial(ctx, at)
	}
	if !inside {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !public(at.Addr()) {
				return ErrInside
			}
			return nil
		}
	}
	return d.DialContext(ctx, network, addr)
}

// special are ranges that lead inside, or nowhere (RFC 6890 and its registries), or to an IPv4 address in
// disguise.
var special = func() (all []netip.Prefix) {
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
		"2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}()

// public says whether an address belongs to the internet at large.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Zone() != "" {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}
