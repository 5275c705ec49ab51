package media

import "linekeeper/internal/media/detect"

// Signal is a machine's tone found in what a party sends.
type Signal uint8

// The sounds.
const (
	FaxCalls   Signal = iota + 1 // CNG: a fax machine calls (ITU-T T.30)
	FaxAnswers                   // CED: a fax machine has answered
	Beep                         // an answering machine has ended its greeting
)

// Tones is a tap for what is heard that looks for fax machines and the beep of answering machines. Each is
// told once. A leg that nobody asks about has none, and costs nothing.
type Tones struct {
	fax, beep bool
	tell      func(Signal)
	sampler   sampler
	faxes     detect.Fax
	beeps     detect.Beep
	told      [Beep + 1]bool
	frame     [toneFrame]int16
	filled    int
}

// toneFrame is 20 ms, which the detectors want.
const toneFrame = 160

// NewTones makes a tap. tell is called on the packet path and must not block.
func NewTones(fax, beep bool, tell func(Signal)) *Tones {
	return &Tones{fax: fax, beep: beep, tell: tell}
}

// Packet implements Tap.
func (t *Tones) Packet(_ Direction, p *Packet) {
	for pcm := t.sampler.samples(p); len(pcm) > 0; {
		n := copy(t.frame[t.filled:], pcm)
		pcm = pcm[n:]
		if t.filled += n; t.filled == toneFrame {
			t.filled = 0
			t.look(t.frame[:])
		}
	}
}

func (t *Tones) look(pcm []int16) {
	if t.fax {
		switch t.faxes.Frame(pcm) {
		case detect.Calling:
			t.found(FaxCalls)
		case detect.Called:
			t.found(FaxAnswers)
		}
	}
	if t.beep && t.beeps.Frame(pcm) != 0 {
		t.found(Beep)
	}
}

func (t *Tones) found(s Signal) {
	if !t.told[s] {
		t.told[s] = true
		t.tell(s)
	}
}
