package carrier

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"linekeeper/internal/kit/network"
)

const (
	sampleRate = 8000 // Hz
	frameLen   = 160  // samples in 20 ms
	frameTime  = 20 * time.Millisecond
	keyFrames  = 8 // a key sounds for 160 ms, then 80 ms of nothing
	gapFrames  = 4
)

// item is something to be said or pressed.
type item struct {
	samples []int16
	key     int // event code; -1: samples
	loop    bool
	done    chan struct{}
}

// sound is the RTP of one call: a sender and a receiver on one socket.
type sound struct {
	conn   network.UDPConn // nil with a pump
	pump   *Pump
	sparse bool
	noise  bool
	deaf   bool
	stop   chan struct{}
	wake   chan struct{} // something to say, for a sparse sender
	wg     sync.WaitGroup
	ssrc   uint32
	// network is for reports; nil: there are none.
	network network.Network

	mu      sync.Mutex
	codec   Codec
	events  uint8
	remote  netip.AddrPort
	mute    bool // the other side holds us
	cut     bool // nothing of ours arrives
	started bool
	ended   bool
	unpump  func() // ends what the pump says; nil: nothing
	todo    []item
	heard   memory
	keys    []byte
	stats   Sound
}

// Sound counts the packets of a call.
type Sound struct {
	Sent, Heard uint64
	// Lost is what the sequence numbers say is missing.
	Lost uint64
	// First and Last are when audio arrived.
	First, Last time.Time
	// Strays are packets of another payload type or none.
	Strays uint64
}

func openSound(c Config, ip netip.Addr) (*sound, error) {
	s := &sound{
		pump: c.Pump, sparse: c.Sparse, noise: c.Noise, deaf: c.Deaf, ssrc: rand.Uint32(),
		stop: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	if c.Reports {
		s.network = c.Network
	}
	s.heard.limit = int64(c.Memory * sampleRate / time.Second)
	if s.pump != nil {
		return s, nil
	}
	var err error
	s.conn, err = c.Network.ListenUDP(netip.AddrPortFrom(ip, 0))
	return s, err
}

// at is the address for descriptions.
func (s *sound) at() netip.AddrPort {
	if s.pump != nil {
		return s.pump.Addr()
	}
	return network.AddrPort(s.conn.LocalAddr())
}

// use applies what was negotiated and starts the goroutines the first time.
func (s *sound) use(d description, c Codec) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codec, s.events, s.remote = c, d.events, d.audio
	s.mute = d.mode == "sendonly" || d.mode == "inactive"
	if s.started || s.ended {
		return
	}
	s.started = true
	if s.pump != nil {
		s.unpump = s.pump.add(d.audio, c)
		return
	}
	s.wg.Add(2)
	go s.send()
	go s.receive()
	if s.network != nil {
		s.wg.Add(1)
		go s.report(s.at().Addr())
	}
}

// close stops everything and waits.
func (s *sound) close() {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	s.ended = true
	close(s.stop)
	todo, unpump := s.todo, s.unpump
	s.todo = nil
	s.mu.Unlock()
	for _, i := range todo {
		close(i.done)
	}
	if unpump != nil {
		unpump()
	}
	if s.conn != nil {
		_ = s.conn.Close()
	}
	s.wg.Wait()
}

// add queues something; the channel is closed when it is over or never will be.
func (s *sound) add(i item) <-chan struct{} {
	i.done = make(chan struct{})
	s.mu.Lock()
	if s.ended {
		close(i.done)
	} else {
		s.todo = append(s.todo, i)
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return i.done
}

// hush drops all that is to be said.
func (s *sound) hush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.todo {
		close(i.done)
	}
	s.todo = nil
}

