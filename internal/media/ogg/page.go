package ogg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrFormat means that a file is not an Ogg Opus file we can read, or is damaged.
var ErrFormat = errors.New("not a readable Ogg Opus file")

// A page (RFC 3533, section 6): the header, a table with the lengths of its segments, the segments.
const (
	pageHeader   = 27
	maxSegments  = 255
	maxSegment   = 255
	flagContinue = 1
	flagFirst    = 2
	flagLast     = 4
	noGranule    = -1 // no packet ends on the page
)

// page is one page as it is read or written.
type page struct {
	flags    byte
	granule  int64
	serial   uint32
	sequence uint32
	segments []byte // their lengths; shorter than 255 ends a packet
	body     []byte
}

// append writes the page behind b.
func (p *page) append(b []byte) []byte {
	le := binary.LittleEndian
	at := len(b)
	b = append(b, "OggS\x00"...)
	b = append(b, p.flags)
	b = le.AppendUint64(b, uint64(p.granule))
	b = le.AppendUint32(b, p.serial)
	b = le.AppendUint32(b, p.sequence)
	b = append(b, 0, 0, 0, 0, byte(len(p.segments)))
	b = append(b, p.segments...)
	b = append(b, p.body...)
	le.PutUint32(b[at+22:], checksum(b[at:]))
	return b
}

// read reads the next page; io.EOF where the file ends before it begins.
func (p *page) read(r io.Reader) error {
	var head [pageHeader + maxSegments]byte
	switch _, err := io.ReadFull(r, head[:pageHeader]); {
	case errors.Is(err, io.EOF):
		return io.EOF
	case err != nil:
		return cut(err)
	}
	if string(head[:5]) != "OggS\x00" {
		return fmt.Errorf("%w: no page where one should begin", ErrFormat)
	}
	le := binary.LittleEndian
	table := head[pageHeader : pageHeader+int(head[26])]
	if _, err := io.ReadFull(r, table); err != nil {
		return cut(err)
	}
	size := 0
	for _, n := range table {
		size += int(n)
	}
	p.flags, p.granule = head[5], int64(le.Uint64(head[6:]))
	p.serial, p.sequence = le.Uint32(head[14:]), le.Uint32(head[18:])
	p.segments = append(p.segments[:0], table...)
	if cap(p.body) < size {
		p.body = make([]byte, size)
	}
	p.body = p.body[:size]
	if _, err := io.ReadFull(r, p.body); err != nil {
		return cut(err)
	}
	want := le.Uint32(head[22:])
	clear(head[22:26])
	if sum := update(update(0, head[:pageHeader+len(table)]), p.body); sum != want {
		return fmt.Errorf("%w: page %d has the checksum %08x, not %08x", ErrFormat, p.sequence, sum, want)
	}
	return nil
}

// cut is the error of a file that ends within a page.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends within a page", ErrFormat)
	}
	return err
}

// polynomial is that of the pages' CRC-32: not reflected, nothing added at either end, unlike hash/crc32.
const polynomial = 0x04c11db7

var sums = func() (t [256]uint32) {
	for i := range t {
		v := uint32(i) << 24
		for range 8 {
			if v&(1<<31) != 0 {
				v = v<<1 ^ polynomial
			} else {
				v <<= 1
			}
		}
		t[i] = v
	}
	return t
}()

func checksum(b []byte) uint32 { return update(0, b) }

func update(sum uint32, b []byte) uint32 {
	for _, v := range b {
		sum = sum<<8 ^ sums[byte(sum>>24)^v]
	}
	return sum
}
