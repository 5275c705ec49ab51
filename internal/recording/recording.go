// Package recording decides what is recorded where: it starts and stops the recorder of an
// interaction's channel, keeps the table recording, and repairs after a crash what was being
// written. The sound itself is media's, the moment to begin and end the interaction's.
package recording

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/media"
	"linekeeper/internal/tenant"
)

// Source is the ability of a channel to be recorded; edge/voice's leg has it. StartRecording begins
// or takes up a file and may call the configuration's OnFail once, from any goroutine, when it cannot go
// on; the talk is not touched. Disk, codec and log are the channel's.
// StopRecording closes the file durably and may take a while.
type Source interface {
	StartRecording(media.RecorderConfig) (*media.Recorder, error)
	StopRecording() (bytes int64, err error)
	Codec() string
}

// The states of a recording.
const (
	Running  = "running"
	Complete = "complete"
	Partial  = "partial" // something is missing: a crash, a full disk
	Failed   = "failed"  // there is nothing to hear
	Removed  = "removed" // its time to be kept is over
)

// The reasons of marks the engine makes itself; Pause brings its own.
const (
	WhyStopped = "stopped" // recording was stopped and begun again
	WhyRestart = "restart" // the server was down while the call went on
)

// Config is what an Engine needs.
type Config struct {
	DB     *db.DB
	Folder string   // the data folder; recordings go below it
	FS     media.FS // nil: the disk
	// Note adds a change to the interaction's journal, whether it still runs or is over. It returns when
	// that is written, or with an error.
	Note func(context.Context, interaction.ID, interaction.RecordingChanged) error
	// Lives says whether an interaction is not over: its files are not touched yet. Nil: none is.
	Lives func(interaction.ID) bool
	// Keys are what complete recordings are sealed with. Nil: they stay as they are.
	Keys Keys
	// Store is where recordings may be kept beside the folder; nil: nowhere.
	Store Store
	// Upload has sealed recordings brought to the store, those made before as well.
	Upload bool
	// LocalDays is how long a copy stays in the folder then, since the recording began; 0: not at all.
	LocalDays int
	// Convert has recordings converted after the call as their project says. It needs an encoder.
	Convert bool
	// Removed lets go what others keep about a recording, in the transaction that removes it. Nil: nobody does.
	Removed func(tx *db.Tx, t tenant.ID, id string) error
	Log     *slog.Logger
}

// Engine is the interaction.Recorder. Each recording has a goroutine for what may take long; Close
// waits for all.
type Engine struct {
	cfg  Config
	wg   sync.WaitGroup
	wake chan struct{} // size one: there may be something to keep
	move chan struct{} // size one: there may be something for the store
	turn chan struct{} // size one: there may be something to convert
	step func(string)  // told each step of keeping, by tests; nil

	failures, kept, unkept, keptBytes, expired atomic.Int64
	uploaded, waiting, storeFailures           atomic.Int64
	converted, spoilt, unconverted             atomic.Int64
	storeDown                                  atomic.Bool

	leaves  atomic.Bool   // the next process goes on
	closing chan struct{} // closed by Close

	mu      sync.Mutex
	running map[interaction.ID]*run
	orphans map[interaction.ID]row // cut by a crash, of interactions that live
	closed  bool
}

type run struct {
	stop    chan struct{} // closed by Stop
	failed  chan error    // size one
	changed chan struct{} // size one: the marks are to be written
	once    sync.Once
	prev    *run          // stopped, and being completed
	closed  chan struct{} // closed when the file is
	done    chan struct{} // closed when nothing of this run goes on

	// Guarded by the engine's mutex.
	file  *media.Recorder // nil until it has begun
	pause string          // asked for before it had begun; with paused
	halt  bool
	next  bool // another has taken over: the row is its
}

func newRun() *run {
	return &run{stop: make(chan struct{}), failed: make(chan error, 1), changed: make(chan struct{}, 1), done: make(chan struct{}),
		closed: make(chan struct{})}
}

// New gives an engine.
func New(cfg Config) *Engine {
	if cfg.FS == nil {
		cfg.FS = media.NewDisk(4)
	}
	return &Engine{cfg: cfg, closing: make(chan struct{}), wake: make(chan struct{}, 1), move: make(chan struct{}, 1), turn: make(chan struct{}, 1),
		running: make(map[interaction.ID]*run),
		orphans: make(map[interaction.ID]row)}
}

// Start implements interaction.Recorder. A channel that cannot be recorded is told as failed. One that
// was stopped goes on in the same file, and the time between becomes a mark.
func (e *Engine) Start(s interaction.State, ch interaction.Channel) { e.begin(s, ch, WhyStopped) }

// Continue takes up the recording of a call that outlived a restart: the file is repaired, the hole
// filled with silence and marked. If there is no file to go on with, a new one begins.
func (e *Engine) Continue(s interaction.State, ch interaction.Channel) { e.begin(s, ch, WhyRestart) }

