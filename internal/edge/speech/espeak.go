package speech

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/flow"
)

// Espeak is espeak-ng as a process, one for each text.
type Espeak struct {
	Path      string            // of the program
	Voices    map[string]string // language to voice; others: the language itself
	Unable    []string          // languages it must not be asked for
	WordsRate int               // words a minute; 0: 150
	Timeout   time.Duration     // 0: 5 s
}

var _ Engine = (*Espeak)(nil)

// FindEspeak looks for the program; false: it is not installed. It is not asked for Thai: the rules
// of version 1.51 cannot read Thai script, and what comes out is no language.
func FindEspeak() (*Espeak, bool) {
	path, err := exec.LookPath("espeak-ng")
	if err != nil {
		return nil, false
	}
	return &Espeak{
		Path:   path,
		Voices: map[string]string{"en": "en-us+f2", "ru": "ru+f2"},
		Unable: []string{"th"},
	}, true
}

// Name is part of the cache's key.
func (e *Espeak) Name() string { return "espeak-ng " + strconv.Itoa(e.rate()) }

// Voice is the voice of a language.
func (e *Espeak) Voice(language string) string {
	if v := e.Voices[language]; v != "" {
		return v
	}
	return language
}

func (e *Espeak) rate() int {
	if e.WordsRate == 0 {
		return 150
	}
	return e.WordsRate
}

// Speak runs the program. The text goes through its standard input, never through a shell.
func (e *Espeak) Speak(ctx context.Context, text, language string) ([]int16, error) {
	voice := e.Voice(language)
	if slices.Contains(e.Unable, language) || !isVoice(voice) {
		return nil, fmt.Errorf("%w: %s", ErrLanguage, language)
	}
	ctx, cancel := context.WithTimeout(ctx, limit(e.Timeout))
	defer cancel()
	cmd := exec.CommandContext(ctx, e.Path, "-v", voice, "-s", strconv.Itoa(e.rate()), "-b", "1", "--stdin", "--stdout")
	cmd.Stdin = strings.NewReader(text)
	out, said := &bounded{most: 32 << 20}, &bounded{most: 500}
	cmd.Stdout, cmd.Stderr = out, said
	cmd.WaitDelay = time.Second // for a child of the program that keeps its output open
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("%w %s", err, bytes.TrimSpace(said.Bytes()))
	}
	if out.lost {
		return nil, fmt.Errorf("the sound is longer than %d bytes", out.most)
	}
	return flow.DecodeWAV(out.Bytes())
}

// isVoice keeps what is not a voice's name from being taken for an option.
func isVoice(s string) bool {
	return s != "" && s[0] != '-' && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-+_/", r))
	}) < 0
}

func limit(d time.Duration) time.Duration {
	if d == 0 {
		return usualTimeout
	}
	return d
}

// bounded keeps the first bytes written to it and takes no more.
type bounded struct {
	bytes.Buffer
	most int
	lost bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if room := b.most - b.Len(); len(p) > room {
		b.lost = true
		b.Buffer.Write(p[:max(0, room)])
	} else {
		b.Buffer.Write(p)
	}
	return len(p), nil
}
