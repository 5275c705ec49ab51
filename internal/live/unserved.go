package live

import (
	"maps"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
)

// Unserved is a customer in line whom nobody who serves the queue can take, signed in or not.
type Unserved struct {
	Queue queue.ID
	Since time.Time
	Lack  skill.Level // what nobody has so much of; no skill: nobody serves the queue, or nobody has all that is asked for
}

// SetUnserved tells all of them.
func (b *Board) SetUnserved(all map[interaction.ID]Unserved) {
	b.box.Put(func() {
		if maps.Equal(b.unserved, all) {
			return
		}
		changed := make(map[queue.ID]bool)
		for _, u := range b.unserved {
			changed[u.Queue] = true
		}
		for _, u := range all {
			changed[u.Queue] = true
		}
		b.unserved = all
		for q := range changed {
			b.showQueue(q)
			b.showLine(q)
		}
	})
}

// lacks adds to a queue's view whom nobody can serve, with what the longest waiting of them lacks.
func (b *Board) lacks(id queue.ID, q *queueState, v *QueueView) {
	for _, a := range b.agents {
		if a.known && serves(a.info.Queues, id) {
			v.Staff++
		}
	}
	var longest Unserved
	for one := range q.waiting {
		u, ok := b.unserved[one]
		if !ok || u.Queue != id {
			continue
		}
		if v.Unserved++; v.Unserved == 1 || u.Since.Before(longest.Since) {
			longest = u
		}
	}
	v.LackSkill, v.LackLevel = string(longest.Lack.Skill), longest.Lack.Level
}

func serves(queues []queue.ID, id queue.ID) bool {
	for _, q := range queues {
		if q == id {
			return true
		}
	}
	return false
}
