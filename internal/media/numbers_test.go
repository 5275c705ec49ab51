package media_test

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
)

// A restarted process goes on with the same stream towards the same learned address.
func TestAStreamGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		ports, err := media.NewPorts(n, ourIP, 20000, 20010)
		if err != nil {
			t.Fatal(err)
		}
		phone, stranger := newParty(t, n, "10.0.0.2:4444"), newParty(t, n, "10.0.0.2:5555")
		config := media.UDPConfig{Remote: netip.MustParseAddrPort("192.168.1.5:4000"), NAT: true, Signal: netip.MustParseAddr("10.0.0.2")}
		conn, err := ports.Listen()
		if err != nil {
			t.Fatal(err)
		}
		tr := media.NewUDP(conn, config)
		at := tr.LocalAddr()
		phone.to, stranger.to = at, at
		first := media.NewLeg(media.LegConfig{Transport: tr, Codec: media.PCMU()})
		first.Play(media.Silence(), nil)
		phone.says(440, time.Second)
		numbers := first.Numbers() // written down
		phone.says(440, time.Second)
		config.Learned = tr.Remote()
		first.Close() // the process dies
		time.Sleep(700 * time.Millisecond)

		if conn, err = ports.ListenAt(at.Port()); err != nil {
			t.Fatal(err)
		}
		second := media.NewLeg(media.LegConfig{Transport: media.NewUDP(conn, config), Codec: media.PCMU(), Numbers: &numbers})
		speak(stranger, 1)
		second.Play(media.Silence(), nil)
		time.Sleep(time.Second)
		phone.says(440, time.Second)
		synctest.Wait()
		if got := second.Stats(); got.Heard.Packets != 50 || got.Strays.Stranger != 1 {
			t.Errorf("heard %d packets and %d strangers, want the phone's 50 and 1", got.Heard.Packets, got.Strays.Stranger)
		}
		if got := len(stranger.packets()); got != 0 {
			t.Errorf("the stranger heard %d packets", got)
		}
		got := phone.packets()
		hole := 0
		for i := 1; i < len(got); i++ {
			a, b := got[i-1], got[i]
			if b.SSRC != a.SSRC {
				t.Fatalf("packet %d: another SSRC", i)
			}
			ahead := b.Sequence - a.Sequence
			passed := time.Duration(int32(b.Timestamp-a.Timestamp)) * time.Second / 8000
			if ahead == 1 {
				continue
			}
			hole++
			if ahead > 1000 || (passed-b.at.Sub(a.at)).Abs() > 20*time.Millisecond || !b.Marker {
				t.Errorf("packet %d: %d numbers and %v ahead after %v, marker %v", i, ahead, passed, b.at.Sub(a.at), b.Marker)
			}
		}
		if hole != 1 {
			t.Errorf("%d holes, want one", hole)
		}
		second.Close()
		phone.close()
		stranger.close()
	})
}
