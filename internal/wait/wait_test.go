package wait

import (
	"fmt"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func after(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }

// steady is a line from which one customer is taken every 60 s, with so many left in it.
func steady(left int) (l *Line, now int) {
	l = &Line{}
	l.Agents(noon, 4, 0)
	for i := range 20 + left {
		l.Joined(noon, fmt.Sprint(i))
	}
	for i := range 20 {
		now += 60
		l.Answered(after(now), fmt.Sprint(i))
	}
	return l, now
}

func TestPace(t *testing.T) {
	l, now := steady(5)
	tests := []struct {
		place int
		want  time.Duration
	}{{1, time.Minute}, {5, 5 * time.Minute}, {0, 6 * time.Minute}, {200, 200 * time.Minute}}
	for _, tt := range tests {
		mean, _, ok := l.expect(QueueLength, max(tt.place, 1))
		if tt.place == 0 {
			mean, _, ok = l.expect(QueueLength, 6)
		}
		if !ok || (mean-tt.want).Abs() > time.Second {
			t.Errorf("place %d: got %s, want %s", tt.place, mean, tt.want)
		}
	}
	l.Agents(after(now), 8, 0)
	if mean, _, _ := l.expect(QueueLength, 6); (mean - 3*time.Minute).Abs() > time.Second {
		t.Errorf("with twice the agents: got %s, want 3m", mean)
	}
	l.Agents(after(now), 8, 7)
	if e, ok := l.Expect(after(now), 0); !ok || e.Wait != 0 || (e.Say() != Range{High: 1}) {
		t.Errorf("with agents for all: got %+v, want no wait", e)
	}
	l.Agents(after(now), 0, 0)
	if e, ok := l.Expect(after(now), 0); ok {
		t.Errorf("without agents: got %+v, want nothing", e)
	}
}

func TestImpatienceShortens(t *testing.T) {
	l, now := steady(150)
	before, _, _ := l.expect(QueueLength, 120)
	for i := range 20 {
		l.Left(after(now), fmt.Sprint(150+i))
	}
	mean, spread, _ := l.expect(QueueLength, 120)
	if mean >= before || mean <= 0 || spread <= 0 {
		t.Errorf("got %s ± %s, want less than %s", mean, spread, before)
	}
}

func TestNothingKnown(t *testing.T) {
	l := &Line{}
	if e, ok := l.Expect(noon, 0); ok {
		t.Errorf("an empty line: got %+v", e)
	}
	l.Agents(noon, 1, 0)
	if e, ok := l.Expect(noon, 0); ok {
		t.Errorf("nobody waited yet: got %+v", e)
	}
	l.Joined(noon, "a")
	e, ok := l.Expect(after(90), 0)
	if !ok || e.Wait != 90*time.Second {
		t.Errorf("the first has waited for 90 s: got %+v", e)
	}
	if share, of := l.Error(); share != 0 || of != 0 {
		t.Errorf("error before any answer: %v of %d", share, of)
	}
}

func TestMissedOfferIsNoAnswer(t *testing.T) {
	l := &Line{}
	l.Agents(noon, 1, 0)
	l.Joined(noon, "a")
	l.Offered(after(10), "a")
	l.Offered(after(11), "a")
	l.Missed(after(20), "a")
	l.Missed(after(21), "a")
	if l.pace.count != 0 || l.waiting != 1 {
		t.Errorf("pace %v, %d waiting; want none taken, one waiting", l.pace, l.waiting)
	}
	l.Removed(after(30), "a")
	l.Removed(after(31), "a")
	l.Left(after(32), "nobody")
	if l.waiting != 0 || len(l.people) != 0 || l.impatient.count != 0 {
		t.Errorf("left over: %+v", l)
	}
}

func TestError(t *testing.T) {
	l, now := steady(1)
	l.Answered(after(now+60), "20")
	l.Joined(after(now+60), "x") // 60 s by both methods, or a little over
	was := l.people["x"].expected[l.people["x"].method].Seconds()
	l.said, l.waits = ring{}, ring{}
	l.Answered(after(now+60+40), "x")
	share, of := l.Error()
	want := (was - 40) / 40
	if of != 1 || share-want > 0.001 || want-share > 0.001 {
		t.Errorf("got %.2f of %d, want %.2f of 1", share, of, want)
	}
	// Who was in line before a restart is nobody to measure by.
	l.Joined(after(now), "old")
	l.Answered(after(now+200), "old")
	if _, of := l.Error(); of != 1 {
		t.Errorf("an old customer was counted: %d", of)
	}
}

func TestSay(t *testing.T) {
	m := time.Minute
	tests := []struct {
		low, mean, high time.Duration
		want            Range
	}{
		{0, 20 * time.Second, 50 * time.Second, Range{0, 1}},
		{30 * time.Second, 80 * time.Second, 2 * m, Range{0, 2}},
		{3*m + 1, 4 * m, 5 * m, Range{3, 5}},
		{3*m - 1, 4 * m, 5*m + 1, Range{2, 5}},
		{m, 4 * m, 25 * m, Range{2, 5}},
		{50 * m, 70 * m, 90 * m, Range{30, 0}},
		{2 * time.Hour, 3 * time.Hour, 4 * time.Hour, Range{60, 0}},
	}
	shipped := map[Range]bool{}
	for _, r := range Ranges() {
		shipped[r] = true
	}
	for _, tt := range tests {
		if got := (Estimate{Wait: tt.mean, Low: tt.low, High: tt.high}).Say(); got != tt.want || !shipped[got] {
			t.Errorf("%s (%s to %s): got %v, want %v", tt.mean, tt.low, tt.high, got, tt.want)
		}
	}
	for mean := time.Second; mean < 3*time.Hour; mean += 7 * time.Second {
		for _, spread := range []float64{0, 0.2, 0.5, 1, 3} {
			s := time.Duration(spread * float64(mean))
			if r := (Estimate{Wait: mean, Low: max(0, mean-s), High: mean + s}).Say(); !shipped[r] {
				t.Fatalf("%s ± %s: %v is not among the ranges", mean, s, r)
			}
		}
	}
}
