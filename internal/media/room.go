package media

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"linekeeper/internal/media/codec"
)

// Part is one leg's place in a room.
type Part struct {
	Leg *Leg
	// Hears are the legs of the room whose sound this leg gets. The order is irrelevant. None: the leg
	// is left alone, so that its owner may let it hear something with Leg.Play.
	Hears []*Leg
	// Quiet: nobody hears this leg, even those whose Hears name it. Taps still get the original.
	Quiet bool
}

// Room is who hears whom in one call. It is told the whole arrangement each time and changes what is
// different. A party that hears exactly one other in a codec of the same kind has it relayed packet by
// packet, without delay; what a party with several others hears is mixed, 20 ms at a time. That is
// decided for each ear, so that who listens in does not change what those he listens to hear.
//
// Its methods may be called from any goroutine.
type Room struct {
	mu     sync.Mutex // held while the arrangement changes
	closed bool
	parts  []Part
	inputs map[*Leg]*input
	ears   map[*Leg]*mixEar
	over   map[*Leg]*prompt // prompts mixed over what is heard
	plan   *mixPlan         // nil: nothing is mixed
	mixing bool             // run runs

	goroutines sync.WaitGroup
}

// errRoomClosed is what a closed room says.
var errRoomClosed = errors.New("the room is closed")

// NewRoom makes an empty room. It costs nothing while nothing is mixed. Close must be called.
func NewRoom() *Room {
	return &Room{inputs: map[*Leg]*input{}, ears: map[*Leg]*mixEar{}, over: map[*Leg]*prompt{}}
}

// Arrange replaces the arrangement. Legs of the earlier one that are not named are let go: nobody
// hears them, and they hear nobody. What plays to a leg (Leg.Play) stops if the leg begins to hear
// somebody; otherwise it goes on in place of what is heard. A closed leg is neither heard nor hears.
//
// A leg's keys go with its sound to a leg to whom it is relayed and whom it hears itself; to no other.
//
// After Leg.Renegotiate with another codec it must be called again. An error says what is wrong with
// the parts: a leg twice, a leg that hears itself or somebody without a place, a codec that cannot be
// mixed; then nothing is changed. A leg must be in one room only, and Bridge and Unbridge are not for
// legs in a room.
func (r *Room) Arrange(parts []Part) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return errRoomClosed
	}
	parts = slices.Clone(parts)
	for i := range parts {
		parts[i].Hears = slices.Clone(parts[i].Hears)
	}
	if err := check(parts); err != nil {
		return err
	}
	old := r.parts
	r.parts = parts
	for _, p := range old {
		if r.part(p.Leg) == nil {
			p.Leg.hear(nil, false, nil)
			p.Leg.quiet.Store(false)
		}
	}
	for _, p := range parts {
		p.Leg.quiet.Store(p.Quiet)
	}
	r.apply()
	for _, p := range parts {
		if len(p.Hears) > 0 && !slices.ContainsFunc(old, func(q Part) bool { return q.Leg == p.Leg && len(q.Hears) > 0 }) {
			p.Leg.StopPlaying()
		}
	}
	return nil
}

// Play mixes a source over what the leg hears, for this leg only, until the source ends or is stopped;
// a prompt before is stopped. A leg that is not mixed for becomes so for that time. Sources speak the
// codec PCMU here. To a leg without a place, or whose codec cannot be mixed, it plays instead of what
// is heard, as Leg.Play does. done (may be nil) is called exactly once, on another goroutine.
func (r *Room) Play(leg *Leg, s Source, done func(End)) *Playing {
	r.mu.Lock()
	defer r.mu.Unlock()
	part := r.part(leg)
	if r.closed || part == nil || canMix(*part) != nil {
		return leg.Play(s, done)
	}
	p := &prompt{Playing: newPlaying(leg, s, done)}
	if old := r.over[leg]; old != nil {
		old.stop(Stopped)
		go old.finish(old.end) // short-lived: it only tells
	}
	r.over[leg] = p
	r.apply()
	return p.Playing
}

// Close lets all legs go and waits for the mixer. Closing twice is harmless. It must not be called
// from a callback of a leg or of Play.
func (r *Room) Close() {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		for _, p := range r.parts {
			p.Leg.hear(nil, false, nil)
			p.Leg.quiet.Store(false)
		}
		r.parts = nil
		r.apply()
	}
	r.mu.Unlock()
	r.goroutines.Wait()
}

// check says what is wrong with an arrangement.
func check(parts []Part) error {
	quiet := make(map[*Leg]bool, len(parts))
	for _, p := range parts {
		if _, have := quiet[p.Leg]; have || p.Leg == nil {
			return errors.New("a place in the room has no leg, or a leg has two places")
		}
		quiet[p.Leg] = p.Quiet
	}
	for _, p := range parts {
		for i, h := range p.Hears {
			if _, have := quiet[h]; !have || h == p.Leg {
				return errors.New("a leg can hear only other legs that have a place in the room")
			}
			if slices.Contains(p.Hears[:i], h) {
				return errors.New("a leg cannot hear another one twice")
			}
		}
		if len(p.Hears) == 0 || relayable(p, quiet[p.Hears[0]]) {
			continue
		}
		if err := canMix(p); err != nil {
			return err
		}
	}
	return nil
}

