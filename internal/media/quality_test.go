package media

import (
	"math"
	"testing"
	"time"
)

// ITU-T G.107, Annex B, table B.1, and its best value for default parameters.
func TestOpinionOfARating(t *testing.T) {
	t.Parallel()
	for r, want := range map[float64]float64{93.2: 4.41, 90: 4.34, 80: 4.03, 70: 3.60, 60: 3.10, 50: 2.58, 100: 4.5, 0: 1} {
		if got := opinion(r); math.Abs(got-want) > 0.01 {
			t.Errorf("R %v: got %.3f, want %v", r, got, want)
		}
	}
	for r := 0.0; r < 100; r++ {
		if v := opinion(r); v < 1 || v > 4.5 {
			t.Errorf("R %v: %v is no score", r, v)
		}
	}
}

// Equipment impairment of G.711 with concealment by Ie,eff = 95 Ppl/(Ppl/BurstR + Bpl), Bpl 25.1
// (G.107, section 3.5, and G.113, Appendix I); delay by Cole and Rosenbluth's 0.024 d + 0.11 (d - 177.3).
func TestRating(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for _, c := range []struct {
		loss, bursts float64
		delay        time.Duration
		want         float64
	}{
		{0, 1, 0, 93.2},
		{0, 1, 100 * ms, 90.8},
		{0, 1, 150 * ms, 89.6},
		{0, 1, 400 * ms, 93.2 - 9.6 - 24.497},
		{0.01, 1, 0, 93.2 - 3.640},
		{0.02, 1, 0, 93.2 - 7.011},
		{0.05, 1, 0, 93.2 - 15.781},
		{0.10, 1, 0, 93.2 - 27.066},
		{0.20, 1, 0, 93.2 - 42.129},
		{0.05, 2, 0, 93.2 - 17.210},
		{1, 1, 10 * time.Second, 0},
		{-1, 0, 0, 93.2},
	} {
		if got := rating(c.loss, c.bursts, c.delay); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%v lost in bursts of %v, %v late: got %.3f, want %.3f", c.loss, c.bursts, c.delay, got, c.want)
		}
	}
}

func TestBurstiness(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		loss       float64
		lost, gaps uint64
		want       float64
	}{
		{0, 0, 0, 1}, {0.1, 10, 10, 1}, {0.1, 11, 10, 1}, {0.1, 20, 5, 3.6}, {1, 50, 1, 1}, {0.5, 20, 10, 1},
	} {
		if got := burstiness(c.loss, c.lost, c.gaps); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

func TestEarDelay(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]time.Duration{{0, 0, 60}, {100, 5, 110}, {100, 50, 170}} {
		if got := earDelay(c[0]*time.Millisecond, c[1]*time.Millisecond); got != c[2]*time.Millisecond {
			t.Errorf("round trip %d, jitter %d: got %v, want %d ms", c[0], c[1], got, c[2])
		}
	}
}

func TestSamples(t *testing.T) {
	t.Parallel()
	before := sample{packets: 100, lost: 5, gaps: 5}
	s, bursts := sample{packets: 190, lost: 15, gaps: 15}.since(before, time.Millisecond)
	if s.Packets != 100 || s.Loss != 0.1 || bursts != 1 || s.Jitter != time.Millisecond {
		t.Errorf("got %+v, bursts %v", s, bursts)
	}
	// Late packets came after all.
	if s, _ := (sample{packets: 190, lost: 3}).since(before, 0); s.Packets != 90 || s.Loss != 0 {
		t.Errorf("got %+v", s)
	}
	if s, _ := before.since(before, 0); s != (Sound{}) {
		t.Errorf("got %+v", s)
	}
	if got := judge(Sound{Packets: 250, Loss: 0.1}, 1, 0, 50).MOS; got < 3.2 || got > 3.5 {
		t.Errorf("10 %% lost: %v", got)
	}
	if got := judge(Sound{Packets: 49}, 1, 0, 50).MOS; got != 0 {
		t.Errorf("a second of sound is judged: %v", got)
	}
}

func TestSpells(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		was  bool
		mos  float64
		want bool
	}{{false, 4.4, false}, {false, 3.6, false}, {false, 3.4, true}, {true, 3.6, true}, {true, 3.9, false}, {true, 0, false}, {false, 0, false}} {
		if got := spellOf(c.was, c.mos); got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}
