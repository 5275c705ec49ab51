package media

import (
	"math"
	"sync"
	"time"

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
	// noiseRise is how fast the idea of the noise follows a rising level, in dB a second.
	noiseRise = 3
)

// The same as powers, 1 for the greatest.
var (
	voiceAbovePower = math.Pow(10, voiceAbove/10.0)
	voiceLeastPower = math.Pow(10, -voiceLeast/10.0)
	quietestPower   = math.Pow(10, -quietest/10.0)
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
	noise   float64 // power of what is heard between words
	rise    float64 // what the noise may rise by in as many samples as riseFor
	riseFor int
	sampler sampler
}

// NewLevels makes a tap whose first second begins then.
func NewLevels(began time.Time) *Levels {
	l := &Levels{began: began}
	for i := range l.sides {
		l.sides[i].noise = quietestPower
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
	if power, samples := s.sampler.power(p); samples > 0 {
		s.hear(power, samples)
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

// hear adds samples of a mean power to the second that runs; mu is held.
func (s *levelSide) hear(power float64, samples int) {
	s.energy += power * float64(samples)
	if power >= voiceLeastPower && power >= s.noise*voiceAbovePower {
		s.voiced += float64(samples) / tone.Rate
	}
	if s.riseFor != samples {
		s.rise, s.riseFor = math.Pow(10, noiseRise*float64(samples)/tone.Rate/10), samples
	}
	// The noise is the quietest of late: it falls at once and rises slowly, so that a long word is not taken
	// for it.
	s.noise = max(min(power, s.noise*s.rise), quietestPower)
}

// level is a mean power, 1 for the greatest, in dB below that: 0 to 127.
func level(power float64) float64 {
	if power <= 0 {
		return NoSound
	}
	return min(max(-10*math.Log10(power), 0), NoSound)
}
