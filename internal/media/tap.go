package media

import (
	"slices"
	"time"

	"linekeeper/internal/media/rtp"
)

// Direction tells the two streams of a leg apart.
type Direction uint8

// The directions, as seen from us: what the party says, what is sent to it.
const (
	Heard Direction = iota
	Sent
)

// Packet is an audio packet shown to a tap. It and its payload are valid during the call only.
type Packet struct {
	Codec     Codec
	SSRC      uint32
	Sequence  uint16
	Timestamp uint32
	Arrival   time.Time
	Payload   []byte
}

// Tap sees a leg's audio packets. Packet is called on the packet path, for one leg and direction
// never concurrently, and must neither block nor keep or change the payload.
type Tap interface {
	Packet(d Direction, p *Packet)
}

type tapEntry struct{ tap Tap }

// AddTap shows the tap the leg's packets of both directions until remove is called; a packet on its way
// may still come right after.
func (l *Leg) AddTap(t Tap) (remove func()) {
	heard, sent := l.AddTapOn(Heard, t), l.AddTapOn(Sent, t)
	return func() {
		heard()
		sent()
	}
}

// AddTapOn is AddTap for one direction.
func (l *Leg) AddTapOn(d Direction, t Tap) (remove func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.addTap(d, t)
}

// addTap is AddTapOn; mu is held.
func (l *Leg) addTap(d Direction, t Tap) (remove func()) {
	e := &tapEntry{t}
	l.changeTaps(d, func(list []*tapEntry) []*tapEntry { return append(list, e) })
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.changeTaps(d, func(list []*tapEntry) []*tapEntry {
			return slices.DeleteFunc(list, func(x *tapEntry) bool { return x == e })
		})
	}
}

// changeTaps replaces a list by a changed copy; readers keep the old one. mu is held.
func (l *Leg) changeTaps(d Direction, change func([]*tapEntry) []*tapEntry) {
	var list []*tapEntry
	if old := l.taps[d].Load(); old != nil {
		list = append(list, *old...)
	}
	if list = change(list); len(list) == 0 {
		l.taps[d].Store(nil)
		return
	}
	l.taps[d].Store(&list)
}

// tap shows a packet to all taps. For Heard only the reader calls it, for Sent whoever holds out.mu.
func (l *Leg) tap(d Direction, c Codec, h *rtp.Header, at time.Time, payload []byte) {
	list := l.taps[d].Load()
	if list == nil {
		return
	}
	p := &l.shown[d]
	*p = Packet{Codec: c, SSRC: h.SSRC, Sequence: h.Sequence, Timestamp: h.Timestamp, Arrival: at, Payload: payload}
	for _, e := range *list {
		e.tap.Packet(d, p)
	}
}
