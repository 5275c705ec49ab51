package rtp

import (
	"encoding/binary"
	"errors"
)

// HeaderSize is the size of the header we write: no contributing sources, no extension.
const HeaderSize = 12

// ErrMalformed means that a packet is not the RTP it claims to be.
var ErrMalformed = errors.New("malformed RTP")

// Header is the fixed part of the header.
type Header struct {
	Marker      bool
	PayloadType uint8 // 0-127
	Sequence    uint16
	Timestamp   uint32
	SSRC        uint32
}

// Parse reads a packet strictly (RFC 3550, section 5.1): contributing sources, extension and padding
// must fit. start and end bound the payload within b; the payload may be empty.
func Parse(b []byte, h *Header) (start, end int, err error) {
	if len(b) < HeaderSize || b[0]>>6 != 2 {
		return 0, 0, ErrMalformed
	}
	start, end = HeaderSize+4*int(b[0]&0x0f), len(b)
	if b[0]&0x10 != 0 {
		if start+4 > end {
			return 0, 0, ErrMalformed
		}
		start += 4 + 4*int(binary.BigEndian.Uint16(b[start+2:]))
	}
	if start > end {
		return 0, 0, ErrMalformed
	}
	if b[0]&0x20 != 0 {
		if start == end {
			return 0, 0, ErrMalformed
		}
		pad := int(b[end-1])
		if pad == 0 || start+pad > end {
			return 0, 0, ErrMalformed
		}
		end -= pad
	}
	h.Marker = b[1]&0x80 != 0
	h.PayloadType = b[1] & 0x7f
	h.Sequence = binary.BigEndian.Uint16(b[2:])
	h.Timestamp = binary.BigEndian.Uint32(b[4:])
	h.SSRC = binary.BigEndian.Uint32(b[8:])
	return start, end, nil
}

// Put writes the header to the first HeaderSize bytes of b.
func (h *Header) Put(b []byte) {
	_ = b[HeaderSize-1]
	b[0] = 0x80
	b[1] = h.PayloadType & 0x7f
	if h.Marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], h.Sequence)
	binary.BigEndian.PutUint32(b[4:], h.Timestamp)
	binary.BigEndian.PutUint32(b[8:], h.SSRC)
}

// Kind is what a datagram at a media port seems to be.
type Kind uint8

// The kinds, told apart by the first bytes (RFC 7983 and RFC 5761, section 4).
const (
	Unknown Kind = iota
	RTP
	RTCP
	STUN
	DTLS
)

// Classify looks at the first bytes only; what it calls RTP must still be parsed.
func Classify(b []byte) Kind {
	if len(b) < 2 {
		return Unknown
	}
	switch {
	case b[0] < 4:
		return STUN
	case b[0] >= 20 && b[0] < 64:
		return DTLS
	case b[0]>>6 != 2:
		return Unknown
	case b[1] >= 192 && b[1] <= 223:
		return RTCP
	case len(b) < HeaderSize:
		return Unknown
	}
	return RTP
}
