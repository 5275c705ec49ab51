package codec

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// FrameTime is the length of the frames encoders make.
const FrameTime = 20 * time.Millisecond

// MaxSamples is how many samples a packet can hold at most: 120 ms of Opus at 48 kHz. A buffer of
// this size is never too short for Decode.
const MaxSamples = 5760

// MaxPayload is how many bytes Encode writes for a frame at most.
const MaxPayload = 480

// The errors of this package.
var (
	// ErrUnknown means a codec or a sample rate this package does not have.
	ErrUnknown = errors.New("unknown codec or sample rate")
	// ErrNoOpus means that Opus cannot be encoded because the system has no libopus.
	ErrNoOpus = errors.New("libopus.so.0 was not found: install the package libopus0 to encode Opus")
	// ErrShort means that the buffer given for the result is too short for it.
	ErrShort = errors.New("the buffer is too short for the frame")
	// ErrPayload means a payload that cannot be decoded, or samples that are no frame.
	ErrPayload = errors.New("not a frame of the codec")
)

// Decoder makes samples of one party's payloads, given in the order of their sequence numbers.
type Decoder interface {
	// Rate is how many samples a second Decode gives.
	Rate() int
	// Decode writes the samples of one packet and says how many there are. An error leaves the
	// decoder usable; the packet is then best treated as lost.
	Decode(payload []byte, pcm []int16) (n int, err error)
	// Conceal fills pcm with what is heard instead of lost packets: the latest sound again, fading
	// to silence within 60 ms.
	Conceal(pcm []int16)
}

// Encoder makes payloads for one party out of frames of FrameTime.
type Encoder interface {
	// Rate is how many samples a second Encode wants.
	Rate() int
	// Encode writes the payload of one frame (Rate()/50 samples) and says how long it is.
	Encode(pcm []int16, payload []byte) (n int, err error)
}

// ClockRate is the rate of a codec's RTP timestamps in Hz; 0 for an unknown codec. G722 has 8000
// although it samples at 16000 (RFC 3551, section 4.5.2), opus always 48000 (RFC 7587, section 4.1).
func ClockRate(name string) int {
	switch canonical(name) {
	case "PCMU", "PCMA", "G722":
		return 8000
	case "OPUS":
		return 48000
	}
	return 0
}

// Rate is the sample rate of a codec in Hz; 0 for an unknown codec.
func Rate(name string) int {
	switch canonical(name) {
	case "PCMU", "PCMA":
		return 8000
	case "G722":
		return 16000
	case "OPUS":
		return 48000
	}
	return 0
}

// canonical makes names comparable: in SDP they are not sensitive to case (RFC 4855, section 3).
func canonical(name string) string { return strings.ToUpper(name) }

// NewDecoder makes a decoder that gives samples at the codec's own rate.
func NewDecoder(name string) (Decoder, error) { return NewDecoderAt(name, Rate(name)) }

// NewDecoderAt makes a decoder that gives samples at 8000, 16000 or 48000 Hz whatever the codec's own
// rate is. Opus decodes to the rate directly, which is cheaper than to convert.
func NewDecoderAt(name string, rate int) (Decoder, error) {
	var d Decoder
	switch canonical(name) {
	case "PCMU":
		d = newG711Decoder(false)
	case "PCMA":
		d = newG711Decoder(true)
	case "G722":
		d = newG722Decoder()
	case "OPUS":
		return newOpusDecoder(rate)
	default:
		return nil, fmt.Errorf("%w: %q", ErrUnknown, name)
	}
	if d.Rate() == rate {
		return d, nil
	}
	r, err := NewResampler(d.Rate(), rate)
	if err != nil {
		return nil, err
	}
	return &resampledDecoder{inner: d, resampler: r}, nil
}

// NewEncoder makes an encoder that wants samples at the codec's own rate.
func NewEncoder(name string) (Encoder, error) { return NewEncoderAt(name, Rate(name)) }

// NewEncoderAt makes an encoder that wants samples at 8000, 16000 or 48000 Hz whatever the codec's own
// rate is. Opus codes them directly, and at 8 kHz at half the cost.
func NewEncoderAt(name string, rate int) (Encoder, error) {
	var e Encoder
	switch canonical(name) {
	case "PCMU":
		e = g711Encoder{}
	case "PCMA":
		e = g711Encoder{alaw: true}
	case "G722":
		e = newG722Encoder()
	case "OPUS":
		return newOpusEncoder(rate)
	default:
		return nil, fmt.Errorf("%w: %q", ErrUnknown, name)
	}
	if e.Rate() == rate {
		return e, nil
	}
	r, err := NewResampler(rate, e.Rate())
	if err != nil {
		return nil, err
	}
	return &resampledEncoder{inner: e, resampler: r}, nil
}

// resampledDecoder gives an inner decoder's samples at another rate.
type resampledDecoder struct {
	inner     Decoder
	resampler *Resampler
	pcm       [MaxSamples]int16
}

// Rate implements Decoder.
func (d *resampledDecoder) Rate() int { return d.resampler.to }

// Decode implements Decoder.
func (d *resampledDecoder) Decode(payload []byte, pcm []int16) (int, error) {
	n, err := d.inner.Decode(payload, d.pcm[:])
	if err != nil {
		return 0, err
	}
	if d.resampler.Size(n) > len(pcm) {
		return 0, ErrShort
	}
	return d.resampler.Resample(d.pcm[:n], pcm), nil
}

// Conceal implements Decoder.
func (d *resampledDecoder) Conceal(pcm []int16) {
	for len(pcm) > 0 {
		n := min(len(pcm), d.resampler.to/50)
		frame := d.pcm[:n*d.resampler.from/d.resampler.to]
		d.inner.Conceal(frame)
		clear(pcm[d.resampler.Resample(frame, pcm[:n]):n])
		pcm = pcm[n:]
	}
}

// resampledEncoder feeds an inner encoder from samples at another rate.
type resampledEncoder struct {
	inner     Encoder
	resampler *Resampler
	pcm       [960]int16
}

// Rate implements Encoder.
func (e *resampledEncoder) Rate() int { return e.resampler.from }

// Encode implements Encoder.
func (e *resampledEncoder) Encode(pcm []int16, payload []byte) (int, error) {
	if len(pcm) != e.resampler.from/50 {
		return 0, ErrPayload
	}
	n := e.resampler.Resample(pcm, e.pcm[:])
	return e.inner.Encode(e.pcm[:n], payload)
}
