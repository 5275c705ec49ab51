package live

import (
	"time"

	"linekeeper/internal/queue"
	"linekeeper/internal/wait"
)

// renewEvery is how often the expected waits on the board are renewed while somebody waits and nothing happens.
const renewEvery = 15 * time.Second

// Learned is what the lines have learned in which something happened since it was asked last.
func (b *Board) Learned() map[queue.ID]wait.Learned {
	reply := make(chan map[queue.ID]wait.Learned, 1)
	if !b.box.Put(func() {
		all := make(map[queue.ID]wait.Learned)
		for id, q := range b.queues {
			if q.learns {
				all[id], q.learns = q.line.Learned(), false
			}
		}
		reply <- all
	}) {
		return nil
	}
	select {
	case all := <-reply:
		return all
	case <-b.done:
		return nil
	}
}

// Recall begins the lines with what an earlier process had learned.
func (b *Board) Recall(all map[queue.ID]wait.Learned) {
	b.box.Put(func() {
		for id, k := range all {
			b.queue(id).line.Recall(k)
			b.showQueue(id)
		}
	})
}

// renew shows what is to be expected now where somebody waits, and what is overdue now.
func (b *Board) renew() {
	for id, q := range b.queues {
		if len(q.waiting)+len(q.tasks) > 0 {
			b.showQueue(id)
			b.showLine(id)
		}
	}
}

// waits says whether anybody waits anywhere.
func (b *Board) waits() bool {
	for _, q := range b.queues {
		if len(q.waiting) > 0 {
			return true
		}
	}
	return false
}
