package media

import (
	"sync"
	"time"
)

// SpeechPower is what counts as speech, as part of a full square's power: 45 dB below the loudest sine, above
// the noise of a quiet room and of lines, below whom one still understands.
const SpeechPower = 1.6e-5

// Pause is a tap that tells once when a party has not spoken for a time. A party that sends nothing at all, as
// silence suppression has it, does not speak either.
type Pause struct {
	after   time.Duration
	tell    func()
	sampler sampler

	mu    sync.Mutex
	spoke time.Time
	timer *time.Timer // nil: it has told, or is closed
}

// NewPause makes a tap that tells after so long a pause, which counts from now. tell is called on a
// goroutine of its own. Close ends it.
func NewPause(after time.Duration, tell func()) *Pause {
	p := &Pause{after: after, tell: tell, spoke: time.Now()}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(after, p.look)
	return p
}

// look tells, or waits for what is left of the pause.
func (p *Pause) look() {
	p.mu.Lock()
	if p.timer == nil {
		p.mu.Unlock()
		return
	}
	if left := p.after - time.Since(p.spoke); left > 0 {
		p.timer.Reset(left)
		p.mu.Unlock()
		return
	}
	p.timer = nil
	p.mu.Unlock()
	p.tell()
}

// Packet implements Tap.
func (p *Pause) Packet(_ Direction, packet *Packet) {
	if power, samples := p.sampler.power(packet); samples == 0 || power < SpeechPower {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spoke = time.Now()
}

// Close ends the tap; nothing is told from then on but what is being told.
func (p *Pause) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
}
