package live

import (
	"time"

	"linekeeper/internal/queue"
)

// Callbacks tells how many customers of a queue are to be called back, and since when the one who waits
// longest does; it does not block.
func (b *Board) Callbacks(id queue.ID, open int, since time.Time) {
	b.box.Put(func() {
		q := b.queue(id)
		q.callbacks, q.callbacksSince = open, since
		b.showQueue(id)
	})
}

// CallbackDay are a queue's requests to be called back that were made today.
type CallbackDay struct {
	Asked, Reached int
	Delay          time.Duration // the median from asking to the talk; 0: nobody has talked yet
}

// CalledBack tells what became of the requests of the day that began at an instant; it does not block.
func (b *Board) CalledBack(id queue.ID, day time.Time, d CallbackDay) {
	b.box.Put(func() {
		if day.Equal(b.day) {
			b.queue(id).callbackDay = d
			b.showQueue(id)
		}
	})
}

// Standing tells of a customer who stands in a queue's line without being on the line: those behind him
// wait for him too. It does not block.
func (b *Board) Standing(id queue.ID, who string, since time.Time, in bool) {
	b.box.Put(func() {
		line := &b.queue(id).line
		if in {
			line.Joined(since, who)
		} else {
			line.Removed(time.Now(), who)
		}
		b.showQueue(id)
	})
}
