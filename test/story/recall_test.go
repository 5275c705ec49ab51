package story

import (
	"testing"
	"time"

	"linekeeper/internal/queue"
	"linekeeper/test/world"
)

// dies kills the process and starts it again three seconds later.
func dies(w *world.World) {
	w.Crashes()
	w.Passes(3 * time.Second)
	w.Starts()
}

// served lets an agent be offered a call, talk a little and be free again.
func served(w *world.World, a *world.Agent, c *world.Caller) {
	w.T.Helper()
	a.IsOffered(c)
	a.Accepts()
	a.TalksWith(c)
	c.HangsUp()
	a.HasNothing()
}

// TestCapOutlivesTheProcess: what an agent got before the process died counts, and ends to count when it would have.
func TestCapOutlivesTheProcess(t *testing.T) {
	world.Run(t, func(w *world.World) {
		skilled(w, 0, 0, func(q *queue.Queue) { q.Routing.PerHour = 1 })
		bob := w.Agent("bob").IsAvailable()
		c := w.Caller().Dials("+4420699")
		began := time.Now()
		served(w, bob, c)
		w.Passes(50 * time.Minute)
		dies(w)
		bob.Arrives()
		next := w.Caller().Dials("+4420699")
		w.Passes(time.Hour - time.Since(began) - 10*time.Second)
		bob.HasNothing()
		w.Passes(20 * time.Second)
		bob.IsOffered(next)
		next.HangsUp()
	})
}

// TestTurnsOutliveTheProcess: who had the last call is not the next, though he is back first and would be the longest idle; a call that he
// declined was a turn, but nothing that he handled.
func TestTurnsOutliveTheProcess(t *testing.T) {
	for _, strategy := range []queue.Strategy{queue.RoundRobin, queue.LeastHandled} {
		t.Run(string(strategy), func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				skilled(w, 0, 0, func(q *queue.Queue) { q.Routing.Strategy = strategy })
				ann := w.Agent("ann").IsAvailable()
				served(w, ann, w.Caller().Dials("+4420699"))
				bob := w.Agent("bob").IsAvailable()
				if strategy == queue.RoundRobin {
					ann.GoesOnBreak("lunch")
					c := w.Caller().Dials("+4420699")
					bob.IsOffered(c)
					bob.Declines()
					c.HangsUp()
					bob.IsAvailable()
					ann.IsAvailable()
					ann, bob = bob, ann // he is the one who had the last turn
				}
				w.Passes(time.Minute)
				dies(w)
				ann.Arrives()
				w.Passes(2 * time.Second)
				bob.Arrives()
				c := w.Caller().Dials("+4420699")
				bob.IsOffered(c)
				ann.HasNothing()
				c.HangsUp()
			})
		})
	}
}

// TestIdleTimesOutliveTheProcess: who waits longest has the next call, though the other is back first.
func TestIdleTimesOutliveTheProcess(t *testing.T) {
	world.Run(t, func(w *world.World) {
		skilled(w, 0, 0, func(q *queue.Queue) { q.Routing.Strategy = queue.LongestIdle })
		ann := w.Agent("ann").IsAvailable()
		w.Passes(time.Minute)
		bob := w.Agent("bob").IsAvailable()
		served(w, ann, w.Caller().Dials("+4420699")) // bob waits longer now
		w.Passes(time.Minute)
		dies(w)
		ann.Arrives()
		w.Passes(2 * time.Second)
		bob.Arrives()
		c := w.Caller().Dials("+4420699")
		bob.IsOffered(c)
		ann.HasNothing()
		c.HangsUp()
	})
}

// TestHandleTimesOutliveTheProcess: work of one queue takes long, so the waiting of another queue's customer costs more, though he
// came a second later.
func TestHandleTimesOutliveTheProcess(t *testing.T) {
	world.Run(t, func(w *world.World) {
		skilled(w, 0, 0, func(q *queue.Queue) { q.WrapUpMS = time.Hour.Milliseconds() })
		ann := w.Agent("ann").IsAvailable()
		c := w.Caller().Dials("+4420699")
		ann.IsOffered(c)
		ann.Accepts()
		ann.TalksWith(c)
		c.HangsUp()
		ann.WrapsUp()
		w.Passes(50 * time.Minute)
		ann.Finishes("", "")
		ann.HasNothing()
		ann.GoesOnBreak("lunch")
		dies(w)
		ann.Arrives()
		long := w.Caller().Dials("+4420699")
		long.IsAnswered()
		w.Passes(time.Second)
		short := w.Caller().Dials("+4420500")
		short.IsAnswered()
		w.Passes(2 * time.Second)
		ann.IsAvailable()
		ann.IsOffered(short)
		short.HangsUp()
		ann.IsOffered(long)
		long.HangsUp()
	})
}
