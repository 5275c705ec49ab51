package tone

import (
	"math"
	"time"
)

// Rate is the sample rate of everything here, in Hz.
const Rate = 8000

// Sine is a tone of that frequency in Hz; level is its peak from 0 to 1.
func Sine(frequency, level float64, d time.Duration) []int16 {
	return mix(d, level, frequency)
}

// Keys gives the two tones of a telephone key at -9 dBm0 or so each (ITU-T Q.23); nil for what is no
// key. The ends are faded over 2 ms so that they do not click.
func Keys(key byte, d time.Duration) []int16 {
	low, high, ok := Pair(key)
	if !ok {
		return nil
	}
	s := mix(d, 0.25, low, high)
	fade := min(Rate/500, len(s)/2)
	for i := range fade {
		s[i] = int16(int(s[i]) * i / fade)
		s[len(s)-1-i] = int16(int(s[len(s)-1-i]) * i / fade)
	}
	return s
}

// Pair is the low and the high frequency of a telephone key.
func Pair(key byte) (low, high float64, ok bool) {
	const pad = "123A456B789C*0#D"
	if key >= 'a' && key <= 'd' {
		key -= 'a' - 'A'
	}
	for i := range len(pad) {
		if pad[i] == key {
			return [...]float64{697, 770, 852, 941}[i/4], [...]float64{1209, 1336, 1477, 1633}[i%4], true
		}
	}
	return 0, 0, false
}

// Silence is that long a nothing.
func Silence(d time.Duration) []int16 { return make([]int16, count(d)) }

func count(d time.Duration) int { return int(d * Rate / time.Second) }

func mix(d time.Duration, level float64, frequencies ...float64) []int16 {
	s := make([]int16, count(d))
	for i := range s {
		v := 0.0
		for _, f := range frequencies {
			v += math.Sin(2 * math.Pi * f * float64(i) / Rate)
		}
		s[i] = int16(math.Max(-32767, math.Min(32767, v*level*32767)))
	}
	return s
}

// Level measures with a Goertzel filter how strong one frequency is: the peak of that sine, 0 to 1.
// The filter is about Rate/len(s) Hz wide.
func Level(s []int16, frequency float64) float64 {
	if len(s) == 0 {
		return 0
	}
	k := 2 * math.Cos(2*math.Pi*frequency/Rate)
	var a, b float64
	for _, v := range s {
		a, b = float64(v)+k*a-b, a
	}
	power := a*a + b*b - k*a*b
	return 2 * math.Sqrt(math.Max(power, 0)) / float64(len(s)) / 32767
}

// Share is the part of the sound's energy in one frequency: 1 for a pure tone, 0 for silence.
func Share(s []int16, frequency float64) float64 {
	var energy float64
	for _, v := range s {
		energy += float64(v) * float64(v)
	}
	if energy == 0 {
		return 0
	}
	l := Level(s, frequency) * 32767
	return l * l / 2 * float64(len(s)) / energy
}

// Loudness is the root mean square of the sound, 0 to 1.
func Loudness(s []int16) float64 {
	if len(s) == 0 {
		return 0
	}
	var energy float64
	for _, v := range s {
		energy += float64(v) * float64(v)
	}
	return math.Sqrt(energy/float64(len(s))) / 32767
}

// Key is the telephone key that sounds, or 0.
func Key(s []int16) byte {
	for _, key := range []byte("0123456789*#ABCD") {
		low, high, _ := Pair(key)
		if Share(s, low) > 0.3 && Share(s, high) > 0.3 {
			return key
		}
	}
	return 0
}
