// Package rtcp reads and writes the reports of RFC 3550 that travel beside RTP: how much was sent, how
// much of it arrived and how evenly. It keeps no state.
package rtcp

import (
	"encoding/binary"
	"errors"
	"time"
)

// Packet types (RFC 3550, section 12.1).
const (
	typeSender      = 200
	typeReceiver    = 201
	typeDescription = 202
)

const (
	headSize   = 8 // with the SSRC
	senderSize = 20
	blockSize  = 24
	// maxName is how long a canonical name may be.
	maxName = 255
	// MaxSize is the longest packet Append makes.
	MaxSize = headSize + senderSize + blockSize + headSize + 2 + maxName + 4
)

// ErrMalformed means that a packet is not the RTCP it claims to be.
var ErrMalformed = errors.New("malformed RTCP")

// Report is a sender report or, if nothing was sent, a receiver report.
type Report struct {
	SSRC    uint32 // of who reports
	Sender  bool   // Sent counts
	Sent    Sent
	Blocks  [31]Block
	NBlocks int // how many of Blocks count
}

// Sent is what the reporter sent so far.
type Sent struct {
	NTP       uint64 // when, in NTP's format
	Timestamp uint32 // the same instant as a timestamp of the stream
	Packets   uint32
	Octets    uint32 // of payload
}

// Block is what the reporter hears of one source.
type Block struct {
	SSRC     uint32
	Fraction uint8 // lost since the report before, in 1/256
	Lost     int32 // in all; negative if packets came twice; 24 bits on the wire
	Highest  uint32
	Jitter   uint32 // timestamp units
	LastSR   uint32 // the middle of the NTP time of the source's latest report; 0: none
	Delay    uint32 // since that report came, in 1/65536 s
}

// Parse calls f with every sender and receiver report of a compound packet (RFC 3550, section 6.1; a
// single one is taken too, RFC 5506). Other kinds are skipped: a BYE is none of a reader's business.
// The report is lent for the call. ErrMalformed: a part does not fit; what came before it was reported.
func Parse(b []byte, f func(*Report)) error {
	var r Report
	for len(b) > 0 {
		if len(b) < 4 || b[0]>>6 != 2 {
			return ErrMalformed
		}
		size := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
		if size > len(b) {
			return ErrMalformed
		}
		part, kind := b[:size], b[1]
		b = b[size:]
		if kind != typeSender && kind != typeReceiver {
			continue
		}
		if !r.read(part, kind == typeSender) {
			return ErrMalformed
		}
		f(&r)
	}
	return nil
}

// read takes one report apart; false: it is too short for what it says.
func (r *Report) read(b []byte, sender bool) bool {
	n, at := int(b[0]&0x1f), headSize
	if sender {
		at += senderSize
	}
	if len(b) < at+n*blockSize {
		return false
	}
	r.SSRC, r.Sender, r.NBlocks, r.Sent = binary.BigEndian.Uint32(b[4:]), sender, n, Sent{}
	if sender {
		r.Sent = Sent{
			NTP:       binary.BigEndian.Uint64(b[8:]),
			Timestamp: binary.BigEndian.Uint32(b[16:]),
			Packets:   binary.BigEndian.Uint32(b[20:]),
			Octets:    binary.BigEndian.Uint32(b[24:]),
		}
	}
	for i := range n {
		p := b[at+i*blockSize:]
		r.Blocks[i] = Block{
			SSRC:     binary.BigEndian.Uint32(p),
			Fraction: p[4],
			Lost:     int32(binary.BigEndian.Uint32(p[4:])<<8) >> 8,
			Highest:  binary.BigEndian.Uint32(p[8:]),
			Jitter:   binary.BigEndian.Uint32(p[12:]),
			LastSR:   binary.BigEndian.Uint32(p[16:]),
			Delay:    binary.BigEndian.Uint32(p[20:]),
		}
	}
	return true
}

// Append adds the report to b, and the reporter's canonical name, which a compound packet must have
// (RFC 3550, section 6.1); of a name at most 255 bytes are used.
func (r *Report) Append(b []byte, name string) []byte {
	at := len(b)
	kind := byte(typeReceiver)
	if r.Sender {
		kind = typeSender
	}
	b = append(b, 0x80|byte(r.NBlocks), kind, 0, 0)
	b = binary.BigEndian.AppendUint32(b, r.SSRC)
	if r.Sender {
		b = binary.BigEndian.AppendUint64(b, r.Sent.NTP)
		b = binary.BigEndian.AppendUint32(b, r.Sent.Timestamp)
		b = binary.BigEndian.AppendUint32(b, r.Sent.Packets)
		b = binary.BigEndian.AppendUint32(b, r.Sent.Octets)
	}
	for _, k := range r.Blocks[:r.NBlocks] {
		b = binary.BigEndian.AppendUint32(b, k.SSRC)
		lost := uint32(min(max(k.Lost, -1<<23), 1<<23-1)) & 0xffffff
		b = binary.BigEndian.AppendUint32(b, uint32(k.Fraction)<<24|lost)
		b = binary.BigEndian.AppendUint32(b, k.Highest)
		b = binary.BigEndian.AppendUint32(b, k.Jitter)
		b = binary.BigEndian.AppendUint32(b, k.LastSR)
		b = binary.BigEndian.AppendUint32(b, k.Delay)
	}
	binary.BigEndian.PutUint16(b[at+2:], uint16((len(b)-at)/4-1))
	return describe(b, r.SSRC, name)
}

// describe adds a source description with the canonical name (RFC 3550, section 6.5).
func describe(b []byte, ssrc uint32, name string) []byte {
	at := len(b)
	name = name[:min(len(name), maxName)]
	b = append(b, 0x81, typeDescription, 0, 0)
	b = binary.BigEndian.AppendUint32(b, ssrc)
	b = append(b, 1, byte(len(name)))
	b = append(b, name...)
	b = append(b, 0) // the end of the items, then up to a whole word
	for (len(b)-at)%4 != 0 {
		b = append(b, 0)
	}
	binary.BigEndian.PutUint16(b[at+2:], uint16((len(b)-at)/4-1))
	return b
}

// ntpEpoch is 1900-01-01 in Unix seconds, negative.
const ntpEpoch = -2208988800

// NTP is a time in NTP's format.
func NTP(t time.Time) uint64 {
	return uint64(t.Unix()-ntpEpoch)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}

// Middle is the part of an NTP time that reports echo.
func Middle(ntp uint64) uint32 { return uint32(ntp >> 16) }

// RoundTrip is the time a block of the other side shows (RFC 3550, section 6.4.1); false: it shows none.
func (k *Block) RoundTrip(now time.Time) (time.Duration, bool) {
	if k.LastSR == 0 {
		return 0, false
	}
	trip := int32(Middle(NTP(now)) - k.LastSR - k.Delay)
	return time.Duration(trip) * time.Second / 65536, trip >= 0
}
