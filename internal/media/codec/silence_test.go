package codec_test

import (
	"math"
	"testing"

	"linekeeper/internal/media/codec"
)

// Silence must be silent whatever was heard before, in packets of any size.
func TestSilenceIsSilentAfterAnything(t *testing.T) {
	t.Parallel()
	in := samples(t, "g722_in.s16")
	for _, name := range names {
		needsOpus(t, name)
		e, err := codec.NewEncoderAt(name, 16000)
		if err != nil {
			t.Fatal(err)
		}
		d, err := codec.NewDecoderAt(name, 16000)
		if err != nil {
			t.Fatal(err)
		}
		payload, pcm := make([]byte, codec.MaxPayload), make([]int16, codec.MaxSamples)
		for at := 0; at+320 <= len(in); at += 320 {
			n, err := e.Encode(in[at:at+320], payload)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.Decode(payload[:n], pcm); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 10 {
			silence := payload[:160]
			if !codec.Silence(name, silence) {
				t.Fatalf("%s has no silence", name)
			}
			n, err := d.Decode(silence, pcm)
			if err != nil || n != 320 {
				t.Fatalf("%s: silence is %d samples, %v", name, n, err)
			}
			if got := level(pcm[:n]); i >= 2 && got > -54 {
				t.Errorf("%s: frame %d of silence is at %.1f dB", name, i, got)
			}
		}
	}
	if codec.Silence("GSM", nil) {
		t.Error("an unknown codec has silence")
	}
}

func TestOpusSilenceOfAnySizeCanBeDecoded(t *testing.T) {
	t.Parallel()
	needsOpus(t, "opus")
	pcm := make([]int16, codec.MaxSamples)
	d := newDecoder(t, "opus")
	for size := 1; size <= 1400; size++ {
		payload := make([]byte, size)
		codec.Silence("opus", payload)
		if got := codec.OpusSamples(payload); got != 960 {
			t.Fatalf("%d bytes: %d samples by the first bytes, want 960", size, got)
		}
		n, err := d.Decode(payload, pcm)
		if err != nil || n != 960 {
			t.Fatalf("%d bytes: got %d samples, %v", size, n, err)
		}
		if got := level(pcm[:n]); got > -80 {
			t.Fatalf("%d bytes: %.1f dB", size, got)
		}
	}
}

func TestSamplesOfAnOpusPacketByItsFirstBytes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		payload []byte
		ms      float64
	}{
		{[]byte{0}, 10}, {[]byte{3 << 3}, 60}, {[]byte{9<<3 | 1}, 40}, {[]byte{12 << 3}, 10}, {[]byte{15 << 3}, 20},
		{[]byte{16 << 3}, 2.5}, {[]byte{31 << 3}, 20}, {[]byte{31<<3 | 2}, 40}, {[]byte{31<<3 | 3, 3}, 60},
		{[]byte{31<<3 | 3, 63}, 120}, {[]byte{31<<3 | 3}, 0}, {nil, 0},
	} {
		if got := float64(codec.OpusSamples(c.payload)) / 48; math.Abs(got-c.ms) > 1e-9 {
			t.Errorf("%x: got %v ms, want %v", c.payload, got, c.ms)
		}
	}
}
