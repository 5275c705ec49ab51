package simulate

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
)

// Run is one rule's result over all days, and what its measures differ from day to day.
type Run struct {
	Rule   string  `json:"rule"`
	Days   int     `json:"days"`
	Result *Result `json:"result"`
	// Against is how this run differs from the first one on the same days; nil for the first.
	Against *Difference `json:"against_first,omitempty"`

	days []*Result
}

// Difference is mean and half width of the 95 % confidence interval of paired differences, this run less the first.
type Difference struct {
	Loss      Interval `json:"loss"`
	MeanWait  Interval `json:"mean_wait_s"`
	Abandoned Interval `json:"abandoned_share"`
	Unfair    Interval `json:"unfair"`
	Spread    Interval `json:"spread"`
}

// Interval is a mean with its uncertainty.
type Interval struct {
	Mean float64 `json:"mean"`
	Half float64 `json:"half_width"` // 0 of a single day: unknown
}

// Clear says whether the interval keeps clear of zero.
func (i Interval) Clear() bool { return math.Abs(i.Mean) > i.Half }

// defaultDays is how many days are played unless the center says.
const defaultDays = 20

// Case is something to be played: a center with a rule.
type Case struct {
	Name   string
	Center *Center
	// Rule makes the rule anew, for a day that may be played beside others.
	Rule func() Rule
	// Day makes one of the days, such as one that really was; nil: by the center's chances.
	Day func(day int) Day
}

func (c Case) play(day int) *Result {
	var made Day
	if c.Day != nil {
		made = c.Day(day)
	} else {
		made = c.Center.Make(day)
	}
	return Play(c.Center, &made, c.Rule())
}

// Compare plays all cases on the same days; days 0: as many as the first center says. Told is called after each day
// of all cases, from one goroutine at a time; it may be nil.
func Compare(ctx context.Context, cases []Case, days int, told func(done, of int)) ([]Run, error) {
	return CompareBy(ctx, runtime.GOMAXPROCS(0), cases, days, told)
}

// CompareBy plays so many days side by side at most: a server that has calls plays one after the other.
func CompareBy(ctx context.Context, workers int, cases []Case, days int, told func(done, of int)) ([]Run, error) {
	if len(cases) == 0 {
		return nil, nil
	}
	if days == 0 {
		days = cases[0].Center.Days
	}
	if days == 0 {
		days = defaultDays
	}
	runs := make([]Run, len(cases))
	for i, c := range cases {
		runs[i] = Run{Rule: c.Name, Days: days, days: make([]*Result, days)}
	}
	var work sync.WaitGroup
	var telling sync.Mutex
	done, next := 0, make(chan int)
	for range min(days, workers) {
		work.Go(func() {
			for day := range next {
				for i, c := range cases {
					if ctx.Err() != nil {
						return // a stopped run need not play the rest of what it has begun
					}
					runs[i].days[day] = c.play(day)
				}
				telling.Lock()
				if done++; told != nil {
					told(done, days)
				}
				telling.Unlock()
			}
		})
	}
	for day := range days {
		select {
		case next <- day:
		case <-ctx.Done():
		}
	}
	close(next)
	work.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("the simulation was stopped after %d of %d days: %w", done, days, err)
	}
	for i := range runs {
		runs[i].Result = Merge(runs[i].days)
		if i > 0 {
			runs[i].Against = differ(runs[i].days, runs[0].days)
		}
		if days == 1 {
			runs[i].Result.Agents = runs[i].days[0].Agents
		}
	}
	return runs, nil
}

// differ compares day by day, so that the chances common to both fall out.
func differ(a, b []*Result) *Difference {
	by := func(measure func(*Result) float64) Interval {
		sum, square, n := 0.0, 0.0, float64(len(a))
		for i := range a {
			d := measure(a[i]) - measure(b[i])
			sum, square = sum+d, square+d*d
		}
		out := Interval{Mean: sum / n}
		if n > 1 {
			variance := max(0, square-sum*sum/n) / (n - 1)
			out.Half = student(len(a)-1) * math.Sqrt(variance/n)
		}
		return out
	}
	return &Difference{
		Loss:      by(func(r *Result) float64 { return r.Loss }),
		MeanWait:  by(func(r *Result) float64 { return r.MeanWait }),
		Abandoned: by(func(r *Result) float64 { return r.Abandoned }),
		Unfair:    by(func(r *Result) float64 { return r.Unfair }),
		Spread:    by(func(r *Result) float64 { return r.Spread }),
	}
}

// student is the 97.5 % quantile of Student's t, by its expansion in one over the degrees of freedom; the first ones,
// where that is too coarse, by the table.
func student(freedom int) float64 {
	table := []float64{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228}
	if freedom <= len(table) {
		return table[max(0, freedom-1)]
	}
	const z = 1.959964
	n := float64(freedom)
	return z + (z*z*z+z)/(4*n) + (5*math.Pow(z, 5)+16*z*z*z+3*z)/(96*n*n)
}
