// Package slate keeps the latest value of each of some keys in a file, for the next process: what is put
// survives the end of the process however it comes, kill -9 included. It is cheap enough to be written
// all the time. It does not survive a power failure; for that there is the database.
package slate

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"sync"
)

const (
	// room is how far the file may grow beyond four times what it holds before it is written anew.
	room = 4 << 20
	// entryLimit bounds one entry: more is damage.
	entryLimit = 16 << 20
)

// Slate is the file. Safe for concurrent use.
type Slate struct {
	path string

	mu     sync.Mutex
	file   *os.File // nil: closed
	latest map[string][]byte
	held   int // bytes of latest
	size   int // of the file
	buf    []byte
}

// Open reads what an earlier process left at a path and begins anew with it. What was half written when
// that process died is not there; its earlier value is. There must be one process at a time.
func Open(path string) (*Slate, error) {
	s := &Slate{path: path, latest: map[string][]byte{}}
	f, err := os.Open(path)
	if err == nil {
		err = s.read(f)
		err = errors.Join(err, f.Close())
	} else if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if err := s.rewrite(); err != nil {
		return nil, err
	}
	return s, nil
}

// read takes entries until the end or the first damage.
func (s *Slate) read(f io.Reader) error {
	in := bufio.NewReaderSize(f, 1<<16)
	for {
		key, value, err := next(in)
		if errors.Is(err, errDamage) || errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		s.keep(key, value)
	}
}

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

// Put sets a value, which must not be changed later; nil forgets the key. An error means that the next
// process finds an older value or none.
func (s *Slate) Put(key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return fmt.Errorf("writing %s: %w", s.path, os.ErrClosed)
	}
	if _, known := s.latest[key]; value == nil && !known {
		return nil
	}
	s.keep(key, value)
	if s.size > 4*s.held+room {
		return s.rewrite()
	}
	s.buf = appendEntry(s.buf[:0], key, value)
	n, err := s.file.Write(s.buf)
	s.size += n
	if err != nil { // what is half written would hide all that follows
		return errors.Join(fmt.Errorf("writing %s: %w", s.path, err), s.rewrite())
	}
	return nil
}

// rewrite replaces the file by one with the latest values only.
func (s *Slate) rewrite() error {
	f, err := os.CreateTemp(filepath.Dir(s.path), filepath.Base(s.path)+"-*.new") // mode 0600
	if err != nil {
		return fmt.Errorf("writing %s: %w", s.path, err)
	}
	var b []byte
	for k, v := range s.latest {
		b = appendEntry(b, k, v)
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

// Close ends the writing; the file stays.
func (s *Slate) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return f.Close()
}

// An entry is the length of what follows the checksum, the checksum (CRC-32, Castagnoli), a byte that is 1
// when there is a value, the key's length, the key, the value. Numbers are big-endian and 4 bytes long.
const headBytes, fixedBytes = 8, 5

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func size(key string, value []byte) int { return headBytes + fixedBytes + len(key) + len(value) }

func appendEntry(b []byte, key string, value []byte) []byte {
	start := len(b)
	b = binary.BigEndian.AppendUint32(b, uint32(fixedBytes+len(key)+len(value)))
	b = binary.BigEndian.AppendUint32(b, 0)
	there := byte(1)
	if value == nil {
		there = 0
	}
	b = append(b, there)
	b = binary.BigEndian.AppendUint32(b, uint32(len(key)))
	b = append(append(b, key...), value...)
	binary.BigEndian.PutUint32(b[start+4:], crc32.Checksum(b[start+headBytes:], castagnoli))
	return b
}

var errDamage = errors.New("damaged entry")

// next reads an entry; its value is nil when the key is forgotten.
func next(in io.Reader) (key string, value []byte, err error) {
	var head [headBytes]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = errDamage
		}
		return "", nil, err
	}
	long := binary.BigEndian.Uint32(head[:])
	if long < fixedBytes || long > entryLimit {
		return "", nil, errDamage
	}
	var body bytes.Buffer // grows as there is something, whatever the length says
	if n, err := io.CopyN(&body, in, int64(long)); err != nil {
		if n < int64(long) && errors.Is(err, io.EOF) {
			err = errDamage
		}
		return "", nil, err
	}
	b := body.Bytes()
	keyLong := binary.BigEndian.Uint32(b[1:])
	if crc32.Checksum(b, castagnoli) != binary.BigEndian.Uint32(head[4:]) || int64(keyLong) > int64(len(b)-fixedBytes) {
		return "", nil, errDamage
	}
	key = string(b[fixedBytes : fixedBytes+keyLong])
	if b[0] != 0 {
		value = append([]byte{}, b[fixedBytes+keyLong:]...)
	}
	return key, value, nil
}
