package opusfile

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/ogg"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/media/wav"
)

// recording makes an A-law file of two sides; the shorter is filled with silence.
func recording(t testing.TB, left, right []int16) *wav.Reader {
	t.Helper()
	n := max(len(left), len(right))
	b := make([]byte, wav.HeaderSize, wav.HeaderSize+2*n)
	wav.PutHeader(b, wav.Format{Encoding: wav.Alaw, Channels: 2, Rate: 8000, Bits: 8}, int64(2*n))
	for i := range n {
		for _, side := range [][]int16{left, right} {
			v := int16(0)
			if i < len(side) {
				v = side[i]
			}
			b = append(b, g711.EncodeAlaw(v))
		}
	}
	r, err := wav.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// syllables is noise through a voice's formants that comes and goes as speech does.
func syllables(seed uint64, d time.Duration) []int16 {
	random := rand.New(rand.NewPCG(seed, 1))
	s := make([]int16, int(d*tone.Rate/time.Second))
	low, loud := 0.0, 0.0
	for i := range s {
		if i%1600 == 0 {
			loud = float64(random.IntN(3)) * 4000
		}
		low += 0.3 * (random.Float64()*2 - 1 - low)
		s[i] = int16(loud * (low + 0.5*math.Sin(2*math.Pi*140*float64(i)/tone.Rate)))
	}
	return s
}

func converted(t testing.TB, src *wav.Reader) ([]byte, *Outline) {
	t.Helper()
	var b bytes.Buffer
	outline, err := Convert(&b, src, 1, []ogg.Comment{{Name: "INTERACTION", Text: "i-1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), outline
}

// TestEverySoundIsConverted holds what may be in a recording: it is converted, found alike, and as long.
func TestEverySoundIsConverted(t *testing.T) {
	t.Parallel()
	noise := make([]int16, 40_000)
	for i := range noise {
		noise[i] = int16(rand.IntN(20_000) - 10_000)
	}
	click := make([]int16, 30_000)
	click[15_000] = 30_000
	constant := make([]int16, 24_000)
	for i := range constant {
		constant[i] = 12_000
	}
	digits := append(tone.Keys('5', 200*time.Millisecond), append(tone.Silence(time.Second), tone.Keys('9', 200*time.Millisecond)...)...)
	for name, sides := range map[string][2][]int16{
		"speech":          {syllables(1, 20*time.Second), syllables(2, 17*time.Second)},
		"one side":        {nil, syllables(3, 5*time.Second)},
		"silence":         {tone.Silence(3 * time.Second), nil},
		"tones":           {tone.Sine(440, 0.8, 3*time.Second), tone.Sine(700, 0.1, 3*time.Second)},
		"high tones":      {tone.Sine(3300, 0.5, 3*time.Second), tone.Sine(2100, 0.5, 3*time.Second)},
		"hum":             {tone.Sine(50, 0.5, 3*time.Second), tone.Sine(100, 0.5, 3*time.Second)},
		"noise":           {noise, noise[:9000]},
		"a click":         {click, nil},
		"a constant":      {constant, nil},
		"digits":          {digits, nil},
		"clipped":         {tone.Sine(300, 3, 3*time.Second), syllables(4, time.Second)},
		"one sample":      {[]int16{1000}, nil},
		"160 samples":     {tone.Sine(440, 0.8, 20*time.Millisecond), nil},
		"exactly the end": {make([]int16, 8000-52), nil},
		"one more":        {make([]int16, 8000-51), nil},
		"music, same":     {tone.Sine(440, 0.5, 2*time.Second), tone.Sine(440, 0.5, 2*time.Second)},
	} {
		src := recording(t, sides[0], sides[1])
		b, outline := converted(t, src)
		if err := Verify(bytes.NewReader(b), outline, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := ReadPeaks(bytes.NewReader(b)); err != nil || got.Duration() != src.Duration() {
			t.Errorf("%s: %v long, want %v; %v", name, got.Duration(), src.Duration(), err)
		}
	}
}

// TestAnotherSoundIsNoticed verifies files against what they are not made of.
func TestAnotherSoundIsNoticed(t *testing.T) {
	t.Parallel()
	left, right := syllables(1, 20*time.Second), syllables(2, 20*time.Second)
	b, outline := converted(t, recording(t, left, right))
	late := func(s []int16) []int16 { return append(make([]int16, 8000), s[:len(s)-8000]...) }
	quarter := func(s []int16) []int16 {
		s = append([]int16(nil), s...)
		for i := range s {
			s[i] /= 4
		}
		return s
	}
	for name, src := range map[string]*wav.Reader{
		"swapped":     recording(t, right, left),
		"no right":    recording(t, left, make([]int16, len(right))),
		"no left":     recording(t, make([]int16, len(left)), right),
		"shorter":     recording(t, left[1:], right[1:]),
		"late":        recording(t, late(left), late(right)),
		"another":     recording(t, syllables(5, 20*time.Second), right),
		"much louder": recording(t, quarter(left), right),
	} {
		_, other := converted(t, src)
		if err := Verify(bytes.NewReader(b), other, nil); !errors.Is(err, ErrDiffers) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Verify(bytes.NewReader(b[:len(b)/2]), outline, nil); !errors.Is(err, ogg.ErrFormat) {
		t.Errorf("cut: %v", err)
	}
	stop := errors.New("stop")
	if err := Verify(bytes.NewReader(b), outline, func() error { return stop }); !errors.Is(err, stop) {
		t.Errorf("stopped: %v", err)
	}
}

// TestPeaksAreThoseOfTheWave draws both files alike.
func TestPeaksAreThoseOfTheWave(t *testing.T) {
	t.Parallel()
	long := syllables(1, 150*time.Second)
	for name, src := range map[string]*wav.Reader{
		"long":  recording(t, long, long[:500_000]),
		"short": recording(t, tone.Sine(440, 0.8, time.Second), tone.Sine(700, 0.4, 500*time.Millisecond)),
	} {
		b, _ := converted(t, src)
		p, err := ReadPeaks(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{10, 40} {
			left, right := p.Points(n)
			want, err := wav.Peaks(src, n)
			if err != nil || len(left) != n || len(right) != n {
				t.Fatalf("%d and %d peaks, %v", len(left), len(right), err)
			}
			for i := range n {
				if math.Abs(float64(left[i]-want[0][i])) > 0.006 || math.Abs(float64(right[i]-want[1][i])) > 0.006 {
					t.Errorf("%s, %d of %d: got %.3f and %.3f, want %.3f and %.3f", name, i, n, left[i], right[i], want[0][i], want[1][i])
				}
			}
		}
		if left, _ := p.Points(4000); len(left) != 4000 || len(p.text()) > 12_000 {
			t.Errorf("%s: %d points of %d bytes", name, len(left), len(p.text()))
		}
	}
}

func TestWhatCannotBeConvertedIsRefused(t *testing.T) {
	t.Parallel()
	src := recording(t, syllables(1, 3*time.Second), nil)
	stop := errors.New("stop")
	if _, err := Convert(io.Discard, src, 1, nil, func() error { return stop }); !errors.Is(err, stop) {
		t.Errorf("stopped: %v", err)
	}
	src.Frames *= 2 // the file ends before
	if _, err := Convert(io.Discard, src, 1, nil, nil); err != nil && !errors.Is(err, ErrSource) {
		t.Errorf("cut: %v", err)
	}
	src.Format.Rate = 44_100
	if _, err := Convert(io.Discard, src, 1, nil, nil); !errors.Is(err, ErrSource) {
		t.Errorf("44100 Hz: %v", err)
	}
	if _, err := Convert(io.Discard, recording(t, nil, nil), 1, nil, nil); !errors.Is(err, ErrSource) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := ReadPeaks(bytes.NewReader(nil)); !errors.Is(err, ogg.ErrFormat) {
		t.Errorf("an empty file: %v", err)
	}
}

func FuzzPeaks(f *testing.F) {
	f.Add(newPeaks(8000, 100).text())
	f.Add("8000 1000 160 AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePeaks(text)
		if err != nil {
			return
		}
		if left, right := p.Points(7); len(left) != 7 || len(right) != 7 || p.Duration() < 0 {
			t.Fatalf("%+v", p)
		}
		if again, err := parsePeaks(p.text()); err != nil || again.text() != p.text() {
			t.Fatalf("%q, then %v", p.text(), err)
		}
	})
}
