package opusfile

import (
	"errors"
	"fmt"
	"io"

	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/ogg"
	"linekeeper/internal/media/wav"
)

// Bitrate is what both sides have together, in bit/s: twice what speech of the telephone's band needs
// not to be told from G.711. Silence takes less.
const Bitrate = 32_000

// Errors other than those of reading and writing.
var (
	// ErrSource means a WAV file that cannot be converted.
	ErrSource = errors.New("it cannot be converted")
	// ErrDiffers means that a file does not hold the sound it was made of.
	ErrDiffers = errors.New("what was converted does not hold the same sound")
)

// Convert writes the sound of src to dst as an Ogg Opus file with the comments and one more, the peaks. A
// mono sound is on both sides. step is called for each second of sound, and its error ends the work; nil:
// nothing. The result is what Verify wants. Errors of reading src are ErrSource, those of dst as they are.
func Convert(dst io.Writer, src *wav.Reader, serial uint32, comments []ogg.Comment, step func() error) (*Outline, error) {
	rate := src.Format.Rate
	if src.Frames == 0 || rate != 8000 && rate != 16000 {
		return nil, fmt.Errorf("%w: %d frames at %d Hz", ErrSource, src.Frames, rate)
	}
	encoder, err := codec.NewStereoEncoder(rate, Bitrate)
	if err != nil {
		return nil, err
	}
	in := &source{r: src, step: step, pcm: make([]int16, 2*rate), side: make([]int16, rate)}
	outline := newOutline(rate)
	peaks := newPeaks(rate, src.Frames)
	// The peaks stand before the sound, so it is read twice; that is a hundredth of encoding it.
	for at := int64(0); at < src.Frames; at += int64(rate) {
		pcm, err := in.second(at)
		if err != nil {
			return nil, err
		}
		outline.add(pcm)
		peaks.add(at, pcm)
	}
	head := ogg.Head{Channels: 2, PreSkip: encoder.Lookahead() * ogg.Rate / rate, InputRate: rate}
	all := append(append([]ogg.Comment(nil), comments...), ogg.Comment{Name: peaksComment, Text: peaks.text()})
	out, err := ogg.NewWriter(dst, serial, head, codec.OpusLibrary(), all)
	if err != nil {
		return nil, err
	}
	return outline, encode(out, encoder, in)
}

// encode writes the packets: as many as hold all of the sound, late as it is by the lookahead.
func encode(out *ogg.Writer, encoder codec.StereoEncoder, in *source) error {
	rate := encoder.Rate()
	frame, payload := 2*rate/50, make([]byte, codec.MaxPayload)
	const packet = ogg.Rate / 50
	all := in.r.Frames + int64(encoder.Lookahead())
	for at := int64(0); at < all; at += int64(rate) {
		pcm, err := in.second(at)
		if err != nil {
			return err
		}
		clear(in.pcm[len(pcm):])
		for i := 0; i < 50 && at+int64(i*rate/50) < all; i++ {
			n, err := encoder.Encode(in.pcm[i*frame:(i+1)*frame], payload)
			if err != nil {
				return fmt.Errorf("%w: %w", ErrSource, err)
			}
			if err := out.Packet(payload[:n], packet); err != nil {
				return err
			}
		}
		if err := in.rest(); err != nil {
			return err
		}
	}
	return out.Close(in.r.Frames * ogg.Rate / int64(rate))
}

// source gives a WAV file's sound second by second.
type source struct {
	r         *wav.Reader
	step      func() error
	pcm, side []int16
}

// second reads the sound from a frame on, left and right in turn; shorter at the end.
func (s *source) second(at int64) ([]int16, error) {
	long := 0
	for side := range 2 {
		n, err := s.r.Samples(min(side, s.r.Format.Channels-1), at, s.side)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSource, err)
		}
		for i, v := range s.side[:n] {
			s.pcm[2*i+side] = v
		}
		long = n
	}
	return s.pcm[:2*long], nil
}

func (s *source) rest() error {
	if s.step == nil {
		return nil
	}
	return s.step()
}

// Verify decodes a file that Convert wrote: it is as long to the sample and sounds alike on each side.
// ErrDiffers or ogg.ErrFormat means that it does not. step is as for Convert.
func Verify(file io.Reader, want *Outline, step func() error) error {
	in, err := ogg.NewReader(file)
	if err != nil {
		return err
	}
	rate := want.rate
	decoder, err := codec.NewStereoDecoder(rate)
	if err != nil {
		return err
	}
	got, pcm := newOutline(rate), make([]int16, 2*codec.MaxSamples)
	skip := in.Head.PreSkip * rate / ogg.Rate
	for next := int64(rate); ; {
		packet, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		n, err := decoder.Decode(packet, pcm)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDiffers, err)
		}
		begin := min(skip, n)
		skip -= begin
		end := min(int64(n), int64(begin)+want.frames-got.frames)
		got.add(pcm[2*begin : 2*end])
		if step != nil && got.frames >= next {
			next += int64(rate)
			if err := step(); err != nil {
				return err
			}
		}
	}
	if samples := want.frames * ogg.Rate / int64(rate); in.Samples() != samples || got.frames != want.frames {
		return fmt.Errorf("%w: it has %d samples, want %d", ErrDiffers, in.Samples(), samples)
	}
	return want.alike(got)
}
