package sip

import "sync"

// queue runs functions one after the other in a goroutine that lives only while there are any.
type queue struct {
	stack *Stack

	mu      sync.Mutex
	waiting []func()
	running bool
}

// add never blocks. After the Stack is closed, functions are dropped.
func (q *queue) add(f func()) {
	q.mu.Lock()
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
