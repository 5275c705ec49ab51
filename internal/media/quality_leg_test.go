package media_test

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/rtcp"
	"linekeeper/internal/media/rtp"
	"linekeeper/internal/media/tone"
)

// weather is a socket on a bad network: what is written through it is late or lost.
type weather struct {
	network.UDPConn
	delay time.Duration
	loss  atomic.Int64 // percent of RTP packets

	mu sync.Mutex
	r  *rand.Rand
}

func (w *weather) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	w.mu.Lock()
	lost := rtp.Classify(b) == rtp.RTP && w.r.Int64N(100) < w.loss.Load()
	w.mu.Unlock()
	if !lost {
		b = append([]byte(nil), b...)
		time.AfterFunc(w.delay, func() { _, _ = w.UDPConn.WriteToUDPAddrPort(b, to) })
	}
	return len(b), nil
}

// twoEnds are two of our legs that talk to each other over a network of 30 ms each way.
type twoEnds struct {
	legs    [2]*media.Leg
	out     [2]*weather
	trs     [2]*media.UDPTransport
	spells  [2]chan media.Spell
	network *network.Memory
}

func newTwoEnds(t *testing.T, mux bool, codec media.Codec) *twoEnds {
	e := &twoEnds{network: network.NewMemory()}
	var conns [2]network.UDPConn
	for i := range 2 {
		e.spells[i] = make(chan media.Spell, 100)
		ports := must(media.NewPorts(e.network, netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), 20000, 20010))
		conns[i] = must(ports.Listen())
		e.out[i] = &weather{UDPConn: conns[i], delay: 30 * time.Millisecond, r: rand.New(rand.NewPCG(1, uint64(i)))}
		e.trs[i] = media.NewUDP(e.out[i], media.UDPConfig{})
		e.legs[i] = media.NewLeg(media.LegConfig{Transport: e.trs[i], Codec: codec, OnSpell: func(s media.Spell) { e.spells[i] <- s }})
		if !mux {
			reports := must(ports.ListenReports(conns[i]))
			e.trs[i].ListenReports(&weather{UDPConn: reports, delay: 30 * time.Millisecond, r: rand.New(rand.NewPCG(1, 9))})
		}
	}
	for i, tr := range e.trs {
		tr.Renegotiate(media.UDPConfig{Remote: network.AddrPort(conns[1-i].LocalAddr()), Mux: mux})
		e.legs[i].Play(media.NewClipPCM(tone.Sine(400, 0.5, time.Second)).Loop(), nil)
	}
	return e
}

func (e *twoEnds) close() {
	for _, l := range e.legs {
		l.Close()
	}
	time.Sleep(100 * time.Millisecond) // what is on the way arrives nowhere
}

func about(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// What one end loses, both know: it by counting, the other by reports. The way there and back is
// measured, and the scores follow.
func TestBothEndsKnowTheQuality(t *testing.T) {
	t.Parallel()
	for name, mux := range map[string]bool{"on one port": true, "on two ports": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := newTwoEnds(t, mux, media.PCMU())
				e.out[0].loss.Store(10)
				time.Sleep(60 * time.Second)
				a, b := e.legs[0].Quality(), e.legs[1].Quality()
				about(t, "heard: loss of the call", b.Call.Loss, 0.10, 0.02)
				about(t, "heard: loss now", b.Now.Loss, 0.10, 0.06)
				about(t, "reported: loss of the call", a.FarCall.Loss, 0.10, 0.02)
				about(t, "reported: loss now", a.FarNow.Loss, 0.10, 0.06)
				about(t, "heard: score of the call", b.Call.MOS, 3.3, 0.2)
				about(t, "reported: score of the call", a.FarCall.MOS, 3.3, 0.2)
				about(t, "the other way: loss", a.Call.Loss+b.FarCall.Loss+a.Now.Loss+b.FarNow.Loss, 0, 0)
				about(t, "the other way: score", a.Call.MOS, 4.37, 0.03)
				about(t, "the other way: reported score", b.FarNow.MOS, 4.37, 0.03)
				for _, q := range []media.Quality{a, b} {
					about(t, "round trip in ms", q.RoundTrip.Seconds()*1000, 60, 1)
					about(t, "jitter in ms", q.Call.Jitter.Seconds()*1000+q.FarCall.Jitter.Seconds()*1000, 0, 1)
				}
				if b.Now.Packets < 245 || b.Now.Packets > 255 || b.Call.Packets < 2990 {
					t.Errorf("packets: %d in 5 s, %d in a minute", b.Now.Packets, b.Call.Packets)
				}
				if s := e.legs[0].Stats().Strays.Total() + e.legs[1].Stats().Strays.Total(); s != 0 {
					t.Errorf("%d strays", s)
				}
				e.close()
				if e.network.Open() != 0 {
					t.Errorf("%d sockets still open", e.network.Open())
				}
			})
		})
	}
}

