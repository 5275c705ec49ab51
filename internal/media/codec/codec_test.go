package codec_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"linekeeper/internal/media/codec"
)

var names = []string{"PCMU", "PCMA", "G722", "opus"}

// sine is a tone with its peak at 0.3 of full scale.
func sine(frequency float64, rate, n int) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = int16(0.3 * 32767 * math.Sin(2*math.Pi*frequency*float64(i)/float64(rate)))
	}
	return s
}

// level is the power of a sound in dB below full scale.
func level(s []int16) float64 {
	sum := 1e-9
	for _, v := range s {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(sum/float64(len(s))/(32767*32767/2))
}

// noise is what is left in dB below full scale without the best fitting tone of that frequency.
func noise(s []int16, frequency float64, rate int) float64 {
	var re, im float64
	for i, v := range s {
		sin, cos := math.Sincos(2 * math.Pi * frequency * float64(i) / float64(rate))
		re += float64(v) * cos
		im += float64(v) * sin
	}
	re, im = 2*re/float64(len(s)), 2*im/float64(len(s))
	rest := make([]int16, len(s))
	for i, v := range s {
		sin, cos := math.Sincos(2 * math.Pi * frequency * float64(i) / float64(rate))
		rest[i] = int16(math.Round(float64(v) - re*cos - im*sin))
	}
	return level(rest)
}

func needsOpus(t testing.TB, name string) {
	t.Helper()
	if name == "opus" && codec.OpusLibrary() == "" {
		t.Fatal("this test needs libopus.so.0: install the package libopus0")
	}
}

// coded sends a sound through an encoder and a decoder; lost says which frames do not arrive.
func coded(t testing.TB, name string, encodeRate, decodeRate int, sound []int16, lost func(frame int) bool) (heard []int16) {
	t.Helper()
	needsOpus(t, name)
	e, err := codec.NewEncoderAt(name, encodeRate)
	if err != nil {
		t.Fatal(err)
	}
	d, err := codec.NewDecoderAt(name, decodeRate)
	if err != nil {
		t.Fatal(err)
	}
	if e.Rate() != encodeRate || d.Rate() != decodeRate {
		t.Fatalf("%s: rates %d and %d, want %d and %d", name, e.Rate(), d.Rate(), encodeRate, decodeRate)
	}
	payload, pcm := make([]byte, codec.MaxPayload), make([]int16, codec.MaxSamples)
	for at, frame := 0, encodeRate/50; at+frame <= len(sound); at += frame {
		n, err := e.Encode(sound[at:at+frame], payload)
		if err != nil {
			t.Fatal(err)
		}
		if lost != nil && lost(at/frame) {
			d.Conceal(pcm[:decodeRate/50])
			n = decodeRate / 50
		} else if n, err = d.Decode(payload[:n], pcm); err != nil || n != decodeRate/50 {
			t.Fatalf("decoding %s: %d samples, %v", name, n, err)
		}
		heard = append(heard, pcm[:n]...)
	}
	return heard
}

func TestATonePassesEveryCodecAtEveryRate(t *testing.T) {
	t.Parallel()
	for _, name := range names {
		for _, from := range []int{8000, 16000, 48000} {
			for _, to := range []int{8000, 16000, 48000} {
				t.Run(fmt.Sprintf("%s %d %d", name, from, to), func(t *testing.T) {
					heard := coded(t, name, from, to, sine(1000, from, from), nil)
					heard = heard[to/5:]
					want := 20 * math.Log10(0.3)
					if got := level(heard); math.Abs(got-want) > 1 {
						t.Errorf("level: got %.1f dB, want %.1f", got, want)
					}
					if got := noise(heard, 1000, to); got > want-24 {
						t.Errorf("noise: got %.1f dB, want 24 below %.1f", got, want)
					}
				})
			}
		}
	}
}

func TestWidebandStaysWide(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"G722", "opus"} {
		heard := coded(t, name, 16000, 16000, sine(6000, 16000, 16000), nil)
		if got, want := level(heard[3200:]), 20*math.Log10(0.3); math.Abs(got-want) > 3 {
			t.Errorf("%s: 6 kHz: got %.1f dB, want %.1f", name, got, want)
		}
	}
}

func TestALostFrameIsHardlyHeard(t *testing.T) {
	t.Parallel()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			rate := codec.Rate(name)
			sound := sine(400, rate, rate)
			heard := coded(t, name, rate, rate, sound, func(frame int) bool { return frame == 30 })
			want := 20 * math.Log10(0.3)
			around := heard[30*rate/50 : 33*rate/50]
			if got := level(around); math.Abs(got-want) > 3 {
				t.Errorf("level around the loss: got %.1f dB, want %.1f", got, want)
			}
			step := 0
			for i := 1; i < len(around); i++ {
				d := int(around[i]) - int(around[i-1])
				step = max(step, d, -d)
			}
			// The tone's own steepest step, twice.
			if limit := int(2*0.3*32767*2*math.Pi*400/float64(rate)) + 300; step > limit {
				t.Errorf("a click: %d between two samples, want at most %d", step, limit)
			}
		})
	}
}

