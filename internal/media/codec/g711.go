package codec

import "linekeeper/internal/media/g711"

// g711Decoder decodes PCMU or PCMA.
type g711Decoder struct {
	alaw    bool
	conceal concealer
}

func newG711Decoder(alaw bool) *g711Decoder {
	return &g711Decoder{alaw: alaw, conceal: newConcealer(8000)}
}

// Rate implements Decoder.
func (*g711Decoder) Rate() int { return 8000 }

// Decode implements Decoder.
func (d *g711Decoder) Decode(payload []byte, pcm []int16) (int, error) {
	if len(payload) == 0 || len(payload) > MaxSamples {
		return 0, ErrPayload
	}
	if len(pcm) < len(payload) {
		return 0, ErrShort
	}
	pcm = pcm[:len(payload)]
	if d.alaw {
		for i, b := range payload {
			pcm[i] = g711.DecodeAlaw(b)
		}
	} else {
		for i, b := range payload {
			pcm[i] = g711.DecodeMulaw(b)
		}
	}
	d.conceal.heard(pcm)
	return len(pcm), nil
}

// Conceal implements Decoder.
func (d *g711Decoder) Conceal(pcm []int16) { d.conceal.fill(pcm) }

// g711Encoder encodes PCMU or PCMA; it has nothing to remember.
type g711Encoder struct{ alaw bool }

// Rate implements Encoder.
func (g711Encoder) Rate() int { return 8000 }

// Encode implements Encoder.
func (e g711Encoder) Encode(pcm []int16, payload []byte) (int, error) {
	if len(pcm) != 160 {
		return 0, ErrPayload
	}
	if len(payload) < len(pcm) {
		return 0, ErrShort
	}
	payload = payload[:len(pcm)]
	if e.alaw {
		for i, v := range pcm {
			payload[i] = g711.EncodeAlaw(v)
		}
	} else {
		for i, v := range pcm {
			payload[i] = g711.EncodeMulaw(v)
		}
	}
	return len(payload), nil
}
