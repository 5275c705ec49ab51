package crash

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linekeeper/internal/media/tone"
	"linekeeper/internal/media/wav"
	"linekeeper/test/rig"
)

// The media rules M1, M2 and M4: strangers hear nothing, are not heard even with the right SSRC and
// numbers, and stray RTCP, STUN, DTLS and SRTP have no effect, on either leg, in the recording neither.
func TestStrangersInMidCall(t *testing.T) {
	for name, nat := range map[string]string{"described address": "codecs:", "behind a translator": "nat: true, codecs:"} {
		t.Run(name, func(t *testing.T) {
			c := newCenter(t, "", "codecs:", nat)
			c.onDuty()
			caller := newCaller(t, c.server.Ready.SIP())
			caller.invite(t)
			stop := caller.speaks()
			defer stop()
			eventually(t, 30*time.Second, "they talk", func() error {
				if all := c.records(); len(all) != 1 || all[0].Phase != "connected" {
					return fmt.Errorf("%+v", all)
				}
				return nil
			})
			c.mu.Lock()
			agent := c.rings[len(c.rings)-1]
			c.mu.Unlock()
			<-time.After(time.Second)

			got := strangers(t, caller, agentPorts(t, c, caller))
			heardBefore := caller.heard.Load()
			<-time.After(4 * time.Second) // they go on all the time
			if n := got.Load(); n != 0 {
				t.Errorf("strangers heard %d packets", n)
			}
			if n := caller.heard.Load() - heardBefore; n < 100 || n > 240 { // few where the machine is loaded; never a stranger's beside the agent's
				t.Errorf("in 4 s the caller heard %d packets, want 200", n)
			}
			if n := caller.sources.Load(); n != 1 {
				t.Errorf("the caller heard %d streams, want one", n)
			}
			if n := strays(t, c); n < 500 {
				t.Errorf("%v packets were counted as strays: the test tests nothing", n)
			}
			sound := agent.Heard(3 * time.Second)
			if good, bad := purest(sound, 440), tone.Share(sound, 1000); good < 0.95 || bad > 0.01 {
				t.Errorf("the agent hears the caller with %.3f and a stranger with %.3f", good, bad)
			}
			if all := c.records(); all[0].Phase != "connected" {
				t.Fatalf("the call is %+v, want it to go on", all[0])
			}
			caller.bye(t)
			var id string
			eventually(t, 30*time.Second, "the recording is complete", func() error {
				all := c.records()
				if id = all[0].ID; all[0].Recording != "complete" || all[0].Cause != "customer" {
					return fmt.Errorf("%+v", all[0])
				}
				return nil
			})
			ctx, end := rig.Within(20 * time.Second)
			defer end()
			b, err := c.server.As(rig.AdminToken).Recording(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			r, err := wav.NewReader(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				t.Fatal(err)
			}
			for side, want := range map[int]float64{0: 440, 1: 700} {
				samples := make([]int16, 3*8000)
				if _, err := r.Samples(side, r.Frames-4*8000, samples); err != nil {
					t.Fatal(err)
				}
				if good, bad := purest(samples, want), tone.Share(samples, 1000); good < 0.95 || bad > 0.01 {
					t.Errorf("channel %d of the recording has its own tone with %.3f and a stranger's with %.3f", side, good, bad)
				}
			}
		})
	}
}

// strays is how many packets the server says it refused.
func strays(t *testing.T, c *center) float64 {
	t.Helper()
	ctx, end := rig.Within(20 * time.Second)
	defer end()
	b, _, err := c.server.As(rig.AdminToken).Bytes(ctx, "/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		var n float64
		if name, value, ok := strings.Cut(line, " "); ok && strings.HasSuffix(name, "packets_stray_total") {
			if _, err := fmt.Sscan(value, &n); err == nil {
				return n
			}
		}
	}
	return 0
}

// caller is a telephone made of nothing but datagrams, so that all its numbers are known.
type caller struct {
	server netip.AddrPort
	sip    *net.UDPConn
	rtp    *net.UDPConn
	to     netip.AddrPort // the server's port for our sound
	tags   string         // From, To and Call-ID of the dialog
	next   string         // the request URI within it
	ssrc   uint32

	seq     atomic.Uint32
	heard   atomic.Int64
	sources atomic.Int64
	wg      sync.WaitGroup
}

func newCaller(t *testing.T, server netip.AddrPort) *caller {
	t.Helper()
	c := &caller{server: server, ssrc: 0x12345678}
	c.sip, c.rtp = listen(t, "127.0.0.1"), listen(t, "127.0.0.1")
	c.wg.Go(func() {
		b := make([]byte, 2000)
		known := map[uint32]bool{}
		for {
			n, _, err := c.rtp.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			if n > 12 {
				c.heard.Add(1)
				known[binary.BigEndian.Uint32(b[8:])] = true
				c.sources.Store(int64(len(known)))
			}
		}
	})
	t.Cleanup(func() { c.sip.Close(); c.rtp.Close(); c.wg.Wait() })
	return c
}

func listen(t *testing.T, address string) *net.UDPConn {
	t.Helper()
	u, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(address), 0)))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (c *caller) invite(t *testing.T) {
	t.Helper()
	here := c.sip.LocalAddr().String()
	sdp := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n",
		c.rtp.LocalAddr().(*net.UDPAddr).Port)
	c.next = fmt.Sprintf("sip:%s@%s", rig.Number, c.server)
	c.tags = fmt.Sprintf("From: <sip:+79160000001@%s>;tag=a\r\nTo: <%s>\r\nCall-ID: strangers-%d\r\n", here, c.next, time.Now().UnixNano())
	c.request(t, "INVITE", 1, fmt.Sprintf("Contact: <sip:me@%s>\r\nContent-Type: application/sdp\r\n", here), sdp)
	answer := c.await(t, 200)
	_, tag, _ := strings.Cut(header(answer, "To"), ";tag=")
	c.tags = strings.Replace(c.tags, ">\r\nCall-ID", ">;tag="+tag+"\r\nCall-ID", 1)
	c.next = strings.Trim(header(answer, "Contact"), "<>")
	_, media, _ := strings.Cut(answer, "m=audio ")
	var port uint16
	if _, err := fmt.Sscan(media, &port); err != nil {
		t.Fatalf("no port in %s", answer)
	}
	c.to = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
	c.request(t, "ACK", 1, "", "")
}