func TestALongLossFadesToSilence(t *testing.T) {
	t.Parallel()
	for _, name := range names {
		rate := codec.Rate(name)
		heard := coded(t, name, rate, rate, sine(400, rate, 2*rate), func(frame int) bool { return frame >= 30 && frame < 80 })
		if got := level(heard[60*rate/50 : 80*rate/50]); got > -45 {
			t.Errorf("%s: %.1f dB half a second into a loss, want silence", name, got)
		}
		if got := level(heard[90*rate/50:]); math.Abs(got-20*math.Log10(0.3)) > 1 {
			t.Errorf("%s: %.1f dB after a loss", name, got)
		}
	}
}

func TestConcealingFromTheStartIsSilence(t *testing.T) {
	t.Parallel()
	for _, name := range names {
		d := newDecoder(t, name)
		pcm := make([]int16, d.Rate()/50+7)
		pcm[0], pcm[len(pcm)-1] = 999, 999
		d.Conceal(pcm)
		if got := level(pcm); got > -80 {
			t.Errorf("%s: %.1f dB", name, got)
		}
	}
}

func TestOpusRecoversALostFrameFromTheNext(t *testing.T) {
	t.Parallel()
	needsOpus(t, "opus")
	e, err := codec.NewEncoderAt("opus", 16000)
	if err != nil {
		t.Fatal(err)
	}
	d, err := codec.NewDecoderAt("opus", 16000)
	if err != nil {
		t.Fatal(err)
	}
	r, ok := d.(codec.Recoverer)
	if !ok {
		t.Fatalf("%T is no Recoverer", d)
	}
	in := samples(t, "g722_in.s16")
	pcm, payload := make([]int16, 320), make([]byte, codec.MaxPayload)
	recovered := 0
	for at := 0; at+320 <= len(in)/2; at += 320 {
		n, err := e.Encode(in[at:at+320], payload)
		if err != nil {
			t.Fatal(err)
		}
		if at/320%5 == 3 {
			continue // lost
		}
		if at/320%5 == 4 {
			if !r.Recover(payload[:n], pcm) {
				t.Errorf("frame %d was not recovered", at/320-1)
			}
			recovered++
		}
		if _, err := d.Decode(payload[:n], pcm); err != nil {
			t.Fatal(err)
		}
	}
	if recovered == 0 {
		t.Error("nothing was lost")
	}
}

func TestClockRates(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]int{
		"PCMU": {8000, 8000}, "pcma": {8000, 8000}, "G722": {16000, 8000}, "OPUS": {48000, 48000}, "GSM": {0, 0},
	} {
		if got := [2]int{codec.Rate(name), codec.ClockRate(name)}; got != want {
			t.Errorf("%s: sample rate and clock: got %d, want %d", name, got, want)
		}
	}
}

func TestWhatCannotBeMadeIsRefused(t *testing.T) {
	t.Parallel()
	_, err1 := codec.NewDecoder("GSM")
	_, err2 := codec.NewEncoder("")
	_, err3 := codec.NewDecoderAt("G722", 11025)
	_, err4 := codec.NewEncoderAt("opus", 44100)
	_, err5 := codec.NewResampler(8000, 0)
	for i, err := range []error{err1, err2, err3, err4, err5} {
		if !errors.Is(err, codec.ErrUnknown) {
			t.Errorf("case %d: got %v, want ErrUnknown", i+1, err)
		}
	}
}

func TestBadFramesAreErrors(t *testing.T) {
	t.Parallel()
	for _, name := range names {
		needsOpus(t, name)
		d, e := newDecoder(t, name), newEncoder(t, name)
		frame := make([]int16, e.Rate()/50)
		payload := make([]byte, codec.MaxPayload)
		if _, err := d.Decode(nil, frame); !errors.Is(err, codec.ErrPayload) {
			t.Errorf("%s: an empty payload: %v", name, err)
		}
		if _, err := e.Encode(frame[1:], payload); !errors.Is(err, codec.ErrPayload) {
			t.Errorf("%s: a short frame: %v", name, err)
		}
		if _, err := e.Encode(frame, nil); !errors.Is(err, codec.ErrShort) {
			t.Errorf("%s: no room for the payload: %v", name, err)
		}
		n, err := e.Encode(frame, payload)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Decode(payload[:n], frame[:10]); !errors.Is(err, codec.ErrShort) {
			t.Errorf("%s: no room for the samples: %v", name, err)
		}
	}
}

