package routing

import (
	"slices"
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/queue"
)

// Seat is an agent who could take an interaction now.
type Seat struct {
	Agent  access.UserID
	Queues []queue.ID // those the agent serves; not changed while the seat is in a Free
	Idle   time.Time  // since when he waits for work
}

// Free are the free seats, for each queue in the order in which they are taken: the longest idle first,
// the lesser id of equals. A match looks at the heads only, however many agents there are. The zero
// value is empty. Not safe for concurrent use.
type Free struct {
	seats  map[access.UserID]Seat
	queues map[queue.ID][]Seat
}

// Len is how many seats there are.
func (f *Free) Len() int { return len(f.seats) }

// Put adds a seat or takes its new state over.
func (f *Free) Put(s Seat) {
	f.Remove(s.Agent)
	if f.seats == nil {
		f.seats, f.queues = make(map[access.UserID]Seat), make(map[queue.ID][]Seat)
	}
	f.seats[s.Agent] = s
	for _, q := range s.Queues {
		line := f.queues[q]
		i, there := slices.BinarySearchFunc(line, s, sooner)
		if !there { // a queue that is named twice is served once
			f.queues[q] = slices.Insert(line, i, s)
		}
	}
}

// Remove takes a seat out; one that is not there is no mistake.
func (f *Free) Remove(agent access.UserID) {
	s, ok := f.seats[agent]
	if !ok {
		return
	}
	delete(f.seats, agent)
	for _, q := range s.Queues {
		line := f.queues[q]
		if i, there := slices.BinarySearchFunc(line, s, sooner); !there {
			continue
		} else if line = slices.Delete(line, i, i+1); len(line) == 0 {
			delete(f.queues, q)
		} else {
			f.queues[q] = line
		}
	}
}

// First is the agent whose turn it is in a queue; not ok: nobody who serves it is free.
func (f *Free) First(q queue.ID) (agent access.UserID, ok bool) {
	if line := f.queues[q]; len(line) > 0 {
		return line[0].Agent, true
	}
	return "", false
}

// sooner orders seats; 0 is the same agent in the same state.
func sooner(a, b Seat) int {
	if c := a.Idle.Compare(b.Idle); c != 0 {
		return c
	}
	return strings.Compare(string(a.Agent), string(b.Agent))
}
