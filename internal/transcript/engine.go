package transcript

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/kit/db"
)

// Ports are what an engine uses; app plugs them in.
type Ports struct {
	DB *db.DB
	// Sound gives what the customer says in a recording, in samples of 16 bits at rate Hz.
	Sound func(context.Context, Transcript) (pcm []int16, rate int, err error)
	// Recognize writes it down; a text without words: none were heard.
	Recognize func(ctx context.Context, t Transcript, pcm []int16, rate int) (text string, err error)
	Log       *slog.Logger
}

const (
	lookMost  = time.Hour // how often the table is looked at, whatever is known
	lookAgain = 5 * time.Second
	writeTime = 10 * time.Second
)

// Stats are figures since the start, but for Waiting, which is of the last look.
type Stats struct {
	Written int64
	Failed  int64 // that are not tried again
	Tries   int64 // that failed
	Waiting int64
}

// Engine writes down what is wanted, one recording after another: it takes one turn of recognizers at most from those
// who are asked something. Safe for concurrent use.
type Engine struct {
	ports Ports
	wake  chan struct{} // size one: there may be something to do
	life  context.Context
	stop  context.CancelFunc
	wg    sync.WaitGroup

	written, failed, tries, waiting atomic.Int64
}

// New gives an engine that stands still until Start. Close it.
func New(ports Ports) *Engine {
	e := &Engine{ports: ports, wake: make(chan struct{}, 1)}
	e.life, e.stop = context.WithCancel(context.Background())
	return e
}

// Start begins with what earlier processes left undone.
func (e *Engine) Start() { e.wg.Go(e.run) }

// Close ends it; what it was writing down is written down by the next start.
func (e *Engine) Close() {
	e.stop()
	e.wg.Wait()
}

// look has the table looked at now.
func (e *Engine) look() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Stats gives the figures.
func (e *Engine) Stats() Stats {
	return Stats{Written: e.written.Load(), Failed: e.failed.Load(), Tries: e.tries.Load(), Waiting: e.waiting.Load()}
}

func (e *Engine) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-e.life.Done():
			return
		case <-e.wake:
		case <-timer.C:
		}
		timer.Reset(e.round())
	}
}

// round tries all that are due, and says how long nothing is.
func (e *Engine) round() time.Duration {
	for e.life.Err() == nil {
		var t Transcript
		var n int64
		var ok bool
		err := e.ports.DB.Read(e.life, func(tx *db.Tx) (err error) {
			t, n, ok, err = next(tx)
			return err
		})
		if err == nil {
			e.waiting.Store(n)
			if !ok {
				return lookMost
			}
			if wait := time.Until(t.Next); wait > 0 {
				return min(wait, lookMost)
			}
			err = e.try(t)
		}
		if err != nil && e.life.Err() == nil {
			e.ports.Log.Error("transcripts cannot be kept; it is tried again", "error", err)
			return lookAgain
		}
	}
	return lookMost
}

// try has one written down and keeps what came of it. A try that is cut off by Close is none.
func (e *Engine) try(t Transcript) error {
	text, err := e.write(t)
	if e.life.Err() != nil {
		return nil
	}
	after := t.tried(text, err, time.Now().UTC().Truncate(time.Millisecond))
	there := false
	if err := e.keep(func(tx *db.Tx) (err error) { there, err = change(tx, after); return err }); err != nil || !there {
		return err
	}
	e.tries.Add(int64(after.Tries - t.Tries))
	switch after.State {
	case Written:
		e.written.Add(1)
	case Failed:
		e.failed.Add(1)
		e.ports.Log.Error("a message is not written down", "interaction", t.Interaction, "recording", t.Recording, "tries", after.Tries, "error", err)
	case Waiting:
		e.ports.Log.Warn("a message is not written down yet", "interaction", t.Interaction, "recording", t.Recording, "again", after.Next, "error", err)
	}
	return nil
}

func (e *Engine) keep(do func(*db.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(e.life), writeTime)
	defer cancel()
	return e.ports.DB.Write(ctx, do)
}

// write gives what a recording says. A mistake of ours is a try that failed.
func (e *Engine) write(t Transcript) (text string, err error) {
	defer func() {
		if what := recover(); what != nil {
			e.ports.Log.Error("panic while a message was written down", "panic", what, "stack", string(debug.Stack()))
			err = fmt.Errorf("internal error: %v", what)
		}
	}()
	pcm, rate, err := e.ports.Sound(e.life, t)
	if err != nil || len(pcm) == 0 {
		return "", err
	}
	return e.ports.Recognize(e.life, t, pcm, rate)
}
