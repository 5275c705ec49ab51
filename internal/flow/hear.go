package flow

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// speechLimit is how long a customer may be kept in silence while an engine speaks.
const speechLimit = 5 * time.Second

// words is the sound of a node's prompt or text, and how to call it.
func (r *run) words(ctx context.Context, n *node) (Clip, string) {
	if key := n.str("prompt"); key != "" {
		return r.prompt(ctx, n, key), key
	}
	text, language, err := r.wording(ctx, n)
	if err != nil {
		r.missing(ctx, n, "text", err)
		return beep(), ""
	}
	within, cancel := context.WithTimeout(ctx, speechLimit)
	defer cancel()
	clip, err := r.library().Text(within, text, language)
	if err != nil {
		r.missing(ctx, n, "text", err)
		return beep(), text
	}
	return clip, text
}

// prompt is a prompt's sound; a beep stands for one that is missing, and the flow goes on.
func (r *run) prompt(ctx context.Context, n *node, key string) Clip {
	within, cancel := context.WithTimeout(ctx, speechLimit)
	defer cancel()
	clip, err := r.library().Prompt(within, r.tenant(), key, r.position.Language)
	if err != nil {
		r.missing(ctx, n, key, err)
		return beep()
	}
	return clip
}

// aside is the prompt a parameter names, if it names one.
func (r *run) aside(ctx context.Context, n *node, param string) []Clip {
	key := n.str(param)
	if key == "" || r.position.Tries+1 >= int(n.number("tries")) {
		return nil // nothing follows that it would introduce
	}
	return []Clip{r.prompt(ctx, n, key)}
}

func (r *run) missing(ctx context.Context, n *node, key string, err error) {
	if ctx.Err() == nil {
		r.stepOnce(n, StepMissing, fmt.Sprintf("%s (%s): %v", key, r.position.Language, err))
	}
}

// play plays to the end.
func (r *run) play(ctx context.Context, clips ...Clip) error {
	err := r.talker.Play(ctx, clips, PlayOptions{})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// playFor plays over and over for a time.
func (r *run) playFor(ctx context.Context, clips []Clip, d time.Duration) error {
	if l, ok := r.talker.(Ear); ok {
		return l.PlayFor(ctx, clips, d)
	}
	within, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return r.talker.Play(within, clips, PlayOptions{Loop: true})
}

// silence is a second of it.
var silence = Clip{ID: "silence", PCM: make([]int16, SampleRate)}

// rest lets time pass. On a leg it plays silence, for a carrier may take a mute one for dead, and so
// learns when the customer goes.
func (r *run) rest(ctx context.Context, d time.Duration) error {
	if r.talker == nil {
		return r.cfg.Clock.Sleep(ctx, d)
	}
	until := r.cfg.Clock.Now().Add(d)
	if err := r.playFor(ctx, []Clip{silence}, d); err != nil && !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		return errors.Join(ctx.Err(), err)
	}
	return r.cfg.Clock.Sleep(ctx, until.Sub(r.cfg.Clock.Now()))
}

// forgetKeys drops what was pressed so far.
func (r *run) forgetKeys() {
	r.ahead = nil
	r.talker.FlushDigits()
}
