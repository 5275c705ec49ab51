package detect

import "math"

const (
	// voiceLeast is the weakest voice, in dBFS; what is weaker is noise of the line.
	voiceLeast = -50
	// voiceAbove is how far a voice stands above the noise, in dB.
	voiceAbove = 9
	// voiceHang is how many frames a voice goes on after its last loud frame: the gaps between words.
	voiceHang = 10
	// noiseRise is how fast the idea of the noise follows a rising level, in dB per frame: 1.5 dB a second.
	noiseRise = 0.03
)

// Voice tells speech from the noise of the line by level: what stands well above the quietest that was
// heard lately.
type Voice struct {
	begun bool
	noise float64 // dBFS
	hang  int
}

// Frame says whether somebody speaks, and how loud the frame is in dBFS.
func (v *Voice) Frame(pcm []int16) (speaks bool, loud float64) {
	loud = level(meanSquare(pcm))
	switch {
	case !v.begun:
		// Nobody knows yet; a voice from the first frame on is one all the same.
		v.begun, v.noise = true, min(loud, voiceLeast)
	case loud < v.noise:
		v.noise = max(loud, -80)
	default:
		v.noise = min(v.noise+noiseRise, voiceLeast+20)
	}
	if loud > max(voiceLeast, v.noise+voiceAbove) {
		v.hang = voiceHang
	} else if v.hang > 0 {
		v.hang--
	}
	return v.hang > 0, loud
}

// Side is one of two who speak with each other.
type Side uint8

// The sides, as the channels of a recording.
const (
	Left Side = iota
	Right
)

// slotFrames is how many frames of 20 ms are kept open for the side that comes later: a second.
const slotFrames = 50

// Levels follows a talk of two: how loud each is second by second, who speaks, both at once, neither.
type Levels struct {
	sides [2]levelSide
	done  int64 // frames before are counted

	talk     [2]int64 // frames
	both     int64
	silence  int64 // frames of the present silence
	longest  int64
	seconds  [2][]byte
	inSecond [2]struct {
		square float64
		voice  int
	}
}

type levelSide struct {
	voice  Voice
	square [slotFrames]float32 // by frame, in a ring
	speaks [slotFrames]bool
}

// Frame takes 20 ms of one side; at is its place in the talk in frames of 20 ms. Sides may come in any
// order, up to a second apart; what comes later than that is forgotten.
func (l *Levels) Frame(s Side, at int64, pcm []int16) {
	if at < l.done {
		return
	}
	l.Until(at - slotFrames + 1)
	side := &l.sides[s]
	speaks, _ := side.voice.Frame(pcm)
	i := at % slotFrames
	side.square[i], side.speaks[i] = float32(meanSquare(pcm)), speaks
}

// Until counts everything before a frame: at the end of the talk.
func (l *Levels) Until(at int64) {
	for ; l.done < at; l.done++ {
		i := l.done % slotFrames
		speaking := 0
		for s := range l.sides {
			side := &l.sides[s]
			if side.speaks[i] {
				l.talk[s]++
				l.inSecond[s].voice++
				speaking++
			}
			l.inSecond[s].square += float64(side.square[i])
			side.speaks[i], side.square[i] = false, 0
		}
		switch speaking {
		case 2:
			l.both++
		case 0:
			l.silence++
			l.longest = max(l.longest, l.silence)
		}
		if speaking > 0 {
			l.silence = 0
		}
		if l.done%50 == 49 {
			l.second()
		}
	}
}

// second closes a second of both sides.
func (l *Levels) second() {
	for s := range l.seconds {
		b := byte(math.Round(-level(l.inSecond[s].square / 50)))
		if l.inSecond[s].voice >= 10 {
			b |= 0x80
		}
		if l.seconds[s] == nil {
			l.seconds[s] = make([]byte, 0, 600)
		}
		l.seconds[s] = append(l.seconds[s], b)
		l.inSecond[s].square, l.inSecond[s].voice = 0, 0
	}
}

// Talk is what Levels found. Times are in frames of 20 ms.
type Talk struct {
	// Seconds has a byte for each second of each side, as RFC 6464 writes levels: -dBFS in the lower
	// seven bits (0 loudest, 127 silence), the highest says that the side spoke for 0.2 s of it or more.
	Seconds [2][]byte
	Spoke   [2]int64
	Both    int64 // talk-over
	Silence int64 // the longest time nobody spoke
}

// Talk is what was counted so far; Seconds is shared and only grows.
func (l *Levels) Talk() Talk {
	return Talk{Seconds: l.seconds, Spoke: l.talk, Both: l.both, Silence: l.longest}
}

// Silence raises an alarm when nothing is heard: a dead line, a muted headset.
type Silence struct {
	// After is for how many samples nothing may be heard; 0: no alarm.
	After int

	quiet int
	told  bool
}

// silencePower is what counts as nothing, as part of a full square's power: 62 dB below the loudest sine, below the noise of
// any real room.
const silencePower = 3.15e-7

// Frame takes the next samples. True, once: nothing was heard for too long. Sound makes it ready again.
func (s *Silence) Frame(pcm []int16) bool { return s.Power(meanSquare(pcm)/32768/32768, len(pcm)) }

// Power is Frame for who knows the mean power of that many samples already, as part of a full square's.
func (s *Silence) Power(mean float64, samples int) bool {
	if mean > silencePower {
		s.quiet, s.told = 0, false
		return false
	}
	s.quiet = min(s.quiet+samples, 1<<30)
	if s.After == 0 || s.told || s.quiet < s.After {
		return false
	}
	s.told = true
	return true
}

// Silent says whether the alarm was raised and nothing was heard since.
func (s *Silence) Silent() bool { return s.told }
