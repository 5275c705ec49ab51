package sip

import (
	"context"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
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

// TestRestingCallsAreCheap: a confirmed call has no goroutine and little memory.
func TestRestingCallsAreCheap(t *testing.T) {
	inWorld(t, func(w *world) {
		const n = 1000
		calls := make(chan *Call, n)
		a := w.stack("10.0.0.1:5060", nil)
		b := w.stack("10.0.0.2:5060", answers(calls))
		var outs, ins []*Call
		measure := func() (heap uint64, goroutines int) {
			time.Sleep(2 * time.Minute) // until no transaction is left
			synctest.Wait()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc, runtime.NumGoroutine()
		}
		before, running := measure()
		for range n {
			out := w.dial(a, DialRequest{Offer: pcmuOnly})
			<-out.Answered()
			outs, ins = append(outs, out), append(ins, <-calls)
		}
		after, resting := measure()
		perCall := int64(after-before) / n
		t.Logf("%d bytes of heap for both sides of a call, %d goroutines for %d calls", perCall, resting-running, n)
		if perCall > 24<<10 || resting > running {
			t.Errorf("got %d bytes and %d goroutines more", perCall, resting-running)
		}
		if x, y := a.Counters(), b.Counters(); x.Transactions+y.Transactions != 0 || len(ins) != n {
			t.Errorf("got %+v and %+v", x, y)
		}
		for _, out := range outs {
			_ = out.Hangup(context.Background(), "")
		}
		w.idle()
	})
}
