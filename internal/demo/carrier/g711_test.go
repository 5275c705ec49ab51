package carrier

import (
	"testing"

	"linekeeper/internal/media/g711"
)

// TestG711AgreesWithTheProduct compares two implementations written apart, over all samples.
func TestG711AgreesWithTheProduct(t *testing.T) {
	for b := range 256 {
		if got, want := PCMU.Decode(byte(b)), g711.DecodeMulaw(byte(b)); got != want {
			t.Fatalf("mu-law %#x: got %d, the product says %d", b, got, want)
		}
		if got, want := PCMA.Decode(byte(b)), g711.DecodeAlaw(byte(b)); got != want {
			t.Fatalf("A-law %#x: got %d, the product says %d", b, got, want)
		}
	}
	for s := -32768; s <= 32767; s++ {
		for _, c := range []Codec{PCMU, PCMA} {
			got := int(c.Decode(c.Encode(int16(s))))
			if d := got - s; d > 1024 || d < -1024 || (s < 256 && s > -256 && (d > 16 || d < -16)) {
				t.Fatalf("%s of %d comes back as %d", c, s, got)
			}
		}
	}
}
