package media

import (
	"time"

	"linekeeper/internal/media/detect"
	"linekeeper/internal/media/tone"
)

// inband finds keys that a party without telephone events sends as sound, and reports them as if they
// had been events. It is a tap of what is heard; the leg's reader calls it, while there are no events only.
type inband struct {
	leg     *Leg
	sampler sampler
	digits  detect.Digits
	down    Digit
}

// Packet implements Tap.
func (t *inband) Packet(_ Direction, p *Packet) {
	if t.leg.terms.Load().events != 0 {
		// The keys come as events; the same sound beside them must not press them again.
		if t.down.Key != 0 {
			t.end(p.Arrival.Sub(t.down.Started))
		}
		t.digits = detect.Digits{}
		t.leg.hearNoKeys()
		return
	}
	pressed, ended, samples := t.digits.Frame(t.sampler.samples(p))
	if ended != 0 {
		t.end(time.Duration(samples) * time.Second / tone.Rate)
	}
	if pressed != 0 {
		t.down = Digit{Key: pressed, Started: p.Arrival}
		t.leg.digits.Add(1)
		if t.leg.onDigit != nil {
			t.leg.onDigit(t.down)
		}
	}
}

// end reports the end of the key that is down.
func (t *inband) end(lasted time.Duration) {
	d := t.down
	t.down, d.Duration = Digit{}, lasted
	if d.Key != 0 && t.leg.onDigitEnd != nil {
		t.leg.onDigitEnd(d)
	}
}

// hearKeys begins to look for keys in the sound, unless somebody does.
func (l *Leg) hearKeys() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.keysOff == nil {
		l.keysOff = l.addTap(Heard, &inband{leg: l})
	}
}

// hearNoKeys ends that, unless the events are gone again by now.
func (l *Leg) hearNoKeys() {
	l.mu.Lock()
	var off func()
	if l.terms.Load().events != 0 {
		off, l.keysOff = l.keysOff, nil
	}
	l.mu.Unlock()
	if off != nil {
		off()
	}
}
