package carrier

import (
	"math/bits"
	"sync"
)

// G.711, written from the recommendation and apart from the product's.

// Encode is a sample in the codec.
func (c Codec) Encode(s int16) byte {
	if c == PCMA {
		return alawTable()[uint16(s)]
	}
	return mulawTable()[uint16(s)]
}

// A sample is encoded for every packet of every call: tables, made when first asked for.
var (
	mulawTable = sync.OnceValue(func() *[65536]byte { return table(mulaw) })
	alawTable  = sync.OnceValue(func() *[65536]byte { return table(alaw) })
)

func table(encode func(int16) byte) *[65536]byte {
	var t [65536]byte
	for i := range t {
		t[i] = encode(int16(uint16(i)))
	}
	return &t
}

// Decode is the sample of a byte in the codec.
func (c Codec) Decode(b byte) int16 {
	if c == PCMA {
		return unalaw(b)
	}
	return unmulaw(b)
}

func mulaw(s int16) byte {
	const bias = 132 // 33 in the 14 bits of the recommendation
	sign := byte(0x80)
	v := int(s)
	if v < 0 {
		sign, v = 0, -v
	}
	v = min(v, 32635) + bias
	segment := bits.Len(uint(v)) - 8
	return ^(^sign&0x80 | byte(segment)<<4 | byte(v>>(segment+3))&0x0f)
}

func unmulaw(b byte) int16 {
	b = ^b
	v := (int(b&0x0f)<<3+132)<<(b>>4&7) - 132
	if b&0x80 != 0 {
		v = -v
	}
	return int16(v)
}

func alaw(s int16) byte {
	sign := byte(0x80)
	v := int(s)
	if v < 0 {
		sign, v = 0, -v-1
	}
	v >>= 3
	var b byte
	if v < 32 {
		b = byte(v >> 1)
	} else {
		segment := bits.Len(uint(v)) - 5
		b = byte(segment)<<4 | byte(v>>segment)&0x0f
	}
	return (sign | b) ^ 0x55
}

func unalaw(b byte) int16 {
	b ^= 0x55
	segment := b >> 4 & 7
	v := int(b&0x0f)<<4 + 8
	if segment > 0 {
		v = (v + 256) << (segment - 1)
	}
	if b&0x80 == 0 {
		v = -v
	}
	return int16(v)
}
