package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"linekeeper/internal/media/g711"
)

// The encodings of the format chunk.
const (
	Linear = 1
	Alaw   = 6
	Mulaw  = 7
)

// ErrFormat means that a file is not a WAV file we can read.
var ErrFormat = errors.New("not a readable WAV file")

// Format is the content of the format chunk.
type Format struct {
	Encoding uint16
	Channels int
	Rate     int // Hz
	Bits     int // per sample
}

// Frame is the size of one sample of every channel, in bytes.
func (f Format) Frame() int { return f.Channels * f.Bits / 8 }

func (f Format) valid() error {
	switch {
	case f.Channels < 1 || f.Channels > 2:
		return fmt.Errorf("%w: %d channels", ErrFormat, f.Channels)
	case f.Rate < 1 || f.Rate > 192000:
		return fmt.Errorf("%w: %d Hz", ErrFormat, f.Rate)
	case f.Encoding == Linear && f.Bits == 16, f.Encoding == Alaw && f.Bits == 8, f.Encoding == Mulaw && f.Bits == 8:
		return nil
	}
	return fmt.Errorf("%w: encoding %d with %d bits", ErrFormat, f.Encoding, f.Bits)
}

// HeaderSize is the size of the header PutHeader writes.
const HeaderSize = 58

// PutHeader writes the header of a file with that many bytes of data, which follow it directly. The
// fact chunk is required for encodings other than linear.
func PutHeader(b []byte, f Format, data int64) {
	_ = b[HeaderSize-1]
	size := uint32(min(data, 1<<32-1-HeaderSize))
	le := binary.LittleEndian
	copy(b, "RIFF")
	le.PutUint32(b[4:], HeaderSize-8+size)
	copy(b[8:], "WAVEfmt ")
	le.PutUint32(b[16:], 18)
	le.PutUint16(b[20:], f.Encoding)
	le.PutUint16(b[22:], uint16(f.Channels))
	le.PutUint32(b[24:], uint32(f.Rate))
	le.PutUint32(b[28:], uint32(f.Rate*f.Frame()))
	le.PutUint16(b[32:], uint16(f.Frame()))
	le.PutUint16(b[34:], uint16(f.Bits))
	le.PutUint16(b[36:], 0)
	copy(b[38:], "fact")
	le.PutUint32(b[42:], 4)
	le.PutUint32(b[46:], size/uint32(f.Frame()))
	copy(b[50:], "data")
	le.PutUint32(b[54:], size)
}

// Reader gives the samples of a WAV file. It is safe for concurrent use if the file is.
type Reader struct {
	Format Format
	Frames int64 // samples per channel
	// Offset is where the data begins in the file.
	Offset int64
	// Complete is false when the data chunk's length was taken from the file's size.
	Complete bool
	r        io.ReaderAt
	size     int64 // of the file
}

// NewReader finds the format and the data of a file of that size. A data chunk whose length is 0 or
// too long (a file that was never closed) is taken to end with the file.
func NewReader(r io.ReaderAt, size int64) (*Reader, error) {
	var b [26]byte
	if _, err := r.ReadAt(b[:12], 0); err != nil || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, fmt.Errorf("%w: no RIFF header", ErrFormat)
	}
	le := binary.LittleEndian
	w := &Reader{r: r, size: size}
	for at := int64(12); at+8 <= size; {
		if _, err := r.ReadAt(b[:8], at); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		name, length := string(b[:4]), int64(le.Uint32(b[4:]))
		at += 8
		switch name {
		case "fmt ":
			n := min(length, int64(len(b)))
			if n < 16 {
				return nil, fmt.Errorf("%w: short format", ErrFormat)
			}
			if _, err := r.ReadAt(b[:n], at); err != nil {
				return nil, fmt.Errorf("%w: short format", ErrFormat)
			}
			w.Format = Format{Encoding: le.Uint16(b[:]), Channels: int(le.Uint16(b[2:])), Rate: int(le.Uint32(b[4:])), Bits: int(le.Uint16(b[14:]))}
			if w.Format.Encoding == 0xfffe && n == 26 { // extensible: the true encoding begins the sub-format
				w.Format.Encoding = le.Uint16(b[24:])
			}
			if err := w.Format.valid(); err != nil {
				return nil, err
			}
		case "data":
			if w.Format.Channels == 0 {
				return nil, fmt.Errorf("%w: data before format", ErrFormat)
			}
			w.Offset = at
			w.Complete = length <= size-at && (length > 0 || at == size)
			if !w.Complete {
				length = size - at
			}
			w.Frames = length / int64(w.Format.Frame())
			return w, nil
		}
		at += length + length&1
	}
	return nil, fmt.Errorf("%w: no data", ErrFormat)
}

// Duration is the length of the sound.
func (r *Reader) Duration() time.Duration {
	rate := int64(r.Format.Rate)
	// Whole seconds first: a long file in nanoseconds times its rate would overflow.
	return time.Duration(r.Frames/rate)*time.Second + time.Duration(r.Frames%rate)*time.Second/time.Duration(rate)
}

// Samples decodes one channel from frame from on into dst and says how many; 0 at the end.
func (r *Reader) Samples(channel int, from int64, dst []int16) (int, error) {
	if channel < 0 || channel >= r.Format.Channels || from < 0 {
		return 0, fmt.Errorf("channel %d from %d: there are %d channels", channel, from, r.Format.Channels)
	}
	frame := r.Format.Frame()
	buf := make([]byte, min(16384, max(1, len(dst))*frame)/frame*frame)
	done := 0
	for done < len(dst) && from < r.Frames {
		n := int(min(int64(len(buf)/frame), int64(len(dst)-done), r.Frames-from))
		if _, err := r.r.ReadAt(buf[:n*frame], r.Offset+from*int64(frame)); err != nil && !errors.Is(err, io.EOF) {
			return done, err
		}
		for i := range n {
			dst[done+i] = r.Format.sample(buf[i*frame:], channel)
		}
		done += n
		from += int64(n)
	}
	return done, nil
}

// sample decodes one channel of the frame at the start of b.
func (f Format) sample(b []byte, channel int) int16 {
	switch f.Encoding {
	case Mulaw:
		return g711.DecodeMulaw(b[channel])
	case Alaw:
		return g711.DecodeAlaw(b[channel])
	}
	return int16(binary.LittleEndian.Uint16(b[2*channel:]))
}

// Peaks divides the sound in buckets and gives per channel the largest absolute sample of each, from
// 0 to 1, for drawing a waveform. A sound shorter than the buckets leaves the last ones 0.
func Peaks(r *Reader, buckets int) ([][]float32, error) {
	if buckets < 1 {
		return nil, fmt.Errorf("%d buckets", buckets)
	}
	peaks := make([][]float32, r.Format.Channels)
	for c := range peaks {
		peaks[c] = make([]float32, buckets)
	}
	per := max(1, (r.Frames+int64(buckets)-1)/int64(buckets))
	frame := r.Format.Frame()
	buf := make([]byte, 32768/frame*frame)
	for at := int64(0); at < r.Frames; {
		n := int(min(int64(len(buf)/frame), r.Frames-at))
		if _, err := r.r.ReadAt(buf[:n*frame], r.Offset+at*int64(frame)); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		for i := range n {
			bucket := (at + int64(i)) / per
			for c := range peaks {
				v := float32(r.Format.sample(buf[i*frame:], c)) / 32768
				peaks[c][bucket] = max(peaks[c][bucket], v, -v)
			}
		}
		at += int64(n)
	}
	return peaks, nil
}
