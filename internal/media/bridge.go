package media

import (
	"errors"
	"fmt"
	"slices"

	"linekeeper/internal/kit/network"
)

// relayEar is a party to whom a leg's sound is relayed.
type relayEar struct {
	leg  *Leg
	keys bool // keys go with the sound
}

// relayed is what kind of packet is relayed.
type relayed uint8

const (
	relayedAudio relayed = iota
	relayedEvent
	relayedNoise
)

// Bridge joins two legs: each hears the other. Whatever played to them stops; bridges they were in
// before end. An error means that their codecs cannot be joined or a leg is closed; in the first case
// nothing was changed. Legs that are in a Room are arranged there instead.
func Bridge(a, b *Leg) error {
	if a == b {
		return errors.New("a leg cannot be bridged to itself")
	}
	if x, y := a.Codec(), b.Codec(); !joinable(x, y) {
		return fmt.Errorf("codecs %s and %s cannot be joined", x.Name, y.Name)
	}
	for _, pair := range [][2]*Leg{{a, b}, {b, a}} {
		if !pair[0].hear(pair[1], true, nil) {
			a.Unbridge()
			b.Unbridge()
			return ErrClosed
		}
		pair[0].StopPlaying()
	}
	a.deafen(b)
	b.deafen(a)
	return nil
}

// Unbridge takes the leg out of its bridge; harmless when it is in none.
func (l *Leg) Unbridge() {
	l.deafen(nil)
	l.hear(nil, false, nil)
}

// Bridged is the leg at the other end of the bridge, or nil.
func (l *Leg) Bridged() *Leg {
	if other := l.source.Load(); other != nil && other.source.Load() == l {
		return other
	}
	return nil
}

// deafen takes the leg's sound from all to whom it is relayed, but one.
func (l *Leg) deafen(but *Leg) {
	if list := l.ears.Load(); list != nil {
		for _, e := range *list {
			if e.leg != but {
				e.leg.hearNoMore(l)
			}
		}
	}
}

// hear changes what the party hears when nothing plays: the sound of another leg, with or without its
// keys, or a room's mix, or (both nil) nothing. There is no moment of silence between. False: one of
// the legs is closed.
func (l *Leg) hear(src *Leg, keys bool, mix *Playing) bool {
	l.mu.Lock()
	if l.over && (src != nil || mix != nil) {
		l.mu.Unlock()
		return false
	}
	old := l.source.Swap(src)
	l.out.follow(src, mix)
	l.mu.Unlock()
	if old != nil && old != src {
		old.know(l, false)
	}
	if src == nil {
		return true
	}
	l.approach(src)
	return src.know(l, keys)
}

// approach has a leg and its source served by the same worker of the plane: a call's packets stay in one
// cache and do not wait for one another.
func (l *Leg) approach(src *Leg) {
	mine, ok := l.transport.(Socketed)
	theirs, too := src.transport.(Socketed)
	if !ok || !too {
		return
	}
	if conn, ok := mine.Socket().(network.PushConn); ok {
		conn.Join(theirs.Socket())
	}
}

// hearNoMore is hear(nil) unless the party hears somebody else by now.
func (l *Leg) hearNoMore(src *Leg) {
	l.mu.Lock()
	mine := l.source.CompareAndSwap(src, nil)
	if mine {
		l.out.follow(nil, nil)
	}
	l.mu.Unlock()
	if mine {
		src.know(l, false)
	}
}

// know makes the list of ears true for one ear: it is there if the ear has this leg as its source.
// Whoever changes a source calls it afterwards, so that the last call finds the last source, in
// whatever order they come. False: the leg is closed.
func (l *Leg) know(ear *Leg, keys bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []relayEar
	if old := l.ears.Load(); old != nil {
		list = slices.DeleteFunc(slices.Clone(*old), func(e relayEar) bool { return e.leg == ear })
	}
	if !l.over && ear.source.Load() == l {
		list = append(list, relayEar{ear, keys})
	}
	if len(list) == 0 {
		l.ears.Store(nil)
	} else {
		l.ears.Store(&list)
	}
	return !l.over
}

// muted says whether nobody may hear the party.
func (l *Leg) muted() bool { return l.muteHeard.Load() || l.quiet.Load() }

// relay forwards a packet of the party to all who hear it. Relaying changes the packet in place, so
// that all but the last get a copy.
func (l *Leg) relay(p *heardPacket, kind relayed) {
	list := l.ears.Load()
	if list == nil {
		return
	}
	last := len(*list) - 1
	for i, e := range *list {
		if i == last {
			e.take(p, kind)
			return
		}
		if l.spare == nil {
			l.spare = make([]byte, MaxPacket)
		}
		q := *p
		q.buf = l.spare[:p.end]
		copy(q.payload(), p.payload())
		e.take(&q, kind)
	}
}

// take relays a packet to the ear.
func (e *relayEar) take(p *heardPacket, kind relayed) {
	o := &e.leg.out
	switch kind {
	case relayedAudio:
		o.relayAudio(p)
	case relayedEvent:
		o.relayEvent(p, e.keys && !p.from.clamped.Load())
	case relayedNoise:
		o.relayNoise(p)
	}
}

// relayKey gives a key as a tone to those who hear the party and have no telephone events.
func (l *Leg) relayKey(key byte) {
	list := l.ears.Load()
	if list == nil || l.clamped.Load() || l.muted() {
		return
	}
	for _, e := range *list {
		if e.keys && e.leg.terms.Load().events == 0 {
			_ = e.leg.SendDigits(string(rune(key)))
		}
	}
}
