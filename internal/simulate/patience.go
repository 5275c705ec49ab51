package simulate

import (
	"math/rand/v2"
	"slices"
	"sort"
)

// stay is how long a customer was in line, and whether it was he who ended it; an answer hides how long he would have waited.
type stay struct {
	seconds float64
	gaveUp  bool
}

// survival is what is known of how long customers wait before they give up: the estimate of Kaplan and Meier ("Nonparametric
// estimation from incomplete observations", 1958). Behind the longest wait after which somebody gave up it goes on with the
// mean rate at which they did. The zero value knows nothing: everybody waits without end.
type survival struct {
	times []float64 // rising, at which somebody gave up
	share []float64 // who waits longer than that
	rate  float64   // of giving up, a second
}

// estimate makes the curve; the stays are sorted by it.
func estimate(stays []stay) survival {
	slices.SortFunc(stays, func(a, b stay) int {
		switch {
		case a.seconds != b.seconds:
			if a.seconds < b.seconds {
				return -1
			}
			return 1
		case a.gaveUp == b.gaveUp:
			return 0
		case a.gaveUp: // who was answered then was still there
			return -1
		}
		return 1
	})
	var s survival
	left, sum, gone := 1.0, 0.0, 0
	for i := 0; i < len(stays); {
		at, events, n := stays[i].seconds, 0, 0
		for ; i+n < len(stays) && stays[i+n].seconds == at; n++ {
			sum += at
			if stays[i+n].gaveUp {
				events++
			}
		}
		if events > 0 {
			left *= 1 - float64(events)/float64(len(stays)-i)
			s.times, s.share = append(s.times, at), append(s.share, left)
			gone += events
		}
		i += n
	}
	if gone > 0 {
		s.rate = float64(gone) / max(sum, 1)
	}
	return s
}

// beyond is the share that waits longer than so many seconds.
func (s survival) beyond(seconds float64) float64 {
	i := sort.SearchFloat64s(s.times, seconds)
	if i < len(s.times) && s.times[i] == seconds {
		i++
	}
	if i == 0 {
		return 1
	}
	return s.share[i-1]
}

// draw gives the patience of somebody of whom it is known that he waits longer than so many seconds; below 0: without end.
func (s survival) draw(waited float64, chance *rand.Rand) float64 {
	u, more := 1-chance.Float64(), chance.ExpFloat64() // both always, so that everybody's chances stay his own
	if s.rate == 0 {
		return -1
	}
	want := u * s.beyond(waited)
	for i := sort.SearchFloat64s(s.times, waited); i < len(s.times); i++ {
		if s.times[i] > waited && s.share[i] <= want {
			return s.times[i]
		}
	}
	last := waited
	if n := len(s.times); n > 0 {
		last = max(waited, s.times[n-1])
	}
	return last + more/s.rate
}
