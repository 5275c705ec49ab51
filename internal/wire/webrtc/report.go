package webrtc

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"

	"linekeeper/internal/media/rtp"
)

// reportEvery is how often we report; RFC 3550 asks for at least five seconds on average.
const reportEvery = 5 * time.Second

// maxBroken is how many unreadable reports in a row are put up with.
const maxBroken = 1000

// ntpEpoch is 1900-01-01 in Unix seconds, negative.
const ntpEpoch = -2208988800

// reports counts what sender and receiver reports need (RFC 3550, section 6.4). pion's interceptors
// would do it too, at a cost per packet several times this.
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
	jitter                     float64
	began                      time.Time
	lastSR                     uint32 // middle of the browser's NTP time
	lastSRAt                   time.Time
	trip                       time.Duration
}

func (r *reports) sent(ts uint32, size int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.packets++
	r.octets += uint32(size)
	r.ts, r.at = ts, time.Now()
}

func (r *reports) heard(h *rtp.Header, _ int, rate int) {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.have || r.ssrc != h.SSRC {
		r.have, r.ssrc, r.first, r.highest, r.began = true, h.SSRC, uint32(h.Sequence), uint32(h.Sequence), now
		r.received, r.expectedThen, r.receivedThen, r.jitter, r.lastSR = 0, 0, 0, 0, 0
		r.transit = 0 - h.Timestamp
	}
	r.received++
	if ahead := int16(h.Sequence - uint16(r.highest)); ahead > 0 {
		r.highest += uint32(ahead)
	}
	if h.PayloadType == Events {
		return
	}
	transit := uint32(int64(now.Sub(r.began))*int64(rate)/int64(time.Second)) - h.Timestamp
	d := int32(transit - r.transit)
	r.transit = transit
	r.jitter += (float64(max(d, -d)) - r.jitter) / 16
}

// compose makes the report for now: a sender report, or a receiver report before we sent anything.
func (r *reports) compose(own uint32, now time.Time, rate int) rtcp.Packet {
	r.mu.Lock()
	defer r.mu.Unlock()
	var blocks []rtcp.ReceptionReport
	if r.have {
		b := rtcp.ReceptionReport{SSRC: r.ssrc, LastSequenceNumber: r.highest, Jitter: uint32(r.jitter), LastSenderReport: r.lastSR}
		expected := r.highest - r.first + 1
		if lost := int64(expected) - int64(r.received); lost > 0 {
			b.TotalLost = uint32(min(lost, 1<<23-1))
		}
		if all := int64(expected - r.expectedThen); all > 0 {
			if lost := all - int64(r.received-r.receivedThen); lost > 0 {
				b.FractionLost = uint8(min(lost*256/all, 255))
			}
		}
		r.expectedThen, r.receivedThen = expected, r.received
		if r.lastSR != 0 {
			b.Delay = uint32(now.Sub(r.lastSRAt) * 65536 / time.Second)
		}
		blocks = append(blocks, b)
	}
	if r.packets == 0 {
		return &rtcp.ReceiverReport{SSRC: own, Reports: blocks}
	}
	return &rtcp.SenderReport{
		SSRC:        own,
		NTPTime:     ntp(now),
		RTPTime:     r.ts + uint32(int64(now.Sub(r.at))*int64(rate)/int64(time.Second)),
		PacketCount: r.packets,
		OctetCount:  r.octets,
		Reports:     blocks,
	}
}

// take notes the browser's report.
func (r *reports) take(p rtcp.Packet, own uint32, now time.Time) {
	var blocks []rtcp.ReceptionReport
	r.mu.Lock()
	defer r.mu.Unlock()
	switch p := p.(type) {
	case *rtcp.SenderReport:
		if r.have && p.SSRC == r.ssrc {
			r.lastSR, r.lastSRAt = uint32(p.NTPTime>>16), now
		}
		blocks = p.Reports
	case *rtcp.ReceiverReport:
		blocks = p.Reports
	}
	for _, b := range blocks {
		if b.SSRC != own || b.LastSenderReport == 0 {
			continue
		}
		if trip := int32(uint32(ntp(now)>>16) - b.LastSenderReport - b.Delay); trip >= 0 {
			r.trip = time.Duration(trip) * time.Second / 65536
		}
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

// sendReports reports until Close.
func (p *Endpoint) sendReports() {
	t := time.NewTimer(reportEvery)
	defer t.Stop()
	for {
		select {
		case <-p.closed:
			return
		case <-t.C:
		}
		t.Reset(reportEvery)
		if p.State() != Connected {
			continue
		}
		// An error means that the connection is on its way down; its state will say so.
		_ = p.pc.WriteRTCP([]rtcp.Packet{p.reports.compose(p.ownSSRC(), time.Now(), p.want.ClockRate)})
	}
}

// readReports reads RTCP until its end; unread it would fill up inside pion.
func (p *Endpoint) readReports(read func() ([]rtcp.Packet, interceptor.Attributes, error)) {
	for broken := 0; broken < maxBroken; {
		packets, _, err := read()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) {
			return
		}
		if err != nil {
			broken++
			continue
		}
		broken = 0
		for _, r := range packets {
			p.reports.take(r, p.ownSSRC(), time.Now())
		}
	}
}

func (p *Endpoint) ownSSRC() uint32 {
	p.sendMu.Lock()
	defer p.sendMu.Unlock()
	return p.ssrc
}
