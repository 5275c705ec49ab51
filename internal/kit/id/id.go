// Package id makes identifiers: UUID version 7 (RFC 9562, section 5.7) as text, so that their order
// as text is the order they were made in.
package id

import (
	"crypto/rand"
	"encoding/hex"
	"sync/atomic"
	"time"
)

// last is the newest stamp given out: 48 bits of Unix milliseconds, then a 12-bit counter. It is the
// one variable of this package because order must hold for the whole process. When the clock goes
// back, or more than 4096 ids are made in a millisecond, the stamp runs ahead of the clock
// (RFC 9562, section 6.2, method 1) instead of waiting or repeating.
var last atomic.Uint64

// New gives an identifier greater than every one this process made before. It is safe for
// concurrent use.
func New() string { return at(time.Now()) }

func at(now time.Time) string {
	stamp := uint64(now.UnixMilli()) << 12
	for {
		old := last.Load()
		stamp = max(stamp, old+1)
		if last.CompareAndSwap(old, stamp) {
			break
		}
	}
	var b [16]byte
	rand.Read(b[8:]) // never fails: crypto/rand ends the program instead
	ms := stamp >> 12
	b[0], b[1], b[2] = byte(ms>>40), byte(ms>>32), byte(ms>>24)
	b[3], b[4], b[5] = byte(ms>>16), byte(ms>>8), byte(ms)
	b[6] = 0x70 | byte(stamp>>8)&0x0f
	b[7] = byte(stamp)
	b[8] = 0x80 | b[8]&0x3f
	var text [36]byte
	hex.Encode(text[0:8], b[0:4])
	hex.Encode(text[9:13], b[4:6])
	hex.Encode(text[14:18], b[6:8])
	hex.Encode(text[19:23], b[8:10])
	hex.Encode(text[24:36], b[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}