func (e *Engine) begin(s interaction.State, ch interaction.Channel, why string) {
	r := newRun()
	e.mu.Lock()
	r.prev = e.running[s.ID]
	if e.closed || r.prev != nil && !r.prev.stopped() {
		e.mu.Unlock()
		return
	}
	e.running[s.ID] = r
	delete(e.orphans, s.ID)
	e.wg.Add(1)
	e.mu.Unlock()
	go func() {
		defer e.wg.Done()
		defer func() {
			e.mu.Lock()
			if e.running[s.ID] == r {
				delete(e.running, s.ID)
			}
			e.mu.Unlock()
			close(r.done)
		}()
		if r.prev != nil {
			e.supersede(r.prev)
		}
		e.record(s, ch, r, why)
	}()
}

func (r *run) stopped() bool {
	select {
	case <-r.stop:
		return true
	default:
		return false
	}
}

// supersede waits until a stopped run has closed its file and written its end, but not for a database
// that is away: then that end is left to who comes after.
func (e *Engine) supersede(prev *run) {
	late := time.NewTimer(retryAfter)
	defer late.Stop()
	select {
	case <-prev.done:
		return
	case <-prev.closed:
	}
	select {
	case <-prev.done:
	case <-late.C:
		e.mu.Lock()
		prev.next = true
		e.mu.Unlock()
	}
}

// Stop implements interaction.Recorder.
func (e *Engine) Stop(id interaction.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r := e.running[id]; r != nil {
		r.once.Do(func() { close(r.stop) })
		return
	}
	// Nobody went on with what a crash had cut.
	rec, ok := e.orphans[id]
	if !ok || e.closed {
		return
	}
	delete(e.orphans, id)
	e.wg.Add(1)
	go func() {
		defer e.wg.Done()
		if err := e.recoverOne(context.Background(), rec); err != nil {
			e.cfg.Log.Error("recording not repaired; the next start tries again", "interaction", id, "error", err)
		}
	}()
}

// Pause keeps what is said out of the file from now on and marks the stretch with why. It never blocks
// and does nothing for what is not being recorded.
func (e *Engine) Pause(id interaction.ID, why string) { e.hold(id, true, why) }

// Resume ends Pause.
func (e *Engine) Resume(id interaction.ID) { e.hold(id, false, "") }

func (e *Engine) hold(id interaction.ID, on bool, why string) {
	e.mu.Lock()
	r := e.running[id]
	if r == nil {
		e.mu.Unlock()
		return
	}
	r.halt, r.pause = on, why
	file := r.file
	e.mu.Unlock()
	if file != nil {
		apply(file, on, why)
		r.marked()
	}
}

func apply(file *media.Recorder, on bool, why string) {
	if on {
		file.Pause(why)
	} else {
		file.Resume()
	}
}

// marked asks the recording's goroutine to write the marks to the database.
func (r *run) marked() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

// Running is the number of recordings being written.
func (e *Engine) Running() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.running)
}

// Leave closes the files of all recordings as they are, for the next process to go on with them, and waits.
// Nobody is told of an end.
func (e *Engine) Leave() {
	e.leaves.Store(true)
	e.Close()
}

// Close ends all recordings and waits until their files are complete. What cannot be written to the
// database then is found by the next start.
func (e *Engine) Close() {
	e.mu.Lock()
	if !e.closed {
		e.closed = true
		close(e.closing)
	}
	for _, r := range e.running {
		r.once.Do(func() { close(r.stop) })
	}
	e.mu.Unlock()
	e.wg.Wait()
}

func (e *Engine) record(s interaction.State, ch interaction.Channel, r *run, why string) {
	log := e.cfg.Log.With("interaction", s.ID)
	src, ok := ch.(Source)
	if !ok {
		e.end(r, e.fresh(s), Failed, "this channel cannot be recorded", log)
		return
	}
	rec, file, err := e.open(s, src, r, why, log)
	if err != nil {
		e.end(r, rec, Failed, err.Error(), log)
		return
	}
	e.mu.Lock()
	r.file = file
	halt, pause := r.halt, r.pause
	e.mu.Unlock()
	if halt {
		file.Pause(pause)
		r.marked()
	}
	e.note(s.ID, Running, "", log)
	broke := e.watch(s, r, &rec, log)
	// Before the file is closed: the marks must be known if we are killed meanwhile.
	bytes, err := src.StopRecording()
	close(r.closed)
	if e.leaves.Load() {
		return
	}
	rec.bytes, rec.marks = bytes, closeMarks(file.Marks(), file.Stats().Duration)
	if broke == nil {
		broke = err
	}
	switch {
	case broke == nil && rec.missing() > 0:
		e.end(r, rec, Partial, restarted(rec.missing()), log)
	case broke == nil:
		e.end(r, rec, Complete, "", log)
	case bytes > headerBytes:
		e.end(r, rec, Partial, broke.Error(), log)
	default:
		e.end(r, rec, Failed, broke.Error(), log)
	}
}

