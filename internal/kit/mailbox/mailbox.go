// Package mailbox is an actor's inbox. Putting something in never blocks, because two actors with
// bounded inboxes that tell each other something wait for each other for ever. The price is that an
// inbox can grow; its length is a metric with an alarm.
//
// The owner's loop:
//
//	for {
//		select {
//		case <-box.Wake():
//			for _, v := range box.Take() { ... }
//		case <-timer.C:
//		}
//	}
package mailbox

import "sync"

// Mailbox is a list with a wake-up. Any goroutine may Put; one goroutine, the owner, waits on Wake
// and Takes. Use New.
type Mailbox[T any] struct {
	wake chan struct{} // holds one token while there may be something to take

	mu     sync.Mutex
	items  []T
	closed bool
}

// New gives an empty mailbox.
func New[T any]() *Mailbox[T] {
	return &Mailbox[T]{wake: make(chan struct{}, 1)}
}

// Put adds v at the end and wakes the owner. It reports false, and keeps nothing, once the mailbox
// is closed.
func (m *Mailbox[T]) Put(v T) bool {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return false
	}
	m.items = append(m.items, v)
	m.mu.Unlock()
	m.signal()
	return true
}

// Wake is ready when something was put in, or the mailbox closed, since the last Take. A wake-up may
// be in vain: then Take gives nothing.
func (m *Mailbox[T]) Wake() <-chan struct{} { return m.wake }

// Take empties the mailbox and gives what was in it, in the order of Put; nil when it was empty.
func (m *Mailbox[T]) Take() []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.items
	m.items = nil
	return items
}

// Len is how many wait to be taken.
func (m *Mailbox[T]) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.items)
}

// Close refuses everything put in from now on and wakes the owner; what is inside can still be
// taken. Closing twice is harmless.
func (m *Mailbox[T]) Close() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.signal()
}

// Closed reports whether Close was called. An owner that sees Closed and then takes nothing is done.
func (m *Mailbox[T]) Closed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}

func (m *Mailbox[T]) signal() {
	select {
	case m.wake <- struct{}{}:
	default: // a token is already there
	}
}
