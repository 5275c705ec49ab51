package speech

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"linekeeper/internal/flow"
	"linekeeper/internal/project"
)

// Config chooses engines and cache.
type Config struct {
	// Engines in the order in which they stand in for each other; none: everything fails with ErrNoEngine.
	Engines []Named
	// Voices are a project's; nil: no project has any. It must answer at once.
	Voices   func(project.ID) []project.Voice
	Dir      string // of the cache, made if it is not there; empty: nothing is kept
	MaxBytes int64  // of the cache; 0: 256 MB
}

// Speaker is all engines with their cache; it is the flow.Speaker. It is safe for concurrent use.
type Speaker struct {
	lines  []*line
	voices func(project.ID) []project.Voice
	stop   context.CancelFunc
}

var _ flow.Speaker = (*Speaker)(nil)

// New makes a speaker; Close ends it.
func New(c Config) (*Speaker, error) {
	var kept *cache
	if c.Dir != "" {
		var err error
		if kept, err = openCache(c.Dir, c.MaxBytes); err != nil {
			return nil, fmt.Errorf("opening the speech cache: %w", err)
		}
	}
	s := &Speaker{voices: c.Voices}
	if s.voices == nil {
		s.voices = func(project.ID) []project.Voice { return nil }
	}
	var life context.Context
	life, s.stop = context.WithCancel(context.Background())
	for _, e := range c.Engines {
		s.lines = append(s.lines, newLine(life, e, kept))
	}
	return s, nil
}

// turn is an engine that may speak a text, with the voice a project chose for it; empty: its own.
type turn struct {
	*line
	voice string
}

// turns are the engines to be asked, one after the other: the project's choice, then the others in their
// order with their own voices. unknown is what the project named and nobody has.
func (s *Speaker) turns(p project.ID, language string) (all []turn, unknown string) {
	v, chosen := project.VoiceFor(s.voices(p), language)
	if chosen {
		i := slices.IndexFunc(s.lines, func(l *line) bool { return l.Name == v.Engine })
		switch {
		case i < 0:
			unknown = v.Engine
		case s.lines[i].Engine.Speaks(language):
			all = append(all, turn{s.lines[i], v.Voice})
		}
	}
	for _, l := range s.lines {
		if l.Engine.Speaks(language) && (len(all) == 0 || all[0].line != l) {
			all = append(all, turn{l, ""})
		}
	}
	return all, unknown
}

// Voice implements flow.Speaker.
func (s *Speaker) Voice(p project.ID, language string) string {
	all, _ := s.turns(p, language)
	if len(all) == 0 {
		return ""
	}
	return all[0].name(language)
}

func (t turn) name(language string) string {
	voice := t.voice
	if voice == "" {
		voice = t.Engine.Voice(language)
	}
	return t.Engine.Identity() + "\x00" + voice
}

// Speak implements flow.Speaker: the first engine that can speaks. A failure of one never costs more than its
// time; the error tells of all.
func (s *Speaker) Speak(ctx context.Context, in flow.Speech) (flow.Spoken, error) {
	if strings.TrimSpace(in.Text) == "" || len(in.Text) > maxText {
		return flow.Spoken{}, fmt.Errorf("a text to speak has 1 to %d bytes, not %d", maxText, len(in.Text))
	}
	var failed error
	all, unknown := s.turns(in.Project, in.Language)
	if unknown != "" {
		failed = fmt.Errorf("%w: %s", ErrUnknown, unknown)
	}
	for i, t := range all {
		pcm, err := t.say(ctx, t.job(in.Text, in.Language, t.voice))
		if err == nil {
			if i > 0 || unknown != "" {
				t.stoodIn.Add(1)
			}
			out := flow.Spoken{Voice: t.name(in.Language), PCM: pcm}
			if i > 0 {
				out.StoodIn = t.Name + ": " + strings.ReplaceAll(failed.Error(), "\n", "; ")
			}
			return out, nil
		}
		failed = errors.Join(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	if len(all) == 0 {
		failed = errors.Join(failed, fmt.Errorf("%w: %s", ErrNoEngine, in.Language))
	}
	return flow.Spoken{}, failed
}

// Status is how an engine is now.
type Status struct {
	Name, Kind string
	Resting    bool // it failed several times in a row and is left alone for a while
	Counts     Counts
}

// Engines tells how they are, in their order.
func (s *Speaker) Engines() []Status {
	all := make([]Status, 0, len(s.lines))
	for _, l := range s.lines {
		all = append(all, Status{l.Name, l.Kind, l.resting(), l.counts()})
	}
	return all
}

// Close stops what is being spoken and waits for its end. Later calls of Speak fail.
func (s *Speaker) Close() error {
	for _, l := range s.lines {
		l.close()
	}
	s.stop()
	var failed error
	for _, l := range s.lines {
		l.work.Wait()
		if c, ok := l.Engine.(io.Closer); ok {
			failed = errors.Join(failed, c.Close())
		}
	}
	return failed
}
