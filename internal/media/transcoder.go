package media

import (
	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/rtp"
)

// maxRepaired is how many lost packets of a source a transcoder makes up; a longer hole stays one.
const maxRepaired = 5

// transcoder makes frames in the party's codec out of packets in another one. It works on the reader
// goroutine of the leg that is heard, without delay: a packet of 20 ms becomes a packet of 20 ms at
// once. It belongs to an out, whose mutex guards it.
type transcoder struct {
	from, to string
	leg      *Leg // whose packets it decodes
	epoch    uint32
	rate     int // of samples, the lower of both codecs' rates
	decoder  codec.Decoder
	encoder  codec.Encoder
	pcm      [codec.MaxSamples]int16 // decoded and not yet encoded
	n        int
	at       uint32 // timestamp of the first of them, at the party's clock
	size     int    // samples of the latest packet
	marker   bool
	pkt      [rtp.HeaderSize + codec.MaxPayload]byte
}

// transcoderFor is the party's transcoder for packets of a leg; nil if there is none for the pair. The
// encoder stays when the source changes: the party hears one stream.
func (o *out) transcoderFor(p *heardPacket, to Codec) *transcoder {
	t, from := o.coder, p.terms.codec
	if t == nil || t.from != from.Name || t.to != to.Name {
		rate := min(codec.Rate(from.Name), codec.Rate(to.Name))
		encoder, err := codec.NewEncoderAt(to.Name, rate)
		if err != nil {
			return nil
		}
		t = &transcoder{from: from.Name, to: to.Name, rate: rate, encoder: encoder}
		o.coder = t
	}
	if t.decoder == nil || t.leg != p.from || t.epoch != p.epoch {
		var err error
		if t.decoder, err = codec.NewDecoderAt(from.Name, t.rate); err != nil {
			o.coder = nil
			return nil
		}
		t.leg, t.epoch, t.n, t.size = p.from, p.epoch, 0, 0
	}
	return t
}

// transcode relays audio in another codec. Packets that come late are lost: their time is encoded.
func (o *out) transcode(p *heardPacket, h rtp.Header, newest, quiet bool, to *terms) {
	t := o.transcoderFor(p, to.codec)
	if t == nil {
		o.skip(p, newest)
		return
	}
	if !newest {
		o.count.dropped.Add(1)
		return
	}
	o.steady(&h, p.now, to.codec.ClockRate)
	t.marker = t.marker || h.Marker
	seq := h.Sequence
	if lost := int(h.Sequence - o.seq); lost > 0 && t.repair(p.payload(), lost, h.Timestamp, to.codec.ClockRate) {
		seq = o.seq
	}
	t.take(p.payload(), h.Timestamp, to.codec.ClockRate)
	for frame := t.rate / 50; t.n >= frame; {
		seq = o.encoded(t, frame, seq, quiet, p, to)
	}
	// The next source packet takes the next number, however many became of this one.
	o.seq, o.floor = seq, p.header.Sequence+1
	o.seqOff = o.seq - o.floor
}

// encoded sends the transcoder's next frame and says the number after it.
func (o *out) encoded(t *transcoder, frame int, seq uint16, quiet bool, p *heardPacket, to *terms) uint16 {
	pcm := t.pcm[:frame]
	if quiet {
		clear(pcm)
	}
	n, err := t.encoder.Encode(pcm, t.pkt[rtp.HeaderSize:])
	h := rtp.Header{SSRC: o.ssrc, Sequence: seq, PayloadType: to.codec.PayloadType, Timestamp: t.at, Marker: t.marker}
	copy(t.pcm[:], t.pcm[frame:t.n])
	t.n -= frame
	t.at += uint32(to.codec.ClockRate / 50)
	if err != nil {
		o.count.dropped.Add(1)
		return seq
	}
	t.marker = false
	pkt := t.pkt[:rtp.HeaderSize+n]
	o.audio(h.Timestamp, pkt[rtp.HeaderSize:], to.codec, p.now)
	o.leg.tap(Sent, to.codec, &h, p.now, pkt[rtp.HeaderSize:])
	h.Put(pkt)
	o.send(pkt)
	return seq + 1
}

// ticks is how long samples take on the party's clock.
func (t *transcoder) ticks(samples, clock int) uint32 { return uint32(samples * clock / t.rate) }

// take decodes a packet behind what is waiting; what is not continued is given up.
func (t *transcoder) take(payload []byte, ts uint32, clock int) {
	if t.n > 0 && t.at+t.ticks(t.n, clock) != ts {
		t.n = 0
	}
	if t.n == 0 {
		t.at = ts
	}
	n, err := t.decoder.Decode(payload, t.pcm[t.n:])
	if err != nil {
		n = min(t.size, len(t.pcm)-t.n)
		t.decoder.Conceal(t.pcm[t.n : t.n+n])
	} else {
		t.size = n
	}
	t.n += n
}

// repair makes up lost packets before the one that arrived, if they are few and the time that is
// missing is theirs; false: the hole stays.
func (t *transcoder) repair(next []byte, lost int, ts uint32, clock int) bool {
	missing := lost * t.size
	if t.size == 0 || lost > maxRepaired || t.n+missing > len(t.pcm)/2 {
		return false
	}
	if end := ts - t.ticks(missing, clock); t.n > 0 && t.at+t.ticks(t.n, clock) != end || t.n == 0 && t.at != end {
		return false
	}
	r, can := t.decoder.(codec.Recoverer)
	for i := range lost {
		pcm := t.pcm[t.n : t.n+t.size]
		if i < lost-1 || !can || !r.Recover(next, pcm) {
			t.decoder.Conceal(pcm)
		}
		t.n += t.size
	}
	return true
}

// clock follows timestamps at another clock rate, past the place where they come round. What a division
// leaves over is kept.
type clock struct {
	begun    bool
	last, ts uint32 // the same instant at both rates
}

// at is a timestamp at the other rate.
func (c *clock) at(ts uint32, from, to int) uint32 {
	if !c.begun {
		c.begun, c.last, c.ts = true, ts, uint32(uint64(ts)*uint64(to)/uint64(from))
	}
	d := int64(int32(ts-c.last)) * int64(to) / int64(from)
	now := c.ts + uint32(d)
	if d > 0 {
		c.ts, c.last = now, c.last+uint32(d*int64(from)/int64(to))
	}
	return now
}

// sourceClock is the clock of the source that is relayed.
type sourceClock struct {
	leg   *Leg
	epoch uint32
	clock clock
}

// rescale gives the packet a timestamp at the party's clock rate.
func (o *out) rescale(p *heardPacket, to Codec) {
	from := p.terms.codec.ClockRate
	if from == to.ClockRate {
		return
	}
	if c := &o.clock; c.leg != p.from || c.epoch != p.epoch {
		*c = sourceClock{leg: p.from, epoch: p.epoch}
	}
	p.header.Timestamp = o.clock.clock.at(p.header.Timestamp, from, to.ClockRate)
}
