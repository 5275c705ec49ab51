package wait

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestLessonFindsWhatEachPlaceCosts(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	var s lesson
	if s.ready() {
		t.Error("ready before anything was learned")
	}
	draw := func() [seen]float64 {
		agents := float64(5 + random.IntN(10))
		place := float64(1 + random.IntN(20))
		return [seen]float64{place / agents, 1 / agents, 60 * random.Float64()}
	}
	truth := func(x [seen]float64) float64 { return 90*x[0] + 40*x[1] + 0.3*x[2] }
	for range 1500 {
		x := draw()
		s.learn(x, truth(x)*(0.8+0.4*random.Float64()))
	}
	off, sum := 0.0, 0.0
	for range 1000 {
		x := draw()
		off += math.Abs(s.expect(x) - truth(x))
		sum += truth(x)
	}
	if off > 0.03*sum {
		t.Errorf("off by %.1f %%", 100*off/sum)
	}
	// The pace doubles: some hundred answers later it is known.
	for range 400 {
		x := draw()
		s.learn(x, truth(x)/2)
	}
	off, sum = 0, 0
	for range 1000 {
		x := draw()
		off += math.Abs(s.expect(x) - truth(x)/2)
		sum += truth(x) / 2
	}
	if off > 0.3*sum {
		t.Errorf("after the change off by %.1f %%", 100*off/sum)
	}
}

// TestLessonStaysSound feeds what a line may see at its worst: for hours the same, then something else, and nonsense.
func TestLessonStaysSound(t *testing.T) {
	t.Parallel()
	var s lesson
	for i := range 200_000 {
		s.learn([seen]float64{0.1, 0.1, 0}, 20)
		if i%50_000 == 0 {
			s.learn([seen]float64{3, 0.1, 600}, 900)
		}
	}
	s.learn([seen]float64{0, 0, 0}, 5)
	s.learn([seen]float64{math.Inf(1), 1, 0}, 5)
	s.learn([seen]float64{1, 1, 0}, math.NaN())
	for _, x := range [][seen]float64{{0.1, 0.1, 0}, {3, 0.1, 600}, {50, 1, 3000}} {
		if w := s.expect(x); !(w >= 0 && w < 100_000) {
			t.Errorf("%v is expected to wait %v s", x, w)
		}
	}
	if w := s.expect([seen]float64{0.1, 0.1, 0}); math.Abs(w-20) > 2 {
		t.Errorf("who waited 20 s a hundred thousand times is told %.1f", w)
	}
	var again lesson
	again.recall(s.keep())
	if again != s {
		t.Errorf("recalled %+v, kept %+v", again, s)
	}
	bad := s.keep()
	bad.Unsure[0][1]++
	again.recall(bad)
	if again.ready() {
		t.Error("what cannot have been kept is believed")
	}
}
