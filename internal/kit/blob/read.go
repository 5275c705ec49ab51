package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/minio/minio-go/v7"
)

// The stretches that are fetched: small after a jump, larger as long as the reading goes straight on.
const (
	firstStretch = 128 << 10
	mostStretch  = 4 << 20
	stretches    = 2 // are kept: where one reads, and where one was
)

// object reads a part of an object by requests of a range each, so that a part costs what it is and a
// broken line costs one request more.
type object struct {
	ctx  context.Context
	s    *S3
	name string
	size int64

	mu   sync.Mutex
	kept [stretches]stretch // the latest first
}

type stretch struct {
	at   int64
	data []byte
}

// Open gives the content of an object of that size, for as long as ctx lives. It may be read
// concurrently; a missing object is ErrMissing at the first reading. It holds 8 MiB at most.
func (s *S3) Open(ctx context.Context, name string, size int64) io.ReaderAt {
	return &object{ctx: ctx, s: s, name: name, size: size}
}

// ReadAt implements io.ReaderAt.
func (o *object) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("reading before the beginning")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for n < len(b) {
		if off >= o.size {
			return n, io.EOF
		}
		part, err := o.from(off, len(b)-n)
		if err != nil {
			return n, err
		}
		c := copy(b[n:], part)
		n, off = n+c, off+int64(c)
	}
	return n, nil
}

// from gives content from off on: at least a byte of it.
func (o *object) from(off int64, want int) ([]byte, error) {
	for i, k := range o.kept {
		if off >= k.at && off < k.at+int64(len(k.data)) {
			o.kept[0], o.kept[i] = o.kept[i], o.kept[0]
			return k.data[off-k.at:], nil
		}
	}
	length := int64(firstStretch)
	for i, k := range o.kept {
		if len(k.data) > 0 && off == k.at+int64(len(k.data)) { // goes on
			length = min(2*int64(len(k.data)), mostStretch)
			o.kept[0], o.kept[i] = o.kept[i], o.kept[0]
			o.kept[0].data = nil
			break
		}
	}
	length = min(max(length, min(int64(want), mostStretch)), o.size-off)
	data, err := o.s.part(o.ctx, o.name, off, length)
	if err != nil {
		return nil, err
	}
	if o.kept[0].data != nil {
		o.kept[1] = o.kept[0]
	}
	o.kept[0] = stretch{off, data}
	return data, nil
}

// part fetches a part; once more if the line breaks in it.
func (s *S3) part(ctx context.Context, name string, off, length int64) (data []byte, err error) {
	for range tries {
		if data, err = s.fetch(ctx, name, off, length); err == nil || errors.Is(err, ErrMissing) || ctx.Err() != nil {
			break
		}
	}
	return data, err
}

func (s *S3) fetch(ctx context.Context, name string, off, length int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	var opt minio.GetObjectOptions
	if err := opt.SetRange(off, off+length-1); err != nil {
		return nil, err
	}
	body, info, _, err := s.core().GetObject(ctx, s.cfg.Bucket, s.name(name), opt)
	if err != nil {
		return nil, explain("reading", err)
	}
	defer body.Close()
	if info.Size != length {
		return nil, fmt.Errorf("the service gives %d bytes of the %d asked for", info.Size, length)
	}
	data := make([]byte, length)
	if _, err := io.ReadFull(body, data); err != nil {
		return nil, fmt.Errorf("reading: %w", err)
	}
	return data, nil
}
