// Package closing does what queues say about those who are still in line at closing time. The rule is
// queue.Closing; what becomes of a customer is decided by his interaction.
package closing

import (
	"context"
	"log/slog"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/mailbox"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// Ports are what an engine uses; app plugs them in.
type Ports struct {
	// Acts says from memory whether a queue does something with those in line at an instant.
	Acts func(queue.ID, time.Time) bool
	// Turn says what. A nil input: they are served after all.
	Turn func(context.Context, tenant.ID, queue.ID, time.Time) (interaction.Input, error)
	Tell func(interaction.ID, interaction.Input)
	Log  *slog.Logger
}

// look is how often the engine looks at the clock while somebody waits. A queue closes by so much later.
const look = time.Second

// Engine watches the lines. Its methods do not block and are safe for concurrent use.
type Engine struct {
	ports  Ports
	worker *mailbox.Worker

	// Owned by the goroutine.
	lines map[queue.ID]map[interaction.ID]tenant.ID
	of    map[interaction.ID]queue.ID
	told  map[interaction.ID]queue.ID // since the engine looked last they were told; the answer is on its way
}

// New gives an engine that stands still until Start.
func New(ports Ports) *Engine {
	return &Engine{
		ports: ports, worker: mailbox.NewWorker(), lines: make(map[queue.ID]map[interaction.ID]tenant.ID),
		of: make(map[interaction.ID]queue.ID), told: make(map[interaction.ID]queue.ID),
	}
}

// Start begins to watch. The clock is looked at only while somebody waits: an idle center is not woken.
func (e *Engine) Start() {
	e.worker.Start(func() {}, look, func() bool {
		e.look(time.Now())
		return len(e.of) > 0
	})
}

// Close ends the engine and waits for it.
func (e *Engine) Close() { e.worker.Close() }

// Committed follows interactions; it is a watcher of the registry.
func (e *Engine) Committed(k interaction.Commit) {
	s := k.State
	waits := s.MayClose()
	if !waits && s.Segment.Seq == 0 {
		return // never stood in line
	}
	e.worker.Put(func() { e.follow(s.ID, s.Arrival.Tenant, s.Segment.Rules.Queue, waits) })
}

func (e *Engine) follow(id interaction.ID, t tenant.ID, q queue.ID, waits bool) {
	if was, ok := e.of[id]; ok && (!waits || was != q) {
		delete(e.lines[was], id)
		if len(e.lines[was]) == 0 {
			delete(e.lines, was)
		}
		delete(e.of, id)
		delete(e.told, id)
	}
	if !waits {
		return
	}
	if e.lines[q] == nil {
		e.lines[q] = make(map[interaction.ID]tenant.ID)
	}
	e.lines[q][id] = t
	e.of[id] = q
}

// look tells those in line of every queue that has closed.
func (e *Engine) look(now time.Time) {
	for q, line := range e.lines {
		if !e.ports.Acts(q, now) {
			continue
		}
		e.close(q, line, now)
	}
}

func (e *Engine) close(q queue.ID, line map[interaction.ID]tenant.ID, now time.Time) {
	var in interaction.Input
	asked := false
	for id, t := range line {
		if e.told[id] == q {
			continue
		}
		if !asked {
			var err error
			if in, err = e.ports.Turn(e.worker.Context(), t, q, now); err != nil {
				e.ports.Log.Error("a queue that closed could not be looked up; it is tried again", "queue", q, "error", err)
				return
			}
			asked = true
		}
		if in == nil {
			return
		}
		e.told[id] = q
		e.ports.Tell(id, in)
	}
}
