package media

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/media/wav"
)

const (
	// recordEvery is how often the writer writes, recordWait how long sound stays in memory so that
	// late packets find their place. Together they are what a killed process loses: half a second.
	recordEvery = 250 * time.Millisecond
	recordWait  = 240 * time.Millisecond
	// recordTolerance is how far a channel's clock may differ from ours before it is moved.
	recordTolerance = 200 * time.Millisecond
	// recordFar is a difference that is not worth waiting for.
	recordFar = 2 * time.Second
	// recordHole is the longest hole a resumed recording may have.
	recordHole = time.Hour
	// recordBacklog is how much sound, in blocks, waits for a slow disk before it is lost: 32 s.
	recordBacklog = 64
	// blockFrames is how many frames of both channels a block holds: half a second.
	blockFrames = tone.Rate / 2
	// recordFrame is the size of one sample of both channels.
	recordFrame = 2
)

// RecorderConfig describes one recording file.
type RecorderConfig struct {
	FS    FS
	Path  string
	Codec Codec // PCMU or PCMA; packets in other codecs are converted
	// Started is the instant of the file's first sample; zero means now. It matters with Resume: the
	// hole since the crash becomes silence of the right length.
	Started time.Time
	// Resume goes on in a file that was closed or that a crashed process left. The hole until now
	// becomes a mark with ResumeWhy as its reason; if Marks ends with an open one the recorder is
	// paused from the beginning and that mark covers the hole.
	Resume    bool
	ResumeWhy string
	// Marks are, with Resume, those the file has; a crash keeps what was told the database only.
	Marks []Mark
	// OnFail is told once, on the recorder's goroutine, when the file can no longer be written. The
	// recorder then swallows everything; calls are not affected. It must not call Close.
	OnFail func(error)
	// SyncEvery is how often data is made durable; 0 means a second.
	SyncEvery time.Duration
	// Log is for rescued panics only; nil means slog.Default().
	Log *slog.Logger
}

// Channel is one side of the stereo file.
type Channel uint8

// Left is the customer by convention, Right the agent's side.
const (
	Left Channel = iota
	Right
)

// RecorderStats describe a recording.
type RecorderStats struct {
	Duration time.Duration // sound in the file
	Bytes    int64         // size of the file
	Packets  uint64        // taken
	Late     uint64        // came too late to be placed
	Overflow uint64        // lost because the disk was too slow
	Foreign  uint64        // in a codec that cannot be recorded
	Resyncs  uint64        // times a channel was moved because its clock disagreed with ours
}

// block is half a second of sound, interleaved as in the file.
type block [blockFrames * recordFrame]byte

// Recorder writes two channels to one WAV file straight from packets. Packets are copied into blocks
// in memory under a mutex that is held for a copy only; one goroutine, started by NewRecorder and
// ended by Close, moves the blocks to the file.
type Recorder struct {
	config  RecorderConfig
	file    File
	silence byte
	origin  time.Time // of the monotonic clock; the frame there is offset
	offset  int64
	quit    chan struct{}
	done    chan struct{}

	once     sync.Once
	closeErr error

	mu      sync.Mutex
	blocks  map[int64]*block // by position / blockFrames
	pool    []*block
	written int64 // frames handed to the file; nothing is placed before
	failed  error
	stats   RecorderStats
	scratch [MaxPacket]byte
	spans   []span // not recorded, in order; the last may be open
	paused  bool
}

