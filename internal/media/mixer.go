package media

import (
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/rtp"
)

// input is a leg whose sound goes into mixes.
type input struct {
	leg    *Leg
	buffer *jitter
	untap  func()
	pcm    [mixFrame]int16
	sounds bool
}

// mixEar is a party that hears a mix.
type mixEar struct {
	leg     *Leg
	token   *Playing // what its stream knows the mix by
	codec   Codec
	encoder Encoder
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
	all     [mixFrame]int32
	sum     [mixFrame]int32
	pcm     [mixFrame]int16
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
		in.sounds = in.buffer.pull(in.pcm[:]) && !in.leg.muted()
	}
	if p.fromAll {
		clear(p.all[:])
		add(&p.all, p.inputs)
	}
	for i := range p.mixes {
		m := &p.mixes[i]
		if m.fromAll {
			p.sum = p.all
			subtract(&p.sum, m.without)
		} else {
			clear(p.sum[:])
			add(&p.sum, m.hears)
		}
		stale = p.send(m, gap, now) || stale
	}
	return stale
}

// send encodes a mix once and sends it to its ears. True: something changed under the plan.
func (p *mixPlan) send(m *mix, gap bool, now time.Time) (stale bool) {
	first := m.ears[0]
	if first.prompt != nil && !first.prompt.add(&p.sum) {
		stale = true
	}
	for i, v := range p.sum {
		p.pcm[i] = int16(min(max(v, -32768), 32767))
	}
	n := first.encoder.Encode(p.payload[:], p.pcm[:])
	for _, e := range m.ears {
		if e.leg.Codec() != e.codec {
			stale = true
			continue
		}
		e.leg.out.play(e.token, append(e.pkt[:rtp.HeaderSize], p.payload[:n]...), e.codec, gap, now)
	}
	return stale
}

func add(sum *[mixFrame]int32, inputs []*input) {
	for _, in := range inputs {
		if in.sounds {
			for i, v := range &in.pcm {
				sum[i] += int32(v)
			}
		}
	}
}

func subtract(sum *[mixFrame]int32, inputs []*input) {
	for _, in := range inputs {
		if in.sounds {
			for i, v := range &in.pcm {
				sum[i] -= int32(v)
			}
		}
	}
}

// newPlan makes the plan for ears and what each of them hears; ears that hear the same in the same
// codec share a mix. Nil: nothing is mixed.
func newPlan(ears []*mixEar, hears map[*mixEar][]*input) *mixPlan {
	if len(ears) == 0 {
		return nil
	}
	p := &mixPlan{}
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
	over bool // the source ended, or it was stopped
}

// add mixes the next frame in. False: it has ended.
func (p *prompt) add(sum *[mixFrame]int32) bool {
	if p.over {
		return false
	}
	select {
	case <-p.quit:
		p.over = true
		return false
	case <-p.leg.closed:
		p.stop(Closed)
		p.over = true
		return false
	default:
	}
	payload, ok := p.source.Next(PCMU())
	if !ok {
		p.stop(Finished)
		p.over = true
		return false
	}
	for i, b := range payload[:min(len(payload), mixFrame)] {
		sum[i] += int32(g711.DecodeMulaw(b))
	}
	return true
}
