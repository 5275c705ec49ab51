package media_test

import (
	"encoding/binary"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/rtp"
	"linekeeper/internal/media/tone"
)

// party is a telephone outside the product: a socket that speaks tones and notes what it hears.
type party struct {
	t    testing.TB
	conn network.UDPConn
	to   netip.AddrPort

	ssrc uint32
	seq  uint16
	ts   uint32
	pt   uint8
	said int // samples of speech, for the phase of the tone
	loud float64
	hz   float64
	wave []int16 // a second of hz

	codec   media.Codec
	encoder codec.Encoder // of codecs with memory; nil: G.711

	mu   sync.Mutex
	got  []heard
	done chan struct{}
}

type heard struct {
	rtp.Header
	payload []byte
	at      time.Time
	from    netip.AddrPort
}

var ourIP = netip.MustParseAddr("10.0.0.1")

func newParty(t testing.TB, n network.Network, at string) *party {
	conn, err := n.ListenUDP(netip.MustParseAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	p := &party{t: t, conn: conn, ssrc: 7000, seq: 65500, ts: 4294960000, loud: 0.5, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		b := make([]byte, 2000)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			var h heard
			start, end, err := rtp.Parse(b[:n], &h.Header)
			if err != nil {
				t.Errorf("party got a packet that is not RTP: %x", b[:n])
				continue
			}
			h.payload, h.at, h.from = append([]byte(nil), b[start:end]...), time.Now(), from
			p.mu.Lock()
			p.got = append(p.got, h)
			p.mu.Unlock()
		}
	}()
	return p
}

func (p *party) addr() netip.AddrPort { return network.AddrPort(p.conn.LocalAddr()) }

func (p *party) close() {
	p.conn.Close()
	<-p.done
}

// packet sends one packet with the party's own numbers.
func (p *party) packet(pt uint8, marker bool, ts uint32, payload []byte) {
	b := make([]byte, rtp.HeaderSize+len(payload))
	h := rtp.Header{PayloadType: pt, Marker: marker, Sequence: p.seq, Timestamp: ts, SSRC: p.ssrc}
	h.Put(b)
	copy(b[rtp.HeaderSize:], payload)
	p.seq++
	p.raw(b)
}

func (p *party) raw(b []byte) {
	if _, err := p.conn.WriteToUDPAddrPort(b, p.to); err != nil {
		p.t.Errorf("party sends: %v", err)
	}
}

// frame is the next 20 ms of a tone in the party's codec.
func (p *party) frame(hz float64) []byte {
	if p.hz != hz || p.wave == nil {
		p.hz, p.wave = hz, tone.Sine(hz, p.loud, time.Second)
	}
	p.said += 160
	all := p.wave[:p.said]
	if p.encoder != nil {
		b := make([]byte, codec.MaxPayload)
		n, err := p.encoder.Encode(all[len(all)-160:], b)
		if err != nil {
			p.t.Errorf("party encodes: %v", err)
		}
		p.said %= tone.Rate
		return b[:n]
	}
	b := make([]byte, 160)
	for i, v := range all[len(all)-160:] {
		if p.pt == 8 {
			b[i] = g711.EncodeAlaw(v)
		} else {
			b[i] = g711.EncodeMulaw(v)
		}
	}
	p.said %= tone.Rate
	return b
}

// tick is 20 ms on the party's clock.
func (p *party) tick() uint32 { return uint32(max(p.codec.ClockRate, 8000) / 50) }

// says speaks a tone in real time.
func (p *party) says(hz float64, d time.Duration) {
	for range d / media.FrameTime {
		p.packet(p.pt, false, p.ts, p.frame(hz))
		p.ts += p.tick()
		time.Sleep(media.FrameTime)
	}
}

// presses sends a telephone event as phones do; lost says which packets (by number) do not arrive.
func (p *party) presses(key byte, pt uint8, lost func(i int) bool) {
	code, ok := rtp.Code(key)
	if !ok {
		p.t.Fatalf("no key %q", key)
	}
	ts := p.ts
	for i := 1; i <= 8; i++ {
		e := rtp.Event{Code: code, Volume: 10, Duration: uint16(min(i, 6) * int(p.tick())), End: i >= 6}
		b := make([]byte, rtp.EventSize)
		e.Put(b)
		if lost != nil && lost(i) {
			p.seq++
		} else {
			p.packet(pt, i == 1, ts, b)
		}
		p.ts += p.tick()
		time.Sleep(media.FrameTime)
	}
}

// packets is what the party heard so far.
func (p *party) packets() []heard {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]heard(nil), p.got...)
}

// forget drops what the party heard so far.
func (p *party) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = nil
}

