package media_test

import (
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/tone"
)

func TestPromptIsPacedAndEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		caller := newParty(t, n, "10.0.0.2:4000")
		l := leg(t, n, caller, media.LegConfig{Codec: media.PCMA()})
		prompt := media.NewClipPCM(tone.Sine(500, 0.5, 1010*time.Millisecond))
		number := media.NewClipPCM(tone.Sine(500, 0.5, 500*time.Millisecond))
		if prompt.Duration() != 1010*time.Millisecond {
			t.Errorf("the clip lasts %v, want 1.01 s", prompt.Duration())
		}
		start := time.Now()
		ends := make(chan media.End, 2)
		p := l.Play(media.Sequence(prompt.Once(), number.Once()), func(e media.End) { ends <- e })
		if e := <-ends; e != media.Finished {
			t.Errorf("end: got %v, want finished", e)
		}
		// 1.01 s is 51 frames, the last one half silent.
		if got, want := time.Since(start), 1520*time.Millisecond; got != want {
			t.Errorf("it took %v, want %v", got, want)
		}
		<-p.Done()
		p.Stop()
		synctest.Wait()
		got := caller.packets()
		checkStream(t, got)
		for i, h := range got {
			if want := time.Duration(i) * media.FrameTime; h.at.Sub(start) != want {
				t.Fatalf("packet %d came after %v, want %v", i, h.at.Sub(start), want)
			}
			if h.Marker != (i == 0) {
				t.Errorf("packet %d: marker %v", i, h.Marker)
			}
		}
		if len(got) != 76 || got[75].Timestamp-got[0].Timestamp != 75*160 {
			t.Errorf("got %d packets, want 76 on one time line", len(got))
		}
		caller.hears(500, 1500*time.Millisecond)
		l.Close()
		caller.close()
	})
}

func TestPlayingIsReplacedStoppedAndClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		caller := newParty(t, n, "10.0.0.2:4000")
		l := leg(t, n, caller, media.LegConfig{})
		music := media.NewClipPCM(tone.Sine(300, 0.5, time.Second))
		ends := map[string][]media.End{}
		play := func(name string) *media.Playing {
			return l.Play(music.Loop(), func(e media.End) { ends[name] = append(ends[name], e) })
		}
		first := play("replaced")
		time.Sleep(time.Second)
		second := play("stopped")
		<-first.Done()
		time.Sleep(time.Second)
		second.Stop()
		<-second.Done()
		synctest.Wait()
		caller.forget()
		time.Sleep(time.Second)
		if got := caller.packets(); len(got) != 0 {
			t.Errorf("%d packets after Stop", len(got))
		}
		third := play("closed")
		time.Sleep(time.Second)
		l.Close()
		<-third.Done()
		fourth := play("after close")
		<-fourth.Done()
		synctest.Wait()
		for name, want := range map[string]media.End{"replaced": media.Stopped, "stopped": media.Stopped, "closed": media.Closed, "after close": media.Closed} {
			if got := ends[name]; len(got) != 1 || got[0] != want {
				t.Errorf("%s: ended %v, want once %v", name, got, want)
			}
		}
		caller.close()
	})
}

// slow is a source that stalls once, as under a busy machine.
type slow struct {
	media.Source
	at    int
	stall time.Duration
}

func (s *slow) Next(c media.Codec) ([]byte, bool) {
	if s.at++; s.at == 25 {
		time.Sleep(s.stall)
	}
	return s.Source.Next(c)
}

func TestPlayerCatchesUpOrMovesOn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		stall   time.Duration
		took    time.Duration
		markers int
	}{
		{"a short stall is caught up", 70 * time.Millisecond, time.Second, 1},
		{"a long one moves the rest", 500 * time.Millisecond, 1480 * time.Millisecond, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := network.NewMemory()
				caller := newParty(t, n, "10.0.0.2:4000")
				l := leg(t, n, caller, media.LegConfig{})
				start := time.Now()
				clip := media.NewClipPCM(tone.Sine(500, 0.5, time.Second))
				<-l.Play(&slow{Source: clip.Once(), stall: c.stall}, nil).Done()
				if got := time.Since(start); got < c.took || got > c.took+40*time.Millisecond {
					t.Errorf("it took %v, want %v", got, c.took)
				}
				synctest.Wait()
				got := caller.packets()
				checkStream(t, got)
				markers := 0
				for _, h := range got {
					if h.Marker {
						markers++
					}
				}
				if len(got) != 50 || markers != c.markers {
					t.Errorf("got %d packets and %d markers, want 50 and %d", len(got), markers, c.markers)
				}
				if late := time.Duration(got[49].Timestamp-got[0].Timestamp) * time.Second / 8000; late+20*time.Millisecond < c.took-40*time.Millisecond {
					t.Errorf("the time line holds %v, want the stall in it", late)
				}
				l.Close()
				caller.close()
			})
		})
	}
}

// A prompt over a running bridge: the other party is not heard meanwhile, and comes back.
func TestPlayingOverABridge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		caller, agent := newParty(t, n, "10.0.0.2:4000"), newParty(t, n, "10.0.0.3:4000")
		a, b := leg(t, n, caller, media.LegConfig{}), leg(t, n, agent, media.LegConfig{})
		if err := media.Bridge(a, b); err != nil {
			t.Fatal(err)
		}
		go agent.says(700, 3*time.Second)
		time.Sleep(1010 * time.Millisecond)
		<-a.Play(media.NewClipPCM(tone.Sine(300, 0.5, time.Second)).Once(), nil).Done()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		s := caller.sound()
		for i, hz := range []float64{700, 300, 700} {
			if got := tone.Share(s[i*8000+400:i*8000+7600], hz); got < 0.9 {
				t.Errorf("second %d: share of %v Hz is %.2f, want nearly 1", i, hz, got)
			}
		}
		checkStream(t, caller.packets())
		a.Close()
		b.Close()
		caller.close()
		agent.close()
	})
}

func TestMuteSendsSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		caller, agent := newParty(t, n, "10.0.0.2:4000"), newParty(t, n, "10.0.0.3:4000")
		a, b := leg(t, n, caller, media.LegConfig{Codec: media.PCMA()}), leg(t, n, agent, media.LegConfig{})
		if err := media.Bridge(a, b); err != nil {
			t.Fatal(err)
		}
		say := func() {
			go caller.says(440, 500*time.Millisecond)
			agent.says(700, 500*time.Millisecond)
			synctest.Wait()
		}
		loud := func(p *party) bool { return tone.Loudness(p.sound()) > 0.1 }
		for _, c := range []struct {
			name           string
			change         func(bool)
			caller, agent  bool
			untilUnchanged bool
		}{
			{name: "nobody", change: func(bool) {}, caller: true, agent: true},
			{name: "the caller is not heard", change: a.MuteHeard, caller: true},
			{name: "the caller hears nothing", change: a.MuteSent, agent: true},
		} {
			caller.forget()
			agent.forget()
			c.change(true)
			say()
			c.change(false)
			if loud(caller) != c.caller || loud(agent) != c.agent {
				t.Errorf("%s: caller hears %v, agent hears %v; want %v and %v", c.name, loud(caller), loud(agent), c.caller, c.agent)
			}
			if x, y := len(caller.packets()), len(agent.packets()); x != 25 || y != 25 {
				t.Errorf("%s: %d and %d packets, want the streams to go on", c.name, x, y)
			}
			checkStream(t, caller.packets())
			checkStream(t, agent.packets())
		}
		a.Close()
		b.Close()
		caller.close()
		agent.close()
	})
}

func TestLossJitterAndSilenceAreMeasured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		caller := newParty(t, n, "10.0.0.2:4000")
		l := leg(t, n, caller, media.LegConfig{})
		if l.Heard() {
			t.Error("heard before anything was said")
		}
		caller.says(440, time.Second)
		caller.seq += 5 // five packets lost
		caller.ts += 5 * 160
		for i := range 20 {
			caller.packet(0, false, caller.ts, caller.frame(440))
			caller.ts += 160
			time.Sleep([]time.Duration{10, 30}[i%2] * time.Millisecond)
		}
		at := time.Now()
		caller.seq -= 3
		caller.packet(0, false, caller.ts-480, caller.frame(440)) // an old one again
		caller.seq += 2
		time.Sleep(5 * time.Second)
		synctest.Wait()
		s := l.Stats()
		if s.Heard.Packets != 70 || s.Heard.Lost != 5 || s.Heard.Late != 1 || s.Heard.Sources != 1 {
			t.Errorf("got %+v, want 70 packets, 5 lost and 1 repeated", s.Heard)
		}
		if s.Heard.Jitter < 4*time.Millisecond || s.Heard.Jitter > 10*time.Millisecond {
			t.Errorf("jitter: got %v, want near 10 ms", s.Heard.Jitter)
		}
		if !l.Heard() || l.LastHeard().Sub(at).Abs() > 30*time.Millisecond {
			t.Errorf("last heard %v ago, want 5 s", time.Since(l.LastHeard()))
		}
		caller.ssrc = 8
		caller.says(440, 100*time.Millisecond)
		synctest.Wait()
		if s := l.Stats(); s.Heard.Sources != 2 || s.Heard.SSRC != 8 || s.Heard.Lost != 5 {
			t.Errorf("after a new SSRC: got %+v", s.Heard)
		}
		l.Close()
		caller.close()
	})
}

// panicking is a tap with a mistake in it.
type panicking struct{ n int }

func (p *panicking) Packet(media.Direction, *media.Packet) {
	if p.n++; p.n == 10 {
		panic("a mistake in a tap")
	}
}

// R3: a panic costs one packet.
func TestAPanicCostsOnePacket(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		caller, agent := newParty(t, n, "10.0.0.2:4000"), newParty(t, n, "10.0.0.3:4000")
		a, b := leg(t, n, caller, media.LegConfig{Log: discard()}), leg(t, n, agent, media.LegConfig{})
		if err := media.Bridge(a, b); err != nil {
			t.Fatal(err)
		}
		defer a.AddTap(&panicking{})()
		caller.says(440, time.Second)
		synctest.Wait()
		if got := len(agent.packets()); got != 49 {
			t.Errorf("the agent heard %d packets, want 49", got)
		}
		if got := a.Stats().Rescued; got != 1 {
			t.Errorf("rescued: got %d, want 1", got)
		}
		a.Close()
		b.Close()
		caller.close()
		agent.close()
	})
}

func TestBridgeRefusesWhatCannotBeJoined(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		caller, agent := newParty(t, n, "10.0.0.2:4000"), newParty(t, n, "10.0.0.3:4000")
		a, b := leg(t, n, caller, media.LegConfig{}), leg(t, n, agent, media.LegConfig{Codec: media.Codec{Name: "G729", PayloadType: 18, ClockRate: 8000}})
		if err := media.Bridge(a, b); err == nil || a.Bridged() != nil {
			t.Errorf("PCMU and G729: error %v, bridged %v", err, a.Bridged() != nil)
		}
		if err := media.Bridge(a, a); err == nil {
			t.Error("a leg to itself: want an error")
		}
		b.Renegotiate(media.PCMU(), 0, false)
		b.Close()
		if err := media.Bridge(a, b); err == nil || a.Bridged() != nil {
			t.Errorf("a closed leg: error %v, bridged %v", err, a.Bridged() != nil)
		}
		a.Close()
		a.Close()
		caller.close()
		agent.close()
	})
}
