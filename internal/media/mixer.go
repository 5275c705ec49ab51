package media

import (
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/rtp"
)

const (
	// Mixes are made at telephone quality unless somebody has a better codec and hears somebody else
	// who has; in Hz.
	mixRate, mixRateWide = 8000, 16000
	// mixMost is how many samples a tick makes at most.
	mixMost = mixRateWide / 50
)

// input is a leg whose sound goes into mixes.
type input struct {
	leg    *Leg
	buffer *jitter
	untap  func()
	pcm    [mixMost]int16
	sounds bool
}

// mixEar is a party that hears a mix.
type mixEar struct {
	leg     *Leg
	token   *Playing // what its stream knows the mix by
	codec   Codec
	rate    int // of what the encoder takes
	encoder codec.Encoder
	prompt  *prompt // mixed in for this ear only; nil: none
	pkt     [rtp.HeaderSize + MaxPacket]byte
}

// mix is one sound for one or several ears.
type mix struct {
	// hears are the inputs that are heard; without counts those that are not, if it is cheaper to take
	// them out of the sum of all.
	hears, without []*input
	fromAll        bool
	ears           []*mixEar
}

// mixPlan is what the mixer does each tick; only the mixer's goroutine reads it once it is begun.
type mixPlan struct {
	inputs  []*input
	mixes   []mix
	fromAll bool // a mix needs the sum of all
	samples int  // in a tick
	all     [mixMost]int32
	sum     [mixMost]int32
	pcm     [mixMost]int16
	payload [MaxPacket]byte
}

// run paces the mixes on absolute deadlines until nothing is mixed any more.
func (r *Room) run() {
	next := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		<-timer.C
		r.mu.Lock()
		plan := r.plan
		r.mixing = plan != nil
		r.mu.Unlock()
		if plan == nil {
			return
		}
		now := time.Now()
		gap := now.Sub(next) > maxBacklog
		if gap {
			next = now
		}
		if plan.rescuedTick(gap, now) {
			r.replan()
		}
		next = next.Add(FrameTime)
		timer.Reset(time.Until(next))
	}
}

// rescuedTick contains a panic to the tick that caused it (R3).
func (p *mixPlan) rescuedTick(gap bool, now time.Time) (stale bool) {
	defer func() {
		if r := recover(); r != nil {
			p.mixes[0].ears[0].leg.rescued.Add(1)
			slog.Error("rescued a panic in the mixer", "panic", r, "stack", string(debug.Stack()))
		}
	}()
	return p.tick(gap, now)
}

// tick makes and sends 20 ms of every mix. True: the plan is out of date.
func (p *mixPlan) tick(gap bool, now time.Time) (stale bool) {
	for _, in := range p.inputs {
		in.sounds = in.buffer.pull(in.pcm[:p.samples]) && !in.leg.muted()
	}
	all, sum := p.all[:p.samples], p.sum[:p.samples]
	if p.fromAll {
		clear(all)
		add(all, p.inputs)
	}
	for i := range p.mixes {
		m := &p.mixes[i]
		if m.fromAll {
			copy(sum, all)
			subtract(sum, m.without)
		} else {
			clear(sum)
			add(sum, m.hears)
		}
		stale = p.send(m, sum, gap, now) || stale
	}
	return stale
}

// send encodes a mix once and sends it to its ears. True: something changed under the plan.
func (p *mixPlan) send(m *mix, sum []int32, gap bool, now time.Time) (stale bool) {
	first := m.ears[0]
	if first.prompt != nil && !first.prompt.add(sum) {
		stale = true
	}
	pcm := p.pcm[:len(sum)]
	for i, v := range sum {
		pcm[i] = int16(min(max(v, -32768), 32767))
	}
	n, err := first.encoder.Encode(pcm, p.payload[:])
	if err != nil {
		n = 0 // nothing is sent; the next frame may do
	}
	for _, e := range m.ears {
		if e.leg.Codec() != e.codec {
			stale = true
			continue
		}
		e.leg.out.play(e.token, append(e.pkt[:rtp.HeaderSize], p.payload[:n]...), e.codec, gap, now)
	}
	return stale
}

func add(sum []int32, inputs []*input) {
	for _, in := range inputs {
		if in.sounds {
			for i, v := range in.pcm[:len(sum)] {
				sum[i] += int32(v)
			}
		}
	}
}

func subtract(sum []int32, inputs []*input) {
	for _, in := range inputs {
		if in.sounds {
			for i, v := range in.pcm[:len(sum)] {
				sum[i] -= int32(v)
			}
		}
	}
}

// newPlan makes the plan for ears and what each of them hears; ears that hear the same in the same
// codec share a mix.
func newPlan(rate int, ears []*mixEar, hears map[*mixEar][]*input) *mixPlan {
	p := &mixPlan{samples: rate / 50}
	for _, e := range ears {
		for _, in := range hears[e] {
			if !slices.Contains(p.inputs, in) {
				p.inputs = append(p.inputs, in)
			}
		}
	}
	for _, e := range ears {
		if m := p.same(e, hears[e]); m != nil {
			m.ears = append(m.ears, e)
			continue
		}
		m := mix{hears: hears[e], ears: []*mixEar{e}}
		for _, in := range p.inputs {
			if !slices.Contains(m.hears, in) {
				m.without = append(m.without, in)
			}
		}
		m.fromAll = len(m.without) < len(m.hears)
		p.fromAll = p.fromAll || m.fromAll
		p.mixes = append(p.mixes, m)
	}
	return p
}

// same is the mix that the ear can share; nil: none.
func (p *mixPlan) same(e *mixEar, hears []*input) *mix {
	for i := range p.mixes {
		m := &p.mixes[i]
		first := m.ears[0]
		if e.prompt != nil || first.prompt != nil || first.codec.Name != e.codec.Name || len(m.hears) != len(hears) {
			continue
		}
		if !slices.ContainsFunc(hears, func(in *input) bool { return !slices.Contains(m.hears, in) }) {
			return m
		}
	}
	return nil
}

// prompt is a source mixed over what one party hears.
type prompt struct {
	*Playing
	over    bool // the source ended, or it was stopped
	pcm     [mixRate / 50]int16
	widened [mixMost]int16
	widener *codec.Resampler // nil until the mix is made at the better rate
}

// add mixes the next frame in. False: it has ended.
func (p *prompt) add(sum []int32) bool {
	if p.over {
		return false
	}
	payload, ok := p.next()
	if !ok {
		p.over = true
		return false
	}
	clear(p.pcm[:])
	for i, b := range payload[:min(len(payload), len(p.pcm))] {
		p.pcm[i] = g711.DecodeMulaw(b)
	}
	pcm := p.pcm[:]
	if len(sum) > len(pcm) {
		pcm = p.widen()
	}
	for i, v := range pcm {
		sum[i] += int32(v)
	}
	return true
}

// next asks the source, unless the prompt was stopped or its leg closed.
func (p *prompt) next() (payload []byte, ok bool) {
	select {
	case <-p.quit:
		return nil, false
	case <-p.leg.closed:
		p.stop(Closed)
		return nil, false
	default:
	}
	if payload, ok = p.source.Next(PCMU()); !ok {
		p.stop(Finished)
	}
	return payload, ok
}

// widen gives the frame at the better rate.
func (p *prompt) widen() []int16 {
	if p.widener == nil {
		var err error
		if p.widener, err = codec.NewResampler(mixRate, mixRateWide); err != nil {
			return nil
		}
	}
	return p.widened[:p.widener.Resample(p.pcm[:], p.widened[:])]
}
