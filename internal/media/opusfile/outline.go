package opusfile

import (
	"fmt"
	"math"
)

// Outline is what a sound is known by after lossy coding: its length and how loud each side is in each
// tenth of a second. It is taken of differences between samples, because a codec for speech leaves out
// hum and constants.
type Outline struct {
	rate   int
	frames int64
	sum    [2][]float64 // squares
	last   [2]int16
}

func newOutline(rate int) *Outline { return &Outline{rate: rate} }

// add takes what follows, left and right in turn.
func (o *Outline) add(pcm []int16) {
	for i := 0; i+1 < len(pcm); i += 2 {
		stretch := int(o.frames / int64(o.rate/stretches))
		for side := range 2 {
			if stretch == len(o.sum[side]) {
				o.sum[side] = append(o.sum[side], 0)
			}
			v := pcm[i+side]
			d := float64(v) - float64(o.last[side])
			o.sum[side][stretch] += d * d
			o.last[side] = v
		}
		o.frames++
	}
}

const (
	// stretches is how many a second has.
	stretches = 10
	// quiet is not told from silence: 55 dB below full scale.
	quiet = 60
	// alikeLeast is how much of the louder outline the common part is at least. What was cut, moved by
	// half a second of speech, swapped or spoilt has less; Opus has 0.8 and more.
	alikeLeast = 0.5
)

// alike compares two outlines of the same length.
func (o *Outline) alike(other *Outline) error {
	for side, name := range []string{"left", "right"} {
		least, most := 0.0, 0.0
		for i, sum := range o.sum[side] {
			a, b := o.loud(sum), o.loud(other.sum[side][i])
			least += math.Min(a, b)
			most += math.Max(a, b)
		}
		if least < alikeLeast*most {
			return fmt.Errorf("%w: the %s side agrees by %.0f %%", ErrDiffers, name, 100*least/most)
		}
	}
	return nil
}

// loud is the root of a stretch's mean square, nothing below quiet.
func (o *Outline) loud(sum float64) float64 {
	return math.Max(quiet, math.Sqrt(sum/float64(o.rate/stretches)))
}
