package outbound

import (
	"sync"
	"time"
)

// maxHosts is how many hosts are remembered; the idle ones go first.
const maxHosts = 1000

// hosts are those asked lately.
type hosts struct {
	mu  sync.Mutex // guards all
	all map[string]*host
}

// host is how one has answered.
type host struct {
	asking   int
	failures int       // in a row
	rests    time.Time // until when it is left alone; zero: it is not
	used     time.Time
}

// enter lets one more ask; the error says why not. After a rest one may try.
func (h *hosts) enter(name string, c Config) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := c.Now()
	one := h.all[name]
	if one == nil {
		h.forget()
		one = &host{}
		h.all[name] = one
	}
	if !one.rests.IsZero() {
		if now.Before(one.rests) {
			return ErrResting
		}
		one.rests = now.Add(c.Rest) // for the others, until this one knows
	}
	if one.asking >= c.AtOnce {
		return ErrBusy
	}
	one.asking++
	one.used = now
	return nil
}

// leave tells how it went; who gave up by himself says nothing about the host.
func (h *hosts) leave(name string, failed, gaveUp bool, c Config) {
	h.mu.Lock()
	defer h.mu.Unlock()
	one := h.all[name]
	one.asking--
	switch {
	case gaveUp:
	case !failed:
		one.failures, one.rests = 0, time.Time{}
	default:
		if one.failures++; one.failures >= c.Failures {
			one.rests = c.Now().Add(c.Rest)
		}
	}
}

// forget makes room for another host.
func (h *hosts) forget() {
	if len(h.all) < maxHosts {
		return
	}
	oldest := ""
	for name, one := range h.all {
		if one.asking == 0 && (oldest == "" || one.used.Before(h.all[oldest].used)) {
			oldest = name
		}
	}
	delete(h.all, oldest)
}
