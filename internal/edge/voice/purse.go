package voice

import (
	"time"

	"linekeeper/internal/trunk"
)

// Spent is money spent within this hour on the numbers of a rate with a limit.
type Spent struct {
	Rate   string // its numbers
	Amount int64  // as trunk.Rate has it
	Limit  int64
	Alarm  bool // four fifths are spent
	Over   bool // nothing more is spent within this hour
}

// purse counts what calls out cost, by clock hour. It is guarded by lines.mu. A call is charged from
// its answer on, in each hour what falls into it; expenses.go keeps that over a restart.
type purse struct {
	hour    time.Time
	done    map[string]int64 // of ended calls within the hour, by pattern
	running map[*meter]bool
	told    map[string]int // alarms given within the hour: 1 four fifths, 2 all
}

// meter is one call that costs.
type meter struct {
	rate  trunk.Rate
	since time.Time
}

// purse is that of a trunk. The lock is held.
func (l *lines) purse(id trunk.ID) *purse {
	p := l.purses[id]
	if p == nil {
		p = &purse{}
		l.purses[id] = p
	}
	return p
}

// turn begins a new hour.
func (p *purse) turn(now time.Time) {
	if hour := now.Truncate(time.Hour); !hour.Equal(p.hour) {
		p.hour, p.done, p.told = hour, make(map[string]int64), make(map[string]int)
	}
	if p.running == nil {
		p.running = make(map[*meter]bool)
	}
}

// start begins to charge a call that was answered then, now or before.
func (p *purse) start(r trunk.Rate, since, now time.Time) *meter {
	p.turn(now)
	m := &meter{rate: r, since: since}
	p.running[m] = true
	return m
}

// stop ends it.
func (p *purse) stop(m *meter, now time.Time) {
	p.turn(now)
	delete(p.running, m)
	p.done[m.rate.Pattern] += p.cost(m, now)
}

// cost is what a call has cost within this hour.
func (p *purse) cost(m *meter, now time.Time) int64 {
	return m.rate.Cost(now.Sub(latest(m.since, p.hour)))
}

// of is what was spent on a rate within this hour.
func (p *purse) of(r trunk.Rate, now time.Time) int64 {
	p.turn(now)
	sum := p.done[r.Pattern]
	for m := range p.running {
		if m.rate.Pattern == r.Pattern {
			sum += p.cost(m, now)
		}
	}
	return sum
}

// broke says whether the money for a number is used up.
func (p *purse) broke(k trunk.Trunk, called string, now time.Time) bool {
	r, ok := k.RateFor(called)
	return ok && r.PerHour > 0 && p.of(r, now) >= r.PerHour
}

// spent lists the rates with a limit on which something was spent.
func (p *purse) spent(k trunk.Trunk, now time.Time) (all []Spent) {
	for _, text := range k.Rates {
		r, err := trunk.ParseRate(text)
		if err != nil || r.PerHour == 0 {
			continue
		}
		if sum := p.of(r, now); sum > 0 {
			all = append(all, Spent{Rate: r.Pattern, Amount: sum, Limit: r.PerHour, Alarm: sum >= r.PerHour/5*4, Over: sum >= r.PerHour})
		}
	}
	return all
}

// alarms are the rates that have come to four fifths or to their limit since it was asked last.
func (p *purse) alarms(k trunk.Trunk, now time.Time) (all []Spent) {
	for _, s := range p.spent(k, now) {
		level := 0
		if s.Alarm {
			level = 1
		}
		if s.Over {
			level = 2
		}
		if level > p.told[s.Rate] {
			p.told[s.Rate] = level
			all = append(all, s)
		}
	}
	return all
}
