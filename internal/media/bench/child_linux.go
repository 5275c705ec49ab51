package bench

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	pionrtp "github.com/pion/rtp"
	pion "github.com/pion/webrtc/v4"
	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"

	"linekeeper/internal/media"
	"linekeeper/internal/media/rtp"
	"linekeeper/internal/wire/srtp"
)

const (
	packetSize = 172
	// slots divides 20 ms: each millisecond a twentieth of the telephones speaks.
	slots = 20
	batch = 64
)

// play is the child process: telephones on one socket, browsers as pion clients.
func play(browsers int, in io.Reader, out io.Writer) error {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		return err
	}
	defer conn.Close()
	_, _ = conn.SetReadBuffer(16<<20), conn.SetWriteBuffer(16<<20) // as much as the system gives
	if err := arrivals(conn); err != nil {
		return err
	}
	g := &generator{pc: ipv4.NewPacketConn(conn)}
	h := hello{Port: conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()}
	for range browsers {
		b, offer, err := newClient(g)
		if err != nil {
			return err
		}
		defer b.pc.Close()
		g.clients = append(g.clients, b)
		h.Offers = append(h.Offers, offer)
	}
	encoder, decoder := json.NewEncoder(out), json.NewDecoder(in)
	if err := encoder.Encode(h); err != nil {
		return err
	}
	var s start
	if err := decoder.Decode(&s); err != nil {
		return err
	}
	for i, b := range g.clients {
		if err := b.pc.SetRemoteDescription(pion.SessionDescription{Type: pion.SDPTypeAnswer, SDP: s.Answers[i]}); err != nil {
			return err
		}
	}
	if s.Key != nil {
		g.opener, g.sealer = srtp.NewOpener(2*len(s.Legs)), &srtp.Sealer{}
		if err := errors.Join(g.opener.Use(*s.Key), g.sealer.Use(*s.Key)); err != nil {
			return err
		}
	}
	go g.listen()
	return encoder.Encode(g.run(s))
}

// generator is all telephones.
type generator struct {
	pc       *ipv4.PacketConn
	clients  []*client
	opener   *srtp.Opener // nil: plain RTP
	sealer   *srtp.Sealer
	counting atomic.Bool
	received atomic.Uint64

	mu     sync.Mutex
	delays []time.Duration
}

// arrivals asks the system to tell of every packet when it came to the socket (SO_TIMESTAMPNS): a delay is what
// the relay adds then, not also what a busy generator takes to read.
func arrivals(conn *net.UDPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1) })
	return errors.Join(err, failed)
}

// arrived reads when a packet came from its control messages; the time of reading if they do not say.
func arrived(oob []byte) time.Duration {
	messages, _ := unix.ParseSocketControlMessage(oob)
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= 16 {
			return time.Duration(binary.NativeEndian.Uint64(m.Data))*time.Second + time.Duration(binary.NativeEndian.Uint64(m.Data[8:]))
		}
	}
	return clock()
}

// clock is the system's time, by which it tells of arrivals too.
func clock() time.Duration { return time.Duration(time.Now().UnixNano()) }

// sampled is which packet of how many gives a delay.
const sampled = 8

// listen counts what comes back; every packet carries when it was sent.
func (g *generator) listen() {
	ms := make([]ipv4.Message, 2*batch)
	for i := range ms {
		ms[i].Buffers, ms[i].OOB = [][]byte{make([]byte, 300)}, make([]byte, 64)
	}
	for round := 0; ; round++ {
		n, err := g.pc.ReadBatch(ms, 0)
		if err != nil {
			return
		}
		for i := range ms[:n] {
			b := ms[i].Buffers[0][:ms[i].N]
			if g.opener != nil {
				n, _ := g.opener.RTP(b, b)
				b = b[:n]
			}
			if len(b) != packetSize {
				continue
			}
			var at time.Duration
			if (round+i)%sampled == 0 {
				at = arrived(ms[i].OOB[:ms[i].NN])
			}
			g.heard(at, b[rtp.HeaderSize:])
		}
	}
}

// heard counts a packet whose payload begins with when it was sent (0: before counting began), and keeps
// its delay if it is told when it came.
func (g *generator) heard(at time.Duration, payload []byte) {
	sent := time.Duration(binary.BigEndian.Uint64(payload))
	if sent == 0 {
		return
	}
	g.received.Add(1)
	if at != 0 {
		g.mu.Lock()
		g.delays = append(g.delays, at-sent)
		g.mu.Unlock()
	}
}

// stamp is what the payload begins with now.
func (g *generator) stamp(b []byte) {
	var at uint64
	if g.counting.Load() {
		at = uint64(clock())
	}
	binary.BigEndian.PutUint64(b, at)
}

