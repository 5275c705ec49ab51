package media

import (
	"math"
	"slices"
	"testing"
	"time"

	"linekeeper/internal/media/g711"
)

// heardAs sends a sound to a tap in packets of some length.
func heardAs(tap Tap, c Codec, pcm []int16, length int) {
	for len(pcm) > 0 {
		n := min(length, len(pcm))
		payload := make([]byte, n)
		for i, v := range pcm[:n] {
			payload[i] = g711.EncodeMulaw(v)
		}
		tap.Packet(Heard, &Packet{Codec: c, SSRC: 1, Payload: payload})
		pcm = pcm[n:]
	}
}

// sine is a tone; 0 Hz is nothing. voice is a sound with an even and changing pitch.
func sine(hz float64, d time.Duration) []int16 {
	pcm := make([]int16, d*8000/time.Second)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(i)/8000))
	}
	return pcm
}

func voice(d time.Duration) []int16 {
	pcm := make([]int16, d*8000/time.Second)
	for i := range pcm {
		x := float64(i) / 8000
		pitch := 2 * math.Pi * (140*x + 3*math.Sin(9*x))
		pcm[i] = int16(3000 * (math.Sin(pitch) + math.Sin(3*pitch) + math.Sin(7*pitch)/2))
	}
	return pcm
}

func TestTonesAreFoundOnceAndOnlyIfAskedFor(t *testing.T) {
	t.Parallel()
	cng := slices.Concat(sine(1100, 500*time.Millisecond), sine(0, time.Second), sine(1100, 500*time.Millisecond), sine(0, 200*time.Millisecond))
	ced := slices.Concat(sine(0, time.Second), sine(2100, 3*time.Second))
	mailbox := slices.Concat(voice(2*time.Second), sine(0, 300*time.Millisecond), sine(1000, 400*time.Millisecond), sine(0, 300*time.Millisecond))
	for _, c := range []struct {
		name      string
		pcm       []int16
		fax, beep bool
		want      []Signal
	}{
		{"a fax calls", cng, true, true, []Signal{FaxCalls}},
		{"a fax answers", ced, true, true, []Signal{FaxAnswers}},
		{"a mailbox", mailbox, true, true, []Signal{Beep}},
		{"a fax, nobody asks", cng, false, true, nil},
		{"a mailbox, nobody asks", mailbox, true, false, nil},
		{"somebody speaks", voice(4 * time.Second), true, true, nil},
	} {
		for _, length := range []int{80, 160, 200, 240} {
			var got []Signal
			heardAs(NewTones(c.fax, c.beep, func(s Signal) { got = append(got, s) }), PCMU(), c.pcm, length)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s in packets of %d: got %v, want %v", c.name, length, got, c.want)
			}
		}
	}
}
