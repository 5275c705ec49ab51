package db

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"linekeeper/internal/kit/fault"
)

// maxGroup bounds how many Writes share a transaction, and so how long the first waits for the last.
const maxGroup = 256

// pending is a Write waiting for the writer.
type pending struct {
	fn    func(*Tx) error
	taken atomic.Bool // by the writer, or by a caller that gave up
	done  chan error  // size 1

	// Of the writer only:
	ran   bool
	err   error
	after []func()
}

func (e *sqliteEngine) write(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p := &pending{fn: fn, done: make(chan error, 1)}
	if !e.inbox.Put(p) {
		return errClosed()
	}
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		if p.taken.CompareAndSwap(false, true) {
			return ctx.Err() // never begun
		}
		return <-p.done // begun: only the writer knows how it ends
	}
}

func errClosed() error { return fault.Unavailable.New("The database is being closed.") }

// writer is the goroutine that owns the writing connection. It ends when the inbox is closed and
// empty. If fn ends its goroutine (runtime.Goexit, as a failing test does), the rest of the group is
// answered and a new writer goes on.
func (e *sqliteEngine) writer() {
	s := &session{}
	var group []*pending
	var waiting []*pending
	ended := false
	defer func() {
		if !ended {
			s.drop() // rolls back
			for _, p := range group {
				p.done <- fault.Internal.New("a write ended the writer")
			}
			for _, p := range waiting {
				e.rest(p)
			}
			go e.writer()
			return
		}
		s.drop()
		close(e.stopped)
	}()
	for {
		<-e.inbox.Wake()
		closed := e.inbox.Closed()
		for waiting = e.inbox.Take(); len(waiting) > 0; {
			n := min(len(waiting), maxGroup)
			group, waiting = waiting[:n], waiting[n:]
			e.group(s, group)
			group = nil
			// Those just answered often write again at once: let them come into the next flush, or two
			// halves of the callers take turns and share half as much.
			runtime.Gosched()
			if len(waiting) < maxGroup { // those who came meanwhile share the next flush
				waiting = append(waiting, e.inbox.Take()...)
			}
		}
		if closed && e.inbox.Len() == 0 {
			ended = true
			return
		}
	}
}

// rest puts a write that was taken out but not begun back into the queue.
func (e *sqliteEngine) rest(p *pending) {
	if !e.inbox.Put(p) {
		p.done <- errClosed()
	}
}

// group runs some writes in one transaction and answers them.
func (e *sqliteEngine) group(s *session, group []*pending) {
	err := e.commit(s, group)
	if err != nil {
		err = translate(err)
		if s.conn != nil {
			if _, rollback := s.exec(context.Background(), "ROLLBACK", nil); rollback != nil {
				s.drop() // a new connection begins clean
			}
		}
	}
	for _, p := range group {
		if !p.ran {
			continue // its caller gave up
		}
		e.stats.writes.Add(1)
		if p.err == nil {
			p.err = err
		}
		if p.err == nil {
			runHooks(e.stats, e.log, p.after)
		}
	}
	for _, p := range group {
		if p.ran {
			p.done <- p.err
		} else {
			p.done <- context.Canceled // nobody listens
		}
	}
}

// commit does everything up to the flush. An error means that nothing of the group happened; then
// every write that ran well must be told.
func (e *sqliteEngine) commit(s *session, group []*pending) (err error) {
	bg := context.Background()
	defer func() {
		if err == nil {
			return
		}
		for _, p := range group { // also those not begun yet
			if !p.ran && p.taken.CompareAndSwap(false, true) {
				p.ran = true
			}
		}
	}()
	if s.conn == nil {
		if s.conn, err = e.writeDB.Conn(bg); err != nil {
			s.conn = nil
			return err
		}
	}
	if _, err := s.exec(bg, "BEGIN IMMEDIATE", nil); err != nil {
		return err
	}
	for _, p := range group {
		if !p.taken.CompareAndSwap(false, true) {
			continue
		}
		p.ran = true
		if len(group) > 1 {
			if err := e.among(s, p); err != nil {
				return err
			}
			continue
		}
		e.run(s, p)
		if p.err != nil { // alone it needs no savepoint: the transaction itself goes back
			_, err := s.exec(bg, "ROLLBACK", nil)
			return err
		}
	}
	if _, err := s.exec(bg, "COMMIT", nil); err != nil {
		return err
	}
	e.stats.commits.Add(1)
	return nil
}

// run runs a write's function.
func (e *sqliteEngine) run(s *session, p *pending) {
	tx := &Tx{ctx: context.Background(), run: s, engine: SQLite}
	began := time.Now()
	p.err = tx.finish(call(e.stats, e.log, p.fn, tx))
	if took := time.Since(began); took > slow {
		e.log.Warn("a write held up the others", "took", took)
	}
	if p.err == nil {
		p.after = tx.after
	}
}

// among runs a write in a savepoint, so that its failure is not that of the others.
func (e *sqliteEngine) among(s *session, p *pending) error {
	bg := context.Background()
	if _, err := s.exec(bg, "SAVEPOINT w", nil); err != nil {
		return err
	}
	if e.run(s, p); p.err != nil {
		// Fails when SQLite has given up the whole transaction (disk full, for one).
		if _, err := s.exec(bg, "ROLLBACK TO w", nil); err != nil {
			return errors.Join(p.err, err)
		}
	}
	_, err := s.exec(bg, "RELEASE w", nil)
	return err
}

// call runs fn and turns a panic into an error, so that one caller's mistake is not everybody's.
func call(st *stats, log logger, fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			st.panics.Add(1)
			log.Error("rescued a panic in a write", "panic", r, "stack", string(debug.Stack()))
			err = fault.Internal.Wrap(fmt.Errorf("panic: %v", r), "Something went wrong on our side.")
		}
	}()
	return fn(tx)
}

type logger interface {
	Error(msg string, args ...any)
}

// runHooks calls what was left with AfterCommit. A panic in there cannot undo the commit and is only
// reported.
func runHooks(st *stats, log logger, hooks []func()) {
	for _, h := range hooks {
		func() {
			defer func() {
				if r := recover(); r != nil {
					st.panics.Add(1)
					log.Error("rescued a panic after a commit", "panic", r, "stack", string(debug.Stack()))
				}
			}()
			h()
		}()
	}
}
