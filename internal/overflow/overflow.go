// Package overflow watches those who are in line, and tells them what their queue says when it closes, and what its overflow
// rules make of them. The rules are queue.Closing and queue.Overflow; what becomes of a customer is decided by his
// interaction.
package overflow

import (
	"cmp"
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
	// Acts says from memory whether a queue does something with those in line at an instant, because it is closed.
	Acts func(queue.ID, time.Time) bool
	// Turn says what. A nil input: they are served after all.
	Turn func(context.Context, tenant.ID, queue.ID, time.Time) (interaction.Input, error)
	// Rules are from memory the overflow rules of a queue.
	Rules func(queue.ID) []queue.Overflow
	// There says from memory whether somebody is there to serve a queue when breaks of these reasons count.
	There func(q queue.ID, breaks []string) bool
	// Overflow is what is told those for whom a rule of a queue is carried out. A nil input: it cannot be, the next rule is asked.
	Overflow func(context.Context, tenant.ID, queue.ID, queue.Overflow, time.Time) (interaction.Input, error)
	Tell     func(interaction.ID, interaction.Input)
	Log      *slog.Logger
}

// look is how often the engine looks at the clock while somebody waits. A queue closes, and a rule is carried out, by
// so much later.
const look = time.Second

// Engine watches the lines. Its methods do not block and are safe for concurrent use.
type Engine struct {
	ports  Ports
	worker *mailbox.Worker

	// Owned by the goroutine.
	begun bool
	lines map[queue.ID]map[interaction.ID]*waiter
	of    map[interaction.ID]queue.ID
}

// waiter is somebody on the line in a queue.
type waiter struct {
	interaction.InLine
	told bool // the answer is on its way
	seen bool // the engine has looked at him since he came
}

// New gives an engine that stands still until Start.
func New(ports Ports) *Engine {
	return &Engine{
		ports: ports, worker: mailbox.NewWorker(), lines: make(map[queue.ID]map[interaction.ID]*waiter), of: make(map[interaction.ID]queue.ID),
	}
}

// Start begins to watch. The clock is looked at only while somebody waits: an idle center is not woken.
func (e *Engine) Start() {
	e.worker.Start(func() {}, look, func() bool {
		e.look(time.Now(), !e.begun)
		e.begun = true // from now on who comes is looked at when he comes
		return len(e.of) > 0
	})
}

// Close ends the engine and waits for it.
func (e *Engine) Close() { e.worker.Close() }

// Committed follows interactions; it is a watcher of the registry.
func (e *Engine) Committed(k interaction.Commit) {
	s := k.State
	if s.Segment.Seq == 0 {
		return // never stood in line
	}
	if !s.OnLine() {
		id := s.ID
		e.worker.Put(func() { e.left(id) })
		return
	}
	l := s.InLine()
	e.worker.Put(func() { e.waits(l) })
}

// left forgets who is not in line any more.
func (e *Engine) left(id interaction.ID) {
	q, ok := e.of[id]
	if !ok {
		return
	}
	delete(e.lines[q], id)
	if len(e.lines[q]) == 0 {
		delete(e.lines, q)
	}
	delete(e.of, id)
}

func (e *Engine) waits(l interaction.InLine) {
	q := l.Queue
	if was := e.lines[e.of[l.ID]][l.ID]; was != nil && was.Seq == l.Seq && was.Queue == q {
		was.told = was.told && was.Done == l.Done // a callback was offered: another rule may follow
		was.InLine = l
		return
	}
	e.left(l.ID)
	if e.lines[q] == nil {
		e.lines[q] = make(map[interaction.ID]*waiter)
	}
	w := &waiter{InLine: l, seen: e.begun && len(e.ports.Rules(q)) == 0}
	e.lines[q][l.ID], e.of[l.ID] = w, q
	if !e.begun || w.seen {
		return // those an earlier run left come one after the other: they are looked at together
	}
	if now := time.Now(); !e.ports.Acts(q, now) {
		e.judge(q, w, now, make(answers))
	}
}

// look tells those in line of every queue that has closed, and those for whom a rule of theirs applies.
func (e *Engine) look(now time.Time, first bool) {
	for q, line := range e.lines {
		if e.ports.Acts(q, now) {
			e.close(q, line, now)
			continue
		}
		if len(e.ports.Rules(q)) == 0 {
			if first {
				for _, w := range line {
					w.seen = true
				}
			}
			continue
		}
		known := make(answers)
		for _, w := range line {
			e.judge(q, w, now, known)
		}
	}
}

func (e *Engine) close(q queue.ID, line map[interaction.ID]*waiter, now time.Time) {
	var in interaction.Input
	asked := false
	for id, w := range line {
		if w.told || !w.Closes {
			continue
		}
		if !asked {
			var err error
			if in, err = e.ports.Turn(e.worker.Context(), w.Tenant, q, now); err != nil {
				e.ports.Log.Error("a queue that closed could not be looked up; it is tried again", "queue", q, "error", err)
				return
			}
			asked = true
		}
		if in == nil {
			return
		}
		w.told = true
		e.ports.Tell(id, in)
	}
}

// answers are what was found out in one look: of a rule, by its place, what is told; and whether somebody is there.
type answers map[int]answer

type answer struct {
	in          interaction.Input
	asked       bool
	there, knew bool
}

// judge tells a customer of the first rule that applies to him and can be carried out.
func (e *Engine) judge(q queue.ID, w *waiter, now time.Time, known answers) {
	coming := !w.seen && w.Coming
	w.seen = true
	if w.told {
		return
	}
	for i, rule := range e.ports.Rules(q) {
		a := known[i]
		stands := queue.InLine{Waited: now.Sub(w.Since), Coming: coming, There: func(breaks []string) bool {
			if !a.knew {
				a.there, a.knew = e.ports.There(q, breaks), true
				known[i] = a
			}
			return a.there
		}}
		if !w.Overflows(rule.Act) {
			continue
		}
		if coming && rule.When == queue.BySize {
			stands.Ahead = e.ahead(q, w, int(rule.Size))
		}
		if !rule.Applies(stands) {
			continue
		}
		if !a.asked {
			var err error
			if a.in, err = e.ports.Overflow(e.worker.Context(), w.Tenant, q, rule, now); err != nil {
				e.ports.Log.Error("an overflow rule could not be looked up; it is tried again", "queue", q, "error", err)
				w.seen = w.seen && !coming
				return
			}
			a.asked = true
			known[i] = a
		}
		if a.in == nil {
			continue
		}
		w.told = true
		e.ports.Tell(w.ID, a.in)
		return
	}
}

// ahead is how many on the line came to the queue before a customer, counted up to most. Who came before him and waits
// still was there when he came, also when a restart lies between.
func (e *Engine) ahead(q queue.ID, w *waiter, most int) (n int) {
	for _, other := range e.lines[q] {
		if cmp.Or(other.Since.Compare(w.Since), cmp.Compare(other.ID, w.ID)) >= 0 {
			continue
		}
		if n++; n == most {
			break
		}
	}
	return n
}
