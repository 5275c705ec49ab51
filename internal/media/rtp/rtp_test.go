package rtp_test

import (
	"bytes"
	"testing"

	pion "github.com/pion/rtp"
	"pgregory.net/rapid"

	"linekeeper/internal/media/rtp"
)

func TestHeaderComesBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rtp.Header{
			Marker:      rapid.Bool().Draw(t, "marker"),
			PayloadType: rapid.Uint8Range(0, 127).Draw(t, "type"),
			Sequence:    rapid.Uint16().Draw(t, "sequence"),
			Timestamp:   rapid.Uint32().Draw(t, "timestamp"),
			SSRC:        rapid.Uint32().Draw(t, "ssrc"),
		}
		payload := rapid.SliceOf(rapid.Byte()).Draw(t, "payload")
		b := make([]byte, rtp.HeaderSize, rtp.HeaderSize+len(payload))
		want.Put(b)
		b = append(b, payload...)
		var got rtp.Header
		start, end, err := rtp.Parse(b, &got)
		if err != nil || got != want || !bytes.Equal(b[start:end], payload) {
			t.Fatalf("got %+v, payload %x, error %v; want %+v, payload %x", got, b[start:end], err, want, payload)
		}
	})
}

// agree compares our parser with pion's on one packet.
func agree(t interface {
	Helper()
	Fatalf(string, ...any)
}, b []byte) {
	t.Helper()
	var h rtp.Header
	start, end, err := rtp.Parse(b, &h)
	if err != nil {
		return // we may be stricter
	}
	if start < rtp.HeaderSize || start > end || end > len(b) {
		t.Fatalf("payload %d:%d of %d bytes", start, end, len(b))
	}
	var p pion.Packet
	if p.Unmarshal(b) != nil {
		return // pion also looks inside extensions
	}
	if p.SSRC != h.SSRC || p.SequenceNumber != h.Sequence || p.Timestamp != h.Timestamp || p.Marker != h.Marker || p.PayloadType != h.PayloadType {
		t.Fatalf("%x: got %+v, pion reads %+v", b, h, p.Header)
	}
	if !bytes.Equal(p.Payload, b[start:end]) {
		t.Fatalf("%x: payload %x, pion reads %x", b, b[start:end], p.Payload)
	}
}

func TestPacketsOfOthersAreReadAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := pion.Packet{Header: pion.Header{
			Version:        2,
			Marker:         rapid.Bool().Draw(t, "marker"),
			PayloadType:    rapid.Uint8Range(0, 127).Draw(t, "type"),
			SequenceNumber: rapid.Uint16().Draw(t, "sequence"),
			CSRC:           rapid.SliceOfN(rapid.Uint32(), 0, 15).Draw(t, "csrc"),
		}, Payload: rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "payload")}
		if rapid.Bool().Draw(t, "extension") {
			if err := p.SetExtension(1, rapid.SliceOfN(rapid.Byte(), 1, 16).Draw(t, "content")); err != nil {
				t.Fatal(err)
			}
		}
		if n := rapid.Uint8Range(0, 20).Draw(t, "padding"); n > 0 {
			p.Padding, p.Header.PaddingSize = true, n
		}
		b, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		var h rtp.Header
		start, end, err := rtp.Parse(b, &h)
		if err != nil || !bytes.Equal(b[start:end], p.Payload) {
			t.Fatalf("%x: got payload %d:%d, error %v; want %x", b, start, end, err, p.Payload)
		}
		agree(t, b)
		cut := rapid.IntRange(0, len(b)).Draw(t, "cut")
		agree(t, b[:cut])
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xff})
	f.Add([]byte{0xbf, 0x80, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xbe, 0xde, 0, 1, 0x10, 1, 0, 0, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		agree(t, b)
		_ = rtp.Classify(b)
		var e rtp.Event
		if rtp.ParseEvent(b, &e) == nil {
			out := make([]byte, rtp.EventSize)
			e.Put(out)
			b[1] &^= 0x40 // the reserved bit is ignored and sent as zero
			if !bytes.Equal(out, b[:rtp.EventSize]) {
				t.Fatalf("event %x came back as %x", b[:rtp.EventSize], out)
			}
		}
	})
}

func TestKindsAreToldApart(t *testing.T) {
	t.Parallel()
	rest := make([]byte, 20)
	for _, c := range []struct {
		name  string
		first [2]byte
		want  rtp.Kind
	}{
		{"audio", [2]byte{0x80, 0}, rtp.RTP},
		{"audio with marker", [2]byte{0x80, 0x88}, rtp.RTP},
		{"telephone-event with marker", [2]byte{0x80, 0xe5}, rtp.RTP},
		{"sender report", [2]byte{0x80, 200}, rtp.RTCP},
		{"bye", [2]byte{0x81, 203}, rtp.RTCP},
		{"binding request", [2]byte{0, 1}, rtp.STUN},
		{"client hello", [2]byte{22, 0xfe}, rtp.DTLS},
		{"TURN channel", [2]byte{0x40, 0}, rtp.Unknown},
		{"SIP", [2]byte{'I', 'N'}, rtp.Unknown},
		{"version 3", [2]byte{0xc0, 0}, rtp.Unknown},
	} {
		if got := rtp.Classify(append(c.first[:], rest...)); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
	for _, b := range [][]byte{nil, {0x80}, {0x80, 0, 1}} {
		if got := rtp.Classify(b); got != rtp.Unknown {
			t.Errorf("%x: got %d, want unknown", b, got)
		}
	}
}

func TestEveryKeyHasItsCode(t *testing.T) {
	t.Parallel()
	for i, key := range []byte("0123456789*#ABCD") {
		code, ok := rtp.Code(key)
		if !ok || code != uint8(i) {
			t.Errorf("%c: got %d %v, want %d", key, code, ok, i)
		}
		if back, ok := rtp.Key(code); !ok || back != key {
			t.Errorf("%d: got %c %v, want %c", code, back, ok, key)
		}
	}
	if _, ok := rtp.Code('E'); ok {
		t.Error("E is not a key")
	}
	if _, ok := rtp.Key(16); ok {
		t.Error("16 (flash) is not a key")
	}
	if c, ok := rtp.Code('b'); !ok || c != 13 {
		t.Errorf("b: got %d %v, want 13", c, ok)
	}
}

func TestParsingDoesNotAllocate(t *testing.T) {
	b := make([]byte, 172)
	b[0] = 0x80
	var h rtp.Header
	if n := testing.AllocsPerRun(100, func() {
		if _, _, err := rtp.Parse(b, &h); err != nil {
			t.Fatal(err)
		}
		h.Put(b)
	}); n != 0 {
		t.Errorf("allocations: got %v, want 0", n)
	}
}
