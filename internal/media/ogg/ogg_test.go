package ogg

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

var stereo = Head{Channels: 2, PreSkip: 312, InputRate: 8000}

// written makes a file of so many packets of 20 ms; the sound ends 100 samples before the last does.
func written(t testing.TB, packets int, size func(i int) int, comments ...Comment) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, 7, stereo, "us", comments)
	if err != nil {
		t.Fatal(err)
	}
	for i := range packets {
		if err := w.Packet(bytes.Repeat([]byte{byte(i)}, size(i)), 960); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(int64(packets)*960 - 312 - 100); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readAll(b []byte) (r *Reader, packets [][]byte, err error) {
	if r, err = NewReader(bytes.NewReader(b)); err != nil {
		return nil, nil, err
	}
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r, packets, nil
		}
		if err != nil {
			return r, packets, err
		}
		packets = append(packets, bytes.Clone(p))
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]func(i int) int{
		"speech":              func(i int) int { return 20 + i%100 },
		"around a segment":    func(i int) int { return 254 + i%3 },
		"as many as a page":   func(i int) int { return 255*2 - 1 },
		"longer than a page":  func(i int) int { return 1 + i%2*300*255 },
		"one byte, 51 a page": func(int) int { return 1 },
	} {
		long := strings.Repeat("peaks ", 30_000) // longer than two pages
		b := written(t, 333, size, Comment{"TITLE", "a=b"}, Comment{"LONG", long})
		r, packets, err := readAll(b)
		if name == "longer than a page" { // no Opus packet is; a reader says so
			if !errors.Is(err, ErrFormat) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || len(packets) != 333 {
			t.Fatalf("%s: %d packets, %v", name, len(packets), err)
		}
		for i, p := range packets {
			if len(p) != size(i) || p[0] != byte(i) {
				t.Errorf("%s: packet %d has %d bytes of %d", name, i, len(p), p[0])
			}
		}
		if got, _ := r.Comment("LONG"); r.Head != stereo || r.Vendor != "us" || r.Comments[0] != (Comment{"TITLE", "a=b"}) || got != long {
			t.Errorf("%s: got %+v of %q", name, r.Head, r.Vendor)
		}
		if _, ok := r.Comment("NONE"); ok || r.Samples() != 333*960-412 {
			t.Errorf("%s: %d samples, want %d", name, r.Samples(), 333*960-412)
		}
	}
}

// TestPagesAreAsPlayersWantThem holds what RFC 7845 demands of pages: the headers alone on theirs, a
// second of sound on each other one, the end marked and trimmed.
func TestPagesAreAsPlayersWantThem(t *testing.T) {
	t.Parallel()
	b := bytes.NewReader(written(t, 120, func(int) int { return 80 }))
	var got []string
	for {
		var p page
		if err := p.read(b); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(p.flags, p.granule, len(p.segments), p.sequence, p.serial))
	}
	want := []string{"2 0 1 0 7", "0 0 1 1 7", "0 48000 50 2 7", "0 96000 50 3 7", "4 115100 20 4 7"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAnotherProgramsFileIsRead(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/opusenc.opus")
	if err != nil {
		t.Fatal(err)
	}
	r, packets, err := readAll(b)
	if err != nil {
		t.Fatal(err)
	}
	if title, _ := r.Comment("TITLE"); title != "two tones" || r.Head.Channels != 2 || r.Samples() != 24_000 || len(packets) < 25 {
		t.Errorf("got %+v, %d packets, %d samples", r, len(packets), r.Samples())
	}
}

func TestDamageIsNoticed(t *testing.T) {
	t.Parallel()
	good := written(t, 120, func(int) int { return 80 })
	for at := range good {
		b := bytes.Clone(good)
		b[at] ^= 0x10
		if _, _, err := readAll(b); !errors.Is(err, ErrFormat) {
			t.Fatalf("byte %d is another: got %v", at, err)
		}
	}
	for n := range good {
		if _, _, err := readAll(good[:n]); !errors.Is(err, ErrFormat) {
			t.Fatalf("cut at %d: got %v", n, err)
		}
	}
}

type broken struct{ left int }

func (b *broken) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := NewWriter(io.Discard, 1, Head{Channels: 3}, "", nil); err == nil {
		t.Error("three channels")
	}
	if _, err := NewWriter(io.Discard, 1, stereo, "", []Comment{{"A", strings.Repeat("x", maxComments)}}); err == nil {
		t.Error("comments without end")
	}
	w, err := NewWriter(&broken{300}, 1, stereo, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if w.Packet(nil, 960) == nil || w.Packet([]byte{1}, 0) == nil {
		t.Error("an empty packet")
	}
	for range 60 {
		err = w.Packet(make([]byte, 80), 960)
	}
	if !errors.Is(err, io.ErrShortWrite) || !errors.Is(w.Close(57_000), io.ErrShortWrite) {
		t.Errorf("a full disk: %v", err)
	}
	w, _ = NewWriter(io.Discard, 1, stereo, "", nil)
	if w.Close(1) == nil {
		t.Error("no packets")
	}
	if err := w.Packet([]byte{1}, 960); err != nil || w.Close(960) == nil {
		t.Errorf("an end after the packets; %v", err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add(written(f, 3, func(int) int { return 10 }, Comment{"A", "b"}))
	f.Add(written(f, 60, func(int) int { return 300 }))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, packets, err := readAll(b)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		if r.Samples() < 0 || r.Head.Channels < 1 || r.Head.Channels > 2 {
			t.Fatalf("%+v", r)
		}
		for _, p := range packets {
			if len(p) > maxPacket {
				t.Fatalf("a packet of %d bytes", len(p))
			}
		}
	})
}
