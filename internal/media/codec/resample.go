package codec

import (
	"fmt"
	"math"
)

// Resampler converts a stream of samples between 8, 16 and 48 kHz with a polyphase FIR filter of
// linear phase. Up to 85 % of the lower rate's band (3400 Hz at 8 kHz) passes within 0.2 dB; what lies
// beyond 115 % is at least 50 dB down, on either side. The delay is 12 samples of the lower rate (1.5 ms at 8 kHz).
type Resampler struct {
	from, to int
	up, down int     // one of them is 1
	taps     []int32 // by phase when going up; in Q14
	history  []int16 // the latest samples of the frame before, then the frame
	keep     int     // how many of them are kept from frame to frame
}

const (
	phaseTaps  = 24 // of the lower rate
	kaiserBeta = 5.9
	tapScale   = 1 << 14
	chunk      = 960 // samples of input converted at a time
)

// NewResampler makes a converter; an error means a rate other than 8000, 16000 and 48000 Hz.
func NewResampler(from, to int) (*Resampler, error) {
	for _, rate := range []int{from, to} {
		if rate != 8000 && rate != 16000 && rate != 48000 {
			return nil, fmt.Errorf("%w: %d Hz", ErrUnknown, rate)
		}
	}
	r := &Resampler{from: from, to: to, up: max(1, to/from), down: max(1, from/to)}
	factor := r.up * r.down
	if factor == 1 {
		return r, nil
	}
	prototype := lowpass(factor*phaseTaps, factor)
	r.keep = phaseTaps - 1
	if r.down > 1 {
		r.keep = len(prototype) - 1
		r.taps = quantize(prototype)
	} else {
		// One filter per phase, each with a gain of one: up-1 of up samples of its input are zeros.
		for phase := range r.up {
			part := make([]float64, phaseTaps)
			for i := range part {
				part[i] = prototype[phase+i*r.up]
			}
			r.taps = append(r.taps, quantize(part)...)
		}
	}
	r.history = make([]int16, r.keep+chunk)
	return r, nil
}

// Size is how many samples become of n.
func (r *Resampler) Size(n int) int { return n / r.down * r.up }

// Resample converts src and says how many samples dst got. dst must have room for Size(len(src)), and
// len(src) must be a multiple of the factor when going down: any frame of 20 ms is.
func (r *Resampler) Resample(src, dst []int16) (n int) {
	if r.taps == nil {
		return copy(dst, src)
	}
	for len(src) > 0 {
		size := min(len(src), chunk)
		copy(r.history[r.keep:], src[:size])
		if r.down > 1 {
			n += r.decimate(r.history[:r.keep+size], dst[n:])
		} else {
			n += r.interpolate(r.history[:r.keep+size], dst[n:])
		}
		copy(r.history, r.history[size:size+r.keep])
		src = src[size:]
	}
	return n
}

func (r *Resampler) decimate(in, out []int16) (n int) {
	for at := 0; at+len(r.taps) <= len(in); at += r.down {
		out[n] = dot(in[at:at+len(r.taps)], r.taps)
		n++
	}
	return n
}

func (r *Resampler) interpolate(in, out []int16) (n int) {
	for at := 0; at+phaseTaps <= len(in); at++ {
		window := in[at : at+phaseTaps]
		for phase := range r.up {
			out[n] = dot(window, r.taps[phase*phaseTaps:(phase+1)*phaseTaps])
			n++
		}
	}
	return n
}

// dot is the rounded and limited product of samples and taps in Q14. Their number is a multiple of 4.
// It cannot overflow: the taps' magnitudes sum up to less than 2 in Q14.
func dot(x []int16, taps []int32) int16 {
	var a, b, c, d int32
	for len(x) >= 4 && len(taps) >= 4 {
		a += int32(x[0]) * taps[0]
		b += int32(x[1]) * taps[1]
		c += int32(x[2]) * taps[2]
		d += int32(x[3]) * taps[3]
		x, taps = x[4:], taps[4:]
	}
	return int16(max(-32768, min(32767, (a+b+c+d+tapScale/2)>>14)))
}

// lowpass is a windowed sinc that passes 1/factor of the band of its rate.
func lowpass(taps, factor int) []float64 {
	h := make([]float64, taps)
	// The corner is the lower rate's Nyquist frequency: what folds back next to it is out of the
	// telephone's band, and a longer filter would cost more than that is worth.
	corner := 1 / float64(factor)
	middle := float64(taps-1) / 2
	for i := range h {
		x := float64(i) - middle
		sinc := corner
		if x != 0 {
			sinc = math.Sin(math.Pi*corner*x) / (math.Pi * x)
		}
		edge := x / (middle + 0.5)
		h[i] = sinc * bessel(kaiserBeta*math.Sqrt(max(0, 1-edge*edge))) / bessel(kaiserBeta)
	}
	return h
}

// bessel is the modified Bessel function of order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= x / (2 * k) * x / (2 * k)
		sum += term
	}
	return sum
}

// quantize scales a filter to a gain of one at 0 Hz and reverses it, so that dot runs forward in time.
func quantize(h []float64) []int32 {
	sum := 0.0
	for _, v := range h {
		sum += v
	}
	q := make([]int32, len(h))
	for i, v := range h {
		q[len(h)-1-i] = int32(math.Round(v / sum * tapScale))
	}
	return q
}
