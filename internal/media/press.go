package media

import (
	"fmt"
	"time"

	"linekeeper/internal/media/rtp"
	"linekeeper/internal/media/tone"
)

const (
	pressTime = 100 * time.Millisecond // how long a key we send is down
	pressGap  = 60 * time.Millisecond  // silence after it
	pressEnds = 3                      // end packets (RFC 4733, section 2.5.1.4)
	// pressVolume is -10 dBm0, where telephones are.
	pressVolume = 10
	// pressQueue bounds the keys waiting to be sent.
	pressQueue = 256
)

// SendDigits presses keys towards the party: as telephone events, or as tones if it has none. It
// returns at once; keys are sent in order, one in about 200 ms. An error names a key that does not
// exist; then none is sent.
func (l *Leg) SendDigits(keys string) error {
	for i := range len(keys) {
		if _, ok := rtp.Code(keys[i]); !ok {
			return fmt.Errorf("%q is not a telephone key", keys[i])
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return ErrClosed
	}
	if len(l.queue)+len(keys) > pressQueue {
		return fmt.Errorf("more than %d keys are waiting to be sent", pressQueue)
	}
	l.queue = append(l.queue, keys...)
	if !l.sending && len(l.queue) > 0 {
		l.sending = true
		l.goroutines.Go(l.press)
	}
	return nil
}

// press sends the queue and ends when it is empty.
func (l *Leg) press() {
	for {
		l.mu.Lock()
		if l.over || len(l.queue) == 0 {
			l.sending, l.queue = false, nil
			l.mu.Unlock()
			return
		}
		key := l.queue[0]
		l.queue = l.queue[1:]
		l.mu.Unlock()
		if t := l.terms.Load(); t.events != 0 {
			l.pressEvent(key, t)
		} else {
			l.pressTone(key)
		}
	}
}

// pressEvent sends one key as telephone event: a packet every 20 ms with the growing duration, then
// the end, repeated at the same pace so that a burst of loss does not take all of them.
func (l *Leg) pressEvent(key byte, t *terms) {
	code, _ := rtp.Code(key)
	next := time.Now()
	ts := l.out.stamp(next, t.codec.ClockRate)
	pkt := make([]byte, rtp.HeaderSize+rtp.EventSize)
	frames := int(pressTime / FrameTime)
	for i := 1; i < frames+pressEnds; i++ {
		e := rtp.Event{
			Code:     code,
			Volume:   pressVolume,
			End:      i >= frames,
			Duration: uint16(timeToTicks(min(time.Duration(i)*FrameTime, pressTime), t.codec.eventRate())),
		}
		e.Put(pkt[rtp.HeaderSize:])
		l.out.inject(pkt, t.events, i == 1, ts)
		next = next.Add(FrameTime)
		if !l.pause(time.Until(next)) {
			return
		}
	}
	l.pause(pressGap)
}

// pressTone sends one key as sound, instead of whatever is heard.
func (l *Leg) pressTone(key byte) {
	sound := append(tone.Keys(key, pressTime), tone.Silence(pressGap)...)
	p := newPlaying(l, NewClipPCM(sound).Once(), nil)
	l.out.mu.Lock()
	l.out.tones = p
	l.out.mu.Unlock()
	p.begin()
	select {
	case <-p.done:
	case <-l.closed:
		p.Stop()
	}
}

// pause waits; false when the leg was closed.
func (l *Leg) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.closed:
		return false
	}
}
