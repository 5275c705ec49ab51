package sip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// SRV is one record of a service (RFC 2782).
type SRV struct {
	Host             string
	Port             uint16
	Priority, Weight uint16
}

// Lookup asks the DNS. A name that is not there has no records, which is no error. ttl is how long
// the answer holds; 0: that is not known.
type Lookup interface {
	SRV(ctx context.Context, name string) (records []SRV, ttl time.Duration, err error)
	Addresses(ctx context.Context, host string) (addresses []netip.Addr, ttl time.Duration, err error)
}

// Machine is the Lookup of the machine the process runs on; it does not tell times to live.
type Machine struct{}

// SRV implements Lookup.
func (Machine) SRV(ctx context.Context, name string) ([]SRV, time.Duration, error) {
	_, found, err := net.DefaultResolver.LookupSRV(ctx, "", "", name)
	var records []SRV
	for _, r := range found {
		records = append(records, SRV{strings.TrimSuffix(r.Target, "."), r.Port, r.Priority, r.Weight})
	}
	return records, 0, unlessAbsent(err)
}

// Addresses implements Lookup.
func (Machine) Addresses(ctx context.Context, host string) ([]netip.Addr, time.Duration, error) {
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	return found, 0, unlessAbsent(err)
}

func unlessAbsent(err error) error {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return nil
	}
	return err
}

// Target is one place at which a URI may be reached.
type Target struct {
	Transport Transport
	Addr      netip.AddrPort
}

// How long answers are kept, whatever they say of themselves.
const (
	cacheUnknown = 30 * time.Second // no time to live was told
	cacheMin     = 5 * time.Second  // also for names that are not there
	cacheMax     = time.Hour
	cacheStale   = time.Hour // an answer that is too old is better than none while the DNS does not answer
	cacheSize    = 1024
)

// Resolver finds all places of a SIP URI in the order in which to try them (RFC 3263, without NAPTR
// records), and remembers what the DNS says. Its methods may be called from any goroutine.
type Resolver struct {
	lookup Lookup

	mu    sync.Mutex
	cache map[string]cached
}

type cached struct {
	records   []SRV
	addresses []netip.Addr
	until     time.Time
}

// NewResolver makes a Resolver.
func NewResolver(lookup Lookup) *Resolver {
	return &Resolver{lookup: lookup, cache: map[string]cached{}}
}

// Targets finds where a sip or sips URI may be reached, the best first: by SRV records with their
// priorities and weights if it has neither a port nor an address, else by its host's addresses.
// transport is the one to use; empty: what the URI and then the records say.
func (r *Resolver) Targets(ctx context.Context, target string, transport Transport) ([]Target, error) {
	u, err := parseURI(target)
	if err != nil {
		return nil, fmt.Errorf("target %q: %w", target, err)
	}
	return r.targets(ctx, u, transport)
}

func (r *Resolver) targets(ctx context.Context, u uri, transport Transport) ([]Target, error) {
	if transport == "" {
		transport = u.transportOf("")
	}
	host := u.host
	if maddr, ok := u.params.get("maddr"); ok {
		host = maddr
	}
	if host == "" {
		return nil, fmt.Errorf("a %s URI has no address", u.scheme)
	}
	literal, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err == nil || u.port != 0 {
		transport = cmp.Or(transport, UDP)
		port := uint16(cmp.Or(u.port, defaultPort(transport)))
		if err == nil {
			return []Target{{transport, netip.AddrPortFrom(literal.Unmap(), port)}}, nil
		}
		return r.hosts(ctx, []SRV{{Host: host, Port: port}}, transport)
	}
	tried := []Transport{transport}
	if transport == "" {
		tried = []Transport{UDP, TCP, TLS}
	}
	for _, t := range tried {
		records, err := r.srv(ctx, serviceName(t)+host)
		switch {
		case err != nil:
			return nil, err
		case len(records) == 1 && (records[0].Host == "" || records[0].Host == "."): // RFC 2782: decidedly not here
			return nil, fmt.Errorf("%s does not offer SIP by %s", host, t)
		case len(records) > 0:
			return r.hosts(ctx, orderSRV(records, rand.IntN), t)
		}
	}
	transport = cmp.Or(transport, UDP)
	return r.hosts(ctx, []SRV{{Host: host, Port: uint16(defaultPort(transport))}}, transport)
}

