package codec

import "fmt"

// StereoEncoder makes Opus packets of two channels, for files: without recovery data. Encode takes
// 2*Rate()/50 samples, left and right in turn.
type StereoEncoder interface {
	Encoder
	// Lookahead is by how many samples a channel the sound is late in what is decoded.
	Lookahead() int
}

// stereoComplexity keeps the cost near 14 s of processor time for an hour of both sides; 3 takes 21 s, 10
// takes 42 s.
const stereoComplexity = 1

// NewStereoEncoder makes an encoder for samples at 8000 or 16000 Hz and about that many bits a second for
// both channels; ErrNoOpus where there is no libopus. The two sides stay apart; at higher rates libopus
// would mix them to save bits.
func NewStereoEncoder(rate, bitrate int) (StereoEncoder, error) {
	if rate != 8000 && rate != 16000 {
		return nil, fmt.Errorf("%w: %d Hz", ErrUnknown, rate)
	}
	lib, err := systemOpus()
	if err != nil {
		return nil, err
	}
	return lib.newStereoEncoder(rate, bitrate)
}

// NewStereoDecoder makes a decoder of Opus that gives left and right in turn; the n of Decode counts
// samples of one channel. ErrNoOpus where there is no libopus.
func NewStereoDecoder(rate int) (Decoder, error) {
	if rate != 8000 && rate != 16000 && rate != 48000 {
		return nil, fmt.Errorf("%w: %d Hz", ErrUnknown, rate)
	}
	lib, err := systemOpus()
	if err != nil {
		return nil, err
	}
	return lib.newDecoder(rate, 2)
}
