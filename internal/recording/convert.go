package recording

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/seal"
	"linekeeper/internal/media/ogg"
	"linekeeper/internal/media/opusfile"
	"linekeeper/internal/media/wav"
	"linekeeper/internal/project"
)

// errSpoilt means that a recording can never be converted; it stays what it is.
var errSpoilt = errors.New("it stays as it is")

// wants is what a recording is to be converted to; empty: nothing.
func (e *Engine) wants(ctx context.Context, r row) (f project.Format, err error) {
	if !e.cfg.Convert {
		return "", nil
	}
	err = e.cfg.DB.Read(ctx, func(tx *db.Tx) error {
		f = project.Opus
		p, err := project.Get(tx, r.tenant, r.project)
		if err == nil {
			f = p.RecordingFormat
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
		return nil
	})
	if f == r.format || f != project.Opus {
		f = ""
	}
	return f, err
}

func (e *Engine) wakeConvert() {
	select {
	case e.turn <- struct{}{}:
	default:
	}
}

// keepConverted converts what is to be, one after another, until ctx ends. What fails for the moment, such
// as a full disk, is tried again: the pauses grow.
func (e *Engine) keepConverted(ctx context.Context) {
	if !e.cfg.Convert {
		return
	}
	wait := retryLeast
	timer := time.NewTimer(0)
	defer timer.Stop()
	for failed := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-e.turn:
			if failed {
				continue
			}
		case <-timer.C:
		}
		pause := keepEvery
		err := e.convertAll(ctx)
		if failed = err != nil && ctx.Err() == nil; failed {
			pause, wait = wait, min(2*wait, retryMost)
			e.cfg.Log.Error("recordings are not converted and stay WAV; it is tried again", "after", pause.String(), "error", err)
		} else {
			wait = retryLeast
		}
		timer.Reset(pause)
	}
}

const unconverted = `wanted <> '' AND kept_ms > 0 AND stale = '' AND place = 'folder' AND state IN ('complete', 'partial')`

func (e *Engine) convertAll(ctx context.Context) error {
	var failed error
	err := e.eachRow(ctx, unconverted, func(r row) error {
		if e.busy(r.interaction) {
			return nil
		}
		err := e.convertOne(ctx, r)
		if err == nil || ctx.Err() == nil && !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
			failed = cmp.Or(failed, err)
			return nil
		}
		return err
	})
	var n int64
	countErr := e.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
		n, err = db.One(tx, func(s db.Row) (n int64, err error) { return n, s.Scan(&n) }, `SELECT COUNT(*) FROM recording WHERE `+unconverted)
		return err
	})
	e.unconverted.Store(n)
	return errors.Join(err, failed, countErr)
}

// convertOne converts a recording, or notes that it cannot be. An error is worth another try.
func (e *Engine) convertOne(ctx context.Context, r row) error {
	began := time.Now()
	next, err := e.convert(ctx, r)
	switch {
	case errors.Is(err, errChanged):
		return nil // it was removed
	case errors.Is(err, errSpoilt) && ctx.Err() == nil:
		e.spoilt.Add(1)
		e.cfg.Log.Error("a recording is not converted", "file", r.path, "error", err)
		r.wanted = ""
		if err := e.putKept(ctx, r); err != nil && !errors.Is(err, errChanged) {
			return err
		}
		e.wakeMove()
		return nil
	case err != nil:
		return fmt.Errorf("converting %s: %w", r.path, err)
	}
	e.converted.Add(1)
	e.cfg.Log.Debug("a recording was converted", "file", next.path, "from_bytes", r.bytes, "bytes", next.bytes, "took", time.Since(began))
	defer e.wakeMove()
	if next.stale != r.path { // perhaps an object, which is the mover's; the file goes now
		return e.removeFile(r.path)
	}
	return e.sweep(ctx, next)
}

// convert writes the file in the wanted format, reads it back, puts it in place and into the row. Until
// then nothing is changed, and what it wrote is removed when it fails.
func (e *Engine) convert(ctx context.Context, r row) (next row, err error) {
	if err := e.clear(r.path, ".*opus*"); err != nil {
		return r, err
	}
	src, sound, err := e.openSound(r)
	if err != nil {
		return r, err
	}
	defer src.Close()
	next, key, err := e.sealedAs(r)
	if err != nil {
		return r, err
	}
	path := filepath.Join(e.cfg.Folder, next.path)
	temporary := path + ".new"
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(temporary))
		}
	}()
	pace := e.pace(ctx)
	e.did("converting")
	var outline *opusfile.Outline
	sum, err := writeFileBy(temporary, key, func(w io.Writer) (err error) {
		outline, err = opusfile.Convert(w, sound, serial(r.id), e.comments(r), pace)
		return err
	})
	if err != nil {
		return r, spoilt(err)
	}
	e.did("converted")
	if next.bytes, err = e.verifyConverted(temporary, next, sum, outline, pace); err != nil {
		return r, spoilt(err)
	}
	e.did("verified")
	if err := errors.Join(os.Rename(temporary, path), e.cfg.FS.SyncDir(filepath.Dir(path))); err != nil {
		return r, err
	}
	e.did("put in place")
	if err := e.putKept(ctx, next); err != nil {
		if errors.Is(err, errChanged) {
			err = errors.Join(err, os.Remove(path)) // nobody knows of it
		}
		return r, err
	}
	return next, nil
}

