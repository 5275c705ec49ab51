package media

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/tone"
)

// levelsOf shows sound to one side of a tap, packet by packet from then on.
func levelsOf(t *testing.T, l *Levels, d Direction, c Codec, from time.Time, pcm []int16) {
	t.Helper()
	e, err := codec.NewEncoderAt(c.Name, tone.Rate)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, codec.MaxPayload)
	for ; len(pcm) >= frameSamples; pcm = pcm[frameSamples:] {
		n, err := e.Encode(pcm[:frameSamples], b)
		if err != nil {
			t.Fatal(err)
		}
		l.Packet(d, &Packet{Codec: c, Arrival: from, Payload: b[:n]})
		from = from.Add(FrameTime)
	}
}

func noise(loud float64, d time.Duration) []int16 {
	r := rand.New(rand.NewPCG(1, 2))
	s := tone.Silence(d)
	for i := range s {
		s[i] = int16(loud * 32767 * (2*r.Float64() - 1))
	}
	return s
}

func TestLevels(t *testing.T) {
	t.Parallel()
	for _, c := range []Codec{PCMU(), PCMA(), {Name: "G722", PayloadType: 9, ClockRate: 8000}} {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			began := time.Unix(1000, 0)
			l := NewLevels(began)
			// A sine of half the peak is 9 dB below overload; of one hundredth, 43.
			sound := append(noise(0.003, 2*time.Second), tone.Sine(400, 0.5, 980*time.Millisecond)...)
			sound = append(sound, noise(0.003, 1020*time.Millisecond)...) // a codec's filters may ring over
			sound = append(sound, tone.Sine(400, 0.05, 500*time.Millisecond)...)
			sound = append(sound, noise(0.003, 500*time.Millisecond)...)
			levelsOf(t, l, Heard, c, began, sound)
			levelsOf(t, l, Sent, c, began.Add(3*time.Second), tone.Sine(700, 0.5, time.Second))
			want := []byte{55, 55, 9 | Spoken, 55, 32 | Spoken}
			got := l.Bytes(Heard, began.Add(5*time.Second))
			if len(got) != len(want) {
				t.Fatalf("%d seconds, want %d", len(got), len(want))
			}
			for i, w := range want {
				if d := int(got[i]&0x7f) - int(w&0x7f); got[i]&Spoken != w&Spoken || d < -2 || d > 2 {
					t.Errorf("second %d: got %d, spoken %v, want %d, %v", i, got[i]&0x7f, got[i]&Spoken != 0, w&0x7f, w&Spoken != 0)
				}
			}
			if got := l.Bytes(Sent, began.Add(6*time.Second)); !bytes.Equal(got, []byte{127, 127, 127, 9 | Spoken, 127, 127}) {
				t.Errorf("the other side: got %v", got)
			}
		})
	}
}

// Noise that gets louder is soon noise again; speech between stays speech.
func TestNoiseIsNoSpeech(t *testing.T) {
	t.Parallel()
	began := time.Unix(1000, 0)
	l := NewLevels(began)
	levelsOf(t, l, Heard, PCMU(), began, append(noise(0.002, 2*time.Second), noise(0.03, 28*time.Second)...))
	got := l.Bytes(Heard, began.Add(30*time.Second))
	for i := 12; i < 30; i++ {
		if got[i]&Spoken != 0 {
			t.Errorf("second %d of constant noise is taken for speech", i)
		}
	}
}

func TestLevelsDoNotAllocate(t *testing.T) {
	l := NewLevels(time.Unix(1000, 0))
	l.sides[Heard].done = make([]byte, 0, 100)
	p := &Packet{Codec: PCMU(), Arrival: time.Unix(1001, 0), Payload: make([]byte, 160)}
	l.Packet(Heard, p)
	if n := testing.AllocsPerRun(100, func() { l.Packet(Heard, p) }); n != 0 {
		t.Errorf("%v allocations per packet, want none", n)
	}
	// Hours of nothing, or a wrong clock, do no harm.
	for _, at := range []int64{0, 1 << 40} {
		p.Arrival = time.Unix(at, 0)
		l.Packet(Heard, p)
	}
	if got := len(l.Bytes(Heard, time.Unix(0, 0))); got != 0 {
		t.Errorf("%d seconds before the beginning", got)
	}
}