func defaultPort(t Transport) int {
	if t == TLS {
		return 5061
	}
	return 5060
}

func serviceName(t Transport) string {
	switch t {
	case TCP:
		return "_sip._tcp."
	case TLS:
		return "_sips._tcp."
	}
	return "_sip._udp."
}

// hosts gives the addresses of all hosts in order. One that cannot be found is left out, if others are.
func (r *Resolver) hosts(ctx context.Context, records []SRV, transport Transport) ([]Target, error) {
	var targets []Target
	var errs []error
	for _, record := range records {
		addresses, err := r.addresses(ctx, record.Host)
		if err == nil && len(addresses) == 0 {
			err = fmt.Errorf("resolving %s: no address", record.Host)
		}
		errs = append(errs, err)
		for _, a := range addresses {
			t := Target{transport, netip.AddrPortFrom(a.Unmap(), record.Port)}
			if !slices.Contains(targets, t) {
				targets = append(targets, t)
			}
		}
	}
	if len(targets) == 0 {
		return nil, errors.Join(errs...)
	}
	return targets, nil
}

// orderSRV puts records in the order of RFC 2782: by priority, and among equals by chance in
// proportion to their weights. pick gives a number from 0 to n-1.
func orderSRV(records []SRV, pick func(n int) int) []SRV {
	rest := slices.Clone(records)
	slices.SortStableFunc(rest, func(a, b SRV) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(min(a.Weight, 1), min(b.Weight, 1))) // those of weight 0 first
	})
	var ordered []SRV
	for len(rest) > 0 {
		equals, sum := 0, 0
		for equals < len(rest) && rest[equals].Priority == rest[0].Priority {
			sum += int(rest[equals].Weight)
			equals++
		}
		chosen, n := 0, pick(sum+1)
		for running := int(rest[0].Weight); running < n; running += int(rest[chosen].Weight) {
			chosen++
		}
		ordered = append(ordered, rest[chosen])
		rest = slices.Delete(rest, chosen, chosen+1)
	}
	return ordered
}

func (r *Resolver) srv(ctx context.Context, name string) ([]SRV, error) {
	c, err := r.ask(name, func() (c cached, ttl time.Duration, err error) {
		c.records, ttl, err = r.lookup.SRV(ctx, name)
		return c, ttl, err
	})
	return c.records, err
}

func (r *Resolver) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	c, err := r.ask("@"+host, func() (c cached, ttl time.Duration, err error) {
		c.addresses, ttl, err = r.lookup.Addresses(ctx, host)
		return c, ttl, err
	})
	return c.addresses, err
}

// ask answers from the cache or by a question.
func (r *Resolver) ask(key string, question func() (cached, time.Duration, error)) (cached, error) {
	key = strings.ToLower(key)
	r.mu.Lock()
	known, ok := r.cache[key]
	r.mu.Unlock()
	if ok && time.Now().Before(known.until) {
		return known, nil
	}
	fresh, ttl, err := question()
	if err != nil {
		if ok && time.Now().Before(known.until.Add(cacheStale)) {
			return known, nil
		}
		return cached{}, fmt.Errorf("asking the DNS for %s: %w", strings.TrimPrefix(key, "@"), err)
	}
	if ttl == 0 {
		ttl = cacheUnknown
	}
	if len(fresh.records) == 0 && len(fresh.addresses) == 0 {
		ttl = 0
	}
	fresh.until = time.Now().Add(min(max(ttl, cacheMin), cacheMax))
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.cache) >= cacheSize {
		clear(r.cache)
	}
	r.cache[key] = fresh
	return fresh, nil
}
