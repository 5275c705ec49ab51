package media_test

import (
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/tone"
)

func TestTwoPartiesHearEachOther(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		a, b media.Codec
	}{
		{"mu-law", media.PCMU(), media.PCMU()},
		{"A-law", media.PCMA(), media.PCMA()},
		{"one of each", media.PCMU(), media.PCMA()},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := network.NewMemory()
				caller, agent := newParty(t, n, "10.0.0.2:4000"), newParty(t, n, "10.0.0.3:4000")
				a, b := leg(t, n, caller, media.LegConfig{Codec: c.a}), leg(t, n, agent, media.LegConfig{Codec: c.b})
				if err := media.Bridge(a, b); err != nil {
					t.Fatal(err)
				}
				go caller.says(440, time.Second)
				agent.says(700, time.Second)
				synctest.Wait()
				caller.hears(700, time.Second)
				agent.hears(440, time.Second)
				checkStream(t, caller.packets())
				checkStream(t, agent.packets())
				s := a.Stats()
				if s.Heard.Packets != 50 || s.Sent.Packets != 50 || s.Heard.Lost != 0 || s.Strays.Total() != 0 {
					t.Errorf("stats: got %+v, want 50 packets each way and nothing else", s)
				}
				a.Close()
				b.Close()
				caller.close()
				agent.close()
				if n.Open() != 0 {
					t.Errorf("%d sockets still open", n.Open())
				}
			})
		})
	}
}

// The customer's whole call: music, agent, music, another agent. One stream for the customer.
func TestMusicAndAgentsAreOneStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		caller := newParty(t, n, "10.0.0.2:4000")
		ann, bob := newParty(t, n, "10.0.0.3:4000"), newParty(t, n, "10.0.0.4:4000")
		c, x, y := leg(t, n, caller, media.LegConfig{}), leg(t, n, ann, media.LegConfig{}), leg(t, n, bob, media.LegConfig{})
		bob.ssrc, bob.seq, bob.ts = 99, 3, 1
		music, err := media.NewClip(wavBytes(tone.Sine(300, 0.5, 330*time.Millisecond)))
		if err != nil {
			t.Fatal(err)
		}
		talking := make(chan struct{})
		for _, p := range []*party{caller, ann, bob} {
			go func() {
				p.says(map[*party]float64{caller: 440, ann: 700, bob: 900}[p], 9*time.Second)
				talking <- struct{}{}
			}()
		}
		var ends []media.End
		stretch := func(name string, hz float64) {
			t.Helper()
			time.Sleep(100 * time.Millisecond)
			from := len(caller.sound())
			time.Sleep(1500 * time.Millisecond)
			s := caller.sound()[from:]
			if got := tone.Share(s, hz); got < 0.9 {
				t.Errorf("%s: share of %v Hz is %.2f, want nearly 1", name, hz, got)
			}
			if len(s) < 11800 || len(s) > 12200 {
				t.Errorf("%s: heard %d samples in 1.5 s, want 12000", name, len(s))
			}
		}
		c.Play(music.Loop(), func(e media.End) { ends = append(ends, e) })
		stretch("music", 300)
		if err := media.Bridge(c, x); err != nil {
			t.Fatal(err)
		}
		stretch("ann", 700)
		c.Unbridge()
		hold := c.Play(music.Loop(), nil)
		stretch("on hold", 300)
		if err := media.Bridge(c, y); err != nil {
			t.Fatal(err)
		}
		<-hold.Done()
		stretch("bob", 900)
		if x.Bridged() != nil || c.Bridged() != y || y.Bridged() != c {
			t.Error("the bridges are not as they were made")
		}
		for range 3 {
			<-talking
		}
		synctest.Wait()
		checkStream(t, caller.packets())
		if len(ends) != 1 || ends[0] != media.Stopped {
			t.Errorf("music ended %v, want once, stopped", ends)
		}
		got := caller.packets()
		markers := 0
		for i, h := range got {
			if h.Marker {
				markers++
			}
			if i > 0 {
				d := time.Duration(int32(h.Timestamp-got[0].Timestamp)) * time.Second / tone.Rate
				if off := d - h.at.Sub(got[0].at); off > 60*time.Millisecond || off < -60*time.Millisecond {
					t.Fatalf("packet %d: timestamp is %v away from the clock", i, off)
				}
			}
		}
		if markers != 4 {
			t.Errorf("markers: got %d, want one for each of 4 sources", markers)
		}
		for _, l := range []*media.Leg{c, x, y} {
			l.Close()
		}
		for _, p := range []*party{caller, ann, bob} {
			p.close()
		}
	})
}
