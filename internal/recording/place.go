package recording

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"linekeeper/internal/kit/db"
)

// Store is a place for sealed recordings outside the folder, as kit/blob's S3. Put leaves a whole and
// verified object or none, and may be repeated; Open gives an object of that size; Remove of what is
// not there is no error. What is missing is fs.ErrNotExist.
type Store interface {
	Put(ctx context.Context, name string, src io.ReaderAt, size int64) error
	Size(ctx context.Context, name string) (int64, error)
	Open(ctx context.Context, name string, size int64) io.ReaderAt
	Remove(ctx context.Context, name string) error
}

var errNoStore = errors.New("recordings are kept at S3, which is not set up")

// objectName is the object's name of a file.
func objectName(path string) string { return filepath.ToSlash(path) }

// named is the stale name of a row's content. Of a sealed file an object may be there even if the row
// does not say so: the process may have died between the two.
func (e *Engine) named(r row) string {
	if r.place == inS3 || r.key != "" && e.cfg.Store != nil {
		return atS3 + r.path
	}
	return r.path
}

func (e *Engine) wakeMove() {
	select {
	case e.move <- struct{}{}:
	default:
	}
}

// keepPlaced brings sealed recordings to the store and removes what is not needed, until ctx ends.
// When the store fails all wait for the next try: the pauses grow.
func (e *Engine) keepPlaced(ctx context.Context) {
	wait := retryLeast
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.move:
			if e.storeDown.Load() {
				continue
			}
		case <-timer.C:
		}
		pause := keepEvery
		if _, err := e.placeAll(ctx, e.cfg.Upload); err != nil && ctx.Err() == nil {
			pause, wait = wait, min(2*wait, retryMost)
			e.cfg.Log.Error("recordings are not where they are to be kept; it is tried again", "after", pause.String(), "error", err)
		} else {
			wait = retryLeast
		}
		timer.Reset(pause)
	}
}

// The rows the mover looks for; the conditions are those of the indexes.
const (
	staleObjects = `stale LIKE 's3:%' AND stale <> ''`
	sealedHere   = `place = 'folder' AND kept_ms > 0 AND key_id <> '' AND stale = '' AND state IN ('complete', 'partial')`
	copies       = `local AND place = 's3' AND stale = ''`
	atStore      = `place = 's3' AND stale = '' AND state IN ('complete', 'partial')`
)

// unplaced are those to be brought to the store; what is to be converted goes there afterwards.
func (e *Engine) unplaced() string {
	if e.cfg.Convert {
		return sealedHere + ` AND wanted = ''`
	}
	return sealedHere
}

// placeAll does what is to be done with the store, and says how many recordings were brought there.
func (e *Engine) placeAll(ctx context.Context, upload bool) (int, error) {
	n := 0
	err := e.eachRow(ctx, staleObjects, func(r row) error { return e.ask(e.sweep(ctx, r)) })
	if err == nil && upload {
		err = e.eachRow(ctx, e.unplaced(), func(r row) error {
			moved, err := e.upload(ctx, r)
			if moved {
				n++
			}
			return err
		})
	}
	if err == nil {
		err = e.dropCopies(ctx)
	}
	waiting, countErr := e.countWaiting(ctx, upload)
	e.waiting.Store(waiting)
	return n, errors.Join(err, countErr)
}

// ask notes how the store answered.
func (e *Engine) ask(err error) error {
	e.storeDown.Store(err != nil)
	if err != nil {
		e.storeFailures.Add(1)
	}
	return err
}

// eachRow calls f with each row of a condition, until it fails.
func (e *Engine) eachRow(ctx context.Context, where string, f func(row) error) error {
	t, last := "", ""
	for {
		var rows []row
		err := e.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
			rows, err = db.All(tx, scanRow, `SELECT `+columns+` FROM recording
				WHERE `+where+` AND (tenant_id > $1 OR tenant_id = $1 AND id > $2)
				ORDER BY tenant_id, id LIMIT $3`, t, last, keepAtOnce)
			return err
		})
		if err != nil {
			return err
		}
		for _, r := range rows {
			t, last = string(r.tenant), r.id
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := f(r); err != nil {
				return err
			}
		}
		if len(rows) < keepAtOnce {
			return nil
		}
	}
}

func (e *Engine) countWaiting(ctx context.Context, upload bool) (n int64, err error) {
	where := staleObjects
	if upload {
		where = "(" + staleObjects + ") OR (" + e.unplaced() + ")"
	}
	err = e.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
		n, err = db.One(tx, func(s db.Row) (n int64, err error) { return n, s.Scan(&n) }, `SELECT COUNT(*) FROM recording WHERE `+where)
		return err
	})
	return n, err
}

