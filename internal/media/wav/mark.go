package wav

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Mark names a stretch of the sound. In the file it is a cue point with a labelled region (chunks
// "cue " and LIST of type "adtl", Multimedia Programming Interface 1.0, 1991), as sound editors show it.
type Mark struct {
	From, Length int64 // frames
	Text         string
}

// The bounds of what is read: more than any of our files has.
const (
	maxMarks     = 10_000
	maxMarkBytes = 4 << 20
	maxMarkText  = 200
	cuePoint     = 24 // bytes
	regionBody   = 20
)

// AppendMarks appends the chunks of the marks; none: nothing. They follow the data, which must have
// an even length; AddTail counts them in the header. Longer texts than 200 bytes are cut.
func AppendMarks(b []byte, marks []Mark) []byte {
	if len(marks) == 0 {
		return b
	}
	le := binary.LittleEndian
	b = append(b, "cue "...)
	b = le.AppendUint32(b, uint32(4+cuePoint*len(marks)))
	b = le.AppendUint32(b, uint32(len(marks)))
	for i, m := range marks {
		b = le.AppendUint32(b, uint32(i+1))
		b = le.AppendUint32(b, uint32(m.From))
		b = append(b, "data"...)
		b = le.AppendUint32(b, 0)
		b = le.AppendUint32(b, 0)
		b = le.AppendUint32(b, uint32(m.From))
	}
	list := len(b)
	b = append(b, "LIST\x00\x00\x00\x00adtl"...)
	for i, m := range marks {
		b = append(b, "ltxt"...)
		b = le.AppendUint32(b, regionBody)
		b = le.AppendUint32(b, uint32(i+1))
		b = le.AppendUint32(b, uint32(m.Length))
		b = append(b, "rgn \x00\x00\x00\x00\x00\x00\x00\x00"...)
		text := m.Text[:min(len(m.Text), maxMarkText)]
		b = append(b, "labl"...)
		b = le.AppendUint32(b, uint32(4+len(text)+1))
		b = le.AppendUint32(b, uint32(i+1))
		b = append(b, text...)
		b = append(b, 0)
		if len(text)%2 == 0 {
			b = append(b, 0)
		}
	}
	le.PutUint32(b[list+4:], uint32(len(b)-list-8))
	return b
}

// AddTail counts that many bytes after the data in the header PutHeader wrote.
func AddTail(header []byte, tail int) {
	le := binary.LittleEndian
	le.PutUint32(header[4:], le.Uint32(header[4:])+uint32(tail))
}

// Marks reads what follows the data; a file without marks has none.
func (r *Reader) Marks() ([]Mark, error) {
	at := r.Offset + r.Frames*int64(r.Format.Frame())
	at += at & 1
	n := r.size - at
	if !r.Complete || n <= 0 {
		return nil, nil
	}
	if n > maxMarkBytes {
		return nil, fmt.Errorf("%w: %d bytes after the sound", ErrFormat, n)
	}
	b := make([]byte, n)
	if _, err := r.r.ReadAt(b, at); err != nil && err != io.EOF {
		return nil, err
	}
	return ParseMarks(b)
}

// ParseMarks reads the chunks AppendMarks writes, or another program's of the same kind. Chunks it
// does not know are skipped; a cue point without a region has the length 0.
func ParseMarks(b []byte) ([]Mark, error) {
	le := binary.LittleEndian
	var marks []Mark
	index := map[uint32]int{}
	err := chunks(b, func(name string, body []byte) error {
		switch {
		case name == "cue " && len(body) >= 4:
			n := int(min(le.Uint32(body), maxMarks))
			for body = body[4:]; n > 0 && len(body) >= cuePoint; n, body = n-1, body[cuePoint:] {
				index[le.Uint32(body)] = len(marks)
				marks = append(marks, Mark{From: int64(le.Uint32(body[20:]))})
			}
		case name == "LIST" && len(body) >= 4 && string(body[:4]) == "adtl":
			return chunks(body[4:], func(name string, body []byte) error {
				if len(body) < 8 && name != "labl" || len(body) < 4 {
					return nil
				}
				i, ok := index[le.Uint32(body)]
				switch {
				case !ok:
				case name == "ltxt":
					marks[i].Length = int64(le.Uint32(body[4:]))
				case name == "labl":
					text := body[4:]
					for len(text) > 0 && text[len(text)-1] == 0 {
						text = text[:len(text)-1]
					}
					marks[i].Text = string(text[:min(len(text), maxMarkText)])
				}
				return nil
			})
		}
		return nil
	})
	return marks, err
}

// chunks calls f with each chunk of b.
func chunks(b []byte, f func(name string, body []byte) error) error {
	for len(b) >= 8 {
		name, n := string(b[:4]), int(binary.LittleEndian.Uint32(b[4:]))
		b = b[8:]
		if n > len(b) {
			return fmt.Errorf("%w: chunk %q is cut", ErrFormat, name)
		}
		if err := f(name, b[:n]); err != nil {
			return err
		}
		b = b[min(len(b), n+n&1):]
	}
	return nil
}
