package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	mediabench "linekeeper/internal/media/bench"
)

// other makes this process the other ends of the calls when mediabench has started it for that, or what
// stands between them when b2bua has.
func other() {
	b2buaChild()
	mediabench.Child()
}

// way is one way to carry calls.
type way struct {
	name   string
	config mediabench.Config
	record bool
}

// planes measures the media plane alone, in this process, with that many calls, beside the least that a
// relay can cost on this machine; rounds are interleaved, so that a busy minute hits all of them. At 400
// calls both ways of serving sockets stand side by side.
func planes(calls int) func(context.Context, *bench) ([]figure, error) {
	ways := []way{
		{"nothing but the system calls", mediabench.Config{Bare: true}, false},
		{"workers", mediabench.Config{Listen: true}, false},
		{"workers, recorded", mediabench.Config{Listen: true}, true},
		{"workers, SRTP with both parties", mediabench.Config{Listen: true, Sealed: true}, false},
		{"workers, SRTP with both parties, recorded", mediabench.Config{Listen: true, Sealed: true}, true},
	}
	if calls == 100 { // more browsers are too much for who plays them; the rows sip-browser have them
		ways = append(ways,
			way{"browsers", mediabench.Config{Browsers: true, Listen: true}, false},
			way{"browsers, recorded", mediabench.Config{Browsers: true, Listen: true}, true})
	}
	if calls == 400 {
		ways = append(ways,
			way{"goroutine per leg", mediabench.Config{Goroutines: true, Listen: true}, false},
			way{"goroutine per leg, recorded", mediabench.Config{Goroutines: true, Listen: true}, true})
	}
	return func(ctx context.Context, b *bench) ([]figure, error) {
		p := planeRun{ways: ways, calls: pick(b, calls, calls/10), rounds: pick(b, 3, 1), span: pick(b, 5*time.Second, time.Second)}
		p.wanted = p.calls
		if calls >= 1000 { // one round, and a short one: it keeps a small machine busy as a whole
			p.rounds, p.span = 1, min(p.span, 3*time.Second)
		}
		for {
			err := p.measure(ctx, b)
			if err == nil {
				return p.figures(), nil
			}
			if !errors.Is(err, errOverloaded) || 4*p.calls <= p.wanted { // a smaller row says nothing of the wanted one
				return nil, err
			}
			b.say("  %d calls are too many for this machine; half of them", p.calls)
			p.calls /= 2
		}
	}
}

// planeRun is a measurement of all ways with so many calls.
type planeRun struct {
	ways    []way
	calls   int
	wanted  int // calls that the row is named for
	rounds  int
	span    time.Duration
	results [][]mediabench.Result // by way; after measure in the order of cost
}

// measure fails with errOverloaded if even the least of relays, which comes first, loses packets: then it
// is the machine, with the telephones on it, that is measured.
func (p *planeRun) measure(ctx context.Context, b *bench) error {
	p.results = make([][]mediabench.Result, len(p.ways))
	for round := range p.rounds {
		for i, w := range p.ways {
			c := w.config
			c.Calls, c.Duration, c.Warm = p.calls, p.span, pick(b, 2*time.Second, time.Second)
			if w.record {
				c.Record = filepath.Join(b.folder, fmt.Sprintf("plane-%d-%d-%d-%d", p.wanted, p.calls, round, i))
				if err := os.Mkdir(c.Record, 0o755); err != nil {
					return err
				}
			}
			r, err := mediabench.Run(ctx, c)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			if i == 0 && r.Lost() > 0.01 {
				return fmt.Errorf("%w: %.1f %% of the packets got lost", errOverloaded, 100*r.Lost())
			}
			p.results[i] = append(p.results[i], r)
		}
	}
	for _, r := range p.results {
		slices.SortFunc(r, func(x, y mediabench.Result) int { return cmp.Compare(x.PerThousand, y.PerThousand) })
	}
	return nil
}

// median is what a way costs.
func (p *planeRun) median(way int) mediabench.Result { return p.results[way][p.rounds/2] }

// figures are the medians; the first way is the floor.
func (p *planeRun) figures() []figure {
	var figures []figure
	for i, w := range p.ways {
		r := p.median(i)
		how := fmt.Sprintf("median of %d interleaved rounds of %s; %.2f of the first; lost %.2f %%, delay p50 %s, p99 %s; %.0f kB a call",
			p.rounds, p.span, r.PerThousand/p.median(0).PerThousand, 100*r.Lost(), r.P50.Round(10*time.Microsecond), r.P99.Round(10*time.Microsecond), r.PerCall/1000)
		if p.calls < p.wanted {
			how += fmt.Sprintf("; %d calls are too many for this machine together with their telephones", p.wanted)
		}
		figures = append(figures, figure{fmt.Sprintf("media plane alone, %d calls: %s", p.calls, w.name), fmt.Sprintf("%.2f", r.PerThousand), "CPU-s per 1000 call-s", how})
	}
	return figures
}
