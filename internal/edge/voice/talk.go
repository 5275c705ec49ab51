package voice

import (
	"context"
	"sync"
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/media"
)

var _ flow.Talker = (*Leg)(nil)

// Play implements flow.Talker. While an agent is joined the sound is dropped and the time is kept.
func (l *Leg) Play(ctx context.Context, clips []flow.Clip, o flow.PlayOptions) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	began := time.Now()
	ended := make(chan media.End, 1)
	var playing *media.Playing
	if !l.ask(func() {
		if l.state == Answered && !l.joined && !l.ending {
			playing = l.customer.Play(l.edge.clips.source(clips, o.Loop), func(e media.End) { ended <- e })
			l.playing = playing
		}
	}) {
		return flow.ErrGone
	}
	if playing != nil {
		select {
		case e := <-ended:
			if e == media.Finished {
				l.tell(l.idleAfter(playing))
				return nil
			}
			// Stopped by a join, or closed with the leg: the time is kept below.
		case <-ctx.Done():
			playing.Stop()
			l.tell(l.idleAfter(playing))
			return ctx.Err()
		}
	}
	return l.keepTime(ctx, began, clips, o)
}

// keepTime waits until clips that are not heard would be over.
func (l *Leg) keepTime(ctx context.Context, began time.Time, clips []flow.Clip, o flow.PlayOptions) error {
	var end <-chan time.Time
	if !o.Loop {
		var whole time.Duration
		for _, c := range clips {
			whole += c.Duration()
		}
		timer := time.NewTimer(time.Until(began.Add(whole)))
		defer timer.Stop()
		end = timer.C
	}
	select {
	case <-end:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.over:
		return flow.ErrGone
	}
}

// idleAfter fills the time after a playing, unless a flow that replaced this one plays already.
func (l *Leg) idleAfter(p *media.Playing) func() {
	return func() {
		if l.playing == p {
			l.playing = nil
			l.idle()
		}
	}
}

// Digits implements flow.Talker.
func (l *Leg) Digits() <-chan rune { return l.digits }

// FlushDigits implements flow.Talker.
func (l *Leg) FlushDigits() {
	for {
		select {
		case <-l.digits:
		default:
			return
		}
	}
}

func (l *Leg) keep(key rune) {
	select {
	case l.digits <- key:
	default: // a customer leaning on the keypad
	}
}

// clips keeps what was encoded of flows' clips, by their ID. All goroutines share it.
type clips struct {
	mu      sync.Mutex
	known   map[string]*media.Clip
	samples int
}

// clipSamples bounds what is kept: an hour of sound. Beyond it everything is forgotten, which costs
// an encoding each and no more.
const clipSamples = 3600 * flow.SampleRate

func newClips() *clips { return &clips{known: make(map[string]*media.Clip)} }

func (c *clips) get(clip flow.Clip) *media.Clip {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m := c.known[clip.ID]; m != nil {
		return m
	}
	if c.samples += len(clip.PCM); c.samples > clipSamples {
		clear(c.known)
		c.samples = len(clip.PCM)
	}
	m := media.NewClipPCM(clip.PCM)
	c.known[clip.ID] = m
	return m
}

// source plays clips in order, once or for ever.
func (c *clips) source(list []flow.Clip, loop bool) media.Source {
	var all []*media.Clip
	for _, clip := range list {
		if len(clip.PCM) > 0 {
			all = append(all, c.get(clip))
		}
	}
	if loop && len(all) == 0 {
		return media.Silence()
	}
	if loop && len(all) == 1 {
		return all[0].Loop()
	}
	s := &sequence{clips: all, loop: loop}
	s.rewind()
	return s
}

// sequence plays clips one after the other, over and over if it loops.
type sequence struct {
	clips []*media.Clip
	loop  bool
	now   media.Source
}

func (s *sequence) rewind() {
	sources := make([]media.Source, len(s.clips))
	for i, c := range s.clips {
		sources[i] = c.Once()
	}
	s.now = media.Sequence(sources...)
}

// Next implements media.Source.
func (s *sequence) Next(c media.Codec) ([]byte, bool) {
	payload, ok := s.now.Next(c)
	if ok || !s.loop {
		return payload, ok
	}
	s.rewind()
	return s.now.Next(c)
}
