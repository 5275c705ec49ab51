package opusfile

import (
	"bytes"
	"testing"
	"time"

	"linekeeper/internal/media/tone"
)

// TestLeft: what is decoded is as long as the sound was, and of the left side alone.
func TestLeft(t *testing.T) {
	t.Parallel()
	src := recording(t, tone.Sine(500, 0.4, 2010*time.Millisecond), tone.Sine(1200, 0.4, 2*time.Second))
	b, _ := converted(t, src)
	pcm, rate, err := Left(bytes.NewReader(b))
	if err != nil || rate != 8000 || int64(len(pcm)) != src.Frames {
		t.Fatalf("%d samples at %d Hz, error %v, want %d at 8000", len(pcm), rate, err, src.Frames)
	}
	middle := pcm[4000:12000]
	if left, right := tone.Level(middle, 500), tone.Level(middle, 1200); left < 0.3 || right > 0.02 {
		t.Errorf("the left side has level %.2f, the right one %.2f", left, right)
	}
	if _, _, err := Left(bytes.NewReader(b[:len(b)/2])); err == nil {
		t.Error("half a file is none")
	}
	if _, _, err := Left(bytes.NewReader([]byte("RIFF"))); err == nil {
		t.Error("a WAV file was decoded")
	}
}
