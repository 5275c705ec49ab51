package voice

import (
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/media"
	"linekeeper/internal/voicemail"
)

var _ voicemail.Source = (*Leg)(nil)

// RecordMessage implements voicemail.Source. The recording of the call, if there is one, goes on beside it.
func (l *Leg) RecordMessage(c media.RecorderConfig, pause time.Duration, paused func()) (stop func() error, err error) {
	c.FS, c.Writer, c.Codec, c.Log = l.edge.config.Files, &l.edge.recordings, recordedCodec(l.session.codec()), l.edge.log
	file, err := media.NewRecorder(c)
	if err != nil {
		return nil, err
	}
	speech := media.NewPause(pause, paused)
	var leave, unhear func()
	began := l.ask(func() {
		leave, unhear = file.RecordOne(l.customer, media.Heard, media.Left), l.customer.AddTapOn(media.Heard, speech)
	})
	stop = func() error {
		speech.Close()
		l.ask(func() { leave(); unhear() }) // of a leg that is over nothing comes any more
		_, err := file.Close()
		return err
	}
	if !began {
		speech.Close()
		_, _ = file.Close() // nothing is in it
		return nil, flow.ErrGone
	}
	return stop, nil
}
