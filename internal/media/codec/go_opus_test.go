package codec

import (
	"math"
	"testing"
)

// The decoder in Go is used where the system has no libopus: it must hear the same, but
// for another way of converting rates.
func TestTheDecoderInGoHearsWhatLibopusHears(t *testing.T) {
	t.Parallel()
	lib, err := systemOpus()
	if err != nil {
		t.Fatal(err)
	}
	for _, rate := range []int{8000, 16000, 48000} {
		e, err := lib.newEncoder(rate)
		if err != nil {
			t.Fatal(err)
		}
		reference, err := lib.newDecoder(rate, 1)
		if err != nil {
			t.Fatal(err)
		}
		d, err := newGoOpusDecoder(rate)
		if err != nil {
			t.Fatal(err)
		}
		frame := rate / 50
		sound, payload := make([]int16, frame), make([]byte, MaxPayload)
		want, got := make([]int16, MaxSamples), make([]int16, MaxSamples)
		var signal, wrong float64
		for f := range 100 {
			for i := range sound {
				at := float64(f*frame+i) / float64(rate)
				sound[i] = int16(8000 * math.Sin(2*math.Pi*500*at) * (1 + math.Sin(2*math.Pi*3*at)))
			}
			n, err := e.Encode(sound, payload)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := reference.Decode(payload[:n], want); err != nil || n != frame {
				t.Fatalf("libopus: %d samples, %v", n, err)
			}
			if n, err := d.Decode(payload[:n], got); err != nil || n != frame {
				t.Fatalf("in Go: %d samples, %v", n, err)
			}
			for i := range frame {
				signal += float64(want[i]) * float64(want[i])
				wrong += math.Pow(float64(want[i])-float64(got[i]), 2)
			}
		}
		if ratio := 10 * math.Log10(signal/wrong); ratio < 24 {
			t.Errorf("at %d Hz: the difference is %.1f dB below the sound, want 24", rate, ratio)
		}
		d.Conceal(got[:frame])
		if _, err := d.Decode([]byte{0xff}, got); err == nil {
			t.Error("a packet without a frame was decoded")
		}
		if d.Rate() != rate {
			t.Errorf("rate: got %d, want %d", d.Rate(), rate)
		}
	}
}
