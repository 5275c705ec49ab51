package world

import (
	"context"
	"encoding/binary"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/edge/voice"
	"linekeeper/internal/media"
	"linekeeper/internal/wire/rtc"
)

// frame is 20 ms at 8 kHz.
const frame = 160

// browsers is the engine that stands for agents' browsers: what they are to the product is a stream
// of packets in the clear each way, without ICE, DTLS and a real page.
type browsers struct {
	mu   sync.Mutex
	open map[string]*browser // by offer
}

func newBrowsers() *browsers { return &browsers{open: make(map[string]*browser)} }

// Open implements voice.Engine. The offer is the name the test chose for the browser.
func (bs *browsers) Open(_ context.Context, offer string, want media.Codec) (voice.Endpoint, error) {
	b := &browser{codec: want, in: make(chan []byte, 64), closed: make(chan struct{}), quiet: make(chan struct{}), hz: voiceOf(offer)}
	bs.mu.Lock()
	bs.open[offer] = b
	bs.mu.Unlock()
	go b.speak()
	return b, nil
}

func (bs *browsers) get(offer string) *browser {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return bs.open[offer]
}

// browser is one agent's page: it sends its agent's tone and notes what it hears.
type browser struct {
	hz     float64
	codec  media.Codec
	in     chan []byte
	closed chan struct{}
	quiet  chan struct{} // closed when the page is gone without a goodbye
	once   sync.Once
	hush   sync.Once
	loses  atomic.Bool // every fifth of its packets is lost on the way
	mute   atomic.Bool // nothing but silence comes from the microphone

	heard atomic.Int64 // packets that came from the customer's side
	loud  atomic.Int64 // of these, those that were not silence

	mu     sync.Mutex
	lately []int16   // what was heard last
	when   time.Time // up to then
}

// speak sends a packet every 20 ms until the endpoint is closed or the page is gone.
func (b *browser) speak() {
	var seq uint16
	var stamp uint32
	next := time.Now()
	for {
		select {
		case <-time.After(time.Until(next)):
		case <-b.closed:
			return
		case <-b.quiet:
			return
		}
		next = next.Add(20 * time.Millisecond)
		pkt := make([]byte, 12+frame)
		pkt[0], pkt[1] = 0x80, b.codec.PayloadType
		binary.BigEndian.PutUint16(pkt[2:], seq)
		binary.BigEndian.PutUint32(pkt[4:], stamp)
		binary.BigEndian.PutUint32(pkt[8:], 0x700)
		for i := range frame {
			t := float64(int(stamp)+i) / 8000
			pkt[12+i] = ulaw(int16(8000 * math.Sin(2*math.Pi*b.hz*t)))
			if b.mute.Load() {
				pkt[12+i] = 0xff
			}
		}
		seq, stamp = seq+1, stamp+frame
		if b.loses.Load() && seq%5 == 0 {
			continue
		}
		select {
		case b.in <- pkt:
		case <-b.closed:
			return
		case <-b.quiet:
			return
		}
	}
}

// Read implements media.Transport.
func (b *browser) Read(p []byte) (int, error) {
	select {
	case pkt := <-b.in:
		return copy(p, pkt), nil
	case <-b.closed:
		return 0, io.EOF
	}
}

// Write implements media.Transport.
func (b *browser) Write(pkt []byte) error {
	b.heard.Add(1)
	for _, s := range pkt[12:] {
		if s != 0xff && s != 0x7f && s != 0xd5 {
			b.loud.Add(1)
			break
		}
	}
	b.note(pkt)
	return nil
}

// Close implements media.Transport.
func (b *browser) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

// Strays implements media.Transport.
func (b *browser) Strays() media.Strays { return media.Strays{} }

// Answer implements voice.Endpoint.
func (b *browser) Answer() string { return "answer" }

// Events implements voice.Endpoint.
func (b *browser) Events() uint8 { return rtc.Events }

// OnState implements voice.Endpoint: such a browser is connected at once.
func (b *browser) OnState(f func(rtc.State)) { f(rtc.Connected) }

// vanish is a page that goes without a goodbye: a closed tab, a dead network.
func (b *browser) vanish() { b.hush.Do(func() { close(b.quiet) }) }

// ulaw is G.711 mu-law, written again here because the product's own is what is tested.
func ulaw(s int16) byte {
	const bias = 0x84
	sign := byte(0)
	v := int(s)
	if v < 0 {
		sign, v = 0x80, -v
	}
	v = min(v, 32635) + bias
	exp := 7
	for mask := 0x4000; exp > 0 && v&mask == 0; mask >>= 1 {
		exp--
	}
	return ^(sign | byte(exp<<4) | byte(v>>(exp+3))&0x0f)
}