// sound puts what the party heard on a time line by timestamps, as a telephone would.
func (p *party) sound() []int16 {
	var first *heard
	var out []int16
	var decoder codec.Decoder
	if p.encoder != nil {
		var err error
		if decoder, err = codec.NewDecoderAt(p.codec.Name, tone.Rate); err != nil {
			p.t.Fatal(err)
		}
	}
	var pcm [codec.MaxSamples]int16
	for _, h := range p.packets() {
		if h.PayloadType != p.pt && h.PayloadType != 0 && h.PayloadType != 8 {
			continue
		}
		if first == nil {
			first = &h
		}
		at := int(int32(h.Timestamp-first.Timestamp)) * 160 / int(p.tick())
		if at < 0 || at > 1<<24 {
			p.t.Errorf("timestamp %d, first %d: out of range", h.Timestamp, first.Timestamp)
			continue
		}
		if decoder != nil {
			n, err := decoder.Decode(h.payload, pcm[:])
			if err != nil {
				p.t.Errorf("party decodes %x: %v", h.payload, err)
			}
			out = append(out, make([]int16, max(0, at+n-len(out)))...)
			copy(out[at:], pcm[:n])
			continue
		}
		for len(out) < at+len(h.payload) {
			out = append(out, 0)
		}
		for i, b := range h.payload {
			if h.PayloadType == 8 {
				out[at+i] = g711.DecodeAlaw(b)
			} else {
				out[at+i] = g711.DecodeMulaw(b)
			}
		}
	}
	return out
}

// hears asserts that most of what the party heard is that tone.
func (p *party) hears(hz float64, atLeast time.Duration) {
	p.t.Helper()
	s := p.sound()
	if got := tone.Share(s, hz); got < 0.9 {
		p.t.Errorf("share of %v Hz in what was heard: got %.2f of %d samples, want nearly 1", hz, got, len(s))
	}
	if got := time.Duration(len(s)) * time.Second / tone.Rate; got < atLeast {
		p.t.Errorf("heard %v, want at least %v", got, atLeast)
	}
}

// leg makes a leg to a party at the SDP address.
func leg(t testing.TB, n network.Network, p *party, c media.LegConfig) *media.Leg {
	t.Helper()
	at := ourIP
	if p.addr().Addr().IsLoopback() {
		at = p.addr().Addr() // a network of the machine
	}
	conn, err := n.ListenUDP(netip.AddrPortFrom(at, 0))
	if err != nil {
		t.Fatal(err)
	}
	tr := media.NewUDP(conn, media.UDPConfig{Remote: p.addr()})
	p.to = tr.LocalAddr()
	c.Transport = tr
	if c.Codec.Name == "" {
		c.Codec = media.PCMU()
	}
	p.pt, p.codec = c.Codec.PayloadType, c.Codec
	if c.Codec.Name == "G722" || c.Codec.Name == "opus" {
		if p.encoder, err = codec.NewEncoderAt(c.Codec.Name, tone.Rate); err != nil {
			t.Fatal(err)
		}
	}
	return media.NewLeg(c)
}

// checkStream asserts one SSRC, sequence without holes or repeats and rising timestamps.
func checkStream(t testing.TB, got []heard) {
	t.Helper()
	for i := 1; i < len(got); i++ {
		a, b := got[i-1], got[i]
		if b.SSRC != a.SSRC {
			t.Errorf("packet %d: SSRC changed from %d to %d", i, a.SSRC, b.SSRC)
		}
		if b.Sequence != a.Sequence+1 {
			t.Errorf("packet %d: sequence %d after %d", i, b.Sequence, a.Sequence)
		}
		if b.PayloadType < 96 && a.PayloadType < 96 {
			if d := int32(b.Timestamp - a.Timestamp); d < 160 {
				t.Errorf("packet %d: timestamp advanced by %d", i, d)
			}
		}
	}
}

// wavBytes makes a WAV file of linear samples.
func wavBytes(samples []int16) []byte {
	b := make([]byte, 44+2*len(samples))
	le := binary.LittleEndian
	copy(b, "RIFF")
	le.PutUint32(b[4:], uint32(36+2*len(samples)))
	copy(b[8:], "WAVEfmt ")
	le.PutUint32(b[16:], 16)
	le.PutUint16(b[20:], 1)
	le.PutUint16(b[22:], 1)
	le.PutUint32(b[24:], 8000)
	le.PutUint32(b[28:], 16000)
	le.PutUint16(b[32:], 2)
	le.PutUint16(b[34:], 16)
	copy(b[36:], "data")
	le.PutUint32(b[40:], uint32(2*len(samples)))
	for i, v := range samples {
		le.PutUint16(b[44+2*i:], uint16(v))
	}
	return b
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
