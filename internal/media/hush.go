package media

import (
	"sync/atomic"
	"time"

	"linekeeper/internal/media/detect"
	"linekeeper/internal/media/tone"
)

// Hush is a tap that tells when a party sends nothing but silence, as a microphone does that is switched
// off at the headset, and when it is heard again. A party that sends nothing at all is not silent: its
// packets are missing, which is another trouble. It is for what is heard; what is sent does not count.
type Hush struct {
	tell    func(silent bool)
	afresh  atomic.Bool
	sampler sampler
	silence detect.Silence
	silent  bool
}

// NewHush makes a tap that tells after so much silence. tell is called on the packet path and must not
// block.
func NewHush(after time.Duration, tell func(silent bool)) *Hush {
	return &Hush{tell: tell, silence: detect.Silence{After: int(after * tone.Rate / time.Second)}}
}

// Afresh begins to count anew: after a time in which nobody listened.
func (h *Hush) Afresh() { h.afresh.Store(true) }

// Packet implements Tap.
func (h *Hush) Packet(_ Direction, p *Packet) {
	if h.afresh.Load() {
		h.afresh.Store(false)
		h.silence = detect.Silence{After: h.silence.After}
	}
	power, samples := h.sampler.power(p)
	if samples == 0 {
		return
	}
	h.silence.Power(power, samples)
	if now := h.silence.Silent(); now != h.silent {
		h.silent = now
		h.tell(now)
	}
}