// openSound opens the file to be converted. What is not there or damaged stays so.
func (e *Engine) openSound(r row) (*File, *wav.Reader, error) {
	src, err := e.openLocal(r)
	if errors.Is(err, seal.ErrNoKeys) || errors.Is(err, seal.ErrUnknownKey) {
		return nil, nil, err
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errSpoilt, err)
	}
	sound, err := wav.NewReader(src, src.Size)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%w: %w", errSpoilt, err), src.Close())
	}
	return src, sound, nil
}

// spoilt tells what another try does not change.
func spoilt(err error) error {
	if errors.Is(err, opusfile.ErrSource) || errors.Is(err, opusfile.ErrDiffers) || errors.Is(err, ogg.ErrFormat) {
		return fmt.Errorf("%w: %w", errSpoilt, err)
	}
	return err
}

// sealedAs is the row of the converted file, which is sealed if the original is; the key's zero value
// seals nothing.
func (e *Engine) sealedAs(r row) (row, seal.Key, error) {
	next := r
	next.format, next.wanted, next.stale = r.wanted, "", e.named(r)
	next.path = stem(r.path) + "." + string(r.wanted)
	if r.key == "" {
		return next, seal.Key{}, nil
	}
	ring, err := e.cfg.Keys()
	if err != nil {
		return next, seal.Key{}, err
	}
	key, err := ring.Current()
	next.key = key.ID
	next.path = stem(r.path) + "." + key.ID + "." + string(r.wanted) + ".age"
	return next, key, err
}

// writeFileBy makes a durable file of what write writes, sealed with a key that has an id, and gives the
// sum of what was plain.
func writeFileBy(path string, key seal.Key, write func(io.Writer) error) (sum [sha256.Size]byte, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var w io.Writer = f
	end := func() error { return nil }
	if key.ID != "" {
		sealed, err := key.Seal(f)
		if err != nil {
			return sum, err
		}
		w, end = sealed, sealed.Close
	}
	hash := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(w, hash), 64<<10)
	if err := write(buffered); err != nil {
		return sum, err
	}
	if err := buffered.Flush(); err != nil {
		return sum, err
	}
	if err := end(); err != nil {
		return sum, err
	}
	hash.Sum(sum[:0])
	return sum, f.Sync()
}

// verifyConverted reads the file as a listener would, decodes it, and gives its size.
func (e *Engine) verifyConverted(path string, r row, want [sha256.Size]byte, outline *opusfile.Outline, pace func() error) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	r.path += ".new"
	f, err := e.openLocal(r)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	hash := sha256.New()
	all := io.TeeReader(io.NewSectionReader(f, 0, f.Size), hash)
	if err := opusfile.Verify(bufio.NewReaderSize(all, 64<<10), outline, pace); err != nil {
		return 0, err
	}
	if [sha256.Size]byte(hash.Sum(nil)) != want {
		return 0, fmt.Errorf("%w: it is not what was written", opusfile.ErrDiffers)
	}
	return info.Size(), nil
}

// serial is a number for a stream: files of different recordings may be joined.
func serial(id string) uint32 {
	h := fnv.New32a()
	_, _ = io.WriteString(h, id)
	return h.Sum32()
}

// comments say of what a file is, wherever it gets to; marks as "from-to why" in seconds.
func (e *Engine) comments(r row) []ogg.Comment {
	all := []ogg.Comment{
		{Name: "INTERACTION", Text: string(r.interaction)},
		{Name: "RECORDING", Text: r.id},
		{Name: "DATE", Text: r.started.UTC().Format("2006-01-02T15:04:05.000Z")},
		{Name: "CHANNELS", Text: "left: customer, right: agent"},
	}
	for _, m := range r.marks {
		all = append(all, ogg.Comment{Name: "MARK", Text: fmt.Sprintf("%.3f-%.3f %s", m.From.Seconds(), m.To.Seconds(), m.Why)})
	}
	return all
}

// pace gives what is called between stretches of work: it rests as long as was worked, so that converting
// takes half a processor from calls, and ends with ctx.
func (e *Engine) pace(ctx context.Context) func() error {
	began := time.Now()
	return func() error {
		rest := time.NewTimer(time.Since(began))
		defer rest.Stop()
		select {
		case <-rest.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		began = time.Now()
		return nil
	}
}
