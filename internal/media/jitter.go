package media

import (
	"sync"
	"time"

	"linekeeper/internal/media/codec"
)

const (
	// jitterSlots is how many packets a jitter buffer holds.
	jitterSlots = 32
	// The delay a jitter buffer adds lies between these, in frames of 20 ms.
	jitterLeast, jitterMost = 2, 10
	// jitterDry is for how many frames a source that ran dry is waited for; then it starts anew.
	jitterDry = 5
	// jitterLook is after how many frames the delay is looked at.
	jitterLook = 25
	// jitterJump is a distance of timestamps that is another time line, in frames.
	jitterJump = 50
	// jitterFaded is after how many frames nothing is left of the sound that is repeated for a loss.
	jitterFaded = 3
)

// slot is a packet waiting to be played.
type slot struct {
	ts, ticks uint32
	payload   []byte
}

// jitter makes an even stream of samples of a leg's packets. It is a tap of the leg: the leg's reader
// fills it, the mixer empties it.
type jitter struct {
	mu    sync.Mutex
	codec Codec
	frame uint32 // ticks of 20 ms
	ssrc  uint32
	began time.Time
	slots [jitterSlots]slot // by timestamp
	n     int

	// The measured unevenness of arrival, in ticks.
	timed   bool
	base    int32 // the transit time of packets that came early
	late    int32 // how much later than that packets come; it decays
	decay   int
	playing bool
	next    uint32 // timestamp of what is decoded next
	dry     uint32 // for how many ticks something was made up because nothing was there
	least   uint32 // the smallest delay since the last look
	looked  int
	shrink  bool // one frame too much is held

	rate    int // of the samples, Hz
	decoder codec.Decoder
	decoded [codec.MaxSamples]int16
	left    []int16 // of decoded, to be played
	second  [mixMost]int16
	made    int  // for how many samples something was made up since the last packet; after a while: silence
	heard   bool // something was decoded that can be repeated
}

// newJitter makes a buffer that gives samples at that rate.
func newJitter(rate int) *jitter { return &jitter{rate: rate} }

// speed changes the rate of the samples.
func (j *jitter) speed(rate int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.rate != rate {
		j.rate = rate
		j.decode()
	}
}

// decode makes the decoder; without one (the codec cannot be decoded) there is nothing to hear.
func (j *jitter) decode() {
	j.left, j.heard = nil, false
	j.decoder = nil
	if d, err := codec.NewDecoderAt(j.codec.Name, j.rate); err == nil {
		j.decoder = d
	}
}

// samples is how many samples so many ticks are; ticks is the reverse.
func (j *jitter) samples(ticks uint32) int { return int(ticks) * (j.rate / 50) / int(j.frame) }
func (j *jitter) ticks(samples int) uint32 { return uint32(samples) * j.frame / uint32(j.rate/50) }

// Packet implements Tap.
func (j *jitter) Packet(_ Direction, p *Packet) {
	if len(p.Payload) == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.codec != p.Codec || j.ssrc != p.SSRC || j.frame == 0 {
		j.restart(p)
	}
	j.measure(p)
	ticks := ticksIn(p.Payload, p.Codec)
	if j.playing && int32(p.Timestamp+ticks-j.next) <= 0 && !j.far(p.Timestamp-j.next) {
		return // its time is over
	}
	j.insert(p, ticks)
}

// restart forgets the old source.
func (j *jitter) restart(p *Packet) {
	if old := j.codec; old != p.Codec {
		j.codec = p.Codec
		j.decode()
	}
	j.ssrc, j.frame, j.began = p.SSRC, timeToTicks(FrameTime, p.Codec.ClockRate), p.Arrival
	j.n, j.timed, j.late, j.playing, j.left = 0, false, 0, false, nil
}

// measure follows how unevenly packets arrive.
func (j *jitter) measure(p *Packet) {
	transit := int32(timeToTicks(p.Arrival.Sub(j.began), p.Codec.ClockRate) - p.Timestamp)
	if !j.timed || j.far(uint32(transit-j.base)) {
		j.timed, j.base, j.late = true, transit, 0
		return
	}
	// The base creeps up so that a slow clock is no jitter, the latest peak is forgotten in some seconds.
	if j.decay++; j.decay%16 == 0 {
		j.base++
		j.late -= j.late / 32
	}
	j.base = min(j.base, transit)
	j.late = min(max(j.late, transit-j.base), jitterMost*int32(j.frame))
}

// insert keeps a packet in its place; the oldest makes room.
func (j *jitter) insert(p *Packet, ticks uint32) {
	if j.n > 0 && j.far(p.Timestamp-j.slots[j.n-1].ts) {
		j.n, j.playing = 0, false // another time line
	}
	if j.n == jitterSlots {
		j.pop()
	}
	at := j.n
	for at > 0 && int32(j.slots[at-1].ts-p.Timestamp) > 0 {
		at--
	}
	if at > 0 && j.slots[at-1].ts == p.Timestamp {
		return
	}
	s := j.slots[j.n]
	copy(j.slots[at+1:j.n+1], j.slots[at:j.n])
	s.ts, s.ticks, s.payload = p.Timestamp, ticks, append(s.payload[:0], p.Payload...)
	j.slots[at] = s
	j.n++
}

