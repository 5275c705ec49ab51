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
	Tell   func(interaction.ID, interaction.Input)
	Log    *slog.Logger
}

// Engine is the interaction.Recorder. Each recording has a goroutine for what may take long; Close
// waits for all.
type Engine struct {
	cfg Config
	wg  sync.WaitGroup

	mu      sync.Mutex
	running map[interaction.ID]*run
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
	return &Engine{cfg: cfg, running: make(map[interaction.ID]*run)}
}

// Start implements interaction.Recorder. A channel that cannot be recorded is told as failed.
func (e *Engine) Start(s interaction.State, ch interaction.Channel) {
	r := &run{stop: make(chan struct{}), failed: make(chan error, 1)}
	e.mu.Lock()
	if e.running[s.ID] != nil {
		e.mu.Unlock()
		return
	}
	e.running[s.ID] = r
	e.mu.Unlock()
	e.wg.Add(1)
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

// Close ends all recordings and waits until their files are complete.
func (e *Engine) Close() {
	e.mu.Lock()
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
	// The row comes first: a file nobody knows of would never be found after a crash.
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
	e.cfg.Tell(s.ID, interaction.RecordingChanged{State: Running})
	var broke error
	select {
	case <-r.stop:
	case broke = <-r.failed:
		log.Error("recording failed; the call goes on", "error", broke)
		e.cfg.Tell(s.ID, interaction.RecordingChanged{State: Failed, Detail: broke.Error()})
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

// end writes the last state and tells it.
func (e *Engine) end(rec row, state, detail string, log *slog.Logger) {
	rec.ended, rec.state, rec.detail = time.Now().UTC().Truncate(time.Millisecond), state, detail
	if state != Complete {
		log.Error("recording is not complete", "state", state, "detail", detail)
	}
	if err := e.put(rec); err != nil {
		log.Error("recording not noted", "error", err)
	}
	e.cfg.Tell(rec.interaction, interaction.RecordingChanged{State: state, Detail: detail})
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
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
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

// Recover repairs what a crashed process was writing and tells each interaction's last state to
// note. Call it after the interactions were closed.
func (e *Engine) Recover(ctx context.Context, note func(context.Context, interaction.ID, interaction.RecordingChanged) error) (int, error) {
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
		path := filepath.Join(e.cfg.Folder, r.path)
		long, err := media.Repair(e.cfg.FS, path)
		r.state, r.detail = Partial, "the server stopped while recording"
		if err != nil {
			r.state, r.detail = Failed, "nothing could be saved after the server stopped: "+err.Error()
		} else if info, err := os.Stat(path); err == nil {
			r.bytes = info.Size()
		}
		r.ended = r.started.Add(long).Truncate(time.Millisecond)
		if err := e.put(r); err != nil {
			return i, fmt.Errorf("noting recording %s: %w", r.id, err)
		}
		if err := note(ctx, r.interaction, interaction.RecordingChanged{State: r.state, Detail: r.detail}); err != nil {
			return i, fmt.Errorf("noting the recording of interaction %s: %w", r.interaction, err)
		}
	}
	return len(rows), nil
}

func scanRow(s db.Row) (row, error) {
	var r row
	err := s.Scan(&r.tenant, &r.id, &r.interaction, &r.path, &r.codec, db.FromMillis(&r.started),
		db.FromMillis(&r.ended), &r.state, &r.bytes, &r.detail)
	return r, err
}
