package media

import (
	"sync"
	"time"

	"linekeeper/internal/media/rtp"
)

// jumpLimit is how far a source's timestamps may run away from the clock before we move them back: a
// source that restarted without a new SSRC. Long silences do not count, the clock moves too.
const jumpLimit = 10 * time.Second

// out is the stream to one party: one SSRC, one sequence, one time line, whatever feeds it. Readers
// of other legs, players and digit senders share it; the mutex is held while a packet is written,
// because two packets must not change places between numbering and sending. Transports never block.
type out struct {
	leg   *Leg
	ssrc  uint32 // never changes
	count stream // only the counters

	mu     sync.Mutex
	begun  bool
	seq    uint16    // of the next packet
	ts     uint32    // of the latest audio
	ticks  uint32    // how much the latest audio holds
	at     time.Time // when the latest audio was sent
	from   *Leg      // the leg whose audio is relayed
	mix    *Playing  // stands for the room's mix, instead of from
	player *Playing  // plays instead of the leg
	tones  *Playing  // keys as sound, instead of both
	latest *Playing  // the player of the latest audio; nil: a leg
	coder  *transcoder
	clock  sourceClock

	// The mapping of the relayed source's numbers; void when broken.
	broken bool
	epoch  uint32
	seqOff uint16
	tsOff  uint32
	floor  uint16 // source packets before this one are too old to be mapped
}

// resumeSlack is how many sequence numbers are skipped on a resumed stream beyond one per frame since
// the numbers were written down: telephone events take numbers too. It stays below the 3000 that
// receivers take for a restart (RFC 3550, A.1).
const resumeSlack = 200

// resume goes on where an earlier process was: behind every packet it can have sent.
func (o *out) resume(n Numbers, now time.Time) {
	o.ssrc, o.ts, o.at, o.begun, o.seq = n.SSRC, n.Timestamp, n.At, true, n.Sequence
	if !n.Exact {
		gone := min(max(0, now.Sub(n.At)), 50*time.Second)
		o.seq += uint16(gone/FrameTime) + resumeSlack
	}
}

// follow changes what feeds the stream when nothing plays: a leg's audio, a room's mix, or nothing.
func (o *out) follow(l *Leg, mix *Playing) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.from != l {
		o.from, o.broken = l, true
	}
	o.mix = mix
}

// silence forgets all players and returns them.
func (o *out) silence() (playing []*Playing) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range []*Playing{o.player, o.tones} {
		if p != nil {
			playing = append(playing, p)
		}
	}
	o.player, o.tones = nil, nil
	return playing
}

// now is the timestamp of audio sent at that instant after a change of source: the clock moved on,
// and what was sent before is not overlapped.
func (o *out) now(at time.Time, rate int) uint32 {
	if !o.begun {
		return o.ts
	}
	return o.ts + max(o.ticks, timeToTicks(max(0, at.Sub(o.at)), rate))
}

// place maps a relayed packet's numbers to ours. newest says that it continues the stream; ok is
// false if the packet must not be sent. o.mu is held.
func (o *out) place(p *heardPacket, rate int) (h rtp.Header, newest, ok bool) {
	if o.from != p.from || o.player != nil || o.tones != nil {
		return h, false, false
	}
	h = rtp.Header{SSRC: o.ssrc, Marker: p.header.Marker}
	if o.broken || o.epoch != p.epoch || o.latest != nil {
		o.broken, o.epoch, o.latest = false, p.epoch, nil
		o.seqOff = o.seq - p.header.Sequence
		o.tsOff = o.now(p.now, rate) - p.header.Timestamp
		o.floor = p.header.Sequence
		h.Marker = true
	}
	if int16(p.header.Sequence-o.floor) < 0 {
		return h, false, false
	}
	h.Sequence = p.header.Sequence + o.seqOff
	h.Timestamp = p.header.Timestamp + o.tsOff
	newest = int16(h.Sequence-o.seq) >= 0
	if newest && p.header.Sequence-o.floor > 4*maxMisorder {
		// Sequence numbers come round again; the floor must stay behind them.
		o.floor = p.header.Sequence - 2*maxMisorder
	}
	return h, newest, true
}

// steady moves a source's time line when it ran away from the clock.
func (o *out) steady(h *rtp.Header, at time.Time, rate int) {
	limit := int32(timeToTicks(jumpLimit, rate))
	if d := int32(h.Timestamp - o.now(at, rate)); o.begun && (d > limit || d < -limit) {
		o.tsOff -= uint32(d)
		h.Timestamp -= uint32(d)
		h.Marker = true
	}
}

// skip takes a source packet out of the numbering, so that the party sees no gap.
func (o *out) skip(p *heardPacket, newest bool) {
	if newest {
		o.seqOff--
		o.floor = p.header.Sequence + 1
	}
	o.count.dropped.Add(1)
}

