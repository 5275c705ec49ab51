package ogg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Rate is the clock of an Opus file in Hz, whatever was encoded.
const Rate = 48_000

// Head is the first header of a file (RFC 7845, section 5.1).
type Head struct {
	Channels  int // 1 or 2: left, right
	PreSkip   int // samples at 48 kHz to be left out at the beginning
	InputRate int // of what was encoded, in Hz, for information only; 0: unknown
}

// Comment is one of the second header's: a name of ASCII without "=", and a text in UTF-8.
type Comment struct{ Name, Text string }

// pageSound is how much sound a page holds: players find a second at once, and the pages' headers take
// less than 1 kbit/s.
const pageSound = Rate

// maxComments bounds the second header.
const maxComments = 1 << 20

// Writer writes one file. Nothing is written after an error.
type Writer struct {
	w     io.Writer
	head  Head
	page  page
	ended int64 // samples of all packets so far
	held  int64 // of them those on the page
	buf   []byte
	err   error
}

// NewWriter writes the headers. The serial number tells streams apart where files are joined.
func NewWriter(w io.Writer, serial uint32, h Head, vendor string, comments []Comment) (*Writer, error) {
	if h.Channels < 1 || h.Channels > 2 || h.PreSkip < 0 || h.PreSkip > 0xffff {
		return nil, fmt.Errorf("ogg: %d channels with a pre-skip of %d cannot be written", h.Channels, h.PreSkip)
	}
	out := &Writer{w: w, head: h, page: page{serial: serial, flags: flagFirst}}
	le := binary.LittleEndian
	b := append([]byte("OpusHead"), 1, byte(h.Channels))
	b = le.AppendUint16(b, uint16(h.PreSkip))
	b = le.AppendUint32(b, uint32(h.InputRate))
	b = append(b, 0, 0, 0) // no gain, mapping family 0
	out.put(b)
	out.flush(0)
	b = le.AppendUint32([]byte("OpusTags"), uint32(len(vendor)))
	b = append(b, vendor...)
	b = le.AppendUint32(b, uint32(len(comments)))
	for _, c := range comments {
		b = le.AppendUint32(b, uint32(len(c.Name)+1+len(c.Text)))
		b = append(append(append(b, c.Name...), '='), c.Text...)
	}
	if len(b) > maxComments {
		return nil, fmt.Errorf("ogg: %d bytes of comments are too many", len(b))
	}
	out.put(b)
	out.flush(0) // sound begins on a page of its own
	return out, out.err
}

// Packet writes an Opus packet that holds that many samples at 48 kHz.
func (w *Writer) Packet(b []byte, samples int) error {
	if len(b) == 0 || samples <= 0 {
		return fmt.Errorf("ogg: a packet of %d bytes and %d samples", len(b), samples)
	}
	if w.held >= pageSound || len(w.page.segments)+len(b)/maxSegment+1 > maxSegments {
		w.flush(w.ended)
	}
	w.put(b)
	w.ended += int64(samples)
	w.held += int64(samples)
	return w.err
}

// put cuts a packet into segments; pages that it fills are written.
func (w *Writer) put(b []byte) {
	for n := maxSegment; n == maxSegment; {
		if len(w.page.segments) == maxSegments {
			w.flush(w.ended)
			w.page.flags |= flagContinue
		}
		n = min(len(b), maxSegment)
		w.page.segments = append(w.page.segments, byte(n))
		w.page.body = append(w.page.body, b[:n]...)
		b = b[n:]
	}
}

// flush writes the page; granule is where its last complete packet ends, if it has one.
func (w *Writer) flush(granule int64) {
	w.page.granule = granule
	if !slices.ContainsFunc(w.page.segments, func(n byte) bool { return n < maxSegment }) {
		w.page.granule = noGranule
	}
	w.buf = w.page.append(w.buf[:0])
	if w.err == nil {
		_, w.err = w.w.Write(w.buf)
	}
	w.page.sequence++
	w.page.flags, w.page.segments, w.page.body, w.held = 0, w.page.segments[:0], w.page.body[:0], 0
}

// Close writes the last page; the sound has that many samples at 48 kHz, and what the packets hold
// beyond is cut off by players (RFC 7845, section 4.5). It does not close what it writes to.
func (w *Writer) Close(samples int64) error {
	end := samples + int64(w.head.PreSkip)
	if len(w.page.segments) == 0 || end > w.ended || end <= w.ended-w.held {
		return errors.Join(w.err, fmt.Errorf("ogg: packets with %d samples cannot end at %d", w.ended, end))
	}
	w.page.flags |= flagLast
	w.flush(end)
	return w.err
}
