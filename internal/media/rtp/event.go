package rtp

import "encoding/binary"

// EventSize is the size of a telephone-event payload.
const EventSize = 4

// keys are the events 0 to 15 (RFC 4733, section 3.2).
const keys = "0123456789*#ABCD"

// Event is a telephone-event payload (RFC 4733, section 2.3).
type Event struct {
	Code     uint8
	End      bool
	Volume   uint8  // 0-63, dBm0 without the sign
	Duration uint16 // timestamp units since the event began
}

// ParseEvent reads a payload. Redundant blocks after the first (RFC 2198 style concatenation is not
// allowed for it) are ignored.
func ParseEvent(b []byte, e *Event) error {
	if len(b) < EventSize {
		return ErrMalformed
	}
	e.Code = b[0]
	e.End = b[1]&0x80 != 0
	e.Volume = b[1] & 0x3f
	e.Duration = binary.BigEndian.Uint16(b[2:])
	return nil
}

// Put writes the payload to the first EventSize bytes of b.
func (e *Event) Put(b []byte) {
	_ = b[EventSize-1]
	b[0] = e.Code
	b[1] = e.Volume & 0x3f
	if e.End {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], e.Duration)
}

// Key is the key of an event code; false for codes that are not keys (flash, tones).
func Key(code uint8) (byte, bool) {
	if int(code) >= len(keys) {
		return 0, false
	}
	return keys[code], true
}

// Code is the event code of a key; false if there is no such key. Lower-case letters count.
func Code(key byte) (uint8, bool) {
	if key >= 'a' && key <= 'd' {
		key -= 'a' - 'A'
	}
	for i := range len(keys) {
		if keys[i] == key {
			return uint8(i), true
		}
	}
	return 0, false
}
