package voice

import (
	"fmt"
	"sync"

	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/media"
)

// errOver is why a talk of a moment has no recording: it stands in its record.
var errOver = fmt.Errorf("the call was over before its recording began: %w", flow.ErrGone)

// recording is the recording of a leg: left the customer, right what he hears of the agent. So what is
// muted is not recorded, and a change of the agent's phone changes nothing.
type recording struct {
	mu     sync.Mutex // guards file and closed: a recording is also closed after the leg is over
	file   *media.Recorder
	closed bool

	// Owned by the leg's goroutine.
	left, right func() // leave the customer's stream; nil: not recorded
}

// StartRecording begins a recording, or takes one up again, as c says; its disk, codec and log are the
// leg's. When the file can no longer be written c.OnFail is told and the call goes on. The recorder is
// for pausing; StopRecording closes it. It waits for the disk and the leg.
func (l *Leg) StartRecording(c media.RecorderConfig) (*media.Recorder, error) {
	c.FS, c.Writer, c.Codec, c.Log = l.edge.config.Files, &l.edge.recordings, recordedCodec(l.session.codec()), l.edge.log
	file, err := media.NewRecorder(c)
	if err != nil {
		return nil, err
	}
	if !l.ask(func() { err = l.recording.start(file, l) }) {
		err = errOver
	}
	if err != nil {
		_, _ = file.Close() // nothing new is in it
		return nil, err
	}
	return file, nil
}

// StopRecording ends the recording and says how long its file is; a nil error means that the file is
// complete and durable. It may be called after the leg is over, which ends its recording too. It waits
// for the disk.
func (l *Leg) StopRecording() (bytes int64, err error) {
	l.ask(l.recording.leave)
	return l.recording.end()
}

// Codec is the encoding of the leg's recording, "PCMU" or "PCMA": the customer's own if it is one of
// these.
func (l *Leg) Codec() string { return recordedCodec(l.session.codec()).Name }

func (r *recording) start(file *media.Recorder, l *Leg) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file != nil && !r.closed {
		return fault.Conflict.New("This call is being recorded already.")
	}
	if l.ending {
		return errOver
	}
	r.file, r.closed = file, false
	r.left = file.RecordOne(l.customer, media.Heard, media.Left)
	if customer, _ := l.arranged.Ear(interaction.TheCustomer); len(customer.Hears) > 0 {
		r.right = file.RecordOne(l.customer, media.Sent, media.Right)
	}
	return nil
}

// joined records what the customer hears from now on.
func (r *recording) joined(customer *media.Leg) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left != nil && r.right == nil {
		r.right = r.file.RecordOne(customer, media.Sent, media.Right)
	}
}

// parted leaves the right side silent: what a waiting customer hears is nobody's words.
func (r *recording) parted() {
	if r.right != nil {
		r.right()
		r.right = nil
	}
}

// leave takes the recording off the customer's stream.
func (r *recording) leave() {
	r.parted()
	if r.left != nil {
		r.left()
		r.left = nil
	}
}

// end closes the file; closing again gives the same answer. Without a recording it is an error.
func (r *recording) end() (int64, error) {
	r.mu.Lock()
	file := r.file
	r.mu.Unlock()
	if file == nil {
		return 0, fault.Conflict.New("This call is not being recorded.")
	}
	stats, err := file.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == file {
		r.closed = true
	}
	return stats.Bytes, err
}
