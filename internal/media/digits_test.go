package media_test

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/rtp"
	"linekeeper/internal/media/tone"
)

// notes is a list of keys that callbacks write.
type notes struct {
	mu   sync.Mutex
	keys []byte
	held []time.Duration
}

func (n *notes) down(d media.Digit) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.keys = append(n.keys, d.Key)
}

func (n *notes) up(d media.Digit) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.held = append(n.held, d.Duration)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return string(n.keys)
}

func TestKeysArriveOnceThroughLoss(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		lost func(r *rand.Rand, i int) bool
	}{
		{"no loss", nil},
		{"only the first packet arrives", func(_ *rand.Rand, i int) bool { return i > 1 }},
		{"only the last end arrives", func(_ *rand.Rand, i int) bool { return i < 8 }},
		{"all ends lost", func(_ *rand.Rand, i int) bool { return i >= 6 }},
		{"half of them", func(r *rand.Rand, i int) bool { return i != 4 && r.IntN(2) == 0 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := network.NewMemory()
				caller := newParty(t, n, "10.0.0.2:4000")
				var got notes
				l := leg(t, n, caller, media.LegConfig{Events: 101, OnDigit: got.down, OnDigitEnd: got.up})
				r := rand.New(rand.NewPCG(1, 2))
				const keys = "15550*#00D"
				for _, k := range []byte(keys) {
					caller.presses(k, 101, func(i int) bool { return c.lost != nil && c.lost(r, i) })
					caller.says(440, 60*time.Millisecond)
				}
				time.Sleep(time.Second)
				synctest.Wait()
				if got.String() != keys {
					t.Errorf("got %q, want %q", &got, keys)
				}
				if len(got.held) != len(keys) {
					t.Errorf("%d keys were released, want %d", len(got.held), len(keys))
				}
				l.Close()
				caller.close()
			})
		})
	}
}

// M6: bursts of loss up to 30 %, as a Gilbert model, over real spacing; and reordering.
func TestKeysArriveOnceThroughBursts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		r := rand.New(rand.NewPCG(7, 7))
		burst := false
		var sent, lost int
		n.Drop = func(from, _ netip.AddrPort, _ []byte) bool {
			if from.Port() != 4000 {
				return false
			}
			// Mean burst of 2.5 packets, 30 % in all.
			if burst {
				burst = r.Float64() > 0.4
			} else {
				burst = r.Float64() < 0.171
			}
			sent++
			if burst {
				lost++
			}
			return burst
		}
		caller := newParty(t, n, "10.0.0.2:4000")
		var got notes
		l := leg(t, n, caller, media.LegConfig{Events: 101, OnDigit: got.down})
		const keys = "12345678901234567890#*#*55555555"
		for _, k := range []byte(keys) {
			caller.presses(k, 101, nil)
			caller.says(440, 60*time.Millisecond)
		}
		synctest.Wait()
		if share := float64(lost) / float64(sent); share < 0.25 || share > 0.38 {
			t.Fatalf("the test lost %.2f, want about 0.3", share)
		}
		if got.String() != keys {
			t.Errorf("got %q, want %q (%d of %d packets lost)", &got, keys, lost, sent)
		}
		l.Close()
		caller.close()
	})
}

func TestKeysWeSendAreEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		caller, agent := newParty(t, n, "10.0.0.2:4000"), newParty(t, n, "10.0.0.3:4000")
		a, b := leg(t, n, caller, media.LegConfig{Events: 96}), leg(t, n, agent, media.LegConfig{})
		if err := media.Bridge(a, b); err != nil {
			t.Fatal(err)
		}
		go agent.says(700, 2*time.Second)
		time.Sleep(300 * time.Millisecond)
		if err := a.SendDigits("5#"); err != nil {
			t.Fatal(err)
		}
		if err := a.SendDigits("5x"); err == nil {
			t.Error("x is no key: want an error")
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		got := caller.packets()
		checkStream(t, got)
		type press struct {
			ts       uint32
			code     uint8
			packets  int
			ends     int
			duration uint16
		}
		var all []press
		for _, h := range got {
			if h.PayloadType != 96 {
				continue
			}
			var e rtp.Event
			if err := rtp.ParseEvent(h.payload, &e); err != nil {
				t.Fatal(err)
			}
			if len(all) == 0 || all[len(all)-1].ts != h.Timestamp {
				if !h.Marker {
					t.Error("an event begins without marker")
				}
				all = append(all, press{ts: h.Timestamp, code: e.Code})
			}
			p := &all[len(all)-1]
			p.packets++
			if e.End {
				p.ends++
			}
			p.duration = e.Duration
		}
		if len(all) != 2 || all[0].code != 5 || all[1].code != 11 {
			t.Fatalf("got %+v, want 5 and #", all)
		}
		for _, p := range all {
			if p.ends != 3 || p.duration != 800 || p.packets != 7 {
				t.Errorf("got %+v, want 4 packets and 3 ends of 800", p)
			}
		}
		caller.hears(700, 2*time.Second)
		a.Close()
		b.Close()
		caller.close()
		agent.close()
	})
}

// A party without telephone events gets keys as tones, whoever pressed them.
func TestKeysBecomeTones(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		caller, agent := newParty(t, n, "10.0.0.2:4000"), newParty(t, n, "10.0.0.3:4000")
		a, b := leg(t, n, caller, media.LegConfig{}), leg(t, n, agent, media.LegConfig{Events: 101})
		if err := media.Bridge(a, b); err != nil {
			t.Fatal(err)
		}
		agent.says(0, 100*time.Millisecond)
		agent.presses('7', 101, nil)
		agent.says(0, 300*time.Millisecond)
		agent.presses('#', 101, nil)
		agent.says(0, 300*time.Millisecond)
		synctest.Wait()
		got := caller.packets()
		checkStream(t, got)
		var heard []byte
		s := caller.sound()
		for i := 0; i+400 <= len(s); i += 400 {
			k := tone.Key(s[i : i+400])
			if k != 0 && (len(heard) == 0 || heard[len(heard)-1] != k) {
				heard = append(heard, k)
			}
		}
		if string(heard) != "7#" {
			t.Errorf("the caller hears the keys %q, want 7#", heard)
		}
		a.Close()
		b.Close()
		caller.close()
		agent.close()
	})
}

func TestKeysCrossTheBridgeWithTheOtherNumber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		caller, agent := newParty(t, n, "10.0.0.2:4000"), newParty(t, n, "10.0.0.3:4000")
		var keys notes
		a, b := leg(t, n, caller, media.LegConfig{Events: 96}), leg(t, n, agent, media.LegConfig{Events: 126, OnDigit: keys.down})
		if err := media.Bridge(a, b); err != nil {
			t.Fatal(err)
		}
		agent.says(700, 200*time.Millisecond)
		agent.presses('4', 126, nil)
		agent.says(700, 200*time.Millisecond)
		b.ClampDigits(true)
		agent.presses('9', 126, nil)
		agent.says(700, 200*time.Millisecond)
		synctest.Wait()
		if keys.String() != "49" {
			t.Errorf("we got %q, want 49", &keys)
		}
		stamps := map[uint32]uint8{}
		for _, h := range caller.packets() {
			if h.PayloadType == 96 {
				stamps[h.Timestamp] = h.payload[0]
			} else if h.PayloadType != 0 {
				t.Errorf("payload type %d", h.PayloadType)
			}
		}
		if len(stamps) != 1 {
			t.Errorf("the caller got the events %v, want one, 4", stamps)
		}
		for _, code := range stamps {
			if code != 4 {
				t.Errorf("the caller got %d, want 4", code)
			}
		}
		a.Close()
		b.Close()
		caller.close()
		agent.close()
	})
}

func TestManyKeysAreRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		caller := newParty(t, n, "10.0.0.2:4000")
		l := leg(t, n, caller, media.LegConfig{Events: 96})
		if err := l.SendDigits(strings.Repeat("1", 1000)); err == nil {
			t.Error("a thousand keys: want an error")
		}
		if err := l.SendDigits("123"); err != nil {
			t.Error(err)
		}
		l.Close()
		if err := l.SendDigits("1"); err == nil {
			t.Error("a closed leg: want an error")
		}
		caller.close()
	})
}