// A bad spell is told within 5 s of its beginning, and within 6 that it is over, once each; of what the
// party hears with its reports.
func TestBadSpells(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newTwoEnds(t, true, media.PCMU())
		time.Sleep(20*time.Second + 300*time.Millisecond)
		e.out[0].loss.Store(30)
		begin := time.Now()
		time.Sleep(20 * time.Second)
		e.out[0].loss.Store(0)
		end := time.Now()
		time.Sleep(25 * time.Second)
		for i, far := range []bool{true, false} {
			var got []media.Spell
			for len(e.spells[i]) > 0 {
				got = append(got, <-e.spells[i])
			}
			if len(got) != 2 || !got[0].Bad || got[1].Bad || got[0].Far != far || got[1].Far != far {
				t.Fatalf("end %d was told %+v, want one bad spell and its end", i, got)
			}
			limit := 5 * time.Second
			if far {
				// Reports are up to 7.5 s apart and sent at a whole second, and the first may have seen
				// only a part of the spell: two of them, and the look that reads the second.
				limit = (8 + 8 + 1) * time.Second
			}
			if x, y := got[0].At.Sub(begin), got[1].At.Sub(end); x > limit || y > limit+time.Second || x < 0 || y < 0 {
				t.Errorf("end %d was told after %v, and of the end after %v", i, x, y)
			}
			if q := got[0].Quality; !far && (q.Now.MOS >= 3.5 || q.Now.Loss < 0.05) {
				t.Errorf("the quality then: %+v", q)
			}
		}
		e.close()
	})
}

// Who is not heard has no quality, and no bad spell.
func TestSilenceIsNotJudged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, far := media.Pipe()
		l := media.NewLeg(media.LegConfig{Transport: near, Codec: media.PCMU(), OnSpell: func(s media.Spell) { t.Errorf("told %+v", s) }})
		time.Sleep(10 * time.Second)
		if got := l.Quality(); got != (media.Quality{}) {
			t.Errorf("got %+v", got)
		}
		far.Close()
		l.Close()
	})
}

// Reports of strangers, reports where none were agreed and other rubbish are strays without effect.
func TestReportsOfStrangers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		phone, stranger := newParty(t, n, "10.0.0.2:4000"), newParty(t, n, "10.0.0.9:4000")
		ports := must(media.NewPorts(n, ourIP, 20000, 20010))
		conn := must(ports.Listen())
		tr := media.NewUDP(conn, media.UDPConfig{Remote: phone.addr()})
		l := media.NewLeg(media.LegConfig{Transport: tr, Codec: media.PCMU()})
		l.Play(media.Silence(), nil)
		time.Sleep(time.Second)
		r := rtcp.Report{SSRC: l.Numbers().SSRC, NBlocks: 1}
		r.Blocks[0] = rtcp.Block{SSRC: l.Numbers().SSRC, Fraction: 255, Lost: 40}
		bad := r.Append(nil, "x")
		check := func(what string, strays uint64, believed bool) {
			t.Helper()
			synctest.Wait()
			if got := l.Stats().Strays.RTCP; got != strays {
				t.Errorf("%s: %d strays, want %d", what, got, strays)
			}
			if got := l.Quality().FarNow.Loss > 0; got != believed {
				t.Errorf("%s: believed %v", what, got)
			}
		}
		phone.to, stranger.to = tr.LocalAddr(), tr.LocalAddr()
		phone.raw(bad)
		stranger.raw(bad)
		check("not agreed", 2, false)
		tr.Renegotiate(media.UDPConfig{Remote: phone.addr(), Mux: true})
		stranger.raw(bad)
		check("a stranger", 3, false)
		phone.raw([]byte{0x80, 201, 0, 9})
		phone.raw([]byte{0x81, 203, 0, 1, 0, 0, 0, 7})
		check("broken, and a BYE", 3, false)
		tr.Renegotiate(media.UDPConfig{Remote: phone.addr()})
		tr.ListenReports(must(ports.ListenReports(conn)))
		if err := tr.WriteReport(bad); err != nil {
			t.Error(err)
		}
		stranger.to = netip.AddrPortFrom(ourIP, tr.LocalAddr().Port()+1)
		stranger.raw(bad)
		stranger.raw([]byte("hello"))
		check("a stranger at the port of reports", 5, false)
		phone.to = stranger.to
		phone.raw(bad)
		check("the party", 5, true)
		l.Close()
		phone.close()
		stranger.close()
		if n.Open() != 0 {
			t.Errorf("%d sockets still open", n.Open())
		}
	})
}
