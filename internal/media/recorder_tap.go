package media

import "time"

// channelTap places one stream on one channel. The recorder's mutex guards it.
type channelTap struct {
	recorder *Recorder
	channel  Channel
	maker    *g711Maker // of streams in other codecs; nil until there is one

	have bool
	ssrc uint32
	ts   uint32 // of the latest packet
	at   int64  // where it was placed
	off  time.Time
}

// Packet implements Tap.
func (t *channelTap) Packet(_ Direction, p *Packet) {
	if !isG711(p.Codec) {
		if t.maker == nil {
			t.maker = &g711Maker{}
		}
		p = t.maker.packet(p)
	}
	r := t.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		return
	}
	r.stats.Packets++
	if r.paused {
		t.locate(p) // keeps the place for what follows
		return
	}
	payload := p.Payload
	if p.Codec.Name != r.config.Codec.Name {
		r.scratch = append(r.scratch[:0], payload...)
		if payload = r.scratch; !convert(payload, p.Codec, r.config.Codec) {
			r.stats.Foreign++
			return
		}
	}
	r.place(t.channel, t.locate(p), payload)
}

// locate finds a packet's position from its timestamp. A difference to the arrival time must last to
// count: after a stall of the network a burst arrives late in itself but belongs where it belongs.
func (t *channelTap) locate(p *Packet) int64 {
	r := t.recorder
	now := r.position(p.Arrival)
	if !t.have || t.ssrc != p.SSRC {
		t.have, t.ssrc, t.ts, t.at, t.off = true, p.SSRC, p.Timestamp, now, time.Time{}
		return now
	}
	at := t.at + int64(int32(p.Timestamp-t.ts))
	apart := max(at-now, now-at)
	switch {
	case apart <= frames(recordTolerance):
		t.off = time.Time{}
	case apart <= frames(recordFar) && t.off.IsZero():
		t.off = p.Arrival
	case apart <= frames(recordFar) && p.Arrival.Sub(t.off) <= recordTolerance:
	default:
		at, t.off = now, time.Time{}
		r.stats.Resyncs++
	}
	t.ts, t.at = p.Timestamp, at
	return at
}

// place copies one channel's samples to the blocks. r.mu is held.
func (r *Recorder) place(ch Channel, at int64, payload []byte) {
	if gone := r.written - at; gone > 0 {
		if gone >= int64(len(payload)) {
			r.stats.Late++
			return
		}
		payload, at = payload[gone:], r.written
	}
	for len(payload) > 0 {
		n, start := at/blockFrames, int(at%blockFrames)
		if n-r.written/blockFrames >= recordBacklog {
			r.stats.Overflow++
			return
		}
		b := r.ring[n%recordBacklog]
		if b == nil {
			b = r.fresh()
			r.ring[n%recordBacklog] = b
		}
		part := payload[:copy(b[ch][start:], payload)]
		if len(r.spans) > 0 {
			r.silenceSpans(b, n*blockFrames+int64(start), int64(len(part)))
		}
		payload, at = payload[len(part):], at+int64(len(part))
	}
}
