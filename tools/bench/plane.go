package main

import (
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

// planes measures the media plane alone, in this process, both ways of serving sockets side by side and
// beside the least that a relay can cost on this machine; rounds are interleaved, so that a busy minute
// hits all of them.
func planes(ctx context.Context, b *bench) ([]figure, error) {
	calls, rounds, span := pick(b, 400, 40), pick(b, 3, 1), pick(b, 10*time.Second, 2*time.Second)
	ways := []struct {
		name   string
		config mediabench.Config
		record bool
	}{
		{"nothing but the system calls", mediabench.Config{Bare: true}, false},
		{"workers", mediabench.Config{}, false},
		{"goroutine per leg", mediabench.Config{Goroutines: true}, false},
		{"workers, recorded", mediabench.Config{}, true},
		{"goroutine per leg, recorded", mediabench.Config{Goroutines: true}, true},
	}
	results := make([][]mediabench.Result, len(ways))
	for round := range rounds {
		for i, w := range ways {
			c := w.config
			c.Calls, c.Duration = calls, span
			if w.record {
				c.Record = filepath.Join(b.folder, fmt.Sprintf("plane-%d-%d", round, i))
				if err := os.Mkdir(c.Record, 0o755); err != nil {
					return nil, err
				}
			}
			r, err := mediabench.Run(ctx, c)
			if err != nil {
				return nil, err
			}
			results[i] = append(results[i], r)
		}
	}
	var figures []figure
	var floor float64
	for i, w := range ways {
		slices.SortFunc(results[i], func(x, y mediabench.Result) int {
			if x.PerThousand < y.PerThousand {
				return -1
			}
			return 1
		})
		r := results[i][rounds/2]
		if i == 0 {
			floor = r.PerThousand
		}
		figures = append(figures, figure{fmt.Sprintf("media plane alone, %d calls: %s", calls, w.name), fmt.Sprintf("%.2f", r.PerThousand), "CPU-s per 1000 call-s",
			fmt.Sprintf("median of %d interleaved rounds of %s; %.2f of the first; lost %.2f %%, delay p50 %s, p99 %s",
				rounds, span, r.PerThousand/floor, 100*r.Lost(), r.P50.Round(10*time.Microsecond), r.P99.Round(10*time.Microsecond))})
	}
	return figures, nil
}
