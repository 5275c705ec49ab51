package ogg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// maxPacket is more than an Opus packet may have: 120 ms in 48 frames of 1275 bytes.
const maxPacket = 1275*48 + 1000

// Reader reads one file from its beginning, and trusts nothing in it.
type Reader struct {
	Head     Head
	Vendor   string
	Comments []Comment

	r       io.Reader
	page    page
	segment int // the next of the page
	at      int // where it begins in the body
	granule int64
	last    bool
	packet  []byte
}

// NewReader reads the headers. Channel mappings other than mono and stereo are refused.
func NewReader(r io.Reader) (*Reader, error) {
	in := &Reader{r: r}
	if err := in.page.read(r); err != nil {
		return nil, ended(err)
	}
	if in.page.flags&flagFirst == 0 {
		return nil, fmt.Errorf("%w: it does not begin with a first page", ErrFormat)
	}
	b, err := in.take(maxPacket)
	if err == nil {
		err = in.readHead(b)
	}
	if err != nil {
		return nil, ended(err)
	}
	if b, err = in.take(maxComments); err == nil {
		err = in.readComments(b)
	}
	if err != nil {
		return nil, ended(err)
	}
	return in, nil
}

// ended is the error of a file that ends too early.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: it ends within its headers", ErrFormat)
	}
	return err
}

func (r *Reader) readHead(b []byte) error {
	le := binary.LittleEndian
	if len(b) < 19 || string(b[:8]) != "OpusHead" || b[8]>>4 != 0 {
		return fmt.Errorf("%w: no Opus header", ErrFormat)
	}
	r.Head = Head{Channels: int(b[9]), PreSkip: int(le.Uint16(b[10:])), InputRate: int(le.Uint32(b[12:]))}
	if b[18] != 0 || r.Head.Channels < 1 || r.Head.Channels > 2 {
		return fmt.Errorf("%w: %d channels, mapping family %d", ErrFormat, r.Head.Channels, b[18])
	}
	return nil
}

func (r *Reader) readComments(b []byte) error {
	if len(b) < 8 || string(b[:8]) != "OpusTags" {
		return fmt.Errorf("%w: no comment header", ErrFormat)
	}
	b = b[8:]
	text := func() (string, bool) {
		if len(b) < 4 {
			return "", false
		}
		n := binary.LittleEndian.Uint32(b)
		if uint64(n) > uint64(len(b)-4) {
			return "", false
		}
		s := string(b[4 : 4+n])
		b = b[4+n:]
		return s, true
	}
	var ok bool
	if r.Vendor, ok = text(); !ok || len(b) < 4 {
		return fmt.Errorf("%w: the comments are cut", ErrFormat)
	}
	n := binary.LittleEndian.Uint32(b)
	b = b[4:]
	for ; n > 0; n-- {
		s, ok := text()
		if !ok {
			return fmt.Errorf("%w: the comments are cut", ErrFormat)
		}
		for i := range len(s) {
			if s[i] == '=' {
				r.Comments = append(r.Comments, Comment{s[:i], s[i+1:]})
				break
			}
		}
	}
	return nil
}

// Comment is the text of the first comment of that name; false: there is none.
func (r *Reader) Comment(name string) (string, bool) {
	for _, c := range r.Comments {
		if c.Name == name {
			return c.Text, true
		}
	}
	return "", false
}

// Next gives the next packet, which is good until the call after; io.EOF after the last page. A file
// that ends without one is damaged.
func (r *Reader) Next() ([]byte, error) {
	b, err := r.take(maxPacket)
	if errors.Is(err, io.EOF) && !r.last {
		return nil, fmt.Errorf("%w: its end is missing", ErrFormat)
	}
	return b, err
}

// Samples is the length of the sound at 48 kHz, once Next has said io.EOF.
func (r *Reader) Samples() int64 { return max(0, r.granule-int64(r.Head.PreSkip)) }

// take puts a packet together from its segments.
func (r *Reader) take(most int) ([]byte, error) {
	r.packet = r.packet[:0]
	for begun := false; ; {
		if r.segment == len(r.page.segments) {
			if err := r.turn(begun); err != nil {
				return nil, err
			}
			continue
		}
		n := int(r.page.segments[r.segment])
		if len(r.packet)+n > most {
			return nil, fmt.Errorf("%w: a packet of more than %d bytes", ErrFormat, most)
		}
		r.packet = append(r.packet, r.page.body[r.at:r.at+n]...)
		r.segment, r.at, begun = r.segment+1, r.at+n, true
		if n < maxSegment {
			return r.packet, nil
		}
	}
}

// turn reads the next page.
func (r *Reader) turn(begun bool) error {
	if r.last {
		if begun {
			return fmt.Errorf("%w: its last packet is cut", ErrFormat)
		}
		return io.EOF
	}
	serial, sequence := r.page.serial, r.page.sequence
	if err := r.page.read(r.r); err != nil {
		return err
	}
	p := &r.page
	switch {
	case p.serial != serial:
		return fmt.Errorf("%w: another stream begins", ErrFormat)
	case p.sequence != sequence+1:
		return fmt.Errorf("%w: page %d follows on page %d", ErrFormat, p.sequence, sequence)
	case (p.flags&flagContinue != 0) != begun:
		return fmt.Errorf("%w: page %d does not go on where page %d ended", ErrFormat, p.sequence, sequence)
	case p.granule != noGranule && p.granule < r.granule:
		return fmt.Errorf("%w: page %d goes back in time", ErrFormat, p.sequence)
	}
	if p.granule != noGranule {
		r.granule = p.granule
	}
	r.segment, r.at, r.last = 0, 0, p.flags&flagLast != 0
	return nil
}
