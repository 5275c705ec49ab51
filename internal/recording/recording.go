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
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/media"
	"linekeeper/internal/media/wav"
	"linekeeper/internal/tenant"
)

// Source is the ability of a channel to be recorded; edge/voice's leg has it. StartRecording begins
// a file and may call failed once, from any goroutine, when it cannot go on; the talk is not touched.
// StopRecording closes the file durably and may take a while.
type Source interface {
	StartRecording(path string, failed func(error)) error
	StopRecording() (bytes int64, err error)
	Codec() string
}

// The states of a recording.
const (
	Running  = "running"
	Complete = "complete"
	Partial  = "partial" // something is missing: a crash, a full disk
	Failed   = "failed"  // there is nothing to hear
)

// Config is what an Engine needs.
type Config struct {
	DB     *db.DB
	Folder string   // the data folder; recordings go below it
	FS     media.FS // nil: the disk
	// Note adds a change to the interaction's journal, whether it still runs or is over. It returns when
	// that is written, or with an error.
	Note func(context.Context, interaction.ID, interaction.RecordingChanged) error
	Log  *slog.Logger
}

// Engine is the interaction.Recorder. Each recording has a goroutine for what may take long; Close
// waits for all.
type Engine struct {
	cfg Config
	wg  sync.WaitGroup

	closing chan struct{} // closed by Close

	mu      sync.Mutex
	running map[interaction.ID]*run
	closed  bool
}

type run struct {
	stop   chan struct{} // closed by Stop
	failed chan error    // size one
	once   sync.Once
}

// New gives an engine.
func New(cfg Config) *Engine {
	if cfg.FS == nil {
		cfg.FS = media.NewDisk(4)
	}
	return &Engine{cfg: cfg, closing: make(chan struct{}), running: make(map[interaction.ID]*run)}
}

// Start implements interaction.Recorder. A channel that cannot be recorded is told as failed.
func (e *Engine) Start(s interaction.State, ch interaction.Channel) {
	r := &run{stop: make(chan struct{}), failed: make(chan error, 1)}
	e.mu.Lock()
	if e.running[s.ID] != nil || e.closed {
		e.mu.Unlock()
		return
	}
	e.running[s.ID] = r
	e.wg.Add(1)
	e.mu.Unlock()
	go func() {
		defer e.wg.Done()
		e.record(s, ch, r)
	}()
}

// Stop implements interaction.Recorder.
func (e *Engine) Stop(id interaction.ID) {
	e.mu.Lock()
	r := e.running[id]
	e.mu.Unlock()
	if r != nil {
		r.once.Do(func() { close(r.stop) })
	}
}

// Running is the number of recordings being written.
func (e *Engine) Running() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.running)
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

