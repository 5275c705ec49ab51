package media

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/media/wav"
)

const (
	// recordWait is how long sound stays in memory after it was written, so that late packets find their
	// place: the next write repeats it. A killed process loses what came since the last write.
	recordWait = 240 * time.Millisecond
	// recordTolerance is how far a channel's clock may differ from ours before it is moved.
	recordTolerance = 200 * time.Millisecond
	// recordFar is a difference that is not worth waiting for.
	recordFar = 2 * time.Second
	// recordHole is the longest hole a resumed recording may have.
	recordHole = time.Hour
	// recordBacklog is how much sound, in blocks, waits for a slow disk before it is lost: 32 s.
	recordBacklog = 128
	// blockFrames is how many frames of both channels a block holds: a quarter of a second.
	blockFrames = tone.Rate / 4
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
	// OnFail is told once, on the writer's goroutine, when the file can no longer be written. The
	// recorder then swallows everything; calls are not affected. It must not call Close, and not block.
	OnFail func(error)
	// Writer moves the sound to the file, together with that of other recordings. Nil: one of its own.
	Writer *Writer
	// SyncEvery is how often data is made durable, in whole seconds; 0 means every second.
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

// block is a quarter of a second of sound, channel by channel.
type block [2][blockFrames]byte

var blocks = sync.Pool{New: func() any { return new(block) }}

// Recorder writes two channels to one WAV file straight from packets. Packets are copied into blocks
// in memory under a mutex that is held for a copy only; a Writer moves the blocks to the file.
type Recorder struct {
	config  RecorderConfig
	file    File
	silence byte
	origin  time.Time // of the monotonic clock; the frame there is offset
	offset  int64

	// Each is held, by putting something in, by who writes or syncs the file; Close keeps both.
	writing, syncing chan struct{}
	entry            bool // the file's name is durable; guarded by syncing

	once     sync.Once
	closeErr error

	mu      sync.Mutex
	ring    [recordBacklog]*block // by position / blockFrames
	written int64                 // frames in the file for good; nothing is placed before
	end     int64                 // nothing is written after
	synced  time.Time             // when it was last
	failed  error
	stats   RecorderStats
	scratch []byte // for packets in the other law
	spans   []span // not recorded, in order; the last may be open
	paused  bool
}

// NewRecorder creates the file and starts the recording.
func NewRecorder(c RecorderConfig) (*Recorder, error) {
	if !isG711(c.Codec) {
		return nil, fmt.Errorf("recording %s: cannot record %s", c.Path, c.Codec.Name)
	}
	if c.SyncEvery == 0 {
		c.SyncEvery = syncEvery
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Writer == nil {
		c.Writer = new(Writer)
	}
	r := &Recorder{
		config:  c,
		silence: g711.MulawSilence,
		origin:  time.Now(),
		writing: make(chan struct{}, 1),
		syncing: make(chan struct{}, 1),
		end:     math.MaxInt64,
	}
	r.synced = r.origin
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
	c.Writer.add(r)
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
	return l.AddTapOn(d, &channelTap{recorder: r, channel: ch})
}

// fresh is a silent block.
func (r *Recorder) fresh() *block {
	b := blocks.Get().(*block)
	fill(b[Left][:], r.silence)
	b[Right] = b[Left]
	return b
}

// fill sets all bytes; copying is faster than a loop.
func fill(b []byte, v byte) {
	if len(b) == 0 {
		return
	}
	b[0] = v
	for n := 1; n < len(b); n *= 2 {
		copy(b[n:], b[:n])
	}
}

// drop gives up the blocks before the given index. r.mu is held.
func (r *Recorder) drop(from, to int64) {
	for n := from; n < to; n++ {
		if b := r.ring[n%recordBacklog]; b != nil {
			r.ring[n%recordBacklog] = nil
			blocks.Put(b)
		}
	}
}

// write brings the file up to now, unless somebody is still at it. The sound of the last recordWait stays
// in memory and is written again by the next.
func (r *Recorder) write(buf []byte) {
	select {
	case r.writing <- struct{}{}:
	default:
		return
	}
	defer func() { <-r.writing }()
	defer r.rescue()
	if r.broken() != nil {
		return
	}
	now := time.Now()
	if err := r.flush(r.position(now.Add(-recordWait)), r.position(now), buf); err != nil {
		r.fail(err)
	}
}

// sync makes durable what is in the file, unless it is too early or somebody is at it.
func (r *Recorder) sync() {
	select {
	case r.syncing <- struct{}{}:
	default:
		return
	}
	defer func() { <-r.syncing }()
	defer r.rescue()
	r.mu.Lock()
	r.synced = time.Now()
	err := r.failed
	r.mu.Unlock()
	if err != nil {
		return
	}
	err = r.file.Sync()
	if err == nil && !r.entry {
		// Once: a durable file without a durable name is lost all the same.
		r.entry, err = true, r.config.FS.SyncDir(filepath.Dir(r.config.Path))
	}
	if err != nil {
		r.fail(err)
	}
}

// unsynced says whether the file is to be synced with the others.
func (r *Recorder) unsynced(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed == nil && now.Sub(r.synced) > r.config.SyncEvery-syncEvery
}

// rescue keeps a panic from ending other recordings. It is deferred.
func (r *Recorder) rescue() {
	if p := recover(); p != nil {
		r.config.Log.Error("rescued a panic of a recorder", "path", r.config.Path, "panic", p, "stack", string(debug.Stack()))
		r.fail(fmt.Errorf("internal: %v", p))
	}
}

func (r *Recorder) broken() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

// fail makes the recorder swallow everything and reports why, once.
func (r *Recorder) fail(err error) {
	err = fmt.Errorf("recording %s: %w", r.config.Path, err)
	r.mu.Lock()
	first := r.failed == nil
	if first {
		r.failed = err
		r.drop(0, recordBacklog)
	}
	r.mu.Unlock()
	if first && r.config.OnFail != nil {
		r.config.OnFail(err)
	}
}

// flush writes all sound before until; that before settled will not change any more. buf is as long as
// a second at least. r.writing is held.
func (r *Recorder) flush(settled, until int64, buf []byte) error {
	for more := true; more; {
		var from, n int64
		if from, n, more = r.take(settled, until, buf); n == 0 {
			return nil
		}
		if _, err := r.file.WriteAt(buf[:n*recordFrame], wav.HeaderSize+from*recordFrame); err != nil {
			return err
		}
	}
	return nil
}

// take copies the next frames to write into buf, frees what is settled of them, and says whether there
// are more.
func (r *Recorder) take(settled, until int64, buf []byte) (from, n int64, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	from, until = r.written, min(until, r.end)
	if until <= from {
		return from, 0, false
	}
	n = min(until-from, int64(len(buf)/recordFrame))
	for at := from; at < from+n; {
		start := at % blockFrames
		length := min(from+n-at, blockFrames-start)
		to := buf[(at-from)*recordFrame:][:length*recordFrame]
		if b := r.ring[at/blockFrames%recordBacklog]; b == nil {
			fill(to, r.silence)
		} else {
			interleave(to, b[Left][start:start+length], b[Right][start:start+length])
		}
		at += length
	}
	r.written = max(from, min(from+n, settled))
	r.drop(from/blockFrames, r.written/blockFrames)
	return from, n, from+n < until
}

// interleave puts two channels into one.
func interleave(to, left, right []byte) {
	right = right[:len(left)]
	to = to[:recordFrame*len(left)]
	for i, v := range left {
		to[recordFrame*i] = v
		to[recordFrame*i+1] = right[i]
	}
}

// Close fills up to now, fixes the header, syncs file and folder. Only a nil error means that the
// file is complete and durable. Closing twice gives the same answer. It waits for the disk.
func (r *Recorder) Close() (RecorderStats, error) {
	r.once.Do(func() {
		r.mu.Lock()
		r.end = r.position(time.Now())
		r.mu.Unlock()
		r.config.Writer.remove(r)
		r.writing <- struct{}{}
		r.syncing <- struct{}{}
		r.closeErr = r.finish()
	})
	return r.Stats(), r.closeErr
}

// finish completes the file; of a failed one it saves what can be saved.
func (r *Recorder) finish() error {
	err := r.broken()
	if err == nil {
		buf := buffers.Get().(*[]byte)
		err = r.flush(r.end, r.end, *buf)
		buffers.Put(buf)
	}
	// Nothing is taken any more; a tap that was not left is harmless.
	r.mu.Lock()
	if r.failed == nil {
		r.failed = fmt.Errorf("recording %s: closed", r.config.Path)
	}
	r.drop(0, recordBacklog)
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
