package recording

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/media"
	"linekeeper/internal/media/wav"
	"linekeeper/internal/project"
)

// Recover repairs what a crashed process was writing and notes each interaction's last state. Call it
// after the interactions were closed. Interactions that live on are left for Continue; nil: none does.
// Whenever it is cut off it can be run again.
func (e *Engine) Recover(ctx context.Context, lives func(interaction.ID) bool) (int, error) {
	var rows []row
	err := e.cfg.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		rows, err = db.All(tx, scanRow, `SELECT `+columns+` FROM recording WHERE ended_ms = 0 ORDER BY tenant_id, id`)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("looking for interrupted recordings: %w", err)
	}
	done := 0
	for _, r := range rows {
		if lives != nil && lives(r.interaction) {
			e.mu.Lock()
			e.orphans[r.interaction] = r
			e.mu.Unlock()
			continue
		}
		if err := e.recoverOne(ctx, r); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

// recoverOne repairs a recording and tells its interaction.
func (e *Engine) recoverOne(ctx context.Context, r row) error {
	return e.settle(ctx, r, true)
}

// recoverRow repairs a recording whose interaction goes on with another.
func (e *Engine) recoverRow(ctx context.Context, r row) error { return e.settle(ctx, r, false) }

func (e *Engine) settle(ctx context.Context, r row, tell bool) error {
	if r.state == Running && !e.whole(r) {
		// Written before the file is touched: once repaired it looks as if it had been closed in order.
		r.state = Partial
		if err := e.put(r); err != nil {
			return fmt.Errorf("noting recording %s: %w", r.id, err)
		}
	}
	r = e.repair(r)
	if tell {
		if err := e.cfg.Note(ctx, r.interaction, interaction.RecordingChanged{State: r.state, Detail: r.detail}); err != nil {
			return fmt.Errorf("noting the recording of interaction %s: %w", r.interaction, err)
		}
	}
	if err := e.put(r); err != nil {
		return fmt.Errorf("noting recording %s: %w", r.id, err)
	}
	return nil
}

// earlier finds the file an interaction's recording goes on in: the latest, if it is ours to write.
func (e *Engine) earlier(s interaction.State, codec string, log *slog.Logger) (row, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), writeTime)
	defer cancel()
	var rows []row
	err := e.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
		rows, err = db.All(tx, scanRow, `SELECT `+columns+` FROM recording
			WHERE tenant_id = $1 AND interaction_id = $2 ORDER BY started_ms DESC, id DESC LIMIT 1`, s.Arrival.Tenant, s.ID)
		return err
	})
	if err != nil {
		log.Error("earlier recordings not looked up; a new file is begun", "error", err)
		return row{}, false
	}
	if len(rows) == 0 || rows[0].state == Failed || rows[0].state == Removed || rows[0].codec != codec ||
		rows[0].format != project.WAV || rows[0].key != "" || rows[0].place != inFolder {
		return row{}, false
	}
	return rows[0], true
}

// repair makes a file playable and says what it is worth.
func (e *Engine) repair(r row) row {
	path := filepath.Join(e.cfg.Folder, r.path)
	long, err := media.RepairMarked(e.cfg.FS, path, r.marks)
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
	r.marks = closeMarks(r.marks, long)
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
