package interaction

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestClockSetBack holds that an interaction's time goes on evenly whatever the wall's clock says: its
// own differs from it by an hour here, as if that had been set right after the arrival.
func TestClockSetBack(t *testing.T) {
	for _, set := range []time.Duration{-time.Hour, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			now := time.Now()
			a := &actor{wall: now.UTC().Round(0).Add(set), since: now, timers: map[Timer]time.Time{}}
			began := a.now()
			a.timers[OfferTimer] = began.Add(15 * time.Second)
			timer := time.NewTimer(time.Hour)
			a.arm(timer)
			<-timer.C
			if took := time.Since(now); took != 15*time.Second {
				t.Errorf("clock set by %v: a timer of 15s took %v", -set, took)
			}
			if took := a.now().Sub(began); took != 15*time.Second {
				t.Errorf("clock set by %v: the journal says %v, want 15s", -set, took)
			}
		})
	}
}
