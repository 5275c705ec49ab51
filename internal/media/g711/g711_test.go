package g711_test

import (
	"testing"

	"linekeeper/internal/media/g711"
)

func TestEveryByteSurvivesDecodingAndEncoding(t *testing.T) {
	t.Parallel()
	for i := range 256 {
		b := byte(i)
		if got := g711.EncodeAlaw(g711.DecodeAlaw(b)); got != b {
			t.Errorf("A-law %#x: got %#x back", b, got)
		}
		want := b
		if b == 0x7f { // negative zero is encoded as positive zero
			want = 0xff
		}
		if got := g711.EncodeMulaw(g711.DecodeMulaw(b)); got != want {
			t.Errorf("mu-law %#x: got %#x, want %#x", b, got, want)
		}
	}
}

// The values are from ITU-T G.711, tables 1a and 2a, scaled to 16 bit.
func TestKnownValues(t *testing.T) {
	t.Parallel()
	for b, want := range map[byte]int16{0x80: 32124, 0x00: -32124, 0xff: 0, 0x7f: 0, 0xf0: 120} {
		if got := g711.DecodeMulaw(b); got != want {
			t.Errorf("mu-law %#x: got %d, want %d", b, got, want)
		}
	}
	for b, want := range map[byte]int16{0xaa: 32256, 0x2a: -32256, 0xd5: 8, 0x55: -8, 0x80: 5504, 0x00: -5504} {
		if got := g711.DecodeAlaw(b); got != want {
			t.Errorf("A-law %#x: got %d, want %d", b, got, want)
		}
	}
}

func TestErrorIsWithinHalfAStep(t *testing.T) {
	t.Parallel()
	for v := -32768; v <= 32767; v++ {
		size := max(v, -v)
		allowed := max(16, size/16)
		for name, got := range map[string]int16{
			"mu-law": g711.DecodeMulaw(g711.EncodeMulaw(int16(v))),
			"A-law":  g711.DecodeAlaw(g711.EncodeAlaw(int16(v))),
		} {
			if d := int(got) - v; d > allowed || -d > allowed {
				t.Fatalf("%s of %d: got %d, more than %d off", name, v, got, allowed)
			}
		}
	}
}

func TestSilenceIsSilent(t *testing.T) {
	t.Parallel()
	if got := g711.DecodeMulaw(g711.MulawSilence); got != 0 {
		t.Errorf("mu-law silence: got %d, want 0", got)
	}
	if got := g711.DecodeAlaw(g711.AlawSilence); got != 8 {
		t.Errorf("A-law silence: got %d, want the smallest step, 8", got)
	}
	b := []byte{g711.MulawSilence}
	g711.MulawToAlaw(b)
	if b[0] != g711.AlawSilence {
		t.Errorf("mu-law silence as A-law: got %#x, want %#x", b[0], g711.AlawSilence)
	}
}

func TestSquares(t *testing.T) {
	all := make([]byte, 256)
	var mu, a uint64
	for i := range all {
		all[i] = byte(i)
		m, v := int64(g711.DecodeMulaw(byte(i))), int64(g711.DecodeAlaw(byte(i)))
		mu += uint64(m * m)
		a += uint64(v * v)
	}
	if got := g711.MulawSquares(all); got != mu {
		t.Errorf("mu-law: got %d, want %d", got, mu)
	}
	if got := g711.AlawSquares(all); got != a {
		t.Errorf("A-law: got %d, want %d", got, a)
	}
	if got := g711.MulawSquares(nil) + g711.AlawSquares(nil); got != 0 {
		t.Errorf("of nothing: %d", got)
	}
}
