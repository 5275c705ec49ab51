package media

import (
	"sync/atomic"
	"time"

	"linekeeper/internal/media/rtp"
)

const (
	// maxDropout and maxMisorder are RFC 3550's limits (A.1): further ahead or behind, a packet is a
	// restarted source or a mistake.
	maxDropout  = 3000
	maxMisorder = 100
)

// verdict is what the sequence check says of a packet.
type verdict uint8

const (
	accepted verdict = iota
	late             // older than the newest, but near: worth forwarding
	refused          // repeated, or far off and not confirmed by a successor
	started          // the first packet of a new source
)

// stream follows one direction's sequence numbers, loss and jitter (RFC 3550, A.1, A.3, A.8). The
// reader goroutine owns it; others read the counters.
type stream struct {
	have    bool
	ssrc    uint32
	highest uint16
	window  uint64 // which of the latest 64 numbers arrived; bit 0 is the highest
	bad     uint32 // the sequence number that would confirm a restart; >0xffff: none
	epoch   uint32 // grows with every new source
	got     uint64 // packets of this source
	span    uint64 // packets this source should have sent
	earlier uint64 // lost of earlier sources
	transit uint32
	timed   bool
	jitter  float64 // timestamp units
	before  spoken  // the packet of sound before; counts while timed

	packets, bytes, lost, late, dropped, sources atomic.Uint64
	gaps                                         atomic.Uint64 // rows of missing packets, whatever came late
	lostBefore, packetsBefore                    atomic.Uint64 // of earlier sources
	ssrcNow                                      atomic.Uint32
	extended                                     atomic.Uint32 // highest with the rounds it made
	jitterNow                                    atomic.Int64  // time.Duration
	sparse                                       atomic.Bool   // it suppresses silence, see Leg.Sparse
}

// next judges a packet by its source and sequence number.
func (s *stream) next(h *rtp.Header) verdict {
	if !s.have || h.SSRC != s.ssrc {
		s.restart(h)
		return started
	}
	switch ahead := h.Sequence - s.highest; {
	case ahead == 0:
		s.late.Add(1)
		return refused
	case ahead < maxDropout:
		s.highest = h.Sequence
		s.window = s.window<<ahead | 1
		s.span += uint64(ahead)
		s.extended.Add(uint32(ahead))
		if ahead > 1 {
			s.gaps.Add(1)
		}
		s.got++
		s.bad = 1 << 16
		s.lose()
		return accepted
	case ahead > 0xffff-maxMisorder:
		s.late.Add(1)
		bit := uint64(1) << -ahead
		if bit == 0 || s.window&bit != 0 {
			return refused // it was here before, or nobody can tell
		}
		s.window |= bit
		s.got++
		s.lose()
		return late
	case uint32(h.Sequence) == s.bad:
		s.restart(h)
		return started
	}
	s.bad = uint32(h.Sequence + 1)
	s.late.Add(1)
	return refused
}

func (s *stream) restart(h *rtp.Header) {
	s.earlier = s.lost.Load()
	s.lostBefore.Store(s.earlier)
	s.packetsBefore.Store(s.packets.Load())
	s.extended.Store(uint32(h.Sequence))
	s.have, s.ssrc, s.highest, s.bad, s.timed = true, h.SSRC, h.Sequence, 1<<16, false
	s.window = 1
	s.got, s.span = 1, 1
	s.epoch++
	s.sources.Add(1)
	s.ssrcNow.Store(h.SSRC)
}

func (s *stream) lose() {
	lost := s.earlier
	if s.span > s.got {
		lost += s.span - s.got
	}
	s.lost.Store(lost)
}

// arrived updates the jitter estimate with an audio packet and looks for a pause before it; now is in timestamp
// units.
func (s *stream) arrived(h *rtp.Header, now uint32, rate int) {
	transit, next := now-h.Timestamp, spoken{h.Sequence, h.Timestamp, now}
	if s.timed {
		if pausedBetween(s.before, next, rate) {
			s.sparse.Store(true)
		}
		d := int32(transit - s.transit)
		if d < 0 {
			d = -d
		}
		s.jitter += (float64(d) - s.jitter) / 16
		s.jitterNow.Store(int64(s.jitter * float64(time.Second) / float64(rate)))
	}
	s.timed, s.transit, s.before = true, transit, next
}

func (s *stream) count(size int) {
	s.packets.Add(1)
	s.bytes.Add(uint64(size))
}

func (s *stream) sample() sample {
	return sample{packets: s.packets.Load(), lost: s.lost.Load(), gaps: s.gaps.Load(), jitter: time.Duration(s.jitterNow.Load())}
}

func (s *stream) snapshot() StreamStats {
	return StreamStats{
		Packets: s.packets.Load(),
		Bytes:   s.bytes.Load(),
		Lost:    s.lost.Load(),
		Late:    s.late.Load(),
		Dropped: s.dropped.Load(),
		Sources: s.sources.Load(),
		SSRC:    s.ssrcNow.Load(),
		Jitter:  time.Duration(s.jitterNow.Load()),
	}
}
