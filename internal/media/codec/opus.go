package codec

import (
	"fmt"

	"github.com/pion/opus"
)

// Recoverer is what a decoder may know beside: the packet after a lost one can carry a rough copy of it.
type Recoverer interface {
	// Recover writes the frame before the given packet's, if the packet has it; false: use Conceal.
	// The packet itself must be decoded afterwards. pcm is one frame of FrameTime.
	Recover(next []byte, pcm []int16) bool
}

// OpusLibrary says which libopus is used ("libopus 1.3.1"), or "" if the system has none: then Opus
// can be decoded only, at twice the cost, and decoding allocates.
func OpusLibrary() string {
	lib, err := systemOpus()
	if err != nil {
		return ""
	}
	return lib.version
}

func newOpusDecoder(rate int) (Decoder, error) {
	if rate != 8000 && rate != 16000 && rate != 48000 {
		return nil, fmt.Errorf("%w: %d Hz", ErrUnknown, rate)
	}
	if lib, err := systemOpus(); err == nil {
		return lib.newDecoder(rate, 1)
	}
	return newGoOpusDecoder(rate)
}

func newOpusEncoder(rate int) (Encoder, error) {
	if rate != 8000 && rate != 16000 && rate != 48000 {
		return nil, fmt.Errorf("%w: %d Hz", ErrUnknown, rate)
	}
	lib, err := systemOpus()
	if err != nil {
		return nil, err
	}
	return lib.newEncoder(rate)
}

// goOpusDecoder decodes Opus in Go; it cannot use the recovery data in packets.
type goOpusDecoder struct {
	rate    int
	decoder opus.Decoder
	conceal concealer
	pcm     [MaxSamples]int16 // the decoder wants room for the longest packet
}

func newGoOpusDecoder(rate int) (Decoder, error) {
	d := &goOpusDecoder{rate: rate, conceal: newConcealer(rate)}
	if err := d.decoder.Init(rate, 1); err != nil {
		return nil, fmt.Errorf("making an Opus decoder: %w", err)
	}
	return d, nil
}

// Rate implements Decoder.
func (d *goOpusDecoder) Rate() int { return d.rate }

// Decode implements Decoder.
func (d *goOpusDecoder) Decode(payload []byte, pcm []int16) (int, error) {
	if len(payload) == 0 {
		return 0, ErrPayload
	}
	n, err := d.decoder.DecodeToInt16(payload, d.pcm[:])
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	if n > len(pcm) {
		return 0, ErrShort
	}
	d.conceal.heard(d.pcm[:n])
	return copy(pcm, d.pcm[:n]), nil
}

// Conceal implements Decoder.
func (d *goOpusDecoder) Conceal(pcm []int16) { d.conceal.fill(pcm) }