// watch waits for the end and writes marks down as they come.
func (e *Engine) watch(s interaction.State, r *run, rec *row, log *slog.Logger) (broke error) {
	for {
		select {
		case <-r.stop:
			return broke
		case <-r.changed:
			rec.marks = r.file.Marks()
			if err := e.put(*rec); err != nil {
				log.Error("a pause of the recording is not noted yet", "error", err)
			}
		case broke = <-r.failed:
			log.Error("recording failed; the call goes on", "error", broke)
			e.note(s.ID, Failed, broke.Error(), log)
		}
	}
}

// fresh is the row of a new recording.
func (e *Engine) fresh(s interaction.State) row {
	return row{
		tenant: s.Arrival.Tenant, id: id.New(), interaction: s.ID, project: s.Arrival.Project,
		started: time.Now().UTC().Truncate(time.Millisecond), state: Running,
	}
}

// open takes up the interaction's file or begins one.
func (e *Engine) open(s interaction.State, src Source, r *run, why string, log *slog.Logger) (row, *media.Recorder, error) {
	failed := func(err error) {
		select {
		case r.failed <- err:
		default:
		}
	}
	if rec, ok := e.earlier(s, src.Codec(), log); ok {
		rec.state, rec.detail, rec.ended = Running, "", time.Time{}
		if err := e.put(rec); err != nil {
			log.Error("recording not noted", "error", err)
		}
		file, err := src.StartRecording(media.RecorderConfig{
			Path: filepath.Join(e.cfg.Folder, rec.path), Started: rec.started, Resume: true, ResumeWhy: why,
			Marks: rec.marks, OnFail: failed,
		})
		if err == nil {
			r.marked()
			return rec, file, nil
		}
		log.Error("recording cannot go on in its file; another is begun", "file", rec.path, "error", err)
		if err := e.recoverRow(context.Background(), rec); err != nil {
			log.Error("recording not repaired; the next start tries again", "file", rec.path, "error", err)
		}
	}
	rec := e.fresh(s)
	rec.codec = src.Codec()
	rec.path = filepath.Join(folder, rec.started.Format("2006/01/02"), rec.id+".wav")
	path := filepath.Join(e.cfg.Folder, rec.path)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return rec, nil, fmt.Errorf("the folder for recordings cannot be made: %w", err)
	}
	// The row comes first: a file nobody knows of would never be found after a crash. Without a database
	// the sound is kept all the same, and noted at the end.
	if err := e.put(rec); err != nil {
		log.Error("recording not noted", "error", err)
	}
	rec.started = time.Now().UTC().Truncate(time.Millisecond)
	file, err := src.StartRecording(media.RecorderConfig{Path: path, Started: rec.started, OnFail: failed})
	r.marked() // the row gets the exact beginning
	return rec, file, err
}

// folder is where recordings are, below the data folder.
const folder = "recordings"

// headerBytes is more than an empty file has.
const headerBytes = 128

// note tells the interaction once.
func (e *Engine) note(id interaction.ID, state, detail string, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), writeTime)
	defer cancel()
	if err := e.cfg.Note(ctx, id, interaction.RecordingChanged{State: state, Detail: detail}); err != nil {
		log.Error("recording not noted with its interaction", "state", state, "error", err)
	}
}

// The limits of writing to the database.
const (
	writeTime  = 10 * time.Second
	retryAfter = 2 * time.Second
)

// end writes the last state: the row first, so that who is told can listen; then the interaction; then
// the row again as ended, because the next start looks at every row that is not, whatever happens in
// between. It is tried until it is written or the engine closes.
func (e *Engine) end(r *run, rec row, state, detail string, log *slog.Logger) {
	ended := time.Now().UTC().Truncate(time.Millisecond)
	rec.state, rec.detail = state, detail
	if state != Complete {
		e.failures.Add(1)
		log.Error("recording is not complete", "state", state, "detail", detail)
	}
	steps := []func() error{
		func() error { return e.put(rec) },
		func() error {
			ctx, cancel := context.WithTimeout(context.Background(), writeTime)
			defer cancel()
			return e.cfg.Note(ctx, rec.interaction, interaction.RecordingChanged{State: state, Detail: detail})
		},
		func() error { rec.ended = ended; return e.put(rec) },
	}
	for len(steps) > 0 {
		e.mu.Lock()
		next := r.next
		e.mu.Unlock()
		if next {
			return
		}
		closing := false
		select {
		case <-e.closing:
			closing = true
		default:
		}
		err := steps[0]()
		if err == nil {
			if steps = steps[1:]; len(steps) == 0 {
				e.Wake()
			}
			continue
		}
		log.Error("recording's end not noted", "error", err, "trying_again", !closing)
		if closing {
			return
		}
		select {
		case <-time.After(retryAfter):
		case <-e.closing:
		}
	}
}
