package detect

import "math"

const (
	rate = 8000
	// fullScale is the power of the loudest sine.
	fullScale = 32767 * 32767 / 2
)

// factor is Goertzel's for a frequency in Hz.
func factor(frequency float64) float32 {
	return float32(2 * math.Cos(2*math.Pi*frequency/rate))
}

// powerOf is the energy of a filter after n samples in units of the samples' squares summed: a pure tone
// on the filter's frequency has all of the sound's energy.
func powerOf(a, b, k float32, n int) float32 {
	return 2 * (a*a + b*b - k*a*b) / float32(n)
}

// level is a mean square in dBFS; silence is -127.
func level(square float64) float64 {
	if square < 1e-3 {
		return -127
	}
	return max(-127, 10*math.Log10(square/fullScale))
}

// meanSquare of a frame.
func meanSquare(pcm []int16) float64 {
	var sum int64
	for _, v := range pcm {
		sum += int64(v) * int64(v)
	}
	if len(pcm) == 0 {
		return 0
	}
	return float64(sum) / float64(len(pcm))
}
