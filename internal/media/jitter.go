package media

import (
	"sync"
	"time"
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
	// concealFrames is how long a missing sound is repeated while it fades.
	concealFrames = 3
	// rampSamples is how long sound takes to come back after that.
	rampSamples = mixRate / 200
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

	decoder Decoder
	decoded [maxDecoded]int16
	left    []int16 // of decoded, to be played
	second  [mixFrame]int16
	last    [mixFrame]int16 // what was played last, to be repeated
	faded   int             // for how many samples it was repeated
	sounded bool            // last is worth repeating
}

// Packet implements Tap.
func (j *jitter) Packet(d Direction, p *Packet) {
	if d != Heard || len(p.Payload) == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.codec != p.Codec || j.ssrc != p.SSRC || j.frame == 0 {
		j.restart(p)
	}
	j.measure(p)
	ticks := ticksIn(len(p.Payload), p.Codec)
	if j.playing && int32(p.Timestamp+ticks-j.next) <= 0 && int32(p.Timestamp-j.next) > -jitterJump*int32(j.frame) {
		return // its time is over
	}
	j.insert(p, ticks)
}

// restart forgets the old source.
func (j *jitter) restart(p *Packet) {
	if j.codec != p.Codec {
		j.decoder = newDecoder(p.Codec)
	}
	j.codec, j.ssrc, j.frame, j.began = p.Codec, p.SSRC, timeToTicks(FrameTime, p.Codec.ClockRate), p.Arrival
	j.n, j.timed, j.late, j.playing, j.left = 0, false, 0, false, nil
}

// measure follows how unevenly packets arrive.
func (j *jitter) measure(p *Packet) {
	transit := int32(timeToTicks(p.Arrival.Sub(j.began), p.Codec.ClockRate) - p.Timestamp)
	limit := jitterJump * int32(j.frame)
	if d := transit - j.base; !j.timed || d > limit || d < -limit {
		j.timed, j.base, j.late = true, transit, 0
		return
	}
	// The base creeps up so that a slow clock is no jitter, the latest peak is forgotten in some seconds.
	if j.decay++; j.decay%16 == 0 {
		j.base++
		j.late -= j.late / 32
	}
	j.base = min(j.base, transit)
	j.late = max(j.late, transit-j.base)
}

// insert keeps a packet in its place; the oldest makes room.
func (j *jitter) insert(p *Packet, ticks uint32) {
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
		if j.fill(j.second[:]) {
			cross(pcm, j.second[:])
		}
	}
	if j.playing {
		j.look()
	}
	if sounds && j.faded == 0 {
		copy(j.last[:], pcm)
	}
	return sounds
}

// fill writes one frame.
func (j *jitter) fill(pcm []int16) bool {
	sounds, made := false, 0
	for made < len(pcm) {
		rest := pcm[made:]
		n := 0
		switch real, gap := j.ready(); {
		case real:
			n = copy(rest, j.left)
			j.left = j.left[n:]
			j.back(rest[:n])
			sounds = true
		case gap > 0: // lost
			n = min(len(rest), max(1, int(gap*mixFrame/j.frame)))
			sounds = j.conceal(rest[:n], made) || sounds
			j.next += min(gap, uint32(n)*j.frame/mixFrame)
		default: // dry, or not playing
			n = len(rest)
			sounds = j.conceal(rest, made) || sounds
			if j.dry += j.frame * uint32(n) / mixFrame; j.dry >= jitterDry*j.frame {
				j.playing = false
			}
		}
		made += n
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
		if limit := jitterJump * int32(j.frame); ahead > limit || ahead < -limit {
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
		j.left = j.decoded[:j.decoder.Decode(j.decoded[:], p.payload)]
		skip := min(len(j.left), int(-ahead)*mixFrame/int(j.frame))
		j.left = j.left[skip:]
		j.next, j.dry = p.ts+p.ticks, 0
		if len(j.left) > 0 {
			return true, 0
		}
	}
	return false, 0
}

// look keeps the delay near its target: what is constantly too much is taken out.
func (j *jitter) look() {
	j.least = min(j.least, j.held(j.next)+uint32(len(j.left))*j.frame/mixFrame)
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

// conceal repeats what was heard last, fading. False: it has faded.
func (j *jitter) conceal(pcm []int16, at int) bool {
	const all = concealFrames * mixFrame
	if !j.sounded || j.faded >= all {
		clear(pcm)
		j.sounded = false
		return false
	}
	for i := range pcm {
		gain := max(0, all-j.faded)
		pcm[i] = int16(int(j.last[(at+i)%mixFrame]) * gain / all)
		j.faded++
	}
	return true
}

// back lets sound come back softly after it had faded.
func (j *jitter) back(pcm []int16) {
	if j.faded > 0 {
		for i := range pcm[:min(len(pcm), rampSamples)] {
			pcm[i] = int16(int(pcm[i]) * (i + 1) / rampSamples)
		}
	}
	j.faded, j.sounded = 0, true
}

// cross goes from one frame to another within the time of one.
func cross(pcm, to []int16) {
	for i := range pcm {
		pcm[i] = int16((int(pcm[i])*(len(pcm)-i) + int(to[i])*i) / len(pcm))
	}
}
