package media

import (
	"math"
	"sync"
	"time"

	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/tone"
)

const (
	// Spoken is the bit of a level that says that somebody spoke in that second.
	Spoken = 0x80
	// NoSound is the level of silence, and of a second of which nothing was heard.
	NoSound = 127

	// levelsMost is how many seconds are kept: a day.
	levelsMost = 24 * 3600
	// Voice is what is this much louder than the noise between, in dB, and at least so loud, in dB below
	// the loudest possible, for this part of a second.
	voiceAbove, voiceLeast = 10, 50
	// quietest is the least noise that is believed, so that digital silence does not make all else voice.
	quietest  = 60
	voicePart = 0.2
)

// Levels is a tap that keeps one byte a second for each side of a leg: how loud it was and whether
// somebody spoke, as RFC 6464 has it: the level in dB below overload (0 to 127) and the bit Spoken.
// Use it with AddTap on one leg, or one after the other on several.
type Levels struct {
	began time.Time
	sides [2]levelSide
}

// levelSide is one direction; its packets come one at a time, readers at any time.
type levelSide struct {
	mu      sync.Mutex
	done    []byte
	energy  float64 // of the second that runs, as part of the greatest possible times its samples
	voiced  float64 // seconds of voice in it
	noise   float64 // dB below overload: what is heard between words
	name    string  // of the codec
	decoder codec.Decoder
	pcm     []int16
}

// NewLevels makes a tap whose first second begins then.
func NewLevels(began time.Time) *Levels {
	l := &Levels{began: began}
	for i := range l.sides {
		l.sides[i].noise = quietest
	}
	return l
}

// Packet implements Tap.
func (l *Levels) Packet(d Direction, p *Packet) {
	second := int(p.Arrival.Sub(l.began) / time.Second)
	if second < 0 || second >= levelsMost {
		return
	}
	s := &l.sides[d]
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.done) < second {
		s.finish()
	}
	if pcm := s.decode(p); len(pcm) > 0 {
		s.hear(pcm)
	}
}

// Bytes are the levels of one side, a byte for each second that has ended by then. The bytes are the
// caller's.
func (l *Levels) Bytes(d Direction, now time.Time) []byte {
	s := &l.sides[d]
	s.mu.Lock()
	defer s.mu.Unlock()
	until := min(int(now.Sub(l.began)/time.Second), levelsMost)
	for len(s.done) < until {
		s.finish()
	}
	return append([]byte(nil), s.done[:max(0, until)]...)
}

// finish ends the second that runs; mu is held.
func (s *levelSide) finish() {
	b := byte(math.Round(level(s.energy / tone.Rate)))
	if s.voiced >= voicePart {
		b |= Spoken
	}
	s.done = append(s.done, b)
	s.energy, s.voiced = 0, 0
}

// decode gives the samples of a packet; mu is held.
func (s *levelSide) decode(p *Packet) []int16 {
	if s.name != p.Codec.Name {
		s.name, s.decoder = p.Codec.Name, nil
		if d, err := codec.NewDecoderAt(s.name, tone.Rate); err == nil {
			s.decoder = d
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

// hear adds samples to the second that runs; mu is held.
func (s *levelSide) hear(pcm []int16) {
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	sum /= 32768 * 32768
	s.energy += sum
	db := level(sum / float64(len(pcm)))
	if db <= voiceLeast && db <= s.noise-voiceAbove {
		s.voiced += float64(len(pcm)) / tone.Rate
	}
	// The noise is the quietest of late: it falls at once and rises 3 dB a second, so that a long word is
	// not taken for it.
	rise := 3 * float64(len(pcm)) / tone.Rate
	s.noise = min(max(db, s.noise-rise), quietest)
}

// level is a mean power, 1 for the greatest, in dB below that: 0 to 127.
func level(power float64) float64 {
	if power <= 0 {
		return NoSound
	}
	return min(max(-10*math.Log10(power), 0), NoSound)
}
