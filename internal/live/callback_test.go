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
		p.b.Callbacks("sales", 0, time.Time{})
		p.b.Standing("sales", "cb-1", since, false)
		synctest.Wait()
		if v, _ := p.b.Queue("sales"); v.Callbacks != 0 || v.CallbacksSince != 0 {
			t.Errorf("got %d since %d", v.Callbacks, v.CallbacksSince)
		}
	})
}
