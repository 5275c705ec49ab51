package voice

import (
	"context"
	"slices"
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/media"
)

// loadTime bounds the loading of a prompt.
const loadTime = 5 * time.Second

// load reads a prompt without holding the leg up. failed may be nil.
func (l *Leg) load(key string, then func(flow.Clip), failed func()) {
	l.wg.Go(func() {
		defer l.edge.rescue("loading a prompt", nil)
		ctx, cancel := context.WithTimeout(l.ctx, loadTime)
		defer cancel()
		clip, err := l.edge.config.Prompt(ctx, l.trunk.Tenant, l.project, key, l.language)
		switch {
		case err == nil:
			l.tell(func() { then(clip) })
			return
		case l.ctx.Err() == nil:
			l.log.Error("loading a prompt", "prompt", key, "err", err)
		}
		if failed != nil {
			l.tell(failed)
		}
	})
}

// announcement is a prompt that an agent plays into the talk; the leg's goroutine owns it.
type announcement struct {
	seq     int // counts them: what is told of an earlier one is too late
	playing []*media.Playing
}

// PlayPrompt implements interaction.Prompter: the customer and whoever is in the talk with him hear it over
// what they say.
func (l *Leg) PlayPrompt(key string) {
	l.tell(func() {
		l.stopPrompt()
		seq := l.announcement.seq
		over := func() {
			if l.announcement.seq == seq {
				l.stopPrompt()
				l.input(interaction.PromptEnded{})
			}
		}
		if l.edge.config.Prompt == nil {
			over()
			return
		}
		l.load(key, func(clip flow.Clip) {
			if l.announcement.seq == seq && !l.announce(clip, func() { l.tell(over) }) {
				over()
			}
		}, over)
	})
}

// StopPrompt implements interaction.Prompter.
func (l *Leg) StopPrompt() { l.tell(l.stopPrompt) }

func (l *Leg) stopPrompt() {
	playing := l.announcement.playing
	l.announcement = announcement{seq: l.announcement.seq + 1}
	for _, p := range playing {
		p.Stop()
	}
}

// announce plays a prompt; over is called when the customer has heard it. False: nobody is there to hear it.
func (l *Leg) announce(clip flow.Clip, over func()) bool {
	customer, ok := l.arranged.Ear(interaction.TheCustomer)
	if !ok || l.state != Joined {
		return false
	}
	for _, e := range l.arranged {
		m := l.mediaOf(e)
		if m == nil || e.Of != customer.Of && !slices.Contains(customer.Hears, e.Of) {
			continue
		}
		var done func(media.End)
		if e.Of == customer.Of {
			done = func(media.End) { over() }
		}
		l.announcement.playing = append(l.announcement.playing, l.room.Play(m, l.edge.clips.source([]flow.Clip{clip}, false), done))
	}
	return true
}
