package wav_test

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/media/wav"
)

// stereo is a mu-law file: a tone on the left, silence then half as loud on the right.
func stereo() []byte {
	left := tone.Sine(440, 0.8, time.Second)
	b := make([]byte, wav.HeaderSize, wav.HeaderSize+2*len(left))
	wav.PutHeader(b, wav.Format{Encoding: wav.Mulaw, Channels: 2, Rate: 8000, Bits: 8}, int64(2*len(left)))
	for i, v := range left {
		right := v / 2
		if i < len(left)/2 {
			right = 0
		}
		b = append(b, g711.EncodeMulaw(v), g711.EncodeMulaw(right))
	}
	return b
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	b := stereo()
	r, err := wav.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if !r.Complete || r.Frames != 8000 || r.Duration() != time.Second {
		t.Errorf("got %+v lasting %v, want 8000 frames, complete", r, r.Duration())
	}
	s := make([]int16, 8100)
	if n, err := r.Samples(0, 0, s); n != 8000 || err != nil {
		t.Fatalf("left: got %d samples, error %v", n, err)
	}
	if got := tone.Share(s[:8000], 440); got < 0.99 {
		t.Errorf("left: share of 440 Hz %.2f, want 1", got)
	}
	if n, err := r.Samples(1, 0, s[:4000]); n != 4000 || err != nil || tone.Loudness(s[:4000]) != 0 {
		t.Errorf("right: got %d samples of loudness %.2f, error %v, want silence", n, tone.Loudness(s[:n]), err)
	}
	if n, err := r.Samples(0, 8000, s); n != 0 || err != nil {
		t.Errorf("at the end: got %d, error %v", n, err)
	}
	if _, err := r.Samples(2, 0, s); err == nil {
		t.Error("there is no third channel")
	}
}

func TestPeaksShowWhereSoundIs(t *testing.T) {
	t.Parallel()
	b := stereo()
	r, err := wav.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := wav.Peaks(r, 10)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if math.Abs(float64(p[0][i])-0.8) > 0.05 {
			t.Errorf("left, bucket %d: got %.2f, want 0.8", i, p[0][i])
		}
		want := 0.4
		if i < 5 {
			want = 0
		}
		if math.Abs(float64(p[1][i])-want) > 0.05 {
			t.Errorf("right, bucket %d: got %.2f, want %.1f", i, p[1][i], want)
		}
	}
	if _, err := wav.Peaks(r, 0); err == nil {
		t.Error("no buckets: want an error")
	}
}

// A file that was never closed says 0 or too much; the file's size is right.
func TestUnfinishedFileIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	b := stereo()
	for name, b := range map[string][]byte{
		"length 0": append(func() []byte {
			h := make([]byte, wav.HeaderSize)
			wav.PutHeader(h, wav.Format{Encoding: wav.Mulaw, Channels: 2, Rate: 8000, Bits: 8}, 0)
			return h
		}(), b[wav.HeaderSize:len(b)-4000]...),
		"cut": b[:len(b)-4000],
	} {
		r, err := wav.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.Complete || r.Frames != 6000 {
			t.Errorf("%s: got %d frames, complete %v; want 6000, incomplete", name, r.Frames, r.Complete)
		}
	}
}

func TestOtherFilesAreRefused(t *testing.T) {
	t.Parallel()
	good := stereo()
	mp3 := append([]byte(nil), good...)
	mp3[20] = 0x55
	for name, b := range map[string][]byte{"empty": nil, "text": []byte("hello, I am not a sound file at all"), "MP3 in WAV": mp3, "header only": good[:20]} {
		if _, err := wav.NewReader(bytes.NewReader(b), int64(len(b))); !errors.Is(err, wav.ErrFormat) {
			t.Errorf("%s: got %v, want ErrFormat", name, err)
		}
	}
}

func FuzzReader(f *testing.F) {
	b := stereo()
	f.Add(b[:200])
	f.Add(b[:57])
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := wav.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		if r.Offset+r.Frames*int64(r.Format.Frame()) > int64(len(b)) {
			t.Fatalf("%d frames at %d in %d bytes", r.Frames, r.Offset, len(b))
		}
		s := make([]int16, 100)
		if _, err := r.Samples(r.Format.Channels-1, max(0, r.Frames-50), s); err != nil {
			t.Fatal(err)
		}
		if _, err := wav.Peaks(r, 7); err != nil {
			t.Fatal(err)
		}
	})
}
