package voice

import (
	"testing"
	"time"

	"linekeeper/internal/wire/sip"
)

func TestPressure(t *testing.T) {
	t.Parallel()
	const low, between, high = 5 * time.Millisecond, 60 * time.Millisecond, 200 * time.Millisecond
	for name, tt := range map[string]struct {
		from      float64
		late      time.Duration
		beginning int
		want      float64
	}{
		"all is well":                     {0, low, 0, 0},
		"a little late is no reason":      {0, between, 0, 0},
		"late":                            {0, high, 0, 0.25},
		"still late":                      {0.9, high, 0, 1},
		"better, but not well: unchanged": {0.5, between, 0, 0.5},
		"well again: some more are taken": {0.5, low, 0, 0.4},
		"nearly over":                     {0.05, low, 0, 0},
		"the database does not keep up":   {0, low, beginningHigh + 1, 0.25},
		"it catches up":                   {0.5, low, beginningHigh / 2, 0.5},
		"it has caught up":                {0.5, low, beginningHigh/2 - 1, 0.4},
	} {
		if got := (pressure{tt.from}).next(tt.late, tt.beginning).share; got < tt.want-1e-9 || got > tt.want+1e-9 {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
	// From well to refusing all in a second, and back in less than three.
	p := pressure{}
	for range 4 {
		p = p.next(high, 0)
	}
	if p.share != 1 {
		t.Errorf("after 4 beats: %v", p.share)
	}
	for range 10 {
		p = p.next(low, 0)
	}
	if p.share > 1e-9 {
		t.Errorf("after 10 good beats: %v", p.share)
	}
}

func TestRefusedCallsAreSpreadEvenly(t *testing.T) {
	t.Parallel()
	for _, share := range []float64{0, 0.25, 0.6, 1} {
		g := gauge{now: pressure{share}}
		refused, run, longest := 0, 0, 0
		for range 1000 {
			if g.sheds() {
				refused++
				run++
			} else {
				run = 0
			}
			longest = max(longest, run)
		}
		if want := int(share * 1000); refused < want-1 || refused > want+1 {
			t.Errorf("share %v: %d of 1000 refused", share, refused)
		}
		if share == 0.25 && longest > 1 {
			t.Errorf("share %v: %d in a row", share, longest)
		}
	}
}

func TestShedsWhenOverloaded(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		first, l := w.talks()
		for range 4 {
			w.edge.gauge.beat(time.Second)
		}
		for range 3 {
			w.over(w.dials("4930111"))
		}
		f := w.edge.Snapshot()
		if f.Refused[Overloaded] != 3 || f.SIP.Calls != 1 || f.Shed != 1 {
			t.Errorf("got %v, %d calls, share %v", f.Refused, f.SIP.Calls, f.Shed)
		}
		if l.call.Phase() != sip.Confirmed {
			t.Error("the running call is gone")
		}
		time.Sleep(5 * time.Second) // the machine keeps up again
		c, _ := w.calls()
		c.HangUp()
		first.HangUp()
	})
}