func TestNothingIsAllocatedPerFrame(t *testing.T) {
	for _, name := range names {
		needsOpus(t, name)
		e, d := newEncoder(t, name), newDecoder(t, name)
		sound := sine(1000, e.Rate(), e.Rate()/50)
		payload, pcm := make([]byte, codec.MaxPayload), make([]int16, codec.MaxSamples)
		got := testing.AllocsPerRun(200, func() {
			n, err := e.Encode(sound, payload)
			if err == nil {
				_, err = d.Decode(payload[:n], pcm)
			}
			d.Conceal(pcm[:len(sound)])
			if err != nil {
				t.Fatal(err)
			}
		})
		if got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

func TestResamplingKeepsTheLevelAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]int{{8000, 16000}, {8000, 48000}, {16000, 48000}, {16000, 8000}, {48000, 8000}, {48000, 16000}, {8000, 8000}} {
		from, to := pair[0], pair[1]
		t.Run(fmt.Sprint(from, " to ", to), func(t *testing.T) {
			band := float64(min(from, to)) / 2
			for _, share := range []float64{0.01, 0.1, 0.3, 0.5, 0.7, 0.85} {
				f := math.Round(band*share/50) * 50
				heard := resampled(t, from, to, sine(f, from, from))[to/10:]
				want := 20 * math.Log10(0.3)
				if got := level(heard); math.Abs(got-want) > 0.25 {
					t.Errorf("%.0f Hz: level %.2f dB, want %.2f", f, got, want)
				}
				if got := noise(heard, f, to); got > -61 {
					t.Errorf("%.0f Hz: the rest is at %.1f dB, want below -61", f, got)
				}
			}
			// What the lower rate cannot carry must vanish, not come back mirrored.
			for f := band * 1.15; f < float64(from)/2; f += band / 7 {
				heard := resampled(t, from, to, sine(f, from, from))[to/10:]
				if got := level(heard); got > -61 {
					t.Errorf("%.0f Hz: left at %.1f dB, want below -61", f, got)
				}
			}
		})
	}
}

func TestResamplingDoesNotOverflow(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]int{{8000, 48000}, {48000, 8000}} {
		r := rand.New(rand.NewPCG(1, 2))
		in := make([]int16, pair[0])
		for i := range in {
			in[i] = 32767
			if r.IntN(2) == 0 {
				in[i] = -32768
			}
		}
		out := resampled(t, pair[0], pair[1], in)
		if got := level(out); got > 4 || got < -20 {
			t.Errorf("%v: level %.1f dB", pair, got)
		}
		steady := make([]int16, pair[0])
		for i := range steady {
			steady[i] = 32767
		}
		for i, v := range resampled(t, pair[0], pair[1], steady)[2000:] {
			if v < 32000 {
				t.Fatalf("%v: sample %d of full scale: got %d", pair, i, v)
			}
		}
	}
}

func resampled(t testing.TB, from, to int, in []int16) (out []int16) {
	t.Helper()
	r, err := codec.NewResampler(from, to)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(in); at += from / 50 {
		dst := make([]int16, to/50)
		if n := r.Resample(in[at:at+from/50], dst); n != to/50 || n != r.Size(from/50) {
			t.Fatalf("%d to %d: %d samples, want %d", from, to, n, to/50)
		}
		out = append(out, dst...)
	}
	return out
}

func FuzzOpusDecodesAnything(f *testing.F) {
	f.Add([]byte{0x78, 1, 2, 3})
	f.Add([]byte{0xff, 0x41, 0x80})
	f.Fuzz(func(t *testing.T, payload []byte) {
		d := newDecoder(t, "opus")
		pcm := make([]int16, codec.MaxSamples)
		if n, err := d.Decode(payload, pcm); err == nil && (n <= 0 || n > len(pcm)) {
			t.Errorf("got %d samples", n)
		}
		d.Conceal(pcm[:960])
	})
}

func BenchmarkFrame(b *testing.B) {
	for _, name := range names {
		for _, rate := range []int{8000, 16000, 48000} {
			e, err := codec.NewEncoderAt(name, rate)
			if err != nil {
				b.Fatal(err)
			}
			d, _ := codec.NewDecoderAt(name, rate)
			in := resampled(b, 16000, rate, samples(b, "g722_in.s16"))
			frame := rate / 50
			payload, pcm := make([]byte, codec.MaxPayload), make([]int16, codec.MaxSamples)
			var coded [][]byte
			for at := 0; at < len(in); at += frame {
				n, _ := e.Encode(in[at:at+frame], payload)
				coded = append(coded, append([]byte(nil), payload[:n]...))
			}
			b.Run(fmt.Sprintf("%s encode %d", name, rate), func(b *testing.B) {
				b.ReportAllocs()
				for i := range b.N {
					at := i * frame % len(in)
					_, _ = e.Encode(in[at:at+frame], payload)
				}
			})
			b.Run(fmt.Sprintf("%s decode %d", name, rate), func(b *testing.B) {
				b.ReportAllocs()
				for i := range b.N {
					_, _ = d.Decode(coded[i%len(coded)], pcm)
				}
			})
		}
	}
}
