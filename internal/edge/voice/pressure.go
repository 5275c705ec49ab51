package voice

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// pressure is how much of the new calls is refused because the machine does not keep up, so that the
// running ones keep their sound. It is a value; next is the rule.
type pressure struct {
	share float64 // of new calls refused, 0 to 1
}

const (
	// lateHigh is how late a goroutine may get its turn before calls are refused: packets leave every 20
	// ms and jitter buffers hold three to five of them, so beyond this everybody would hear it.
	lateHigh = 100 * time.Millisecond
	// lateLow is from when on calls are taken again, some more with each beat.
	lateLow = 40 * time.Millisecond
	// beginningHigh is how many arrivals may wait for the database before new ones are refused; those
	// that wait longer than Limits.Begin are refused as well.
	beginningHigh = 200

	shareUp   = 0.25 // a beat
	shareDown = 0.1
)

// next is the pressure after one beat: late is the usual delay in it, beginning how many arrivals wait
// to be recorded.
func (p pressure) next(late time.Duration, beginning int) pressure {
	switch {
	case late > lateHigh || beginning > beginningHigh:
		return pressure{min(1, p.share+shareUp)}
	case late < lateLow && beginning < beginningHigh/2:
		return pressure{max(0, p.share-shareDown)}
	}
	return p
}

// Times of the measurement: the delay of a beat is the middle one of its ticks, so that a single pause
// refuses nobody.
const (
	pressureTick  = 50 * time.Millisecond
	pressureTicks = 5
)

// gauge measures the pressure and tells which calls to refuse.
type gauge struct {
	mu        sync.Mutex
	now       pressure
	carry     float64 // the share of refused calls is spread evenly by it
	beginning int
}

// sheds says whether this new call is to be refused.
func (g *gauge) sheds() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.now.share == 0 {
		g.carry = 0
		return false
	}
	g.carry += g.now.share
	if g.carry < 1 {
		return false
	}
	g.carry--
	return true
}

// begins counts an arrival that waits to be recorded.
func (g *gauge) begins(by int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.beginning += by
}

// beat takes a measurement in; began and ended tell that calls begin or cease to be refused.
func (g *gauge) beat(late time.Duration) (began, ended bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.now.share
	g.now = g.now.next(late, g.beginning)
	return was == 0 && g.now.share > 0, was > 0 && g.now.share == 0
}

// share is how much is refused now.
func (g *gauge) share() float64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.now.share
}

// watchPressure measures until ctx ends.
func (e *Edge) watchPressure(ctx context.Context) {
	tick := time.NewTicker(pressureTick)
	defer tick.Stop()
	var late []time.Duration
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		late = append(late, max(0, now.Sub(last)-pressureTick))
		last = now
		if len(late) < pressureTicks {
			continue
		}
		slices.Sort(late)
		usual := late[pressureTicks/2]
		late = late[:0]
		switch began, ended := e.gauge.beat(usual); {
		case began:
			e.log.Warn("too much to do: some new calls are refused", "late", usual)
		case ended:
			e.log.Info("new calls are taken again")
		}
	}
}

// busy says, for an INVITE that is not parsed further, whether it is refused and after how many seconds
// it may come again; 0: it is looked at. It holds nothing of the call. Registered phones are agents and
// come after customers' calls: they are refused only while the house closes down.
func (e *Edge) busy(source netip.AddrPort) (retry int) {
	from, ok := e.config.Directory.Trunk(source.Addr().Unmap())
	e.mu.Lock()
	reason := Reason("")
	switch {
	case e.draining:
		reason = Draining
	case !ok:
	case e.all >= e.limit.Calls || from.MaxCalls > 0 && e.calls[from.ID] >= from.MaxCalls:
		reason = TooManyCalls
	}
	e.mu.Unlock()
	if reason == "" && ok && e.gauge.sheds() {
		reason = Overloaded
	}
	if reason == "" {
		return 0
	}
	e.figures.count(func(f *Figures) { f.Refused[reason]++ })
	return refusals(reason).retry
}