// relayable says whether what the leg hears can be relayed; quiet: the only one it hears is.
func relayable(p Part, quiet bool) bool {
	if len(p.Hears) != 1 {
		return false
	}
	from, to := p.Hears[0].Codec(), p.Leg.Codec()
	return joinable(from, to) && (!quiet || hush(nil, to))
}

// canMix says whether a mix can be made of what the leg hears.
func canMix(p Part) error {
	if _, err := codec.NewEncoder(p.Leg.Codec().Name); err != nil {
		return fmt.Errorf("a mix cannot be made for a party: %w", err)
	}
	for _, l := range p.Hears {
		if c := l.Codec(); codec.Rate(c.Name) == 0 {
			return fmt.Errorf("the sound of a party cannot be mixed: unknown codec %q", c.Name)
		}
	}
	return nil
}

// part is the leg's place; nil: it has none.
func (r *Room) part(l *Leg) *Part {
	for i := range r.parts {
		if r.parts[i].Leg == l {
			return &r.parts[i]
		}
	}
	return nil
}

// apply makes the room what parts and prompts say; mu is held.
func (r *Room) apply() {
	r.endPrompts()
	var mixed []Part
	for _, p := range r.parts {
		switch {
		case r.over[p.Leg] != nil:
			mixed = append(mixed, p)
		case len(p.Hears) == 0:
			p.Leg.hear(nil, false, nil)
		case relayable(p, r.part(p.Hears[0]).Quiet):
			src := r.part(p.Hears[0])
			p.Leg.hear(src.Leg, slices.Contains(src.Hears, p.Leg), nil)
		default:
			mixed = append(mixed, p)
		}
	}
	r.mix(mixed)
}

// mix makes the plan for those who hear a mix; mu is held.
func (r *Room) mix(parts []Part) {
	rate := rateFor(parts)
	ears, inputs := map[*Leg]*mixEar{}, map[*Leg]*input{}
	hears := map[*mixEar][]*input{}
	var order []*mixEar
	for _, p := range parts {
		e := r.ear(p.Leg, rate)
		if e == nil {
			continue
		}
		ears[p.Leg], order = e, append(order, e)
		for _, h := range p.Hears {
			if in := r.input(h, rate, inputs); in != nil {
				hears[e] = append(hears[e], in)
			}
		}
	}
	for l, in := range r.inputs {
		if inputs[l] == nil {
			in.untap()
		}
	}
	r.inputs, r.ears, r.plan = inputs, ears, nil
	if len(order) == 0 {
		return
	}
	r.plan = newPlan(rate, order, hears)
	if !r.mixing {
		r.mixing = true
		r.goroutines.Go(r.run)
	}
}

// rateFor is the rate to mix at.
func rateFor(parts []Part) int {
	wide := func(l *Leg) bool { return codec.Rate(l.Codec().Name) > mixRate }
	for _, p := range parts {
		if wide(p.Leg) && slices.ContainsFunc(p.Hears, wide) {
			return mixRateWide
		}
	}
	return mixRate
}

// endPrompts forgets prompts that ended or whose leg has no place any more; mu is held.
func (r *Room) endPrompts() {
	for l, p := range r.over {
		if r.part(l) == nil {
			p.stop(Stopped)
		}
		select {
		case <-p.quit:
			delete(r.over, l)
			go p.finish(p.end) // short-lived: it only tells
		default:
		}
	}
}

// ear makes the leg hear a mix; nil: it is closed, or its codec cannot be made. mu is held.
func (r *Room) ear(l *Leg, rate int) *mixEar {
	e := &mixEar{leg: l, codec: l.Codec(), rate: rate, prompt: r.over[l]}
	if old := r.ears[l]; old != nil {
		e.token = old.token // it stays the same source
		if old.codec == e.codec && old.rate == rate {
			e.encoder = old.encoder
		}
	} else {
		e.token = &Playing{leg: l}
	}
	var err error
	if e.encoder == nil {
		e.encoder, err = codec.NewEncoderAt(e.codec.Name, rate)
	}
	if err == nil && l.hear(nil, false, e.token) {
		return e
	}
	if e.prompt != nil {
		e.prompt.stop(Closed)
		r.endPrompts()
	}
	return nil
}

// input is what a leg gives to the mixes of the new plan; nil: nothing. mu is held.
func (r *Room) input(l *Leg, rate int, inputs map[*Leg]*input) *input {
	if r.part(l).Quiet {
		return nil
	}
	in := inputs[l]
	if in == nil {
		if in = r.inputs[l]; in == nil {
			in = &input{leg: l, buffer: newJitter(rate)}
			in.untap = l.AddTapOn(Heard, in.buffer)
		}
		in.buffer.speed(rate)
		inputs[l] = in
	}
	return in
}

// replan adapts to prompts that ended and codecs that changed.
func (r *Room) replan() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.apply()
}
