package sip

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// TestBusyStack runs many calls at once over a lossy network: all end as they should.
func TestBusyStack(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		const n = 300
		calls := make(chan *Call, n)
		a := w.stack("10.0.0.1:5060", nil)
		b := w.stack("10.0.0.2:5060", answers(calls))
		i := 0
		w.loses(func(netip.AddrPort, netip.AddrPort, string) bool { i++; return i%7 == 0 })
		var done sync.WaitGroup
		for i := range n {
			done.Go(func() {
				out := w.dial(a, DialRequest{Offer: pcmuOnly})
				if _, ok := <-out.Answered(); !ok {
					t.Errorf("not answered: %+v", out.End())
					return
				}
				time.Sleep(time.Duration(i) * 100 * time.Millisecond)
				_ = out.Hangup(context.Background(), "")
			})
		}
		for range n {
			w.ended(<-calls, ByPeer, EndedBye, 2*time.Minute)
		}
		done.Wait()
		w.loses(nil)
		w.idle()
		if x, y := a.Counters(), b.Counters(); x.CallsOut != n || y.CallsIn != n {
			t.Errorf("got %+v and %+v", x, y)
		}
	})
}
