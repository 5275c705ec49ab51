package media_test

import (
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/rtp"
)

// ear reads a transport and notes whose packets came through, by SSRC.
func ear(tr media.Transport) (heard func() map[uint32]int, stop func()) {
	got := make(chan uint32, 10000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, media.MaxPacket)
		for {
			n, err := tr.Read(b)
			if err != nil {
				return
			}
			var h rtp.Header
			if _, _, err := rtp.Parse(b[:n], &h); err == nil {
				got <- h.SSRC
			}
		}
	}()
	return func() map[uint32]int {
			synctest.Wait()
			m := map[uint32]int{}
			for {
				select {
				case s := <-got:
					m[s]++
				default:
					return m
				}
			}
		}, func() {
			tr.Close()
			<-done
		}
}

func speak(p *party, n int) {
	for range n {
		p.packet(0, false, p.ts, make([]byte, 160))
		p.ts += 160
	}
}

// The rule of DESIGN.md, case by case. SSRC 1 is the party at its described address, 2 the same
// machine at another port (a NAT), 3 a stranger.
func TestWhosePacketsAreBelieved(t *testing.T) {
	t.Parallel()
	const described, behindNAT, stranger = 1, 2, 3
	type step struct {
		who  uint32
		want bool
		wait time.Duration // before speaking
		do   string        // before speaking: "again", "moved"
	}
	for _, c := range []struct {
		name   string
		nat    bool
		remote string
		steps  []step
	}{
		{"without NAT only the described address", false, "10.0.0.2:4000", []step{
			{who: stranger}, {who: behindNAT}, {who: described, want: true}, {who: behindNAT}, {who: stranger}}},
		{"without NAT nobody before the description", false, "", []step{{who: described}, {who: stranger}}},
		{"with NAT the first from the signalling address", true, "192.168.1.5:4000", []step{
			{who: stranger}, {who: behindNAT, want: true}, {who: described}, {who: behindNAT, want: true}, {who: stranger}}},
		{"with NAT the described address counts too", true, "10.0.0.2:4000", []step{
			{who: described, want: true}, {who: behindNAT}}},
		{"with NAT the window ends", true, "10.0.0.2:4000", []step{
			{who: behindNAT, wait: 11 * time.Second}, {who: described, want: true}, {who: behindNAT}}},
		{"a repeated description does not open the window while the party is heard", true, "192.168.1.5:4000", []step{
			{who: behindNAT, want: true}, {who: described, do: "again"}, {who: behindNAT, want: true}}},
		{"a repeated description opens it for a silent party", true, "192.168.1.5:4000", []step{
			{who: behindNAT, want: true}, {who: described, do: "again", wait: 3 * time.Second, want: true}, {who: behindNAT}}},
		{"a new description opens it, the old source stays until the new one speaks", true, "192.168.1.5:4000", []step{
			{who: behindNAT, want: true}, {who: behindNAT, do: "moved", want: true}}},
		{"a party that moved is found", true, "192.168.1.5:4000", []step{
			{who: behindNAT, want: true}, {who: described, do: "moved", want: true}, {who: behindNAT}, {who: stranger}}},
		{"silence alone opens nothing", true, "192.168.1.5:4000", []step{
			{who: behindNAT, want: true}, {who: described, wait: 60 * time.Second}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := network.NewMemory()
				conn, err := n.ListenUDP(netip.AddrPortFrom(ourIP, 5000))
				if err != nil {
					t.Fatal(err)
				}
				config := media.UDPConfig{NAT: c.nat, Signal: netip.MustParseAddr("10.0.0.2")}
				if c.remote != "" {
					config.Remote = netip.MustParseAddrPort(c.remote)
				}
				tr := media.NewUDP(conn, config)
				tr.Accept(0)
				heard, stop := ear(tr)
				parties := map[uint32]*party{}
				for ssrc, at := range map[uint32]string{described: "10.0.0.2:4000", behindNAT: "10.0.0.2:4444", stranger: "10.6.6.6:4000"} {
					p := newParty(t, n, at)
					p.ssrc, p.to = ssrc, tr.LocalAddr()
					parties[ssrc] = p
				}
				for i, s := range c.steps {
					switch s.do {
					case "again":
						tr.Renegotiate(config)
						// A party in mid-speech is not silent for 2 s.
					case "moved":
						config.Remote = netip.MustParseAddrPort("10.0.0.2:4000")
						tr.Renegotiate(config)
					}
					time.Sleep(s.wait)
					speak(parties[s.who], 3)
					got, want := heard(), 0
					if s.want {
						want = 3
					}
					if got[s.who] != want || len(got) > 1 {
						t.Errorf("step %d: heard %v, want %d packets of %d", i, got, want, s.who)
					}
					if s.want {
						if got := tr.Remote(); got != parties[s.who].addr() {
							t.Errorf("step %d: sending to %v, want where the party is heard from, %v", i, got, parties[s.who].addr())
						}
					}
				}
				stop()
				for _, p := range parties {
					p.close()
				}
			})
		})
	}
}

// Until a party behind NAT was heard, a description must not aim us at somebody else.
func TestADescriptionCannotAimUsAtAVictim(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		victim := newParty(t, n, "10.9.9.9:4000")
		conn, err := n.ListenUDP(netip.AddrPortFrom(ourIP, 5000))
		if err != nil {
			t.Fatal(err)
		}
		tr := media.NewUDP(conn, media.UDPConfig{Remote: victim.addr(), NAT: true, Signal: netip.MustParseAddr("10.0.0.2")})
		l := media.NewLeg(media.LegConfig{Transport: tr, Codec: media.PCMU()})
		l.Play(media.Silence(), nil)
		time.Sleep(time.Second)
		synctest.Wait()
		if got := len(victim.packets()); got != 0 {
			t.Errorf("the victim got %d packets, want none", got)
		}
		l.Close()
		victim.close()
	})
}

