package media

import "time"

// Stats are the counters of a leg.
type Stats struct {
	Heard   StreamStats
	Sent    StreamStats // no Lost, Late, Jitter, Sources
	Digits  uint64      // keys heard
	Rescued uint64      // panics contained on the packet path
	Strays  Strays
}

// StreamStats are the counters of one direction.
type StreamStats struct {
	Packets uint64
	Bytes   uint64 // RTP header and payload
	Lost    uint64 // RFC 3550, A.3, over all sources; never negative
	Late    uint64 // out of order, repeated or far off
	Dropped uint64 // heard or made, but not passed on: keys to a party without, no codec, write error, replaced by a player
	Sources uint64 // how many sources there were, restarts included
	SSRC    uint32 // of the present one
	Jitter  time.Duration
}

// Stats is a snapshot of the counters.
func (l *Leg) Stats() Stats {
	s := Stats{
		Heard:   l.heard.snapshot(),
		Sent:    l.out.count.snapshot(),
		Digits:  l.digits.Load(),
		Rescued: l.rescued.Load(),
		Strays:  l.transport.Strays(),
	}
	s.Strays.UnknownType += l.unknown.Load()
	return s
}
