package codec_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"linekeeper/internal/media/codec"
)

// The reference is ffmpeg 5.1.9's: 1.2 s of speech, noise, a sweep and a square wave at full level
// (g722_in.s16), encoded (g722.bin) and decoded again (g722_out.s16). The recommendation defines both
// to the bit.
func TestG722IsBitExact(t *testing.T) {
	t.Parallel()
	in, coded, out := samples(t, "g722_in.s16"), file(t, "g722.bin"), samples(t, "g722_out.s16")
	encoder, decoder := newEncoder(t, "G722"), newDecoder(t, "G722")
	payload, pcm := make([]byte, 160), make([]int16, 320)
	for at := 0; at+320 <= len(in); at += 320 {
		n, err := encoder.Encode(in[at:at+320], payload)
		if err != nil {
			t.Fatal(err)
		}
		want := coded[at/2 : at/2+160]
		if !bytes.Equal(payload[:n], want) {
			t.Fatalf("frame %d is encoded differently:\ngot  %x\nwant %x", at/320, payload[:n], want)
		}
		n, err = decoder.Decode(want, pcm)
		if err != nil || n != 320 {
			t.Fatalf("decoding frame %d: %d samples, %v", at/320, n, err)
		}
		for i, v := range pcm {
			if v != out[at+i] {
				t.Fatalf("sample %d is decoded to %d, want %d", at+i, v, out[at+i])
			}
		}
	}
}

func FuzzG722DecodesAnything(f *testing.F) {
	f.Add([]byte{0xff, 0, 0x80, 0x3f})
	f.Fuzz(func(t *testing.T, payload []byte) {
		decoder := newDecoder(t, "G722")
		pcm := make([]int16, codec.MaxSamples)
		n, err := decoder.Decode(payload, pcm)
		if (err == nil) != (len(payload) > 0 && len(payload) <= codec.MaxSamples/2) || err == nil && n != 2*len(payload) {
			t.Errorf("%d bytes: got %d samples, %v", len(payload), n, err)
		}
	})
}

func newDecoder(t testing.TB, name string) codec.Decoder {
	t.Helper()
	d, err := codec.NewDecoder(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func newEncoder(t testing.TB, name string) codec.Encoder {
	t.Helper()
	e, err := codec.NewEncoder(name)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func samples(t testing.TB, name string) []int16 {
	t.Helper()
	b := file(t, name)
	s := make([]int16, len(b)/2)
	for i := range s {
		s[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return s
}
