package detect

import "math"

const (
	// toneLeast is the weakest tone, in dBFS: -40 dBm0.
	toneLeast = -43
	// toneShare is how much of a frame's energy must be the tone's: what else there is is 8 dB below it.
	toneShare = 0.85
	// toneDrift is how far a steady tone may move from frame to frame, in Hz.
	toneDrift = 20
	// toneBreak is how many frames a tone may be disturbed without having ended.
	toneBreak = 1
)

// single is the frequency in Hz of a frame that is one tone; 0: it is not. Of one sine the products of
// samples one and two apart tell the frequency, whatever white noise there is (Pisarenko); a filter on it
// then says whether it is all there is.
func single(pcm []int16) float64 {
	if len(pcm) < 40 {
		return 0
	}
	var one, two, energy float64
	for i := 2; i < len(pcm); i++ {
		x := float64(pcm[i])
		energy += x * x
		one += x * float64(pcm[i-1])
		two += x * float64(pcm[i-2])
	}
	if one == 0 || level(energy/float64(len(pcm)-2)) < toneLeast {
		return 0
	}
	cos := (two + math.Sqrt(two*two+8*one*one)) / (4 * one)
	if cos <= -1 || cos >= 1 {
		return 0
	}
	k := float32(2 * cos)
	var a, b, all float32
	for _, v := range pcm {
		x := float32(v)
		all += x * x
		a, b = x+k*a-b, a
	}
	if powerOf(a, b, k, len(pcm)) < all*toneShare {
		return 0
	}
	return math.Acos(cos) / (2 * math.Pi) * rate
}

// steady follows one tone.
type steady struct {
	hz      float64 // 0: none
	frames  int
	missing int
}

// frame takes the next frame. on: the tone goes on; ended is how many frames a tone had that ended now,
// and hz its frequency.
func (s *steady) frame(pcm []int16) (on bool, ended int, hz float64) {
	f := single(pcm)
	if s.hz != 0 && math.Abs(f-s.hz) <= toneDrift {
		s.frames += 1 + s.missing
		s.missing = 0
		s.hz += (f - s.hz) / 4
		return true, 0, s.hz
	}
	if s.hz != 0 && s.missing < toneBreak {
		s.missing++
		return true, 0, s.hz
	}
	ended, hz = s.frames, s.hz
	*s = steady{hz: f}
	if f != 0 {
		s.frames = 1
	}
	return f != 0, ended, hz
}

// FaxTone is what a fax machine says first.
type FaxTone uint8

// The tones of ITU-T T.30. NoFax is none.
const (
	NoFax   FaxTone = iota
	Calling         // CNG: 1100 Hz for half a second, every 3.5 s: a fax calls
	Called          // CED: 2100 Hz for about 3 s: a fax answers
)

// Fax finds fax machines. Frames must be of 20 ms.
type Fax struct {
	tone   steady
	called bool
}

// Frame takes the next frame and says what was found at its end: Calling when a tone of the right length
// is over, Called after half a second of it.
func (f *Fax) Frame(pcm []int16) FaxTone {
	_, ended, hz := f.tone.frame(pcm)
	if ended > 0 {
		f.called = false
		// T.30 allows 15 % of the length and 38 Hz.
		if ended >= 20 && ended <= 30 && math.Abs(hz-1100) <= 40 {
			return Calling
		}
	}
	if f.tone.frames >= 25 && !f.called && math.Abs(f.tone.hz-2100) <= 25 {
		f.called = true
		return Called
	}
	return NoFax
}

// Beep finds the tone with which an answering machine ends its greeting: 400 to 2500 Hz, 120 ms or
// longer, after somebody spoke. Frames must be of 20 ms.
type Beep struct {
	voice  Voice
	spoken int
	tone   steady
}

const (
	beepFrames = 6
	beepMost   = 150 // 3 s: what is longer is a line tone
	beepSpoken = 25  // so much speech came before it: 0.5 s
)

// Frame takes the next frame. hz is not 0 when a beep has just ended: its frequency.
func (b *Beep) Frame(pcm []int16) (hz float64) {
	on, ended, f := b.tone.frame(pcm)
	if speaks, _ := b.voice.Frame(pcm); speaks && !on {
		b.spoken++
	}
	if ended < beepFrames || ended > beepMost || f < 400 || f > 2500 || b.spoken < beepSpoken {
		return 0
	}
	b.spoken = 0
	return f
}
