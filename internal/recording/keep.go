package recording

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/seal"
)

// Keys gives the keys of recordings, or says why there are none now; it is asked for each file.
type Keys func() (*seal.Ring, error)

const (
	keepEvery  = 30 * time.Second // how often the table is looked through
	keepAtOnce = 200              // rows a look
	retryLeast = 30 * time.Second // a file that could not be kept is tried again
	retryMost  = 10 * time.Minute
)

// Wake has the keeper look now.
func (e *Engine) Wake() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Keep brings complete recordings to where they stay: sealed, with nothing plain left. It is one
// goroutine, so that it takes one processor from calls at most, one that converts at half of one, and one
// that waits for the store; it returns when ctx ends. What it was doing when the process died is found in the table and done again.
func (e *Engine) Keep(ctx context.Context) {
	var moving sync.WaitGroup
	moving.Go(func() { e.keepPlaced(ctx) })
	moving.Go(func() { e.keepConverted(ctx) })
	defer moving.Wait()
	tries := map[string]*attempt{}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.wake:
		case <-timer.C:
		}
		if err := e.keepAll(ctx, tries); err != nil && ctx.Err() == nil {
			e.cfg.Log.Error("recordings to be sealed cannot be looked up", "error", err)
		}
		timer.Reset(keepEvery)
	}
}

// attempt is when a file is tried again.
type attempt struct {
	next time.Time
	wait time.Duration
}

func (e *Engine) keepAll(ctx context.Context, tries map[string]*attempt) error {
	after, backlog := "", 0
	seen := map[string]bool{}
	for {
		rows, err := e.unkeptAfter(ctx, after)
		if err != nil {
			return err
		}
		for _, r := range rows {
			after = string(r.tenant) + "/" + r.id
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if e.busy(r.interaction) {
				continue
			}
			seen[r.id] = true
			t := tries[r.id]
			if t != nil && time.Now().Before(t.next) {
				backlog++
				continue
			}
			if err := e.keep(ctx, r); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				backlog++
				if t == nil {
					t = &attempt{wait: retryLeast}
					tries[r.id] = t
				}
				t.next, t.wait = time.Now().Add(t.wait), min(2*t.wait, retryMost)
				e.cfg.Log.Error("recording not sealed; it is tried again", "file", r.path, "at", t.next, "error", err)
			}
		}
		if len(rows) < keepAtOnce {
			break
		}
	}
	for id := range tries {
		if !seen[id] {
			delete(tries, id)
		}
	}
	e.unkept.Store(int64(backlog))
	return nil
}

func (e *Engine) unkeptAfter(ctx context.Context, after string) (rows []row, err error) {
	t, last, _ := strings.Cut(after, "/")
	err = e.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
		rows, err = db.All(tx, scanRow, `SELECT `+columns+` FROM recording
			WHERE (kept_ms = 0 AND ended_ms > 0 OR stale <> '') AND stale NOT LIKE 's3:%' AND (tenant_id > $1 OR tenant_id = $1 AND id > $2)
			ORDER BY tenant_id, id LIMIT $3`, t, last, keepAtOnce)
		return err
	})
	return rows, err
}

// busy says whether an interaction's recording may still go on.
func (e *Engine) busy(id interaction.ID) bool {
	e.mu.Lock()
	running := e.running[id] != nil
	e.mu.Unlock()
	return running || e.cfg.Lives != nil && e.cfg.Lives(id)
}

// keep does what is left to do with a recording. Each step leaves one complete file that the row names.
func (e *Engine) keep(ctx context.Context, r row) error {
	if r.stale != "" {
		if err := e.sweep(ctx, r); err != nil {
			return err
		}
		r.stale = ""
	}
	playable := r.state == Complete || r.state == Partial
	if playable && r.key == "" && e.cfg.Keys != nil {
		var err error
		if r, err = e.seal(ctx, r); err != nil {
			return err
		}
		if err := e.sweep(ctx, r); err != nil {
			return err
		}
		r.stale = ""
	}
	again := !r.kept.IsZero()
	if playable && !again {
		var err error
		if r.wanted, err = e.wants(ctx, r); err != nil {
			return err
		}
	}
	r.kept = time.Now()
	if err := e.putKept(ctx, r); err != nil {
		return err
	}
	if playable && !again {
		e.wakeMove()
		e.wakeConvert()
		e.kept.Add(1)
		e.keptBytes.Add(r.bytes)
	}
	return nil
}

func (e *Engine) did(step string) {
	if e.step != nil {
		e.step(step)
	}
}