func (c *caller) bye(t *testing.T) {
	t.Helper()
	c.request(t, "BYE", 2, "", "")
	c.await(t, 200)
}

func (c *caller) request(t *testing.T, method string, number int, more, body string) {
	t.Helper()
	text := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%d\r\n%sCSeq: %d %s\r\nMax-Forwards: 70\r\n%sContent-Length: %d\r\n\r\n%s",
		method, c.next, c.sip.LocalAddr(), method, time.Now().UnixNano(), c.tags, number, method, more, len(body), body)
	if _, err := c.sip.WriteToUDPAddrPort([]byte(text), c.server); err != nil {
		t.Fatal(err)
	}
}

func (c *caller) await(t *testing.T, code int) string {
	t.Helper()
	b := make([]byte, 8000)
	_ = c.sip.SetReadDeadline(time.Now().Add(30 * time.Second))
	for {
		n, _, err := c.sip.ReadFromUDPAddrPort(b)
		if err != nil {
			t.Fatalf("waiting for %d: %v", code, err)
		}
		if strings.HasPrefix(string(b[:n]), fmt.Sprintf("SIP/2.0 %d", code)) {
			return string(b[:n])
		}
	}
}

func header(message, name string) string {
	for line := range strings.SplitSeq(message, "\r\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// speaks sends 440 Hz until it is stopped.
func (c *caller) speaks() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	c.wg.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_, _ = c.rtp.WriteToUDPAddrPort(packet(c.ssrc, c.seq.Add(1), 440), c.to)
			case <-ctx.Done():
				return
			}
		}
	})
	return cancel
}

