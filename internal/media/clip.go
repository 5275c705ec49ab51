package media

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/media/wav"
)

// frameSamples is how many samples at 8 kHz a frame holds.
const frameSamples = tone.Rate / 50

// Clip is a piece of sound, encoded once per codec and shared by all who play it. It never changes.
type Clip struct {
	samples []int16
	mulaw   func() []byte
	alaw    func() []byte
	g722    coded
	opus    coded
}

// NewClip reads a WAV file: mono, 8 kHz, PCM 16 bit, mu-law or A-law.
func NewClip(file []byte) (*Clip, error) {
	r, err := wav.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	if r.Format.Channels != 1 || r.Format.Rate != tone.Rate {
		return nil, fmt.Errorf("%w: %d channels at %d Hz, want one at %d", wav.ErrFormat, r.Format.Channels, r.Format.Rate, tone.Rate)
	}
	samples := make([]int16, r.Frames)
	if _, err := r.Samples(0, 0, samples); err != nil {
		return nil, err
	}
	return NewClipPCM(samples), nil
}

// NewClipPCM makes a clip of 8 kHz linear samples, which it keeps.
func NewClipPCM(samples []int16) *Clip {
	encode := func(f func(int16) byte) func() []byte {
		return sync.OnceValue(func() []byte {
			b := make([]byte, len(samples))
			for i, v := range samples {
				b[i] = f(v)
			}
			return b
		})
	}
	return &Clip{
		samples: samples, mulaw: encode(g711.EncodeMulaw), alaw: encode(g711.EncodeAlaw),
		g722: coded{name: "G722", samples: samples}, opus: coded{name: "opus", samples: samples},
	}
}

// Duration is how long the clip is.
func (c *Clip) Duration() time.Duration {
	return time.Duration(len(c.samples)) * time.Second / tone.Rate
}

// payload is the whole clip in a codec of one byte per sample; nil: the codec is none of those.
func (c *Clip) payload(codec Codec) []byte {
	switch codec.Name {
	case "PCMU":
		return c.mulaw()
	case "PCMA":
		return c.alaw()
	}
	return nil
}

// frame is 20 ms of the clip in a codec of which a byte alone means nothing; nil if it cannot be
// encoded.
func (c *Clip) frame(codec Codec, i int) []byte {
	switch codec.Name {
	case "G722":
		return c.g722.get(i)
	case "opus":
		return c.opus.get(i)
	}
	return nil
}

// Once plays the clip from its start to its end; the last frame is filled with silence.
func (c *Clip) Once() Source { return &cursor{clip: c} }

// Loop plays the clip for ever. An empty clip is silence.
func (c *Clip) Loop() Source {
	if len(c.samples) == 0 {
		return Silence()
	}
	return &cursor{clip: c, loop: true}
}

// cursor is a place in a clip.
type cursor struct {
	clip *Clip
	at   int // sample
	loop bool
	buf  [frameSamples]byte
}

// Next implements Source.
func (s *cursor) Next(c Codec) ([]byte, bool) {
	n := len(s.clip.samples)
	if s.at >= n {
		if !s.loop {
			return nil, false
		}
		s.at %= n
	}
	at := s.at
	s.at += frameSamples
	all := s.clip.payload(c)
	if all == nil {
		return s.clip.frame(c, at/frameSamples), true
	}
	if s.at <= n {
		return all[at:s.at], true
	}
	// The frame reaches over the end.
	hush(s.buf[:], c)
	for i := copy(s.buf[:], all[at:]); s.loop && i < frameSamples; {
		i += copy(s.buf[i:], all)
	}
	return s.buf[:], true
}

// Sequence plays sources one after the other without a gap.
func Sequence(sources ...Source) Source { return &sequence{sources} }

type sequence struct{ rest []Source }

// Next implements Source.
func (s *sequence) Next(c Codec) ([]byte, bool) {
	for len(s.rest) > 0 {
		if b, ok := s.rest[0].Next(c); ok {
			return b, true
		}
		s.rest = s.rest[1:]
	}
	return nil, false
}

// Silence plays silence for ever: for parties that must hear a stream although there is nothing to hear.
func Silence() Source { return &silence{} }

type silence struct{ buf [frameSamples]byte }

// Next implements Source.
func (s *silence) Next(c Codec) ([]byte, bool) {
	b := s.buf[:]
	if c.Name == "opus" {
		b = s.buf[:opusSilence]
	}
	if !hush(b, c) {
		return nil, true
	}
	return b, true
}

// opusSilence is the size of silence in Opus that needs no padding.
const opusSilence = 3
