package srtp

import (
	"errors"
)

// What a later process needs to go on with protected sound. Two packets under one key and number give
// away both, so the sending side only goes forward: numbers are leased before they are used, and the next
// process begins behind the lease. The receiving side takes nothing twice, across processes too.

// ErrLeased is what a Sealer says to a number that is not leased yet: the packet is lost.
var ErrLeased = errors.New("the numbers of SRTP packets that may be used are used up")

// Kept is what to write down of a Guard; it holds its keys.
type Kept struct {
	Theirs, Ours Key
	// Next is the index (RFC 3711, section 3.3.1) of the packet that is sent next; 0: none was sent.
	Next  uint64
	Heard []Heard `json:",omitempty"`
}

// Heard is how far a stream of the other side was followed.
type Heard struct {
	SSRC  uint32
	Index uint64 // the highest
}

// Kept is the Guard as it is now; false: there are no keys yet.
func (g *Guard) Kept() (k Kept, ok bool) {
	if k.Theirs, k.Heard, ok = g.opener.kept(); !ok {
		return Kept{}, false
	}
	s := &g.sealer
	s.mu.Lock()
	defer s.mu.Unlock()
	k.Ours, k.Next = s.key, s.next
	return k, s.keys != nil
}

// Lease sets the index from which on nothing is sent; 0: there is none. low is called when the index warn
// is used or passed: once, and under a lock, so that it must not wait.
func (g *Guard) Lease(limit, warn uint64, low func()) {
	s := &g.sealer
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit, s.warn, s.low = limit, warn, low
}

// Resume goes on for the Guard of an earlier process: with its keys, and with our stream of that SSRC from
// Kept.Next on, which must be an index that was never used. Nothing is sent before Lease. dtls: the keys
// come from a handshake like that, which the same party does not repeat; nil: from the description.
func (g *Guard) Resume(k Kept, ssrc uint32, dtls *Shaking) error {
	if err := g.Use(k.Theirs, k.Ours); err != nil {
		return err
	}
	g.opener.resume(k.Heard)
	s := &g.sealer
	s.mu.Lock()
	s.keys.SetROC(ssrc, uint32(k.Next>>16))
	s.next, s.limit = k.Next, max(k.Next, 1)
	s.mu.Unlock()
	if dtls == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if dtls.Log == nil {
		dtls.Log = g.log
	}
	g.shaking, g.shaken = dtls, true
	return nil
}

// lease is which numbers a Sealer may use; its lock guards it.
type lease struct {
	next  uint64 // index of the packet after the highest that was sealed; 0: none was
	limit uint64 // no index from here on; 0: any
	warn  uint64 // low is due from here on
	low   func() // nil: it was called
}

// take uses a sequence number, or says why not.
func (l *lease) take(number uint16) error {
	index := extended(l.next, number)
	if l.limit > 0 && index >= l.warn && l.low != nil {
		low := l.low
		l.low = nil
		low()
	}
	if l.limit > 0 && index >= l.limit {
		return ErrLeased
	}
	l.next = max(l.next, index+1)
	return nil
}

// extended is the index of a sequence number near that of the next packet; 0: it is the first.
func extended(next uint64, number uint16) uint64 {
	if next == 0 {
		return uint64(number)
	}
	latest := int64(next - 1)
	return uint64(max(0, latest+int64(int16(number-uint16(latest)))))
}

// source is a stream of the other side.
type source struct {
	ssrc uint32
	next uint64 // index after the highest that was opened; 0: none was, there were reports
	// floor is the lowest index that is opened, after a resumption: all below may have been opened by
	// an earlier process.
	floor  uint64
	silent bool // nothing was opened since the resumption
}

// find gives a source; nil: it is new. mu is held.
func (o *Opener) find(ssrc uint32) *source {
	for i := range o.sources {
		if o.sources[i].ssrc == ssrc {
			return &o.sources[i]
		}
	}
	return nil
}

// room says whether a packet of that source may be opened; mu is held.
func (o *Opener) room(from *source) bool { return from != nil || len(o.sources) < o.limit }

// after says whether a packet may be new; mu is held. Before the first one of a resumed stream its rollover
// count is guessed from where the stream was, as for any packet (RFC 3711, section 3.3.1). That is right
// for 10 minutes without hearing it, at 50 packets a second.
func (o *Opener) after(from *source, b []byte) bool {
	if from.floor == 0 {
		return true
	}
	index := extended(from.next, uint16(b[2])<<8|uint16(b[3]))
	if index < from.floor {
		return false
	}
	if from.silent {
		o.keys.SetROC(from.ssrc, uint32(index>>16))
	}
	return true
}

// heardRTP notes an authentic packet; mu is held.
func (o *Opener) heardRTP(from *source, ssrc uint32, number uint16) {
	if from == nil {
		o.sources = append(o.sources, source{ssrc: ssrc, next: uint64(number) + 1})
		return
	}
	index := extended(from.next, number)
	if from.silent { // what came before it may be a copy
		from.floor, from.silent = index, false
	}
	from.next = max(from.next, index+1)
}

// kept gives the key and how far each stream was followed.
func (o *Opener) kept() (k Key, heard []Heard, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.sources {
		if s.next > 0 {
			heard = append(heard, Heard{s.ssrc, s.next - 1})
		}
	}
	return o.key, heard, o.keys != nil
}

// resume follows streams from where an earlier process left them.
func (o *Opener) resume(heard []Heard) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, h := range heard[:min(len(heard), o.limit)] {
		o.sources = append(o.sources, source{ssrc: h.SSRC, next: h.Index + 1, floor: h.Index + 1, silent: true})
	}
}