// relayAudio forwards audio of another leg.
func (o *out) relayAudio(p *heardPacket) {
	to := o.leg.terms.Load()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rescale(p, to.codec)
	h, newest, ok := o.place(p, to.codec.ClockRate)
	if !ok {
		o.count.dropped.Add(1)
		return
	}
	quiet := p.from.muted() || o.leg.muteSent.Load()
	if !convertible(p.terms.codec, to.codec) {
		o.transcode(p, h, newest, quiet, to)
		return
	}
	payload := p.payload()
	if !convert(payload, p.terms.codec, to.codec) || quiet && !hush(payload, to.codec) {
		o.skip(p, newest)
		return
	}
	h.PayloadType = to.codec.PayloadType
	if newest {
		o.steady(&h, p.now, to.codec.ClockRate)
		o.seq = h.Sequence + 1
		o.audio(h.Timestamp, payload, to.codec, p.now)
	}
	o.leg.tap(Sent, to.codec, &h, p.now, payload)
	o.write(&h, p)
}

// relayEvent forwards a telephone event with the party's payload type, or leaves it out.
func (o *out) relayEvent(p *heardPacket, wanted bool) {
	to := o.leg.terms.Load()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rescale(p, to.codec)
	h, newest, ok := o.place(p, to.codec.ClockRate)
	if !ok {
		o.count.dropped.Add(1)
		return
	}
	if !wanted || to.events == 0 || p.from.muted() || o.leg.muteSent.Load() {
		o.skip(p, newest)
		return
	}
	rescaleEvent(p.payload(), p.terms.codec.eventRate(), to.codec.eventRate())
	h.PayloadType = to.events
	if newest {
		o.seq = h.Sequence + 1
	}
	o.write(&h, p)
}

// rescaleEvent changes the duration in a telephone event for another clock; where it does not fit it is
// the longest there is, as for a key held for long.
func rescaleEvent(payload []byte, from, to int) {
	var e rtp.Event
	if from == to || rtp.ParseEvent(payload, &e) != nil {
		return
	}
	e.Duration = uint16(min(int(e.Duration)*to/from, 0xffff))
	e.Put(payload)
}

// relayNoise forwards comfort noise if the party knows it.
func (o *out) relayNoise(p *heardPacket) {
	to := o.leg.terms.Load()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rescale(p, to.codec)
	h, newest, ok := o.place(p, to.codec.ClockRate)
	if !ok {
		o.count.dropped.Add(1)
		return
	}
	if !to.noise || p.terms.codec.ClockRate != to.codec.ClockRate || p.from.muted() || o.leg.muteSent.Load() {
		o.skip(p, newest)
		return
	}
	h.PayloadType = comfortNoise
	if newest {
		o.seq = h.Sequence + 1
	}
	o.write(&h, p)
}

// audio notes the latest audio of the time line.
func (o *out) audio(ts uint32, payload []byte, c Codec, at time.Time) {
	o.begun, o.ts, o.ticks, o.at = true, ts, ticksIn(payload, c), at
}

// write sends a relayed packet from the buffer it arrived in: the header is written right before the
// payload, which drops extensions and contributing sources without moving anything.
func (o *out) write(h *rtp.Header, p *heardPacket) {
	pkt := p.buf[p.start-rtp.HeaderSize : p.end]
	h.Put(pkt)
	o.send(pkt)
}

func (o *out) send(pkt []byte) {
	if o.leg.transport.Write(pkt) != nil {
		o.count.dropped.Add(1)
		return
	}
	o.count.count(len(pkt))
}

// play sends a frame of a player, or of the room's mix to which players come first. pkt has room for
// the header before the payload. gap says that the player lost time. False: it has been replaced.
func (o *out) play(p *Playing, pkt []byte, codec Codec, gap bool, at time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if p != o.player && p != o.tones && p != o.mix {
		return false
	}
	if o.tones != nil && p != o.tones || o.player != nil && p == o.mix {
		return true
	}
	payload := pkt[rtp.HeaderSize:]
	if len(payload) == 0 {
		return true
	}
	h := rtp.Header{SSRC: o.ssrc, Sequence: o.seq, PayloadType: codec.PayloadType, Timestamp: o.ts + o.ticks}
	if o.latest != p || gap || !o.begun {
		h.Timestamp, h.Marker = o.now(at, codec.ClockRate), true
	}
	if o.leg.muteSent.Load() && !hush(payload, codec) {
		o.count.dropped.Add(1)
		return true
	}
	o.latest, o.broken = p, true
	o.seq++
	o.audio(h.Timestamp, payload, codec, at)
	o.leg.tap(Sent, codec, &h, at, payload)
	h.Put(pkt)
	o.send(pkt)
	return true
}

// stamp is the timestamp of something that begins at that instant.
func (o *out) stamp(at time.Time, rate int) uint32 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now(at, rate)
}

// inject sends a packet of ours between relayed ones.
func (o *out) inject(pkt []byte, pt uint8, marker bool, ts uint32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	h := rtp.Header{SSRC: o.ssrc, Sequence: o.seq, PayloadType: pt, Marker: marker, Timestamp: ts}
	// The relayed source goes on behind it; of its packets still on the way older ones are given up.
	o.floor = o.seq - o.seqOff
	o.seq++
	o.seqOff++
	h.Put(pkt)
	o.send(pkt)
}
