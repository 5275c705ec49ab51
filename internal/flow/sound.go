package flow

import (
	"bytes"
	"fmt"
	"math"

	"linekeeper/internal/media/wav"
)

// maxSound is the longest sound that is read, in samples at its own rate: an hour at 48 kHz.
const maxSound = 48000 * 3600

// DecodeWAV reads a WAV file of any rate, one or two channels, linear, mu-law or A-law, as 8 kHz mono.
func DecodeWAV(file []byte) ([]int16, error) {
	r, err := wav.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	if r.Frames > maxSound {
		return nil, fmt.Errorf("the sound is too long: %v", r.Duration())
	}
	mono := make([]int16, r.Frames)
	if _, err := r.Samples(0, 0, mono); err != nil {
		return nil, err
	}
	if r.Format.Channels == 2 {
		right := make([]int16, r.Frames)
		if _, err := r.Samples(1, 0, right); err != nil {
			return nil, err
		}
		for i, v := range right {
			mono[i] = int16((int(mono[i]) + int(v)) / 2)
		}
	}
	return Resample(mono, r.Format.Rate), nil
}

// Resample brings samples of that rate in Hz to 8 kHz. It is a windowed sinc: each new sample is the
// sum of its neighbours, which also removes what is above 4 kHz or above the old limit.
func Resample(samples []int16, rate int) []int16 {
	if rate == SampleRate || rate <= 0 || len(samples) == 0 {
		return samples
	}
	const lobes = 16 // zero crossings on either side; 16 leave images below -60 dB
	ratio := float64(rate) / SampleRate
	// The cut-off leaves 5 % for the filter's slope.
	cutoff := 0.95 * min(1, 1/ratio)
	reach := lobes / cutoff
	out := make([]int16, int(float64(len(samples))/ratio))
	for i := range out {
		at := float64(i) * ratio
		var sum, weights float64
		for j := int(math.Ceil(at - reach)); j <= int(math.Floor(at+reach)); j++ {
			x := (float64(j) - at) * cutoff
			w := sinc(x) * (0.5 + 0.5*math.Cos(math.Pi*x/lobes))
			weights += w
			if j >= 0 && j < len(samples) {
				sum += w * float64(samples[j])
			}
		}
		out[i] = int16(max(math.MinInt16, min(math.MaxInt16, math.Round(sum/weights))))
	}
	return out
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// beep stands for a prompt that is missing: 200 ms of 440 Hz, and as much silence.
func beep() Clip {
	const length = SampleRate / 5
	pcm := make([]int16, 2*length)
	for i := range length {
		fade := min(1, float64(min(i, length-i))/80) // 10 ms, against clicks
		pcm[i] = int16(6000 * fade * math.Sin(2*math.Pi*440*float64(i)/SampleRate))
	}
	return Clip{ID: "beep", PCM: pcm}
}
