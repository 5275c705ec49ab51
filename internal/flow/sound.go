package flow

import (
	"bytes"
	"fmt"
	"math"

	"linekeeper/internal/media/wav"
)

// maxSeconds is the longest sound that is read.
const maxSeconds = 3600

// DecodeWAV reads a WAV file of any rate, one or two channels, linear, mu-law or A-law, as 8 kHz mono.
func DecodeWAV(file []byte) ([]int16, error) {
	r, err := wav.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	switch rate := r.Format.Rate; {
	case rate < 4000: // a file of few bytes would become hours
		return nil, fmt.Errorf("%w: %d Hz is no sound", wav.ErrFormat, rate)
	case r.Frames > int64(rate)*maxSeconds:
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
	out := make([]int16, len(samples)*SampleRate/rate)
	// New samples stand between old ones at few different fractions; the weights of each are
	// computed once.
	filters := map[int][]float64{}
	for i := range out {
		base, fraction := i*rate/SampleRate, i*rate%SampleRate
		weights := filters[fraction]
		if weights == nil {
			weights = filter(float64(fraction)/SampleRate, rate)
			filters[fraction] = weights
		}
		first := base - (len(weights)/2 - 1)
		var sum float64
		for j := max(0, -first); j < len(weights) && first+j < len(samples); j++ {
			sum += weights[j] * float64(samples[first+j])
		}
		out[i] = int16(max(math.MinInt16, min(math.MaxInt16, math.Round(sum))))
	}
	return out
}

// filter gives the weights of the old samples around a new one that stands so far behind an old one;
// that old one is the last of the first half.
func filter(fraction float64, rate int) []float64 {
	const lobes = 16 // zero crossings on either side; 16 leave images below -60 dB
	// The cut-off leaves 5 % for the filter's slope.
	cutoff := 0.95 * min(1, SampleRate/float64(rate))
	half := int(math.Ceil(lobes/cutoff)) + 1
	weights := make([]float64, 2*half)
	var sum float64
	for j := range weights {
		x := (float64(j-half+1) - fraction) * cutoff
		if math.Abs(x) < lobes {
			weights[j] = sinc(x) * (0.5 + 0.5*math.Cos(math.Pi*x/lobes))
			sum += weights[j]
		}
	}
	for j := range weights {
		weights[j] /= sum
	}
	return weights
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
