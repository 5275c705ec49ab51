package media

import (
	"io"
	"log/slog"
	"time"
)

// FS is the part of a file system a recorder needs. Tests inject full disks and power cuts here.
type FS interface {
	// Create makes a new file for writing; it fails if there is one.
	Create(path string) (File, error)
	// Open opens an existing file for reading and writing.
	Open(path string) (File, error)
	// SyncDir makes the folder's entries durable.
	SyncDir(dir string) error
}

// File is an open recording.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	Truncate(size int64) error
	Sync() error
}

// Disk is the machine's file system. It lets only a few files sync at a time, so that hundreds of
// recordings do not hold hundreds of threads.
type Disk struct{}

// NewDisk makes a Disk with that many concurrent syncs; 0 means 4.
func NewDisk(syncs int) *Disk { return &Disk{} }

// Create implements FS.
func (d *Disk) Create(path string) (File, error) { panic("not yet") }

// Open implements FS.
func (d *Disk) Open(path string) (File, error) { panic("not yet") }

// SyncDir implements FS.
func (d *Disk) SyncDir(dir string) error { panic("not yet") }

// RecorderConfig describes one recording file.
type RecorderConfig struct {
	FS    FS
	Path  string
	Codec Codec // PCMU or PCMA; packets of the other are converted
	// Started is the instant of the file's first sample; zero means now. With Resume it is the
	// original start, so that the hole becomes silence of the right length.
	Started time.Time
	// Resume goes on in a file a crashed process left.
	Resume bool
	// OnFail is told once, on the recorder's goroutine, when the file can no longer be written. The
	// recorder then swallows everything; calls are not affected.
	OnFail func(error)
	// SyncEvery is how often data is made durable; 0 means a second.
	SyncEvery time.Duration
	Log       *slog.Logger
}

// Channel is one side of the stereo file.
type Channel uint8

// Left is the customer by convention, Right the agent's side.
const (
	Left Channel = iota
	Right
)

// Recorder writes two channels to one WAV file straight from packets.
type Recorder struct{}

// NewRecorder creates the file and starts the recording.
func NewRecorder(c RecorderConfig) (*Recorder, error) { panic("not yet") }

// Record takes both directions of a leg: what the party says to the left channel, what is sent to
// it (agent, prompts, music: all it hears from us) to the right. Leaving the leg is not needed when
// the leg is closed first.
func (r *Recorder) Record(l *Leg) (leave func()) { panic("not yet") }

// RecordOne takes one direction of a leg to one channel: for instance only the agent's voice to the
// right. Channels may change their legs at any time; the latest packet wins where two overlap.
func (r *Recorder) RecordOne(l *Leg, d Direction, ch Channel) (leave func()) { panic("not yet") }

// Close fills up to now, fixes the header, syncs file and folder. Only a nil error means that the
// file is complete and durable. Closing twice gives the same answer.
func (r *Recorder) Close() (RecorderStats, error) { panic("not yet") }

// Stats is a snapshot.
func (r *Recorder) Stats() RecorderStats { panic("not yet") }

// RecorderStats describe a recording.
type RecorderStats struct {
	Duration time.Duration // sound in the file
	Bytes    int64         // size of the file
	Packets  uint64
	Late     uint64 // packets that came too late to be placed
	Overflow uint64 // packets lost because the disk was too slow
	Resyncs  uint64 // times a channel was moved because its clock disagreed with ours
}

// Repair makes the file of a crashed process playable: it completes the header from the file's size
// and cuts off what was never written. A sound file is left alone. It says how much sound there is.
func Repair(fs FS, path string) (time.Duration, error) { panic("not yet") }
