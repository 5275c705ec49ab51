package access

import (
	"errors"
	"sync"
	"time"

	"linekeeper/internal/kit/fault"
)

// How attempts to sign in are limited. After a few free ones, each failure doubles the wait for the
// next. The strict counter is of a login from one address: a stranger who guesses a password makes
// only himself wait, not the owner, who comes from another address. The counter of an address stops
// one machine trying many logins; the office behind one address has many free attempts. The counter
// of a login alone stops many machines guessing one password; it is loose and its wait is short, so
// that it cannot lock the owner out.
func limits() (pair, source, login rule) {
	pair = rule{free: 5, first: time.Second, most: 15 * time.Minute}
	source = rule{free: 50, first: time.Second, most: 15 * time.Minute}
	login = rule{free: 50, first: time.Second, most: 5 * time.Second}
	return pair, source, login
}

// rule is how one counter grows.
type rule struct {
	free        int           // failures without a wait
	first, most time.Duration // wait after the first failure that is not free; longest
}

// forgetAfter is when a counter without failures is dropped.
const forgetAfter = time.Hour

// maxCounters bounds memory; when reached, the counters that count least are dropped.
const maxCounters = 20_000

// limiter counts failed attempts in memory: after a restart everybody has a clean slate.
type limiter struct {
	mu       sync.Mutex
	counters map[string]*counter
}

type counter struct {
	failures int
	last     time.Time
	until    time.Time // no attempt before
}

func newLimiter() *limiter { return &limiter{counters: make(map[string]*counter)} }

// RetryAfter tells, for the Busy error of SignIn, how long to wait; 0 for other errors.
func RetryAfter(err error) time.Duration {
	var e *tooMany
	if errors.As(err, &e) {
		return e.wait
	}
	return 0
}

type tooMany struct{ wait time.Duration }

func (e *tooMany) Error() string { return "too many attempts, wait " + e.wait.String() }

// ask counts an attempt as failed until passed says otherwise, so that attempts side by side count
// each, and refuses one that must wait; a refused one does not count.
func (l *limiter) ask(now time.Time, login, source string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	type limit struct {
		c *counter
		r rule
	}
	ofPair, ofSource, ofLogin := limits()
	all := []limit{
		{l.get(now, "p/"+login+"/"+source), ofPair},
		{l.get(now, "s/"+source), ofSource},
		{l.get(now, "l/"+login), ofLogin},
	}
	var wait time.Duration
	for _, x := range all {
		wait = max(wait, x.c.until.Sub(now))
	}
	if wait > 0 {
		seconds := int64((wait + time.Second - 1) / time.Second)
		return fault.Busy.Wrap(&tooMany{wait}, "Too many attempts; try again in %d s.", seconds)
	}
	for _, x := range all {
		x.c.failures++
		x.c.last = now
		if over := x.c.failures - x.r.free; over > 0 {
			x.c.until = now.Add(min(x.r.first<<min(over-1, 20), x.r.most))
		}
	}
	return nil
}

// passed forgets the login's failures from this address, and takes the attempt back from the others.
func (l *limiter) passed(login, source string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.counters, "p/"+login+"/"+source)
	l.takeBack("s/" + source)
	l.takeBack("l/" + login)
}

// forget takes an attempt back that failed for no fault of the asker.
func (l *limiter) forget(login, source string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.takeBack("p/" + login + "/" + source)
	l.takeBack("s/" + source)
	l.takeBack("l/" + login)
}

func (l *limiter) takeBack(key string) {
	c, ok := l.counters[key]
	if !ok {
		return
	}
	c.until = time.Time{}
	if c.failures--; c.failures <= 0 {
		delete(l.counters, key)
	}
}

func (l *limiter) get(now time.Time, key string) *counter {
	c, ok := l.counters[key]
	if ok && now.Sub(c.last) < forgetAfter {
		return c
	}
	if !ok && len(l.counters) >= maxCounters {
		l.thin(now)
	}
	c = &counter{last: now}
	l.counters[key] = c
	return c
}

// thin makes room: what is old goes first, then what has not failed often enough to wait.
func (l *limiter) thin(now time.Time) {
	for key, c := range l.counters {
		if now.Sub(c.last) >= forgetAfter {
			delete(l.counters, key)
		}
	}
	for key, c := range l.counters {
		if len(l.counters) < maxCounters*3/4 {
			return
		}
		if !c.until.After(now) {
			delete(l.counters, key)
		}
	}
	for key := range l.counters {
		if len(l.counters) < maxCounters*3/4 {
			return
		}
		delete(l.counters, key)
	}
}
