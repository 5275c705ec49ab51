package codec

// G.722 splits 16 kHz sound into two bands with a quadrature mirror filter and codes each with
// adaptive differential PCM: six bits below 4 kHz, two above, 64 kbit/s together. Names in capitals
// are the blocks of ITU-T G.722; all arithmetic is as exact as the recommendation demands, so that
// encoder and decoder of different makers follow each other.

// g722Lower is where the code's bits of the lower band end.
const g722Lower = 6

// band is the state of one band: an adaptive quantizer and a predictor of two poles and six zeros.
type band struct {
	logScale int32    // of the quantizer (NABLA)
	scale    int32    // of the quantizer (DELTA)
	guess    int32    // the predicted sample
	zeros    int32    // its part that comes from the zeros
	r        [2]int32 // the latest reconstructed samples
	p        [2]int32 // the latest partly reconstructed ones
	a        [2]int32 // the poles' coefficients, Q14
	d        [6]int32 // the latest differences
	b        [6]int32 // the zeros' coefficients, Q14
}

// limit is the recommendation's saturation to 16 bits.
func limit(v int32) int32 { return max(-32768, min(32767, v)) }

// limit15 keeps a reconstructed sample within 15 bits (LIMIT).
func limit15(v int32) int32 { return max(-16384, min(16383, v)) }

// rescale follows the code with the quantizer's scale (LOGSCL and SCALEL, or LOGSCH and SCALEH).
func (s *band) rescale(weight, top int32, shift int32) {
	s.logScale = max(0, min(top, s.logScale*127>>7+weight))
	exponent := shift - s.logScale>>11
	mantissa := g722Powers[s.logScale>>6&31]
	if exponent < 0 {
		s.scale = mantissa << -exponent << 2
	} else {
		s.scale = mantissa >> exponent << 2
	}
}

// adapt moves the predictor on by one quantized difference (block 4 of both bands).
func (s *band) adapt(d int32) {
	r := limit(s.guess + d)
	p := limit(s.zeros + d)
	s.adaptPoles(p)
	s.adaptZeros(d)
	s.r[1], s.r[0] = s.r[0], r
	s.p[1], s.p[0] = s.p[0], p
	poles := limit(s.a[0]*limit(2*s.r[0])>>15 + s.a[1]*limit(2*s.r[1])>>15) // FILTEP
	s.guess = limit(poles + s.zeros)                                        // PREDIC
}

// adaptPoles is UPPOL2 and UPPOL1. Only signs count; zero is positive.
func (s *band) adaptPoles(p int32) {
	same1 := (p < 0) == (s.p[0] < 0)
	same2 := (p < 0) == (s.p[1] < 0)
	step := limit(4 * s.a[0])
	if same1 {
		step = min(-step, 32767)
	}
	second := step>>7 + sign(128, same2) + s.a[1]*32512>>15
	second = max(-12288, min(12288, second))
	first := limit(sign(192, same1) + s.a[0]*32640>>15)
	stable := limit(15360 - second)
	s.a[0], s.a[1] = max(-stable, min(stable, first)), second
}

// adaptZeros is UPZERO, DELAYL and FILTEZ.
func (s *band) adaptZeros(d int32) {
	step := int32(128)
	if d == 0 {
		step = 0
	}
	for i, old := range s.d {
		s.b[i] = limit(sign(step, (d < 0) == (old < 0)) + s.b[i]*32640>>15)
	}
	copy(s.d[1:], s.d[:5])
	s.d[0] = d
	sum := int32(0)
	for i, v := range s.d {
		sum += s.b[i] * limit(2*v) >> 15
	}
	s.zeros = limit(sum)
}

func sign(v int32, positive bool) int32 {
	if positive {
		return v
	}
	return -v
}

// takeLow moves the lower band on by the code's upper four of six bits; the two lowest may be stolen
// for data on the way (modes 2 and 3), so prediction does not rely on them.
func (s *band) takeLow(code int32) {
	d := s.scale * g722Low4[code] >> 15
	s.rescale(g722LowWeights[code], 18432, 8)
	s.adapt(d)
}

// takeHigh moves the upper band on by its two bits; the difference is returned.
func (s *band) takeHigh(code int32) (d int32) {
	d = s.scale * g722High2[code] >> 15
	s.rescale(g722HighWeights[code], 22528, 10)
	s.adapt(d)
	return d
}