// packet is 20 ms of a tone as RTP.
func packet(ssrc, seq uint32, hertz float64) []byte {
	b := []byte{0x80, 0, byte(seq >> 8), byte(seq)}
	b = binary.BigEndian.AppendUint32(b, seq*160)
	b = binary.BigEndian.AppendUint32(b, ssrc)
	for i := range 160 {
		b = append(b, mulaw(12000*math.Sin(2*math.Pi*hertz*float64(int(seq)*160+i)/8000)))
	}
	return b
}

// mulaw encodes a sample (G.711).
func mulaw(f float64) byte {
	v, sign := int(f), byte(0)
	if v < 0 {
		sign, v = 0x80, -v
	}
	v = min(v, 32635) + 132
	segment := 7
	for mask := 0x4000; v&mask == 0 && segment > 0; mask >>= 1 {
		segment--
	}
	return ^(sign | byte(segment)<<4 | byte(v>>(segment+3)&15))
}

// agentPorts are the server's ports for both legs: the caller's, and the one the phone talks to.
func agentPorts(t *testing.T, c *center, caller *caller) []netip.AddrPort {
	t.Helper()
	ports := []netip.AddrPort{caller.to}
	for _, p := range openPorts(t, c.server.PID()) {
		if p != caller.to {
			ports = append(ports, p)
		}
	}
	if len(ports) < 2 {
		t.Fatalf("the server has only %v open", ports)
	}
	return ports
}

// strangers send everything to these ports until the test ends, and count what they get.
func strangers(t *testing.T, c *caller, ports []netip.AddrPort) *atomic.Int64 {
	t.Helper()
	got := &atomic.Int64{}
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var sockets []*net.UDPConn
	for _, from := range []string{"127.0.0.1", "127.0.0.9"} {
		u := listen(t, from)
		sockets = append(sockets, u)
		wg.Go(func() {
			b := make([]byte, 2000)
			for {
				if n, _, err := u.ReadFromUDPAddrPort(b); err != nil {
					return
				} else if n > 12 && b[0] == 0x80 {
					got.Add(1)
				}
			}
		})
		wg.Go(func() {
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			for n := 0; ; n++ {
				select {
				case <-tick.C:
				case <-ctx.Done():
					return
				}
				for _, to := range ports {
					_, _ = u.WriteToUDPAddrPort(stray(n, c), to)
				}
			}
		})
	}
	t.Cleanup(func() {
		stop()
		for _, u := range sockets {
			u.Close()
		}
		wg.Wait()
	})
	return got
}

// stray is a datagram nobody asked for.
func stray(n int, c *caller) []byte {
	noise := make([]byte, 160)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	seq := c.seq.Load()
	switch n % 10 {
	case 0, 1, 2: // the right SSRC, the next number and time
		return packet(c.ssrc, seq+uint32(n%3), 1000)
	case 3: // another stream
		return packet(rand.Uint32(), uint32(n), 1000)
	case 4: // RTCP BYE of the caller
		return binary.BigEndian.AppendUint32([]byte{0x81, 203, 0, 1}, c.ssrc)
	case 5: // RTCP receiver report, then BYE, as compounds come
		return append([]byte{0x80, 201, 0, 1, 0, 0, 0, 1}, binary.BigEndian.AppendUint32([]byte{0x81, 203, 0, 1}, c.ssrc)...)
	case 6: // a STUN binding request
		return append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, noise[:12]...)
	case 7: // a DTLS ClientHello, more or less
		return append([]byte{22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 1, 0, 0, 88}, noise[:96]...)
	case 8: // SRTP: the caller's header, and noise
		return append(packet(c.ssrc, seq+1, 1000)[:12], noise...)
	}
	return noise[:n%40]
}
