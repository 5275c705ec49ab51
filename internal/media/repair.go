package media

import (
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
func Repair(fs FS, path string) (time.Duration, error) {
	f, err := fs.Open(path)
	if err != nil {
		return 0, err
	}
	d, err := repair(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, fmt.Errorf("repairing recording %s: %w", path, err)
	}
	return d, nil
}

func repair(f File) (time.Duration, error) {
	size, err := f.Size()
	if err != nil {
		return 0, err
	}
	var h [wav.HeaderSize]byte
	if size < wav.HeaderSize {
		// Cut within the header: there never was sound.
		wav.PutHeader(h[:], format(PCMU()), 0)
		if _, err := f.WriteAt(h[:], 0); err != nil {
			return 0, err
		}
		return 0, f.Sync()
	}
	w, err := wav.NewReader(f, size)
	if err != nil {
		return 0, err
	}
	if w.Offset != wav.HeaderSize || (w.Format != format(PCMU()) && w.Format != format(PCMA())) {
		return 0, fmt.Errorf("%w: not one of our recordings", wav.ErrFormat)
	}
	if w.Complete && w.Offset+w.Frames*recordFrame == size {
		return w.Duration(), nil
	}
	if w.Complete {
		return 0, fmt.Errorf("%w: bytes after the end", wav.ErrFormat)
	}
	end, err := soundEnd(f, size)
	if err != nil {
		return 0, err
	}
	w.Frames = (end - wav.HeaderSize) / recordFrame
	end = wav.HeaderSize + w.Frames*recordFrame
	if end != size {
		if err := f.Truncate(end); err != nil {
			return 0, err
		}
	}
	wav.PutHeader(h[:], w.Format, w.Frames*recordFrame)
	if _, err := f.WriteAt(h[:], 0); err != nil {
		return 0, err
	}
	return w.Duration(), f.Sync()
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
