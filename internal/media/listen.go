package media

import (
	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/tone"
)

// sampler makes linear samples at 8 kHz of one stream of packets in any codec. It is for taps, so that
// it is used by one goroutine at a time.
type sampler struct {
	name    string
	ssrc    uint32
	decoder codec.Decoder // nil: the codec cannot be decoded
	pcm     []int16
}

// samples is what a packet holds, valid until the next call; nil if it cannot be decoded.
func (s *sampler) samples(p *Packet) []int16 {
	if s.name != p.Codec.Name || s.ssrc != p.SSRC {
		s.name, s.ssrc = p.Codec.Name, p.SSRC
		var err error
		if s.decoder, err = codec.NewDecoderAt(s.name, tone.Rate); err != nil {
			s.decoder = nil
		}
		if s.pcm == nil {
			s.pcm = make([]int16, codec.MaxSamples)
		}
	}
	if s.decoder == nil {
		return nil
	}
	n, err := s.decoder.Decode(p.Payload, s.pcm)
	if err != nil {
		return nil
	}
	return s.pcm[:n]
}

// inG711 shows a tap the packets of one direction in a codec of one byte per sample at 8 kHz: those in
// other codecs as A-law. Of what cannot be decoded it sees the original.
func inG711(d Direction, t Tap) Tap { return &g711Tap{direction: d, tap: t} }

type g711Tap struct {
	direction Direction
	tap       Tap
	sampler   sampler
	ssrc      uint32
	rate      int // of clock
	clock     clock
	shown     Packet
	payload   []byte
}

// Packet implements Tap.
func (t *g711Tap) Packet(d Direction, p *Packet) {
	if d != t.direction {
		return
	}
	if isG711(p.Codec) {
		t.tap.Packet(d, p)
		return
	}
	pcm := t.sampler.samples(p)
	if pcm == nil {
		t.tap.Packet(d, p)
		return
	}
	t.payload = t.payload[:0]
	for _, v := range pcm {
		t.payload = append(t.payload, g711.EncodeAlaw(v))
	}
	t.shown = *p
	if t.ssrc != p.SSRC || t.rate != p.Codec.ClockRate {
		t.ssrc, t.rate, t.clock = p.SSRC, p.Codec.ClockRate, clock{}
	}
	t.shown.Timestamp = t.clock.at(p.Timestamp, t.rate, tone.Rate)
	t.shown.Codec, t.shown.Payload = PCMA(), t.payload
	t.tap.Packet(d, &t.shown)
}
