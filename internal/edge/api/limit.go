package api

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
)

// How many requests a source may send without being signed in. A whole office behind one address
// signs in within these; a flood does not get past them and costs next to nothing.
const (
	anonymousRate  = 50 // a second
	anonymousBurst = 500
	maxSources     = 50_000
)

// sources limits requests without a good token by the address they come from.
type sources struct {
	mu  sync.Mutex
	all map[netip.Prefix]*rate.Limiter
}

func newSources() *sources { return &sources{all: make(map[netip.Prefix]*rate.Limiter)} }

// allow counts a request; Busy when there were too many.
func (s *sources) allow(from netip.Addr) error {
	bits := from.BitLen()
	if from.Is6() {
		bits = 64 // one household or office has them all
	}
	key, err := from.Prefix(bits)
	if err != nil {
		key = netip.Prefix{} // an address nobody could read: all of these together
	}
	s.mu.Lock()
	l, ok := s.all[key]
	if !ok {
		if len(s.all) >= maxSources {
			s.thin()
		}
		l = rate.NewLimiter(anonymousRate, anonymousBurst)
		s.all[key] = l
	}
	s.mu.Unlock()
	if !l.Allow() {
		return fault.Busy.New("Too many requests from your address; try again in a moment.")
	}
	return nil
}

// thin drops who has been quiet, or everybody when nobody was. The caller holds mu.
func (s *sources) thin() {
	for key, l := range s.all {
		if l.Tokens() >= anonymousBurst {
			delete(s.all, key)
		}
	}
	if len(s.all) >= maxSources {
		clear(s.all)
	}
}

// goodFor is how long a token that was good is looked up without counting against its source.
const goodFor = 10 * time.Minute

// maxKnown bounds the memory for good tokens.
const maxKnown = 20_000

// knownTokens remembers hashes of tokens that were good lately. They are looked up all the same: this
// only keeps signed-in people out of the limit for strangers, so that a flood from their own address
// does not stop them.
type knownTokens struct {
	mu   sync.Mutex
	good map[string]time.Time
}

func newKnownTokens() *knownTokens { return &knownTokens{good: make(map[string]time.Time)} }

func (k *knownTokens) has(token string) bool {
	hash := secret.HashToken(token)
	k.mu.Lock()
	defer k.mu.Unlock()
	return time.Since(k.good[hash]) < goodFor
}

func (k *knownTokens) add(token string) {
	hash, now := secret.HashToken(token), time.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.good) >= maxKnown {
		clear(k.good)
	}
	k.good[hash] = now
}

func (k *knownTokens) forget(token string) {
	hash := secret.HashToken(token)
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.good, hash)
}
