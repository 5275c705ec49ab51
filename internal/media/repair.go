package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"linekeeper/internal/media/wav"
)

// neverWritten is how many zero bytes in a row at the end of a file cannot be sound: G.711 has zero
// as its loudest negative sample. A file system may leave such a tail after a power cut, when the new
// size was durable before the data.
const neverWritten = 256

// Repair makes the file of a crashed process playable: it completes the header from the file's size
// and cuts off what was never written. A sound file is left alone, and so is one that is not ours: an
// error. It says how much sound there is.
func Repair(fs FS, path string) (time.Duration, error) { return RepairMarked(fs, path, nil) }

// RepairMarked is Repair that writes these marks into a file that lacks its end; an open one ends with
// the sound.
func RepairMarked(fs FS, path string, marks []Mark) (time.Duration, error) {
	f, err := fs.Open(path)
	if err != nil {
		return 0, err
	}
	d, err := repair(f, marks)
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, fmt.Errorf("repairing recording %s: %w", path, err)
	}
	return d, nil
}

func repair(f File, marks []Mark) (time.Duration, error) {
	size, err := f.Size()
	if err != nil {
		return 0, err
	}
	if size < wav.HeaderSize { // cut within the header: there never was sound
		return 0, finishFile(f, format(PCMU()), 0, nil)
	}
	w, err := wav.NewReader(f, size)
	if err != nil {
		return 0, err
	}
	if w.Offset != wav.HeaderSize || (w.Format != format(PCMU()) && w.Format != format(PCMA())) {
		return 0, fmt.Errorf("%w: not one of our recordings", wav.ErrFormat)
	}
	end := wav.HeaderSize + w.Frames*recordFrame
	if w.Complete {
		whole, ours, err := tail(f, end, size)
		if err != nil || whole && (end < size || len(toFrames(marks, w.Frames)) == 0) {
			return w.Duration(), err
		}
		if !ours {
			return 0, fmt.Errorf("%w: bytes after the end", wav.ErrFormat)
		}
	} else {
		if end, err = soundEnd(f, size); err != nil {
			return 0, err
		}
		w.Frames = (end - wav.HeaderSize) / recordFrame
		end = wav.HeaderSize + w.Frames*recordFrame
	}
	if end != size {
		if err := f.Truncate(end); err != nil {
			return 0, err
		}
	}
	return w.Duration(), finishFile(f, w.Format, w.Frames, marks)
}

// tail looks at what follows the sound of a complete file: whole is what the header says, ours are
// marks of a process that died while it wrote or removed them.
func tail(f File, end, size int64) (whole, ours bool, err error) {
	var b [8]byte
	if _, err := f.ReadAt(b[:], 0); err != nil {
		return false, false, err
	}
	said := 8 + int64(binary.LittleEndian.Uint32(b[4:]))
	if said == size {
		return true, true, nil
	}
	if size == end {
		return false, true, nil
	}
	if said != end {
		return false, false, nil
	}
	var next [4]byte
	n, err := f.ReadAt(next[:], end)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, false, err
	}
	begun := next[:n]
	return false, bytes.HasPrefix([]byte("cue "), begun) || bytes.Equal(begun, make([]byte, n)), nil
}

// finishFile gives a file that ends with its sound its header and marks, and makes it durable. A crash
// between its steps leaves a file without marks, which repair completes.
func finishFile(f File, format wav.Format, length int64, marks []Mark) error {
	var h [wav.HeaderSize]byte
	wav.PutHeader(h[:], format, length*recordFrame)
	if _, err := f.WriteAt(h[:], 0); err != nil {
		return err
	}
	after := wav.AppendMarks(nil, toFrames(marks, length))
	if len(after) == 0 {
		return f.Sync()
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if _, err := f.WriteAt(after, wav.HeaderSize+length*recordFrame); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	wav.AddTail(h[:], len(after))
	if _, err := f.WriteAt(h[:], 0); err != nil {
		return err
	}
	return f.Sync()
}

// soundEnd is where a tail of zeros begins, or the size if there is none.
func soundEnd(f File, size int64) (int64, error) {
	end := size
	var buf [4096]byte
	for end > wav.HeaderSize {
		n := min(int64(len(buf)), end-wav.HeaderSize)
		if _, err := f.ReadAt(buf[:n], end-n); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		zeros := int64(0)
		for zeros < n && buf[n-1-zeros] == 0 {
			zeros++
		}
		end -= zeros
		if zeros < n {
			break
		}
	}
	if size-end < neverWritten {
		return size, nil
	}
	return end, nil
}
