package g711

// The bytes that stand for silence.
const (
	MulawSilence = 0xff
	AlawSilence  = 0xd5
)

// The tables are computed once when the program starts and never change.
var (
	mulawToLinear = table(decodeMulaw)
	alawToLinear  = table(decodeAlaw)
	linearToMulaw = encodings(encodeMulaw)
	linearToAlaw  = encodings(encodeAlaw)
	mulawToAlaw   = cross(&mulawToLinear, encodeAlaw)
	alawToMulaw   = cross(&alawToLinear, encodeMulaw)
	mulawSquare   = squares(&mulawToLinear)
	alawSquare    = squares(&alawToLinear)
)

// DecodeMulaw gives the linear value of a mu-law byte.
func DecodeMulaw(b byte) int16 { return mulawToLinear[b] }

// DecodeAlaw gives the linear value of an A-law byte.
func DecodeAlaw(b byte) int16 { return alawToLinear[b] }

// EncodeMulaw gives the mu-law byte nearest to a sample.
func EncodeMulaw(v int16) byte { return linearToMulaw[uint16(v)>>2] }

// EncodeAlaw gives the A-law byte nearest to a sample.
func EncodeAlaw(v int16) byte { return linearToAlaw[uint16(v)>>2] }

// MulawToAlaw converts in place.
func MulawToAlaw(b []byte) {
	for i, v := range b {
		b[i] = mulawToAlaw[v]
	}
}

// AlawToMulaw converts in place.
func AlawToMulaw(b []byte) {
	for i, v := range b {
		b[i] = alawToMulaw[v]
	}
}

// MulawSquares is the sum of the squares of the linear values of mu-law bytes: their energy, without
// decoding them.
func MulawSquares(b []byte) (sum uint64) {
	for _, v := range b {
		sum += uint64(mulawSquare[v])
	}
	return sum
}

// AlawSquares is MulawSquares for A-law.
func AlawSquares(b []byte) (sum uint64) {
	for _, v := range b {
		sum += uint64(alawSquare[v])
	}
	return sum
}

func squares(linear *[256]int16) (t [256]uint32) {
	for i, v := range linear {
		t[i] = uint32(int32(v) * int32(v))
	}
	return t
}

func table(decode func(byte) int16) (t [256]int16) {
	for i := range t {
		t[i] = decode(byte(i))
	}
	return t
}

// encodings is indexed by the upper 14 bits of a sample: neither law looks further.
func encodings(encode func(int16) byte) (t [1 << 14]byte) {
	for i := range t {
		t[i] = encode(int16(uint16(i) << 2))
	}
	return t
}

func cross(from *[256]int16, encode func(int16) byte) (t [256]byte) {
	for i, v := range from {
		t[i] = encode(v)
	}
	return t
}

func decodeMulaw(b byte) int16 {
	b = ^b
	v := (int32(b&0x0f)<<3+0x84)<<(b>>4&7) - 0x84
	if b&0x80 != 0 {
		v = -v
	}
	return int16(v)
}

func encodeMulaw(v int16) byte {
	x, sign := int32(v), byte(0)
	if x < 0 {
		x, sign = -x, 0x80
	}
	x = min(x, 32635) + 0x84
	exp := byte(7)
	for mask := int32(0x4000); exp > 0 && x&mask == 0; mask >>= 1 {
		exp--
	}
	return ^(sign | exp<<4 | byte(x>>(exp+3))&0x0f)
}

func decodeAlaw(b byte) int16 {
	b ^= 0x55
	v, seg := int32(b&0x0f)<<4, b>>4&7
	if seg == 0 {
		v += 8
	} else {
		v = (v + 0x108) << (seg - 1)
	}
	if b&0x80 == 0 {
		v = -v
	}
	return int16(v)
}

func encodeAlaw(v int16) byte {
	x, sign := int32(v), byte(0x80)
	if x < 0 {
		// The ones' complement keeps the negative side a mirror of the positive (G.711, table 1).
		x, sign = -x-1, 0
	}
	out := byte(x >> 4)
	if x >= 256 {
		exp := byte(7)
		for mask := int32(0x4000); exp > 1 && x&mask == 0; mask >>= 1 {
			exp--
		}
		out = exp<<4 | byte(x>>(exp+3))&0x0f
	}
	return (out | sign) ^ 0x55
}