// NewRecorder creates the file and starts the recording.
func NewRecorder(c RecorderConfig) (*Recorder, error) {
	if !isG711(c.Codec) {
		return nil, fmt.Errorf("recording %s: cannot record %s", c.Path, c.Codec.Name)
	}
	if c.SyncEvery == 0 {
		c.SyncEvery = time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	r := &Recorder{
		config:  c,
		silence: g711.MulawSilence,
		origin:  time.Now(),
		quit:    make(chan struct{}),
		done:    make(chan struct{}),
		blocks:  make(map[int64]*block),
	}
	if c.Codec.Name == "PCMA" {
		r.silence = g711.AlawSilence
	}
	open := r.create
	if c.Resume {
		open = r.resume
	}
	if err := open(); err != nil {
		return nil, fmt.Errorf("recording %s: %w", c.Path, err)
	}
	go r.run()
	return r, nil
}

func (r *Recorder) create() error {
	f, err := r.config.FS.Create(r.config.Path)
	if err != nil {
		return err
	}
	r.file = f
	if !r.config.Started.IsZero() {
		r.offset = max(0, frames(r.origin.Sub(r.config.Started)))
	}
	if err := r.putHeader(0); err != nil {
		return errors.Join(err, f.Close())
	}
	return nil
}

// resume takes up a file: what is in it stays, the hole until now will be silence.
func (r *Recorder) resume() error {
	if _, err := Repair(r.config.FS, r.config.Path); err != nil {
		return err
	}
	f, err := r.config.FS.Open(r.config.Path)
	if err != nil {
		return err
	}
	r.file = f
	size, err := f.Size()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	w, err := wav.NewReader(f, size)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if w.Format != format(r.config.Codec) {
		return errors.Join(fmt.Errorf("the file holds %+v", w.Format), f.Close())
	}
	r.written = w.Frames
	r.offset = w.Frames
	if !r.config.Started.IsZero() {
		r.offset = max(w.Frames, frames(r.origin.Sub(r.config.Started)))
	}
	if r.offset-w.Frames > frames(recordHole) {
		return errors.Join(errors.New("the hole is longer than an hour"), f.Close())
	}
	r.resumeMarks(w.Frames)
	// Marks after the sound would be taken for sound, and a header that claims an earlier end would
	// hide what follows, if we are killed again.
	if err := errors.Join(f.Truncate(w.Offset+w.Frames*recordFrame), r.putHeader(0)); err != nil {
		return errors.Join(err, f.Close())
	}
	return nil
}

// putHeader writes the header for that many frames; 0 while recording, so that readers take the
// file's size.
func (r *Recorder) putHeader(frames int64) error {
	var h [wav.HeaderSize]byte
	wav.PutHeader(h[:], format(r.config.Codec), frames*recordFrame)
	_, err := r.file.WriteAt(h[:], 0)
	return err
}

func format(c Codec) wav.Format {
	f := wav.Format{Encoding: wav.Mulaw, Channels: 2, Rate: tone.Rate, Bits: 8}
	if c.Name == "PCMA" {
		f.Encoding = wav.Alaw
	}
	return f
}

func frames(d time.Duration) int64 {
	return int64(d/time.Second)*tone.Rate + int64(d%time.Second)*tone.Rate/int64(time.Second)
}

// position is the frame of an instant.
func (r *Recorder) position(at time.Time) int64 { return r.offset + frames(at.Sub(r.origin)) }

// Record takes both directions of a leg: what the party says to the left channel, what is sent to
// it (agent, prompts, music: all it hears from us) to the right. leave ends it; it is not needed when
// the leg is closed first.
func (r *Recorder) Record(l *Leg) (leave func()) {
	left, right := r.RecordOne(l, Heard, Left), r.RecordOne(l, Sent, Right)
	return func() {
		left()
		right()
	}
}

// RecordOne takes one direction of a leg to one channel: for instance only the agent's voice to the
// right. Channels may change their legs at any time; the latest packet wins where two overlap.
func (r *Recorder) RecordOne(l *Leg, d Direction, ch Channel) (leave func()) {
	return l.AddTap(inG711(d, &channelTap{recorder: r, direction: d, channel: ch}))
}

// channelTap places one stream on one channel. The recorder's mutex guards it.
type channelTap struct {
	recorder  *Recorder
	direction Direction
	channel   Channel

	have bool
	ssrc uint32
	ts   uint32 // of the latest packet
	at   int64  // where it was placed
	off  time.Time
}

// Packet implements Tap.
func (t *channelTap) Packet(d Direction, p *Packet) {
	if d != t.direction {
		return
	}
	r := t.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		return
	}
	r.stats.Packets++
	if r.paused {
		t.locate(p) // keeps the place for what follows
		return
	}
	payload := r.scratch[:copy(r.scratch[:], p.Payload)]
	if !convert(payload, p.Codec, r.config.Codec) {
		r.stats.Foreign++
		return
	}
	r.place(t.channel, t.locate(p), payload)
}

// locate finds a packet's position from its timestamp. A difference to the arrival time must last to
// count: after a stall of the network a burst arrives late in itself but belongs where it belongs.
func (t *channelTap) locate(p *Packet) int64 {
	r := t.recorder
	now := r.position(p.Arrival)
	if !t.have || t.ssrc != p.SSRC {
		t.have, t.ssrc, t.ts, t.at, t.off = true, p.SSRC, p.Timestamp, now, time.Time{}
		return now
	}
	at := t.at + int64(int32(p.Timestamp-t.ts))
	apart := max(at-now, now-at)
	switch {
	case apart <= frames(recordTolerance):
		t.off = time.Time{}
	case apart <= frames(recordFar) && t.off.IsZero():
		t.off = p.Arrival
	case apart <= frames(recordFar) && p.Arrival.Sub(t.off) <= recordTolerance:
	default:
		at, t.off = now, time.Time{}
		r.stats.Resyncs++
	}
	t.ts, t.at = p.Timestamp, at
	return at
}

// place copies one channel's samples to the blocks. r.mu is held.
func (r *Recorder) place(ch Channel, at int64, payload []byte) {
	if gone := r.written - at; gone > 0 {
		if gone >= int64(len(payload)) {
			r.stats.Late++
			return
		}
		payload, at = payload[gone:], r.written
	}
	for len(payload) > 0 {
		n, start := at/blockFrames, int(at%blockFrames)
		if n-r.written/blockFrames >= recordBacklog {
			r.stats.Overflow++
			return
		}
		b := r.blocks[n]
		if b == nil {
			b = r.fresh()
			r.blocks[n] = b
		}
		part := payload[:min(len(payload), blockFrames-start)]
		to := b[start*recordFrame+int(ch):]
		for i, v := range part {
			to[i*recordFrame] = v
		}
		if len(r.spans) > 0 {
			r.silenceSpans(b, n*blockFrames+int64(start), int64(len(part)))
		}
		payload, at = payload[len(part):], at+int64(len(part))
	}
}

