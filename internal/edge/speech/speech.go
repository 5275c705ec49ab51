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

// The errors a caller may tell apart.
var (
	// ErrNoEngine means that nothing is configured that could speak.
	ErrNoEngine = errors.New("there is no speech engine")
	// ErrLanguage means that the engine cannot speak this language.
	ErrLanguage = errors.New("the speech engine does not speak this language")
	// ErrResting means that the engine failed several times in a row and is left alone for a while.
	ErrResting = errors.New("the speech engine failed and is left alone for a while")
	// ErrClosed means that the speaker was closed.
	ErrClosed = errors.New("the speech engine is stopped")
)

const (
	// maxText is the longest text that is spoken, in bytes.
	maxText = 4000
	// usualTimeout bounds one request to an engine.
	usualTimeout = 5 * time.Second
	// restAfter failures in a row the engine is left alone for restFor, so that a dead engine does
	// not cost every caller its time limit in silence.
	restAfter = 3
	restFor   = 10 * time.Second
	// parallel requests to the engine; others wait.
	parallel = 4
)

// Engine speaks. Its samples are 8 kHz mono.
type Engine interface {
	// Name and voice are part of the cache's key: another name or voice is another sound.
	Name() string
	Voice(language string) string
	// Speak must end when ctx ends.
	Speak(ctx context.Context, text, language string) ([]int16, error)
}

// Config chooses engine and cache.
type Config struct {
	Engine   Engine // nil: everything fails with ErrNoEngine
	Dir      string // of the cache, made if it is not there; empty: nothing is kept
	MaxBytes int64  // of the cache; 0: 256 MB
}

// Speaker is an engine with its cache; it is the flow.Speaker. It is safe for concurrent use.
type Speaker struct {
	engine Engine
	cache  *cache // nil: none
	turns  chan struct{}
	life   context.Context // of the engine's work; ends with Close
	stop   context.CancelFunc
	work   sync.WaitGroup
	counts counts

	mu       sync.Mutex // guards what follows
	speaking map[string]*request
	failures int       // in a row
	rests    time.Time // until then
	closed   bool
}

// request is one text being spoken, for all who asked for it.
type request struct {
	done chan struct{} // closed when pcm and err are set
	pcm  []int16
	err  error
}

type counts struct {
	spoken, fromCache, shared, failed, cacheFailed atomic.Uint64
}

// New makes a speaker; Close ends it.
func New(c Config) (*Speaker, error) {
	s := &Speaker{engine: c.Engine, turns: make(chan struct{}, parallel), speaking: map[string]*request{}}
	if c.Dir != "" {
		var err error
		if s.cache, err = openCache(c.Dir, c.MaxBytes); err != nil {
			return nil, fmt.Errorf("opening the speech cache: %w", err)
		}
	}
	s.life, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// Speak gives the text's sound, from the cache if it is there. Who asks for what is being spoken
// already waits for that. When ctx ends the engine goes on for the cache's sake.
func (s *Speaker) Speak(ctx context.Context, text, language string) ([]int16, error) {
	if s.engine == nil {
		return nil, ErrNoEngine
	}
	if strings.TrimSpace(text) == "" || len(text) > maxText {
		return nil, fmt.Errorf("a text to speak has 1 to %d bytes, not %d", maxText, len(text))
	}
	voice := s.engine.Voice(language)
	sum := sha256.Sum256([]byte(strings.Join([]string{s.engine.Name(), voice, language, text}, "\x00")))
	key := hex.EncodeToString(sum[:])
	r, err := s.request(key, text, language)
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
func (s *Speaker) request(key, text, language string) (*request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if r := s.speaking[key]; r != nil {
		s.counts.shared.Add(1)
		return r, nil
	}
	r := &request{done: make(chan struct{})}
	s.speaking[key] = r
	s.work.Add(1)
	go func() {
		defer s.work.Done()
		r.pcm, r.err = s.find(key, text, language)
		s.mu.Lock()
		delete(s.speaking, key)
		s.mu.Unlock()
		close(r.done)
	}()
	return r, nil
}

// find takes the sound from the cache or has it spoken.
func (s *Speaker) find(key, text, language string) (pcm []int16, err error) {
	defer func() {
		if what := recover(); what != nil {
			s.counts.failed.Add(1)
			pcm, err = nil, fmt.Errorf("speaking: internal error: %v", what)
		}
	}()
	if s.cache != nil {
		if pcm, ok := s.cache.get(key); ok {
			s.counts.fromCache.Add(1)
			return pcm, nil
		}
	}
	if s.resting() {
		s.counts.failed.Add(1)
		return nil, ErrResting
	}
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	case <-s.life.Done():
		return nil, ErrClosed
	}
	pcm, err = s.engine.Speak(s.life, text, language)
	if err == nil && len(pcm) == 0 {
		err = errors.New("the engine said nothing")
	}
	s.ended(err)
	if err != nil {
		s.counts.failed.Add(1)
		return nil, fmt.Errorf("speaking with %s: %w", s.engine.Name(), err)
	}
	s.counts.spoken.Add(1)
	if s.cache != nil {
		// The sound is good although it could not be kept; the count tells of it.
		if err := s.cache.put(key, pcm); err != nil {
			s.counts.cacheFailed.Add(1)
		}
	}
	return pcm, nil
}

func (s *Speaker) resting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.rests)
}

// ended counts failures in a row. A language the engine does not have says nothing about its health.
func (s *Speaker) ended(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.failures = 0
	case errors.Is(err, ErrLanguage), s.life.Err() != nil:
	default:
		if s.failures++; s.failures >= restAfter {
			s.failures, s.rests = 0, time.Now().Add(restFor)
		}
	}
}

// Counts is what happened since New, for metrics.
type Counts struct {
	Spoken      uint64 // by the engine
	FromCache   uint64
	Shared      uint64 // waited for what was being spoken already
	Failed      uint64
	CacheFailed uint64 // spoken, but could not be kept
}

// Counts so far.
func (s *Speaker) Counts() Counts {
	return Counts{
		Spoken: s.counts.spoken.Load(), FromCache: s.counts.fromCache.Load(), Shared: s.counts.shared.Load(),
		Failed: s.counts.failed.Load(), CacheFailed: s.counts.cacheFailed.Load(),
	}
}

// Close stops what is being spoken and waits for its end. Later calls of Speak fail.
func (s *Speaker) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.work.Wait()
	return nil
}
