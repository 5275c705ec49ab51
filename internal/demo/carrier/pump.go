package carrier

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/ipv4"
)

// Pump is the sound of many calls for measurements: one socket of the machine, one sender and one
// receiver that move packets in batches, so that a load costs less than what it measures. Every call
// says the same 20 ms again and again; what is heard is counted, for all calls together.
type Pump struct {
	conn  *net.UDPConn
	batch *ipv4.PacketConn
	say   [2][]byte // payload by codec
	stop  chan struct{}
	wg    sync.WaitGroup

	// Sent and Heard count packets.
	Sent, Heard atomic.Int64

	mu    sync.Mutex
	slots [pumpSlots][]*stream
	next  int
}

// stream is what one call says; owned by the sender once it is in a slot.
type stream struct {
	to  *net.UDPAddr
	pkt []byte
}

const (
	pumpSlots = 10 // the calls are spread over the 20 ms
	pumpBatch = 64
)

// NewPump opens the socket; samples are 20 ms. Close it after the carriers that use it.
func NewPump(at netip.AddrPort, samples []int16) (*Pump, error) {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, fmt.Errorf("opening the pump's socket: %w", err)
	}
	// Hundreds of calls answer at once: what the kernel cannot hold would look like loss.
	_ = conn.SetReadBuffer(4 << 20)
	_ = conn.SetWriteBuffer(4 << 20)
	p := &Pump{conn: conn, batch: ipv4.NewPacketConn(conn), stop: make(chan struct{})}
	for i, c := range []Codec{PCMU, PCMA} {
		for _, v := range samples[:frameLen] {
			p.say[i] = append(p.say[i], c.Encode(v))
		}
	}
	p.wg.Add(2)
	go p.send()
	go p.receive()
	return p, nil
}

// Addr is where the sound of all calls is to be sent to.
func (p *Pump) Addr() netip.AddrPort {
	at := p.conn.LocalAddr().(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// Close ends the sound.
func (p *Pump) Close() {
	close(p.stop)
	_ = p.conn.Close()
	p.wg.Wait()
}

// add begins to say something to an address; the function ends it.
func (p *Pump) add(to netip.AddrPort, c Codec) (end func()) {
	payload := p.say[0]
	if c == PCMA {
		payload = p.say[1]
	}
	s := &stream{to: net.UDPAddrFromAddrPort(to), pkt: make([]byte, 12+frameLen)}
	s.pkt[0], s.pkt[1] = 0x80, byte(c)
	binary.BigEndian.PutUint32(s.pkt[8:], rand.Uint32())
	copy(s.pkt[12:], payload)
	p.mu.Lock()
	defer p.mu.Unlock()
	slot := p.next
	p.next = (p.next + 1) % pumpSlots
	p.slots[slot] = append(slices.Clone(p.slots[slot]), s)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.slots[slot] = slices.DeleteFunc(slices.Clone(p.slots[slot]), func(x *stream) bool { return x == s })
	}
}

// send goes round the slots by absolute deadlines.
func (p *Pump) send() {
	defer p.wg.Done()
	msgs := make([]ipv4.Message, pumpBatch)
	for i := range msgs {
		msgs[i].Buffers = make([][]byte, 1)
	}
	next := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for slot := 0; ; slot = (slot + 1) % pumpSlots {
		p.mu.Lock()
		streams := p.slots[slot]
		p.mu.Unlock()
		for part := range slices.Chunk(streams, pumpBatch) {
			for i, s := range part {
				binary.BigEndian.PutUint16(s.pkt[2:], binary.BigEndian.Uint16(s.pkt[2:])+1)
				binary.BigEndian.PutUint32(s.pkt[4:], binary.BigEndian.Uint32(s.pkt[4:])+frameLen)
				msgs[i].Buffers[0], msgs[i].Addr = s.pkt, s.to
			}
			for done := 0; done < len(part); {
				n, err := p.batch.WriteBatch(msgs[done:len(part)], 0)
				if errors.Is(err, net.ErrClosed) {
					return
				}
				p.Sent.Add(int64(n))
				done += max(n, 1) // one that cannot be sent is left out
			}
		}
		next = next.Add(frameTime / pumpSlots)
		timer.Reset(time.Until(next))
		select {
		case <-timer.C:
		case <-p.stop:
			return
		}
	}
}

func (p *Pump) receive() {
	defer p.wg.Done()
	msgs := make([]ipv4.Message, pumpBatch)
	for i := range msgs {
		msgs[i].Buffers = [][]byte{make([]byte, 512)}
	}
	for {
		n, err := p.batch.ReadBatch(msgs, 0)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		for _, m := range msgs[:max(n, 0)] {
			if m.N >= 12 && m.Buffers[0][0]>>6 == 2 && m.Buffers[0][1]&0x7f != events {
				p.Heard.Add(1)
			}
		}
	}
}
