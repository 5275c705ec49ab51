package voice

import (
	"sync"
	"time"

	"linekeeper/internal/media"
	"linekeeper/internal/wire/sip"
)

// Keys come as telephone events, or, from a carrier without, as SIP INFO or as sound. A carrier may do
// two of these at once; each key must count once.

// sameKey is how long after its sound a key's INFO may come.
const sameKey = 2 * time.Second

// digit takes a key heard as a telephone event or as sound; it is on the packet path.
func (l *Leg) digit(d media.Digit) {
	if l.session.agreement().EventsPT != 0 || l.ways.sound(rune(d.Key), d.Started) {
		l.keep(rune(d.Key))
	}
}

// infoDigit takes a key that came by SIP INFO, from a carrier that sends no telephone events.
func (l *Leg) infoDigit(d sip.Digit) {
	if d.Key != '!' && l.session.agreement().EventsPT == 0 && l.ways.info(d.Key, time.Now()) {
		l.keep(d.Key)
	}
}

// keyWays knows how a carrier without telephone events sends keys: once INFO came, sound is not
// listened to any more.
type keyWays struct {
	mu     sync.Mutex
	byInfo bool
	latest rune // heard as sound
	at     time.Time
}

// sound says whether a key heard as sound counts.
func (w *keyWays) sound(key rune, at time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.latest, w.at = key, at
	return !w.byInfo
}

// info says whether a key that came by INFO counts: all do but the first, if its sound came before it.
func (w *keyWays) info(key rune, at time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	first := !w.byInfo
	w.byInfo = true
	return !first || w.latest != key || at.Sub(w.at) > sameKey
}
