package codec_test

import (
	"errors"
	"testing"

	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/tone"
)

// TestStereoKeepsItsSidesApart encodes a tone on each side, and one side alone: what is decoded has each
// tone where it was and nothing of it on the other side.
func TestStereoKeepsItsSidesApart(t *testing.T) {
	t.Parallel()
	for _, rate := range []int{8000, 16000} {
		for name, right := range map[string]bool{"both": true, "left alone": false} {
			left, other := sine(440, rate, 3*rate), sine(700, rate, 3*rate)
			if !right {
				clear(other)
			}
			e, err := codec.NewStereoEncoder(rate, 32_000)
			if err != nil {
				t.Fatal(err)
			}
			d, err := codec.NewStereoDecoder(rate)
			if err != nil {
				t.Fatal(err)
			}
			if e.Rate() != rate || e.Lookahead() < rate/1000 || e.Lookahead() > rate/50 {
				t.Errorf("%d Hz: rate %d, lookahead %d", rate, e.Rate(), e.Lookahead())
			}
			var out [2][]int16
			frame, payload, pcm := make([]int16, 2*rate/50), make([]byte, codec.MaxPayload), make([]int16, 2*codec.MaxSamples)
			bytes := 0
			for at := 0; at+rate/50 <= len(left); at += rate / 50 {
				for i := range rate / 50 {
					frame[2*i], frame[2*i+1] = left[at+i], other[at+i]
				}
				n, err := e.Encode(frame, payload)
				if err != nil {
					t.Fatal(err)
				}
				bytes += n
				if n, err = d.Decode(payload[:n], pcm); err != nil || n != rate/50 {
					t.Fatalf("decoded %d samples, %v", n, err)
				}
				for i := range n {
					out[0], out[1] = append(out[0], pcm[2*i]), append(out[1], pcm[2*i+1])
				}
			}
			l, r := resampled(t, rate, 8000, out[0][rate:]), resampled(t, rate, 8000, out[1][rate:])
			if share := tone.Share(l, 440); share < 0.95 {
				t.Errorf("%d Hz, %s: the left has %.3f of 440 Hz", rate, name, share)
			}
			if !right {
				if leak := tone.Loudness(r) / tone.Loudness(l); leak > 0.003 {
					t.Errorf("%d Hz: %.4f of the left is heard on the right", rate, leak)
				}
			} else if share := tone.Share(r, 700); share < 0.95 {
				t.Errorf("%d Hz, %s: the right has %.3f of 700 Hz", rate, name, share)
			}
			if rate := bytes * 8 / 3; rate > 45_000 {
				t.Errorf("%d bits a second", rate)
			}
		}
	}
	if _, err := codec.NewStereoEncoder(48000, 32_000); !errors.Is(err, codec.ErrUnknown) {
		t.Errorf("48000 Hz: %v", err)
	}
	if _, err := codec.NewStereoDecoder(44100); !errors.Is(err, codec.ErrUnknown) {
		t.Errorf("44100 Hz: %v", err)
	}
}