// frame is the next 20 ms: samples, or the key and how far it is; idle means nothing to say.
func (s *sound) frame(at *int, buf *[frameLen]int16) (key, step int, idle bool) {
	for len(s.todo) > 0 {
		i := &s.todo[0]
		if i.key >= 0 {
			if *at < keyFrames+gapFrames {
				*at++
				return i.key, *at, false
			}
		} else if *at < len(i.samples) {
			n := copy(buf[:], i.samples[*at:])
			clear(buf[n:])
			*at += n
			if i.loop && *at >= len(i.samples) {
				n, *at = frameLen-n, 0
				*at = copy(buf[frameLen-n:], i.samples)
			}
			return -1, 0, false
		}
		close(i.done)
		s.todo = s.todo[1:]
		*at = 0
	}
	clear(buf[:])
	return -1, 0, true
}

// send paces by absolute deadlines: a late frame does not make the following ones late.
func (s *sound) send() {
	defer s.wg.Done()
	var (
		pkt      [12 + frameLen]byte
		samples  [frameLen]int16
		seq      = uint16(rand.Uint32())
		stamp    = rand.Uint32()
		at       int
		marker   = true
		keyStamp uint32
		next     = time.Now()
		timer    = time.NewTimer(0)
	)
	defer timer.Stop()
	<-timer.C
	header := func(pt uint8, mark bool, ts uint32) {
		pkt[0], pkt[1] = 0x80, pt
		if mark {
			pkt[1] |= 0x80
		}
		binary.BigEndian.PutUint16(pkt[2:], seq)
		binary.BigEndian.PutUint32(pkt[4:], ts)
		binary.BigEndian.PutUint32(pkt[8:], s.ssrc)
		seq++
	}
	var item *chan struct{}
	for {
		s.mu.Lock()
		if len(s.todo) == 0 || item == nil || *item != s.todo[0].done { // what was playing may be gone
			at = 0
		}
		key, step, idle := s.frame(&at, &samples)
		item = nil
		if len(s.todo) > 0 {
			item = &s.todo[0].done
		}
		codec, event, remote, mute := s.codec, s.events, s.remote, s.mute || s.cut
		s.mu.Unlock()

		n := 0
		switch {
		case mute, !remote.IsValid() || remote.Port() == 0:
		case key >= 0 && event != 0 && step <= keyFrames:
			if step == 1 {
				keyStamp = stamp
			}
			// RFC 4733, 2.5.1.4: the last packet is sent three times.
			for range 1 + 2*(step/keyFrames) {
				header(event, step == 1, keyStamp)
				pkt[12], pkt[13] = byte(key), 10
				if step == keyFrames {
					pkt[13] |= 0x80
				}
				binary.BigEndian.PutUint16(pkt[14:], uint16(step*frameLen))
				_, _ = s.conn.WriteToUDPAddrPort(pkt[:16], remote)
				n++
			}
			marker = true
		case key >= 0:
			marker = true // the gap after a key
		case idle && s.sparse:
			if s.noise && !marker {
				header(comfort, false, stamp)
				pkt[12] = 70 // dB below the loudest
				_, _ = s.conn.WriteToUDPAddrPort(pkt[:13], remote)
				n = 1
			}
			marker = true
		default:
			header(uint8(codec), marker, stamp)
			marker = false
			for i, v := range samples {
				pkt[12+i] = codec.Encode(v)
			}
			_, _ = s.conn.WriteToUDPAddrPort(pkt[:], remote)
			n = 1
		}
		if n > 0 {
			s.mu.Lock()
			s.stats.Sent += uint64(n)
			s.mu.Unlock()
		}
		if idle && s.sparse {
			asleep := time.Now()
			select {
			case <-s.wake:
			case <-s.stop:
				return
			}
			stamp += uint32(time.Since(asleep) * sampleRate / time.Second)
			next = time.Now()
			continue
		}
		stamp += frameLen
		next = next.Add(frameTime)
		if late := time.Since(next); late > 10*frameTime { // the machine slept: skip, do not burst
			skip := late / frameTime
			next = next.Add(skip * frameTime)
			stamp += uint32(skip) * frameLen
		}
		timer.Reset(time.Until(next))
		select {
		case <-timer.C:
		case <-s.stop:
			return
		}
	}
}

