package sip

import (
	"net/netip"
	"sync"

	"golang.org/x/time/rate"
)

// rates limits messages by source address. It remembers a bounded number of sources in two
// generations: when the young one is full, the old one is forgotten. A forgotten source begins
// with a full burst, which is why a flood from many forged sources must be stopped by Accept.
type rates struct {
	limit rate.Limit
	burst int
	size  int // of one generation

	mu         sync.Mutex
	young, old map[netip.Addr]*rate.Limiter
}

func newRates(perSecond float64, burst, sources int) *rates {
	return &rates{limit: rate.Limit(perSecond), burst: burst, size: max(1, sources/2), young: map[netip.Addr]*rate.Limiter{}}
}

// allowNew is allow for what may begin a call. It leaves a quarter of the burst to the messages of
// running calls of the same source, which can then still be ended.
func (r *rates) allowNew(source netip.Addr) bool {
	l := r.of(source)
	return l.Tokens() > float64(r.burst)/4 && l.Allow()
}

func (r *rates) allow(source netip.Addr) bool { return r.of(source).Allow() }

// of is the budget of a source.
func (r *rates) of(source netip.Addr) *rate.Limiter {
	source = source.Unmap().WithZone("")
	if source.Is6() { // a host may use any address of its /64
		prefix, _ := source.Prefix(64)
		source = prefix.Addr()
	}
	r.mu.Lock()
	l := r.young[source]
	if l == nil {
		if l = r.old[source]; l == nil {
			l = rate.NewLimiter(r.limit, r.burst)
		}
		if len(r.young) >= r.size {
			r.old, r.young = r.young, make(map[netip.Addr]*rate.Limiter, r.size)
		}
		r.young[source] = l
	}
	r.mu.Unlock()
	return l
}
