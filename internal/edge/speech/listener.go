package speech

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/project"
)

// The errors a caller of a Listener may tell apart, beside ErrUnknown, ErrBusy, ErrResting and ErrClosed.
var ErrNoRecognizer = errors.New("there is no recognizer for this language")

// ListenerConfig chooses recognizers.
type ListenerConfig struct {
	// Engines in the order in which they stand in for each other; none: nobody is understood.
	Engines []NamedRecognizer
	// Choices are a project's; nil: no project has any. It must answer at once.
	Choices func(project.ID) []project.Recognizer
}

// HeardCounts is what happened since NewListener, for metrics.
type HeardCounts struct {
	Heard   uint64 // utterances with words
	Nothing uint64 // noise
	Failed  uint64
	StoodIn uint64 // heard instead of another recognizer
}

// Listener is all recognizers; it is the flow.Recognizer. It is safe for concurrent use.
type Listener struct {
	ears    []*ear
	choices func(project.ID) []project.Recognizer
	life    context.Context
	stop    context.CancelFunc

	mu     sync.Mutex // guards closed
	closed bool
	work   sync.WaitGroup
}

var _ flow.Recognizer = (*Listener)(nil)

// ear is one recognizer with what keeps it from harming others: a time, a limit of those it hears at once, and
// rest after failures.
type ear struct {
	NamedRecognizer
	turns  chan struct{}
	health health

	heard, nothing, failed, stoodIn atomic.Uint64
}

// NewListener makes a listener; Close ends it.
func NewListener(c ListenerConfig) *Listener {
	l := &Listener{choices: c.Choices}
	if l.choices == nil {
		l.choices = func(project.ID) []project.Recognizer { return nil }
	}
	l.life, l.stop = context.WithCancel(context.Background())
	for _, e := range c.Engines {
		if e.Timeout <= 0 {
			e.Timeout = usualTimeout
		}
		if e.Parallel <= 0 {
			e.Parallel = usualListeners
		}
		l.ears = append(l.ears, &ear{NamedRecognizer: e, turns: make(chan struct{}, e.Parallel)})
	}
	return l
}

// choose gives the recognizers to be asked, one after the other: the project's choice, then the others in their
// order. unknown is what the project named and nobody has.
func (l *Listener) choose(p project.ID, language string) (all []*ear, unknown string) {
	if c, ok := project.RecognizerFor(l.choices(p), language); ok {
		i := slices.IndexFunc(l.ears, func(e *ear) bool { return e.Name == c.Engine })
		switch {
		case i < 0:
			unknown = c.Engine
		case l.ears[i].Engine.Hears(language):
			all = append(all, l.ears[i])
		}
	}
	for _, e := range l.ears {
		if e.Engine.Hears(language) && (len(all) == 0 || all[0] != e) {
			all = append(all, e)
		}
	}
	return all, unknown
}

// Rate implements flow.Recognizer.
func (l *Listener) Rate(p project.ID, language string) int {
	all, _ := l.choose(p, language)
	if len(all) == 0 {
		return 0
	}
	return all[0].Engine.Rate()
}

// enter begins a piece of work that Close waits for, with a ctx that ends with both.
func (l *Listener) enter(ctx context.Context) (_ context.Context, leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, nil, ErrClosed
	}
	l.work.Add(1)
	ctx, cancel := context.WithCancelCause(ctx)
	unwatch := context.AfterFunc(l.life, func() { cancel(ErrClosed) })
	return ctx, func() { unwatch(); cancel(nil); l.work.Done() }, nil
}

// Recognize implements flow.Recognizer. Noise is listened through.
func (l *Listener) Recognize(ctx context.Context, h flow.Hearing, audio <-chan []int16) (flow.Heard, error) {
	ctx, leave, err := l.enter(ctx)
	if err != nil {
		return flow.Heard{}, err
	}
	defer leave()
	s := &session{listener: l, hearing: h}
	for {
		t := newTake(h.Rate)
		done := make(chan struct{})
		more := make(chan bool, 1)
		go func() { more <- s.fill(ctx, t, audio, done) }()
		heard, err := s.recognize(ctx, t, false)
		close(done)
		goOn := <-more
		if err != nil || heard.Text != "" || !goOn {
			return heard, err
		}
		s.tell(false, "")
	}
}

// Transcribe writes down a whole recording of samples at h.Rate.
func (l *Listener) Transcribe(ctx context.Context, h flow.Hearing, pcm []int16) (flow.Heard, error) {
	ctx, leave, err := l.enter(ctx)
	if err != nil {
		return flow.Heard{}, err
	}
	defer leave()
	t := newTake(h.Rate)
	t.pcm, t.over = pcm, true
	return (&session{listener: l, hearing: h}).recognize(ctx, t, true)
}

// session is one question.
type session struct {
	listener *Listener
	hearing  flow.Hearing
	failed   error // of those that are not asked again
	out      []*ear
}

