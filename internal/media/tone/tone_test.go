package tone_test

import (
	"math"
	"testing"
	"time"

	"linekeeper/internal/media/tone"
)

func TestSineIsMeasuredAsItWasMade(t *testing.T) {
	t.Parallel()
	s := tone.Sine(440, 0.5, time.Second)
	if got := tone.Level(s, 440); math.Abs(got-0.5) > 0.01 {
		t.Errorf("level at 440 Hz: got %.3f, want 0.5", got)
	}
	if got := tone.Share(s, 440); got < 0.99 {
		t.Errorf("share at 440 Hz: got %.3f, want 1", got)
	}
	if got := tone.Share(s, 700); got > 0.01 {
		t.Errorf("share at 700 Hz: got %.3f, want 0", got)
	}
	if got, want := tone.Loudness(s), 0.5/math.Sqrt2; math.Abs(got-want) > 0.01 {
		t.Errorf("loudness: got %.3f, want %.3f", got, want)
	}
}

func TestEveryKeyIsHeard(t *testing.T) {
	t.Parallel()
	for _, key := range []byte("0123456789*#ABCD") {
		if got := tone.Key(tone.Keys(key, 100*time.Millisecond)); got != key {
			t.Errorf("key %c: heard %q", key, got)
		}
	}
	if tone.Keys('x', time.Second) != nil {
		t.Error("x is not a key")
	}
	if got := tone.Key(tone.Sine(697, 0.5, time.Second)); got != 0 {
		t.Errorf("one tone alone: heard %q, want nothing", got)
	}
	if got := tone.Key(tone.Silence(time.Second)); got != 0 {
		t.Errorf("silence: heard %q, want nothing", got)
	}
}
