package live

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestCallbacksOnTheBoard: who is to be called back is counted, and those behind him wait for him too.
func TestCallbacksOnTheBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlayer()
		defer p.b.Close()
		since := time.Now().Add(-time.Minute)
		p.b.Callbacks("sales", 2, since)
		p.b.Standing("sales", "cb-1", since, true)
		synctest.Wait()
		v, _ := p.b.Queue("sales")
		if v.Callbacks != 2 || v.CallbacksSince != since.UnixMilli() || v.Waiting != 0 {
			t.Errorf("got %d since %d, %d waiting", v.Callbacks, v.CallbacksSince, v.Waiting)
		}
		p.b.CalledBack("sales", p.b.Today(), CallbackDay{Asked: 3, Reached: 2, Delay: time.Minute})
		p.b.CalledBack("sales", p.b.Today().AddDate(0, 0, -1), CallbackDay{Asked: 9})
		synctest.Wait()
		if v, _ := p.b.Queue("sales"); v.CallbacksAsked != 3 || v.CallbacksReached != 2 || v.CallbackDelayMs != 60_000 {
			t.Errorf("got %+v, want 2 of 3 within a minute", v)
		}
		p.b.Callbacks("sales", 0, time.Time{})
		p.b.Standing("sales", "cb-1", since, false)
		synctest.Wait()
		if v, _ := p.b.Queue("sales"); v.Callbacks != 0 || v.CallbacksSince != 0 {
			t.Errorf("got %d since %d", v.Callbacks, v.CallbacksSince)
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if v, _ := p.b.Queue("sales"); v.CallbacksAsked != 0 || v.CallbackDelayMs != 0 {
			t.Errorf("a new day begins with %+v", v)
		}
	})
}
