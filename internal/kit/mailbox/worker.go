package mailbox

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// ErrClosed says that a worker does nothing any more.
var ErrClosed = errors.New("the worker is closed")

// Worker does what it is given, one thing after the other, on a goroutine of its own, which owns some state; and it
// looks at the clock. Its methods are safe for concurrent use. Use NewWorker.
type Worker struct {
	box     *Mailbox[func()]
	ctx     context.Context
	stop    context.CancelFunc
	done    chan struct{}
	started atomic.Bool
}

// NewWorker gives a worker that keeps what it is given until Start.
func NewWorker() *Worker {
	w := &Worker{box: New[func()](), done: make(chan struct{})}
	w.ctx, w.stop = context.WithCancel(context.Background())
	return w
}

// Start lets it begin, with begin. Look is called every so often, the first time after that long, but rests once it
// has said that there is nothing to look for, until the worker is given something again. Start is called once.
func (w *Worker) Start(begin func(), every time.Duration, look func() (more bool)) {
	w.started.Store(true)
	go w.run(begin, every, look)
}

// Close ends it and waits for its goroutine; what it was not given time for is not done. Closing twice is harmless.
func (w *Worker) Close() {
	w.stop()
	w.box.Close()
	if w.started.Load() {
		<-w.done
	}
}

// Context ends with the worker.
func (w *Worker) Context() context.Context { return w.ctx }

// Put has it do something; it does not block. False: it is closed.
func (w *Worker) Put(do func()) bool { return w.box.Put(do) }

// Ask has it do something and waits for that. It must not be called by the worker itself.
func (w *Worker) Ask(ctx context.Context, do func() error) error {
	reply := make(chan error, 1)
	if !w.box.Put(func() { reply <- do() }) {
		return ErrClosed
	}
	select {
	case err := <-reply:
		return err
	case <-w.done:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *Worker) run(begin func(), every time.Duration, look func() bool) {
	defer close(w.done)
	begin()
	clock := time.NewTimer(every)
	defer clock.Stop()
	for ticks := true; ; {
		select {
		case <-w.box.Wake():
			for _, do := range w.box.Take() {
				do()
			}
			if !ticks {
				clock.Reset(every)
				ticks = true
			}
		case <-clock.C:
			if ticks = look(); ticks {
				clock.Reset(every)
			}
		case <-w.ctx.Done():
			return
		}
	}
}
