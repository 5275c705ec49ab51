package codec

// concealer hides lost packets in a stream of samples: it goes on with the latest pitch period and
// fades it out, and fades the sound in again when the next packet arrives. G.711 Appendix I does
// much the same, but delays all sound for it; here only the seams are a little rougher.
type concealer struct {
	rate   int
	latest []int16 // the latest historyTime of sound
	cycle  []int16 // the pitch period that is repeated, its end bent into its beginning
	period int
	lost   int // samples concealed since the latest packet; 0: none
	seam   int // how far the first repetition begins from where the sound broke off
}

// In milliseconds.
const (
	historyTime = 40
	cycleTime   = 15 // the longest pitch period: 66 Hz
	keepTime    = 10 // this long the sound keeps its level
	fadeTime    = 50 // and this long it takes to vanish after that
)

func newConcealer(rate int) concealer {
	return concealer{
		rate:   rate,
		latest: make([]int16, rate/1000*historyTime),
		cycle:  make([]int16, rate/1000*cycleTime+1),
	}
}

// heard takes the samples of a packet that did arrive, and changes their beginning if it ends a loss.
func (c *concealer) heard(pcm []int16) {
	if c.lost > 0 {
		blend := min(len(pcm), c.rate/200)
		for i := range blend {
			was := int(c.next())
			pcm[i] = int16((was*(blend-i) + int(pcm[i])*i) / blend)
		}
		c.lost = 0
	}
	if n := len(c.latest); len(pcm) >= n {
		copy(c.latest, pcm[len(pcm)-n:])
	} else {
		copy(c.latest, c.latest[len(pcm):])
		copy(c.latest[n-len(pcm):], pcm)
	}
}

// fill makes the sound for a loss; called again, it goes on.
func (c *concealer) fill(pcm []int16) {
	if c.lost == 0 {
		c.begin()
	}
	for i := range pcm {
		pcm[i] = c.next()
	}
}

// begin finds the period to repeat.
func (c *concealer) begin() {
	c.period = c.pitch()
	end := len(c.latest)
	copy(c.cycle, c.latest[end-c.period:])
	bend := c.period / 4
	for i := range bend {
		tail, before := int(c.latest[end-bend+i]), int(c.latest[end-c.period-bend+i])
		c.cycle[c.period-bend+i] = int16((tail*(bend-i-1) + before*(i+1)) / bend)
	}
	c.seam = int(c.latest[end-1]) - int(c.latest[end-c.period-1])
}

// next is the next sample of the concealed sound.
func (c *concealer) next() int16 {
	keep, fade := c.rate/1000*keepTime, c.rate/1000*fadeTime
	at := c.lost
	if at >= keep+fade {
		return 0
	}
	c.lost++
	v := int(c.cycle[at%c.period])
	if smooth := c.rate / 400; at < smooth {
		v = max(-32768, min(32767, v+c.seam*(smooth-at)/smooth))
	}
	if at > keep {
		v = v * (keep + fade - at) / fade
	}
	return int16(v)
}

// pitch is the period, in samples, at which the latest sound resembles itself most: 2.5 to 15 ms.
func (c *concealer) pitch() int {
	step := c.rate / 8000 // 8 kHz resolution is enough
	window := c.rate / 100
	end := len(c.latest)
	recent := c.latest[end-window:]
	best, bestScore := c.rate/1000*cycleTime, 0.0
	for lag := c.rate / 400; lag <= c.rate/1000*cycleTime; lag += step {
		before := c.latest[end-window-lag : end-lag]
		var cross, energy int64
		for i := 0; i < window; i += step {
			cross += int64(recent[i]) * int64(before[i])
			energy += int64(before[i]) * int64(before[i])
		}
		if cross <= 0 || energy == 0 {
			continue
		}
		if score := float64(cross) * float64(cross) / float64(energy); score > bestScore*1.0001 {
			best, bestScore = lag, score
		}
	}
	return best
}
