package media

import "linekeeper/internal/media/g711"

const (
	// mixRate is the sample rate of mixing, in Hz.
	mixRate = 8000
	// mixFrame is how many samples a tick of the mixer makes.
	mixFrame = mixRate / 50
	// maxDecoded is how many samples a packet may hold: 120 ms, the longest that is usual.
	maxDecoded = 6 * mixFrame
)

// Decoder makes linear samples at 8 kHz of the payloads of one stream, in their order. It is not for
// use by several goroutines.
type Decoder interface {
	// Decode writes what a payload holds to pcm, which has room for 120 ms, and says how many samples
	// that is; 0 for a payload that is broken.
	Decode(pcm []int16, payload []byte) int
}

// Encoder makes payloads of 20 ms of linear samples at 8 kHz, in their order. It is not for use by
// several goroutines.
type Encoder interface {
	// Encode writes the payload of a frame to b, which has room for the longest, and says how long it
	// is; 0 for a frame that need not be sent.
	Encode(b []byte, pcm []int16) int
}

// newDecoder is nil for codecs that cannot be mixed.
func newDecoder(c Codec) Decoder {
	switch c.Name {
	case "PCMU":
		return decodeBy(g711.DecodeMulaw)
	case "PCMA":
		return decodeBy(g711.DecodeAlaw)
	}
	return nil
}

// newEncoder is nil for codecs that cannot be mixed.
func newEncoder(c Codec) Encoder {
	switch c.Name {
	case "PCMU":
		return encodeBy(g711.EncodeMulaw)
	case "PCMA":
		return encodeBy(g711.EncodeAlaw)
	}
	return nil
}

// mixable says whether a party's sound can be mixed, and a mix be sent to it.
func mixable(c Codec) bool { return newDecoder(c) != nil && newEncoder(c) != nil }

// decodeBy and encodeBy are codecs with one byte per sample at 8 kHz.
type (
	decodeBy func(byte) int16
	encodeBy func(int16) byte
)

// Decode implements Decoder.
func (f decodeBy) Decode(pcm []int16, payload []byte) int {
	n := min(len(payload), len(pcm))
	for i, b := range payload[:n] {
		pcm[i] = f(b)
	}
	return n
}

// Encode implements Encoder.
func (f encodeBy) Encode(b []byte, pcm []int16) int {
	n := min(len(pcm), len(b))
	for i, v := range pcm[:n] {
		b[i] = f(v)
	}
	return n
}
