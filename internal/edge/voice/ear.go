package voice

import (
	"linekeeper/internal/flow"
	"linekeeper/internal/media"
)

var _ flow.Microphone = (*Leg)(nil)

// Sound implements flow.Microphone.
func (l *Leg) Sound(rate int, give func(pcm []int16)) (stop func() (lost uint64), err error) {
	ear := media.NewEar(rate, give)
	var leave func()
	if !l.ask(func() { leave = l.customer.AddTapOn(media.Heard, ear) }) {
		ear.Close()
		return nil, flow.ErrGone
	}
	l.edge.figures.count(func(f *Figures) { f.Listening++ })
	return func() uint64 {
		leave() // of a leg that is over nothing comes any more
		lost := ear.Close()
		l.edge.figures.count(func(f *Figures) { f.Listening--; f.EarLost += lost })
		return lost
	}, nil
}
