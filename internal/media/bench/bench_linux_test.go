package bench_test

import (
	"context"
	"os"
	"testing"
	"time"

	"linekeeper/internal/media/bench"
)

func TestMain(m *testing.M) {
	bench.Child()
	os.Exit(m.Run())
}

// The harness itself: a small run must deliver what was sent.
func TestSmallRun(t *testing.T) {
	for name, c := range map[string]bench.Config{
		"bare":       {Calls: 2, Bare: true},
		"goroutines": {Calls: 2, Goroutines: true, Record: t.TempDir()},
		"telephones": {Calls: 2, Record: t.TempDir()},
		"sealed":     {Calls: 2, Sealed: true, Listen: true},
		"browsers":   {Calls: 2, Browsers: true, Warm: 2 * time.Second},
	} {
		c.Warm, c.Duration = max(c.Warm, 200*time.Millisecond), 500*time.Millisecond
		r, err := bench.Run(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		if r.Sent < 80 || r.Lost() > 0.2 || r.CPU == 0 {
			t.Errorf("%s: %v (%d sent, %d received)", name, r, r.Sent, r.Received)
		}
	}
}

// BenchmarkCalls measures for ten seconds each; use -benchtime 1x.
func BenchmarkCalls(b *testing.B) {
	for _, c := range []struct {
		name   string
		config bench.Config
		record bool
	}{
		{"relay-100", bench.Config{Calls: 100}, false},
		{"relay-100-goroutines", bench.Config{Calls: 100, Goroutines: true}, false},
		{"relay-400", bench.Config{Calls: 400}, false},
		{"relay-400-one", bench.Config{Calls: 400, Workers: 1}, false},
		{"relay-400-goroutines", bench.Config{Calls: 400, Goroutines: true}, false},
		{"recorded-100", bench.Config{Calls: 100}, true},
		{"recorded-400", bench.Config{Calls: 400}, true},
		{"recorded-400-one", bench.Config{Calls: 400, Workers: 1}, true},
		{"recorded-400-goroutines", bench.Config{Calls: 400, Goroutines: true}, true},
		{"sealed-100", bench.Config{Calls: 100, Sealed: true}, false},
		{"sealed-100-recorded", bench.Config{Calls: 100, Sealed: true}, true},
		{"browser-100", bench.Config{Calls: 100, Browsers: true}, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				if c.record {
					c.config.Record = b.TempDir()
				}
				r, err := bench.Run(context.Background(), c.config)
				if err != nil {
					b.Fatal(err)
				}
				b.Log(r)
				b.ReportMetric(r.PerThousand, "CPU-s/1000call-s")
				b.ReportMetric(100*r.Lost(), "%lost")
				b.ReportMetric(float64(r.P99.Microseconds()), "p99-us")
			}
		})
	}
}