// fresh is a silent block. r.mu is held.
func (r *Recorder) fresh() *block {
	if n := len(r.pool); n > 0 {
		b := r.pool[n-1]
		r.pool = r.pool[:n-1]
		return b
	}
	b := new(block)
	r.clear(b)
	return b
}

func (r *Recorder) clear(b *block) {
	for i := range b {
		b[i] = r.silence
	}
}

// run is the writer goroutine.
func (r *Recorder) run() {
	defer close(r.done)
	defer func() {
		if p := recover(); p != nil {
			r.config.Log.Error("rescued a panic of a recorder", "path", r.config.Path, "panic", p, "stack", string(debug.Stack()))
			r.fail(fmt.Errorf("internal: %v", p))
		}
	}()
	timer := time.NewTimer(recordEvery)
	defer timer.Stop()
	synced, entry := time.Now(), false
	var buf block
	for {
		select {
		case <-r.quit:
			return
		case <-timer.C:
		}
		now := time.Now()
		err := r.flush(r.position(now.Add(-recordWait)), &buf)
		if err == nil && now.Sub(synced) >= r.config.SyncEvery {
			synced = now
			err = r.file.Sync()
			if err == nil && !entry {
				// Once: a durable file without a durable name is lost all the same.
				entry, err = true, r.config.FS.SyncDir(filepath.Dir(r.config.Path))
			}
		}
		if err != nil {
			r.fail(err)
			return
		}
		timer.Reset(recordEvery)
	}
}

// fail makes the recorder swallow everything and reports why, once.
func (r *Recorder) fail(err error) {
	err = fmt.Errorf("recording %s: %w", r.config.Path, err)
	r.mu.Lock()
	r.failed = err
	r.blocks, r.pool = nil, nil
	r.mu.Unlock()
	if r.config.OnFail != nil {
		r.config.OnFail(err)
	}
}

// flush writes all sound before the given frame, in pieces of at most a block.
func (r *Recorder) flush(until int64, buf *block) error {
	for {
		from, n := r.take(until, buf)
		if n == 0 {
			return nil
		}
		if _, err := r.file.WriteAt(buf[:n*recordFrame], wav.HeaderSize+from*recordFrame); err != nil {
			return err
		}
	}
}

// take copies the next frames to write into buf and frees what is used up.
func (r *Recorder) take(until int64, buf *block) (from, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	from = r.written
	if until <= from {
		return from, 0
	}
	index, start := from/blockFrames, from%blockFrames
	n = min(until-from, blockFrames-start)
	b := r.blocks[index]
	if b == nil {
		r.clear(buf)
	} else {
		copy(buf[:], b[start*recordFrame:(start+n)*recordFrame])
	}
	r.written += n
	if start+n == blockFrames && b != nil {
		delete(r.blocks, index)
		r.clear(b)
		r.pool = append(r.pool, b)
	}
	return from, n
}

// Close fills up to now, fixes the header, syncs file and folder. Only a nil error means that the
// file is complete and durable. Closing twice gives the same answer. It waits for the disk.
func (r *Recorder) Close() (RecorderStats, error) {
	r.once.Do(func() {
		end := r.position(time.Now())
		close(r.quit)
		<-r.done
		r.closeErr = r.finish(end)
	})
	return r.Stats(), r.closeErr
}

// finish completes the file; of a failed one it saves what can be saved.
func (r *Recorder) finish(end int64) error {
	r.mu.Lock()
	err := r.failed
	r.mu.Unlock()
	var buf block
	if err == nil {
		err = r.flush(end, &buf)
	}
	// Nothing is taken any more; a tap that was not left is harmless.
	r.mu.Lock()
	if r.failed == nil {
		r.failed = fmt.Errorf("recording %s: closed", r.config.Path)
	}
	r.blocks, r.pool = nil, nil
	length := r.written
	marks := marksOf(r.spans)
	r.mu.Unlock()
	if err != nil {
		// The file may be shorter than what we tried to write; its size decides.
		err = errors.Join(err, r.file.Close())
		if _, repair := RepairMarked(r.config.FS, r.config.Path, marks); repair != nil {
			err = errors.Join(err, repair)
		}
		return err
	}
	err = errors.Join(finishFile(r.file, format(r.config.Codec), length, marks), r.file.Close(), r.config.FS.SyncDir(filepath.Dir(r.config.Path)))
	if err != nil {
		return fmt.Errorf("closing recording %s: %w", r.config.Path, err)
	}
	return nil
}

// Stats is a snapshot; its duration counts what was handed to the file.
func (r *Recorder) Stats() RecorderStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	s.Duration = time.Duration(r.written) * time.Second / tone.Rate
	s.Bytes = wav.HeaderSize + r.written*recordFrame
	return s
}
