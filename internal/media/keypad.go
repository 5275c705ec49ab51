package media

import (
	"time"

	"linekeeper/internal/media/rtp"
)

const (
	// keypadSilence ends a key of which nothing more is heard: all its end packets were lost.
	keypadSilence = 200 * time.Millisecond
	// keypadLate is how far back, in timestamp units, a key whose every packet was overtaken by the
	// next key is still believed.
	keypadLate = 8000
	// keypadLong is the duration at which senders start a new event for a key still held down
	// (RFC 4733, section 2.5.1.3), with room for their packet interval.
	keypadLong = 0xffff - 1600
)

// keypad turns telephone-event packets into keys, each exactly once whatever was lost, repeated or
// reordered: all packets of one press carry the same timestamp. It keeps no time itself.
type keypad struct {
	have     bool
	pressed  bool // the current key is still down
	ts       uint32
	code     uint8
	duration uint32
	started  time.Time
	heard    time.Time
	seen     [8]uint32 // timestamps of the latest keys, in a ring
	n        int
}

// packet takes one event. fresh says that digit was not known before; ended (nil if none) is the key
// that ended with this packet.
func (k *keypad) packet(ts uint32, e rtp.Event, now time.Time, rate int) (digit Digit, fresh bool, ended *Digit) {
	key, ok := rtp.Key(e.Code)
	if !ok {
		return Digit{}, false, nil
	}
	if k.have {
		switch d := int32(ts - k.ts); {
		case d == 0:
			k.heard = now
			k.duration = max(k.duration, uint32(e.Duration))
			if e.End {
				ended = k.release(rate)
			}
			return Digit{}, false, ended
		case k.known(ts):
			return Digit{}, false, nil
		case d < 0:
			if d < -keypadLate {
				return Digit{}, false, nil
			}
			// Overtaken as a whole by the next key: report it late rather than never.
			k.remember(ts)
			return Digit{Key: key, Started: now, Duration: ticksToTime(uint32(e.Duration), rate)}, true, nil
		case e.Code == k.code && k.pressed && k.duration >= keypadLong && uint32(d) <= 0xffff:
			k.ts, k.duration, k.heard = ts, uint32(e.Duration), now
			k.remember(ts)
			return Digit{}, false, nil
		}
		ended = k.release(rate)
	}
	k.have, k.pressed = true, true
	k.ts, k.code, k.duration, k.started, k.heard = ts, e.Code, uint32(e.Duration), now, now
	k.remember(ts)
	digit = Digit{Key: key, Started: now, Duration: ticksToTime(k.duration, rate)}
	if e.End && ended == nil {
		ended = k.release(rate)
	} else if e.End {
		// The key before and this one end with the same packet; the second is found by silence.
		k.heard = now
	}
	return digit, true, ended
}

// release ends the current key if it is down.
func (k *keypad) release(rate int) *Digit {
	if !k.have || !k.pressed {
		return nil
	}
	k.pressed = false
	key, _ := rtp.Key(k.code)
	return &Digit{Key: key, Started: k.started, Duration: ticksToTime(k.duration, rate)}
}

// silence ends the current key if nothing was heard of it for long enough.
func (k *keypad) silence(now time.Time, rate int) *Digit {
	if now.Sub(k.heard) < keypadSilence {
		return nil
	}
	return k.release(rate)
}

func (k *keypad) known(ts uint32) bool {
	for _, t := range k.seen[:min(k.n, len(k.seen))] {
		if t == ts {
			return true
		}
	}
	return false
}

func (k *keypad) remember(ts uint32) {
	k.seen[k.n%len(k.seen)] = ts
	k.n++
	if k.n == 2*len(k.seen) { // keeps the count small and the ring full
		k.n = len(k.seen)
	}
}

func ticksToTime(ticks uint32, rate int) time.Duration {
	return time.Duration(ticks) * time.Second / time.Duration(rate)
}

func timeToTicks(d time.Duration, rate int) uint32 {
	// Split so that a call of weeks does not overflow; the result wraps as timestamps do.
	return uint32(int64(d/time.Second)*int64(rate) + int64(d%time.Second)*int64(rate)/int64(time.Second))
}