// far says whether a distance in ticks is more than delays explain.
func (j *jitter) far(d uint32) bool {
	limit := jitterJump * int32(j.frame)
	return int32(d) > limit || int32(d) < -limit
}

// pop takes the oldest packet out; its payload is valid until the next insert.
func (j *jitter) pop() slot {
	s := j.slots[0]
	j.n--
	copy(j.slots[:j.n], j.slots[1:j.n+1])
	j.slots[j.n] = s
	return s
}

// target is the delay that suits the source, in ticks.
func (j *jitter) target() uint32 {
	return min(max(uint32(j.late)+j.frame, jitterLeast*j.frame), jitterMost*j.frame)
}

// held is how much is there from a timestamp on, lost packets included.
func (j *jitter) held(from uint32) uint32 {
	if j.n == 0 {
		return 0
	}
	s := &j.slots[j.n-1]
	return uint32(max(0, int32(s.ts+s.ticks-from)))
}

// pull makes the next 20 ms. False: there is nothing to hear.
func (j *jitter) pull(pcm []int16) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.playing && j.n > 0 && j.held(j.slots[0].ts) >= j.target() {
		j.playing, j.next, j.dry = true, j.slots[0].ts, 0
		j.least, j.looked, j.shrink = 1<<31, 0, false
	}
	sounds := j.fill(pcm)
	if j.shrink && len(j.left) == 0 && j.n > 0 && j.slots[0].ts == j.next {
		j.shrink = false
		if second := j.second[:len(pcm)]; j.fill(second) {
			cross(pcm, second)
		}
	}
	if j.playing {
		j.look()
	}
	return sounds
}

// fill writes one frame. False: all of it is silence.
func (j *jitter) fill(pcm []int16) bool {
	sounds := false
	for len(pcm) > 0 {
		n := len(pcm)
		switch real, gap := j.ready(); {
		case real:
			n = copy(pcm, j.left)
			j.left, j.made, j.heard = j.left[n:], 0, true
			sounds = true
		case gap > 0: // lost
			n = min(n, max(1, j.samples(gap)))
			sounds = j.conceal(pcm[:n], gap) || sounds
			j.next += min(gap, j.ticks(n))
		default: // dry, or not playing
			sounds = j.conceal(pcm, 0) || sounds
			if j.dry += j.ticks(n); j.dry >= jitterDry*j.frame {
				j.playing = false
			}
		}
		pcm = pcm[n:]
	}
	return sounds
}

// ready decodes the next packet if need be. gap is how many ticks are missing before the one after.
func (j *jitter) ready() (real bool, gap uint32) {
	if len(j.left) > 0 {
		return true, 0
	}
	for j.playing && j.n > 0 {
		s := &j.slots[0]
		ahead := int32(s.ts - j.next)
		if j.far(uint32(ahead)) {
			j.next, ahead = s.ts, 0 // another time line
		}
		if ahead > 0 && j.dry > 0 {
			// What was made up meanwhile stands for what is missing.
			d := min(j.dry, uint32(ahead))
			j.next, j.dry = j.next+d, j.dry-d
			continue
		}
		if ahead > 0 {
			return false, uint32(ahead)
		}
		p := j.pop()
		if ahead < 0 && -ahead >= int32(p.ticks) || j.decoder == nil {
			continue // its time is over
		}
		n, err := j.decoder.Decode(p.payload, j.decoded[:])
		if err != nil {
			continue // as if it were lost
		}
		j.left = j.decoded[min(n, j.samples(uint32(-ahead))):n]
		j.next, j.dry = p.ts+j.ticks(n), 0
		if len(j.left) > 0 {
			return true, 0
		}
	}
	return false, 0
}

// look keeps the delay near its target: what is constantly too much is taken out.
func (j *jitter) look() {
	j.least = min(j.least, j.held(j.next)+j.ticks(len(j.left)))
	if j.looked++; j.looked < jitterLook {
		return
	}
	target := j.target()
	if excess := int32(j.least - (target - j.frame)); excess >= 5*int32(j.frame) {
		j.next += uint32(excess)
		j.left = nil
	} else if excess >= int32(j.frame) {
		j.shrink = true
	}
	j.least, j.looked = 1<<31, 0
}

// conceal makes up what is missing: a lost frame of which the next packet has a copy, or what was heard
// last, fading. False: it has faded. gap is how much is missing before the next packet, 0: no end.
func (j *jitter) conceal(pcm []int16, gap uint32) bool {
	if !j.heard || j.made >= jitterFaded*j.rate/50 {
		j.heard = false
		clear(pcm)
		return false
	}
	j.made += len(pcm)
	if r, ok := j.decoder.(codec.Recoverer); ok && gap == j.frame && len(pcm) == j.rate/50 && r.Recover(j.slots[0].payload, pcm) {
		return true
	}
	j.decoder.Conceal(pcm)
	return true
}

// cross goes from one frame to another within the time of one.
func cross(pcm, to []int16) {
	for i := range pcm {
		pcm[i] = int16((int(pcm[i])*(len(pcm)-i) + int(to[i])*i) / len(pcm))
	}
}