// quantizeLow is the six-bit code of a difference (QUANTL).
func (s *band) quantizeLow(e int32) int32 {
	size := e
	if e < 0 {
		size = -(e + 1)
	}
	// The first level beyond the size; levels grow, so halving finds it.
	low, high := 1, len(g722Levels)
	for low < high {
		if mid := (low + high) / 2; size < g722Levels[mid]*s.scale>>12 {
			high = mid
		} else {
			low = mid + 1
		}
	}
	if e < 0 {
		if low < 3 {
			return int32(64 - low) // 63 and 62 are the two smallest negative codes
		}
		return int32(34 - low)
	}
	return int32(62 - low)
}

// quantizeHigh is the two-bit code of a difference (QUANTH).
func (s *band) quantizeHigh(e int32) int32 {
	size := e
	if e < 0 {
		size = -(e + 1)
	}
	code := int32(0)
	if size < 564*s.scale>>12 {
		code = 1
	}
	if e >= 0 {
		code += 2
	}
	return code
}

// g722Encoder encodes 16 kHz samples, two to a byte.
type g722Encoder struct {
	low, high band
	samples   [g722History + 320]int32
}

// g722History is how many earlier samples the filter looks at.
const g722History = 22

func newG722Encoder() *g722Encoder {
	return &g722Encoder{low: band{scale: 32}, high: band{scale: 8}}
}

// Rate implements Encoder.
func (*g722Encoder) Rate() int { return 16000 }

// Encode implements Encoder.
func (e *g722Encoder) Encode(pcm []int16, payload []byte) (int, error) {
	if len(pcm) != 320 {
		return 0, ErrPayload
	}
	if len(payload) < 160 {
		return 0, ErrShort
	}
	for i, v := range pcm {
		e.samples[g722History+i] = int32(v)
	}
	for i := range 160 {
		window := (*[24]int32)(e.samples[2*i:])
		even, odd := mirror(window)
		low, high := (odd+even)>>14, (odd-even)>>14
		lower := e.low.quantizeLow(limit(low - e.low.guess))
		e.low.takeLow(lower >> 2)
		upper := e.high.quantizeHigh(limit(high - e.high.guess))
		e.high.takeHigh(upper)
		payload[i] = byte(upper<<g722Lower | lower)
	}
	copy(e.samples[:g722History], e.samples[320:])
	return 160, nil
}

// mirror is both halves of the quadrature mirror filter (QMF).
func mirror(x *[24]int32) (even, odd int32) {
	for i, c := range g722Mirror {
		even += x[2*i] * c
		odd += x[2*i+1] * g722Mirror[11-i]
	}
	return even, odd
}

// g722Decoder decodes to 16 kHz samples, a byte to two.
type g722Decoder struct {
	low, high band
	samples   [g722History + 320]int32
	conceal   concealer
}

func newG722Decoder() *g722Decoder {
	return &g722Decoder{low: band{scale: 32}, high: band{scale: 8}, conceal: newConcealer(16000)}
}

// Rate implements Decoder.
func (*g722Decoder) Rate() int { return 16000 }

// Decode implements Decoder.
func (d *g722Decoder) Decode(payload []byte, pcm []int16) (int, error) {
	if len(payload) == 0 || 2*len(payload) > MaxSamples {
		return 0, ErrPayload
	}
	if len(pcm) < 2*len(payload) {
		return 0, ErrShort
	}
	pcm = pcm[:2*len(payload)]
	for out := pcm; len(payload) > 0; {
		n := min(len(payload), 160)
		d.frame(payload[:n], out[:2*n])
		payload, out = payload[n:], out[2*n:]
	}
	d.conceal.heard(pcm)
	return len(pcm), nil
}

// frame decodes at most 160 bytes.
func (d *g722Decoder) frame(payload []byte, pcm []int16) {
	for i, code := range payload {
		lower, upper := int32(code)&63, int32(code)>>g722Lower
		low := limit15(d.low.guess + d.low.scale*g722Low6[lower]>>15)
		d.low.takeLow(lower >> 2)
		guess := d.high.guess
		high := limit15(guess + d.high.takeHigh(upper))
		d.samples[g722History+2*i], d.samples[g722History+2*i+1] = low+high, low-high
		even, odd := mirror((*[24]int32)(d.samples[2*i:]))
		pcm[2*i], pcm[2*i+1] = int16(limit(odd>>11)), int16(limit(even>>11))
	}
	copy(d.samples[:g722History], d.samples[2*len(payload):])
}

// Conceal implements Decoder.
func (d *g722Decoder) Conceal(pcm []int16) { d.conceal.fill(pcm) }
