package speech

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// line is one engine with what keeps it from harming others: a time for each text, a limit of texts at
// once, and rest after failures.
type line struct {
	Named
	cache *cache          // nil: none
	life  context.Context // of the engine's work; ends with Close
	turns chan struct{}
	work  sync.WaitGroup

	spoken, fromCache, shared, failed, cacheFailed, stoodIn atomic.Uint64

	health health

	mu       sync.Mutex // guards what follows
	speaking map[string]*request
	closed   bool
}

// request is one text being spoken, for all who asked for it.
type request struct {
	done chan struct{} // closed when pcm and err are set
	pcm  []int16
	err  error
}

// job is a text for one engine.
type job struct{ key, text, language, voice string }

func newLine(life context.Context, n Named, c *cache) *line {
	if n.Timeout <= 0 {
		n.Timeout = usualTimeout
	}
	if n.Parallel <= 0 {
		n.Parallel = usualParallel
	}
	return &line{Named: n, cache: c, life: life, turns: make(chan struct{}, n.Parallel), speaking: map[string]*request{}}
}

// job names the sound a text would have; no voice: the engine's own.
func (l *line) job(text, language, voice string) job {
	if voice == "" {
		voice = l.Engine.Voice(language)
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{l.Engine.Identity(), voice, language, text}, "\x00")))
	return job{hex.EncodeToString(sum[:]), text, language, voice}
}

// say gives the text's sound, from the cache if it is there. Who asks for what is being spoken already
// waits for that. When ctx ends the engine goes on for the cache's sake.
func (l *line) say(ctx context.Context, j job) ([]int16, error) {
	r, err := l.request(j)
	if err != nil {
		return nil, err
	}
	select {
	case <-r.done:
		return r.pcm, r.err
	case <-ctx.Done():
		return nil, fmt.Errorf("speaking: %w", ctx.Err())
	}
}

// request joins the request that runs for the key or begins one.
func (l *line) request(j job) (*request, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, ErrClosed
	}
	if r := l.speaking[j.key]; r != nil {
		l.shared.Add(1)
		return r, nil
	}
	r := &request{done: make(chan struct{})}
	l.speaking[j.key] = r
	l.work.Add(1)
	go func() {
		defer l.work.Done()
		r.pcm, r.err = l.find(j)
		l.mu.Lock()
		delete(l.speaking, j.key)
		l.mu.Unlock()
		close(r.done)
	}()
	return r, nil
}

// find takes the sound from the cache or has it spoken.
func (l *line) find(j job) (pcm []int16, err error) {
	defer func() {
		if what := recover(); what != nil {
			pcm, err = nil, fmt.Errorf("internal error: %v", what)
			l.ended(err)
		}
		if err != nil {
			l.failed.Add(1)
			err = fmt.Errorf("%s: %w", l.Name, err)
		}
	}()
	if l.cache != nil {
		if pcm, ok := l.cache.get(j.key); ok {
			l.fromCache.Add(1)
			return pcm, nil
		}
	}
	if l.resting() {
		return nil, ErrResting
	}
	ctx, cancel := context.WithTimeout(l.life, l.Timeout)
	defer cancel()
	// Half of the time is the engine's, or a long line before it would look like an engine that is dead.
	patience := time.NewTimer(l.Timeout / 2)
	defer patience.Stop()
	select {
	case l.turns <- struct{}{}:
		defer func() { <-l.turns }()
	case <-l.life.Done():
		return nil, ErrClosed
	case <-patience.C:
		return nil, ErrBusy // says nothing of its health: those who have a turn will tell
	}
	pcm, err = l.Engine.Speak(ctx, j.text, j.language, j.voice)
	if err == nil && len(pcm) == 0 {
		err = errors.New("the engine said nothing")
	}
	if err != nil && ctx.Err() != nil && l.life.Err() == nil {
		err = fmt.Errorf("no answer within %v", l.Timeout)
	}
	l.ended(err)
	if err != nil {
		return nil, err
	}
	l.spoken.Add(1)
	if l.cache != nil {
		// The sound is good although it could not be kept; the count tells of it.
		if err := l.cache.put(j.key, pcm); err != nil {
			l.cacheFailed.Add(1)
		}
	}
	return pcm, nil
}

func (l *line) resting() bool { return l.health.resting() }

// ended judges the engine's health, of which a language it does not have says nothing.
func (l *line) ended(err error) {
	if !errors.Is(err, ErrLanguage) && l.life.Err() == nil {
		l.health.ended(err)
	}
}

// health leaves an engine alone for a while that has failed several times in a row.
type health struct {
	mu       sync.Mutex
	failures int       // in a row
	rests    time.Time // until then
}

func (h *health) resting() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Before(h.rests)
}

func (h *health) ended(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		h.failures = 0
	} else if h.failures++; h.failures >= restAfter {
		h.failures, h.rests = 0, time.Now().Add(restFor)
	}
}

func (l *line) counts() Counts {
	return Counts{
		Spoken: l.spoken.Load(), FromCache: l.fromCache.Load(), Shared: l.shared.Load(), Failed: l.failed.Load(),
		CacheFailed: l.cacheFailed.Load(), StoodIn: l.stoodIn.Load(),
	}
}

// close takes no more; who is speaking is stopped by the end of life.
func (l *line) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
}
