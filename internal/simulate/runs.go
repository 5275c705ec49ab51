package simulate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
)

// Limits of what a server plays for those who ask from screens.
const (
	AtOnce   = 3           // runs at the same time; more are refused
	runLimit = time.Minute // a run is ended then
	keptRuns = 50          // results kept, the latest; one for each who asks
)

// State says how far a run is.
type State string

// The states of a run.
const (
	Running  State = "running"
	Finished State = "finished"
	Failed   State = "failed"
	Stopped  State = "stopped"
)

// Progress is a run as it is now.
type Progress[T any] struct {
	ID       string
	State    State
	Done, Of int // days
	Err      error
	Result   *T // of a finished one
}

// Runs are the simulations that run in a server, one for each who asks, and their results until he asks for the next. The zero
// value is ready. Safe for concurrent use.
type Runs[T any] struct {
	mu   sync.Mutex
	of   map[string]*run[T] // by who asked
	last []string           // who asked, the latest last
}

type run[T any] struct {
	Progress[T]
	stop  context.CancelFunc
	ended chan struct{} // closed at its end
}

// Start begins a run for somebody; one of his that still runs is stopped. The work says how far it is by told.
func (r *Runs[T]) Start(who string, work func(ctx context.Context, told func(done, of int)) (*T, error)) (Progress[T], error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	running := 0
	for other, one := range r.of {
		if one.State == Running && other != who {
			running++
		}
	}
	if running >= AtOnce {
		return Progress[T]{}, fault.Busy.New("Others are simulating just now: wait until one of the %d runs has ended.", AtOnce)
	}
	if old := r.of[who]; old != nil && old.State == Running {
		old.stop()
	}
	ctx, stop := context.WithTimeout(context.Background(), runLimit)
	mine := &run[T]{Progress: Progress[T]{ID: id.New(), State: Running}, stop: stop, ended: make(chan struct{})}
	r.keep(who, mine)
	go func() {
		defer stop()
		defer close(mine.ended)
		result, err := guarded(ctx, work, func(done, of int) {
			r.mu.Lock()
			defer r.mu.Unlock()
			mine.Done, mine.Of = done, of
		})
		r.mu.Lock()
		defer r.mu.Unlock()
		switch {
		case err == nil:
			mine.State, mine.Result = Finished, result
		case errors.Is(err, context.Canceled):
			mine.State = Stopped
		case errors.Is(err, context.DeadlineExceeded):
			mine.State, mine.Err = Failed, fault.Busy.New("This was too much for %d seconds: name fewer days.", int(runLimit.Seconds()))
		default:
			mine.State, mine.Err = Failed, err
		}
	}()
	return mine.Progress, nil
}

// guarded turns a panic into an error: a simulation must not end the calls.
func guarded[T any](ctx context.Context, work func(context.Context, func(done, of int)) (*T, error), told func(done, of int)) (result *T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the simulation panicked: %v", p)
		}
	}()
	return work(ctx, told)
}

// keep takes a new run in and forgets the oldest.
func (r *Runs[T]) keep(who string, one *run[T]) {
	if r.of == nil {
		r.of = make(map[string]*run[T])
	}
	for i, name := range r.last {
		if name == who {
			r.last = append(r.last[:i], r.last[i+1:]...)
			break
		}
	}
	if len(r.last) >= keptRuns {
		old := r.of[r.last[0]]
		old.stop()
		delete(r.of, r.last[0])
		r.last = r.last[1:]
	}
	r.of[who] = one
	r.last = append(r.last, who)
}

// Look tells of somebody's run.
func (r *Runs[T]) Look(who, id string) (Progress[T], error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if one := r.of[who]; one != nil && one.ID == id {
		return one.Progress, nil
	}
	return Progress[T]{}, fault.NotFound.New("This simulation is not kept any more.")
}

// Await is Look after so long, or at the run's end if that is earlier.
func (r *Runs[T]) Await(ctx context.Context, who, id string, most time.Duration) (Progress[T], error) {
	r.mu.Lock()
	one := r.of[who]
	r.mu.Unlock()
	if one != nil && one.ID == id {
		timer := time.NewTimer(most)
		defer timer.Stop()
		select {
		case <-one.ended:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return r.Look(who, id)
}

// Stop ends somebody's run; one that has ended stays as it is.
func (r *Runs[T]) Stop(who, id string) error {
	if _, err := r.Look(who, id); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of[who].stop()
	return nil
}