func (e *Engine) record(s interaction.State, ch interaction.Channel, r *run) {
	log := e.cfg.Log.With("interaction", s.ID)
	defer func() {
		e.mu.Lock()
		delete(e.running, s.ID)
		e.mu.Unlock()
	}()
	rec := row{
		tenant: s.Arrival.Tenant, id: id.New(), interaction: s.ID,
		started: time.Now().UTC().Truncate(time.Millisecond), state: Running,
	}
	src, ok := ch.(Source)
	if !ok {
		e.end(rec, Failed, "this channel cannot be recorded", log)
		return
	}
	rec.codec = src.Codec()
	rec.path = filepath.Join("recordings", rec.started.Format("2006/01/02"), rec.id+".wav")
	path := filepath.Join(e.cfg.Folder, rec.path)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		e.end(rec, Failed, "the folder for recordings cannot be made: "+err.Error(), log)
		return
	}
	// The row comes first: a file nobody knows of would never be found after a crash. Without a database
	// the sound is kept all the same, and noted at the end.
	if err := e.put(rec); err != nil {
		log.Error("recording not noted", "error", err)
	}
	if err := src.StartRecording(path, func(err error) {
		select {
		case r.failed <- err:
		default:
		}
	}); err != nil {
		e.end(rec, Failed, err.Error(), log)
		return
	}
	e.note(s.ID, Running, "", log)
	var broke error
	select {
	case <-r.stop:
	case broke = <-r.failed:
		log.Error("recording failed; the call goes on", "error", broke)
		e.note(s.ID, Failed, broke.Error(), log)
		<-r.stop
	}
	bytes, err := src.StopRecording()
	rec.bytes = bytes
	if broke == nil {
		broke = err
	}
	switch {
	case broke == nil:
		e.end(rec, Complete, "", log)
	case bytes > headerBytes:
		e.end(rec, Partial, broke.Error(), log)
	default:
		e.end(rec, Failed, broke.Error(), log)
	}
}

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
func (e *Engine) end(rec row, state, detail string, log *slog.Logger) {
	ended := time.Now().UTC().Truncate(time.Millisecond)
	rec.state, rec.detail = state, detail
	if state != Complete {
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
		closing := false
		select {
		case <-e.closing:
			closing = true
		default:
		}
		err := steps[0]()
		if err == nil {
			steps = steps[1:]
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

// row is a row of the table recording.
type row struct {
	tenant         tenant.ID
	id             string
	interaction    interaction.ID
	path, codec    string
	started, ended time.Time
	state, detail  string
	bytes          int64
}

func (e *Engine) put(r row) error {
	ctx, cancel := context.WithTimeout(context.Background(), writeTime)
	defer cancel()
	return e.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO recording (tenant_id, id, interaction_id, path, codec, started_ms,
				ended_ms, state, bytes, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (tenant_id, id) DO UPDATE SET ended_ms = excluded.ended_ms, state = excluded.state,
				bytes = excluded.bytes, detail = excluded.detail`,
			r.tenant, r.id, r.interaction, r.path, r.codec, db.Millis(r.started),
			db.Millis(r.ended), r.state, r.bytes, r.detail)
		return err
	})
}

// Recover repairs what a crashed process was writing and notes each interaction's last state. Call it
// after the interactions were closed. Whenever it is cut off it can be run again.
func (e *Engine) Recover(ctx context.Context) (int, error) {
	var rows []row
	err := e.cfg.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		rows, err = db.All(tx, scanRow, `SELECT tenant_id, id, interaction_id, path, codec, started_ms, ended_ms,
			state, bytes, detail FROM recording WHERE ended_ms = 0 ORDER BY tenant_id, id`)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("looking for interrupted recordings: %w", err)
	}
	for i, r := range rows {
		if r.state == Running && !e.whole(r) {
			// Written before the file is touched: once repaired it looks as if it had been closed in order.
			r.state = Partial
			if err := e.put(r); err != nil {
				return i, fmt.Errorf("noting recording %s: %w", r.id, err)
			}
		}
		r = e.repair(r)
		if err := e.cfg.Note(ctx, r.interaction, interaction.RecordingChanged{State: r.state, Detail: r.detail}); err != nil {
			return i, fmt.Errorf("noting the recording of interaction %s: %w", r.interaction, err)
		}
		if err := e.put(r); err != nil {
			return i, fmt.Errorf("noting recording %s: %w", r.id, err)
		}
	}
	return len(rows), nil
}

// repair makes a file playable and says what it is worth.
func (e *Engine) repair(r row) row {
	path := filepath.Join(e.cfg.Folder, r.path)
	long, err := media.Repair(e.cfg.FS, path)
	switch {
	case r.state == Failed: // it said so itself
	case err != nil:
		r.state, r.detail = Failed, "nothing could be saved after the server stopped: "+err.Error()
	case long == 0:
		r.state, r.detail = Failed, "the server stopped before anything was recorded"
	case r.state == Partial:
		if r.detail == "" {
			r.detail = "the server stopped while recording"
		}
	default:
		r.state, r.detail = Complete, ""
	}
	if info, err := os.Stat(path); err == nil {
		r.bytes = info.Size()
	}
	r.ended = r.started.Add(long).Truncate(time.Millisecond)
	return r
}

// whole says whether a file was closed in order, so that only the word of it was lost.
func (e *Engine) whole(r row) bool {
	f, err := e.cfg.FS.Open(filepath.Join(e.cfg.Folder, r.path))
	if err != nil {
		return false
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return false
	}
	w, err := wav.NewReader(f, size)
	return err == nil && w.Complete && w.Frames > 0
}

func scanRow(s db.Row) (row, error) {
	var r row
	err := s.Scan(&r.tenant, &r.id, &r.interaction, &r.path, &r.codec, db.FromMillis(&r.started),
		db.FromMillis(&r.ended), &r.state, &r.bytes, &r.detail)
	return r, err
}