// run speaks with all telephones and browsers for the given time.
func (g *generator) run(s start) report {
	to := make([]*net.UDPAddr, len(s.Legs))
	oob := make([][]byte, len(s.Legs))
	for i, leg := range s.Legs {
		to[i] = net.UDPAddrFromAddrPort(netip.AddrPortFrom(leg.Addr().Unmap(), leg.Port()))
		ip := telephoneAddr(i, 0).Addr().As4()
		oob[i] = (&ipv4.ControlMessage{Src: ip[:]}).Marshal()
	}
	ms := make([]ipv4.Message, batch)
	for i := range ms {
		ms[i].Buffers = [][]byte{make([]byte, packetSize, packetSize+srtp.SealRoom)}
	}
	var sent uint64
	end := time.Now().Add(s.Warm + s.Duration)
	count := time.Now().Add(s.Warm)
	next := time.Now()
	for tick := 0; next.Before(end); tick++ {
		g.counting.Store(!next.Before(count))
		n := 0
		flush := func() {
			for o := 0; o < n; {
				k, err := g.pc.WriteBatch(ms[o:n], 0)
				if err != nil {
					return // shows as loss
				}
				o += k
			}
			if g.counting.Load() {
				sent += uint64(n)
			}
			n = 0
		}
		frame := uint32(tick / slots)
		for i := tick % slots; i < len(to); i += slots {
			b := ms[n].Buffers[0][:packetSize]
			h := rtp.Header{Sequence: uint16(frame), Timestamp: frame * 160, SSRC: uint32(i) + 1}
			h.Put(b)
			g.stamp(b[rtp.HeaderSize:])
			if g.sealer != nil {
				b, _ = g.sealer.RTP(b[:cap(b)], packetSize) // with keys it cannot fail
			}
			ms[n].Buffers[0] = b
			ms[n].Addr, ms[n].OOB = to[i], oob[i]
			if n++; n == batch {
				flush()
			}
		}
		flush()
		for i := tick % slots; i < len(g.clients); i += slots {
			if g.clients[i].speak(g, frame) && g.counting.Load() {
				sent++
			}
		}
		next = next.Add(time.Millisecond)
		_ = wait(context.Background(), time.Until(next))
	}
	_ = wait(context.Background(), 500*time.Millisecond)
	g.mu.Lock()
	defer g.mu.Unlock()
	slices.Sort(g.delays)
	r := report{Sent: sent, Received: g.received.Load()}
	if n := len(g.delays); n > 0 {
		r.P50, r.P99 = g.delays[n/2], g.delays[n*99/100]
	}
	return r
}

// client is a browser.
type client struct {
	pc    *pion.PeerConnection
	track *pion.TrackLocalStaticRTP
	buf   [packetSize - rtp.HeaderSize]byte
}

func newClient(g *generator) (*client, string, error) {
	m := &pion.MediaEngine{}
	capability := pion.RTPCodecCapability{MimeType: pion.MimeTypePCMU, ClockRate: 8000}
	if err := m.RegisterCodec(pion.RTPCodecParameters{RTPCodecCapability: capability}, pion.RTPCodecTypeAudio); err != nil {
		return nil, "", err
	}
	var s pion.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	s.SetNetworkTypes([]pion.NetworkType{pion.NetworkTypeUDP4})
	pc, err := pion.NewAPI(pion.WithMediaEngine(m), pion.WithSettingEngine(s)).NewPeerConnection(pion.Configuration{})
	if err != nil {
		return nil, "", err
	}
	c := &client{pc: pc}
	if c.track, err = pion.NewTrackLocalStaticRTP(capability, "mic", "browser"); err != nil {
		return nil, "", err
	}
	if _, err := pc.AddTrack(c.track); err != nil {
		return nil, "", err
	}
	pc.OnTrack(func(t *pion.TrackRemote, _ *pion.RTPReceiver) {
		b := make([]byte, media.MaxPacket)
		for {
			n, _, err := t.Read(b)
			if err != nil {
				return
			}
			if n == packetSize {
				g.heard(0, b[rtp.HeaderSize:])
			}
		}
	})
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		return nil, "", err
	}
	done := pion.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		return nil, "", err
	}
	<-done
	if pc.LocalDescription() == nil {
		return nil, "", fmt.Errorf("no offer")
	}
	return c, pc.LocalDescription().SDP, nil
}

// speak sends the browser's next packet.
func (c *client) speak(g *generator, frame uint32) bool {
	if c.pc.ConnectionState() != pion.PeerConnectionStateConnected {
		return false
	}
	g.stamp(c.buf[:])
	return c.track.WriteRTP(&pionrtp.Packet{
		Header:  pionrtp.Header{Version: 2, SequenceNumber: uint16(frame), Timestamp: frame * 160},
		Payload: c.buf[:],
	}) == nil
}
