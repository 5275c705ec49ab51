package detect

import "math"

const (
	// digitBlock is how many samples are looked at at once: 12.75 ms, whose filters are 78 Hz wide. A
	// tone of 40 ms holds at least two whole blocks.
	digitBlock = 102
	// digitOn and digitOff are how many blocks in a row make a key, or end it.
	digitOn, digitOff = 2, 2
	// digitFloor is the weakest tone, in dBFS: -35 dBm0 each. Q.24 wants -25 taken by most countries.
	digitFloor = -38
	// digitTwist is how much one tone may be stronger than the other: 8 dB, either way.
	digitTwist = 6.3
	// digitPeak is how much a tone must be stronger than its neighbours in the group: 8 dB.
	digitPeak = 6.3
	// digitHarmonic is how strong the upper tone's second harmonic may be: a voice has one.
	digitHarmonic = 0.1
	// digitShare is how much of the sound's energy both tones must have: with less it is speech.
	digitShare = 0.72
)

// The eight tones of Q.23 and the second harmonics of the upper four.
var digitTones = [12]float64{697, 770, 852, 941, 1209, 1336, 1477, 1633, 2418, 2672, 2954, 3266}

var digitFactors = func() (f [12]float32) {
	for i, t := range digitTones {
		f[i] = factor(t)
	}
	return f
}()

// digitEnergy is digitFloor as the energy of a block.
var digitEnergy = float32(fullScale * digitBlock * math.Pow(10, digitFloor/10.0))

const digitKeys = "123A456B789C*0#D"

// Digits finds keys sent as sound. A key is known 25 ms after it began, and its end as long after that.
type Digits struct {
	n      int
	a, b   [12]float32
	energy float32

	key     byte // that is down; 0: none
	missing int  // for how many blocks it was not heard
	seen    byte // in the latest block
	run     int  // for how many blocks
	samples int  // how long the key is down
}

// Frame takes the next samples. pressed is the key that was found in them, ended the one whose end was,
// which lasted that many samples; 0: none.
func (d *Digits) Frame(pcm []int16) (pressed, ended byte, samples int) {
	for len(pcm) > 0 {
		part := pcm[:min(len(pcm), digitBlock-d.n)]
		pcm = pcm[len(part):]
		d.filter(part)
		if d.n += len(part); d.n < digitBlock {
			break
		}
		p, e, s := d.block()
		if p != 0 {
			pressed = p
		}
		if e != 0 {
			ended, samples = e, s
		}
	}
	return pressed, ended, samples
}

// filter runs all filters over the samples.
func (d *Digits) filter(pcm []int16) {
	a, b := d.a, d.b
	energy := d.energy
	for _, v := range pcm {
		x := float32(v)
		energy += x * x
		for i := range a {
			a[i], b[i] = x+digitFactors[i]*a[i]-b[i], a[i]
		}
	}
	d.a, d.b, d.energy = a, b, energy
}

// block decides what the block holds.
func (d *Digits) block() (pressed, ended byte, samples int) {
	key := d.decide()
	d.n, d.a, d.b, d.energy = 0, [12]float32{}, [12]float32{}, 0
	if key == d.seen {
		d.run++
	} else {
		d.seen, d.run = key, 1
	}
	if d.key != 0 {
		d.samples += digitBlock
		if d.missing++; key == d.key {
			d.missing = 0
		}
		if d.missing >= digitOff {
			ended, samples = d.key, d.samples-digitOff*digitBlock
			d.key = 0
		}
	}
	if d.key == 0 && key != 0 && d.run >= digitOn {
		d.key, d.missing, d.samples = key, 0, digitOn*digitBlock
		pressed = key
	}
	return pressed, ended, samples
}

// decide is the key in the block; 0: none.
func (d *Digits) decide() byte {
	if d.energy < 2*digitEnergy {
		return 0
	}
	var power [12]float32
	for i := range power {
		power[i] = powerOf(d.a[i], d.b[i], digitFactors[i], digitBlock)
	}
	row, col := strongest(power[:4]), strongest(power[4:8])
	if row < 0 || col < 0 {
		return 0
	}
	low, high := power[row], power[4+col]
	switch {
	case low < digitEnergy, high < digitEnergy,
		low > high*digitTwist, high > low*digitTwist,
		power[8+col] > high*digitHarmonic,
		low+high < d.energy*digitShare:
		return 0
	}
	return digitKeys[4*row+col]
}

// strongest is the tone that stands out of its group; -1: none does.
func strongest(group []float32) int {
	best := 0
	for i, p := range group {
		if p > group[best] {
			best = i
		}
	}
	for i, p := range group {
		if i != best && p*digitPeak > group[best] {
			return -1
		}
	}
	return best
}