// upload brings one recording to the store. Only what concerns all is an error: a file that cannot be
// read stays waiting and is named in the log. The object's name is the file's, and a sealed file never
// changes: what is done twice after a crash gives the same.
func (e *Engine) upload(ctx context.Context, r row) (bool, error) {
	if e.cfg.Store == nil {
		return false, errNoStore
	}
	skip := func(err error) (bool, error) {
		e.cfg.Log.Error("a recording cannot be brought to S3", "file", r.path, "error", err)
		return false, nil
	}
	f, err := os.Open(filepath.Join(e.cfg.Folder, r.path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		size, err := e.cfg.Store.Size(ctx, objectName(r.path))
		if errors.Is(err, fs.ErrNotExist) || err == nil && size != r.bytes {
			return skip(errors.New("its file is missing"))
		}
		if err := e.ask(err); err != nil {
			return false, err
		}
		r.local = false
	case err != nil:
		return skip(err)
	default:
		defer f.Close()
		info, err := f.Stat()
		if err != nil || info.Size() != r.bytes {
			return skip(errors.Join(errors.New("its file is not what was sealed"), err))
		}
		if err := e.ask(e.cfg.Store.Put(ctx, objectName(r.path), f, r.bytes)); err != nil {
			return false, fmt.Errorf("bringing %s to S3: %w", r.path, err)
		}
		r.local = true
	}
	e.did("uploaded")
	r.place, r.wanted = inS3, ""
	if r.local && !e.copyStays(r) {
		r.local, r.stale = false, r.path
	}
	switch err := e.putKept(ctx, r); {
	case errors.Is(err, errChanged): // it was removed, and the object is named in the row
		return false, nil
	case err != nil:
		return false, err
	}
	e.uploaded.Add(1)
	if r.stale == "" {
		return true, nil
	}
	return true, e.sweep(ctx, r)
}

// copyStays says whether the folder keeps a copy for some days.
func (e *Engine) copyStays(r row) bool {
	return time.Since(r.started) < time.Duration(e.cfg.LocalDays)*24*time.Hour
}

// dropCopies removes the copies whose days are over.
func (e *Engine) dropCopies(ctx context.Context) error {
	return e.eachRow(ctx, copies, func(r row) error {
		if e.copyStays(r) {
			return nil
		}
		r.local, r.stale = false, r.path
		if err := e.putKept(ctx, r); err != nil {
			if errors.Is(err, errChanged) {
				return nil
			}
			return err
		}
		return e.sweep(ctx, r)
	})
}

func (e *Engine) removeObject(ctx context.Context, name string) error {
	if e.cfg.Store == nil {
		return errNoStore
	}
	if err := e.cfg.Store.Remove(ctx, objectName(name)); err != nil {
		return fmt.Errorf("removing %s from S3: %w", name, err)
	}
	return nil
}

// MoveToStore brings every sealed recording to the store, and says how many; the server does not run.
func (e *Engine) MoveToStore(ctx context.Context) (int, error) { return e.placeAll(ctx, true) }

// MoveToFolder brings every recording back from the store and removes it there; the server does not
// run. It may be cut off and run again.
func (e *Engine) MoveToFolder(ctx context.Context) (int, error) {
	if e.cfg.Store == nil {
		return 0, errNoStore
	}
	n := 0
	err := e.eachRow(ctx, atStore, func(r row) error {
		if err := e.fetch(ctx, r); err != nil {
			return fmt.Errorf("bringing %s back from S3: %w", r.path, err)
		}
		r.place, r.local, r.stale = inFolder, false, atS3+r.path
		if err := e.putKept(ctx, r); err != nil {
			return err
		}
		n++
		return nil
	})
	return n, errors.Join(err, e.eachRow(ctx, staleObjects, func(r row) error { return e.sweep(ctx, r) }))
}

// fetch writes an object to the folder, if it is not there already: every part of it can be opened.
func (e *Engine) fetch(ctx context.Context, r row) error {
	if e.cfg.Keys == nil {
		return errors.New("there are no keys to verify it with")
	}
	ring, err := e.cfg.Keys()
	if err != nil {
		return err
	}
	path := filepath.Join(e.cfg.Folder, r.path)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temporary := path + ".new"
	f, err := os.OpenFile(temporary, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	object := e.cfg.Store.Open(ctx, objectName(r.path), r.bytes)
	if _, err := io.Copy(f, &patient{ctx, io.NewSectionReader(object, 0, r.bytes)}); err != nil {
		return err
	}
	plain, size, err := ring.Reader(f, r.bytes, r.key)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, &patient{ctx, io.NewSectionReader(plain, 0, size)}); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return errors.Join(os.Rename(temporary, path), e.cfg.FS.SyncDir(filepath.Dir(path)))
}
