package voice

import (
	"math"
	"slices"
	"sync"
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/media/tone"
)

// usualRing stands for countries whose tone is not listed: that of most of Europe and Asia (ITU-T E.182).
const usualRing = ""

// cadence is a ringing tone: its frequencies in Hz, and for how long there is sound and silence by turns.
type cadence struct {
	hz    []float64
	turns []time.Duration
}

const ms = time.Millisecond

// cadences are the ringing tones by country (ITU-T E.180, supplement 2).
var cadences = map[string]cadence{
	usualRing: {[]float64{425}, []time.Duration{1000 * ms, 4000 * ms}},
	"CA":      {[]float64{440, 480}, []time.Duration{2000 * ms, 4000 * ms}},
	"CN":      {[]float64{450}, []time.Duration{1000 * ms, 4000 * ms}},
	"FR":      {[]float64{440}, []time.Duration{1500 * ms, 3500 * ms}},
	"GB":      {[]float64{400, 450}, []time.Duration{400 * ms, 200 * ms, 400 * ms, 2000 * ms}},
	"RU":      {[]float64{425}, []time.Duration{800 * ms, 3200 * ms}},
	"TH":      {[]float64{400}, []time.Duration{1000 * ms, 4000 * ms}},
	"US":      {[]float64{440, 480}, []time.Duration{2000 * ms, 4000 * ms}},
}

// ringClips are made when they are first heard.
var ringClips = func() map[string]func() flow.Clip {
	all := map[string]func() flow.Clip{}
	for country, c := range cadences {
		all[country] = sync.OnceValue(func() flow.Clip { return c.clip("ringback:" + country) })
	}
	return all
}()

// clip is one round of the tone, at a peak of a tenth together.
func (c cadence) clip(id string) flow.Clip {
	var pcm []int16
	for i, d := range c.turns {
		if i%2 == 1 {
			pcm = append(pcm, tone.Silence(d)...)
			continue
		}
		sum := make([]int16, len(tone.Silence(d)))
		for _, hz := range c.hz {
			for j, s := range tone.Sine(hz, 0.1/math.Sqrt(float64(len(c.hz))), d) {
				sum[j] += s
			}
		}
		pcm = append(pcm, sum...)
	}
	return flow.Clip{ID: id, PCM: slices.Clip(pcm)}
}

// ringback is what who calls hears while it rings there: the tone of the project's country.
func (l *Leg) ringback() flow.Clip {
	country := usualRing
	if of := l.edge.config.Country; of != nil {
		country = of(l.project)
	}
	if clip := ringClips[country]; clip != nil {
		return clip()
	}
	return ringClips[usualRing]()
}

// rung is a party that sends sound before it answers; nil: it sends none.
func (l *Leg) rung(id interaction.PartyID) *outsideParty {
	if o := l.outsides[id]; o != nil && o.media != nil {
		return o
	}
	return nil
}

// awaited says whether the customer waits for this party and hears how it rings.
func (l *Leg) awaited(id interaction.PartyID) bool {
	customer, in := l.arranged.Ear(interaction.TheCustomer)
	return in && customer.Rings == id
}
