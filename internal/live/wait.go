package live

import (
	"math"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
	"linekeeper/internal/wait"
)

// follow tells the estimates of waits what became of a customer. Who waits for one agent only stands in no line.
func (b *Board) follow(before, after interaction.State) {
	was, is, id := place(before), place(after), string(after.ID)
	if was != "" && (was != is || before.Segment.Seq != after.Segment.Seq) {
		line := &b.queue(was).line
		b.queue(was).learns = true
		switch g := after.Segment; {
		case g.Seq != before.Segment.Seq:
			line.Removed(after.Last, id)
		case after.Phase == interaction.Connected:
			line.Answered(after.Last, id)
		case g.Outcome == interaction.Abandoned || g.Outcome == interaction.ShortAbandon:
			line.Left(after.Last, id)
		default:
			line.Removed(after.Last, id)
		}
	}
	if is == "" {
		return
	}
	line := &b.queue(is).line
	if was != is || before.Segment.Seq != after.Segment.Seq {
		line.Joined(after.Segment.Queued, id)
	}
	if after.Phase == interaction.Waiting {
		line.Missed(after.Last, id)
	} else {
		line.Offered(after.Last, id)
	}
}

// place is the queue in whose line an interaction stands; empty: in none.
func place(s interaction.State) queue.ID {
	if s.Lineless() {
		return ""
	}
	switch s.Phase {
	case interaction.Waiting, interaction.Offered, interaction.Connecting:
		if !s.Segment.Handed {
			return s.Segment.Rules.Queue
		}
	}
	return ""
}

// expect adds to a queue's view what who comes now has to expect.
func (q *queueState) expect(v *QueueView, now time.Time) {
	q.line.Agents(now, v.Agents, v.Available)
	if e, ok := q.line.Expect(now, 0); ok {
		said := e.Say()
		v.WaitKnown, v.WaitNone = true, e.Wait == 0
		v.WaitLowMs = (time.Duration(said.Low) * time.Minute).Milliseconds()
		v.WaitHighMs = (time.Duration(said.High) * time.Minute).Milliseconds()
	}
	var share float64
	share, v.WaitErrorOf = q.line.Error()
	v.WaitErrorPct = int(math.Round(100 * share))
}

// Wait is the wait still ahead of who has a place in a queue's line, 1 being the first; 0: of who comes
// now. Not ok: nothing can be said.
func (b *Board) Wait(id queue.ID, place int) (wait.Estimate, bool) {
	type answer struct {
		wait.Estimate
		ok bool
	}
	reply := make(chan answer, 1)
	if !b.box.Put(func() {
		var a answer
		if q := b.queues[id]; q != nil {
			a.Estimate, a.ok = q.line.Expect(time.Now(), place)
		}
		reply <- a
	}) {
		return wait.Estimate{}, false
	}
	select {
	case a := <-reply:
		return a.Estimate, a.ok
	case <-b.done:
		return wait.Estimate{}, false
	}
}

// joined notes who waits: a customer on the line, a message, or a task.
func (q *queueState) joined(s interaction.State) {
	if s.IsMessage() {
		q.left[s.ID] = true
		return
	}
	if s.IsTask() {
		q.tasks[s.ID] = s.Arrival.Task.Due
		return
	}
	q.waiting[s.ID] = s.Waits()
}
