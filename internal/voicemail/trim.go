package voicemail

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"linekeeper/internal/media"
	"linekeeper/internal/media/wav"
)

// stretch is how fine the ends are looked for; around stays of the silence before the first and after the
// last word.
const (
	stretch = 20 * time.Millisecond
	around  = 300 * time.Millisecond
)

// spoken finds where in the left channel somebody speaks, in frames; first == last: nowhere.
func spoken(r *wav.Reader) (first, last int64, err error) {
	rate := int64(r.Format.Rate)
	n := rate * stretch.Milliseconds() / 1000
	buf := make([]int16, n)
	last = -1
	for at := int64(0); at < r.Frames; at += n {
		got, err := r.Samples(0, at, buf)
		if err != nil {
			return 0, 0, err
		}
		var sum float64
		for _, v := range buf[:got] {
			sum += float64(v) * float64(v)
		}
		if got == 0 || sum/float64(got)/(32768*32768) < media.SpeechPower {
			continue
		}
		if last < 0 {
			first = at
		}
		last = at + int64(got)
	}
	if last < 0 {
		return 0, 0, nil
	}
	margin := rate * around.Milliseconds() / 1000
	return max(0, first-margin), min(r.Frames, last+margin), nil
}

// long is how much is said in a file, from the first word to the last.
func long(path string) (d time.Duration, err error) {
	err = opened(path, func(r *wav.Reader, _ *os.File) error {
		first, last, err := spoken(r)
		d = time.Duration(last-first) * time.Second / time.Duration(r.Format.Rate)
		return err
	})
	return d, err
}

// errMixed tells that files cannot be put behind each other.
var errMixed = errors.New("the parts of the message are of different formats")

// trimmed writes what is said in files, one behind the other without the silence at their ends, into another, durably. It
// replaces what is there.
func trimmed(from []string, to string) (d time.Duration, bytes int64, err error) {
	whole := make([]byte, wav.HeaderSize)
	var format wav.Format
	for i, path := range from {
		err := opened(path, func(r *wav.Reader, f *os.File) error {
			if i > 0 && r.Format != format {
				return errMixed
			}
			format = r.Format
			first, last, err := spoken(r)
			if err != nil {
				return err
			}
			frame := int64(format.Frame())
			part := make([]byte, (last-first)*frame)
			if _, err := f.ReadAt(part, r.Offset+first*frame); err != nil {
				return err
			}
			whole = append(whole, part...)
			return nil
		})
		if err != nil {
			return 0, 0, err
		}
	}
	data := int64(len(whole) - wav.HeaderSize)
	wav.PutHeader(whole, format, data)
	d = time.Duration(data/int64(format.Frame())) * time.Second / time.Duration(format.Rate)
	return d, int64(len(whole)), written(to, whole)
}

// opened reads a file.
func opened(path string, do func(*wav.Reader, *os.File) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	r, err := wav.NewReader(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return do(r, f)
}

// written makes a whole file durable under its name.
func written(path string, whole []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(whole)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".part", path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// samples is what is said in a file, without the silence at the ends.
func samples(path string) (pcm []int16, err error) {
	err = opened(path, func(r *wav.Reader, _ *os.File) error {
		first, last, err := spoken(r)
		if err != nil {
			return err
		}
		pcm = make([]int16, last-first)
		_, err = r.Samples(0, first, pcm)
		return err
	})
	return pcm, err
}