// seal writes the sealed file, reads it back, puts it in place and into the row.
func (e *Engine) seal(ctx context.Context, r row) (row, error) {
	ring, err := e.cfg.Keys()
	if err != nil {
		return r, err
	}
	key, err := ring.Current()
	if err != nil {
		return r, err
	}
	plain, err := os.Open(filepath.Join(e.cfg.Folder, r.path))
	if err != nil {
		return r, err
	}
	defer plain.Close()
	if err := e.clear(r.path, ".*.age*"); err != nil {
		return r, err
	}
	name := stem(r.path) + "." + key.ID + ".wav.age"
	path := filepath.Join(e.cfg.Folder, name)
	temporary := path + ".new"
	sum, err := writeSealed(ctx, temporary, key, plain)
	if err != nil {
		return r, fmt.Errorf("sealing: %w", err)
	}
	e.did("written")
	size, err := verifySealed(ctx, temporary, ring, key.ID, sum)
	if err != nil {
		return r, fmt.Errorf("reading back what was sealed: %w", err)
	}
	e.did("read back")
	if err := errors.Join(os.Rename(temporary, path), e.cfg.FS.SyncDir(filepath.Dir(path))); err != nil {
		return r, fmt.Errorf("sealing: %w", err)
	}
	e.did("named")
	r.stale, r.path, r.key, r.bytes = r.path, name, key.ID, size
	if err = e.putKept(ctx, r); errors.Is(err, errChanged) {
		err = errors.Join(err, os.Remove(path)) // nobody knows of it
	}
	return r, err
}

// stem is the name of a recording's files without what tells them apart.
func stem(path string) string {
	dir, file := filepath.Split(path)
	file, _, _ = strings.Cut(file, ".")
	return dir + file
}

// clear removes those of a recording's files, but for the one named, that go on in such a way; they are
// left by attempts that were cut off.
func (e *Engine) clear(but, pattern string) error {
	left, err := filepath.Glob(filepath.Join(e.cfg.Folder, stem(but)+pattern))
	for _, path := range left {
		if path != filepath.Join(e.cfg.Folder, but) {
			err = errors.Join(err, os.Remove(path))
		}
	}
	return err
}

// writeSealed seals plain into a new file, makes it durable, and gives the sum of what was plain.
func writeSealed(ctx context.Context, path string, key seal.Key, plain io.Reader) (sum [sha256.Size]byte, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return sum, err
	}
	w, err := key.Seal(f)
	if err != nil {
		return sum, errors.Join(err, f.Close())
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(w, hash), &patient{ctx, plain})
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = f.Sync()
	}
	hash.Sum(sum[:0])
	return sum, errors.Join(err, f.Close())
}

// verifySealed reads a sealed file as a listener would, and gives its size.
func verifySealed(ctx context.Context, path string, ring *seal.Ring, key string, want [sha256.Size]byte) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	r, size, err := ring.Reader(f, info.Size(), key)
	if err != nil {
		return 0, err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, &patient{ctx, io.NewSectionReader(r, 0, size)}); err != nil {
		return 0, err
	}
	if [sha256.Size]byte(hash.Sum(nil)) != want {
		return 0, errors.New("it is not what was written")
	}
	return info.Size(), nil
}

// patient stops reading when the server stops.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}

// sweep removes the file that is no longer the recording's.
func (e *Engine) sweep(ctx context.Context, r row) error {
	e.did("noted")
	name, object := strings.CutPrefix(r.stale, atS3)
	if !object || name != r.path {
		if err := e.removeFile(name); err != nil {
			return err
		}
	}
	if r.state == Removed {
		// Of a conversion or sealing that was cut off as well.
		if err := e.clear(name, ".*"); err != nil {
			return err
		}
	}
	if object {
		if err := e.removeObject(ctx, name); err != nil {
			return err
		}
	}
	e.did("removed")
	if r.state == Removed {
		if err := e.cfg.Note(ctx, r.interaction, interaction.RecordingChanged{State: Removed, Detail: r.detail}); err != nil {
			return err
		}
	}
	r.stale = ""
	return e.putKept(ctx, r)
}

func (e *Engine) removeFile(name string) error {
	path := filepath.Join(e.cfg.Folder, name)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing what is not needed: %w", err)
	}
	if err := e.cfg.FS.SyncDir(filepath.Dir(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// AnySealed says whether the table knows of a sealed recording: then there is a key that must not be
// replaced by another.
func (e *Engine) AnySealed(ctx context.Context) (bool, error) {
	var found []string
	err := e.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
		found, err = db.All(tx, func(s db.Row) (id string, err error) { return id, s.Scan(&id) },
			`SELECT id FROM recording WHERE key_id <> '' AND state <> 'removed' ORDER BY tenant_id, id LIMIT 1`)
		return err
	})
	return len(found) > 0, err
}

// errChanged means that a row is not what it was: its recording was removed meanwhile.
var errChanged = errors.New("the recording was changed meanwhile")

// putKept writes the keeper's part of a row whose state is still the same.
func (e *Engine) putKept(ctx context.Context, r row) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	return e.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE recording SET path = $3, bytes = $4, format = $5, key_id = $6, place = $7, local = $8, stale = $9, kept_ms = $10, wanted = $11
			WHERE tenant_id = $1 AND id = $2 AND state = $12`,
			r.tenant, r.id, r.path, r.bytes, r.format, r.key, r.place, r.local, r.stale, db.Millis(r.kept), r.wanted, r.state)
		if err == nil && n == 0 {
			err = errChanged
		}
		return err
	})
}
