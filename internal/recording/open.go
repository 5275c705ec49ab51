package recording

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/seal"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// File is a recording to be heard: its plain content, wherever it is kept and however. Parts may be
// read in any order and concurrently; a part that was damaged is an error and never other sound.
type File struct {
	io.ReaderAt
	Size   int64
	Format project.Format
	close  func() error
}

// Close ends the reading.
func (f *File) Close() error { return f.close() }

// Open opens a recording, to be read as long as ctx lives. A missing file is a fault of kind NotFound, a missing key Unavailable.
func (e *Engine) Open(ctx context.Context, t tenant.ID, id string) (*File, error) {
	for try := 1; ; try++ {
		var r row
		err := e.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
			r, err = db.One(tx, scanRow, `SELECT `+columns+` FROM recording WHERE tenant_id = $1 AND id = $2`, t, id)
			return err
		})
		if err != nil {
			return nil, err
		}
		if r.state == Removed {
			return nil, fault.NotFound.New("This recording was removed: %s.", r.detail)
		}
		f, err := e.openFile(ctx, r)
		if try == 1 && errors.Is(err, fs.ErrNotExist) {
			continue // it may have been sealed between the row and the file
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fault.NotFound.Wrap(err, "The recording's file %s is missing.", r.path)
		case errors.Is(err, seal.ErrNoKeys), errors.Is(err, seal.ErrUnknownKey):
			return nil, fault.Unavailable.Wrap(err, "The key %s this recording is sealed with is not there.", r.key)
		case r.place == inS3 && err != nil:
			return nil, fault.Unavailable.Wrap(err, "The recording is kept at S3, and cannot be had from there now.")
		case err != nil:
			return nil, fault.Unavailable.Wrap(err, "The recording's file %s cannot be opened.", r.path)
		}
		return f, nil
	}
}

// Of finds the first recording of an interaction that can be heard; a fault of kind NotFound: there is none.
func (e *Engine) Of(ctx context.Context, t tenant.ID, of interaction.ID) (id string, err error) {
	err = e.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
		id, err = db.One(tx, db.Scalar[string], `SELECT id FROM recording WHERE tenant_id = $1 AND interaction_id = $2
			AND state IN ($3, $4) ORDER BY started_ms, id LIMIT 1`, t, of, Complete, Partial)
		return err
	})
	return id, err
}

// openFile opens the file in the folder, or the object.
func (e *Engine) openFile(ctx context.Context, r row) (*File, error) {
	if !filepath.IsLocal(r.path) {
		return nil, errors.New("the path leads out of the data folder")
	}
	if r.place == inFolder || r.local {
		f, err := e.openLocal(r)
		// An object of it may be there already, if the disk was lost or a copy of the database is older.
		if err == nil || !errors.Is(err, fs.ErrNotExist) || e.cfg.Store == nil || r.key == "" {
			return f, err
		}
	}
	if e.cfg.Store == nil {
		return nil, errNoStore
	}
	out := &File{e.cfg.Store.Open(ctx, objectName(r.path), r.bytes), r.bytes, r.format, func() error { return nil }}
	return e.unseal(out, r)
}

func (e *Engine) openLocal(r row) (*File, error) {
	f, err := os.Open(filepath.Join(e.cfg.Folder, r.path))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return e.unseal(&File{f, info.Size(), r.format, f.Close}, r)
}

// unseal takes the seal off what was opened, and closes it if it cannot.
func (e *Engine) unseal(out *File, r row) (*File, error) {
	if r.key == "" {
		return out, nil
	}
	if e.cfg.Keys == nil {
		return nil, errors.Join(seal.ErrNoKeys, out.close())
	}
	ring, err := e.cfg.Keys()
	if err != nil {
		return nil, errors.Join(err, out.close())
	}
	if out.ReaderAt, out.Size, err = ring.Reader(out.ReaderAt, out.Size, r.key); err != nil {
		return nil, errors.Join(err, out.close())
	}
	return out, nil
}
