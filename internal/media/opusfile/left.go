package opusfile

import (
	"errors"
	"fmt"
	"io"

	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/ogg"
)

// Left decodes the left side of a file that Convert wrote, which is the customer's, at the rate of the sound it was
// made of. A damaged file is an error.
func Left(file io.Reader) (pcm []int16, rate int, err error) {
	in, err := ogg.NewReader(file)
	if err != nil {
		return nil, 0, err
	}
	if rate = in.Head.InputRate; rate != 8000 && rate != 16000 {
		return nil, 0, fmt.Errorf("%w: %d Hz", ErrSource, rate)
	}
	decoder, err := codec.NewStereoDecoder(rate)
	if err != nil {
		return nil, 0, err
	}
	both := make([]int16, 2*codec.MaxSamples)
	skip := in.Head.PreSkip * rate / ogg.Rate
	for {
		packet, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		n, err := decoder.Decode(packet, both)
		if err != nil {
			return nil, 0, fmt.Errorf("%w: %w", ErrSource, err)
		}
		begin := min(skip, n)
		skip -= begin
		for i := begin; i < n; i++ {
			pcm = append(pcm, both[2*i])
		}
	}
	long := in.Samples() * int64(rate) / ogg.Rate // the last packet is filled up
	return pcm[:min(int64(len(pcm)), long)], rate, nil
}
