package speech

import (
	"context"
	"time"
)

// Engine speaks. Its samples are 8 kHz mono.
type Engine interface {
	// Name and voice are part of the cache's key: another name or voice is another sound.
	Name() string
	Voice(language string) string
	Speak(ctx context.Context, text, language string) ([]int16, error)
}

// Espeak is espeak-ng as a process.
type Espeak struct {
	Path      string            // of the program
	Voices    map[string]string // language to voice; others: the language itself
	WordsRate int               // words a minute; 0: 150
	Timeout   time.Duration     // 0: 5 s
}

// FindEspeak looks for the program; false: it is not installed.
func FindEspeak() (*Espeak, bool) { panic("not yet") }

// HTTP is an engine behind an address.
type HTTP struct {
	URL      string            // ends in /v1/audio/speech: OpenAI's form; else the text is posted plainly
	Token    string            // Bearer; empty: none
	Model    string            // OpenAI's form only
	Voices   map[string]string // language to voice; "": for all others
	Timeout  time.Duration     // 0: 5 s
	MaxBytes int64             // of an answer; 0: 16 MB
}

// Config chooses engine and cache.
type Config struct {
	Engine   Engine // nil: everything fails with ErrNoEngine
	Dir      string // of the cache; empty: nothing is kept
	MaxBytes int64  // of the cache; 0: 256 MB
}

// Speaker is an engine with its cache; it is the flow.Speaker.
type Speaker struct{}

// New makes a speaker.
func New(c Config) (*Speaker, error) { panic("not yet") }

// Speak gives the text's sound, from the cache if it is there.
func (s *Speaker) Speak(ctx context.Context, text, language string) ([]int16, error) {
	panic("not yet")
}

// Counts is what happened so far, for /metrics.
type Counts struct {
	Spoken, FromCache, Shared, Failed uint64
}

// Counts so far.
func (s *Speaker) Counts() Counts { panic("not yet") }

// Close waits for what is being spoken.
func (s *Speaker) Close() error { panic("not yet") }
