package rtc

import (
	"encoding/binary"
	"sync"
	"time"

	"linekeeper/internal/media"
	"linekeeper/internal/media/rtp"
)

const (
	// reportFirst and reportEvery are when we report: half of, then the least mean interval RFC 3550
	// asks for (sections 6.2 and 6.3).
	reportFirst = 2500 * time.Millisecond
	reportEvery = 5 * time.Second

	// ntpEpoch is 1900-01-01 in Unix seconds, negative.
	ntpEpoch = -2208988800

	rtcpHeader   = 8 // with the SSRC
	senderInfo   = 20
	receiverInfo = 24
	senderType   = 200
	receiverType = 201
	// maxReport is the longest report we write.
	maxReport = rtcpHeader + senderInfo + receiverInfo
)

// reports counts what sender and receiver reports need (RFC 3550, section 6.4).
type reports struct {
	mu sync.Mutex

	packets, octets uint32 // sent
	ts              uint32 // of the latest packet sent
	at              time.Time

	have     bool
	ssrc     uint32 // heard
	highest  uint32 // extended sequence number
	first    uint32
	received uint32
	// expectedThen and receivedThen are the counts at the last report.
	expectedThen, receivedThen uint32
	transit                    uint32
	timed                      bool // transit is known
	jitter                     float64
	began                      time.Time
	lastSR                     uint32 // middle of the browser's NTP time
	lastSRAt                   time.Time
	trip                       time.Duration
	far                        media.FarReport // without the round trip
}

func (r *reports) sent(ts uint32, size int, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.packets++
	r.octets += uint32(size)
	r.ts, r.at = ts, now
}

// heard counts a packet; timed: its timestamp is of its sending, which is not so for telephone events.
func (r *reports) heard(h *rtp.Header, timed bool, rate int, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.have || r.ssrc != h.SSRC {
		r.have, r.ssrc, r.first, r.highest, r.began = true, h.SSRC, uint32(h.Sequence), uint32(h.Sequence), now
		r.received, r.expectedThen, r.receivedThen, r.jitter, r.lastSR, r.timed = 0, 0, 0, 0, 0, false
	}
	r.received++
	if ahead := int16(h.Sequence - uint16(r.highest)); ahead > 0 {
		r.highest += uint32(ahead)
	}
	if !timed {
		return
	}
	transit := uint32(int64(now.Sub(r.began))*int64(rate)/int64(time.Second)) - h.Timestamp
	d := int32(transit - r.transit)
	if r.timed {
		r.jitter += (float64(max(d, -d)) - r.jitter) / 16
	}
	r.transit, r.timed = transit, true
}

// compose writes the report for now: a sender report, or a receiver report before we sent anything. b
// has room for maxReport bytes.
func (r *reports) compose(b []byte, own uint32, now time.Time, rate int) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	b = b[:rtcpHeader]
	b[0], b[1] = 0x80, receiverType
	binary.BigEndian.PutUint32(b[4:], own)
	if r.packets > 0 {
		b[1] = senderType
		b = b[:rtcpHeader+senderInfo]
		binary.BigEndian.PutUint64(b[8:], ntp(now))
		binary.BigEndian.PutUint32(b[16:], r.ts+uint32(int64(now.Sub(r.at))*int64(rate)/int64(time.Second)))
		binary.BigEndian.PutUint32(b[20:], r.packets)
		binary.BigEndian.PutUint32(b[24:], r.octets)
	}
	if r.have {
		at := len(b)
		b = b[:at+receiverInfo]
		b[0]++
		r.block(b[at:], now)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)/4-1))
	return b
}

// block writes what we hear; mu is held.
func (r *reports) block(b []byte, now time.Time) {
	binary.BigEndian.PutUint32(b, r.ssrc)
	expected := r.highest - r.first + 1
	var total uint32
	var share uint8
	if lost := int64(expected) - int64(r.received); lost > 0 {
		total = uint32(min(lost, 1<<23-1))
	}
	if all := int64(expected - r.expectedThen); all > 0 {
		if lost := all - int64(r.received-r.receivedThen); lost > 0 {
			share = uint8(min(lost*256/all, 255))
		}
	}
	r.expectedThen, r.receivedThen = expected, r.received
	binary.BigEndian.PutUint32(b[4:], uint32(share)<<24|total)
	binary.BigEndian.PutUint32(b[8:], r.highest)
	binary.BigEndian.PutUint32(b[12:], uint32(r.jitter))
	binary.BigEndian.PutUint32(b[16:], r.lastSR)
	delay := uint32(0)
	if r.lastSR != 0 {
		delay = uint32(now.Sub(r.lastSRAt) * 65536 / time.Second)
	}
	binary.BigEndian.PutUint32(b[20:], delay)
}

// take notes the browser's reports in a compound packet; rate is the clock of our stream. What is not a
// report, BYE above all, has no effect; what is broken ends the reading.
func (r *reports) take(b []byte, own uint32, rate int, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(b) >= rtcpHeader && b[0]>>6 == 2 {
		size := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
		if size > len(b) {
			return
		}
		packet := b[:size]
		b = b[size:]
		blocks := rtcpHeader
		switch packet[1] {
		case senderType:
			blocks += senderInfo
			if len(packet) < blocks {
				return
			}
			if r.have && binary.BigEndian.Uint32(packet[4:]) == r.ssrc {
				r.lastSR, r.lastSRAt = binary.BigEndian.Uint32(packet[10:]), now
			}
		case receiverType:
		default:
			continue
		}
		for i := range int(packet[0] & 0x1f) {
			at := blocks + i*receiverInfo
			if at+receiverInfo > len(packet) {
				return
			}
			r.back(packet[at:], own, rate, now)
		}
	}
}

// back notes what the browser hears of us, and measures the round trip from what it says of our last
// report; mu is held.
func (r *reports) back(block []byte, own uint32, rate int, now time.Time) {
	if binary.BigEndian.Uint32(block) != own {
		return
	}
	r.far = media.FarReport{
		At: now, Loss: float64(block[4]) / 256, Lost: int64(int32(binary.BigEndian.Uint32(block[4:])<<8) >> 8),
		Jitter: time.Duration(min(binary.BigEndian.Uint32(block[12:]), 1<<24)) * time.Second / time.Duration(rate),
	}
	last, delay := binary.BigEndian.Uint32(block[16:]), binary.BigEndian.Uint32(block[20:])
	if last == 0 {
		return
	}
	if trip := int32(uint32(ntp(now)>>16) - last - delay); trip >= 0 {
		r.trip = max(time.Duration(trip)*time.Second/65536, 1) // 0 would mean unknown
	}
}

func ntp(t time.Time) uint64 {
	return uint64(t.Unix()-ntpEpoch)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}

// RoundTrip is the last measured time to the browser and back; 0: not known yet.
func (p *Endpoint) RoundTrip() time.Duration {
	p.reports.mu.Lock()
	defer p.reports.mu.Unlock()
	return p.reports.trip
}

// FarReport implements media.Reported.
func (p *Endpoint) FarReport() media.FarReport {
	p.reports.mu.Lock()
	defer p.reports.mu.Unlock()
	far := p.reports.far
	far.RoundTrip = p.reports.trip
	return far
}