// M1, M2, M4: whatever strangers send, with whatever numbers, nothing changes for the two parties.
func TestStrangersHaveNoEffect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		caller, agent, stranger := newParty(t, n, "10.0.0.2:4000"), newParty(t, n, "10.0.0.3:4000"), newParty(t, n, "10.6.6.6:1")
		a, b := leg(t, n, caller, media.LegConfig{Events: 101}), leg(t, n, agent, media.LegConfig{Events: 101})
		if err := media.Bridge(a, b); err != nil {
			t.Fatal(err)
		}
		seq, ts := caller.seq+26, caller.ts+26*160 // the caller's next in half a second
		go agent.says(700, 2*time.Second)
		go caller.says(440, 2*time.Second)
		time.Sleep(500*time.Millisecond + time.Millisecond)
		stranger.ssrc, stranger.to = caller.ssrc, caller.to
		for i := range 200 {
			stranger.seq, stranger.ts = seq+uint16(i), ts
			speak(stranger, 1)
			stranger.packet(101, true, ts, []byte{5, 0x80, 3, 0x20})
			for _, raw := range [][]byte{
				{}, {0}, {0x80}, {0x80, 0, 1},
				append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 12)...), // STUN
				append([]byte{22, 0xfe, 0xfd}, make([]byte, 50)...),                     // DTLS
				{0x81, 203, 0, 1, 0, 0, 0x1b, 0x58},                                     // RTCP BYE
				make([]byte, 1500),
				append([]byte{0x9f}, make([]byte, 20)...), // extension beyond the end
			} {
				if len(raw) > 0 {
					stranger.raw(raw)
					caller.raw(raw) // from the party itself they are just as harmless
				}
			}
			synctest.Wait()
		}
		caller.raw(append([]byte{0x80, 77, 0, 1}, make([]byte, 20)...)) // unknown payload type
		time.Sleep(2 * time.Second)
		synctest.Wait()
		caller.hears(700, 2*time.Second)
		agent.hears(440, 2*time.Second)
		checkStream(t, agent.packets())
		if got := len(stranger.packets()); got != 0 {
			t.Errorf("the stranger heard %d packets, want none", got)
		}
		s := a.Stats()
		if s.Digits != 0 {
			t.Errorf("%d keys came from a stranger", s.Digits)
		}
		if got, want := s.Strays, (media.Strays{Stranger: 400, Malformed: 1600, RTCP: 400, STUN: 800, DTLS: 400, UnknownType: 1}); got != want {
			t.Errorf("strays: got %+v, want %+v", got, want)
		}
		if s.Heard.Packets != 100 || s.Heard.Lost != 0 {
			t.Errorf("heard: got %+v, want the caller's 100 packets", s.Heard)
		}
		a.Close()
		b.Close()
		for _, p := range []*party{caller, agent, stranger} {
			p.close()
		}
	})
}

func TestPortsAreHandedOutAndComeBack(t *testing.T) {
	t.Parallel()
	n := network.NewMemory()
	if _, err := media.NewPorts(n, ourIP, 10001, 10001); err == nil {
		t.Error("a range without an even port: want an error")
	}
	p, err := media.NewPorts(n, ourIP, 10001, 10010)
	if err != nil {
		t.Fatal(err)
	}
	// Somebody else on the machine has one.
	other, err := n.ListenUDP(netip.AddrPortFrom(ourIP, 10004))
	if err != nil {
		t.Fatal(err)
	}
	var open []network.UDPConn
	seen := map[uint16]bool{}
	for range 4 {
		c, err := p.Listen()
		if err != nil {
			t.Fatal(err)
		}
		port := network.AddrPort(c.LocalAddr()).Port()
		if port%2 != 0 || port < 10001 || port > 10010 || seen[port] {
			t.Errorf("port %d is odd, outside or taken", port)
		}
		seen[port] = true
		open = append(open, c)
	}
	if _, err := p.Listen(); !errors.Is(err, media.ErrNoPorts) {
		t.Errorf("full range: got %v, want ErrNoPorts", err)
	}
	if p.Open() != 4 || p.Capacity() != 5 {
		t.Errorf("open %d of %d, want 4 of 5", p.Open(), p.Capacity())
	}
	open[2].Close()
	open[2].Close()
	if p.Open() != 3 {
		t.Errorf("open after closing one twice: %d, want 3", p.Open())
	}
	if c, err := p.Listen(); err != nil {
		t.Errorf("a port came back, but: %v", err)
	} else {
		open[2] = c
	}
	at := network.AddrPort(open[0].LocalAddr()).Port()
	if _, err := p.ListenAt(at); err == nil {
		t.Error("ListenAt a port in use: want an error")
	}
	open[0].Close()
	if c, err := p.ListenAt(at); err != nil {
		t.Errorf("taking up a port again: %v", err)
	} else {
		open[0] = c
	}
	for _, c := range open {
		c.Close()
	}
	other.Close()
	if p.Open() != 0 || n.Open() != 0 {
		t.Errorf("%d ports and %d sockets still open", p.Open(), n.Open())
	}
	free, err := media.NewPorts(n, ourIP, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	c, err := free.Listen()
	if err != nil || free.Open() != 1 || free.Capacity() != 0 {
		t.Errorf("any port: error %v, open %d, capacity %d", err, free.Open(), free.Capacity())
	}
	c.Close()
}
