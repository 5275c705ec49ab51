// Package slate keeps the latest value of each of some keys in a file, for the next process: what is put
// survives the end of the process however it comes, kill -9 included. It is cheap enough to be written
// all the time. It does not survive a power failure; for that there is the database. Values are sealed:
// without the Lock the file tells its keys, and how long and how many the values are.
package slate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// room is how far the file may grow beyond four times what it holds before it is written anew.
const room = 4 << 20

// Slate is the file. Safe for concurrent use.
type Slate struct {
	path    string
	refused map[string]error // of the earlier process; not changed after Open

	mu     sync.Mutex
	file   *os.File // nil: there is none, and the next Put writes everything
	closed bool
	latest map[string][]byte
	held   int // bytes of latest
	size   int // of the file
	buf    []byte
	sealer sealer
}

// Open reads what an earlier process left at a path and begins anew with it, under a key of its own. What
// was half written when that process died is not there; its earlier value is. What cannot be opened is
// told by Refused, and no earlier value of the same key is given in its place. There must be one process
// at a time.
func Open(path string, lock Lock) (*Slate, error) {
	s := &Slate{path: path, latest: map[string][]byte{}, refused: map[string]error{}}
	f, err := os.Open(path)
	if err == nil {
		err = s.read(f, lock)
		err = errors.Join(err, f.Close())
	} else if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if s.sealer, err = newSealer(lock); err != nil {
		return nil, fmt.Errorf("writing %s: %w", path, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.rewrite(); err != nil {
		return nil, err
	}
	return s, nil
}

// read takes entries until the end or until nothing more can be found in it.
func (s *Slate) read(f io.Reader, lock Lock) error {
	in := bufio.NewReaderSize(f, 1<<16)
	o := opener{lock: lock}
	for {
		e, err := next(in)
		if errors.Is(err, errCut) || errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, ErrDamaged) {
			return err
		}
		if err == nil && e.kind == keyEntry {
			o.use(e.value)
			continue
		}
		var value []byte
		if err == nil && e.kind != goneEntry {
			value, err = o.open(e)
		}
		s.keep(e.key, value)
		delete(s.refused, e.key)
		if err != nil {
			s.refused[e.key] = err
		}
	}
}

// Refused are the keys whose values could not be opened when the file was read, and why. The map must
// not be changed.
func (s *Slate) Refused() map[string]error { return s.refused }

// keep takes over a value; nil forgets the key.
func (s *Slate) keep(key string, value []byte) {
	if old, ok := s.latest[key]; ok {
		s.held -= size(key, old)
	}
	if value == nil {
		delete(s.latest, key)
		return
	}
	s.latest[key] = value
	s.held += size(key, value)
}

// All are the values there are now. They must not be changed.
func (s *Slate) All() map[string][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[string][]byte, len(s.latest))
	for k, v := range s.latest {
		all[k] = v
	}
	return all
}

// Put sets a value, which must not be changed later; nil forgets the key. After an error the next process
// finds nothing at all rather than older values, until a later Put succeeds.
func (s *Slate) Put(key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("writing %s: %w", s.path, os.ErrClosed)
	}
	if _, known := s.latest[key]; value == nil && !known {
		return nil
	}
	s.keep(key, value)
	if s.file == nil || s.size > 4*s.held+room {
		return s.rewrite()
	}
	s.buf = s.append(s.buf[:0], key, value)
	n, err := s.file.Write(s.buf)
	s.size += n
	if err != nil { // what is half written would hide all that follows
		if s.rewrite() != nil {
			return fmt.Errorf("writing %s: %w", s.path, err)
		}
	}
	return nil
}

// append writes an entry.
func (s *Slate) append(b []byte, key string, value []byte) []byte {
	if value == nil {
		return appendEntry(b, entry{goneEntry, key, nil})
	}
	return s.sealer.append(b, key, value)
}

// rewrite replaces the file by one with the latest values only. Without success there is none: nobody shall
// go on with what is no longer so. mu is held.
func (s *Slate) rewrite() (err error) {
	defer func() {
		if err != nil {
			s.drop()
		}
	}()
	f, err := os.CreateTemp(filepath.Dir(s.path), filepath.Base(s.path)+"-*.new") // mode 0600
	if err != nil {
		return fmt.Errorf("writing %s: %w", s.path, err)
	}
	b := appendEntry(nil, entry{keyEntry, "", s.sealer.wrapped})
	for k, v := range s.latest {
		b = s.append(b, k, v)
	}
	if _, err = f.Write(b); err == nil {
		err = os.Rename(f.Name(), s.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", s.path, err), f.Close(), os.Remove(f.Name()))
	}
	if s.file != nil {
		_ = s.file.Close() // it has no name any more
	}
	s.file, s.size = f, len(b)
	return nil
}

// drop takes the file away; that needs no room on the disk. mu is held.
func (s *Slate) drop() {
	if s.file != nil {
		_ = s.file.Truncate(0)
		_ = s.file.Close()
		s.file = nil
	}
	_ = os.Remove(s.path)
}

// Close ends the writing; the file stays.
func (s *Slate) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return f.Close()
}
