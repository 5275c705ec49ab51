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

// power is the mean power of a packet's samples as part of a full square's, and their number at 8 kHz; 0, 0
// if it cannot be decoded. G.711 need not be decoded for it.
func (s *sampler) power(p *Packet) (mean float64, samples int) {
	var sum float64
	switch p.Codec.Name {
	case "PCMU":
		samples, sum = len(p.Payload), float64(g711.MulawSquares(p.Payload))
	case "PCMA":
		samples, sum = len(p.Payload), float64(g711.AlawSquares(p.Payload))
	default:
		pcm := s.samples(p)
		samples = len(pcm)
		for _, v := range pcm {
			sum += float64(v) * float64(v)
		}
	}
	if samples == 0 {
		return 0, 0
	}
	return sum / float64(samples) / (32768 * 32768), samples
}

// g711Maker turns packets of one stream into such of a codec of one byte per sample at 8 kHz: A-law.
type g711Maker struct {
	sampler sampler
	ssrc    uint32
	rate    int // of clock
	clock   clock
	made    Packet
	payload []byte
}

// packet is p in G.711, valid until the next call; what cannot be decoded stays as it is.
func (m *g711Maker) packet(p *Packet) *Packet {
	pcm := m.sampler.samples(p)
	if pcm == nil {
		return p
	}
	m.payload = m.payload[:0]
	for _, v := range pcm {
		m.payload = append(m.payload, g711.EncodeAlaw(v))
	}
	m.made = *p
	if m.ssrc != p.SSRC || m.rate != p.Codec.ClockRate {
		m.ssrc, m.rate, m.clock = p.SSRC, p.Codec.ClockRate, clock{}
	}
	m.made.Timestamp = m.clock.at(p.Timestamp, m.rate, tone.Rate)
	m.made.Codec, m.made.Payload = PCMA(), m.payload
	return &m.made
}
