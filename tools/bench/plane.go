package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	mediabench "linekeeper/internal/media/bench"
)

// other makes this process the other ends of the calls when mediabench has started it for that.
func other() { mediabench.Child() }

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
		{"workers", mediabench.Config{}, false},
		{"workers, recorded", mediabench.Config{}, true},
	}
	if calls == 100 { // more browsers are too much for who plays them; the rows sip-browser have them
		ways = append(ways,
			way{"browsers", mediabench.Config{Browsers: true}, false},
			way{"browsers, recorded", mediabench.Config{Browsers: true}, true})
	}
	if calls == 400 {
		ways = append(ways,
			way{"goroutine per leg", mediabench.Config{Goroutines: true}, false},
			way{"goroutine per leg, recorded", mediabench.Config{Goroutines: true}, true})
	}
	return func(ctx context.Context, b *bench) ([]figure, error) {
		calls, rounds, span := pick(b, calls, calls/10), pick(b, 3, 1), pick(b, 5*time.Second, time.Second)
		results := make([][]mediabench.Result, len(ways))
		for round := range rounds {
			for i, w := range ways {
				c := w.config
				c.Calls, c.Duration, c.Warm = calls, span, pick(b, 2*time.Second, time.Second)
				if w.record {
					c.Record = filepath.Join(b.folder, fmt.Sprintf("plane-%d-%d-%d", calls, round, i))
					if err := os.Mkdir(c.Record, 0o755); err != nil {
						return nil, err
					}
				}
				r, err := mediabench.Run(ctx, c)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", w.name, err)
				}
				results[i] = append(results[i], r)
			}
		}
		return planeFigures(calls, rounds, span, ways, results), nil
	}
}

// planeFigures are the medians.
func planeFigures(calls, rounds int, span time.Duration, ways []way, results [][]mediabench.Result) []figure {
	var figures []figure
	var floor float64
	for i, w := range ways {
		slices.SortFunc(results[i], func(x, y mediabench.Result) int { return cmp.Compare(x.PerThousand, y.PerThousand) })
		r := results[i][rounds/2]
		if i == 0 {
			floor = r.PerThousand
		}
		figures = append(figures, figure{fmt.Sprintf("media plane alone, %d calls: %s", calls, w.name), fmt.Sprintf("%.2f", r.PerThousand), "CPU-s per 1000 call-s",
			fmt.Sprintf("median of %d interleaved rounds of %s; %.2f of the first; lost %.2f %%, delay p50 %s, p99 %s; %.0f kB a call",
				rounds, span, r.PerThousand/floor, 100*r.Lost(), r.P50.Round(10*time.Microsecond), r.P99.Round(10*time.Microsecond), r.PerCall/1000)})
	}
	return figures
}
