package sip

import "sync"

// queue runs functions one after the other in a goroutine that lives only while there are any.
type queue struct {
	stack *Stack

	mu      sync.Mutex
	waiting []func()
	running bool
}

// queueLimit is how many functions wait for one that takes its time; a peer must not be able to
// fill the memory with INFOs.
const queueLimit = 1024

// add never blocks. Functions are dropped when too many wait and after the Stack is closed.
func (q *queue) add(f func()) {
	q.mu.Lock()
	if len(q.waiting) >= queueLimit {
		q.mu.Unlock()
		q.stack.count.limited.Add(1)
		return
	}
	q.waiting = append(q.waiting, f)
	start := !q.running
	q.running = true
	q.mu.Unlock()
	if start && !q.stack.spawn("call", q.run) {
		q.mu.Lock()
		q.waiting, q.running = nil, false
		q.mu.Unlock()
	}
}

func (q *queue) run() {
	for {
		q.mu.Lock()
		if len(q.waiting) == 0 {
			q.running = false
			q.mu.Unlock()
			return
		}
		f := q.waiting[0]
		q.waiting = q.waiting[1:]
		q.mu.Unlock()
		q.stack.guard("call", f)
	}
}
