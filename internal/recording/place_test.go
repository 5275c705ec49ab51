package recording

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
)

// folderStore is a store that outlives the process; a file named down makes it unreachable.
type folderStore string

func stored(e *Engine, folder string) {
	if folder != "" {
		e.cfg.Store, e.cfg.Upload = folderStore(folder), true
	}
}

var errDown = errors.New("no route to host")

func (s folderStore) file(name string) (string, error) {
	if _, err := os.Stat(filepath.Join(string(s), "..", "down")); err == nil {
		return "", errDown
	}
	return filepath.Join(string(s), strings.ReplaceAll(name, "/", "_")), nil
}

func (s folderStore) down(t *testing.T, yes bool) {
	t.Helper()
	name := filepath.Join(string(s), "..", "down")
	err := os.Remove(name)
	if yes {
		err = os.WriteFile(name, nil, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (s folderStore) Put(_ context.Context, name string, src io.ReaderAt, size int64) error {
	path, err := s.file(name)
	if err != nil {
		return err
	}
	b, err := io.ReadAll(io.NewSectionReader(src, 0, size))
	return errors.Join(err, os.WriteFile(path+".new", b, 0o600), os.Rename(path+".new", path))
}

func (s folderStore) Size(_ context.Context, name string) (int64, error) {
	path, err := s.file(name)
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (s folderStore) Open(_ context.Context, name string, _ int64) io.ReaderAt {
	path, err := s.file(name)
	if err == nil {
		var b []byte
		if b, err = os.ReadFile(path); err == nil {
			return bytes.NewReader(b)
		}
	}
	return broken{err}
}

type broken struct{ err error }

func (b broken) ReadAt([]byte, int64) (int, error) { return 0, b.err }

func (s folderStore) Remove(_ context.Context, name string) error {
	path, err := s.file(name)
	if err == nil {
		if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	return err
}

func (s folderStore) objects(t *testing.T) int {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(string(s), "*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// placed is an engine with a store, and a function that does what the keeper does.
func placed(t *testing.T, d *db.DB, days int) (*Engine, folderStore, func() error) {
	t.Helper()
	e, _ := engine(t, d, t.TempDir())
	keyed(t, e, filepath.Join(t.TempDir(), "keys.txt"))
	store := folderStore(filepath.Join(t.TempDir(), "bucket"))
	if err := os.Mkdir(string(store), 0o700); err != nil {
		t.Fatal(err)
	}
	stored(e, string(store))
	e.cfg.LocalDays = days
	return e, store, func() error {
		t.Helper()
		if err := e.keepAll(t.Context(), map[string]*attempt{}); err != nil {
			t.Fatal(err)
		}
		_, err := e.placeAll(t.Context(), e.cfg.Upload)
		return err
	}
}

func files(t *testing.T, e *Engine) int {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(e.cfg.Folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// TestSealedRecordingsGoToTheStore holds that a store that is away loses nothing, that what is there is
// heard from there, and that it comes back when asked for.
func TestSealedRecordingsGoToTheStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		e, store, keep := placed(t, d, 0)
		plain := recorded(t, e, "a", 200_000)
		store.down(t, true)
		if err := keep(); !errors.Is(err, errDown) {
			t.Fatalf("got %v", err)
		}
		if s := e.Stats(); !s.StoreDown || s.Waiting != 1 || s.Unsealed != 0 || s.StoreFailures == 0 || !bytes.Equal(heard(t, e, "a"), plain) {
			t.Errorf("while it is away: %+v", s)
		}
		store.down(t, false)
		if err := keep(); err != nil {
			t.Fatal(err)
		}
		r := only(t, d)
		if s := e.Stats(); s.StoreDown || s.Waiting != 0 || s.Uploaded != 1 || r.place != inS3 || r.stale != "" || store.objects(t) != 1 || files(t, e) != 0 {
			t.Errorf("stats %+v, row %+v, %d objects, %d files", s, r, store.objects(t), files(t, e))
		}
		if !bytes.Equal(heard(t, e, "a"), plain) {
			t.Error("what is heard is not what was recorded")
		}
		store.down(t, true)
		if _, err := e.Open(t.Context(), "t", "a"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("while it is away: got %v", err)
		}
		store.down(t, false)
		if n, err := e.MoveToFolder(t.Context()); n != 1 || err != nil {
			t.Fatalf("moved %d, %v", n, err)
		}
		if r := only(t, d); r.place != inFolder || r.stale != "" || store.objects(t) != 0 || files(t, e) != 1 || !bytes.Equal(heard(t, e, "a"), plain) {
			t.Errorf("brought back: row %+v, %d objects, %d files", r, store.objects(t), files(t, e))
		}
		if n, err := e.MoveToStore(t.Context()); n != 1 || err != nil || store.objects(t) != 1 {
			t.Errorf("and there again: %d, %v", n, err)
		}
	})
}

// TestCopiesStayForSomeDays holds recording-local-days, and that a lost copy is no lost recording.
func TestCopiesStayForSomeDays(t *testing.T) {
	d := dbtest.SQLite(t)
	e, store, keep := placed(t, d, 2)
	plain := recorded(t, e, "a", 1000)
	if err := keep(); err != nil {
		t.Fatal(err)
	}
	if r := only(t, d); !r.local || r.place != inS3 || files(t, e) != 1 || store.objects(t) != 1 {
		t.Fatalf("row %+v, %d files, %d objects", r, files(t, e), store.objects(t))
	}
	store.down(t, true)
	if !bytes.Equal(heard(t, e, "a"), plain) {
		t.Error("the copy is not heard")
	}
	store.down(t, false)
	if err := os.Remove(filepath.Join(e.cfg.Folder, only(t, d).path)); err != nil || !bytes.Equal(heard(t, e, "a"), plain) {
		t.Errorf("without the copy: %v", err)
	}
	e.cfg.LocalDays = 0
	if err := keep(); err != nil {
		t.Fatal(err)
	}
	if r := only(t, d); r.local || files(t, e) != 0 || !bytes.Equal(heard(t, e, "a"), plain) {
		t.Errorf("row %+v, %d files", r, files(t, e))
	}
}

// TestAnObjectWithoutItsRow is a process that died between the object and the row, and then an older
// copy of the database or a lost disk: the object is found; and retention removes it.
func TestAnObjectWithoutItsRow(t *testing.T) {
	d := dbtest.SQLite(t)
	e, store, keep := placed(t, d, 0)
	plain := recorded(t, e, "a", 1000)
	if err := keep(); err != nil {
		t.Fatal(err)
	}
	back := func(set string) {
		t.Helper()
		if err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(`UPDATE recording SET ` + set); return err }); err != nil {
			t.Fatal(err)
		}
	}
	back(`place = 'folder'`)
	if !bytes.Equal(heard(t, e, "a"), plain) {
		t.Error("the object is not heard")
	}
	if err := keep(); err != nil || only(t, d).place != inS3 || store.objects(t) != 1 {
		t.Errorf("%v, row %+v", err, only(t, d))
	}
	back(`place = 'folder'`)
	store.down(t, true)
	if gone, err := e.expire(t.Context(), Expired{Tenant: "t", ID: "a", Interaction: "i-a", Days: 7}); !gone || err != nil {
		t.Fatalf("expiring: %v, %v", gone, err)
	}
	if err := keep(); !errors.Is(err, errDown) || e.Stats().Waiting != 1 {
		t.Errorf("got %v", err)
	}
	store.down(t, false)
	if err := keep(); err != nil || store.objects(t) != 0 || only(t, d).stale != "" || e.Stats().Waiting != 0 {
		t.Errorf("%v, %d objects, row %+v", err, store.objects(t), only(t, d))
	}
}

// TestKeepMoves runs the keeper itself.
func TestKeepMoves(t *testing.T) {
	d := dbtest.SQLite(t)
	e, store, _ := placed(t, d, 0)
	recorded(t, e, "a", 1000)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.Keep(ctx)
	}()
	deadline := time.Now().Add(20 * time.Second)
	for only(t, d).place != inS3 || only(t, d).stale != "" {
		if time.Now().After(deadline) {
			t.Fatalf("row %+v", only(t, d))
		}
	}
	stop()
	<-done
	if store.objects(t) != 1 || files(t, e) != 0 {
		t.Errorf("%d objects, %d files", store.objects(t), files(t, e))
	}
}

// TestKilledWhileMoving is TestKilledWhileSealing with a store behind it.
func TestKilledWhileMoving(t *testing.T) {
	t.Parallel()
	killed(t, "store", 8)
}
