package media_test

import (
	"bytes"
	"errors"
	"io/fs"
	"sync"
	"time"

	"linekeeper/internal/media"
)

var errFull = errors.New("no space left on device")

// memFS is a file system in memory with a size, whose files remember what was synced.
type memFS struct {
	mu    sync.Mutex
	files map[string]*memFile
	full  int64 // bytes a file may hold; 0: any
	slow  time.Duration
	hangs func(path string) bool // writing waits while it says so; nil: never
	dirs  int                    // SyncDir calls
}

func newMemFS() *memFS { return &memFS{files: map[string]*memFile{}} }

func (m *memFS) Create(path string) (media.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files[path] != nil {
		return nil, fs.ErrExist
	}
	f := &memFile{fs: m, path: path}
	m.files[path] = f
	return f, nil
}

func (m *memFS) Open(path string) (media.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files[path] == nil {
		return nil, fs.ErrNotExist
	}
	return m.files[path], nil
}

func (m *memFS) SyncDir(string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dirs++
	return nil
}

func (m *memFS) put(path string, b []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[path] = &memFile{fs: m, b: append([]byte(nil), b...)}
}

func (m *memFS) bytes(path string) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]byte(nil), m.files[path].b...)
}

type memFile struct {
	fs    *memFS
	path  string
	b     []byte
	syncs int
}

func (f *memFile) ReadAt(b []byte, at int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return bytes.NewReader(f.b).ReadAt(b, at)
}

func (f *memFile) WriteAt(b []byte, at int64) (int, error) {
	for f.fs.hangs != nil && f.fs.hangs(f.path) {
		time.Sleep(10 * time.Millisecond)
	}
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	end := at + int64(len(b))
	if f.fs.full > 0 && end > f.fs.full {
		return 0, errFull
	}
	for int64(len(f.b)) < end {
		f.b = append(f.b, 0)
	}
	return copy(f.b[at:], b), nil
}

func (f *memFile) Close() error { return nil }

func (f *memFile) Size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return int64(len(f.b)), nil
}

func (f *memFile) Truncate(n int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	f.b = f.b[:n]
	return nil
}

func (f *memFile) Sync() error {
	f.fs.mu.Lock()
	slow := f.fs.slow
	f.syncs++
	f.fs.mu.Unlock()
	time.Sleep(slow)
	return nil
}
