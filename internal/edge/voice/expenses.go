package voice

import (
	"context"
	"slices"
	"time"

	"linekeeper/internal/trunk"
)

// Expenses keeps what trunks have spent over a restart.
type Expenses interface {
	// Spent is what earlier processes have spent in the present clock hour.
	Spent(context.Context) ([]trunk.Spend, error)
	// Keep writes sums down, in place of what was written for the same hours.
	Keep(context.Context, []trunk.Spend) error
}

const (
	// expenseEvery is how often the sums of running calls are written down: so much a kill can forget.
	expenseEvery = time.Second
	// expenseTime bounds one writing.
	expenseTime = 10 * time.Second
)

// recall takes over what earlier processes have spent. It comes before the first call out.
func (l *lines) recall(ctx context.Context) {
	if l.edge.config.Expenses == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, expenseTime)
	defer cancel()
	all, err := l.edge.config.Expenses.Spent(ctx)
	if err != nil {
		l.edge.log.Error("what trunks have spent in this hour is not known; their limits begin anew", "err", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.earlier = all
}

// owes puts what earlier processes have spent into the purse of a line that begins. The lock is held.
func (l *lines) owes(n *line) {
	for _, s := range l.earlier {
		if s.Trunk == n.config.ID {
			n.purse.recall(s, time.Now())
		}
	}
	l.earlier = slices.DeleteFunc(l.earlier, func(s trunk.Spend) bool { return s.Trunk == n.config.ID })
}

// keepExpenses writes down what is spent until ctx ends, and once more then.
func (l *lines) keepExpenses(ctx context.Context) {
	keep := l.edge.config.Expenses
	if keep == nil {
		return
	}
	var told bool
	written := make(map[trunk.Spend]bool)
	write := func(ctx context.Context) {
		all := l.expenses()
		fresh := slices.DeleteFunc(slices.Clone(all), func(s trunk.Spend) bool { return written[s] })
		if len(fresh) == 0 {
			return
		}
		ctx, cancel := context.WithTimeout(ctx, expenseTime)
		defer cancel()
		if err := keep.Keep(ctx, fresh); err != nil {
			if !told {
				l.edge.log.Error("what trunks spend is not written down; a restart would forget it", "err", err)
			}
			told = true
			return
		}
		told = false
		clear(written)
		for _, s := range all {
			written[s] = true
		}
	}
	t := time.NewTicker(expenseEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-l.spending:
		case <-ctx.Done():
			write(context.WithoutCancel(ctx))
			return
		}
		write(ctx)
	}
}

// expenses are all sums of the present hour.
func (l *lines) expenses() (all []trunk.Spend) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, n := range l.all {
		for _, s := range n.purse.sums(time.Now()) {
			s.Trunk = id
			all = append(all, s)
		}
	}
	return all
}

// spends has what was spent written down soon.
func (l *lines) spends() {
	select {
	case l.spending <- struct{}{}:
	default: // it will be anyway
	}
}

// recall adds what an earlier process has spent.
func (p *purse) recall(s trunk.Spend, now time.Time) {
	p.turn(now)
	if s.Hour.Equal(p.hour) {
		p.done[s.Rate] += s.Amount
	}
}

// sums are what was spent within this hour, by numbers.
func (p *purse) sums(now time.Time) (all []trunk.Spend) {
	p.turn(now)
	by := make(map[string]int64)
	for rate, amount := range p.done {
		by[rate] += amount
	}
	for m := range p.running {
		by[m.rate.Pattern] += p.cost(m, now)
	}
	for rate, amount := range by {
		if amount > 0 {
			all = append(all, trunk.Spend{Rate: rate, Hour: p.hour, Amount: amount})
		}
	}
	return all
}