func (s *sound) receive() {
	defer s.wg.Done()
	buf := make([]byte, 2048)
	var (
		any      bool
		seq      uint16
		ssrc     uint32
		keyStamp uint32
		keyed    bool
	)
	for {
		n, _, err := s.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			select {
			case <-s.stop:
				return
			default:
				continue
			}
		}
		s.mu.Lock()
		now := time.Now()
		switch {
		case n < 12 || buf[0]>>6 != 2:
			s.stats.Strays++
		case s.events != 0 && buf[1]&0x7f == s.events && n >= 16:
			stamp := binary.BigEndian.Uint32(buf[4:])
			if (!keyed || stamp != keyStamp) && buf[12] < 16 {
				keyed, keyStamp = true, stamp
				s.keys = append(s.keys, "0123456789*#ABCD"[buf[12]])
			}
		case Codec(buf[1]&0x7f) == s.codec:
			start := 12 + 4*int(buf[0]&0x0f)
			if start > n {
				s.stats.Strays++
				break
			}
			if s.stats.Heard == 0 {
				s.stats.First = now
			}
			s.stats.Last = now
			s.stats.Heard++
			from := binary.BigEndian.Uint32(buf[8:])
			got := binary.BigEndian.Uint16(buf[2:])
			if any && from == ssrc {
				if gap := got - seq; gap > 1 && gap < 1000 {
					s.stats.Lost += uint64(gap - 1)
				} else if gap > 60000 && s.stats.Lost > 0 {
					s.stats.Lost-- // it was only late
				}
			}
			any, ssrc, seq = true, from, got
			if !s.deaf {
				s.heard.put(s.codec, from, binary.BigEndian.Uint32(buf[4:]), now, buf[start:n])
			}
		default:
			s.stats.Strays++
		}
		s.mu.Unlock()
	}
}

// memory keeps what was heard lately, placed by RTP time stamp; a new source, or a jump of the stamp
// that the clock does not confirm, is placed by the clock.
type memory struct {
	limit   int64 // samples
	samples []int16
	first   int64 // position of samples[0]
	begun   time.Time
	ssrc    uint32
	stamp   uint32
	last    int64 // position of the packet before
	end     int64 // position after the newest sample
	newest  time.Time
}

func (m *memory) put(c Codec, ssrc, stamp uint32, now time.Time, payload []byte) {
	if m.begun.IsZero() {
		m.begun = now
	}
	clock := int64(now.Sub(m.begun) * sampleRate / time.Second)
	at := m.last + int64(int32(stamp-m.stamp))
	anew := false
	if d := at - clock; m.ssrc != ssrc || d > sampleRate || d < -sampleRate {
		at, anew = max(clock, m.first), true
	}
	m.ssrc, m.stamp, m.last = ssrc, stamp, at
	if end := at + int64(len(payload)); anew || end >= m.end {
		m.end, m.newest = end, now
	}
	if at < m.first {
		return
	}
	for i, b := range payload {
		p := at + int64(i) - m.first
		for int64(len(m.samples)) <= p {
			m.samples = append(m.samples, 0)
		}
		m.samples[p] = c.Decode(b)
	}
	if over := int64(len(m.samples)) - 2*m.limit; over > 0 {
		keep := int64(len(m.samples)) - m.limit
		m.first += keep
		m.samples = append([]int16(nil), m.samples[keep:]...)
	}
}

// lately is the sound of the last d before now, silence where nothing arrived. What is now goes by the stream, which
// may be behind the clock for good when the machine slept or the other side began anew.
func (m *memory) lately(d time.Duration, now time.Time) []int16 {
	n := int64(d * sampleRate / time.Second)
	out := make([]int16, n)
	if m.begun.IsZero() {
		return out
	}
	// Until the next packet is due the newest sample is now.
	end := m.end + int64(max(0, now.Sub(m.newest)-frameTime)*sampleRate/time.Second)
	from := end - n - m.first
	for i := range out {
		if p := from + int64(i); p >= 0 && p < int64(len(m.samples)) {
			out[i] = m.samples[p]
		}
	}
	return out
}