func (s *session) tell(speaking bool, words string) {
	if s.hearing.Told != nil {
		s.hearing.Told(speaking, words)
	}
}

// fill puts what comes into a take until a pause follows speech or done. False: nothing more comes.
func (s *session) fill(ctx context.Context, t *take, audio <-chan []int16, done <-chan struct{}) bool {
	end := endpoint{rate: t.rate}
	defer t.end()
	told := false
	for {
		select {
		case pcm, ok := <-audio:
			if !ok {
				return false
			}
			began, ended := end.hear(pcm)
			if began && !told {
				told = true
				s.tell(true, "")
			}
			if !t.add(pcm, began) || ended {
				return true
			}
		case <-done:
			return true
		case <-ctx.Done():
			return false
		}
	}
}

// recognize has a take written down by the first engine that can. Who has failed is not asked again.
func (s *session) recognize(ctx context.Context, t *take, whole bool) (flow.Heard, error) {
	all, unknown := s.listener.choose(s.hearing.Project, s.hearing.Language)
	if len(all) == 0 {
		return flow.Heard{}, fmt.Errorf("%w: %s", ErrNoRecognizer, s.hearing.Language)
	}
	if unknown != "" && s.failed == nil {
		s.failed = fmt.Errorf("%w: %s", ErrUnknown, unknown)
	}
	for i, e := range all {
		if slices.Contains(s.out, e) {
			continue
		}
		heard, err := s.ask(ctx, e, t, whole)
		switch {
		case ctx.Err() != nil:
			return flow.Heard{}, context.Cause(ctx)
		case err != nil:
			e.failed.Add(1)
			s.failed = errors.Join(s.failed, fmt.Errorf("%s: %w", e.Name, err))
			s.out = append(s.out, e)
			continue
		case heard.Text == "":
			e.nothing.Add(1)
			return heard, nil
		}
		e.heard.Add(1)
		if i > 0 || unknown != "" {
			e.stoodIn.Add(1)
		}
		return heard, nil
	}
	return flow.Heard{}, s.failed
}

// ask has one engine write a take down.
func (s *session) ask(ctx context.Context, e *ear, t *take, whole bool) (heard flow.Heard, err error) {
	defer func() {
		if what := recover(); what != nil {
			err = fmt.Errorf("internal error: %v", what)
			e.health.ended(err)
		}
	}()
	if e.health.resting() {
		return flow.Heard{}, ErrResting
	}
	from := 0
	if !whole && !e.Engine.Streams() {
		var spoke bool
		if from, spoke = t.speech(ctx); !spoke {
			return flow.Heard{}, nil
		}
	}
	audio, err := t.reader(from, e.Engine.Rate())
	if err != nil {
		return flow.Heard{}, err
	}
	leave, err := e.enter(ctx, whole)
	if err != nil {
		return flow.Heard{}, err
	}
	defer leave()
	u := Utterance{Language: s.hearing.Language, Phrases: s.hearing.Phrases, Only: s.hearing.Only, Whole: whole, Patience: e.Timeout,
		Audio: audio, Partial: func(words string) { s.tell(true, words) }}
	if whole {
		u.Patience = max(wholeTimeout, e.Timeout)
	}
	heard, err = e.Engine.Recognize(ctx, u)
	if ctx.Err() == nil {
		e.health.ended(err)
	}
	return heard, err
}

// enter takes a turn. Half of the time is the engine's, or a long line before it would look like one that is dead. A
// whole recording may take minutes and leaves the last turn to who is asked something.
func (e *ear) enter(ctx context.Context, whole bool) (leave func(), err error) {
	if whole && cap(e.turns) > 1 && len(e.turns) >= cap(e.turns)-1 {
		return nil, ErrBusy
	}
	patience := time.NewTimer(e.Timeout / 2)
	defer patience.Stop()
	select {
	case e.turns <- struct{}{}:
		return func() { <-e.turns }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-patience.C:
		return nil, ErrBusy
	}
}

// RecognizerStatus is how a recognizer is now.
type RecognizerStatus struct {
	Name, Kind string
	Resting    bool // it failed several times in a row and is left alone for a while
	Busy       int  // how many it hears
	Counts     HeardCounts
}

// Recognizers tells how they are, in their order.
func (l *Listener) Recognizers() []RecognizerStatus {
	all := make([]RecognizerStatus, 0, len(l.ears))
	for _, e := range l.ears {
		all = append(all, RecognizerStatus{e.Name, e.Kind, e.health.resting(), len(e.turns), HeardCounts{
			Heard: e.heard.Load(), Nothing: e.nothing.Load(), Failed: e.failed.Load(), StoodIn: e.stoodIn.Load()}})
	}
	return all
}

// Close stops what is being heard and waits for its end. Later calls fail.
func (l *Listener) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.stop()
	l.work.Wait()
	var failed error
	for _, e := range l.ears {
		if c, ok := e.Engine.(io.Closer); ok {
			failed = errors.Join(failed, c.Close())
		}
	}
	return failed
}
