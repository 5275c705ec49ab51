package simulate

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestEstimateByHand: Kaplan and Meier's product over stays of which some were ended by an answer.
func TestEstimateByHand(t *testing.T) {
	s := estimate([]stay{{10, true}, {5, false}, {20, true}, {10, false}, {30, false}, {3, true}})
	for at, want := range map[float64]float64{0: 1, 2.9: 1, 3: 5.0 / 6, 9: 5.0 / 6, 10: 5.0 / 6 * 3 / 4, 20: 5.0 / 6 * 3 / 4 / 2, 99: 5.0 / 6 * 3 / 4 / 2} {
		if got := s.beyond(at); math.Abs(got-want) > 1e-9 {
			t.Errorf("%.4f wait longer than %v s, want %.4f", got, at, want)
		}
	}
	if got, want := s.rate, 3.0/78; math.Abs(got-want) > 1e-9 {
		t.Errorf("they give up at a rate of %v, want %v", got, want)
	}
	if got := (survival{}).draw(7, rand.New(rand.NewPCG(1, 1))); got >= 0 {
		t.Errorf("where nobody gave up somebody does, after %v s", got)
	}
}

// TestEstimateFindsThePatience: exponential patience of 100 s, hidden by answers after 80 s in the mean, comes out again,
// also of those who have waited for a minute.
func TestEstimateFindsThePatience(t *testing.T) {
	chance := rand.New(rand.NewPCG(3, 4))
	var stays []stay
	for range 20_000 {
		patience, answer := 100*chance.ExpFloat64(), 80*chance.ExpFloat64()
		stays = append(stays, stay{min(patience, answer), patience < answer})
	}
	s := estimate(stays)
	for _, waited := range []float64{0, 60} {
		sum := 0.0
		const n = 20_000
		for range n {
			p := s.draw(waited, chance)
			if p <= waited {
				t.Fatalf("somebody who waited %v s gives up after %v s", waited, p)
			}
			sum += p - waited
		}
		if mean := sum / n; math.Abs(mean-100) > 6 {
			t.Errorf("after %v s they wait %.1f s longer in the mean, want 100", waited, mean)
		}
	}
}
