package media_test

import (
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/plane"
	"linekeeper/internal/media/tone"
)

// onMachine runs a test with real sockets in both ways: a goroutine for each leg, and the workers of the
// plane where the system has epoll.
func onMachine(t *testing.T, f func(t *testing.T, n network.Network)) {
	t.Parallel()
	t.Run("goroutines", func(t *testing.T) {
		t.Parallel()
		f(t, network.Machine{})
	})
	p, err := plane.New(plane.Config{Workers: 2, Log: discard()})
	if err != nil {
		t.Logf("goroutines only: %v", err)
		return
	}
	t.Cleanup(func() {
		if s := p.Stats(); s.Sockets != 0 || s.Rescued != 0 || s.Datagrams == 0 {
			t.Errorf("at the end the workers say %+v, want no sockets and no panics", s)
		}
		p.Close()
	})
	t.Run("workers", func(t *testing.T) {
		t.Parallel()
		f(t, p.Network(network.Machine{}))
	})
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not happen within 30 s", what)
		}
	}
}

func machineParty(t *testing.T) *party {
	p := newParty(t, network.Machine{}, "127.0.0.1:0")
	t.Cleanup(p.close)
	return p
}

// bridged makes two parties that are joined.
func bridged(t *testing.T, n network.Network, c media.LegConfig) (parties [2]*party, legs [2]*media.Leg) {
	for i := range parties {
		parties[i] = machineParty(t)
		legs[i] = leg(t, n, parties[i], c)
		t.Cleanup(legs[i].Close)
	}
	if err := media.Bridge(legs[0], legs[1]); err != nil {
		t.Fatal(err)
	}
	return parties, legs
}

// Sound both ways, strangers and rubbish in between, a key, music, and a tap with a mistake.
func TestACallOnTheMachine(t *testing.T) {
	onMachine(t, func(t *testing.T, n network.Network) {
		digits := make(chan media.Digit, 10)
		parties, legs := bridged(t, n, media.LegConfig{Events: 101, Log: discard(), OnDigit: func(d media.Digit) { digits <- d }})
		caller, agent := parties[0], parties[1]
		stranger := machineParty(t)
		stranger.to, stranger.ssrc, stranger.seq = caller.to, caller.ssrc, caller.seq
		var both sync.WaitGroup
		both.Go(func() { caller.says(440, 500*time.Millisecond) })
		both.Go(func() { agent.says(700, 500*time.Millisecond) })
		for i := range uint64(50) {
			speak(stranger, 1)
			for _, raw := range [][]byte{{0}, {0x80, 0, 1}, {0x81, 203, 0, 1, 0, 0, 0x1b, 0x58}, make([]byte, 1500), make([]byte, 4000)} {
				stranger.raw(raw)
				caller.raw(raw)
			}
			until(t, "counting strays", func() bool { return legs[0].Stats().Strays.Total() == 11*(i+1) })
		}
		both.Wait()
		until(t, "hearing all", func() bool { return len(caller.packets()) == 25 && len(agent.packets()) == 25 })
		caller.hears(700, 500*time.Millisecond)
		agent.hears(440, 500*time.Millisecond)
		checkStream(t, caller.packets())
		checkStream(t, agent.packets())
		if got, want := legs[0].Stats().Strays, (media.Strays{Stranger: 50, RTCP: 100, Malformed: 200, STUN: 200}); got != want {
			t.Errorf("strays: got %+v, want %+v", got, want)
		}
		caller.presses('7', 101, nil)
		if d := <-digits; d.Key != '7' {
			t.Errorf("key %q, want 7", d.Key)
		}
		remove := legs[0].AddTap(&panicking{})
		speak(caller, 20)
		until(t, "rescuing one packet", func() bool { return legs[0].Stats().Rescued == 1 })
		until(t, "hearing the other 19", func() bool { return legs[1].Stats().Sent.Packets == 25+8+19 })
		remove()
		caller.forget()
		legs[0].Play(media.NewClipPCM(tone.Sine(300, 0.5, 300*time.Millisecond)).Loop(), nil)
		until(t, "music", func() bool { return len(caller.packets()) >= 10 })
		caller.hears(300, 180*time.Millisecond)
		legs[0].StopPlaying()
		if got := len(stranger.packets()); got != 0 {
			t.Errorf("the stranger heard %d packets", got)
		}
	})
}

// The party behind NAT is found where it speaks from.
func TestAPartyBehindNATOnTheMachine(t *testing.T) {
	onMachine(t, func(t *testing.T, n network.Network) {
		party, other := machineParty(t), machineParty(t)
		conn, err := n.ListenUDP(netip.MustParseAddrPort("127.0.0.1:0"))
		if err != nil {
			t.Fatal(err)
		}
		tr := media.NewUDP(conn, media.UDPConfig{NAT: true, Remote: netip.MustParseAddrPort("192.0.2.5:4000"), Signal: party.addr().Addr()})
		l := media.NewLeg(media.LegConfig{Transport: tr, Codec: media.PCMU()})
		defer l.Close()
		party.to, other.to = tr.LocalAddr(), tr.LocalAddr()
		speak(party, 3)
		until(t, "hearing the party", func() bool { return l.Stats().Heard.Packets == 3 })
		speak(other, 3)
		until(t, "refusing another", func() bool { return l.Stats().Strays.Stranger == 3 })
		if tr.Remote() != party.addr() {
			t.Errorf("sending to %v, want %v", tr.Remote(), party.addr())
		}
	})
}

// Legs come, are joined, parted and closed in any order while everybody speaks. In the end nothing is
// left; after Close no callback runs.
func TestLegsComeAndGoUnderTraffic(t *testing.T) {
	onMachine(t, func(t *testing.T, n network.Network) {
		ports, err := media.NewPorts(n, netip.MustParseAddr("127.0.0.1"), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		caller := machineParty(t)
		before := runtime.NumGoroutine()
		for range 60 {
			var legs [4]*media.Leg
			var closed [4]atomic.Bool
			var to [4]netip.AddrPort
			for i := range legs {
				conn, err := ports.Listen()
				if err != nil {
					t.Fatal(err)
				}
				tr := media.NewUDP(conn, media.UDPConfig{Remote: caller.addr()})
				to[i] = tr.LocalAddr()
				legs[i] = media.NewLeg(media.LegConfig{Transport: tr, Codec: media.PCMU()})
				legs[i].AddTap(tapFunc(func(d media.Direction, _ *media.Packet) {
					if d == media.Heard && closed[i].Load() {
						t.Error("a packet came after Close")
					}
				}))
			}
			var all sync.WaitGroup
			all.Go(func() {
				for i := range 40 {
					caller.to = to[i%4]
					speak(caller, 1)
				}
			})
			all.Go(func() {
				for i := range 12 {
					_ = media.Bridge(legs[i%4], legs[(i+1+i%3)%4]) // of closed ones it fails
				}
			})
			for i, l := range legs {
				all.Go(func() {
					for l.Stats().Heard.Packets+l.Stats().Sent.Packets < 3 && i%2 == 0 {
						runtime.Gosched()
					}
					l.Close()
					closed[i].Store(true)
				})
			}
			all.Wait()
		}
		if ports.Open() != 0 {
			t.Errorf("%d ports are still open", ports.Open())
		}
		until(t, "the end of all goroutines", func() bool { return runtime.NumGoroutine() <= before+20 })
	})
}
